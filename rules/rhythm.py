"""Rhythm: how long a silence is normal in one home, learned from its own past weeks.

A silence is the time between two signs of life. Each is noted by the day type and the hour at which it began, and by
its length; old ones fade. These notes say which part of the silences that begin now lasts longer than any given time;
where they say little, what is usual anywhere does (usual.py). Of a silence in which time was lost nobody knows when it
ended, only that it lasted for at least as long as was heard of it (a censored one; Kaplan and Meier 1958). Where most
that lasted so long are such ones, they count with those that lasted, up to there, and with none that ended: sensors
that nobody hears at night make no night short. The line of a silence is drawn where two costs add up to
the least: the waiting of somebody who lies on the floor, and a needless call times its price.

Who falls may fall while they are busy too, and is then missed from that moment on. So the waiting is counted for the
time in which signs came one after the other as well: the busier an hour is for each of its silences, the lower is its
line. Motion sensors tell of such time, an hourly water meter of none.

Silences behind the front door are counted apart: who left is back after a while, and where a visitor left, whoever
stayed is heard again soon. Once enough are known of an hour they have a line like any other; until then, and where none
within a day is worth its calls, ``absence`` is waited for.

All silences of a home pay one price, and it follows what really happened. ``balance`` counts the needless calls beyond
the accepted ones: each call raises the price, each day without one lowers it. So nearly all of what is accepted is
spent, and it is spent where it saves the most waiting. ``lately`` raises it much more, for some days: needless calls
come together, in holidays, and one of them says that the next is near. Published alert lines (Cuddihy et al. 2007: a
percentile of each hour; Floeck and Litz 2008) draw each hour by itself. ``python -m bench.inactivity`` measures.
"""

import math
from typing import Any

from rules.survival import BELIEF, HIGHEST, blurred, cheapest, lasting
from rules.usual import ANYWHERE, INDOORS, STEP, STEPS

SCHEMA = 6
"""5 knew nothing of silences behind the front door, 4 nothing of silences heard in part, 3 nothing of busy time, 2
nothing of ``lately``; all are read as well."""
LEAST = 900.0
"""Seconds: a shorter silence says nothing."""
LONGEST = 30 * 3600.0
"""Seconds: a longer one was no usual day, and teaches nothing."""
DOUBTED, NEW = 2.0, 1.15
"""Lines are so many times as long at first when a sensor is gone, and in a home of which nothing is known yet."""
UNKNOWN = 12 * 3600.0
"""Seconds: the line while nobody knows the hour. A fixed 12 h is what the recorded homes of elders bear."""

OUT = (48 * 3600.0, 72 * 3600.0)
"""Seconds: at least and at most. Two days cover a weekend, three a long one; then somebody should look."""

OUTING = 2 * 3600.0
"""Seconds: who is out for less went to the letter-box."""
HALF_LIFE = 60
"""Days with life after which a note counts half: a new season is learned in weeks, a holiday forgets nothing."""
CALLS = 0.7
"""Needless calls a month that are accepted; the goal is at most one, and holidays bring several at once."""
ASKED = 0.25
"""Of a needless call: a question that came to nothing. One is answered with a button, and nobody comes."""
BALANCE = (-2.0, 5.0)
"""Needless calls beyond the accepted ones, at least and at most: a quiet year is no credit for a bad month."""
LATELY, FADES = 3.0, 6
"""Needless calls of late, at most; days after which one counts half."""
_PRICE, _LOWERED, _RAISED, _AGAIN = 500.0, 2.0, 0.7, 3.0
"""Tenths of squared hours of waiting that a needless call is worth at a balance of nothing; by how many powers of e a
call changes that below, and above; and by how many more one of late does."""
_HEARD_OUT = 0.35
"""In place of ``_RAISED``, where the front door is heard: most needless calls are journeys then of which the door
didn't tell. No line within a day spares those."""
NEIGHBOURS = (0.1, 7 / 30, 1 / 3, 7 / 30, 0.1)
"""How much the hours around count: nobody lives by the full hour."""
OTHER_DAYS = 0.35
"""How much working days count on free ones, and the other way round."""
_FADED = 0.004
"""A note that counts less is forgotten."""
_GROWN = 4 * HALF_LIFE
"""Days after which the notes are counted anew: younger ones count more instead of older ones less."""
_AROUND = [
    (other, away, near * (OTHER_DAYS if other else 1.0) / (1 + OTHER_DAYS))
    for other in (False, True)
    for away, near in enumerate(NEIGHBOURS, -(len(NEIGHBOURS) // 2))
]
_PART, _DOOR = 48, 96
"""Added to the key of silences that were heard in part, and of those behind the front door."""
ENOUGH, DEARER = 8.0, 3.0
"""Silences behind the front door, at about an hour, from which on they say how long the next one may last; how many
times a call there is worth another one: whoever is behind it is less likely to lie on the floor."""


class Rhythm:
    """What one home's past says. ``line`` asks it; ``learn`` and ``turn`` teach it, once a day."""

    __slots__ = ("_absence", "_age", "_busy", "_caution", "_cells", "balance", "day", "days", "lately")

    def __init__(self) -> None:
        self._cells: dict[int, dict[int, float]] = {}
        """Day type x 24 + hour -> step in which it ended -> how many, in units that grow with each day. With ``_PART``
        more: -> steps that it lasted at least -> how many."""
        self._busy: dict[int, float] = {}
        """Day type x 24 + hour -> hours in which no silence was worth a note, in the same units."""
        self._age = 0
        """Days with life since the unit was one."""
        self.days = 0.0
        """Days with life, faded."""
        self.day: int | None = None
        """The last of them, counted from the epoch."""
        self.balance = 0.0
        """Needless calls beyond the accepted ones."""
        self.lately = 0.0
        """Needless calls of the last days, faded."""
        self._absence = 0.0
        """Seconds: the longest absence of late."""
        self._caution = NEW
        """How many times as long as learned each line is."""

    @property
    def price(self) -> float:
        """What a needless call is worth."""
        long = self.balance * (_RAISED if self.balance > 0 else _LOWERED)
        return _PRICE * math.exp(long + _AGAIN * self.lately)

    def line(self, free: bool, hour: int, indoors: bool = False) -> float:
        """Seconds of silence that are worth a call, if it began at this hour of a free or working day.

        ``indoors``: the front door is heard, and nobody left by it.
        """
        ended, parts = blurred(self._near(free, hour)), self._near(free, hour, _PART)
        left = lasting(ended, parts, (INDOORS if indoors else ANYWHERE)[hour])
        busy = self._busily(free, hour) / (sum(ended) + BELIEF)
        milder = math.exp((_HEARD_OUT - _RAISED) * max(self.balance, 0.0)) if indoors else 1.0
        seconds = cheapest(left, self.price * milder, busy)
        return min(60.0 * round(seconds * self._caution / 60), HIGHEST)

    @property
    def absence(self) -> float:
        """Seconds for which somebody who left through the front door is believed to be out."""
        return min(max(OUT[0], 1.2 * self._absence), OUT[1])

    def behind(self, free: bool, hour: int) -> float | None:
        """Seconds of silence from the front door on that are worth a call; None: nobody knows any, within a day."""
        ended = blurred(self._near(free, hour, _DOOR))
        if sum(ended) < ENOUGH:
            return None
        seconds = cheapest(lasting(ended, [0.0] * (STEPS + 1), ANYWHERE[hour]), DEARER * self.price, 0.0)
        return None if seconds >= HIGHEST else 60.0 * round(seconds * self._caution / 60)

    def was_behind(self, free: bool, hour: int, seconds: float) -> None:
        """Note a silence from the front door on; a long one is an absence."""
        if 0 <= seconds <= OUT[1]:
            self._note(free * 24 + hour + _DOOR, min(int(seconds / STEP), STEPS))
        if seconds >= OUTING:
            self.was_out(seconds)

    def was_out(self, seconds: float) -> None:
        """Note an absence. One that no trip explains teaches nothing."""
        if seconds <= OUT[1]:
            self._absence = round(max(self._absence, seconds), 3)

    def learn(self, free: bool, hour: int, seconds: float) -> None:
        """Note a silence."""
        if LEAST <= seconds <= LONGEST:
            self._note(free * 24 + hour, min(math.ceil(seconds / STEP) - 1, STEPS))

    def lasted(self, free: bool, hour: int, seconds: float) -> None:
        """Note a silence of which so much was heard, and not all."""
        if STEP <= seconds <= LONGEST:
            self._note(free * 24 + hour + _PART, min(int(seconds / STEP), STEPS))

    def _note(self, key: int, step: int) -> None:
        cell = self._cells.setdefault(key, {})
        cell[step] = round(cell.get(step, 0.0) + self._unit(), 4)

    def busy(self, free: bool, hour: int, seconds: float) -> None:
        """Note that signs came one after the other for so long, within this hour."""
        if 0 < seconds <= 3600.0:
            key = free * 24 + hour
            self._busy[key] = round(self._busy.get(key, 0.0) + seconds / 3600 * self._unit(), 4)

    def needless(self, calls: float, again: bool = True) -> None:
        """So many calls were for nothing, or a part of one.

        ``again``: the next may be near. A question that life answered in time says nothing of a holiday.
        """
        self.balance = round(min(self.balance + calls, BALANCE[1]), 6)
        if again and calls >= 1.0:
            self.lately = round(min(self.lately + calls, LATELY), 6)

    def forgive(self, calls: float, lately: float) -> None:
        """So many calls that were counted as needless, and as such of late, were none."""
        self.balance = round(max(self.balance - calls, BALANCE[0]), 6)
        self.lately = round(max(self.lately - lately, 0.0), 6)

    def turn(self, day: int) -> None:
        """A new day with life has begun."""
        if self.day is not None:
            self.lately = round(self.lately * 0.5 ** (min(max(day - self.day, 1), 365) / FADES), 6)
            self.days = round(self.days * 0.5 ** (1 / HALF_LIFE) + 1.0, 6)
            self._absence = round(self._absence * 0.99, 3)
            self._caution = round(1.0 + (self._caution - 1.0) * 0.9, 6)
            self.balance = round(max(self.balance - CALLS / 30, BALANCE[0]), 6)
            self._age += 1
            if self._age >= _GROWN:
                self._count_anew()
        self.day = day

    def doubt(self) -> None:
        """A sensor is gone: silences will be longer than was learned with it. Lines rise for some weeks."""
        self._caution = DOUBTED

    def _unit(self) -> float:
        return float(2.0 ** (self._age / HALF_LIFE))

    def _count_anew(self) -> None:
        unit, self._age = self._unit(), 0
        counted = {
            key: {step: left for step, many in cell.items() if (left := round(many / unit, 4)) > _FADED}
            for key, cell in self._cells.items()
        }
        self._cells = {key: cell for key, cell in counted.items() if cell}
        self._busy = {key: left for key, hours in self._busy.items() if (left := round(hours / unit, 4)) > _FADED}

    def _near(self, free: bool, hour: int, part: int = 0) -> list[float]:
        """The silences that began at about this hour, by the step in which they ended, or, of those heard in part, by
        how many they lasted at least."""
        total, unit = [0.0] * (STEPS + 1), self._unit()
        for other, away, near in _AROUND:
            for step, many in self._cells.get((free is not other) * 24 + (hour + away) % 24 + part, {}).items():
                total[step] += many * near / unit
        return total

    def _busily(self, free: bool, hour: int) -> float:
        """The hours without a silence worth a note at about this hour."""
        unit = self._unit()
        return sum(
            self._busy.get((free is not other) * 24 + (hour + away) % 24, 0.0) * near / unit
            for other, away, near in _AROUND
        )

    def save(self) -> list[object]:
        """JSON-able, with the schema first."""
        cells = {
            str(key): [number for pair in sorted(cell.items()) for number in pair]
            for key, cell in sorted(self._cells.items())
        }
        busy = {str(key): hours for key, hours in sorted(self._busy.items())}
        numbers = [self.days, self.balance, self._absence, self._caution, self._age]
        return [SCHEMA, self.day, *numbers, cells, self.lately, busy]

    @classmethod
    def of(cls, saved: Any) -> "Rhythm":
        """From what ``save`` gave; raises ValueError, TypeError or AttributeError for anything else."""
        schema, day, days, balance, absence, caution, age, cells, *more = saved
        if (schema, len(more)) not in ((SCHEMA, 2), (5, 2), (4, 2), (3, 1), (2, 0)):
            raise ValueError("another schema")
        made = cls()
        made.day = None if day is None else int(day)
        made.days, made.balance = _within(days, 0.0, 1e4), _within(balance, *BALANCE)
        made.lately = _within(more[0], 0.0, LATELY) if more else 0.0
        made._absence, made._caution = _within(absence, 0.0, OUT[1]), _within(caution, 1.0, DOUBTED)
        made._age = int(_within(age, 0, _GROWN - 1))
        for key, flat in cells.items():
            steps, many = [int(step) for step in flat[::2]], [_within(one, 0.0, 1e6) for one in flat[1::2]]
            if not 0 <= int(key) < _DOOR + 48 or not all(0 <= step <= STEPS for step in steps):
                raise ValueError("no hour or length")
            made._cells[int(key)] = dict(zip(steps, many, strict=True))
        for key, hours in (more[1] if len(more) > 1 else {}).items():
            if not 0 <= int(key) < 48:
                raise ValueError("no hour")
            made._busy[int(key)] = _within(hours, 0.0, 1e6)
        return made


def _within(said: Any, low: float, high: float) -> float:
    number = float(said)
    if not low <= number <= high:
        raise ValueError("out of range")
    return number
