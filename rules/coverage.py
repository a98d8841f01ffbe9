
"""Which conditions of a rule file no story ever made true, and which guards none ever held back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from drivers.reading import Reading
from rules.clauses import clause
from rules.conditions.among import Among
from rules.conditions.compound import Compound, Not
from rules.conditions.condition import Condition, Live
from rules.conditions.guard import Guard, Guarded, GuardedLive
from rules.conditions.held import Around, Held
from rules.conditions.sequence import After
from rules.document import Document, Table
from rules.known import Known
from rules.positions import Key
from rules.route import Band
from rules.rule import Rule


class Spot(NamedTuple):
    """One condition of a rule file."""

    file: str
    line: int
    rule: str
    zh: str
    en: str
    guard: bool
    """It is a ``while``: what counts is whether it was ever false."""


class Coverage:
    """``watch`` the rules, play stories with what it gives, then ask."""

    def __init__(self) -> None:
        self.spots: list[Spot] = []
        self._seen: set[int] = set()

    def watch(self, rule: Rule, document: Document) -> Rule:
        """The same rule, whose conditions tell here when they become true."""
        place = _Place(self, document, rule.id)
        when = replace(rule.when, inner=place.wrapped(rule.when.inner, ("when",)))
        clear = rule.clear and replace(rule.clear, inner=place.wrapped(rule.clear.inner, ("clear",)))
        return replace(rule, when=when, clear=clear)

    def missed(self) -> list[Spot]:
        """Those that no story reached."""
        return [spot for number, spot in enumerate(self.spots) if number not in self._seen]

    def note(self, number: int) -> None:
        """That one was reached."""
        self._seen.add(number)

    def add(self, spot: Spot) -> int:
        """One more -> its number."""
        self.spots.append(spot)
        return len(self.spots) - 1


@dataclass(frozen=True, slots=True)
class _Place:
    """A rule of a document whose conditions are being wrapped."""

    coverage: Coverage
    document: Document
    rule: str

    def wrapped(self, condition: Condition, path: tuple[Key, ...]) -> Condition:
        """It, and all that is inside it."""
        if isinstance(condition, Guarded):
            inside = replace(condition, inner=self.wrapped(condition.inner, path))
            return _Watched(inside, self._note(condition.guard, ("while",)), _guard_is_shut)
        if isinstance(condition, Held) and not (condition.seconds or condition.hold):
            return replace(condition, inner=self.wrapped(condition.inner, path))
        return _Watched(self._inside(condition, path), self._note(condition, path))

    def _inside(self, condition: Condition, path: tuple[Key, ...]) -> Condition:
        if isinstance(condition, Compound):
            parts = enumerate(condition.parts)
            return replace(condition, parts=tuple(self.wrapped(part, (*path, condition.word, n)) for n, part in parts))
        if isinstance(condition, Held):
            return replace(condition, inner=self.wrapped(condition.inner, path))
        if isinstance(condition, Among):
            return replace(condition, inner=self._inside(condition.inner, path))
        if isinstance(condition, Not):
            return replace(condition, inner=self.wrapped(condition.inner, (*path, "not")))
        if isinstance(condition, After):
            then, first = self.wrapped(condition.then, path), self.wrapped(condition.first, (*path, "after"))
            return replace(condition, then=then, first=first)
        return condition

    def _note(self, condition: Condition, path: tuple[Key, ...]) -> Callable[[], None]:
        zh, en = clause(condition)
        line = self.document.line(self.rule.partition("@")[0], *path)
        number = self.coverage.add(Spot(self.document.file, line, self.rule, zh, en, isinstance(condition, Guard)))
        return lambda: self.coverage.note(number)


def _is_true(live: Live, true: bool) -> bool:
    return true


def _guard_is_shut(live: Live, true: bool) -> bool:
    return isinstance(live, GuardedLive) and not live.guarding.true


@dataclass(frozen=True, slots=True)
class _Watched(Condition):
    """Another condition, which tells when it is reached."""

    inner: Condition
    reached: Callable[[], None]
    asks: Callable[[Live, bool], bool] = _is_true

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        """Not a word: nobody writes it."""
        raise NotImplementedError

    @property
    def momentary(self) -> bool:
        return self.inner.momentary

    def live(self, devices: Sequence[Known]) -> Live:
        return _Telling(self.inner.live(devices), self)

    def part(self, devices: Sequence[Known]) -> Live:
        return _Telling(self.inner.part(devices), self)

    def needs(self) -> Mapping[str, bool]:
        return self.inner.needs()

    def calm(self, quantity: str) -> Band | None:
        return self.inner.calm(quantity)

    def leaves(self) -> Iterator[Condition]:
        return self.inner.leaves()


class _Telling(Around):
    __slots__ = ("watched",)

    def __init__(self, inner: Live, watched: _Watched) -> None:
        super().__init__(inner)
        self.watched = watched

    def step(self, at: float, reading: Reading | None) -> bool:
        true = self.inner.step(at, reading)
        if self.watched.asks(self.inner, true):
            self.watched.reached()
        return true
