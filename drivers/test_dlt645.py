"""DL/T 645: frames nobody here wrote, every identifier, absent and broken digits, long answers, requests."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import dlt645
from drivers.dlt645_items import items
from drivers.driver import BadFrame, Head
from drivers.reading import Scalar, Value
from drivers.sum_frame import sealed

SHARED = Path(os.environ.get("ANJU_SHARED", Path(__file__).parents[2] / "shared"))
VECTORS = SHARED / "reference" / "vectors" / "dlt645.json"
METER = "202611220001"

QUANTITIES = {
    "combined_active_energy": ("energy_net_kwh", 1),
    "forward_active_energy": ("energy_kwh", 1),
    "reverse_active_energy": ("energy_export_kwh", 1),
    "combined_reactive_1_energy": ("reactive_energy_1_kvarh", 1),
    "combined_reactive_2_energy": ("reactive_energy_2_kvarh", 1),
    "voltage_a": ("voltage_v_l1", 1),
    "current_a": ("current_a_l1", 1),
    "active_power_total": ("power_w", 1000),
    "reactive_power_total": ("reactive_power_var", 1000),
    "apparent_power_total": ("apparent_power_va", 1000),
    "power_factor_total": ("power_factor", 1),
}
"""Item of a vector -> our quantity, and how many of ours are one of theirs."""
ERRORS = {
    "no_requested_data": "no-data",
    "password_wrong_or_unauthorised": "not-authorised",
    "baud_rate_not_changeable": "baud-rate",
    "annual_time_zones_exceeded": "year-zones",
    "daily_time_slots_exceeded": "day-slots",
    "tariff_count_exceeded": "tariffs",
    "reserved_7": "reserved",
}
REASONS = {"checksum": "checksum differs", "bad_end": "end byte", "bad_start": "start byte", "truncated": "cut short"}


def said(control: int, body: bytes, address: str = METER) -> dict[str, Scalar]:
    try:
        values = dlt645.decode(Head(address, body, control), {}).values
    except BadFrame as bad:
        if control & 0x40 and bad.why.startswith("the meter refuses: "):
            return {"error": bad.why.removeprefix("the meter refuses: ")}
        raise
    return {value.quantity + (f"#{value.nth + 1}" if value.nth else ""): value.value for value in values}


def answer(di: int, data: str) -> dict[str, Scalar]:
    return said(0x91, di.to_bytes(4, "little") + bytes.fromhex(data))


def expected(decoded: dict[str, object]) -> dict[str, object]:
    """What we should say of a row's ``decoded``."""
    if decoded["direction"] == "request":
        return {}
    if decoded["abnormal"]:
        bits = decoded["error_bits"]
        assert isinstance(bits, list)
        return {"error": " ".join(ERRORS[bit] for bit in bits)}
    if "reported_address" in decoded:
        return {"meter_address": str(decoded["reported_address"])}
    quantity, times = QUANTITIES[str(decoded["item"])]
    return {quantity: pytest.approx(float(str(decoded["value"])) * times, abs=1e-9)}


@pytest.mark.skipif(not VECTORS.is_file(), reason=f"no {VECTORS}")
def test_every_frame_that_nobody_here_wrote_is_read_as_its_source_says() -> None:
    counts = {"answers": 0, "requests": 0, "refused": 0}
    for row in json.loads(VECTORS.read_text("utf-8")):
        decoded, wire = row["decoded"], bytes.fromhex(row["hex"])
        frames, rest = dlt645.cut(wire)
        if "error" in decoded:
            with pytest.raises(BadFrame, match=REASONS[decoded["error"]]):
                dlt645.head([*frames, rest][0])
            counts["refused"] += 1
            continue
        assert (len(frames), rest) == (1, b""), row["name"]
        head = dlt645.head(frames[0])
        assert head.address == decoded["address"]
        assert f"0x{head.kind:02X}" == decoded["control"]
        assert head.body.hex() == decoded["data_minus_33"]
        assert said(head.kind, head.body) == expected(decoded), row["name"]
        if decoded["direction"] == "request":
            assert request(decoded) == wire, row["name"]
            counts["requests"] += 1
        else:
            counts["answers"] += 1
    print(f"dlt645 vectors: {counts}, 0 disagreements")
    assert counts == {"answers": 32, "requests": 14, "refused": 6}


def request(decoded: dict[str, object]) -> bytes:
    """Our own bytes for the request of a row."""
    meter, wake = str(decoded["address"]), b"\xfe" * int(str(decoded["preamble_fe"]))
    if decoded["function"] == 0x13:
        return wake + dlt645.read_address(meter)
    di = int(str(decoded["di"]), 16)
    if decoded["function"] == 0x12:
        return wake + dlt645.follow_on(meter, di, int(str(decoded["data_minus_33"])[8:], 16))
    return wake + dlt645.read(meter, di)


@pytest.mark.parametrize(
    ("di", "quantities"),
    [
        (0x00000000, ["energy_net_kwh"]),
        (0x00010000, ["energy_kwh"]),
        (0x00020000, ["energy_export_kwh"]),
        (0x0001FF00, ["energy_kwh", "energy_kwh_t1", "energy_kwh_t2", "energy_kwh_t3", "energy_kwh_t4"]),
        (0x00013F00, ["energy_kwh_t63"]),
        (0x00030000, ["reactive_energy_1_kvarh"]),
        (0x00050000, ["reactive_energy_q1_kvarh"]),
        (0x00080000, ["reactive_energy_q4_kvarh"]),
        (0x00090000, ["apparent_energy_kvah"]),
        (0x000A0000, ["apparent_energy_export_kvah"]),
        (0x000B0000, []),
        (0x00140000, []),
        (0x00150000, ["energy_kwh_l1"]),
        (0x00160000, ["energy_export_kwh_l1"]),
        (0x001E0000, ["apparent_energy_export_kvah_l1"]),
        (0x00290000, ["energy_kwh_l2"]),
        (0x003D0000, ["energy_kwh_l3"]),
        (0x003E0000, ["energy_export_kwh_l3"]),
        (0x00510000, []),
        (0x00FF0000, []),
        (0x0001000C, ["energy_kwh_settled#12"]),
        (0x0001000D, []),
        (0x000102FF, ["energy_kwh_t2", "energy_kwh_t2_settled", "energy_kwh_t2_settled#2"]),
        (0x05060101, ["energy_kwh_day_end", "energy_kwh_t1_day_end", "energy_kwh_t2_day_end"]),
        (0x0506023E, ["energy_export_kwh_day_end#62"]),
        (0x0506013F, []),
        (0x05061001, []),
        (0x05000101, []),
        (0x0201FF00, ["voltage_v_l1", "voltage_v_l2", "voltage_v_l3"]),
        (0x02010000, []),
        (0x02010300, ["voltage_v_l3"]),
        (0x0202FF00, ["current_a_l1", "current_a_l2", "current_a_l3"]),
        (0x0203FF00, ["power_w", "power_w_l1", "power_w_l2", "power_w_l3"]),
        (0x02040000, ["reactive_power_var"]),
        (0x02050200, ["apparent_power_va_l2"]),
        (0x0206FF00, ["power_factor", "power_factor_l1", "power_factor_l2", "power_factor_l3"]),
        (0x02070100, ["phase_angle_deg_l1"]),
        (0x02010400, []),
        (0x02010101, []),
        (0x02800001, ["current_a_n"]),
        (0x02800002, ["frequency_hz"]),
        (0x02800007, ["internal_temperature_c"]),
        (0x02800008, ["battery_v"]),
        (0x03300001, []),
    ],
)
def test_each_identifier_has_its_quantities(di: int, quantities: list[str]) -> None:
    layout = items(di)
    names = [item.quantity + (f"#{item.nth + 1}" if item.nth else "") for item in layout]
    assert names[: len(quantities)] == quantities
    assert len(names) == len(quantities) or len(names) in (13, 64)
    zeros = "00" * sum(item.width for item in layout[: len(quantities)])
    assert answer(di, zeros) == dict.fromkeys(quantities, 0)


@given(st.integers(0, 99_999_999))
def test_an_energy_is_its_digits_to_two_places(number: int) -> None:
    wire = bytes.fromhex(f"{number:08}")[::-1].hex()
    assert answer(0x00010000, wire) == {"energy_kwh": number / 100}


@pytest.mark.parametrize(
    ("di", "data", "values"),
    [
        (0x0201FF00, "1422ffffffff", {"voltage_v_l1": 221.4}),
        (0x02010100, "ffff", {}),
        (0x00010000, "00000e00", {}),
        (0x00010000, "ffffffff", {}),
        (0x02020100, "ffffff", {}),
        (0x02020100, "ffff7f", {}),
        (0x02020100, "674585", {"current_a_l1": -54.567}),
        (0x02030000, "563492", {"power_w": -12345.6}),
        (0x02060000, "0085", {"power_factor": -0.5}),
        (0x02010100, "0080", {"voltage_v_l1": 800.0}),
        (0x00000000, "00000080", {"energy_net_kwh": 0}),
        (0x00010000, "00000080", {"energy_kwh": 800000.0}),
        (0x04000101, "07221126", {"meter_date": "2026-11-22"}),
        (0x04000101, "07301326", {}),
        (0x04000101, "ffffffff", {}),
        (0x04000102, "595923", {"meter_time": "23:59:59"}),
        (0x04000102, "005924", {}),
        (0x04000401, "010022112620", {"meter_address": METER}),
        (0x04000401, "aaaaaaaaaaaa", {}),
        (0x05060001, "0000220226", {"day_ended_at": "2026-02-22T00:00:00"}),
        (0x05060001, "0000300226", {}),
        (0x04000501, "0000", {"battery_low": False}),
        (0x04000501, "0800", {"battery_low": True}),
        (0x04000501, "ffff", {}),
        (0x04000502, "ffff", {}),
        (0x04000503, "0400", {"on_battery": True, "power_on": True}),
        (0x04000503, "1000", {"on_battery": False, "power_on": False}),
        (0x04000507, "0500", {"phase_order_wrong": True, "voltage_unbalanced": True}),
    ],
)
def test_what_is_absent_or_broken_is_no_reading(di: int, data: str, values: dict[str, Scalar]) -> None:
    assert answer(di, data) == values


@pytest.mark.parametrize(("word", "phase"), [(4, 1), (5, 2), (6, 3)])
def test_status_bits_of_a_phase(word: int, phase: int) -> None:
    bits = {0: "phase_lost", 1: "undervoltage", 2: "overvoltage", 4: "overcurrent", 5: "overcurrent", 7: "phase_lost"}
    for bit in range(16):
        raised = answer(0x04000500 + word, (1 << bit).to_bytes(2, "little").hex())
        assert len(raised) == 4
        on = [name for name, value in raised.items() if value]
        assert on == ([f"{bits[bit]}_l{phase}"] if bit in bits else [])


@pytest.mark.parametrize(
    ("di", "data"), [(0x00010000, ""), (0x00010000, "000000"), (0x00010000, "0000000000"), (0x0201FF00, "00" * 8)]
)
def test_another_length_than_the_standard_s_is_refused(di: int, data: str) -> None:
    with pytest.raises(BadFrame, match=f"{len(data) // 2} bytes under data identifier {di:08x}"):
        answer(di, data)


def test_every_error_bit_has_a_name_and_none_is_other() -> None:
    names = [said(0xD1, bytes((1 << bit,)))["error"] for bit in range(8)]
    assert len(set(names)) == 8
    assert said(0xD1, b"\0") == said(0xD1, b"") == {"error": "other"}
    assert said(0xD1, b"\xff") == {"error": " ".join(map(str, names))}


@given(st.lists(st.integers(0, 99_999_999), min_size=1, max_size=64), st.data())
def test_an_answer_in_several_frames_says_the_same_as_in_one(numbers: list[int], data: st.DataObject) -> None:
    wire = b"".join(bytes.fromhex(f"{number:08}")[::-1] for number in numbers)
    di = 0x0001FF00.to_bytes(4, "little")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(wire)), min_size=1, max_size=4)))
    memory: dict[str, object] = {}
    values: list[Value] = []
    parts = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    for seq, part in enumerate(parts):
        control = 0xB1 if seq == 0 else 0x92 if seq == len(parts) - 1 else 0xB2
        body = di + part + (bytes((seq,)) if seq else b"")
        decoded = dlt645.decode(Head(METER, body, control), memory)  # type: ignore[arg-type]
        values += decoded.values
        memory = json.loads(json.dumps(decoded.memory))
    assert values == list(dlt645.decode(Head(METER, di + wire, 0x91), {}).values)
    assert memory == {}


def test_a_frame_that_goes_on_with_something_else_is_refused() -> None:
    di = 0x0001FF00.to_bytes(4, "little")
    memory = dlt645.decode(Head(METER, di + bytes(6), 0xB1), {}).memory
    cases = [(di, 2), (di, 0), (0x0002FF00.to_bytes(4, "little"), 1)]
    for other, seq in cases:
        with pytest.raises(BadFrame, match="beginning wasn't heard"):
            dlt645.decode(Head(METER, other + bytes(2) + bytes((seq,)), 0x92), memory)
    with pytest.raises(BadFrame, match="beginning wasn't heard"):
        dlt645.decode(Head(METER, di, 0x92), memory)
    assert dlt645.decode(Head(METER, di + bytes(4), 0x91), memory).memory == {}


def test_an_answer_that_never_ends_is_refused() -> None:
    di = 0x0001FF00.to_bytes(4, "little")
    memory = dlt645.decode(Head(METER, di + bytes(190), 0xB1), {}).memory
    for seq in range(1, 10):
        memory = dlt645.decode(Head(METER, di + bytes(190) + bytes((seq,)), 0xB2), memory).memory
    assert len(str(memory["part"])) == 2 * 1900 <= 2 * dlt645.PART_LIMIT
    with pytest.raises(BadFrame, match="never ends"):
        dlt645.decode(Head(METER, di + bytes(190) + b"\x0a", 0xB2), memory)


@pytest.mark.parametrize("control", [0x01, 0x02, 0x04, 0x0A, 0x0C, 0x0F, 0x10, 0x81, 0xC1, 0xA1, 0x82, 0x84, 0x8F])
def test_the_1997_edition_is_refused_by_name(control: int) -> None:
    with pytest.raises(BadFrame, match="1997 edition"):
        dlt645.head(sealed(b"\x68" + bytes(6) + bytes((0x68, control, 2)) + b"\x43\xc3"))


@pytest.mark.parametrize("control", [0x00, 0x03, 0x05, 0x1E, 0x1F, 0x80, 0x9E, 0xDF])
def test_other_controls_are_refused(control: int) -> None:
    with pytest.raises(BadFrame, match=f"control {control:02x} is none"):
        dlt645.head(sealed(b"\x68" + bytes(6) + bytes((0x68, control, 0))))


def test_a_polling_round_asks_for_each_identifier_with_four_wake_up_bytes() -> None:
    requests = dlt645.ask(METER)
    assert len(requests) == len(dlt645.ROUND) == 8
    for wire, di in zip(requests, dlt645.ROUND, strict=True):
        assert wire[:5] == b"\xfe\xfe\xfe\xfe\x68"
        assert dlt645.head(wire) == Head(METER, di.to_bytes(4, "little"), 0x11)
        assert items(di) or di == 0x040005FF


def test_the_time_goes_to_all_meters_seconds_first() -> None:
    wire = dlt645.set_time(2017, 6, 5, 10, 22, 51)
    assert wire.hex() == "6899999999999968080684554338394a4b16", "as a data concentrator sent it"
    assert dlt645.head(wire) == Head(dlt645.EVERY, bytes.fromhex("512210050617"), 0x08)


@pytest.mark.parametrize("meter", ["", "1234", "20261122000", "2026112200011", "2026112200 1", "２" * 12, "AA" * 6])
def test_an_address_that_no_frame_can_carry_is_refused(meter: str) -> None:
    for ask in (dlt645.ask, dlt645.read_address, lambda one: dlt645.read(one, 0)):
        with pytest.raises(BadFrame, match="is not 12 digits"):
            ask(meter)
