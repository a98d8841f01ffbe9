"""Health devices of the Bluetooth standard profiles: blood pressure, heart rate, pulse oximeter, thermometer, battery.

A frame is the 16-bit UUID of a characteristic (2 bytes, as printed: 2A35), then its value (GATT Specification
Supplement; little-endian, in each the flags first, which say what follows):

- 2A35 blood pressure: flags u8 (0 kPa, 1 time, 2 pulse, 3 person, 4 status), systolic, diastolic, mean SFLOAT, time,
  pulse SFLOAT, person u8, status u16
- 2A37 heart rate: flags u8 (0 u16, 1 in contact, 2 contact known, 3 energy, 4 intervals), rate u8 or u16, energy u16
  kJ, intervals u16 of 1/1024 s
- 2A5E pulse oximeter, one measurement: flags u8 (0 time, 1 status, 2 device, 3 amplitude), SpO2 and pulse SFLOAT, time,
  status u16, device u24, amplitude SFLOAT
- 2A5F the same, as it goes on: flags u8 (0 fast, 1 slow, 2 status, 3 device, 4 amplitude), SpO2 and pulse SFLOAT, the
  same of fast and of slow, status u16, device u24, amplitude SFLOAT
- 2A1C thermometer: flags u8 (0 Fahrenheit, 1 time, 2 place), temperature FLOAT, time, place u8
- 2A19 battery: u8 percent

SFLOAT is mantissa s12 times ten to the exponent s4, FLOAT s24 and s8 (IEEE 11073-20601). Not a number, not at this
resolution, infinite, reserved (mantissas that no number has) and beyond any body are no reading. A device's own clock
is told as it stands (``measured_at``), for what it stored while nobody was connected comes late. ``Head.address`` is
empty, the caller knows to whom it is connected.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from drivers.advert import cut
from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.reading import REPLAY, Scalar, Value

PRESSURE, RATE, OXIMETER, OXIMETRY, THERMOMETER, BATTERY = 0x2A35, 0x2A37, 0x2A5E, 0x2A5F, 0x2A1C, 0x2A19
MMHG_PER_KPA: Final = 7.500617
_LONGEST: Final = 514
"""Bytes: a value has 512 at most (Core Specification 3.F.3.2.9)."""
_SPECIAL_12: Final = frozenset({0x7FE, 0x7FF, 0x800, 0x801, 0x802})
_SPECIAL_24: Final = frozenset({0x7FFFFE, 0x7FFFFF, 0x800000, 0x800001, 0x800002})
"""+infinity, not a number, not at this resolution, reserved, -infinity."""
_MOST: Final = 1e6
_STORED, _NO_MEASUREMENT = 1 << 9, 1 << 10 | 1 << 11 | 1 << 13 | 1 << 15
"""Of an oximeter's measurement: from its storage; a demonstration, a test, unavailable, invalid."""
_NOT_WORN, _BROKEN = 1 << 11 | 1 << 13 | 1 << 15, 1 << 1 | 1 << 14
"""Of an oximeter itself: unconnected to a person, displaced, disconnected; malfunctioning, its sensor too."""

Told = Iterator[tuple[str, Scalar | None]]


class Bytes:
    """A value read from its front; raises BadFrame where it ends too early."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def whole(self, size: int, *, signed: bool = False) -> int:
        """An integer of so many bytes."""
        end = self.at + size
        if end > len(self.data):
            raise BadFrame(f"{len(self.data)} bytes are too short for what its flags say", self.data)
        number = int.from_bytes(self.data[self.at : end], "little", signed=signed)
        self.at = end
        return number

    def sfloat(self) -> float | None:
        """An SFLOAT; None for what is no number."""
        return _scaled(self.whole(2), 12, _SPECIAL_12)

    def float(self) -> float | None:
        """A FLOAT; None for what is no number."""
        return _scaled(self.whole(4), 24, _SPECIAL_24)

    def time(self) -> str | None:
        """A date and time of the device's own clock; None for one that isn't set."""
        year, month, day, hour, minute, second = (self.whole(size) for size in (2, 1, 1, 1, 1, 1))
        known = 1582 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31
        sound = known and hour < 24 and minute < 60 and second < 60
        return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}" if sound else None

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self.data) - self.at


def _scaled(raw: int, bits: int, special: frozenset[int]) -> float | None:
    mantissa, exponent = raw & (1 << bits) - 1, raw >> bits
    if mantissa in special:
        return None
    top = 4 if bits == 12 else 8
    exponent -= (exponent >> top - 1) << top
    mantissa -= (mantissa >> bits - 1) << bits
    if abs(mantissa) * 10.0**exponent > _MOST:
        return None
    # By a division where the exponent is negative: 365 / 10 is 36.5, 365 * 0.1 is not.
    return float(mantissa * 10**exponent) if exponent >= 0 else mantissa / 10**-exponent


def _pressure(said: Bytes) -> Told:
    flags = said.whole(1)
    for name in ("systolic", "diastolic", "mean"):
        value = said.sfloat()
        in_mmhg = value if value is None or not flags & 1 else round(value * MMHG_PER_KPA, 1)
        yield f"blood_pressure_{name}_mmhg", in_mmhg
    if flags & 2:
        yield "measured_at", said.time()
    if flags & 4:
        yield "pulse_bpm", said.sfloat()
    if flags & 8:
        person = said.whole(1)
        yield "user_number", None if person == 255 else person
    if flags & 16:
        yield "irregular_pulse", bool(said.whole(2) & 4)


def _rate(said: Bytes) -> Told:
    flags = said.whole(1)
    rate = said.whole(2 if flags & 1 else 1)
    worn = bool(flags & 2) if flags & 4 else None
    yield "wearing", worn
    yield "pulse_bpm", rate if rate and worn is not False else None
    if flags & 8:
        said.whole(2)
    while flags & 16 and said.left >= 2:
        yield "pulse_interval_s", round(said.whole(2) / 1024, 4)


def _oximeter(said: Bytes) -> Told:
    flags = said.whole(1)
    measured = [("spo2_pct", said.sfloat()), ("pulse_bpm", said.sfloat())]
    time = said.time() if flags & 1 else None
    yield from _oximetry_end(said, flags >> 1, measured)
    yield "measured_at", time


def _oximetry(said: Bytes) -> Told:
    flags = said.whole(1)
    measured = [("spo2_pct", said.sfloat()), ("pulse_bpm", said.sfloat())]
    said.whole(4 * ((flags & 1) + (flags >> 1 & 1)))
    yield from _oximetry_end(said, flags >> 2, measured)


def _oximetry_end(said: Bytes, flags: int, measured: list[tuple[str, float | None]]) -> Told:
    """Status, device and amplitude, by the flags' bits 0, 1 and 2; they decide whether the measurement is one."""
    status = said.whole(2) if flags & 1 else 0
    device = said.whole(3) if flags & 2 else 0
    amplitude = said.sfloat() if flags & 4 else None
    if not status & _NO_MEASUREMENT and not device & _NOT_WORN:
        yield from measured
        yield "perfusion_pct", amplitude
    if flags & 2:
        yield "wearing", not device & _NOT_WORN
        yield "fault", bool(device & _BROKEN)
    if status & _STORED:
        yield REPLAY, True


def _thermometer(said: Bytes) -> Told:
    flags = said.whole(1)
    value = said.float()
    if value is not None and flags & 1:
        value = round((value - 32) / 1.8, 2)
    yield "body_temperature_c", value
    if flags & 2:
        yield "measured_at", said.time()
    if flags & 4:
        said.whole(1)


def _battery(said: Bytes) -> Told:
    percent = said.whole(1)
    yield "battery_pct", percent if percent <= 100 else None


_READ: Final[Mapping[int, Callable[[Bytes], Told]]] = {
    PRESSURE: _pressure, RATE: _rate, OXIMETER: _oximeter, OXIMETRY: _oximetry, THERMOMETER: _thermometer,
    BATTERY: _battery,
}  # fmt: skip


def head(data: bytes) -> Head:
    """A characteristic and its value -> Head without an address; raises BadFrame. ``kind`` is the characteristic."""
    return Head("", data, _kind(data))


def _kind(data: bytes) -> int:
    """-> the characteristic of a frame that has a value; raises BadFrame."""
    if not 3 <= len(data) <= _LONGEST:
        raise BadFrame(f"{len(data)} bytes are too {'short' if len(data) < 3 else 'long'}", data)
    kind = int.from_bytes(data[:2], "big")
    if kind not in _READ:
        raise BadFrame(f"characteristic {kind:#06x} is unknown", data)
    return kind


def decode(frame: Head, memory: Memory) -> Decoded:
    """-> its values; raises BadFrame. It remembers nothing: each value is said once."""
    values: list[Value] = []
    like: dict[str, int] = {}
    stored = False
    for quantity, value in _READ[_kind(frame.body)](Bytes(frame.body[2:])):
        stored = stored or quantity == REPLAY
        if value is None or quantity == REPLAY:
            continue
        nth = like.get(quantity, 0)
        like[quantity] = nth + 1
        values.append(Value(quantity, value, (), nth))
    if stored:
        values = [value._replace(flags=(REPLAY,)) for value in values]
    return Decoded(values, memory)


DRIVER: Final = Driver(
    name="health",
    link="gatt",
    characteristics=(PRESSURE, RATE, OXIMETER, OXIMETRY, THERMOMETER, BATTERY),
    cut=cut,
    head=head,
    decode=decode,
    # Measured once a day by who does it every morning; a day and a half forgives one late morning.
    silent_after=129600.0,
    # Asked so often where it stays within reach all day; whenever it comes back within reach, too.
    every=3600.0,
)
