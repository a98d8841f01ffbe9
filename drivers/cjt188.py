"""Water, hot water, heat and gas meters that speak CJ/T 188 (2004 and 2018), at 2400 8E1 unless set otherwise.

On the line: ``FE… 68 T A0 … A6 C L DATA CS 16``. T is the kind of meter, A0 … A6 the address of fourteen digits, the
low byte first (the high two bytes name the maker); CS as in sum_frame.py. ``Head.kind`` is C: bit 7 = from the
meter, bit 6 = abnormal. DATA begins with the identifier DI (901F: 2004 sends 90 first, 2018 sends 1F first; both are
read) and a serial number. A request (ours, heard as an echo, or another master's) is a frame without values.

A request must name the kind, so there is a driver for each: ``cjt188`` (cold water), ``cjt188-hot-water``,
``cjt188-heat``, ``cjt188-gas``. They differ in what they ask; any of them reads the answers of all.

=====================  =====================================================================================
T = 1x                 ``water_m3``; 11 ``hot_water_m3``
T = 2x                 ``heat_kwh`` (21 ``cooling_kwh``), ``volume_m3``
T = 3x                 ``gas_m3``
T = 4x, AA             ``energy_kwh``, ``volume_m3``
…_settled              the same at the last settlement day; nth = n - 1 for the n-th last one (D120 … D12B, D200 …)
heat meters            ``power_w`` (of heat), ``flow_m3_h``, ``supply_temperature_c``, ``return_temperature_c``,
                       ``operating_h``
``meter_clock``        the meter's own date and time, ISO text
``valve_open``         no value while the valve is in neither state; ``valve_fault`` says that it is abnormal
``output_on``          of a meter whose valve was switched: shut. So "on" is the safe action, as everywhere
``battery_low``
``meter_address``      answer to "read your address"
=====================  =====================================================================================

An abnormal answer is a sound frame, but no reading: `decode` refuses it.

A register has a unit behind it: two decimals before the unit is applied, four for the flow. Some heat meters (JY) have
the unit before the digits, which shows by all five units making sense only so. A unit nobody knows, FF-filled digits,
or digits that aren't 0 … 9 make no reading; nor does a date that is none.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from drivers import bcd
from drivers.driver import BadFrame, Decoded, Driver, Head, Manners, Memory, Settings
from drivers.reading import Value
from drivers.sum_frame import WAKE, Fixed, Shape, opened, sealed
from drivers.sum_frame import cut as cut_shape

ANY: Final = "aaaaaaaaaaaaaa"
"""The address of the only meter on a line."""
VALVE: Final = 0xA017
METERED: Final = 0x901F

_READ, _READ_ADDRESS, _WRITE = 0x01, 0x03, 0x04
_ANSWER, _ABNORMAL, _FUNCTION = 0x80, 0x40, 0x1F
_FUNCTIONS: Final = (0x01, 0x03, 0x04, 0x09, 0x15, 0x16)
_SHAPE: Final = Shape(
    10,
    255,
    (
        Fixed(1, bytes((*range(0x10, 0x50), 0xAA)), "kind of meter"),  # AA in answers to "your address?"
        Fixed(9, bytes(up | one for up in (0, 0x80, 0xC0) for one in _FUNCTIONS), "control"),
    ),
)

_OPEN, _SHUT = 0x55, 0x99
_SHORT, _LONG = 19, 43
"""Bytes of 901F without DI and serial: a register and its settlement, or a heat meter's all."""


class Unit(NamedTuple):
    """What a unit code measures; one of it is ``size / of`` of the quantity's own unit (kWh, W, m³, m³/h)."""

    measures: str
    size: int = 1
    of: int = 1


_UNITS: Final = {
    0x01: Unit("energy", 1, 3_600_000),  # J
    0x02: Unit("energy", 1, 1000),  # Wh
    0x05: Unit("energy"),  # kWh
    0x08: Unit("energy", 1000),  # MWh
    0x0A: Unit("energy", 100_000),  # MWh x 100
    0x0B: Unit("energy", 1, 3600),  # kJ
    0x0E: Unit("energy", 1000, 3600),  # MJ
    0x11: Unit("energy", 1_000_000, 3600),  # GJ
    0x13: Unit("energy", 100_000_000, 3600),  # GJ x 100
    0x14: Unit("power"),  # W
    0x17: Unit("power", 1000),  # kW
    0x1A: Unit("power", 1_000_000),  # MW
    0x29: Unit("volume", 1, 1000),  # L
    0x2A: Unit("volume", 10, 1000),  # 10 L
    0x2B: Unit("volume", 100, 1000),  # 100 L
    0x2C: Unit("volume"),  # m³
    0x32: Unit("flow", 1, 1000),  # L/h
    0x35: Unit("flow"),  # m³/h
}
_HEAT_LAYOUT: Final = ("energy", "energy", "power", "flow", "volume")

_ALSO: Final = (ANY,)
_DIGITS: Final = frozenset("0123456789abcdef")
"""Of an address: ten by the standard, some makers use all."""


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Bytes off the line -> (frames, the rest: at most one unfinished frame)."""
    return cut_shape(buffer, _SHAPE)


def head(data: bytes) -> Head:
    """One frame, wake-up bytes allowed -> Head; its body is T and then DATA, seq the serial number; raises BadFrame."""
    frame = opened(data, _SHAPE)
    body = frame[1:2] + frame[11:-2]
    also = _ALSO if frame[9] & _ANSWER else ()
    return Head(frame[8:1:-1].hex(), body, frame[9], seq=body[3] if len(body) > 3 else 0, also=also)


def decode(frame: Head, memory: Memory) -> Decoded:
    """-> values; memory holds ``valve`` once the valve was switched."""
    kept: Memory = {"valve": 1} if memory.get("valve") else {}
    control, body = frame.kind, frame.body
    if not control & _ANSWER:
        return Decoded((), kept)
    if len(body) < 4 and control & _FUNCTION in (_READ, _WRITE):
        raise BadFrame(f"an answer of {len(body[1:])} bytes", body)
    data = body[1:]
    why = _refused(frame)
    if why:
        raise BadFrame(why, body)
    function, di = control & _FUNCTION, _identifier(data[:2])
    if function == _READ_ADDRESS:
        return Decoded((Value("meter_address", frame.address),), kept)
    if function == _WRITE and di == VALVE:
        return Decoded(tuple(_status(data[3:5], True)), {"valve": 1})
    if function == _READ:
        return Decoded(tuple(_read(body[0], di, data[3:], bool(kept))), kept)
    return Decoded((), kept)


def _refused(frame: Head) -> str:
    if not frame.kind & _ANSWER or not frame.kind & _ABNORMAL:
        return ""
    return f"the meter refuses, its status is {frame.body[2:].hex() or 'not told'}"


def _answers(meter: str, request: bytes, frame: Head) -> bool:
    """Of this meter, to this function and identifier, in whichever order of bytes."""
    asked = head(request)
    if not frame.kind & _ANSWER or asked.kind & _FUNCTION != frame.kind & _FUNCTION:
        return False
    if meter != frame.address and ANY not in (meter, frame.address):
        return False
    return bool(frame.kind & _ABNORMAL) or _identifier(asked.body[1:3]) == _identifier(frame.body[1:3])


def read(kind: int, meter: str, di: int = METERED, serial: int = 0, edition: int = 2004) -> bytes:
    """-> the frame that asks a meter for one data identifier, in the byte order of that edition of the standard."""
    return _frame(kind, meter, _READ, _order(di, edition) + bytes((serial & 0xFF,)))


def read_address(kind: int, serial: int = 0, edition: int = 2004) -> bytes:
    """-> the frame that asks the only meter of a kind on a line for its address."""
    return _frame(kind, ANY, _READ_ADDRESS, _order(0x810A, edition) + bytes((serial & 0xFF,)))


def valve(kind: int, meter: str, shut: bool, serial: int = 0, edition: int = 2004) -> bytes:
    """-> the frame that shuts or opens a meter's valve; the answer carries the status with what came of it."""
    data = _order(VALVE, edition) + bytes((serial & 0xFF, _SHUT if shut else _OPEN))
    return _frame(kind, meter, _WRITE, data)


_MANNERS: Final = Manners(patience=0.6, gap=0.55, quiet=0.02, either=True, answers=_answers, refused=_refused)
"""As DL/T 645, from which CJ/T 188 has its link layer; a meter answers one order of DI or both."""


def driver(name: str, kind: int) -> Driver:
    """-> the driver that speaks to meters of one kind; it reads the answers of all kinds."""

    def ask(meter: str) -> Sequence[bytes]:
        """901F as 2004 writes it, then as 2018 does. A meter answers one of them or both."""
        return [WAKE * 4 + read(kind, meter, edition=edition) for edition in (2004, 2018)]

    def switch(meter: str, output: int, on: bool, number: int) -> bytes:
        """Output 0 is the valve, on = shut. Now one byte order, now the other: a command is repeated until it works."""
        if output != 0:
            raise BadFrame(f"a meter has no output {output}, only its valve, output 0")
        # The parity of the bits keeps changing also if this output gets every second number, or every fourth.
        edition = (2004, 2018)[number.bit_count() & 1]
        return WAKE * 4 + valve(kind, meter, on, number, edition)

    return Driver(
        name,
        "serial",
        cut,
        head,
        decode,
        silent_after=7260.0,  # two missed polls
        switch=switch,
        ask=ask,
        settings=Settings(2400, "E"),
        manners=_MANNERS,
        every=3600.0,
    )


def _identifier(wire: bytes) -> int:
    """-> DI as the standard prints it; its first byte is 80 or more, by which the order on the wire is told."""
    di = int.from_bytes(wire, "big")
    return di if wire[:1] >= b"\x80" else int.from_bytes(wire, "little")


def _order(di: int, edition: int) -> bytes:
    return di.to_bytes(2, "big" if edition == 2004 else "little")


def _read(kind: int, di: int, data: bytes, switched: bool) -> Iterator[Value]:
    if di == METERED and len(data) == _SHORT:
        yield from _registers(kind, data[:10], (("", 0), ("_settled", 0)))
        yield from _clock_and_status(data[10:], switched)
    elif di == METERED and len(data) == _LONG:
        yield from _heat(kind, data)
        yield from _clock_and_status(data[34:], switched)
    elif di == METERED:
        raise BadFrame(f"{len(data)} bytes under 901f, neither {_SHORT} nor {_LONG}", data)
    elif (0xD120 <= di <= 0xD12B or di >> 8 == 0xD2) and len(data) >= 5:
        nth = di & 0xFF if di >> 8 == 0xD2 else di - 0xD120
        yield from _registers(kind, data[:5], (("_settled", nth),))


def _registers(kind: int, data: bytes, names: Sequence[tuple[str, int]]) -> Iterator[Value]:
    """Registers of the meter's main quantity, whichever unit they come in."""
    for (suffix, nth), (digits, unit) in zip(names, _behind(data), strict=True):
        number = _number(digits, unit, ("energy", "volume"))
        if number is not None:
            yield Value(_quantity(kind, _UNITS[unit].measures) + suffix, number, (), nth)


def _heat(kind: int, data: bytes) -> Iterator[Value]:
    energy = _quantity(kind, "energy")
    names = (energy + "_settled", energy, "power_w", "flow_m3_h", _quantity(kind, "volume"))
    for name, measures, (digits, unit) in zip(names, _HEAT_LAYOUT, _heat_fields(data[:25]), strict=True):
        number = _number(digits, unit, (measures,))
        if number is not None:
            yield Value(name, number)
    for name, at in (("supply_temperature_c", 25), ("return_temperature_c", 28)):
        hundredths = bcd.unsigned(data[at : at + 3])
        if hundredths is not None:
            yield Value(name, hundredths / 100)
    hours = bcd.unsigned(data[31:34])
    if hours is not None:
        yield Value("operating_h", hours)


def _heat_fields(data: bytes) -> list[tuple[bytes, int]]:
    """-> five pairs of digits and unit; the unit is before all digits if only so all five make sense."""
    behind = _behind(data)
    before = [(data[at + 1 : at + 5], data[at]) for at in range(0, len(data), 5)]
    return before if _all_fit(before) and not _all_fit(behind) else behind


def _behind(data: bytes) -> list[tuple[bytes, int]]:
    return [(data[at : at + 4], data[at + 4]) for at in range(0, len(data), 5)]


def _all_fit(fields: Sequence[tuple[bytes, int]]) -> bool:
    units = [_UNITS.get(unit) for _, unit in fields]
    return [unit and unit.measures for unit in units] == list(_HEAT_LAYOUT)


def _number(digits: bytes, unit: int, wanted: Sequence[str]) -> float | None:
    raw = bcd.unsigned(digits)
    known = _UNITS.get(unit)
    if raw is None or known is None or known.measures not in wanted:
        return None
    decimals = 10_000 if known.measures == "flow" else 100
    return raw * known.size / (decimals * known.of)


def _quantity(kind: int, measures: str) -> str:
    family = kind >> 4
    if measures == "energy":
        return "energy_kwh" if family not in (1, 2, 3) else "cooling_kwh" if kind == 0x21 else "heat_kwh"
    if family == 1:
        return "hot_water_m3" if kind == 0x11 else "water_m3"
    return "gas_m3" if family == 3 else "volume_m3"


def _clock_and_status(data: bytes, switched: bool) -> Iterator[Value]:
    said = bcd.clock(data[:7])
    if said is not None:
        yield Value("meter_clock", said)
    yield from _status(data[7:9], switched)


def _status(data: bytes, switched: bool) -> Iterator[Value]:
    """Bit 0 valve shut, bit 1 valve abnormal, bit 2 battery low; the other bits and the second byte are the maker's."""
    if len(data) < 2 or data == b"\xff\xff":
        return
    shut, abnormal = bool(data[0] & 1), bool(data[0] & 2)
    if not abnormal:
        yield Value("valve_open", not shut)
        if switched:
            yield Value("output_on", shut)
    yield Value("valve_fault", abnormal)
    yield Value("battery_low", bool(data[0] & 4))


def _frame(kind: int, meter: str, control: int, data: bytes) -> bytes:
    if len(meter) != 14 or not set(meter) <= _DIGITS:
        raise BadFrame(f"address {meter!r} is not 14 digits")
    wire = bytes.fromhex(meter)[::-1]
    return sealed(bytes((0x68, kind)) + wire + bytes((control, len(data))) + data)


DRIVERS: Final = (
    driver("cjt188", 0x10),
    driver("cjt188-hot-water", 0x11),
    driver("cjt188-heat", 0x20),
    driver("cjt188-gas", 0x30),
)
