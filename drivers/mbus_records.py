"""The records of an M-Bus answer (EN 13757-3): data information block, value information block, data.

A frame is read to its last byte before anything of it is said: a record that breaks off refuses the whole frame.
A value that the wire marks as absent or invalid (no BCD digit, least integer, not a number, a date of zeros) is None.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from drivers.binary32 import shortest
from drivers.driver import BadFrame
from drivers.mbus_units import LIMIT, Meaning, meaning

Order = Literal["little", "big"]
Number = int | float | str | None

INSTANT, MAXIMUM, MINIMUM, FAULTY = range(4)
"""Functions of a record: the value now, the greatest, the least, the value while the meter was in error."""
_MAKER_REST, _MORE, _FILLER = 0x0F, 0x1F, 0x2F
_LENGTHS: Final = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 4, 6: 6, 7: 8, 8: 0, 9: 1, 10: 2, 11: 3, 12: 4, 14: 6}
"""Data field of a DIF -> bytes of data; D has a length byte, F is no record."""
_FLAGS: Final = frozenset({"error_flags", "error_mask", "digital_input", "digital_output", "access_number"})
"""Binary patterns: the top bit is a bit like the others."""


class Record(NamedTuple):
    """One value of a meter, in the unit of the standard's table.

    ``quantity`` is one of the words of mbus_units, ``text:…`` for a unit that the meter spells out, ``manufacturer``
    for a maker's own block (value: hex digits), or ``unknown``; ``modifiers`` are the VIFEs that change the meaning.
    """

    function: int
    storage: int
    tariff: int
    device: int
    quantity: str
    unit: str
    value: Number
    modifiers: tuple[int, ...] = ()


class Slot(NamedTuple):
    """Where a record lies in the frame, its number not read yet."""

    function: int
    storage: int
    tariff: int
    device: int
    meaning: Meaning
    field: int
    data: bytes


def slots(body: bytes, at: int, order: Order) -> tuple[list[Slot], bytes, bool]:
    """Walk a body from ``at`` -> (records in order, the maker's block, more records follow?); raises BadFrame."""
    found: list[Slot] = []
    end = len(body)
    try:
        while at < end:
            dif = body[at]
            if dif == _FILLER:
                at += 1
                continue
            if dif & 0x0F == 0x0F:
                if dif not in (_MAKER_REST, _MORE):
                    raise BadFrame(f"DIF {dif:02x} begins no record", body)
                return found, body[at + 1 :], dif == _MORE
            slot, at = _slot(body, at, order)
            found.append(slot)
    except IndexError:
        raise BadFrame("a record breaks off", body) from None
    return found, b"", False


def _slot(body: bytes, at: int, order: Order) -> tuple[Slot, int]:
    """-> (the record that begins here, where the next one begins); an IndexError where the body ends before it."""
    dif = last = body[at]
    at += 1
    storage, tariff, device = dif >> 6 & 1, 0, 0
    count = 0
    while last & 0x80:
        if count == LIMIT:
            raise BadFrame(f"more than {LIMIT} DIFEs", body)
        last = body[at]
        at += 1
        storage |= (last & 0x0F) << 1 + 4 * count
        tariff |= (last >> 4 & 3) << 2 * count
        device |= (last >> 6 & 1) << count
        count += 1
    begin = at
    at = _after_vib(body, at)
    said = meaning(bytes(body[begin:at]))
    field = dif & 0x0F
    length = _LENGTHS.get(field, -1)
    if length < 0:
        length = _variable(body[at], body)
        field, at = 0x100 | body[at], at + 1
    data = body[at : at + length]
    if len(data) < length:
        raise BadFrame("a record breaks off", body)
    if order == "big" and field < 0x100:
        data = data[::-1]
    return Slot(dif >> 4 & 3, storage, tariff, device, said, field, data), at + length


def _after_vib(body: bytes, at: int) -> int:
    """-> the place after VIF, text and VIFEs."""
    last = body[at]
    at += 1
    if last & 0x7F == 0x7C:
        at += 1 + body[at]
    count = 0
    while last & 0x80:
        if count == LIMIT:
            raise BadFrame(f"more than {LIMIT} VIFEs", body)
        last = body[at]
        at += 1
        count += 1
    if at > len(body):
        raise IndexError("the text of a unit breaks off")
    return at


def _variable(lvar: int, body: bytes) -> int:
    """-> bytes of data behind this length byte."""
    if lvar < 0xC0:
        return lvar
    if lvar < 0xCA or 0xD0 <= lvar < 0xDA or 0xE0 <= lvar < 0xF0:
        return lvar & 0x0F
    if 0xF0 <= lvar <= 0xF4:
        return 4 * (lvar - 0xEC)
    if lvar in (0xF5, 0xF6):
        return 48 + 16 * (lvar - 0xF5)
    raise BadFrame(f"length byte {lvar:02x} is reserved", body)


def record(slot: Slot) -> Record:
    """Read the number of a slot."""
    said = slot.meaning
    value = scaled(read(slot), said.power, said.times, said.plus)
    place = (slot.function, slot.storage, slot.tariff, slot.device)
    return Record(*place, said.quantity, said.unit, value, said.modifiers)


def read(slot: Slot) -> Number:
    """-> the number, text or date as sent, without its scale; None if there is none, or an invalid one."""
    field, data, quantity = slot.field, slot.data, slot.meaning.quantity
    if field >= 0x100:
        return _of_variable(field & 0xFF, data)
    if not data:
        return None
    if quantity in _DATES or _is_date(slot):
        return _date(data)
    if field == 5:
        return shortest(data)
    if field >= 9:
        return bcd(data)
    if quantity in _FLAGS:
        return int.from_bytes(data, "little")
    return signed(data)


def scaled(raw: Number, power: int, times: int = 1, plus: float = 0) -> Number:
    """raw × times × 10 ^ power + plus, rounded once: the float nearest to the decimal that the wire means."""
    if raw is None or isinstance(raw, str):
        return raw
    if isinstance(raw, float):
        value: int | float = float(Decimal(repr(raw)).scaleb(power)) * times
    else:
        value = raw * times / 10**-power if power < 0 else raw * times * 10**power
    return value + plus if plus else value


def signed(data: bytes) -> int | None:
    """An integer (type B); the least one means "no value" unless it is a single byte's -128."""
    number = int.from_bytes(data, "little", signed=True)
    return None if len(data) > 1 and number == -1 << 8 * len(data) - 1 else number


def bcd(data: bytes) -> int | None:
    """Decimal digits, lowest byte first; F in front is a minus, any other A … F no value."""
    digits = data[::-1].hex()
    if digits.isdecimal():
        return int(digits)
    rest = digits[1:]
    return -int(rest) if digits[0] == "f" and rest.isdecimal() else None


def _of_variable(lvar: int, data: bytes) -> Number:
    if lvar < 0xC0:
        return data[::-1].decode("latin-1")
    if lvar < 0xE0:
        number = bcd(data) if data else None
        return -number if number is not None and lvar >= 0xD0 else number
    return data.hex()


# ---- dates: types F (4 bytes), G (2), I (6), J (3)

_DATES: Final = frozenset({"date", "date_time", "battery_change", "tariff_start"})


def _is_date(slot: Slot) -> bool:
    """Does a VIFE make the record a moment: 39 start of, 42 … 4F and 6A … 6F when a limit was passed?"""
    if slot.field not in (2, 4, 6):
        return False
    for code in slot.meaning.modifiers:
        if code in (0x7C, 0x7F):
            return False
        if code == 0x39 or code & 0x72 == 0x42 or code & 0x7A == 0x6A:
            return True
    return False


def _date(data: bytes) -> str | None:
    """-> ISO 8601 local time of the meter, or None for one that is marked or is no date."""
    read_it = _DATE_TYPES.get(len(data))
    return read_it(data) if read_it else None


def _day(low: int, high: int, century: int) -> str | None:
    """Type G: day in bits 0-4, month in 8-11, year in 5-7 and 12-15; 81 … 99 were in the last century."""
    day, month, year = low & 0x1F, high & 0x0F, low >> 5 | (high & 0xF0) >> 1
    if not (1 <= day <= _days_of(month) and year <= 99):
        return None
    if century:
        year += 1900 + 100 * century
    else:
        year += 2000 if year <= 80 else 1900
    return f"{year}-{month:02}-{day:02}"


def _days_of(month: int) -> int:
    return (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0)[month]


def _type_g(data: bytes) -> str | None:
    return _day(data[0], data[1], 0)


def _type_f(data: bytes) -> str | None:
    minute, hour = data[0] & 0x3F, data[1] & 0x1F
    day = _day(data[2], data[3], data[1] >> 5 & 3)
    if data[0] & 0x80 or day is None or minute > 59 or hour > 23:
        return None
    return f"{day}T{hour:02}:{minute:02}"


def _type_i(data: bytes) -> str | None:
    second, minute, hour = data[0] & 0x3F, data[1] & 0x3F, data[2] & 0x1F
    day = _day(data[3], data[4], 0)
    if data[1] & 0x80 or day is None or second > 59 or minute > 59 or hour > 23:
        return None
    return f"{day}T{hour:02}:{minute:02}:{second:02}"


def _type_j(data: bytes) -> str | None:
    second, minute, hour = data[0] & 0x3F, data[1] & 0x3F, data[2] & 0x1F
    return f"{hour:02}:{minute:02}:{second:02}" if second < 60 and minute < 60 and hour < 24 else None


_DATE_TYPES: Final[dict[int, Callable[[bytes], str | None]]] = {2: _type_g, 3: _type_j, 4: _type_f, 6: _type_i}
