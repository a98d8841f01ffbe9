"""M-Bus: every data type, telegrams in parts, what the master says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import mbus
from drivers.driver import BadFrame, Head, Memory
from drivers.mbus_link import cut
from drivers.mbus_records import MAXIMUM, Number
from drivers.reading import Scalar

# ---- single records


def said(frame: Head) -> dict[str, Scalar]:
    values = mbus.decode(frame, {}).values
    return {value.quantity + (f"#{value.nth + 1}" if value.nth else ""): value.value for value in values}


def answer(records: str, medium: int = 7, order: int = 0x72, word: str = "0000") -> Head:
    head = bytes.fromhex("78563412 2440 01") + bytes((medium,)) + bytes.fromhex("5500" + word)
    body = bytes((order,)) + head + bytes.fromhex(records)
    content = bytes((0x08, 5)) + body
    size = len(content)
    return mbus.head(bytes((0x68, size, size, 0x68)) + content + bytes((sum(content) & 0xFF, 0x16)))


@pytest.mark.parametrize(
    ("hexed", "value"),
    [
        ("01 78 80", -128), ("02 78 FFFF", -1), ("02 78 0080", None), ("03 78 000001", 65536),
        ("04 78 00000080", None), ("06 78 0000000000FF", -(2**40)), ("07 78 0000000000000080", None),
        ("05 78 CDCCAC41", 21.6), ("05 78 0000C07F", None), ("05 78 FFFF7F7F", 3.4028234663852886e38),
        ("09 78 42", 42), ("0A 78 34F2", -234), ("0A 78 3AF2", None), ("0B 78 FFFFFF", None), ("0E 78 129078563412", 123456789012),
        ("0D 78 03 434241", "ABC"), ("0D 78 00", ""), ("0D 78 C2 3412", 1234), ("0D 78 D2 3412", -1234),
        ("0D 78 C2 FAFF", None), ("0D 78 E3 010203", "010203"), ("0D 78 C0", None),
        ("00 78", None), ("08 78", None), ("0D 78 F0" + 16 * "AB", 16 * "ab"), ("0D 78 F5" + 48 * "00", 48 * "00"),
        ("02 6C BF1C", "2013-12-31"), ("02 6C 2101", "2001-01-01"), ("02 6C 0000", None), ("02 6C FFFF", None),
        ("02 6C 1E02", None), ("02 6C E1F1", None), ("02 6C A1B1", "1993-01-01"),
        ("04 6D 172ECC13", "2014-03-12T14:23"), ("04 6D 97 2ECC13", None), ("04 6D 1738CC13", None),
        ("06 6D 0000086817 00", "2011-07-08T08:00:00"), ("06 6D 0080086817 00", None), ("03 6D 1E0F0C", "12:15:30"),
        ("03 6D 3C0F0C", None), ("06 6D 0000086017 00", None),
        ("02 FD17 0080", 32768), ("01 FD1B FF", 255),
        ("02 DA6F 172E", None), ("04 DA6F 172ECC13", "2014-03-12T14:23"), ("04 DA39 172ECC13", "2014-03-12T14:23"),
    ],
)  # fmt: skip
def test_each_type_of_data_and_its_invalid_values(hexed: str, value: Number) -> None:
    (record,) = mbus.records(answer(hexed))
    assert record.value == value


@pytest.mark.parametrize(
    ("hexed", "quantity", "value", "unit"),
    [
        ("01 00 07", "energy", 0.007, "Wh"), ("01 07 07", "energy", 70_000, "Wh"), ("01 0E 07", "energy", 7_000_000, "J"),
        ("01 13 07", "volume", 0.007, "m3"), ("01 16 07", "volume", 7, "m3"), ("01 1B 02", "mass", 2, "kg"),
        ("01 22 02", "on_time", 7200, "s"), ("01 27 02", "operating_time", 172_800, "s"),
        ("01 2B 02", "power", 2, "W"), ("01 33 02", "power", 2000, "J/h"), ("01 3E 02", "volume_flow", 2, "m3/h"),
        ("01 47 02", "volume_flow", 2, "m3/min"), ("01 4F 02", "volume_flow", 0.02, "m3/s"),
        ("01 53 02", "mass_flow", 2, "kg/h"), ("01 5A 02", "flow_temperature", 0.2, "°C"),
        ("01 6B 02", "pressure", 2, "bar"), ("01 FB01 02", "energy", 2_000_000, "Wh"),
        ("01 FB09 02", "energy", 2_000_000_000, "J"), ("01 FB10 02", "volume", 200, "m3"),
        ("01 FB1A 02", "humidity", 0.2, "%"), ("01 FB29 02", "power", 2_000_000, "W"),
        ("01 FB2F 32", "frequency", 50, "Hz"), ("01 FD48 02", "voltage", 0.2, "V"), ("01 FD59 02", "current", 0.002, "A"),
        ("01 FD33 02", "tariff_duration", 172_800, "s"), ("01 FD6D 02", "battery_operating_time", 172_800, "s"),
        ("01 FD6E 02", "unknown", 2, ""), ("01 7F 02", "manufacturer", 2, ""), ("01 6F 02", "unknown", 2, ""),
        ("01 9374 07", "volume", 0.00007, "m3"), ("01 937D 07", "volume", 7, "m3"), ("01 937B 07", "volume", 1.007, "m3"),
        ("01 9379 07", "volume", 0.017, "m3"), ("01 7C 03 422B41 07", "text:A+B", 7, ""), ("01 FC 01 25 74 64", "text:%", 1, ""),
    ],
)  # fmt: skip
def test_each_unit_and_its_scale(hexed: str, quantity: str, value: float, unit: str) -> None:
    (record,) = mbus.records(answer(hexed))
    assert (record.quantity, record.unit) == (quantity, unit)
    assert record.value == pytest.approx(value, rel=1e-12)


def test_storage_tariff_and_device_come_together_from_all_difes() -> None:
    (record,) = mbus.records(answer("D1 F1 62 13 07"))
    assert record[:4] == (MAXIMUM, 1 | 1 << 1 | 2 << 5, 3 | 2 << 2, 1 | 1 << 1)


@pytest.mark.parametrize(
    ("medium", "hexed", "expected"),
    [
        (0x07, "01 13 07", {"water_m3": 0.007}), (0x16, "01 16 07", {"water_m3": 7}), (0x06, "01 16 07", {"hot_water_m3": 7}),
        (0x15, "01 16 07", {"hot_water_m3": 7}), (0x03, "01 16 07", {"gas_m3": 7}), (0x04, "01 16 07", {"volume_m3": 7}),
        (0x02, "01 06 07", {"energy_kwh": 7}), (0x04, "01 06 07", {"heat_kwh": 7}), (0x0D, "01 0F 24", {"heat_kwh": 100}),
        (0x07, "02 FB21 E803", {"water_m3": 2.8316846592}), (0x03, "02 FB20 E803", {"gas_m3": 28.316846592}),
        (0x07, "01 FB22 0A", {}), (0x07, "01 FB23 0A", {}), (0x04, "01 FB0D 03", {"heat_kwh": 3.489}),
        (0x04, "02 FB5A 4808 01 FB5F 32", {"supply_temperature_c": 100, "return_temperature_c": 10}),
        (0x02, "01 FB04 07 01 FB14 07 01 FB34 07", {}),
        (0x02, "01 36 24", {"power_w": 10_000}), (0x07, "01 47 02", {"flow_m3_h": 120}), (0x07, "01 4F 02", {"flow_m3_h": 72}),
        (0x04, "01 5B 16 01 5F 14", {"supply_temperature_c": 22, "return_temperature_c": 20}),
        (0x02, "01 863B 07 01 863C 02", {"energy_kwh": 7, "energy_export_kwh": 2}), (0x04, "01 863C 02", {}),
        (0x07, "01 16 07 01 16 08", {"water_m3": 7, "water_m3#2": 8}),
        (0x07, "41 16 07", {}), (0x07, "11 16 07", {}), (0x07, "8110 16 07", {}), (0x07, "8140 16 07", {}),
        (0x07, "01 9639 07", {}), (0x07, "02 2B 0080", {}), (0x02, "01 ABFF01 07", {}), (0x07, "0A 16 3AF2", {}),
    ],
)  # fmt: skip
def test_what_a_meter_says_of_now_is_named_by_its_medium(medium: int, hexed: str, expected: dict[str, float]) -> None:
    assert said(answer(hexed, medium)) == expected


def test_the_highest_byte_first_where_the_meter_says_so() -> None:
    frame = answer("0C 13 00 00 12 34", order=0x76)
    assert said(frame) == {"water_m3": 1.234}
    assert frame.address == "7856341240240107"


@pytest.mark.parametrize(
    ("hexed", "why"),
    [
        ("01", "breaks off"), ("01 13", "breaks off"), ("04 13 000000", "breaks off"), ("81", "breaks off"), ("01 93", "breaks off"),
        ("00 7C 05 41", "breaks off"), ("3F", "begins no record"), ("7F", "begins no record"), ("0D 78 CA", "reserved"),
        ("0D 78 FF", "reserved"), ("0D 78", "breaks off"), ("01 13 07 0D 78 05 41", "breaks off"),
        ("81" + 10 * "80" + "00 13 07", "more than 10 DIFEs"), ("01 93" + 10 * "80" + "00 07", "more than 10 VIFEs"),
    ],
)  # fmt: skip
def test_a_record_that_breaks_off_refuses_the_whole_frame(hexed: str, why: str) -> None:
    with pytest.raises(BadFrame, match=why):
        mbus.decode(answer(hexed), {})


def test_the_fixed_structure_knows_binary_counters_and_a_second_one_of_the_due_date() -> None:
    def fixed(status: str, units: str, counters: str) -> Head:
        return Head("90919293", bytes.fromhex("73 93929190 10" + status + units + counters), 0x73)

    assert said(fixed("00", "05 69", "31650000 69000000")) == {"heat_kwh": 6531, "volume_m3": 0.069}
    assert said(fixed("01", "E9 7E", "0F270000 01000000")) == {"water_m3": 9.999}
    assert said(fixed("03", "E9 6C", "0F270000 01000000")) == {}
    with pytest.raises(BadFrame, match="has 16 bytes, not 17"):
        mbus.decode(Head("90919293", b"\x73" + bytes(17), 0x73), {})


# ---- telegrams and the master's side


def test_an_answer_in_parts_is_followed_until_it_is_whole() -> None:
    assert mbus.follow("1234567824400107", answer("01 16 07 1F"), 1) == bytes.fromhex("105bfd5816")
    assert mbus.follow("5", answer("41 16 07 1F"), 2) == bytes.fromhex("107b058016")
    assert mbus.follow("5", answer("41 16 07 0F 0102"), 3) is None
    assert mbus.follow("5", mbus.head(b"\xe5"), 1) is None


def test_a_meter_that_never_ends_is_left() -> None:
    asked = 1
    while mbus.follow("5", answer("1F"), asked):
        asked += 1
    assert asked == mbus.TELEGRAMS


def test_an_answer_is_known_by_what_was_asked() -> None:
    reset, selection, request = mbus.ask("1234567824400107")
    answers, mute = mbus.DRIVER.manners.answers, mbus.DRIVER.manners.mute
    assert answers
    assert mute
    yes, data = mbus.head(b"\xe5"), answer("01 16 07")
    assert [answers("1234567824400107", one, yes) for one in (reset, selection, request)] == [True, True, False]
    assert [answers("1234567824400107", one, data) for one in (reset, selection, request)] == [False, False, True]
    assert [mute(one) for one in (reset, selection, request, mbus.ask("5")[0])] == [True, False, False, False]


def test_more_says_whether_another_telegram_belongs_to_it() -> None:
    assert mbus.more(answer("01 16 07 1F"))
    assert not mbus.more(answer("01 16 07"))
    assert not mbus.more(mbus.head(b"\xe5"))


def test_requests_are_those_of_the_standard() -> None:
    assert [part.hex() for part in mbus.ask("5")] == ["1040054516", "107b058016"]
    assert [part.hex() for part in mbus.ask("1234567824400107")] == [
        "1040fd3d16", "680b0b6873fd5278563412244001074216", "107bfd7816",
    ]  # fmt: skip
    assert mbus.select("12345678") == mbus.select("12345678ffffffff")
    assert mbus.select("1234FFFF24400107")[7:11] == bytes.fromhex("ffff3412")
    assert mbus.ask("123456784f4f0f07")[1] == mbus.select("123456784f4f0f07"), "an f of a maker's letters is one"


@pytest.mark.parametrize("address", ["1234567f", "ffffffff", "1234567fffffff07", "12345678ffffffff", "123456782440ff07"])
def test_an_address_for_several_meters_is_refused(address: str) -> None:
    """Whoever answers says its own number, so nothing of it would ever count."""
    with pytest.raises(BadFrame, match="any digit"):
        mbus.ask(address)


@pytest.mark.parametrize("address", ["", "255", "-1", "1234", "1234567g", "12345678244001070", "５"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(BadFrame, match="neither"):
        mbus.ask(address)


def test_the_single_byte_is_a_frame_only_when_it_stands_alone() -> None:
    assert cut(b"\xe5") == ([b"\xe5"], b"")
    assert mbus.decode(mbus.head(b"\xe5"), {}).values == ()
    frame = mbus.select("12345678")
    assert cut(b"\xe5" + frame) == ([frame], b"")


@pytest.mark.parametrize(("word", "order"), [("0005", 0x72), ("2085", 0x72), ("2007", 0x72), ("0500", 0x76)])
def test_records_that_are_encrypted_are_no_readings(word: str, order: int) -> None:
    sealed = answer("04 13 01020304 04 13 01020304", order=order, word=word)
    assert len(sealed.address) == 16
    with pytest.raises(BadFrame, match="encrypted"):
        mbus.decode(sealed, {})
    opened = answer("2F2F 01 13 07", order=order, word=word)
    assert said(opened) == {"water_m3": 0.007}
    assert len(mbus.records(opened)) == 1


def test_a_battery_that_runs_low_is_said_while_it_is_and_once_when_it_was_changed() -> None:
    """The status byte, EN 13757-3 table 6: bit 2 power low, bit 3 permanent error."""
    memory: Memory = {}
    said = []
    for status in (0, 4, 4, 0x0C, 0, 0):
        frame = Head("1", bytes((0x72, *range(9), status, 0, 0)), 0x72)
        values, memory, _ = mbus.decode(frame, memory)
        said.append({one.quantity: one.value for one in values})
    low, fault = {"battery_low": True}, {"fault": True}
    assert said == [{}, low, low, low | fault, {"battery_low": False, "fault": False}, {}]
    assert memory == {}


def test_who_answers_for_another_meter_than_was_asked_is_not_taken_for_it() -> None:
    answers = mbus.DRIVER.manners.answers
    assert answers is not None
    ask = mbus.ask("12345678ca050107")[-1]
    body = bytes((0x72, 0x78, 0x56, 0x34, 0x12, 0xCA, 0x05, 0x01, 0x07, 0, 0, 0, 0))
    own, other = (
        Head(address, body, 0x72, also=(address[:8], primary))
        for address, primary in (("12345678ca050107", "4"), ("12345679ca050107", "5"))
    )
    for asked in ("12345678ca050107", "12345678"):
        assert answers(asked, ask, own)
    assert not answers("12345678", ask, other)
    for asked, mine in (("5", False), ("4", True), ("254", True)):
        assert answers(asked, mbus.ask(asked)[-1], own) is mine, "each frame has the primary address of its sender"


@given(st.binary(max_size=250), st.sampled_from([0x70, 0x72, 0x73, 0x76]))
def test_any_body_is_read_whole_or_refused(body: bytes, kind: int) -> None:
    frame = Head("1", bytes((kind,)) + body, kind)
    try:
        found = mbus.records(frame)
    except BadFrame:
        with pytest.raises(BadFrame):
            mbus.decode(frame, {})
    else:
        values = [one for one in mbus.decode(frame, {}).values if one.quantity not in ("battery_low", "fault")]
        assert len(values) <= len(found)
        assert all(isinstance(one.value, int | float | str | None) for one in found)


@given(st.integers(-(10**8) + 1, 10**8 - 1))
def test_decimal_digits_come_back(number: int) -> None:
    digits = bytes.fromhex(f"{abs(number):08d}" if number >= 0 else "f" + f"{abs(number) % 10**7:07d}")[::-1]
    expected = number if number >= 0 else -(abs(number) % 10**7)
    assert mbus.records(answer("0C 78" + digits.hex()))[0].value == expected
