"""The one question asked of every driver: does it read its captured frames, whatever the line does to them?

A driver's captures are a TOML file of ``[[frame]]`` tables: name, hex (as on the line), and either ``error`` (part
of the reason why it is refused) or address, kind and ``values = {quantity = value}``, the second of several like
values as ``"quantity#2"``; ``flags`` if values carry some. A publication has topic and payload in place of hex, and
``kept = true`` if the broker kept it. Third parties call ``check_driver`` with theirs.
"""

import random
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from drivers.driver import BadFrame, Driver
from drivers.reading import Scalar
from drivers.topics import Publication, packed

REST_LIMIT = 4096
"""Most bytes a driver may keep of a stream in which it finds nothing."""
NOISE_ROUNDS = 8
"""So many different noises are put before each frame."""


class Said(NamedTuple):
    """One frame as read: sender, kind, values by point, flags of all values."""

    address: str
    kind: int
    values: Mapping[str, Scalar]
    flags: frozenset[str]


class Capture(NamedTuple):
    """One captured frame and what it says, or the reason for which it is refused."""

    name: str
    wire: bytes
    said: Said | None
    error: str = ""


def load(text: str) -> list[Capture]:
    """The text of a captures file -> its frames in order; raises tomllib's and Python's errors for a bad file."""
    return [_capture(table) for table in tomllib.loads(text)["frame"]]


def check_driver(driver: Driver, captures: Sequence[Capture], seed: int = 1) -> Counter[str]:
    """Ask everything; raises AssertionError naming frame and question, returns how often each question was asked."""
    asked: Counter[str] = Counter()
    good = [capture for capture in captures if capture.said]
    for capture in captures:
        if capture.said is None:
            _refused(driver, capture)
            asked["refused"] += 1
        elif driver.link == "serial":
            _whole_and_bytewise(driver, capture, asked)
            _flipped(driver, capture, asked)
            _truncated(driver, capture, asked)
            _after_noise(driver, capture, asked, random.Random(seed))
        else:
            _same(capture, _read(driver, capture.wire), [capture.said], "whole")
            asked["whole"] += 1
    if driver.link == "serial" and good:
        glued = b"".join(capture.wire for capture in good)
        _same(good[0], _stream(driver, [glued]), [capture.said for capture in good if capture.said], "glued")
        asked["glued"] += 1
        _bounded(driver, random.Random(seed))
        asked["bounded"] += 1
    return asked


def _capture(table: dict[str, Any]) -> Capture:
    wire = bytes.fromhex(table["hex"]) if "hex" in table else _published(table)
    if "error" in table:
        return Capture(table["name"], wire, None, table["error"])
    said = Said(table["address"], table.get("kind", 0), table["values"], frozenset(table.get("flags", ())))
    return Capture(table["name"], wire, said)


def _published(table: dict[str, Any]) -> bytes:
    return packed(Publication(table["topic"], table["payload"].encode(), table.get("kept", False)))


def _read(driver: Driver, frame: bytes) -> list[Said]:
    """-> what one cut frame says, or nothing if it is refused."""
    try:
        head = driver.head(frame)
        values = driver.decode(head, {}).values
    except BadFrame:
        return []
    said = {value.quantity + (f"#{value.nth + 1}" if value.nth else ""): value.value for value in values}
    return [Said(head.address, head.kind, said, frozenset(flag for value in values for flag in value.flags))]


def _stream(driver: Driver, pieces: Sequence[bytes]) -> list[Said]:
    """-> everything read of a stream that arrives in these pieces."""
    rest, said = b"", []
    for piece in pieces:
        frames, rest = driver.cut(rest + piece)
        for frame in frames:
            said += _read(driver, frame)
    return said


def _whole_and_bytewise(driver: Driver, capture: Capture, asked: Counter[str]) -> None:
    expected = [capture.said] if capture.said else []
    _same(capture, _stream(driver, [capture.wire]), expected, "whole")
    _same(capture, _stream(driver, [bytes((byte,)) for byte in capture.wire]), expected, "byte by byte")
    asked["whole"] += 1
    asked["byte by byte"] += 1


def _flipped(driver: Driver, capture: Capture, asked: Counter[str]) -> None:
    """A wrong bit never makes another reading, and the frame after it is read."""
    for bit in range(len(capture.wire) * 8):
        damaged = bytearray(capture.wire)
        damaged[bit // 8] ^= 1 << bit % 8
        said = _stream(driver, [bytes(damaged), capture.wire])
        _only(capture, said, f"bit {bit} flipped")
        asked["bit flipped"] += 1


def _truncated(driver: Driver, capture: Capture, asked: Counter[str]) -> None:
    """A frame that breaks off says nothing, and the frame after it is read."""
    for end in range(len(capture.wire)):
        _only(capture, _stream(driver, [capture.wire[:end], capture.wire]), f"cut after {end} bytes")
        asked["truncated"] += 1


def _after_noise(driver: Driver, capture: Capture, asked: Counter[str], rng: random.Random) -> None:
    for _ in range(NOISE_ROUNDS):
        noise = rng.randbytes(rng.randrange(1, 65)) + rng.choice((b"", b"\0", b"\xff"))
        _only(capture, _stream(driver, [noise + capture.wire]), f"after noise {noise.hex()}")
        asked["after noise"] += 1


def _bounded(driver: Driver, rng: random.Random) -> None:
    rest = b""
    for _ in range(64):
        _, rest = driver.cut(rest + bytes(rng.choices(range(1, 256), k=256)))
        if len(rest) > REST_LIMIT:
            raise AssertionError(f"{driver.name}: keeps {len(rest)} bytes of noise")


def _refused(driver: Driver, capture: Capture) -> None:
    frames, rest = driver.cut(capture.wire) if driver.link == "serial" else ([capture.wire], b"")
    reasons = []
    for frame in frames or [rest]:
        try:
            driver.decode(driver.head(frame), {})
        except BadFrame as bad:
            reasons.append(bad.why)
    if not any(capture.error in why for why in reasons):
        raise AssertionError(f"{capture.name}: refused for {reasons}, not for {capture.error!r}")


def _only(capture: Capture, said: Sequence[Said], how: str) -> None:
    if not said or any(one != capture.said for one in said):
        raise AssertionError(f"{capture.name}, {how}: reads {list(said)}, expected only {capture.said}")


def _same(capture: Capture, said: Sequence[Said], expected: Sequence[Said], how: str) -> None:
    if list(said) != list(expected):
        raise AssertionError(f"{capture.name}, {how}: reads {list(said)}, expected {list(expected)}")
