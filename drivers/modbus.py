"""Modbus RTU devices: gas and smoke detectors, climate sensors, leak cables, energy meters, pumps, lifts.

The driver is generic; what a device's registers mean is a map (TOML), shipped in ``maps/`` or written by the
installer. ``driver(map)`` makes a Driver named ``modbus-NAME`` of it.

**A frame is request + answer.** An answer doesn't name its registers, so the port puts the request in front of what
the unit says; ``cut`` finds the pairs, also behind an adapter that echoes. For ``anju decode``: ``REQUEST ANSWER``.
Address = the unit, 1 … 247, in decimal digits. An exception (01 … 0B) is a sound frame whose head names the unit and
whose kind is the function with its top bit set; it gives no reading: ``decode`` refuses it by its name, so a detector
that only answers "device failure" is not taken for one that watches.

====================  ===============================================================================================
key of the map        meaning
====================  ===============================================================================================
name, title           what it is; ``source`` and ``trap`` are for people
base                  required: 0 if registers are numbered as on the wire, 1 if the manual begins at 40001 = 1
function, type,       for every value that doesn't say otherwise
word_order,
byte_order
gap                   most registers that may be read along between two values; 0 unless the maker allows more
silent_after          seconds
every                 seconds between two rounds of questions: 1 where a value calls for help, else 60
``[[value]]``         one or more
====================  ===============================================================================================

====================  ===============================================================================================
key of a value        meaning
====================  ===============================================================================================
register              number of the (first) register or bit, without the leading 3, 4 or 1 of the manual
function              1 coils, 2 discrete inputs, 3 holding registers (default), 4 input registers
type                  u16 (default) s16 u32 s32 u64 s64 f32 f64 bcd (4 digits) bcd32 (8 digits); bit for 1 and 2
word_order            big (default): the first register is the high one; little: the low one
byte_order            big (default) or little inside a register
quantity              name with its unit, e.g. gas_lel_pct
scale, offset         reading = number × scale + offset
invalid               numbers, as sent, that mean "no reading"
bit, mask             a bit 0 … 15 (31, 63) is true or false; a mask cuts a number out, or any bit of it for a boolean
invert                a fail-safe input: 0 is the alarm
rest_bit              the bit of the same register that tells the state at rest; the alarm is that both differ
states                number -> "normal", or what is true then; all others named there are false. A number that
                      isn't listed is no all-clear: it is reported as ``fault`` with the flag unknown-code, alone
                      A coil (function 1) with the quantity ``output_on`` can be switched as well as read: an output
only_if               {register, mask, is = [...]} or is_not: believe this value only if that register says so
====================  ===============================================================================================
"""

import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Final

from drivers import maps
from drivers.binary32 import shortest
from drivers.driver import BadFrame, Decoded, Driver, Head, Manners, Memory
from drivers.modbus_map import WORDS, Map, Point, load
from drivers.reading import UNKNOWN_CODE, Scalar, Value
from drivers.rtu import EXCEPTIONS, READS, WRITE_COIL, answer_in, cut, grouped, payload_of, read, split, write_coil

_FAILED: Final = 0x80


def driver(table: Mapping[str, object], name: str = "") -> Driver:
    """A parsed map -> its Driver; raises BadMap. ``name`` stands in for the map's own."""
    said = load(table, name)
    spans = [(point.function, point.low, point.end) for point in said.points]
    return Driver(
        name=f"modbus-{said.name}",
        link="serial",
        cut=cut,
        head=head,
        decode=partial(_decode, said),
        silent_after=said.silent_after,
        every=said.every,
        manners=_MANNERS,
        ask=partial(_ask, tuple(grouped(spans, said.gap))),
        switch=partial(_switch, said) if said.outputs else None,
        says=said.says,
    )


@cache
def shipped() -> tuple[Driver, ...]:
    """The drivers of the maps in this distribution."""
    return tuple(driver(table, name) for name, table in maps.shipped().items())


def head(data: bytes) -> Head:
    """Request + answer -> Head: kind is the function (top bit set: refused), body what was asked and read."""
    asked = split(data)
    kind = asked.function | _FAILED if asked.exception else asked.function
    body = bytes((asked.exception,)) if asked.exception else _HEADER.pack(asked.start, asked.many) + asked.data
    return Head(str(asked.unit), body, kind)


_HEADER: Final = struct.Struct(">HH")


def _ask(reads: Sequence[tuple[int, int, int]], address: str) -> Sequence[bytes]:
    """-> the fewest reads that give all values of the map; raises BadFrame for an address that is no unit."""
    unit = _unit(address)
    return [read(unit, function, first, end - first) for function, first, end in reads]


def _unit(address: str) -> int:
    if not (address.isascii() and address.isdigit() and len(address) <= 3 and 1 <= int(address) <= 247):
        raise BadFrame(f"address {address!r} is no unit 1 … 247")
    return int(address)


def _switch(said: Map, address: str, output: int, on: bool, number: int) -> bytes:
    """-> the write of the coil whose state is the ``output_on`` of that number, from 0; raises BadFrame for none."""
    point = next((point for point in said.outputs if point.nth == output), None)
    if point is None:
        raise BadFrame(f"{said.name} has no output {output}")
    return write_coil(_unit(address), point.start, on is not point.invert)


def _decode(said: Map, frame: Head, memory: Memory) -> Decoded:
    """-> the values of the map that this read holds; of a coil that was set, what it is now (V1.1b3, 6.5)."""
    body = frame.body
    why = _refused(frame)
    if why:
        raise BadFrame(why, body)
    if len(body) < _HEADER.size:
        raise BadFrame("no registers", body)
    start, count = _HEADER.unpack_from(body)
    if frame.kind not in READS:
        set_now = [point for point in said.outputs if frame.kind == WRITE_COIL and point.start == start]
        return Decoded(tuple(Value("output_on", bool(count) is not one.invert, (), one.nth) for one in set_now), {})
    data = body[_HEADER.size :]
    if len(data) != payload_of(frame.kind, count):
        raise BadFrame(f"{len(data)} bytes of data for {count}", body)
    values: list[Value] = []
    for point in said.points:
        if point.function == frame.kind and start <= point.low and point.end <= start + count:
            _value(point, data, start, values)
    return Decoded(values, {})


def _refused(frame: Head) -> str:
    if not frame.kind & _FAILED:
        return ""
    code = frame.body[0] if frame.body else 0
    return f"the unit answers exception {code:02x}, {EXCEPTIONS.get(code, 'not in the standard')}"


_MANNERS: Final = Manners(
    patience=0.3,  # Modbus names no figure; detectors answer in 5 to 100 ms, and a line learns of slower ones
    gap=0.05,
    quiet=0.00175,  # Modbus over Serial Line V1.02, 2.5.1.1: 3.5 characters, 1.75 ms above 19200 baud
    paired=answer_in,
    refused=_refused,
    about=lambda order: order[:4],  # unit, function, coil
)


def _value(point: Point, data: bytes, start: int, values: list[Value]) -> None:
    """Append what a point says, if it says something."""
    believed = point.condition
    if believed is not None:
        at = 2 * (believed.start - start)
        told = _masked(int.from_bytes(data[at : at + 2], "big"), believed.mask)
        if (told in believed.numbers) is not believed.wanted:
            return
    raw, number = _number(point, data, point.start - start)
    if number is None or raw in point.invalid or number in point.invalid:
        return
    if point.yes_no:
        values.append(Value(point.quantity, _true(point, raw), (), point.nth))
        return
    if point.kind[0] == "u":
        number = _masked(raw, point.mask)
    if point.states is not None:
        _add_states(point, point.states.get(int(number)), values)
    else:
        values.append(Value(point.quantity, _scaled(point, number), (), point.nth))


def _masked(raw: int, mask: int) -> int:
    return (raw & mask) >> (mask & -mask).bit_length() - 1


def _true(point: Point, raw: int) -> bool:
    at_rest = point.rest_bit >= 0 and bool(raw >> point.rest_bit & 1)
    return (raw & point.mask != 0) ^ point.invert ^ at_rest


def _add_states(point: Point, said: tuple[str, ...] | None, values: list[Value]) -> None:
    if said is None:
        values += [Value(name, True, (UNKNOWN_CODE,), nth) for name, nth in point.named if name == "fault"]
    else:
        values += [Value(name, name in said, (), nth) for name, nth in point.named]


def _number(point: Point, data: bytes, place: int) -> tuple[int, int | float | None]:
    """-> (the bits as an unsigned number, the number of its type; None if they are none)"""
    if point.kind == "bit":
        bit = data[place // 8] >> place % 8 & 1
        return bit, bit
    words = [data[at : at + 2] for at in range(2 * place, 2 * (place + WORDS[point.kind]), 2)]
    if point.swap_bytes:
        words = [word[::-1] for word in words]
    if point.swap_words:
        words.reverse()
    joined = b"".join(words)
    raw = int.from_bytes(joined, "big")
    if point.kind[0] == "u":
        return raw, raw
    if point.kind[0] == "s":
        return raw, int.from_bytes(joined, "big", signed=True)
    if point.kind == "f32":
        return raw, shortest(joined[::-1])
    if point.kind == "f64":
        double: float = struct.unpack(">d", joined)[0]
        return raw, double if abs(double) < 1e280 else None
    digits = joined.hex()
    return raw, int(digits) if digits.isdecimal() else None


def _scaled(point: Point, number: int | float) -> Scalar:
    """number × scale + offset, rounded once."""
    scale, offset = point.scale, point.offset
    if isinstance(number, float):
        return number if scale == 1 and not offset else float(Fraction(repr(number)) * scale + offset)
    if scale.denominator == 1 and offset.denominator == 1:
        return number * scale.numerator + offset.numerator
    above = number * scale.numerator * offset.denominator + offset.numerator * scale.denominator
    return above / (scale.denominator * offset.denominator)
