"""Frames by driver, for decode.py and fuzz.py: captured ones, or a row of ``KINDS`` where those say too little.

Captured frames alone are many different ones in a row; a device says the same things again and again, with a packet id
or a counter that rises. Where that makes a difference, a row here makes such frames, by a seed.
"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from drivers.captures import Capture, load
from drivers.driver import Driver

ADDRESS = "54:48:e6:8f:80:a5"
"""The sender of adverts, which carry none."""
_FRAMES = Path(__file__).parent.parent / "drivers" / "frames"


class Traffic(NamedTuple):
    """Whole frames in their order, as they stand on the line, and the key of their sender."""

    name: str
    frames: list[bytes]
    key: bytes = b""


def captured(driver: Driver) -> list[Capture]:
    """All captured frames of a shipped driver, those to be refused too."""
    return load((_FRAMES / f"{driver.name}.toml").read_text("utf-8"))


def kinds(driver: Driver, count: int, seed: int = 1) -> list[Traffic]:
    """So many frames of each kind of traffic that this driver reads."""
    made = KINDS.get(driver.name)
    if made:
        return [one(count, random.Random(seed)) for one in made]
    good = [capture.wire for capture in captured(driver) if capture.said]
    return [Traffic("captured", (good * (count // len(good) + 1))[:count])]


def _climate(packet: int, chance: random.Random) -> bytes:
    temperature, humidity = chance.randrange(1500, 2500), chance.randrange(3000, 7000)
    return b"\0%c\1\x5d\2%b\3%b" % (packet & 0xFF, temperature.to_bytes(2, "little"), humidity.to_bytes(2, "little"))


def _smoke(packet: int, chance: random.Random) -> bytes:
    return b"\0%c\1\x5a\x29%c" % (packet & 0xFF, chance.random() < 0.01)


def _plain(count: int, chance: random.Random) -> Traffic:
    return Traffic("plain", [b"\x40" + (_climate, _smoke)[n % 2](n, chance) for n in range(count)])


def _sealed(count: int, chance: random.Random) -> Traffic:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

    key = chance.randbytes(16)
    cipher, sender = AESCCM(key, tag_length=4), bytes.fromhex(ADDRESS.replace(":", ""))
    frames = []
    for n in range(count):
        counter = (n + 1).to_bytes(4, "little")
        sealed = cipher.encrypt(sender + b"\xd2\xfc\x41" + counter, (_climate, _smoke)[n % 2](n, chance), None)
        frames.append(b"\x41" + sealed[:-4] + counter + sealed[-4:])
    return Traffic("encrypted", frames, key)


def _mibeacon(count: int, chance: random.Random) -> Traffic:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

    key, sender = chance.randbytes(16), bytes.fromhex(ADDRESS.replace(":", ""))[::-1]
    cipher, frames = AESCCM(key, tag_length=4), []
    for n in range(count):
        counter, smoke = (n + 1).to_bytes(4, "little"), b"\x15\x10\1%c" % (chance.random() < 0.01)
        front = b"\x58\x58\x97\x09" + counter[:1]
        sealed = cipher.encrypt(sender + front[2:] + counter[1:], smoke + b"\x0a\x10\1\x5a", b"\x11")
        frames.append(front + sender + sealed[:-4] + counter[1:] + sealed[-4:])
    return Traffic("encrypted", frames, key)


KINDS: Mapping[str, list[Callable[[int, random.Random], Traffic]]] = {
    "bthome": [_plain, _sealed],
    "xiaomi": [_mibeacon],
}
"""Driver -> what makes its traffic; a driver without a row is measured by its captured frames."""
