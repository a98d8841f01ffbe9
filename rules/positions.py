"""Where each key of a TOML text stands. tomllib parses and judges; this only finds places in a text it accepted."""

import re
import tomllib
from bisect import bisect_left

Key = str | int
"""A key of a table, or an index into an array."""

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}'
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\\n])*+"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_PLAIN = re.compile(r"[^,\]}#\r\n]*")


def lines(text: str) -> dict[tuple[Key, ...], int]:
    """Every key path of a sound TOML text -> its line, counted from 1."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """One pass over the text. ``at`` is the position; each method begins at its thing and ends behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[tuple[Key, ...], int] = {}
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._sizes: dict[tuple[Key, ...], int] = {}
        """Array of tables -> how many of its tables have begun."""

    def document(self) -> None:
        base: tuple[Key, ...] = ()
        self._space()
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                base = self._header(2)
            elif self.text.startswith("[", self.at):
                base = self._header(1)
            else:
                self._pair(base)
            self._space()

    def _header(self, brackets: int) -> tuple[Key, ...]:
        start = self.at
        self.at += brackets
        self._space()
        *outer, last = self._key()
        self._space()
        self.at += brackets
        path: tuple[Key, ...] = ()
        for part in outer:
            path = self._latest((*path, part), start)
        path = (*path, last)
        if brackets == 2:
            self._note(path, start)
            self._sizes[path] = self._sizes.get(path, 0) + 1
        return self._latest(path, start)

    def _latest(self, path: tuple[Key, ...], start: int) -> tuple[Key, ...]:
        """The path itself, or of an array of tables the table begun last."""
        self._note(path, start)
        if path in self._sizes:
            path = (*path, self._sizes[path] - 1)
            self._note(path, start)
        return path

    def _pair(self, base: tuple[Key, ...]) -> None:
        start = self.at
        path = base
        for part in self._key():
            path = (*path, part)
            self._note(path, start)
        self._space()
        self.at += 1
        self._space()
        self._value(path)

    def _key(self) -> list[str]:
        parts = []
        while True:
            match = _BARE_KEY.match(self.text, self.at) or self._string()
            raw = match[0]
            self.at = match.end()
            parts.append(tomllib.loads(f"key = {raw}")["key"] if raw[0] in "\"'" else raw)
            dot = _DOT.match(self.text, self.at)
            if not dot:
                return parts
            self.at = dot.end()

    def _string(self) -> re.Match[str]:
        match = _STRING.match(self.text, self.at)
        if not match:
            raise ValueError(f"no key or string (at line {self._line(self.at)}, column 1)")
        return match

    def _value(self, path: tuple[Key, ...]) -> None:
        opening = self.text[self.at]
        if opening in "\"'":
            self.at = self._string().end()
        elif opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline(path)
        else:
            self.at = self._match(_PLAIN).end()

    def _array(self, path: tuple[Key, ...]) -> None:
        self.at += 1
        index = 0
        while self._more("]"):
            self._note((*path, index), self.at)
            self._value((*path, index))
            index += 1

    def _inline(self, path: tuple[Key, ...]) -> None:
        self.at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Step over the space and a comma; False behind the end of an array or inline table."""
        self._space()
        if self.text[self.at] == ",":
            self.at += 1
            self._space()
        if self.text[self.at] == end:
            self.at += 1
            return False
        return True

    def _space(self) -> None:
        self.at = self._match(_SPACE).end()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        assert match, "a pattern that may be empty always matches"
        return match

    def _note(self, path: tuple[Key, ...], start: int) -> None:
        self.lines.setdefault(path, self._line(start))

    def _line(self, position: int) -> int:
        return bisect_left(self._ends, position) + 1
