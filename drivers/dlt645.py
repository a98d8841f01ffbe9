"""Electricity meters that speak DL/T 645-2007, on RS-485, at 2400 8E1 unless set otherwise.

On the line: ``FE… 68 A0 … A5 68 C L DATA CS 16``. A0 … A5 is the address of twelve digits, the low byte first; each
byte of DATA has 33 added; CS as in sum_frame.py. ``Head.kind`` is C: bit 7 = from the meter, bit 6 = error reply,
bit 5 = more follows. A request (ours, heard as an echo, or another master's) is a frame without values. What each
answer says stands in dlt645_items.py.

- FF-filled means that there is no such phase or register; it and digits that aren't 0 … 9 make no reading.
- An error reply is a sound frame, but no reading: `decode` refuses it with its reasons, of ``other`` ``no-data``
  ``not-authorised`` ``baud-rate`` ``year-zones`` ``day-slots`` ``tariffs`` ``reserved``. A meter that answers nothing
  else isn't taken for one that is read.
- An answer to "read your address" is the value ``meter_address``.
- An answer of several frames: what the first ones hold is said at once; `follow_on` asks for the next one, and the
  values that it completes are said then. Memory keeps the part between (``di`` ``part`` ``said`` ``seq``).
- Address aa…aa asks the only meter on a line; some answer with it in place of their own.
- Frames of the 1997 edition look alike but number their functions otherwise; they are refused by that name.
"""

from collections.abc import Sequence
from typing import Final

from drivers import bcd
from drivers.dlt645_items import Item, address, items, texts
from drivers.driver import BadFrame, Decoded, Driver, Head, Manners, Memory, Settings
from drivers.reading import Value
from drivers.sum_frame import WAKE, Fixed, Shape, opened, sealed
from drivers.sum_frame import cut as cut_shape

ANY: Final = "aaaaaaaaaaaa"
"""The address of the only meter on a line."""
EVERY: Final = "999999999999"
"""The address of all meters: they obey and answer nothing."""
PART_LIMIT: Final = 2048
"""More bytes than this in one answer of several frames are no answer."""

ROUND: Final = (
    0x00010000,
    0x00020000,
    0x0201FF00,
    0x0202FF00,
    0x0203FF00,
    0x02060000,
    0x02800002,
    0x040005FF,
)
"""What one polling round reads: import, export, voltages, currents, powers, factor, frequency, status words."""

_SHAPE: Final = Shape(9, 200, (Fixed(7, b"\x68", "second start byte"),))

_ANSWER, _ERROR, _MORE, _FUNCTION = 0x80, 0x40, 0x20, 0x1F
_TIME, _READ, _READ_ON, _READ_ADDRESS = 0x08, 0x11, 0x12, 0x13
_FUNCTIONS: Final = frozenset((_TIME, *range(0x11, 0x1E)))
_FUNCTIONS_1997: Final = frozenset((0x01, 0x02, 0x04, 0x0A, 0x0C, 0x0F, 0x10))

_ERRORS: Final = (
    "other",
    "no-data",
    "not-authorised",
    "baud-rate",
    "year-zones",
    "day-slots",
    "tariffs",
    "reserved",
)
_PLUS_33: Final = bytes((byte + 0x33) & 0xFF for byte in range(256))
_MINUS_33: Final = bytes((byte - 0x33) & 0xFF for byte in range(256))

_ALSO: Final = (ANY,)
_DIGITS: Final = frozenset("0123456789abcdef")
"""Of an address: ten by the standard, some makers use all."""


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Bytes off the line -> (frames, the rest: at most one unfinished frame)."""
    return cut_shape(buffer, _SHAPE)


def head(data: bytes) -> Head:
    """One frame, wake-up bytes allowed -> Head with DATA (33 taken off) as its body; raises BadFrame."""
    frame = opened(data, _SHAPE)
    control = frame[8]
    function = control & _FUNCTION
    if function not in _FUNCTIONS:
        if function in _FUNCTIONS_1997:
            raise BadFrame(f"a frame of the 1997 edition of DL/T 645 (control {control:02x}), not of 2007", data)
        raise BadFrame(f"control {control:02x} is none of DL/T 645-2007", data)
    also = _ALSO if control & _ANSWER else ()
    return Head(frame[6:0:-1].hex(), frame[10:-2].translate(_MINUS_33), control, also=also)


def decode(frame: Head, memory: Memory) -> Decoded:
    """-> values; memory is empty but between the frames of one long answer."""
    control, data = frame.kind, frame.body
    if not control & _ANSWER:
        return Decoded((), {})
    why = _refused(frame)
    if why:
        raise BadFrame(why, data)
    function = control & _FUNCTION
    if function == _READ_ADDRESS:
        digits = address(data)
        return Decoded((Value("meter_address", digits),) if digits else (), {})
    if function not in (_READ, _READ_ON):
        return Decoded((), {})
    if len(data) < 4:
        raise BadFrame(f"an answer without its data identifier: {len(data)} bytes", data)
    if function == _READ_ON or control & _MORE:
        return _long(frame, memory)
    return Decoded(_values(int.from_bytes(data[:4], "little"), data[4:], whole=True), {})


def _refused(frame: Head) -> str:
    return f"the meter refuses: {_reasons(frame.body)}" if frame.kind & _ANSWER and frame.kind & _ERROR else ""


def _answers(meter: str, request: bytes, frame: Head) -> bool:
    """Of this meter, to this function and identifier; a late answer to an earlier question isn't."""
    asked = head(request)
    if not frame.kind & _ANSWER or asked.kind & _FUNCTION != frame.kind & _FUNCTION:
        return False
    if meter != frame.address and ANY not in (meter, frame.address):
        return False
    return bool(frame.kind & _ERROR) or asked.body[:4] == frame.body[: len(asked.body[:4])]


def _follow(meter: str, frame: Head, nth: int) -> bytes | None:
    if not frame.kind & _MORE or frame.kind & _ERROR or len(frame.body) < 4 or nth > 0xFF:
        return None
    return follow_on(meter, int.from_bytes(frame.body[:4], "little"), nth)


def read(meter: str, di: int) -> bytes:
    """-> the frame that asks a meter for one data identifier; raises BadFrame for an address that is none."""
    return _frame(meter, _READ, di.to_bytes(4, "little"))


def follow_on(meter: str, di: int, seq: int) -> bytes:
    """-> the frame that asks for the ``seq``-th (1 … 255) further frame of an answer that said "more follows"."""
    return _frame(meter, _READ_ON, di.to_bytes(4, "little") + bytes((seq,)))


def read_address(meter: str = ANY) -> bytes:
    """-> the frame that asks the only meter on a line for its address."""
    return _frame(meter, _READ_ADDRESS, b"")


def set_time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> bytes:
    """-> the frame that sets the clock of all meters on a line (local time); each obeys once a day, by ≤ 5 min."""
    digits = f"{year % 100:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}"
    return _frame(EVERY, _TIME, bytes.fromhex(digits)[::-1])


def ask(meter: str) -> Sequence[bytes]:
    """-> the requests of one polling round, each with four wake-up bytes in front."""
    return [WAKE * 4 + read(meter, di) for di in ROUND]


def _long(frame: Head, memory: Memory) -> Decoded:
    """One frame of an answer of several: C = B1 begins it, B2 goes on, 92 ends it; SEQ is the last byte but in B1."""
    data = frame.body
    di, first = data[:4].hex(), frame.kind & _FUNCTION == _READ
    part, said, seq = data[4:], 0, 0
    if not first:
        if memory.get("di") != di or len(data) < 5 or data[-1] != memory["seq"]:
            raise BadFrame(f"goes on with {data[3::-1].hex()}, whose beginning wasn't heard", data)
        part = bytes.fromhex(str(memory["part"])) + data[4:-1]
        said, seq = int(memory["said"]), int(memory["seq"])
    if len(part) > PART_LIMIT or seq == 0xFF:
        raise BadFrame("an answer that never ends", data)
    more = bool(frame.kind & _MORE)
    values = _values(int.from_bytes(data[:4], "little"), part, whole=not more)
    if not more:
        return Decoded(values[said:], {})
    return Decoded(values[said:], {"di": di, "part": part.hex(), "said": len(values), "seq": seq + 1})


def _values(di: int, data: bytes, whole: bool) -> list[Value]:
    """Values of an answer; ``whole`` = nothing follows, so it must end with a value."""
    layout = items(di)
    if not layout:
        return texts(di, data) or []
    values, at = [], 0
    for item in layout:
        end = at + item.width
        if end > len(data):
            break
        number = _number(item, data[at:end])
        if number is not None:
            values.append(Value(item.quantity, number, (), item.nth))
        at = end
    if whole and (at != len(data) or not at):
        raise BadFrame(f"{len(data)} bytes under data identifier {di:08x}", data)
    return values


def _number(item: Item, raw: bytes) -> float | None:
    size = bcd.signed(raw) if item.signed else bcd.unsigned(raw)
    return None if size is None else size / item.divisor


def _reasons(data: bytes) -> str:
    bits = data[0] if data else 0
    return " ".join(name for bit, name in enumerate(_ERRORS) if bits >> bit & 1) or "other"


def _frame(meter: str, control: int, data: bytes) -> bytes:
    if len(meter) != 12 or not set(meter) <= _DIGITS:
        raise BadFrame(f"address {meter!r} is not 12 digits")
    wire = bytes.fromhex(meter)[::-1]
    return sealed(b"\x68" + wire + bytes((0x68, control, len(data))) + data.translate(_PLUS_33))


DRIVER: Final = Driver(
    name="dlt645",
    link="serial",
    cut=cut,
    head=head,
    decode=decode,
    silent_after=1860.0,  # two missed polls
    ask=ask,
    settings=Settings(2400, "E"),
    # DL/T 645-2007, 5.2.1: an answer begins 20 to 500 ms after its request, and no byte comes later than 500 ms.
    manners=Manners(patience=0.6, gap=0.55, quiet=0.02, answers=_answers, refused=_refused, follow=_follow),
)
