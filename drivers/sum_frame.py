"""The frame that DL/T 645 and CJ/T 188 share: ``68 … L DATA CS 16``, wake-up bytes FE in front, a sum as its check.

CS is the sum of all bytes from the first 68 to the last of DATA, modulo 256. It catches every single wrong bit,
but one wrong frame of 256 passes it; the places in `Shape.fixed` and the end byte make that rarer.
"""

from typing import Final, NamedTuple

from drivers.driver import BadFrame

START: Final = 0x68
END: Final = 0x16
WAKE: Final = b"\xfe"

_VALID, _REFUSED, _COMING = range(3)


class Fixed(NamedTuple):
    """A byte that may have few values only."""

    at: int
    allowed: bytes
    name: str


class Shape(NamedTuple):
    """Where the length byte stands, how much DATA it may announce, and which bytes are fixed."""

    length_at: int
    longest: int
    fixed: tuple[Fixed, ...]


def cut(buffer: bytes, shape: Shape) -> tuple[list[bytes], bytes]:
    """-> (frames from 68 to 16, the rest: at most one unfinished frame).

    A frame is looked for at every 68, also behind one whose frame is still coming: that one may be noise. What is
    no frame stands among the frames, one piece a run, to be refused again with its reason and counted.
    """
    frames: list[bytes] = []
    held = -1
    counted = False
    at = buffer.find(START)
    while at >= 0:
        verdict, end = _look(buffer, at, shape)
        if verdict == _VALID:
            if held >= 0 and not counted:
                frames.append(buffer[held:at])
            frames.append(buffer[at:end])
            held, counted = -1, False
            at = buffer.find(START, end)
            continue
        if verdict == _COMING:
            held = at if held < 0 else held
        elif held < 0 and not counted:
            frames.append(buffer[at:end])
            counted = True
        at = buffer.find(START, at + 1)
    return frames, buffer[held:] if held >= 0 else b""


def opened(data: bytes, shape: Shape) -> bytes:
    """One frame, wake-up bytes in front allowed -> the same from 68 to 16; raises BadFrame with the reason."""
    frame = data.lstrip(WAKE)
    length_at, longest, fixed = shape
    if not frame or frame[0] != START:
        raise BadFrame("no start byte 68", data)
    size = len(frame)
    for at, allowed, name in fixed:
        if at < size and frame[at] not in allowed:
            raise BadFrame(f"{name} is {frame[at]:02x}", data)
    if size <= length_at:
        raise BadFrame(f"cut short after {size} bytes", data)
    if frame[length_at] > longest:
        raise BadFrame(f"length byte says {frame[length_at]}, more than {longest}", data)
    end = length_at + frame[length_at] + 3
    if size < end:
        raise BadFrame(f"cut short: {size} of {end} bytes", data)
    if size > end:
        raise BadFrame(f"{size - end} bytes behind the end of the frame", data)
    if sum(frame[:-2]) & 0xFF != frame[-2]:
        raise BadFrame("checksum differs", data)
    if frame[-1] != END:
        raise BadFrame(f"end byte is {frame[-1]:02x}, not 16", data)
    return frame


def sealed(body: bytes) -> bytes:
    """A frame from 68 to the last byte of DATA -> the same with its sum and 16."""
    return body + bytes((sum(body) & 0xFF, END))


def _look(buffer: bytes, at: int, shape: Shape) -> tuple[int, int]:
    """-> (verdict on a frame that would start here, where it ends or what there is of it ends)."""
    length_at, longest, fixed = shape
    size = len(buffer)
    place = at + length_at
    end = place + buffer[place] + 3 if place < size else size
    for offset, allowed, _ in fixed:
        if at + offset < size and buffer[at + offset] not in allowed:
            return _REFUSED, min(end, size)
    if place >= size:
        return _COMING, size
    if buffer[place] > longest:
        return _REFUSED, place + 1
    if end > size:
        return _COMING, size
    if buffer[end - 1] == END and sum(buffer[at : end - 2]) & 0xFF == buffer[end - 2]:
        return _VALID, end
    return _REFUSED, end
