"""Rhythm: how long a silence is normal in one home, learned from its own past weeks.

A silence is the time between two signs of life. Each is noted by the day type and the hour at which it began, and by
its length; old ones fade. From these notes comes one line an hour: a silence that lasts longer is worth a call. The
lines are drawn so that the time from a collapse to the call is short, and needless calls stay rare: a line that is
lowered saves waiting in all the silences that began at that hour and costs a call in each that lasted longer, and all
lines pay the same price for a call. The price follows what really happened: each needless call raises it.

Published alert lines (Cuddihy et al. 2007: a percentile of each hour; Floeck and Litz 2008) draw each hour by itself;
the common price puts the few needless calls where they save the most waiting. ``python -m bench.inactivity`` measures.
"""

import math
from itertools import accumulate
from operator import mul
from typing import Any

SCHEMA = 1
LEAST = 900.0
"""Seconds: a shorter silence says nothing."""
LONGEST = 30 * 3600.0
"""Seconds: a longer one was no usual day, and teaches nothing."""
_STEP = 1.1
_SIZE = int(math.log(36 * 3600 / LEAST) / math.log(_STEP)) + 2
GRID = tuple(60.0 * round(LEAST * _STEP**step / 60) for step in range(_SIZE))
"""Seconds: lengths in steps of a tenth, up to 36 h, in full minutes. A line is one of them."""
_WIDTHS = tuple((high - low) / 3600 for low, high in zip((0.0, *GRID), GRID, strict=False))
CAPS = tuple(3600.0 * hours for hours in (6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 30, 36))
"""Seconds: no line is higher than the lowest of these that silences of any hour hardly ever passed."""
DOUBTED = 2.0
"""Lines are so many times as long at first when a sensor is gone."""
SHORTEST = 2 * 3600.0
"""Seconds: no line is lower. A nap, a bath or a long film is no emergency, however even a life was so far."""
UNKNOWN = 12 * 3600.0
"""Seconds: the line while nobody knows the hour. A fixed 12 h is what the recorded homes of elders bear."""

OUT = (48 * 3600.0, 72 * 3600.0)
"""Seconds: at least and at most. Two days cover a weekend, three a long one; then somebody should look."""

HALF_LIFE = 50.0
"""Days with life after which a note counts half: a new season is learned in weeks, a holiday forgets nothing."""
CALLS = 0.75
"""Needless questions a month that are accepted, each of which may become a call; the goal is less than one call."""
NEIGHBOURS = (0.3, 0.7, 1.0, 0.7, 0.3)
"""How much the hours around count: nobody lives by the full hour."""
BLUR = (0.25, 0.5, 0.25)
"""A length counts as up to two steps longer: what lasted an hour may last 1.2 next time."""
OTHER_DAYS = 0.35
"""How much working days count on free ones, and the other way round."""
_SHARES = tuple(near / sum(NEIGHBOURS) / (1 + OTHER_DAYS) for near in NEIGHBOURS)
_PRIOR = (12.0, 12.0, 12.0, 11.0, 10.0, 9.0, *[8.0] * 10, 9.0, 10.0, 11.0, *[12.0] * 5)
"""Hours: what is normal where nothing is known yet, by the hour at which the silence began."""
_PRIOR_WEIGHT, _PRIOR_HALF_LIFE = 0.2, 14.0
"""It counts as so many silences an hour, and half as many after so many days with life."""
_PRIOR_DAYS = 10.0
_CAPPED = 0.4
"""Of the accepted calls, the part that may come from silences longer than the cap."""
_PRIOR_PASSED = 0.3
"""Silences longer than that, below UNKNOWN, which are believed in before anything is known."""
_FADED = 0.004
"""A note that counts less is forgotten."""
_TURN = 0.6
"""How fast the price follows what happened."""
_PRICE, _PRICES, _ROUNDS = 300.0, (5.0, 1e6), 3
_ROOM, _ROOMS = 0.4, (0.02, 3.0)


class Rhythm:
    """What one home's past says. ``line`` asks it; ``learn`` and ``turn`` teach it, once a day."""

    __slots__ = ("_absence", "_cap", "_caution", "_cells", "_lines", "_prior", "_room", "day", "days", "price")

    def __init__(self) -> None:
        self._cells: dict[int, dict[int, float]] = {}
        """Day type x 24 + hour -> step of the length -> how many, faded."""
        self._prior = _PRIOR_WEIGHT
        """How much counts what is normal anywhere."""
        self.days = 0.0
        """Days with life, faded."""
        self.day: int | None = None
        """The last of them, counted from the epoch."""
        self.price = _PRICE
        """Squared hours of waiting that a needless call is worth."""
        self._room = _ROOM
        """How much of the accepted calls the notes may promise; falls with each needless call."""
        self._absence = 0.0
        """Seconds: the longest absence of late."""
        self._caution = 1.0
        """How many times as long as learned each line is; no line rises above the cap by that."""
        self._lines: list[float] = []
        self._cap = UNKNOWN

    def line(self, free: bool, hour: int) -> float:
        """Seconds of silence that are worth a call, if it began at this hour of a free or working day."""
        if not self._lines:
            self._draw()
        return self._lines[free * 24 + hour]

    @property
    def absence(self) -> float:
        """Seconds for which somebody who left through the front door is believed to be out."""
        return min(max(OUT[0], 1.2 * self._absence), OUT[1])

    def was_out(self, seconds: float) -> None:
        """Note an absence. One that no trip explains teaches nothing."""
        if seconds <= OUT[1]:
            self._absence = round(max(self._absence, seconds), 3)

    def learn(self, free: bool, hour: int, seconds: float) -> None:
        """Note a silence; of no effect on the lines before the next ``turn``."""
        if LEAST <= seconds <= LONGEST:
            cell = self._cells.setdefault(free * 24 + hour, {})
            step = _step(seconds)
            cell[step] = round(cell.get(step, 0.0) + 1.0, 5)

    def turn(self, day: int, calls: int) -> None:
        """A new day with life has begun; so many needless calls came since the last one. Draws new lines."""
        if self.day is not None:
            faded = 0.5 ** (1.0 / HALF_LIFE)
            self.days = round(self.days * faded + 1.0, 6)
            self._cells = {key: cell for key, old in self._cells.items() if (cell := _fade(old, faded))}
            self._absence = round(self._absence * 0.99, 3)
            self._caution = round(1.0 + (self._caution - 1.0) * 0.9, 6)
            self._prior = round(self._prior * 0.5 ** (1.0 / _PRIOR_HALF_LIFE), 6)
            self._room = min(_ROOMS[1], self._room * math.exp(_TURN * CALLS / 30))
        self.day = day
        self._room = round(max(_ROOMS[0], self._room * math.exp(-_TURN * calls)), 6)
        self._solve()

    def doubt(self) -> None:
        """A sensor is gone: silences will be longer than was learned with it. Lines rise for some weeks."""
        self._caution = DOUBTED
        self._lines = []

    def _solve(self) -> None:
        """Move the price so that the notes promise no more needless calls than there is room for."""
        tables = self._tables()
        allowed = CALLS / 30 * self.days * self._room
        for _ in range(_ROUNDS):
            promised = sum(over[_best(waits, over, self.price)] for waits, over in tables)
            moved = self.price * (1.3 if promised > allowed else 0.8)
            self.price = round(min(max(moved, _PRICES[0]), _PRICES[1]), 6)
        self._draw(tables)

    def _draw(self, tables: "list[_Table] | None" = None) -> None:
        self._cap = self._lowest_cap()
        tables = tables or self._tables()
        self._lines = [self._bounded(GRID[_best(waits, over, self.price)]) for waits, over in tables]

    def _bounded(self, seconds: float) -> float:
        return min(60.0 * round(max(seconds, SHORTEST) * self._caution / 60), self._cap)

    def _tables(self) -> "list[_Table]":
        blurred = {key: _blurred(cell) for key, cell in self._with_prior().items()}
        near = [[_around(blurred, kind, hour) for hour in range(24)] for kind in range(2)]
        return [_table(near[kind][hour], near[1 - kind][hour]) for kind in range(2) for hour in range(24)]

    def _with_prior(self) -> dict[int, dict[int, float]]:
        if self._prior < _FADED:
            return self._cells
        made = {key: dict(self._cells.get(key, ())) for key in range(48)}
        for key, cell in made.items():
            step = _PRIOR_STEPS[key % 24]
            cell[step] = cell.get(step, 0.0) + self._prior
        return made

    def _lowest_cap(self) -> float:
        allowed = _CAPPED * CALLS / 30 * (self.days + _PRIOR_DAYS)
        lengths = [0.0] * _SIZE
        for cell in self._cells.values():
            for step, many in cell.items():
                lengths[step] += many
        for cap in CAPS:
            passed = sum(many for step, many in enumerate(lengths) if 1.05 * GRID[step] > cap)
            if passed + (_PRIOR_PASSED if cap < UNKNOWN else 0.0) <= allowed:
                return cap
        return CAPS[-1]

    def save(self) -> list[object]:
        """JSON-able, with the schema first."""
        cells = {
            str(key): [number for pair in sorted(cell.items()) for number in pair]
            for key, cell in sorted(self._cells.items())
        }
        return [SCHEMA, self.day, self.days, self.price, self._room, self._absence, self._prior, self._caution, cells]

    @classmethod
    def of(cls, saved: Any) -> "Rhythm":
        """From what ``save`` gave; raises ValueError, TypeError or AttributeError for anything else."""
        schema, day, days, price, room, absence, prior, caution, cells = saved
        if schema != SCHEMA:
            raise ValueError("another schema")
        made = cls()
        made.day = None if day is None else int(day)
        numbers = [_within(days, 0.0, 1e4), _within(price, *_PRICES), _within(room, *_ROOMS)]
        made.days, made.price, made._room = numbers
        made._absence = _within(absence, 0.0, OUT[1])
        made._prior, made._caution = _within(prior, 0.0, 1.0), _within(caution, 1.0, DOUBTED)
        for key, flat in cells.items():
            steps, many = [int(step) for step in flat[::2]], [_within(one, 0.0, 1e6) for one in flat[1::2]]
            if not 0 <= int(key) < 48 or not all(0 <= step < _SIZE for step in steps):
                raise ValueError("no hour or length")
            made._cells[int(key)] = dict(zip(steps, many, strict=True))
        return made


_Table = tuple[list[float], list[float]]


def _step(seconds: float) -> int:
    return next((step for step, length in enumerate(GRID) if seconds <= length), _SIZE - 1)


_PRIOR_STEPS = [_step(hours * 3600) for hours in _PRIOR]


def _fade(cell: dict[int, float], faded: float) -> dict[int, float]:
    return {step: left for step, many in cell.items() if (left := round(many * faded, 5)) > _FADED}


def _blurred(cell: dict[int, float]) -> list[float]:
    made = [0.0] * _SIZE
    for step, many in cell.items():
        for further, share in enumerate(BLUR):
            if step + further < _SIZE:
                made[step + further] += many * share
    return made


def _around(blurred: dict[int, list[float]], kind: int, hour: int) -> list[float]:
    """The silences of one day type that began at about this hour, by length."""
    total = [0.0] * _SIZE
    for away, near in enumerate(_SHARES, -(len(_SHARES) // 2)):
        cell = blurred.get(kind * 24 + (hour + away) % 24)
        if cell:
            total = [sum_ + near * one for sum_, one in zip(total, cell, strict=True)]
    return total


def _table(own: list[float], other: list[float]) -> _Table:
    """For each step as the line: the waiting, in squared hours, and how many silences lasted longer."""
    total = [one + OTHER_DAYS * two for one, two in zip(own, other, strict=True)]
    lasted = list(accumulate(reversed(total)))[::-1]
    waits = accumulate(map(mul, lasted, _WIDTHS))
    return list(accumulate(map(mul, waits, _WIDTHS))), [*lasted[1:], 0.0]


def _best(waits: list[float], over: list[float], price: float) -> int:
    costs = [wait + price * many for wait, many in zip(waits, over, strict=True)]
    return costs.index(min(costs))


def _within(said: Any, low: float, high: float) -> float:
    number = float(said)
    if not low <= number <= high:
        raise ValueError("out of range")
    return number
