"""Numbers and moments written as decimal digits, two a byte, the low byte first, as Chinese meters send them.

Every reader gives None for bytes that are no such number: FF-filled means absent, another hex digit means broken.
"""

from typing import Final

_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def unsigned(data: bytes) -> int | None:
    """-> the number, or None where a digit isn't 0 … 9."""
    digits = data[::-1].hex()
    return int(digits) if digits.isdigit() else None


def signed(data: bytes) -> int | None:
    """-> the number, negative if the top bit of the highest byte is set, or None where a digit isn't 0 … 9."""
    if not data or data[-1] < 0x80:
        return unsigned(data)
    size = unsigned(data[:-1] + bytes((data[-1] & 0x7F,)))
    return None if size is None else -size


def moment(data: bytes) -> str | None:
    """Minute, hour, day, month, year -> local time as ISO text, or None where that is no date."""
    return _iso(b"\x20" + data[::-1] + b"\0")


def clock(data: bytes) -> str | None:
    """Second, minute, hour, day, month, year, century -> local time as ISO text, or None where that is no date.

    Some makers send the same seven bytes the other way round; hardly ever do both ways make a date of this century.
    """
    return _iso(data[::-1]) or _iso(data)


def time_of_day(data: bytes) -> str | None:
    """Second, minute, hour -> ISO text, or None where that is no time."""
    said = _iso(b"\x20\0\1\1" + data[::-1])
    return said and said[11:]


def _iso(data: bytes) -> str | None:
    """Century (20), year, month, day, hour, minute, second."""
    digits = data.hex()
    if len(digits) != 14 or not digits.isdigit():
        return None
    year = int(digits[:4])
    month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
    if not (2000 <= year < 2100 and 1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return None
    if not 1 <= day <= _MONTHS[month - 1] or ((month, day) == (2, 29) and year % 4):
        return None
    return f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
