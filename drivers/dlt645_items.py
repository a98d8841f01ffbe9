"""What a DL/T 645-2007 meter says under each data identifier: quantity, width, scale, sign. Source: its annex A.

A data identifier is the number DI3 DI2 DI1 DI0 as the standard prints it, e.g. 0x00010000 = import in total.

================== ==========================================================================================
0000TT00           ``energy_net_kwh`` (import less export as the meter is set up; may be negative)
0001TT00 0002TT00  ``energy_kwh`` ``energy_export_kwh``
0003TT00 0004TT00  ``reactive_energy_1_kvarh`` ``reactive_energy_2_kvarh`` (combined, may be negative)
0005TT00 … 0008    ``reactive_energy_q1_kvarh`` … ``_q4`` (by quadrant)
0009TT00 000ATT00  ``apparent_energy_kvah`` ``apparent_energy_export_kvah``
0015… 0029… 003D…  the same ten registers of phase 1, 2, 3: ``…_l1`` ``…_l2`` ``…_l3``
DI1 = TT           00 total, 01 … 3F tariff: ``…_t1`` ``…_t2`` …; FF all of them in one answer
DI0 = NN           00 now, 01 … 0C the n-th last settlement day: ``…_settled``, nth = n - 1; FF all of them
050601NN … 0509    registers 0001 … 0009, total and tariffs, at the end of the n-th last day: ``…_day_end``
050600NN           when that was: ``day_ended_at`` (ISO text, local time)
0201PP00           ``voltage_v_l1`` …; PP = 01, 02, 03 or FF
0202PP00           ``current_a_l1`` …, negative = flows back; 02800001 ``current_a_n`` (neutral)
0203 0204 0205     ``power_w`` ``reactive_power_var`` ``apparent_power_va``, total and ``_l1`` … ; kW -> W
0206PP00 0207PP00  ``power_factor`` ``_l1`` … · ``phase_angle_deg_l1`` …
028000NN           02 ``frequency_hz``, 03 ``power_w_1min``, 07 ``internal_temperature_c``, 08 ``battery_v`` (clock),
                   09 ``backup_battery_v``
04000101 04000102  ``meter_date`` ``meter_time`` (ISO texts); 04000401 ``meter_address``
04000501           status word 1: ``battery_low`` (clock battery or the one for reading during a power cut)
04000503           status word 3: ``on_battery``, ``power_on`` (the relay lets power through to the flat)
04000504 … 0506    status words of phase 1, 2, 3: ``undervoltage_l1`` ``overvoltage_l1`` ``overcurrent_l1`` (or
                   overload) ``phase_lost_l1`` (no voltage, or broken)
04000507           status word 7: ``phase_order_wrong`` ``voltage_unbalanced``; 040005FF all seven words
================== ==========================================================================================

Under any other identifier an answer has no values.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from drivers import bcd
from drivers.reading import Value

BLOCK: Final = 0xFF
"""In place of a tariff, a phase or a settlement day: all of them."""
TARIFFS: Final = 63
SETTLEMENTS: Final = 12
DAYS: Final = 62


class Item(NamedTuple):
    """One number of an answer: ``width`` bytes of BCD, divided by ``divisor``."""

    quantity: str
    width: int
    divisor: int
    signed: bool = False
    nth: int = 0


_REGISTERS: Final = (
    ("energy_net_kwh", True),
    ("energy_kwh", False),
    ("energy_export_kwh", False),
    ("reactive_energy_1_kvarh", True),
    ("reactive_energy_2_kvarh", True),
    ("reactive_energy_q1_kvarh", False),
    ("reactive_energy_q2_kvarh", False),
    ("reactive_energy_q3_kvarh", False),
    ("reactive_energy_q4_kvarh", False),
    ("apparent_energy_kvah", False),
    ("apparent_energy_export_kvah", False),
)
_PHASE_STEP: Final = 0x14
"""From a register of the whole to that of phase 1, from there to phase 2, to phase 3."""

# DI2 -> quantity, bytes, divisor, signed, with a total at DI1 = 0
_VARIABLES: Final = {
    0x01: ("voltage_v", 2, 10, False, False),
    0x02: ("current_a", 3, 1000, True, False),
    0x03: ("power_w", 3, 10, True, True),
    0x04: ("reactive_power_var", 3, 10, True, True),
    0x05: ("apparent_power_va", 3, 10, True, True),
    0x06: ("power_factor", 2, 1000, True, True),
    0x07: ("phase_angle_deg", 2, 10, False, False),
}
_SINGLE: Final = {
    0x02800001: Item("current_a_n", 3, 1000, True),
    0x02800002: Item("frequency_hz", 2, 100),
    0x02800003: Item("power_w_1min", 3, 10, True),
    0x02800007: Item("internal_temperature_c", 2, 10, True),
    0x02800008: Item("battery_v", 2, 100),
    0x02800009: Item("backup_battery_v", 2, 100),
}

# Status word -> (bits any of which means it, quantity); the word is absent where all its bits are set.
_STATUS: Final[dict[int, tuple[tuple[int, str], ...]]] = {
    1: ((0b1100, "battery_low"),),
    3: (),
    **{
        word: (
            (1 << 1, f"undervoltage_l{phase}"),
            (1 << 2, f"overvoltage_l{phase}"),
            (1 << 4 | 1 << 5, f"overcurrent_l{phase}"),
            (1 << 0 | 1 << 7, f"phase_lost_l{phase}"),
        )
        for word, phase in ((4, 1), (5, 2), (6, 3))
    },
    7: ((1 << 0, "phase_order_wrong"), (1 << 2, "voltage_unbalanced")),
}


@lru_cache(maxsize=512)
def items(di: int) -> tuple[Item, ...]:
    """-> the numbers of an answer in order; an answer may end after any of them. Empty: not numbers, or unknown."""
    di3, di2, di1, di0 = di.to_bytes(4, "big")
    if di3 == 0:
        return tuple(_energy(di2, di1, di0))
    if di3 == 5 and di2 == 6 and 1 <= di1 <= 9 and 1 <= di0 <= DAYS:
        quantity, signed = _REGISTERS[di1]
        return tuple(_tariffs(f"{quantity}{{}}_day_end", signed, di0 - 1))
    if di in _SINGLE:
        return (_SINGLE[di],)
    if di3 == 2 and di0 == 0 and di2 in _VARIABLES:
        return tuple(_variables(di2, di1))
    return ()


def texts(di: int, data: bytes) -> list[Value] | None:
    """-> values of an answer that isn't made of numbers; None if this identifier isn't one of those."""
    if di >> 8 == 0x040005:
        return list(_status(di & 0xFF, data))
    if di >> 8 == 0x050600 and 1 <= di & 0xFF <= DAYS:
        return _said("day_ended_at", bcd.moment(data) if len(data) == 5 else None, (di & 0xFF) - 1)
    read = _TEXTS.get(di)
    return None if read is None else _said(read[0], read[1](data))


def _energy(di2: int, di1: int, di0: int) -> Iterator[Item]:
    phase, register = divmod(di2 - 1, _PHASE_STEP) if di2 else (0, -1)
    if register + 1 >= len(_REGISTERS) or phase > 3:
        return
    quantity, signed = _REGISTERS[register + 1]
    name = f"{quantity}_l{phase}{{}}" if phase else f"{quantity}{{}}"
    if di0 == BLOCK and di1 <= TARIFFS:
        tariff = f"_t{di1}" if di1 else ""
        yield Item(name.format(tariff), 4, 100, signed)
        yield from (Item(name.format(tariff) + "_settled", 4, 100, signed, nth) for nth in range(SETTLEMENTS))
    elif di0 <= SETTLEMENTS:
        name += "_settled" if di0 else ""
        every = _tariffs(name, signed, max(0, di0 - 1))
        if di1 == BLOCK:
            yield from every
        elif di1 <= TARIFFS:
            yield from islice(every, di1, di1 + 1)


def _tariffs(name: str, signed: bool, nth: int) -> Iterator[Item]:
    for tariff in range(TARIFFS + 1):
        yield Item(name.format(f"_t{tariff}" if tariff else ""), 4, 100, signed, nth)


def _variables(di2: int, di1: int) -> Iterator[Item]:
    quantity, width, divisor, signed, total = _VARIABLES[di2]
    every = range(0 if total else 1, 4)
    for phase in every if di1 == BLOCK else [di1] if di1 in every else []:
        yield Item(quantity + (f"_l{phase}" if phase else ""), width, divisor, signed)


def _status(word: int, data: bytes) -> Iterator[Value]:
    words: Sequence[int] = range(1, 8) if word == BLOCK else [word]
    for at, number in enumerate(words):
        raw = data[2 * at : 2 * at + 2]
        if len(raw) < 2 or raw == b"\xff\xff":
            continue
        bits = int.from_bytes(raw, "little")
        for mask, quantity in _STATUS.get(number, ()):
            yield Value(quantity, bool(bits & mask))
        if number == 3:
            yield Value("on_battery", bits >> 1 & 3 == 2)
            yield Value("power_on", not bits >> 4 & 1)


def _said(quantity: str, text: str | None, nth: int = 0) -> list[Value]:
    return [] if text is None else [Value(quantity, text, (), nth)]


def _date(data: bytes) -> str | None:
    """Weekday, day, month, year."""
    said = bcd.moment(b"\0\0" + data[1:]) if len(data) == 4 else None
    return said and said[:10]


def _time(data: bytes) -> str | None:
    return bcd.time_of_day(data) if len(data) == 3 else None


def address(data: bytes) -> str | None:
    """Six bytes -> twelve digits, or None where they aren't."""
    digits = data[::-1].hex()
    return digits if len(digits) == 12 and digits.isdigit() else None


_TEXTS: Final[dict[int, tuple[str, Callable[[bytes], str | None]]]] = {
    0x04000101: ("meter_date", _date),
    0x04000102: ("meter_time", _time),
    0x04000401: ("meter_address", address),
}
