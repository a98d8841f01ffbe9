"""M-Bus on the wire (EN 13757-2): where a frame begins and ends, whether it is sound; mbus.py says what it means."""

import re
from typing import Final

from drivers.driver import BadFrame

_START: Final = re.compile(rb"[\x68\x10]")


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Find the long frames with a whole beginning and the sound short ones -> (them, a rest of at most 261 bytes).

    ``check`` says what is wrong with a long one; the search then goes on at its second byte, so it hides none. A sum
    of one byte passes one wrong frame of 256: a frame in which its own beginning comes again is one that broke off.
    """
    if buffer == b"\xe5":
        return [buffer], b""
    frames: list[bytes] = []
    at = told = 0
    while start := _START.search(buffer, at):
        at = start.start()
        length = 5 if buffer[at] == 0x10 else _long(buffer, at)
        if at + length > len(buffer):
            return frames, buffer[at:]
        frame = buffer[at : at + length]
        sound = length > 0 and _sound(frame) and frame.find(frame[:4], 4) < 0
        if sound or (length > 5 and at >= told):
            frames.append(frame)
            told = at + length
        at += length if sound else 1
    return frames, b""


def _long(buffer: bytes, at: int) -> int:
    """-> length of the frame whose 68 stands here, 0 if it can be none, more than is there if it isn't known yet."""
    beginning = buffer[at : at + 4]
    if len(beginning) < 4:
        known = len(beginning) < 3 or beginning[1] == beginning[2]
        return 4 if known and (len(beginning) < 2 or beginning[1] >= 3) else 0
    return beginning[1] + 6 if beginning[1] == beginning[2] >= 3 and beginning[3] == 0x68 else 0


def _sound(frame: bytes) -> bool:
    content = frame[4:-2] if frame[0] == 0x68 else frame[1:-2]
    return frame[-1] == 0x16 and sum(content) & 0xFF == frame[-2]


def check(data: bytes) -> None:
    """Raises BadFrame with what is wrong with a short or long frame."""
    if data[:1] not in (b"\x68", b"\x10"):
        raise BadFrame("begins with neither 68 nor 10", data)
    if data[0] == 0x68 and (len(data) < 9 or data[1] != data[2] or data[3] != 0x68 or data[1] < 3):
        raise BadFrame("the two lengths of a long frame differ, or it breaks off", data)
    wanted = data[1] + 6 if data[0] == 0x68 else 5
    if len(data) != wanted:
        raise BadFrame(f"{len(data)} bytes instead of {wanted}", data)
    if data[-1] != 0x16:
        raise BadFrame("does not end with 16", data)
    if not _sound(data):
        raise BadFrame("checksum differs", data)


def short(control: int, primary: int) -> bytes:
    """A short frame of the master to this primary address."""
    return bytes((0x10, control, primary, control + primary & 0xFF, 0x16))
