"""A TOML file that can say where it is wrong: data from tomllib, lines from a scanner, all mistakes at once.

The reader of a file opens its root as a `Table`, takes each key by its type, and ends with `finish()`:

    root = read(text, "site.toml").table()
    for name, device in root.named("devices"):
        port = device.text("port")
        silent_after = device.seconds("silent_after", 7200, low=1)
    root.finish()          # raises Mistakes, if there were any

A key that was never asked for is an unknown key. A value that is wrong is noted, and a harmless one takes its place,
so that reading goes on to the next mistake.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import TypeGuard, TypeVar

from rules import syntax
from rules.mistake import Mistake as Mistake
from rules.mistake import Mistakes as Mistakes
from rules.nouns import how_long
from rules.positions import Key, lines
from rules.sentence import Sentence
from rules.spelling import nearest as nearest
from rules.spelling import unseen

LARGEST = 4_000_000
"""Characters of a file: a site of 20,000 devices has three million."""
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+", re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])", re.ASCII)
_MISSING = object()
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")

T = TypeVar("T")


@dataclass(frozen=True)
class Document:
    """A file that is sound TOML. ``data`` is what tomllib made of its ``text``."""

    file: str
    data: Mapping[str, object]
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> Mapping[tuple[Key, ...], int]:
        """Every key path -> its line. Most files are sound and never asked, so they are not looked for before."""
        try:
            return lines(self.text)
        except RecursionError:  # nested as deeply as tomllib just bears: whatever is wrong is told in its first line
            return {}

    def line(self, *path: Key) -> int:
        """The line where this key path stands, or the nearest path around it; 1 if there is none."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1

    def table(self) -> "Table":
        """The root, to be read key by key."""
        return Table(self, (), self.data, [])


def read(text: str, file: str) -> Document:
    """Parse a text, without its byte order mark; raises Mistakes with the one place where it stops being TOML."""
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise _too_large(file)
    try:
        document = Document(file, tomllib.loads(text), text)
    except RecursionError:
        raise Mistakes([Mistake(file, 1, "tables or arrays are nested too deeply", "nest less")]) from None
    except ValueError as error:
        found, what = _AT_LINE.search(str(error)), _AT_LINE.sub("", str(error))
        last = text.count("\n", 0, len(text.rstrip())) + 1
        line = int(found[1]) if found and found[1] else syntax.line_of(what, text) or last
        remedy = syntax.remedy(what, text.split("\n")[line - 1])
        raise Mistakes([Mistake.of(file, line, "not TOML: {what}", remedy, what=Sentence(what))]) from None
    if path := syntax.too_great(document.data, text):
        line = document.line(*path)
        raise Mistakes([Mistake(file, line, "an integer of more than 64 bits", "write a smaller number")])
    return document


def open_document(path: Path) -> Document:
    """Read a file; one that can't be read, or is no UTF-8, raises Mistakes too."""
    try:
        with path.open("rb") as file:
            content = file.read(4 * LARGEST + 1)  # a device may never end
        if len(content) > 4 * LARGEST:
            raise _too_large(str(path))
        return read(content.decode("utf-8").replace("\r\n", "\n"), str(path))
    except OSError as error:
        what = error.strerror or "cannot be read"
        raise Mistakes([Mistake(str(path), 1, what, "name a file that can be read")]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Mistakes([Mistake(str(path), line, "not UTF-8", "save the file as UTF-8")]) from error


def _too_large(file: str) -> Mistakes:
    return Mistakes(
        [Mistake.of(file, 1, "more than {largest:,} characters", "part it into several files", largest=LARGEST)]
    )


def duration(value: object) -> float:
    """Seconds of ``"3s"``, ``"1h30m"``, ``"500ms"`` or a number; raises ValueError."""
    if isinstance(value, str) and _DURATION.fullmatch(value):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    else:
        raise ValueError(f"{value!r} is no duration")
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{value!r} is no duration")
    return seconds


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _over(plain: Mapping[str, object], other: Mapping[str, object]) -> Mapping[str, object]:
    """Both tables in one; where both say something the other wins, table by table."""
    merged = dict(plain)
    for key, value in other.items():
        before = plain.get(key)
        both = isinstance(before, dict) and isinstance(value, dict)
        merged[key] = _over(before, value) if both else value  # type: ignore[arg-type]
    return merged


def _said(value: object) -> str:
    """A value as TOML has it, or nearly so."""
    if isinstance(value, bool | date | time):
        return f"{value}".lower()
    return f"{value!r:.60}"


class Table:
    """One table of a document. ``default=None`` makes a key required; see the module for the way to use it."""

    def __init__(
        self, document: Document, path: tuple[Key, ...], data: Mapping[str, object], mistakes: list[Mistake]
    ) -> None:
        self.document = document
        self.path = path
        self.data = data
        self.mistakes = mistakes
        self.known: set[str] = set()
        self._inner: list[Table] = []

    def __contains__(self, key: str) -> bool:
        """Is the key there? Asking makes it a known key."""
        self.known.add(key)
        return key in self.data

    @property
    def name(self) -> str:
        """The key path as a person writes it."""
        return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path).lstrip(".")

    def line(self, key: str = "") -> int:
        """The line of one of its keys, or its own."""
        return self.document.line(*self.path, key) if key else self.document.line(*self.path)

    def mistake(self, key: str, what: str, remedy: str, /, **values: object) -> None:
        """Note a mistake at a key of this table ("" for the table itself), with values put in: see sentence.py."""
        self.mistakes.append(Mistake.of(self.document.file, self.line(key), what, remedy, **values))

    def text(self, key: str, default: str | None = None, choices: Iterable[str] = ()) -> str:
        """A text that isn't empty, or one of some words."""
        value = self._take(key, default, 'write a text in quotes: {key} = "…"')
        if value is default and default is not None:
            return default
        if not isinstance(value, str):
            return self._wrong(key, value, Sentence("a text in quotes"), default or "")
        words = tuple(choices)
        if words and value not in words:
            self.mistake(key, '"{value}" is no {key}', nearest(value, words), value=value, key=key)
        elif not value.strip():
            self.mistake(key, "{key} is empty", 'write {key} = "…"', key=key)
        elif sign := unseen(value):
            self.mistake(
                key, "{key} holds a sign that nobody sees, {sign}", "write the text anew without it", key=key, sign=sign
            )
        return value

    def texts(self, key: str, default: Sequence[str] | None = (), choices: Iterable[str] = ()) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, default, 'write a list: {key} = ["…"]')
        if value is default and default is not None:
            return tuple(default)
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            return self._wrong(key, value, Sentence('a list of texts, ["…"]'), ())
        words = tuple(choices)
        for item in value:
            if words and item not in words:
                self.mistake(key, '"{value}" is no {key}', nearest(item, words), value=item, key=key)
        return tuple(value)

    def some(self, key: str, choices: Iterable[str]) -> tuple[str, ...]:
        """A list of texts that isn't empty: an empty one would mean all, or nothing, and nobody knows which."""
        found = self.texts(key, choices=choices)
        if self.data.get(key) == []:
            self.mistake(key, "{key} is empty", 'write {key} = ["…"], or remove it', key=key)
        return found

    def flag(self, key: str, default: bool | None = None) -> bool:
        """``true`` or ``false``."""
        value = self._take(key, default, "write {key} = true or false")
        return value if isinstance(value, bool) else self._wrong(key, value, Sentence("true or false"), bool(default))

    def number(self, key: str, default: float | None = None, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number from ``low`` to ``high``."""
        value = self._take(key, default, "write a number: {key} = …")
        if not _is_number(value):
            return self._wrong(key, value, Sentence("a number"), default or 0.0)
        return self._within(key, float(value), low, high, f"{value}")

    def whole(self, key: str, default: int | None = None, low: int = 0, high: int = 2**63 - 1) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self._take(key, default, "write a whole number: {key} = …")
        if not isinstance(value, int) or isinstance(value, bool):
            return self._wrong(key, value, Sentence("a whole number"), default or 0)
        self._within(key, value, low, high, f"{value}")
        return value

    def seconds(self, key: str, default: float | None = None, low: float = 0.0, high: float = 366 * 86400.0) -> float:
        """A duration in seconds, from ``"3s"``, ``"10m"``, ``"24h"``, ``"7d"`` or a number of seconds."""
        value = self._take(key, default, 'write a duration: {key} = "10m"')
        try:
            seconds = duration(value)
        except ValueError:
            return self._wrong(key, value, Sentence('a duration such as "3s", "10m", "24h" or "7d"'), default or 0.0)
        if not low <= seconds <= high:
            what, remedy = "{key} is {said}, out of range", "write a duration from {low} to {high}"
            self.mistake(key, what, remedy, key=key, said=f"{value}", low=how_long(low), high=how_long(high))
        return min(max(seconds, low), high)

    def span(self, key: str) -> tuple[float, float]:
        """Two finite numbers, the lower one first."""
        value = self._take(key, None, "write two numbers: {key} = [18, 26]")
        if not isinstance(value, list) or len(value) != 2 or not all(_is_number(end) for end in value):
            return self._wrong(key, value, Sentence("two numbers, [18, 26]"), (0.0, 0.0))
        if value[0] > value[1]:
            self.mistake(
                key,
                "{key} begins above its end",
                "write {key} = [{low}, {high}]",
                key=key,
                low=value[1],
                high=value[0],
            )
        return float(value[0]), float(value[1])

    def value(self, key: str) -> bool | float | str | None:
        """A text, a finite number or a truth value; None after a mistake."""
        value = self._take(key, None, "write {key} = …")
        if isinstance(value, bool | str) or (isinstance(value, int | float) and abs(value) < 1e300):
            return value
        return self._wrong(key, value, Sentence("a text, a number, true or false"), None)

    def table(self, key: str) -> "Table":
        """The table under a key; an empty one if it is missing."""
        value = self._take(key, {}, "")
        if not isinstance(value, dict):
            value = self._wrong(key, value, Sentence("a table"), {})
        return self._open((key,), value)

    def tables(self, key: str) -> list["Table"]:
        """The tables of an array of tables; none if it is missing."""
        value = self._take(key, [], "")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(key, value, Sentence("a list of tables, [[{key}]]", key=key), None)
            return []
        return [self._open((key, index), item) for index, item in enumerate(value)]

    def named(self, key: str = "") -> Iterator[tuple[str, "Table"]]:
        """The tables of ``[key.NAME]`` with their names; without a key, of ``[NAME]`` except the known ones."""
        parent = self.table(key) if key else self
        for name in [name for name in parent.data if name not in parent.known]:
            if name not in parent.known:
                parent.known.add(name)
                value = parent.data[name]
                if isinstance(value, dict):
                    yield name, parent._open((name,), value)
                else:
                    parent.mistake(
                        name,
                        "{name} must be a table",
                        "write [{path}]",
                        name=name,
                        path=f"{key}.{name}" if key else name,
                    )

    def variants(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """For each ``[TABLE.key.NAME]`` its name, and this table with what stands there in its place."""
        plain = {name: value for name, value in self.data.items() if name != key}
        for name, inner in self.named(key):
            inner.known |= inner.data.keys()
            yield name, self._open((), _over(plain, inner.data))

    def finish(self) -> None:
        """Note the keys that nobody asked for, here and inside; raises all Mistakes of the document, if any."""
        self._unknown()
        if self.mistakes:
            raise Mistakes(self.mistakes)

    def _unknown(self) -> None:
        for key in self.data:
            if key not in self.known:
                what = 'unknown key "{key}" in {table}' if self.path else 'unknown key "{key}"'
                self.mistake(key, what, nearest(key, self.known), key=key, table=self.name)
        for table in self._inner:
            table._unknown()

    def _open(self, path: tuple[Key, ...], data: Mapping[str, object]) -> "Table":
        table = Table(self.document, self.path + path, data, self.mistakes)
        self._inner.append(table)
        return table

    def _take(self, key: str, default: object, remedy: str) -> object:
        if key in self:
            return self.data[key]
        if default is None:
            what = '"{key}" is missing in {table}' if self.path else '"{key}" is missing'
            self.mistake("", what, remedy, key=key, table=self.name)
            return _MISSING
        return default

    def _wrong(self, key: str, value: object, wanted: str, instead: T) -> T:
        """Note a value of the wrong type (a missing one is noted already); -> what to go on with."""
        if value is not _MISSING:
            self.mistake(
                key, "{key} must be {wanted}, is {said}", "write {wanted}", key=key, wanted=wanted, said=_said(value)
            )
        return instead

    def _within(self, key: str, value: float, low: float, high: float, said: str) -> float:
        if not low <= value <= high:
            remedy = "write a value {low:g} or more" if high >= 2**63 - 1 else "write a value from {low:g} to {high:g}"
            self.mistake(key, "{key} is {said}, out of range", remedy, key=key, said=said, low=low, high=high)
        return value
