"""Modbus RTU on the wire (Modbus over Serial Line V1.02): a request of the master and the answer of one unit.

    unit u8 · function u8 · … · CRC-16 u16, low byte first (poly A001 reflected, from FFFF; "123456789" gives 4B37)

An answer doesn't name its registers, so a frame is here always the pair ``request + answer``, as both stood on the
line; whoever asks puts the request in front of what comes back. A request that comes twice was echoed by a two-wire
adapter, one without its answer was not answered; both are passed over. What no reader of bytes can see is an answer
that comes a turn late: to the same question it looks like the right one, so a line is emptied before each turn, and a
unit that didn't answer is asked the same again before anything else.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from drivers.driver import BadFrame

READS: Final = {1: 2000, 2: 2000, 3: 125, 4: 125}
"""Function -> most bits (1, 2) or registers (3, 4) in one read."""
WRITE_COIL: Final = 5
_WRITE_ONE: Final = frozenset({WRITE_COIL, 6})
_WRITE_MANY: Final = {0x0F: 1968, 0x10: 123}
_FAILED: Final = 0x80
EXCEPTIONS: Final = {
    1: "illegal function", 2: "illegal address", 3: "illegal value", 4: "device failure", 5: "acknowledged, not done",
    6: "busy", 7: "not done", 8: "memory parity error", 10: "gateway path unavailable", 11: "target didn't answer",
}  # fmt: skip
_LONGEST_ASKED: Final = 8
"""A read, and a write of one register, are asked with so many bytes."""
COMING, NONE = -1, 0


class Exchange(NamedTuple):
    """A request and its answer. ``data`` is what was read: bits, lowest first, or registers of two bytes."""

    unit: int
    function: int
    start: int
    """First register or bit, counted from 0 as on the wire."""
    many: int
    data: bytes
    exception: int = 0


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def _shifted(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_TABLE: Final = tuple(map(_shifted, range(256)))


def sealed(content: bytes) -> bytes:
    """-> content with its CRC."""
    return content + crc16(content).to_bytes(2, "little")


def read(unit: int, function: int, start: int, count: int) -> bytes:
    """-> the request for ``count`` bits or registers from ``start`` (counted from 0)."""
    return sealed(bytes((unit, function)) + start.to_bytes(2, "big") + count.to_bytes(2, "big"))


def write_coil(unit: int, coil: int, on: bool) -> bytes:
    """-> the request that sets one coil (function 5): FF00 is on, 0000 off, all else is refused by every unit."""
    return sealed(bytes((unit, WRITE_COIL)) + coil.to_bytes(2, "big") + (b"\xff\0" if on else b"\0\0"))


def grouped(spans: Sequence[tuple[int, int, int]], gap: int = 0) -> list[tuple[int, int, int]]:
    """Spans (function, first, end) -> the fewest reads (function, first, end) that hold each span whole.

    Registers between two spans are read along if they are at most ``gap``: many devices refuse a read that
    touches a register they don't have.
    """
    reads: list[tuple[int, int, int]] = []
    for function, same in groupby(sorted(spans), key=lambda span: span[0]):
        first, end = -1, -1
        for _, low, high in same:
            if first < 0:
                first, end = low, high
            elif low <= end + gap and max(end, high) - first <= READS[function]:
                end = max(end, high)
            else:
                reads.append((function, first, end))
                first, end = low, high
        reads.append((function, first, end))
    return reads


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Find pairs -> (them, the unfinished rest, less than 600 bytes); a wrong answer comes out too, to be refused."""
    if _lone_answer(buffer):
        return [buffer], b""
    frames: list[bytes] = []
    at, end = 0, len(buffer)
    while at + _LONGEST_ASKED <= end:
        asked = _request(buffer, at)
        if asked == NONE:
            at += 1
            continue
        if asked == COMING:
            break
        after = at + asked
        answered = _answer(buffer[at:after], buffer[after : after + 260])
        if answered == COMING:
            break
        if answered == NONE:
            if _request(buffer, after) <= NONE:
                frames.append(buffer[at : after + _answer_length(buffer[at:after])])
            at = after
        else:
            frames.append(buffer[at : after + answered])
            at = after + answered
    return frames, buffer[at:]


def _request(buffer: bytes, at: int) -> int:
    """-> length of the sound request that begins here, NONE, or COMING if it isn't all there."""
    head = buffer[at : at + 7]
    if len(head) < 7:
        return NONE
    function, start, count = head[1], head[2] << 8 | head[3], head[4] << 8 | head[5]
    length = 8
    if function in READS:
        if not 1 <= count <= READS[function] or start + count > 0x10000:
            return NONE
    elif function in _WRITE_MANY:
        payload = (count + 7) // 8 if function == 0x0F else 2 * count
        if not 1 <= count <= _WRITE_MANY[function] or head[6] != payload or start + count > 0x10000:
            return NONE
        length = 9 + payload
    elif function not in _WRITE_ONE:
        return NONE
    content = buffer[at : at + length]
    if len(content) < length:
        return COMING
    return length if _sound(content) else NONE


def _sound(frame: bytes) -> bool:
    return len(frame) > 3 and crc16(frame[:-2]) == frame[-2] | frame[-1] << 8


def _answer_length(request: bytes) -> int:
    """-> bytes of the answer to a request if all goes well."""
    function = request[1]
    if function not in READS:
        return 8
    return 5 + payload_of(function, request[4] << 8 | request[5])


def payload_of(function: int, count: int) -> int:
    """-> bytes of data that an answer with so many bits or registers has."""
    return (count + 7) // 8 if function in (1, 2) else 2 * count


def _answer(request: bytes, there: bytes) -> int:
    """-> length of the sound answer at the beginning of these bytes, NONE, or COMING."""
    failed = there[:2] == bytes((request[0], request[1] | _FAILED))
    length = 5 if failed else _answer_length(request)
    answer = there[:length]
    if len(answer) == length and not _wrong(request, answer):
        return length
    if len(there) >= 8 and _request(there, 0) > NONE:
        return NONE
    return COMING if len(answer) < length and not (len(answer) >= 8 and _another(request, answer)) else NONE


def answer_in(request: bytes, there: bytes) -> tuple[int, int]:
    """-> where the sound answer to a request begins and ends in what was heard after it; (0, 0) if it isn't there."""
    at = there.find(request[:1])
    while at >= 0:
        length = 5 if there[at + 1 : at + 2] == bytes((request[1] | _FAILED,)) else _answer_length(request)
        if at + length <= len(there) and not _wrong(request, there[at : at + length]):
            return at, at + length
        at = there.find(request[:1], at + 1)
    return 0, 0


def _another(request: bytes, answer: bytes) -> bool:
    """Does the beginning of an answer say that it answers something else?"""
    return answer[:2] != request[:2] or (request[1] in READS and answer[2] + 5 != _answer_length(request))


def _wrong(request: bytes, answer: bytes) -> str:
    """-> what is wrong with a whole answer, "" if nothing."""
    if not answer:
        return "a request without an answer"
    unit, function = request[0], request[1]
    if len(answer) < 4:
        return "the answer breaks off"
    if answer[0] != unit:
        return f"unit {answer[0]} answers instead of {unit}"
    if answer[1] & ~_FAILED != function:
        return f"function {answer[1]:02x} answers {function:02x}"
    failed = answer[1] & _FAILED
    wanted = 5 if failed else _answer_length(request)
    if not failed and function in READS and answer[2] != wanted - 5:
        return f"{answer[2]} bytes of data instead of {wanted - 5}"
    if len(answer) != wanted:
        return f"the answer has {len(answer)} bytes instead of {wanted}"
    if not _sound(answer):
        return "checksum differs"
    if not failed and function not in READS and answer[:6] != request[:6]:
        return "another write is confirmed than was asked"
    return ""


def split(frame: bytes) -> Exchange:
    """A pair -> what was asked and answered; an exception is an answer too. Raises BadFrame."""
    asked = _request(frame, 0)
    if asked <= NONE:
        if _lone_answer(frame):
            raise BadFrame(_LONE, frame)
        raise BadFrame("does not begin with a sound request", frame)
    request, answer = frame[:asked], frame[asked:]
    wrong = _wrong(request, answer)
    if wrong:
        raise BadFrame(wrong, frame)
    unit, function = request[:2]
    start, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
    if answer[1] & _FAILED:
        return Exchange(unit, function, start, count, b"", answer[2] or _FAILED)
    return Exchange(unit, function, start, count, answer[3:-2] if function in READS else b"")


_LONE: Final = "an answer alone doesn't name its registers: put its request in front"


def _lone_answer(frame: bytes) -> bool:
    """Is this the sound answer to a read, or an exception, and nothing else?"""
    if len(frame) < 5 or len(frame) != (5 if frame[1] & _FAILED else frame[2] + 5):
        return False
    return frame[1] & ~_FAILED in READS and _request(frame, 0) == NONE and _sound(frame)
