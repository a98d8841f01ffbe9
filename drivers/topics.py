"""What a broker passes on, told once: a publication may be kept by the broker, and may come again.

A Frame is ``packed``: whether the broker kept it (retained), whether it comes again (the broker never heard our
acknowledgement), its number on the connection, the topic below the port's base, and the payload.

- Events (a button, a test) of a retained publication are not read: nobody presses now.
- States of a retained one are read with the flag ``retained``: they don't show that the sensor lives. How old they are
  can't be seen, so they end no alarm that the sensor itself has raised: it has to end it itself.
- An event that comes again was told, if one of the last events had its number and its bytes. By the bytes alone it
  could be a second press, which the broker had sent into a connection that was dead already.
"""

import json
import math
from binascii import crc32
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from drivers.driver import BadFrame, Decoded, Memory
from drivers.reading import RETAINED, UNKNOWN_CODE, Scalar, Value

EVENTS: Final = frozenset({"button", "command", "test"})
"""Quantities that happen and are over."""
ALARMS: Final = frozenset({"smoke", "heat_alarm", "gas_alarm", "co_alarm", "flood"})
"""Quantities of which a retained word ends nothing that was heard."""
_MOST: Final = 32
"""Alarms of one device that are remembered."""
LONGEST: Final = 65_536
"""Bytes of a payload; a sensor says less."""
_KEPT, _AGAIN = 1, 2
_DEEPEST: Final = 16
_REMEMBERED: Final = 32
"""Events by which a repetition is known: more than a broker has underway to us that are presses."""


class Publication(NamedTuple):
    """One message of a broker."""

    topic: str
    """Below the base of the port."""
    payload: bytes
    kept: bool = False
    """Retained: how things were when it was said, whenever that was."""
    again: bool = False
    """It was sent before, and not acknowledged."""
    number: int = 0
    """Its packet identifier, by which a repetition is known; 0 for one that is never repeated (QoS 0)."""


def packed(said: Publication) -> bytes:
    """-> the data of a Frame; raises ValueError for a topic that MQTT doesn't allow."""
    if "\0" in said.topic:
        raise ValueError("a topic holds no NUL character")
    flags = said.kept * _KEPT | said.again * _AGAIN
    return bytes((flags,)) + said.number.to_bytes(2, "big") + said.topic.encode() + b"\0" + said.payload


def unpacked(data: bytes) -> Publication:
    """A Frame's data -> the publication; raises BadFrame."""
    topic, nul, payload = data[3:].partition(b"\0")
    if not nul or data[0] > _KEPT | _AGAIN:
        raise BadFrame("no publication", data)
    if len(payload) > LONGEST:
        raise BadFrame(f"{len(payload)} bytes are more than a sensor says", data)
    try:
        number = int.from_bytes(data[1:3], "big")
        return Publication(topic.decode(), payload, bool(data[0] & _KEPT), bool(data[0] & _AGAIN), number)
    except UnicodeDecodeError:
        raise BadFrame("the topic is no text", data) from None


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """A publication comes whole -> itself, and nothing to keep."""
    return [buffer] if buffer else [], b""


def parsed(payload: bytes) -> object:
    """JSON -> what it holds; raises BadFrame. Not a number and infinity are no JSON."""
    try:
        value = _DECODER.decode(payload.decode())
    except (ValueError, RecursionError):
        raise BadFrame("no JSON", payload) from None
    if _depth(value) > _DEEPEST:
        raise BadFrame("JSON nested too deep", payload)
    return value


def table(value: object) -> dict[str, object]:
    """A JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _refuse(word: str) -> None:
    raise ValueError(word)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


def _depth(value: object) -> int:
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level, depth = [item for items in inner for item in items], depth + 1
    return depth


def number(value: object, times: float = 1.0) -> float | None:
    """A finite number, also one that is sent as a text; None for what is none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return value if times == 1.0 else _tidy(value * times)


def _tidy(value: float) -> float:
    """Without the last bits of a multiplication: 101.325, not 101.32500000000002."""
    return float(f"{value:.12g}") if math.isfinite(value) else value


def truth(value: object) -> bool | None:
    """True or false, as the many firmwares say it; None for what is neither."""
    if isinstance(value, str):
        return {"true": True, "on": True, "1": True, "yes": True, "open": True, "online": True}.get(
            value.lower(),
            {"false": False, "off": False, "0": False, "no": False, "closed": False, "close": False,
             "offline": False}.get(value.lower()),
        )  # fmt: skip
    if isinstance(value, bool):
        return value
    return bool(value) if value in (0, 1) else None


Reader = Callable[[object], Scalar | None]
"""What JSON holds -> the value of a quantity; None where it is none."""


def true(value: object) -> bool | None:
    """``truth``, as a Reader."""
    return truth(value)


def false(value: object) -> bool | None:
    """The other way round: a contact that is closed is a door that isn't open."""
    said = truth(value)
    return None if said is None else not said


def scaled(times: float) -> Reader:
    """A number in another unit."""
    return lambda value: number(value, times)


_HELP: Final = frozenset({"emergency", "sos", "panic", "help", "alarm", "press", "pressed", "click", "single", "tap"})
_DOUBLE: Final = frozenset({"double", "triple", "quadruple", "quintuple", "many"})
_LONG: Final = frozenset({"hold", "held", "long"})
_NO_PRESS: Final = frozenset({
    "release", "released", "btnup", "btndown", "up", "down", "left", "right", "on", "off", "toggle", "stop", "open",
    "close", "brightness", "color", "colour", "hue", "saturation", "rotate", "rotated", "recall", "store", "scene",
    "arm", "armed", "disarm", "disarmed", "exit", "shake", "slide", "fall", "flip90", "flip180", "wakeup", "move",
    "step", "dial", "volume", "track", "play", "pause", "stepped", "clear",
})  # fmt: skip
"""What remote controls, cubes and keypads say beside presses: commands to a lamp, not calls to people."""


def pressed(word: str) -> Value | None:
    """What a button says -> a press, a command, or nothing. A word that nobody knows is a press: it may be a call.

    Firmwares write it as ``1_single``, ``single_left``, ``long_push``, ``SINGLE``.
    """
    parts = word.lower().replace("-", "_").replace(" ", "_").split("_")
    parts = [part for part in parts if part]
    if not parts:
        return None
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 3]
    nth = max(0, numbers[0] - 1) if numbers else 0
    words = set(parts)
    if words & {"release", "released", "btnup", "btndown"}:
        return Value("command", word[:40], (), nth)
    if words & _LONG:
        return Value("button", "long_press", (), nth)
    if words & _DOUBLE:
        return Value("button", "double_press", (), nth)
    if words & _HELP:
        return Value("button", "press", (), nth)
    if words & _NO_PRESS:
        return Value("command", word[:40], (), nth)
    return Value("button", "press", (UNKNOWN_CODE,), nth)


def news(said: Publication, values: Sequence[Value], memory: Memory) -> Decoded:
    """What of these values is told now, and what is remembered of it.

    Memory: ``events``, the last ones told; ``alarms``, those that the sensor raised and didn't end.
    """
    kept = {name: value for name, value in memory.items() if name != "key"}
    raised = str(memory.get("alarms", "")).split()
    if said.kept:
        states = [one._replace(flags=(*one.flags, RETAINED)) for one in values if one.quantity not in EVENTS]
        return Decoded([one for one in states if one.value is not False or _point(one) not in raised], kept)
    if now := _raised(values, raised):
        kept["alarms"] = " ".join(now)
    else:
        kept.pop("alarms", None)
    if not (said.number and any(one.quantity in EVENTS for one in values)):
        return Decoded(values, kept)
    mark = f"{said.number}:{crc32(said.topic.encode() + said.payload):x}"
    told = str(memory.get("events", "")).split()
    if said.again and mark in told:
        return Decoded((), kept, False)
    return Decoded(values, {**kept, "events": " ".join([*told, mark][-_REMEMBERED:])})


def _point(value: Value) -> str:
    return f"{value.quantity}#{value.nth}"


def _raised(values: Sequence[Value], before: Sequence[str]) -> list[str]:
    """The alarms that are on after these words of the sensor."""
    said = {_point(one): one.value for one in values if one.quantity in ALARMS and isinstance(one.value, bool)}
    on = {*before, *said} - {point for point, value in said.items() if not value}
    return sorted(on)[:_MOST]
