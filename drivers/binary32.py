"""Floats of 32 bits as their senders mean them."""

import math
import struct
from typing import Final

_GREATEST: Final = 3.4028234663852886e38


def shortest(data: bytes) -> float | None:
    """Four bytes, lowest first -> the shortest decimal that names this float (21.6, not 21.600000381); None if none.

    Not a number and infinity are no numbers.
    """
    number: float = struct.unpack("<f", data)[0]
    if not math.isfinite(number):
        return None
    for digits in (6, 7, 8):
        short = float(f"{number:.{digits}g}")
        if abs(short) <= _GREATEST and struct.pack("<f", short) == data:
            return short
    return number
