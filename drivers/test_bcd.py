"""Decimal digits, two a byte: numbers, signs, dates; anything else is None."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import bcd


@given(st.integers(0, 99_999_999))
def test_numbers(number: int) -> None:
    wire = bytes.fromhex(f"{number:08}")[::-1]
    assert bcd.unsigned(wire) == number
    assert bcd.signed(wire) == (number if number < 80_000_000 else 80_000_000 - number)


@given(st.integers(0, 79_999_999))
def test_the_top_bit_is_a_minus(number: int) -> None:
    wire = bytearray.fromhex(f"{number:08}")[::-1]
    wire[-1] |= 0x80
    assert bcd.signed(bytes(wire)) == -number


@pytest.mark.parametrize("wire", ["", "ffffffff", "00000e00", "0a", "ff", "7f", "eeee"])
def test_what_isnt_digits_is_none(wire: str) -> None:
    assert bcd.unsigned(bytes.fromhex(wire)) is None
    assert bcd.signed(bytes.fromhex(wire)) is None


def test_a_minus_is_no_digit() -> None:
    assert bcd.unsigned(b"\xa0") is None
    assert bcd.signed(b"\xa0") == -20


@given(st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2099, 12, 31, 23, 59, 59)))
def test_every_date_is_read_forwards_and_backwards(when: datetime.datetime) -> None:
    when = when.replace(microsecond=0)
    digits = bytes.fromhex(when.strftime("%Y%m%d%H%M%S"))
    assert bcd.clock(digits[::-1]) == when.isoformat()
    if when.second != 20:
        assert bcd.clock(digits) == when.isoformat()
    assert bcd.moment(digits[5:0:-1]) == when.replace(second=0).isoformat()
    assert bcd.time_of_day(digits[:3:-1]) == when.time().isoformat()


@given(st.binary(min_size=7, max_size=7))
def test_a_date_is_a_real_one_or_none(wire: bytes) -> None:
    said = bcd.clock(wire)
    assert said is None or datetime.datetime.fromisoformat(said).isoformat() == said


@pytest.mark.parametrize(
    "digits",
    [
        "00000000000000",
        "ffffffffffffff",
        "20260229000000",
        "20261301000000",
        "20260431000000",
        "20260100000000",
        "20260101240000",
        "20260101006000",
        "20260101000060",
        "19991231235959",
        "2026010100000a",
        "202601010000",
    ],
)
def test_no_date(digits: str) -> None:
    assert bcd.clock(bytes.fromhex(digits)[::-1]) is None


def test_leap_days() -> None:
    years = [2000 + year for year in range(100) if bcd.clock(bytes.fromhex(f"0000002902{year:02}20")) is not None]
    assert years == list(range(2000, 2100, 4))
