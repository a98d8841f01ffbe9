"""A table that an installer wrote, read key by key: what is wrong with it is said all at once, each with its place."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

Path = tuple[str | int, ...]
"""Where in the dict: ``("value", 2, "scale")``."""


class BadMap(ValueError):
    """A map that can't be used: every mistake as (where, what)."""

    def __init__(self, mistakes: Sequence[tuple[Path, str]]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{'.'.join(map(str, path)) or 'map'}: {what}" for path, what in mistakes))


class Table:
    """Takes keys of one table by type; a wrong one is noted in ``mistakes`` and a harmless value takes its place."""

    def __init__(self, table: Mapping[str, object], path: Path, mistakes: list[tuple[Path, str]]) -> None:
        self.table, self.path, self.mistakes = table, path, mistakes

    def wrong(self, key: str, what: str) -> None:
        """Note a mistake at a key, or ("") at the table itself."""
        self.mistakes.append(((*self.path, key) if key else self.path, what))

    def unknown(self, known: frozenset[str]) -> None:
        """Note the keys that mean nothing."""
        for key in self.table:
            if key not in known:
                self.wrong(str(key), "unknown key")

    def whole(self, key: str, default: int | None, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``; required if ``default`` is None."""
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            missing = key not in self.table
            self.wrong("" if missing else key, f"{key} {'is missing' if missing else f'must be {low} … {high}'}")
            return low
        return value

    def number(self, key: str, default: float) -> Fraction:
        """A number up to 1e12, as it is written."""
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= abs(value) <= 1e12:
            self.wrong(key, f"{key} must be a number up to 1e12")
            return Fraction(1)
        return Fraction(repr(value))

    def flag(self, key: str) -> bool:
        """``true`` or ``false``, which is the default."""
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            self.wrong(key, f"{key} must be true or false")
        return value is True

    def choice(self, key: str, default: str, words: Sequence[str]) -> str:
        """One of some words."""
        value = self.table.get(key, default)
        if not isinstance(value, str) or value not in words:
            self.wrong(key, f"{key} must be one of {', '.join(words)}")
            return words[0]
        return value

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self.table.get(key, default)
        if not isinstance(value, str):
            self.wrong(key, f"{key} must be a text")
            return default
        return value

    def numbers(self, key: str) -> frozenset[int | float]:
        """A list of numbers."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(
            isinstance(n, int | float) and not isinstance(n, bool) for n in value
        ):
            self.wrong(key, f"{key} must be a list of numbers, as sent")
            return frozenset()
        return frozenset(value)

    def inner(self, key: str) -> "Table | None":
        """The table under a key, if there is one."""
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, f"{key} must be a table")
            return None
        return Table(value, (*self.path, key), self.mistakes)
