"""What could be reached: lines drawn with the whole recording known, under the same limit of false calls.

``lines`` has one line for each hour and day type, fitted to the very silences that test it: no rule that draws such
lines reaches it, and a rule that knows more than the hour might. ``price`` draws the product's own lines, each from the
past alone, and knows only which one price of a needless call spends the limit: what is lost to it is lost by learning
the price, what is gained beyond it would need better notes. ``elsewhere`` has the same price and all notes of the
recording from the first day on, those of later weeks too, but for the fortnights around the one it is tested on: what
is lost to it is lost because notes must be taken first, and nothing that draws lines by the hour gains more by them.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

from bench.silences import DAY, HOUR, Silence, called
from rules.rhythm import LEAST, Rhythm
from rules.survival import HIGHEST, SHORTEST
from rules.usual import STEP

GRID = tuple(SHORTEST + STEP * step for step in range(int((HIGHEST - SHORTEST) / STEP) + 1))
PARTS = 4
Called = list[float]
"""For each silence, the moment of the call."""


def lines(said: Sequence[Silence], allowed: float) -> Called:
    """The best line for each hour and day type, with so many false calls in all."""
    cells: dict[int, list[float]] = {}
    for one in said:
        cells.setdefault(_cell(one), []).append(one.seconds)
    costs = {key: _costs(sorted(lengths)) for key, lengths in cells.items()}

    def drawn(price: float) -> Called:
        line = {key: min(table, key=lambda row: row[1] + price * row[2])[0] for key, table in costs.items()}
        return [one.start + line.get(_cell(one), HIGHEST) for one in said]

    return _dearest(drawn, said, allowed)


def price(said: Sequence[Silence], allowed: float) -> Called:
    """The product's lines, with the one price that brings so many false calls in all."""
    return _dearest(lambda one: _learned(said, one), said, allowed, rounds=12)


def elsewhere(said: Sequence[Silence], allowed: float) -> Called:
    """The product's lines, with that price and the notes of three fortnights of four, never of the one they judge."""
    known, door = [_Priced(1.0) for _ in range(PARTS)], any(one.out for one in said)
    for one in said:
        if not one.out:
            for part, rhythm in enumerate(known):
                if part != _part(one):
                    _note(rhythm, one)

    def drawn(price: float) -> Called:
        lines = []
        for rhythm in known:
            rhythm.fixed = price
            lines.append([rhythm.line(cell >= 24, cell % 24, door) for cell in range(48)])
        return [one.start + (known[0].absence if one.out else lines[_part(one)][_cell(one) % 48]) for one in said]

    return _dearest(drawn, said, allowed, rounds=12)


def _part(one: Silence) -> int:
    return int(one.start // (14 * DAY)) % PARTS


def _cell(one: Silence) -> int:
    return int(one.start % DAY // HOUR) + 24 * ((int(one.start // DAY) + 3) % 7 >= 5) + 48 * one.out


def _costs(lengths: Sequence[float]) -> list[tuple[float, float, int]]:
    """For each line: itself, the squared hours of waiting under it, the silences that last longer."""
    made = []
    for line in GRID:
        waited = sum((line**3 - max(0.0, line - length) ** 3) for length in lengths) / 3 / HOUR**3
        made.append((line, waited, len(lengths) - bisect_right(lengths, line)))
    return made


def _dearest(drawn: Callable[[float], Called], said: Sequence[Silence], allowed: float, rounds: int = 40) -> Called:
    """With the lowest price that keeps the limit."""
    low, high = math.log(1e-3), math.log(1e7)
    best = drawn(math.exp(high))
    for _ in range(rounds):
        middle = (low + high) / 2
        tried = drawn(math.exp(middle))
        if sum(called(at, one) for at, one in zip(tried, said, strict=True)) > allowed:
            low = middle
        else:
            best, high = tried, middle
    return best


def _note(known: Rhythm, one: Silence) -> None:
    """What the product learns of it."""
    free, hour, seconds = _cell(one) % 48 >= 24, _cell(one) % 24, one.seconds
    if not one.heard:
        known.lasted(free, hour, seconds)
    elif seconds < LEAST:
        known.busy(free, hour, seconds)
    else:
        known.learn(free, hour, seconds)


class _Priced(Rhythm):
    """A rhythm whose price doesn't move, and which doubts nothing at first."""

    __slots__ = ("fixed",)

    def __init__(self, fixed: float) -> None:
        super().__init__()
        self.fixed = fixed
        self._caution = 1.0

    @property
    def price(self) -> float:
        return self.fixed


def _learned(said: Sequence[Silence], fixed: float) -> Called:
    known, called, fresh, door = _Priced(fixed), list[float](), list[Silence](), False
    for one in said:
        day, cell, door = int(one.end // DAY), _cell(one), door or one.out
        free, hour = cell % 48 >= 24, cell % 24
        called.append(one.start + (known.absence if one.out else known.line(free, hour, door)))
        if not one.out:
            fresh.append(one)
        if day != known.day:
            for note in fresh:
                _note(known, note)
            known.turn(day)
            fresh = []
    return called
