"""What a value information block (VIF and its VIFEs) of M-Bus means: tables after EN 13757-3:2018, tables 10 to 15.

A VIF of the primary table, or the byte after FB or FD of an extension table, names quantity, unit and power of ten.
The bytes after it (combinable VIFEs) change the meaning or the scale; scale changes are worked in, all others are
kept as ``modifiers``: a volume "at the last due date" is no volume of now.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

LIMIT: Final = 10
"""Most DIFEs and most VIFEs that a record may have (EN 13757-3, 6.3.3 and 6.4.1)."""
POSITIVE, NEGATIVE = 0x3B, 0x3C
"""Modifiers: only what flowed forward, only what flowed backward."""


class Meaning(NamedTuple):
    """What the number of a record is: number × ``times`` × 10 ^ ``power`` + ``plus`` is a value in ``unit``."""

    quantity: str
    unit: str
    power: int = 0
    times: int = 1
    modifiers: tuple[int, ...] = ()
    plus: float = 0


UNKNOWN: Final = Meaning("unknown", "")
MAKER: Final = Meaning("manufacturer", "")
_SECONDS: Final = (1, 60, 3600, 86400)

_Row = tuple[int, int, str, str, int]

_PRIMARY: Final[tuple[_Row, ...]] = (
    (0x00, 8, "energy", "Wh", -3), (0x08, 8, "energy", "J", 0), (0x10, 8, "volume", "m3", -6),
    (0x18, 8, "mass", "kg", -3), (0x28, 8, "power", "W", -3), (0x30, 8, "power", "J/h", 0),
    (0x38, 8, "volume_flow", "m3/h", -6), (0x40, 8, "volume_flow", "m3/min", -7), (0x48, 8, "volume_flow", "m3/s", -9),
    (0x50, 8, "mass_flow", "kg/h", -3), (0x58, 4, "flow_temperature", "°C", -3),
    (0x5C, 4, "return_temperature", "°C", -3), (0x60, 4, "temperature_difference", "K", -3),
    (0x64, 4, "external_temperature", "°C", -3), (0x68, 4, "pressure", "bar", -3), (0x6C, 1, "date", "", 0),
    (0x6D, 1, "date_time", "", 0), (0x6E, 1, "heat_cost_units", "", 0), (0x78, 1, "fabrication_number", "", 0),
    (0x79, 1, "identification", "", 0), (0x7A, 1, "bus_address", "", 0), (0x7E, 1, "any", "", 0),
)  # fmt: skip
"""(first code, how many, quantity, unit, power of ten of the first; each next one is ten times more)."""
_PRIMARY_TIMES: Final = (
    (0x20, "on_time", _SECONDS), (0x24, "operating_time", _SECONDS), (0x70, "averaging_time", _SECONDS),
    (0x74, "actuality_time", _SECONDS),
)  # fmt: skip
"""(first code, quantity, seconds of the unit of each code)."""

_FB: Final[tuple[_Row, ...]] = (
    (0x00, 2, "energy", "Wh", 5), (0x02, 2, "reactive_energy", "varh", 3), (0x04, 2, "apparent_energy", "VAh", 3),
    (0x08, 2, "energy", "J", 8), (0x0C, 4, "energy", "cal", 5), (0x10, 2, "volume", "m3", 2),
    (0x14, 4, "reactive_power", "var", 0), (0x18, 2, "mass", "kg", 5), (0x1A, 2, "humidity", "%", -1),
    (0x20, 1, "volume", "ft3", 0), (0x21, 1, "volume", "ft3", -1), (0x28, 2, "power", "W", 5),
    (0x2C, 4, "frequency", "Hz", -3), (0x30, 2, "power", "J/h", 8), (0x34, 4, "apparent_power", "VA", 0),
    (0x58, 4, "flow_temperature", "°F", -3), (0x5C, 4, "return_temperature", "°F", -3),
    (0x60, 4, "temperature_difference", "°F", -3), (0x64, 4, "external_temperature", "°F", -3),
    (0x70, 4, "temperature_limit", "°F", -3), (0x74, 4, "temperature_limit", "°C", -3),
    (0x78, 8, "power_maximum", "W", -3),
)  # fmt: skip
"""22 … 26 were American gallons until 2005 and are reserved, or the angle of a phase, since: they stay unknown."""

_FD: Final[tuple[_Row, ...]] = (
    (0x00, 4, "credit", "", -3), (0x04, 4, "debit", "", -3), (0x08, 1, "access_number", "", 0),
    (0x09, 1, "medium", "", 0), (0x0A, 1, "manufacturer_id", "", 0), (0x0B, 1, "parameter_set", "", 0),
    (0x0C, 1, "model", "", 0), (0x0D, 1, "hardware_version", "", 0), (0x0E, 1, "firmware_version", "", 0),
    (0x0F, 1, "software_version", "", 0), (0x10, 1, "customer_location", "", 0), (0x11, 1, "customer", "", 0),
    (0x12, 1, "access_code_user", "", 0), (0x13, 1, "access_code_operator", "", 0),
    (0x14, 1, "access_code_system", "", 0), (0x15, 1, "access_code_developer", "", 0), (0x16, 1, "password", "", 0),
    (0x17, 1, "error_flags", "", 0), (0x18, 1, "error_mask", "", 0), (0x1A, 1, "digital_output", "", 0),
    (0x1B, 1, "digital_input", "", 0), (0x1C, 1, "baud_rate", "Bd", 0), (0x1D, 1, "response_delay", "bit", 0),
    (0x1E, 1, "retry", "", 0), (0x20, 1, "first_storage", "", 0), (0x21, 1, "last_storage", "", 0),
    (0x22, 1, "storage_block_size", "", 0), (0x28, 1, "storage_interval_months", "", 0),
    (0x29, 1, "storage_interval_years", "", 0), (0x30, 1, "tariff_start", "", 0), (0x3A, 1, "number", "", 0),
    (0x40, 16, "voltage", "V", -9), (0x50, 16, "current", "A", -12), (0x60, 1, "reset_counter", "", 0),
    (0x61, 1, "cumulation_counter", "", 0), (0x62, 1, "control_signal", "", 0), (0x63, 1, "day_of_week", "", 0),
    (0x64, 1, "week_number", "", 0), (0x65, 1, "day_change", "", 0), (0x66, 1, "parameter_activation", "", 0),
    (0x67, 1, "special_supplier", "", 0), (0x70, 1, "battery_change", "", 0), (0x71, 1, "signal_strength", "dBm", 0),
)  # fmt: skip
_FD_TIMES: Final = (
    (0x24, "storage_interval", _SECONDS), (0x2C, "since_last_readout", _SECONDS),
    (0x31, "tariff_duration", _SECONDS[1:]), (0x34, "tariff_period", _SECONDS),
    (0x68, "since_last_cumulation", _SECONDS[2:]), (0x6C, "battery_operating_time", _SECONDS[2:]),
)  # fmt: skip
"""Months and years have no fixed length: they stay unknown."""


def _table(rows: tuple[_Row, ...], times: tuple[tuple[int, str, tuple[int, ...]], ...] = ()) -> dict[int, Meaning]:
    table = {
        first + n: Meaning(quantity, unit, power + n)
        for first, count, quantity, unit, power in rows
        for n in range(count)
    }
    for first, quantity, lengths in times:
        table.update({first + n: Meaning(quantity, "s", 0, length) for n, length in enumerate(lengths)})
    return table


_TABLES: Final = {
    0x00: _table(_PRIMARY, _PRIMARY_TIMES),
    0xFB: _table(_FB),
    0xFD: {
        **_table(_FD, _FD_TIMES),
        **{0x31 + n: Meaning("tariff_duration", "s", 0, _SECONDS[n + 1]) for n in range(3)},
    },
}

FIXED: Final = {
    first + n: Meaning(quantity, unit, power + n)
    for first, count, quantity, unit, power in (
        (0x02, 9, "energy", "Wh", 0), (0x0B, 9, "energy", "J", 3), (0x14, 9, "power", "W", 0),
        (0x1D, 9, "power", "J/h", 3), (0x26, 9, "volume", "m3", -6), (0x2F, 9, "volume_flow", "m3/h", -6),
        (0x38, 1, "temperature", "°C", -3), (0x39, 1, "heat_cost_units", "", 0), (0x3F, 1, "number", "", 0),
    )
    for n in range(count)
}  # fmt: skip
"""The six-bit units of the fixed data structure (EN 1434-3)."""


class Unit(NamedTuple):
    """(number × ``times`` × 10 ^ ``power`` - ``zero``) / ``of`` is the value in the unit of our quantity."""

    times: int = 1
    of: float = 1
    power: int = 0
    zero: int = 0


_FAHRENHEIT: Final = Unit(of=1.8, zero=32)
OURS: Final[Mapping[tuple[str, str], Unit]] = {
    ("energy", "Wh"): Unit(power=-3), ("energy", "J"): Unit(of=3_600_000),
    ("energy", "cal"): Unit(times=1163, power=-9), ("power", "W"): Unit(), ("power", "J/h"): Unit(of=3600),
    ("volume", "m3"): Unit(), ("volume", "ft3"): Unit(times=28_316_846_592, power=-12),
    ("volume_flow", "m3/h"): Unit(), ("volume_flow", "m3/min"): Unit(times=60),
    ("volume_flow", "m3/s"): Unit(times=3600), ("flow_temperature", "°C"): Unit(),
    ("flow_temperature", "°F"): _FAHRENHEIT, ("return_temperature", "°C"): Unit(),
    ("return_temperature", "°F"): _FAHRENHEIT,
}  # fmt: skip
"""(quantity, unit) of the wire -> kWh, W, m3, m3/h or °C. What isn't here is no reading: a number in another unit would
pass for one in ours."""


@lru_cache(maxsize=1024)
def meaning(vib: bytes) -> Meaning:
    """A whole value information block -> what it says of the number behind it. Any bytes have a meaning."""
    first = vib[0] & 0x7F
    if first == 0x7C:
        length = vib[1]
        text = vib[2 : 2 + length][::-1].decode("latin-1")
        return _modified(Meaning(f"text:{text}", ""), vib[2 + length :])
    if first == 0x7F:
        return MAKER
    if vib[0] in (0xFB, 0xFD):
        return _modified(_TABLES[vib[0]].get(vib[1] & 0x7F, UNKNOWN), vib[2:])
    return _modified(_TABLES[0].get(first, UNKNOWN), vib[1:])


def _modified(plain: Meaning, vifes: bytes) -> Meaning:
    power, times, plus = plain.power, plain.times, 0.0
    modifiers: list[int] = []
    for at, vife in enumerate(vifes):
        code = vife & 0x7F
        if 0x70 <= code <= 0x77:
            power += code - 0x76
        elif code == 0x7D:
            power += 3
        elif 0x78 <= code <= 0x7B:
            plus += 10.0 ** (code - 0x7B)
        elif vife in (0xFC, 0xFF, 0x7F):
            # What follows is the maker's own (FF), or a second table of which each code changes the meaning (FC).
            modifiers += [code, *(next_one & 0x7F for next_one in vifes[at + 1 :])]
            break
        elif code:  # 00 says that the record has no error
            modifiers.append(code)
    return plain._replace(power=power, times=times, modifiers=tuple(modifiers), plus=plus)
