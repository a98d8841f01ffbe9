# ruff: noqa: D102 - the words stand at the method that is overridden
"""``while`` of a rule: the hours, the days and the modes of the home in which it counts."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.document import Table
from rules.known import Known
from rules.route import Band
from rules.wall import MODES

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Guarded(Condition):
    """A rule's ``when`` with its ``while``.

    What did not happen while the home was in another mode is nobody's worry: with the mode, absence starts anew.
    """

    guard: "Guard"
    inner: Condition

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Guarded":
        """Not a word among conditions: a rule has one ``while``."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Condition]:
        yield self.guard
        yield from self.inner.leaves()

    def needs(self) -> Mapping[str, bool]:
        return self.inner.needs()

    def calm(self, quantity: str) -> Band | None:
        return self.inner.calm(quantity)

    def live(self, devices: Sequence[Known]) -> Live:
        return GuardedLive(_Guarding(self.guard, devices[0]), self.inner.part(devices))


@dataclass(frozen=True, slots=True)
class Guard(Condition):
    """``while = {hours = "22:00-06:00", days = ["sat", "sun"], mode = ["home", "night"]}``, each of them if it is said.

    Hours over midnight belong to the day on which they begin. They are those of the site's zone; on a change of summer
    time the hour on the wall counts. While the clock isn't synchronised, ``unsynced`` stands for hours and days.
    """

    hours: tuple[int, int]
    """Minutes of the day, from and to."""
    days: frozenset[int]
    modes: tuple[str, ...]
    unsynced: bool

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Guard":
        """Not a word among conditions: a rule has one ``while``."""
        raise NotImplementedError

    @property
    def civil(self) -> bool:
        """Does the time on the wall matter?"""
        return self.hours != (0, _DAY) or len(self.days) < 7

    def live(self, devices: Sequence[Known]) -> Live:
        return _Guarding(self, devices[0])

    def open_at(self, local: datetime) -> bool:
        """Are these the hours and the days?"""
        start, end = self.hours
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if start <= end:
            return day in self.days and start <= minute < end
        if minute < end:
            return (day - 1) % 7 in self.days
        return day in self.days and minute >= start


def read_guard(table: Table, unsynced: bool) -> Guard:
    """The guard from its table; mistakes are noted there."""
    said = table.text("hours", "00:00-24:00")
    found = _HOURS.fullmatch(said)
    start, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, _DAY)
    if "hours" in table.data and (not found or end > _DAY or start == end):
        table.mistake("hours", f'"{said}" are no hours', 'write hours = "22:00-06:00"')
    days = table.texts("days", DAYS, choices=DAYS)
    modes = table.texts("mode", MODES, choices=MODES)
    numbers = frozenset(DAYS.index(day) for day in days if day in DAYS)
    if not table.data or not numbers or not modes:
        table.mistake("", "while never or always lets the rule count", 'write hours = "22:00-06:00", days or mode')
    return Guard((start, end), numbers, modes, unsynced)


class _Guarding(Live):
    """``span`` is [from, to) in gateway time within which the answer is ``true``, as of a version of the wall."""

    __slots__ = ("guard", "home", "right_mode", "span", "true", "version", "wall")

    def __init__(self, guard: Guard, known: Known) -> None:
        self.guard = guard
        self.wall = known.ears.wall
        self.home = known.device.home
        self.span = (math.inf, math.inf)
        self.true = self.right_mode = False
        self.version = -1

    def step(self, at: float, reading: Reading | None) -> bool:
        if not self.span[0] <= at < self.span[1] or self.version != self.wall.version:
            self._look(at)
        return self.true

    def due(self, after: float) -> float | None:
        self.step(after, None)
        return self.span[1] if self.span[1] < math.inf else None

    def holds(self, reading: Reading) -> bool:
        return False

    def evidence(self) -> Iterator[Reading]:
        return iter(())

    def _look(self, at: float) -> None:
        mode, until = self.wall.mode(self.home, at)
        end = math.inf if until is None else until
        civil = self.guard.unsynced
        if not self.guard.civil:
            civil = True
        elif self.wall.synced:
            civil = self.guard.open_at(self.wall.local(at))
            end = min(end, self._until(at))
        self.right_mode = mode in self.guard.modes
        self.true = civil and self.right_mode
        self.span, self.version = (at, max(end, math.nextafter(at, math.inf))), self.wall.version

    def _until(self, at: float) -> float:
        """The next moment at which hours or day change, or the clock is set to or from summer time."""
        local = self.wall.local(at)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        walls = [midnight + timedelta(days=day, minutes=m) for day in (0, 1) for m in (0, *self.guard.hours)]
        now = local.replace(tzinfo=None)
        wait = min((wall - now).total_seconds() for wall in walls if wall > now)
        end = at + wait
        if self.wall.local(end).utcoffset() == local.utcoffset():
            return round(end, 6)
        low, high = at, end
        while high - low > 0.5:
            middle = (low + high) / 2
            low, high = (middle, high) if self.wall.local(middle).utcoffset() == local.utcoffset() else (low, middle)
        return math.floor(high + self.wall.offset) - self.wall.offset


class GuardedLive(Live):
    """A rule at work in its hours and modes. ``was`` says whether the home was in a mode in which the rule counts."""

    __slots__ = ("guarding", "inner", "was")

    def __init__(self, guarding: _Guarding, inner: Live) -> None:
        self.guarding = guarding
        self.inner = inner
        self.was = True

    def step(self, at: float, reading: Reading | None) -> bool:
        open_now = self.guarding.step(at, None)
        if self.guarding.right_mode and not self.was:
            self.inner.anew(at)
        self.was = self.guarding.right_mode
        return self.inner.step(at, reading) and open_now

    def due(self, after: float) -> float | None:
        moments = [self.guarding.due(after), self.inner.due(after)]
        return min((moment for moment in moments if moment is not None), default=None)

    def holds(self, reading: Reading) -> bool:
        return self.inner.holds(reading)

    def evidence(self) -> Iterator[Reading]:
        return self.inner.evidence()

    def attentive(self) -> bool:
        return self.inner.attentive()

    def anew(self, at: float) -> None:
        self.inner.anew(at)

    def rests(self) -> bool:
        return self.inner.rests()

    def save(self) -> object:
        inner = self.inner.save()
        return None if inner is None and self.was else [self.was, inner]

    def restore(self, saved: object, now: float) -> None:
        if not isinstance(saved, list | None) or (saved is not None and len(saved) != 2):
            raise ValueError("no memory of a guard")
        was, inner = saved or (True, None)
        self.was = was is True
        self.inner.restore(inner, now)
