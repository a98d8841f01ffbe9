"""Sensors that say JSON, or a bare word, on topics of their own: what it means is a map (TOML) that anybody can write.

``driver(map)`` makes a Driver named ``json-NAME`` of it. Shipped maps stand in ``topic_maps/``; copy one.

====================  ===============================================================================================
key of the map        meaning
====================  ===============================================================================================
name, title, source   what it is, and who says so
topic                 ``house/{address}/state``: a level in braces is part of the device's address, all of them joined
                      by ``/``; for every value that doesn't say otherwise
silent_after          seconds
``[[value]]``         one or more
====================  ===============================================================================================

A value ``reachable`` that is false is somebody else's word (a last will): the sensor is not heard by it.

A word that isn't listed is no all-clear: of smoke, heat, gas, CO or water it is reported as ``fault`` with the flag
unknown-code, behind the map's own ones, until the sensor says one that is. Elsewhere it says nothing. Where several
values read one place (``ALARM``, ``TEST``, ``OK`` of a status), a word that any of them lists is known.

====================  ===============================================================================================
key of a value        meaning
====================  ===============================================================================================
topic                 if it is another one
path                  where in the JSON: ``battery.percent``, ``list.0``; "" (default) is the whole payload
quantity              name with its unit, e.g. gas_lel_pct; the same name again makes ``gas_lel_pct#2``
scale, offset         reading = number × scale + offset
true, false           lists of what stands for yes and no, e.g. true = ["ALARM", 2]; without them true/on/1/open and
                      false/off/0/closed do
words                 for ``button``: {"A1" = "press", "A2" = "long_press"}; without it single, double, hold … are known
====================  ===============================================================================================
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple

from drivers import topic_maps
from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.modbus_map import YES_NO
from drivers.reading import HEARSAY, UNKNOWN_CODE, Scalar, Value
from drivers.table import BadMap, Path
from drivers.topics import ALARMS, cut, news, number, parsed, pressed, truth, unpacked

ADDRESS: Final = "{address}"
_PRESSES: Final = ("press", "long_press", "double_press")
_MAP_KEYS: Final = frozenset({"name", "title", "source", "topic", "silent_after", "value"})
_VALUE_KEYS: Final = frozenset({"topic", "path", "quantity", "scale", "offset", "true", "false", "words"})
_QUANTITY: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")
_MOST: Final = 256
_MISSING: Final = object()
_TRUE_OR_FALSE: Final = YES_NO | {"reachable", "test", "vibration", "light_on", "output_on"}


class Point(NamedTuple):
    """One value of a map."""

    topic: tuple[str, ...]
    path: tuple[str, ...]
    quantity: str
    nth: int
    scale: float
    offset: float
    yes: tuple[Scalar, ...]
    no: tuple[Scalar, ...]
    words: Mapping[str, str]


class Map(NamedTuple):
    """A map as read."""

    name: str
    points: tuple[Point, ...]
    silent_after: float

    @property
    def topics(self) -> tuple[tuple[str, ...], ...]:
        """Each pattern once, in order."""
        return tuple(dict.fromkeys(point.topic for point in self.points))


def driver(table: Mapping[str, object], name: str = "") -> Driver:
    """A parsed map -> its Driver; raises BadMap. ``name`` stands in for the map's own."""
    said = load(table, name)
    return Driver(
        name=f"json-{said.name}",
        link="mqtt",
        cut=cut,
        head=partial(_head, said.topics),
        decode=partial(_decode, said),
        silent_after=said.silent_after,
        topics=["/".join("+" if level == ADDRESS else level for level in topic) for topic in said.topics],
    )


@cache
def shipped() -> tuple[Driver, ...]:
    """The drivers of the maps in this distribution."""
    return tuple(driver(table, name) for name, table in topic_maps.shipped().items())


def load(table: Mapping[str, object], name: str = "") -> Map:
    """A dict (parsed TOML) -> a Map; raises BadMap with every mistake and the place of each."""
    mistakes: list[tuple[Path, str]] = []
    mistakes += [((key,), "unknown key") for key in table if key not in _MAP_KEYS]
    called = table.get("name", name)
    if not isinstance(called, str) or not called or not set(called) <= _QUANTITY | {"-"}:
        mistakes.append((("name",) if "name" in table else (), "name must be a-z 0-9 - _"))
    silent = table.get("silent_after", 25 * 3600)
    if isinstance(silent, bool) or not isinstance(silent, int | float) or not 1 <= silent <= 366 * 86_400:
        mistakes.append((("silent_after",), "silent_after must be seconds, from 1 to a year"))
        silent = 1.0
    values = table.get("value")
    if not (isinstance(values, list) and 1 <= len(values) <= _MOST and all(isinstance(one, dict) for one in values)):
        mistakes.append((("value",) if "value" in table else (), f"write 1 … {_MOST} tables [[value]]"))
        values = []
    counted: Counter[str] = Counter()
    points = [_point(one, ("value", at), table.get("topic"), counted, mistakes) for at, one in enumerate(values)]
    if mistakes:
        raise BadMap(mistakes)
    return Map(str(called), tuple(points), float(silent))


def _point(
    one: Mapping[str, Any], path: Path, topic: object, counted: Counter[str], mistakes: list[tuple[Path, str]]
) -> Point:
    def wrong(key: str, what: str) -> None:
        mistakes.append(((*path, key) if key in one else path, what))

    for key in one:
        if key not in _VALUE_KEYS:
            wrong(key, "unknown key")
    quantity = one.get("quantity")
    if not isinstance(quantity, str) or not quantity or not set(quantity) <= _QUANTITY or len(quantity) > 48:
        wrong("quantity", "quantity must be a name of a-z 0-9 _")
        quantity = "none"
    for key in ("scale", "offset"):
        if isinstance(one.get(key, 1), bool) or not isinstance(one.get(key, 1), int | float):
            wrong(key, f"{key} must be a number")
    for key in ("true", "false"):
        said = one.get(key, ["x"])
        if not (isinstance(said, list) and said and all(isinstance(word, bool | int | float | str) for word in said)):
            wrong(key, f"{key} must be a list of words or numbers")
    words = one.get("words", {})
    if not isinstance(words, dict) or not all(word in _PRESSES for word in words.values()):
        wrong("words", f"words must be a table of {', '.join(_PRESSES)}")
        words = {}
    where = one.get("path", "")
    if not isinstance(where, str) or len(where) > 200:
        wrong("path", 'path must be a text such as "battery.percent"')
        where = ""
    if mistakes:
        return Point((), (), "", 0, 1.0, 0.0, (), (), {})
    counted[quantity] += 1
    return Point(
        _levels(one.get("topic", topic), wrong),
        tuple(where.split(".")) if where else (),
        quantity,
        counted[quantity] - 1,
        float(one.get("scale", 1.0)),
        float(one.get("offset", 0.0)),
        tuple(one.get("true", ())),
        tuple(one.get("false", ())),
        words,
    )


def _levels(topic: object, wrong: Any) -> tuple[str, ...]:
    levels = tuple(topic.split("/")) if isinstance(topic, str) else ()
    sound = ADDRESS in levels and not any(set(level) & set("#+\0{}") for level in levels if level != ADDRESS)
    if not sound:
        wrong("topic", 'topic must be levels with at least one {address}, such as "house/{address}/state"')
    return levels


def _head(topics: Sequence[tuple[str, ...]], data: bytes) -> Head:
    """-> the levels in braces; kind is which of the map's topics it is."""
    said = unpacked(data)
    levels = said.topic.split("/")
    for kind, pattern in enumerate(topics):
        if len(pattern) == len(levels) and all(
            level == wanted or (wanted == ADDRESS and level) for level, wanted in zip(levels, pattern, strict=True)
        ):
            own = [level for level, wanted in zip(levels, pattern, strict=True) if wanted == ADDRESS]
            return Head("/".join(own).lower(), data, kind)
    raise BadFrame(f"{said.topic:.60} is no topic of the map", data)


def _decode(known: Map, head: Head, memory: Memory) -> Decoded:
    """-> values. Memory: ``unknown``, the alarms of which the last word wasn't understood; and see topics.py."""
    said = unpacked(head.body)
    topics = known.topics
    if not 0 <= head.kind < len(topics):
        raise BadFrame("no topic of the map", head.body)
    held = _payload(said.payload)
    points = [point for point in known.points if point.topic == topics[head.kind]]
    told = [(point, word, list(_read(point, word))) for point in points for word in (_at(held, point.path),)]
    values = [value for _, _, read in told for value in read]
    before = frozenset(str(memory.get("unknown", "")).split())
    listed = {point.path for point, _, read in told if read and (point.yes or point.no or point.words)}
    strange = [point for point, word, read in told if not read and _is_alarm(point, word)]
    unknown = {_name(point) for point in strange if point.path not in listed}
    understood = frozenset(_name(point) for point, _, read in told if read and not said.kept)
    unknown |= before - understood
    if unknown or before:
        own = sum(point.quantity == "fault" for point in known.points)
        values.append(Value("fault", bool(unknown), (UNKNOWN_CODE,) if unknown else (), own))
    decoded = news(said, values, memory)
    kept = {name: value for name, value in decoded.memory.items() if name != "unknown"}
    return decoded._replace(memory={**kept, "unknown": " ".join(sorted(unknown))} if unknown else kept)


def _name(point: Point) -> str:
    return f"{point.quantity}#{point.nth}"


def _is_alarm(point: Point, word: object) -> bool:
    """Whether a word that nobody understands stands where a sensor would say that it alarms."""
    return point.quantity in ALARMS and word is not _MISSING and word is not None


def _payload(payload: bytes) -> object:
    """JSON, or a bare word: many devices say ``ON``."""
    try:
        return parsed(payload)
    except BadFrame:
        text = payload.decode("utf-8", "replace").strip()
        if not text.isprintable() or text[:1] in "{[" or len(text) > 80:
            raise
        return text


def _at(held: object, path: Sequence[str]) -> object:
    for step in path:
        if isinstance(held, dict):
            held = held.get(step, _MISSING)
        elif isinstance(held, list) and step.isascii() and step.isdigit() and len(step) < 5 and int(step) < len(held):
            held = held[int(step)]
        else:
            return _MISSING
    return held


def _read(point: Point, held: object) -> Iterator[Value]:
    if held is _MISSING or held is None or isinstance(held, dict | list):
        return
    if point.quantity == "button":
        yield from _press(point, held)
        return
    value = _scalar(point, held)
    if value is not None:
        gone = point.quantity == "reachable" and value is False
        yield Value(point.quantity, value, (HEARSAY,) if gone else (), point.nth)


def _press(point: Point, held: object) -> Iterator[Value]:
    word = point.words.get(f"{held}")
    if word is not None:
        yield Value("button", word, (), point.nth)
    elif not point.words and isinstance(held, str):
        press = pressed(held)
        if press is not None:
            yield press._replace(nth=press.nth or point.nth)


def _scalar(point: Point, held: object) -> Scalar | None:
    if point.yes or point.no:
        told = [bool(truths) for truths, words in ((1, point.yes), (0, point.no)) if _is_in(held, words)]
        return told[0] if told else None
    if point.quantity in _TRUE_OR_FALSE:
        return truth(held)
    value = number(held)
    if value is None:
        return f"{held}"[:80] if isinstance(held, str) else bool(held)
    return value if (point.scale, point.offset) == (1.0, 0.0) else _scaled(point, value)


def _is_in(held: object, words: Sequence[Scalar]) -> bool:
    """True is not 1 here, nor "1"."""
    return any(type(held) is type(word) and held == word for word in words)


def _scaled(point: Point, value: float) -> float:
    return float(f"{value * point.scale + point.offset:.12g}")
