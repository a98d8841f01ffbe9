"""CJ/T 188: frames nobody here wrote, kinds, units, dates, the valve, requests."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import cjt188
from drivers.driver import BadFrame, Head
from drivers.reading import Scalar
from drivers.sum_frame import sealed

SHARED = Path(os.environ.get("ANJU_SHARED", Path(__file__).parents[2] / "shared"))
VECTORS = SHARED / "reference" / "vectors" / "cjt188.json"
METER = "11220026110001"
GAS = cjt188.DRIVERS[-1]
assert GAS.ask is not None
assert GAS.switch is not None
ASK, SWITCH = GAS.ask, GAS.switch
STATUS = {"valve_open": True, "valve_fault": False, "battery_low": False}
DATE = "59592322112620"
CLOCK = {"meter_clock": "2026-11-22T23:59:59"}

FIELDS = {
    "settlement_heat": ("heat_kwh_settled", {"kWh": 1, "MWh": 1000}),
    "current_heat": ("heat_kwh", {"kWh": 1, "MWh": 1000}),
    "heat_power": ("power_w", {"kW": 1000}),
    "flow_rate": ("flow_m3_h", {"m3/h": 1}),
    "cumulative_flow": ("volume_m3", {"m3": 1}),
    "current": ("water_m3", {"m3": 1}),
    "settlement_day": ("water_m3_settled", {"m3": 1}),
}
PLAIN = {
    "supply_temp_c": "supply_temperature_c",
    "return_temp_c": "return_temperature_c",
    "working_hours": "operating_h",
    "datetime": "meter_clock",
}
"""Field of a vector -> our quantity; a null and a date that isn't valid are no reading."""


def said(control: int, kind: int, data: str, memory: dict[str, int] | None = None) -> dict[str, Scalar]:
    values = cjt188.decode(Head(METER, bytes((kind,)) + bytes.fromhex(data), control), memory or {}).values
    return {value.quantity + (f"#{value.nth + 1}" if value.nth else ""): value.value for value in values}


def short(now: str = "563412002c", settled: str = "ffffffffff", date: str = DATE, status: str = "0000") -> str:
    return "901f00" + now + settled + date + status


def expected(decoded: dict[str, object]) -> dict[str, object]:
    """What we should say of a row's ``decoded``."""
    want: dict[str, object] = {}
    if decoded["direction"] == "request":
        return want
    for name, (quantity, units) in FIELDS.items():
        field = decoded.get(name)
        if isinstance(field, dict) and field["value"] is not None:
            want[quantity] = pytest.approx(field["value"] * units[field["unit"]])
    want |= {PLAIN[name]: decoded[name] for name in PLAIN if isinstance(decoded.get(name), float | str)}
    status = decoded.get("status") or decoded.get("valve_reply")
    if isinstance(status, dict):
        if status["valve"] != "abnormal":
            want["valve_open"] = status["valve"] == "open"
        want |= {"valve_fault": status["valve"] == "abnormal", "battery_low": status["battery_low"]}
    if "valve_reply" in decoded:
        want["output_on"] = not want["valve_open"]
    if decoded["control"] == "0x83":
        want["meter_address"] = decoded["address"]
    return want


def request(decoded: dict[str, object]) -> bytes:
    """Our own bytes for the request of a row."""
    meter, kind, wake = str(decoded["address"]), int(str(decoded["meter_type"]), 16), int(str(decoded["preamble_fe"]))
    edition = 2018 if "2018" in str(decoded["di_byte_order"]) else 2004
    serial = int(str(decoded["ser"]))
    if "valve_command" in decoded:
        shut = decoded["valve_command"] == "close"
        return b"\xfe" * wake + cjt188.valve(kind, meter, shut, serial, edition)
    return b"\xfe" * wake + cjt188.read(kind, meter, int(str(decoded["di"]), 16), serial, edition)


@pytest.mark.skipif(not VECTORS.is_file(), reason=f"no {VECTORS}")
def test_every_frame_that_nobody_here_wrote_is_read_as_its_source_says() -> None:
    counts = {"answers": 0, "requests": 0, "refused": 0}
    for row in json.loads(VECTORS.read_text("utf-8")):
        decoded, wire = row["decoded"], bytes.fromhex(row["hex"])
        frames, rest = cjt188.cut(wire)
        assert (len(frames), rest) == (1, b""), row["name"]
        if "error" in decoded:
            assert decoded["error"] == "checksum"
            with pytest.raises(BadFrame, match="checksum differs"):
                cjt188.head(frames[0])
            counts["refused"] += 1
            continue
        head = cjt188.head(frames[0])
        assert (head.address, f"0x{head.kind:02X}") == (decoded["address"], decoded["control"])
        assert (f"0x{head.body[0]:02X}", len(head.body) - 1) == (decoded["meter_type"], decoded["length"])
        assert head.seq == decoded.get("ser", 0)
        values = cjt188.decode(head, {}).values
        assert {value.quantity: value.value for value in values} == expected(decoded), row["name"]
        if decoded["direction"] == "request":
            assert request(decoded) == wire, row["name"]
            counts["requests"] += 1
        else:
            counts["answers"] += 1
    print(f"cjt188 vectors: {counts}, 0 disagreements")
    assert counts == {"answers": 13, "requests": 5, "refused": 1}


@pytest.mark.parametrize(
    ("kind", "volume", "energy"),
    [
        (0x10, "water_m3", "heat_kwh"),
        (0x11, "hot_water_m3", "heat_kwh"),
        (0x12, "water_m3", "heat_kwh"),
        (0x13, "water_m3", "heat_kwh"),
        (0x19, "water_m3", "heat_kwh"),
        (0x20, "volume_m3", "heat_kwh"),
        (0x21, "volume_m3", "cooling_kwh"),
        (0x22, "volume_m3", "heat_kwh"),
        (0x25, "volume_m3", "heat_kwh"),
        (0x30, "gas_m3", "heat_kwh"),
        (0x39, "gas_m3", "heat_kwh"),
        (0x40, "volume_m3", "energy_kwh"),
        (0x49, "volume_m3", "energy_kwh"),
        (0xAA, "volume_m3", "energy_kwh"),
    ],
)
def test_each_kind_has_its_quantity(kind: int, volume: str, energy: str) -> None:
    assert said(0x81, kind, short("563412002c", "003412002c")) == (
        {volume: 1234.56, volume + "_settled": 1234.0} | CLOCK | STATUS
    )
    assert said(0x81, kind, short("5634120005")) == {energy: 1234.56} | CLOCK | STATUS


@pytest.mark.parametrize(
    ("unit", "quantity", "value"),
    [
        (0x01, "heat_kwh", 1_000_000 / 3_600_000),
        (0x02, "heat_kwh", 1000.0),
        (0x05, "heat_kwh", 1_000_000.0),
        (0x08, "heat_kwh", 1e9),
        (0x0A, "heat_kwh", 1e11),
        (0x0B, "heat_kwh", 1_000_000 / 3600),
        (0x0E, "heat_kwh", 1_000_000 / 3.6),
        (0x11, "heat_kwh", 1e9 / 3.6),
        (0x13, "heat_kwh", 1e11 / 3.6),
        (0x29, "volume_m3", 1000.0),
        (0x2A, "volume_m3", 10_000.0),
        (0x2B, "volume_m3", 100_000.0),
        (0x2C, "volume_m3", 1_000_000.0),
    ],
)
def test_a_million_of_each_unit(unit: int, quantity: str, value: float) -> None:
    wire = bytes.fromhex("00000099")[::-1].hex()
    assert (
        said(0x81, 0x20, short(wire + f"{unit:02x}")) == {quantity: pytest.approx(0.99 * value / 1e6)} | CLOCK | STATUS
    )


def test_units_of_power_and_flow_and_a_flow_has_four_decimals() -> None:
    ends = "ffffffffff" + "ff" * 16 + "ffff"
    for power, times in ((0x14, 1), (0x17, 1000), (0x1A, 1_000_000)):
        for flow, share in ((0x32, 1000), (0x35, 1)):
            data = "901f00" + "ffffffff05" * 2 + f"56341200{power:02x}" + f"56341200{flow:02x}" + ends
            assert said(0x81, 0x20, data) == {
                "power_w": pytest.approx(1234.56 * times),
                "flow_m3_h": pytest.approx(12.3456 / share),
            }


@pytest.mark.parametrize("unit", sorted(set(range(256)) - set(cjt188._UNITS)))
def test_a_unit_nobody_knows_makes_no_reading(unit: int) -> None:
    assert said(0x81, 0x10, short(f"00341200{unit:02x}")) == CLOCK | STATUS


@pytest.mark.parametrize("unit", [0x14, 0x17, 0x32, 0x35])
def test_a_register_in_a_unit_of_power_or_flow_is_no_reading(unit: int) -> None:
    assert said(0x81, 0x10, short(f"00341200{unit:02x}")) == CLOCK | STATUS


@given(st.lists(st.integers(0, 999_999), min_size=5, max_size=5))
def test_a_heat_meter_s_units_behind_and_before_say_the_same(numbers: list[int]) -> None:
    wires = [bytes.fromhex(f"{number:08}")[::-1].hex() for number in numbers]
    units = ("05", "05", "17", "35", "2c")
    ends = "006500004000624700" + DATE + "0000"
    behind = said(0x81, 0x20, "901f00" + "".join(w + u for w, u in zip(wires, units, strict=True)) + ends)
    before = said(0x81, 0x20, "901f00" + "".join(u + w for w, u in zip(wires, units, strict=True)) + ends)
    assert behind == before
    assert list(behind.values())[:2] == [number / 100 for number in numbers[:2]]


def test_a_water_meter_s_digits_are_never_taken_for_a_unit() -> None:
    assert said(0x81, 0x10, short("0534120000", "0534120000")) == CLOCK | STATUS


@pytest.mark.parametrize("date", ["00" * 7, "ff" * 7, "59592330022620", "5959232211261a"])
def test_no_date_is_no_reading(date: str) -> None:
    assert said(0x81, 0x10, short(date=date)) == {"water_m3": 1234.56} | STATUS


@pytest.mark.parametrize(
    ("status", "values"),
    [
        ("0000", STATUS),
        ("0100", STATUS | {"valve_open": False}),
        ("0400", STATUS | {"battery_low": True}),
        ("0500", STATUS | {"valve_open": False, "battery_low": True}),
        ("0200", {"valve_fault": True, "battery_low": False}),
        ("0300", {"valve_fault": True, "battery_low": False}),
        ("f8ff", STATUS),
        ("ffff", {}),
    ],
)
def test_status(status: str, values: dict[str, Scalar]) -> None:
    assert said(0x81, 0x10, short(status=status)) == {"water_m3": 1234.56} | CLOCK | values


def test_a_valve_command_is_repeated_in_the_other_byte_order() -> None:
    orders = []
    for number in range(1, 33):
        for on, said_by in ((True, "99"), (False, "55")):
            wire = SWITCH(METER, 0, on, number)
            head = cjt188.head(wire)
            assert wire[:5] == b"\xfe\xfe\xfe\xfe\x68"
            assert (head.address, head.kind, head.seq) == (METER, 0x04, number)
            assert head.body.hex() in (f"30a017{number:02x}{said_by}", f"3017a0{number:02x}{said_by}")
        orders.append(head.body[1])
    for step in (1, 2, 3, 4, 8):
        assert len(set(orders[::step][:4])) == 2, f"an output that gets every {step}. number"


def test_a_serial_number_is_a_byte() -> None:
    assert cjt188.head(SWITCH(METER, 0, True, 0x1234)).seq == 0x34


def test_the_valve_is_read_back_by_every_answer_once_it_was_switched() -> None:
    answered = cjt188.decode(Head(METER, bytes.fromhex("30a017340100"), 0x84), {})
    assert ("output_on", True) in [value[:2] for value in answered.values]
    later = said(0x81, 0x30, short(status="0100"), dict(answered.memory))  # type: ignore[arg-type]
    assert (later["output_on"], later["valve_open"]) == (True, False)
    assert "output_on" not in said(0x81, 0x30, short(status="0100"))
    abnormal = said(0x81, 0x30, short(status="0300"), {"valve": 1})
    assert "output_on" not in abnormal
    assert abnormal["valve_fault"] is True


@pytest.mark.parametrize("control", [0x04, 0x01, 0x81, 0x83, 0x84])
def test_memory_of_the_valve_stays(control: int) -> None:
    body = bytes.fromhex("30a01734010000")
    assert cjt188.decode(Head(METER, body, control), {"valve": 1, "key": "00"}).memory == {"valve": 1}


def test_only_the_valve_can_be_switched() -> None:
    with pytest.raises(BadFrame, match="no output 1"):
        SWITCH(METER, 1, True, 1)


@pytest.mark.parametrize("di", ["d120", "20d1"])
def test_history_in_both_byte_orders(di: str) -> None:
    assert said(0x81, 0x30, di + "00" + "563412002c") == {"gas_m3_settled": 1234.56}
    assert said(0x81, 0x30, di.replace("20", "2b") + "00" + "563412002c") == {"gas_m3_settled#12": 1234.56}


@pytest.mark.parametrize("di", ["d11f", "d12c", "810a", "a015", "0000", "ffff"])
def test_another_identifier_has_no_values(di: str) -> None:
    assert said(0x81, 0x30, di + "00" + "563412002c") == {}


@pytest.mark.parametrize("length", [length for length in range(64) if length not in (19, 43)])
def test_another_length_than_the_standard_s_is_refused(length: int) -> None:
    with pytest.raises(BadFrame, match=f"{length} bytes under 901f"):
        said(0x81, 0x10, "1f9000" + "00" * length)


def test_a_polling_round_asks_for_the_kind_in_both_byte_orders() -> None:
    kinds = {"cjt188": "10", "cjt188-hot-water": "11", "cjt188-heat": "20", "cjt188-gas": "30"}
    assert {driver.name for driver in cjt188.DRIVERS} == set(kinds)
    for driver in cjt188.DRIVERS:
        assert driver.ask is not None
        requests = driver.ask(METER)
        assert [wire[:5] for wire in requests] == [b"\xfe\xfe\xfe\xfe\x68"] * 2
        heads = [cjt188.head(wire) for wire in requests]
        assert {(head.address, head.kind) for head in heads} == {(METER, 0x01)}
        assert [head.body.hex() for head in heads] == [kinds[driver.name] + di for di in ("901f00", "1f9000")]


def test_the_address_is_asked_for() -> None:
    assert cjt188.head(cjt188.read_address(0x10)) == Head(cjt188.ANY, bytes.fromhex("10810a00"), 0x03)


@pytest.mark.parametrize("kind", [0x00, 0x0F, 0x50, 0xA9, 0xFF])
def test_a_kind_that_there_isnt_is_refused(kind: int) -> None:
    with pytest.raises(BadFrame, match=f"kind of meter is {kind:02x}"):
        cjt188.head(sealed(bytes((0x68, kind)) + bytes(7) + b"\x01\x03\x90\x1f\0"))


@pytest.mark.parametrize(
    "meter", ["", "1234", "1122002611000", "112200261100011", "1122002611000 1", "２" * 14, "AA" * 7]
)
def test_an_address_that_no_frame_can_carry_is_refused(meter: str) -> None:
    for ask in (ASK, lambda one: SWITCH(one, 0, True, 1), lambda one: cjt188.read(0x10, one)):
        with pytest.raises(BadFrame, match="is not 14 digits"):
            ask(meter)
