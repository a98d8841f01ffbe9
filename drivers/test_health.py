"""Health devices: numbers of IEEE 11073, special ones among them, and values built field by field and read again."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.driver import BadFrame
from drivers.health import DRIVER, Bytes
from drivers.reading import Scalar


def said(*parts: bytes) -> dict[str, Scalar]:
    frame = b"".join(parts)
    return {
        f"{value.quantity}#{value.nth + 1}" if value.nth else value.quantity: value.value
        for value in DRIVER.decode(DRIVER.head(frame), {}).values
    }


def sfloat(mantissa: int, exponent: int) -> bytes:
    return (exponent % 16 << 12 | mantissa % 4096).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("7200", 114.0), ("6cf1", 36.4), ("00f0", 0.0), ("fd27", 204500.0), ("fd77", None), ("0388", -2045e-8), ("ff0f", -1.0),
        ("fd07", 2045.0), ("0308", -2045.0), ("ff07", None), ("0008", None), ("fe07", None), ("0208", None),
        ("0108", None), ("ff87", None),
    ],
)  # fmt: skip
def test_an_sfloat(raw: str, number: float | None) -> None:
    assert Bytes(bytes.fromhex(raw)).sfloat() == number


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("6c0100ff", 36.4), ("00000000", 0.0), ("ffffffff", -0.1), ("01000002", 100.0), ("fdff7fff", 838860.5),
        ("ffff7f00", None), ("00008000", None), ("feff7f00", None), ("02008000", None), ("01008000", None),
    ],
)  # fmt: skip
def test_a_float(raw: str, number: float | None) -> None:
    assert Bytes(bytes.fromhex(raw)).float() == number


@given(st.integers(-2045, 2045), st.integers(-8, 7))
def test_every_sfloat_is_the_number_nearest_to_what_it_says(mantissa: int, exponent: int) -> None:
    number = float(Decimal(mantissa).scaleb(exponent))
    assert Bytes(sfloat(mantissa, exponent)).sfloat() == (number if abs(number) <= 1e6 else None)


@given(st.integers(20, 280), st.integers(20, 200), st.integers(20, 200), st.integers(0, 31), st.integers(0, 65535))
def test_blood_pressure_with_any_fields(high: int, low: int, mean: int, flags: int, status: int) -> None:
    flags &= ~1
    parts = [bytes.fromhex("2a35"), bytes((flags,)), *(sfloat(value, 0) for value in (high, low, mean))]
    time = (2026).to_bytes(2, "little") + bytes((2, 28, 23, 59, 1))
    optional = ((2, time), (4, sfloat(655, -1)), (8, b"\x02"), (16, status.to_bytes(2, "little")))
    parts += [part for bit, part in optional if flags & bit]
    expected: dict[str, Scalar] = {
        "blood_pressure_systolic_mmhg": high,
        "blood_pressure_diastolic_mmhg": low,
        "blood_pressure_mean_mmhg": mean,
    }
    if flags & 2:
        expected["measured_at"] = "2026-02-28T23:59:01"
    if flags & 4:
        expected["pulse_bpm"] = 65.5
    if flags & 8:
        expected["user_number"] = 2
    if flags & 16:
        expected["irregular_pulse"] = bool(status & 4)
    assert said(*parts) == expected
    with pytest.raises(BadFrame):
        said(*parts[:-1])


@given(st.integers(0, 65535), st.integers(0, 31), st.lists(st.integers(1, 65535), max_size=9))
def test_heart_rate_with_any_fields(rate: int, flags: int, intervals: list[int]) -> None:
    parts = [bytes.fromhex("2a37"), bytes((flags,)), rate.to_bytes(2, "little") if flags & 1 else bytes((rate & 255,))]
    parts += [b"\x10\x00"] if flags & 8 else []
    parts += [one.to_bytes(2, "little") for one in intervals] if flags & 16 else []
    told = said(*parts)
    rate &= 65535 if flags & 1 else 255
    assert told.get("pulse_bpm") == (rate if rate and flags & 6 != 4 else None)
    assert told.get("wearing") == (bool(flags & 2) if flags & 4 else None)
    assert sum(name.startswith("pulse_interval_s") for name in told) == (len(intervals) if flags & 16 else 0)


@pytest.mark.parametrize("bit", [10, 11, 13, 15])
def test_an_oximeter_that_says_itself_that_it_measures_nothing_is_believed(bit: int) -> None:
    status = (1 << bit).to_bytes(2, "little")
    assert said(bytes.fromhex("2a5e02"), sfloat(97, 0), sfloat(72, 0), status) == {}


@given(st.sampled_from(DRIVER.characteristics), st.binary(min_size=1, max_size=40))
def test_whatever_a_device_sends_is_values_or_a_bad_frame(kind: int, value: bytes) -> None:
    try:
        told = said(kind.to_bytes(2, "big"), value)
    except BadFrame:
        return
    assert all(number == number and abs(number) < 1e12 for number in told.values() if isinstance(number, float))
