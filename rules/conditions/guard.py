# ruff: noqa: D102 - the words stand at the method that is overridden
"""``while`` of a rule: the hours, the days and the modes of the home in which it counts, and for whose homes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.held import Around, Outer
from rules.conditions.language import beside
from rules.document import Table
from rules.hours import NO_CALENDAR, Calendar, Hours, read_hours, read_season
from rules.known import Known
from rules.wall import HOME, MODES

MOST = 99
"""Persons in a home."""


@dataclass(frozen=True, slots=True)
class Guarded(Outer):
    """A rule's ``when`` with its ``while``.

    What did not happen while the home was in another mode is nobody's worry: with the mode, absence starts anew.
    """

    guard: "Guard"
    inner: Condition

    def leaves(self) -> Iterator[Condition]:
        yield self.guard
        yield from self.inner.leaves()

    def live(self, devices: Sequence[Known]) -> Live:
        return GuardedLive(_guarding(self.guard, devices[0]), self.inner.part(devices))


@dataclass(frozen=True, slots=True)
class Guard(Condition):
    """``while = {hours = "22:00-06:00", days = ["sat", "sun"], mode = ["night"], armed = true, persons = [1, 1]}``.

    Each of them if it is said. Hours over midnight belong to the day on which they begin. They are those of the site's
    zone; on a change of summer time the hour on the wall counts. ``dates = "10-15..04-15"`` is a season of each year.
    While the clock isn't synchronised, ``unsynced`` stands for hours, days and dates. ``lives_alone = true`` is
    persons = [1, 1]. A home of which nobody said how many live there counts as meant: better a rule too many than a
    person without it.
    """

    hours: Hours
    modes: tuple[str, ...]
    armed: bool
    """Only while somebody armed the home."""
    persons: tuple[int, int] | None
    unsynced: bool

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Guard":
        """Not a word among conditions: a rule has one ``while``."""
        raise NotImplementedError

    @property
    def civil(self) -> bool:
        """Does the time on the wall matter?"""
        return not self.hours.always

    def live(self, devices: Sequence[Known]) -> Live:
        return _guarding(self, devices[0])

    def open_at(self, local: datetime, calendar: Calendar = NO_CALENDAR) -> bool:
        """Are these the hours and the days?"""
        return self.hours.open_at(local, calendar)

    def suits(self, persons: int | None) -> bool:
        """Is it for a home in which so many live?"""
        return persons is None or self.persons is None or self.persons[0] <= persons <= self.persons[1]


def read_guard(table: Table, unsynced: bool) -> Guard:
    """The guard from its table; mistakes are noted there."""
    hours = replace(read_hours(table), season=read_season(table))
    modes = table.texts("mode", MODES, choices=MODES)
    armed = table.flag("armed", False)
    if "armed" in table.data and not armed:
        table.mistake("armed", "armed = false says nothing", "remove it")
    if not table.data or not hours.days or not modes:
        table.mistake("", "while never or always lets the rule count", 'write hours = "22:00-06:00", days or mode')
    return Guard(hours, modes, armed, _persons(table), unsynced)


@beside("while")
def _within(condition: Condition, table: Table, depth: int) -> Condition:
    """One of several conditions counts in certain modes alone; hours, days and dates belong to the whole rule."""
    inner = table.table("while")
    for key in ("hours", "days", "dates"):
        if key in inner:
            inner.mistake(key, "{key} hold for the whole rule", "move them to while = {…} of the rule", key=key)
    return Guarded(read_guard(inner, False), condition)


def _persons(table: Table) -> tuple[int, int] | None:
    alone = table.flag("lives_alone", False)
    if "lives_alone" in table.data:
        if "persons" in table.data:
            table.mistake("persons", "lives_alone and persons say the same twice", "remove one of them")
        return (1, 1) if alone else (2, MOST)
    if "persons" not in table.data:
        return None
    low, high = table.span("persons")
    if not (0 <= low <= high <= MOST and low == int(low) and high == int(high)):
        table.mistake("persons", "persons are a number from and a number to", "write persons = [2, 9]")
    return int(low), int(high)


class _Guarding(Live):
    """``span`` is [from, to) in gateway time within which the answer is ``true``, as of a version of the wall."""

    __slots__ = ("civil", "guard", "guessed", "home", "right_mode", "span", "true", "version", "wall")

    def __init__(self, guard: Guard, known: Known) -> None:
        self.guard = guard
        self.wall = known.ears.wall
        self.home = known.device.home
        self.span = (math.inf, math.inf)
        self.true = self.right_mode = False
        self.civil = self.guessed = False
        """These are the hours and days; by the front door alone it isn't the mode."""
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
        guard, wall = self.guard, self.wall
        mode, until, armed_at, guessed = wall.mode(self.home, at)
        end = math.inf if until is None else until
        suits = guard.suits(wall.facts.persons.get(self.home))
        right = mode in guard.modes and suits
        self.guessed = guessed and suits and not right and HOME in guard.modes and not guard.armed
        if guard.armed:
            right = right and armed_at is not None and armed_at <= at
            end = min(end, armed_at) if armed_at is not None and armed_at > at else end
        civil = guard.unsynced
        if not guard.civil:
            civil = True
        elif wall.synced:
            civil = guard.open_at(wall.local(at), wall.facts.calendar)
            end = min(end, guard.hours.until(at, wall.local, wall.offset))
        self.right_mode, self.civil = right, civil
        self.true = civil and right
        self.span, self.version = (at, max(end, math.nextafter(at, math.inf))), wall.version


def _guarding(guard: Guard, known: Known) -> _Guarding:
    """The one of a home: the answer is the same for all rules, and has no memory but what it last looked up."""
    made = known.kin.guards.setdefault(guard, _Guarding(guard, known))
    assert isinstance(made, _Guarding)
    return made


class GuardedLive(Around):
    """A rule at work in its hours and modes. ``was`` says whether the home was in a mode in which the rule counts."""

    __slots__ = ("guarding", "was")

    def __init__(self, guarding: _Guarding, inner: Live) -> None:
        super().__init__(inner)
        self.guarding = guarding
        self.was = True
        if guarding.guard.civil:
            inner.must_prove()

    def step(self, at: float, reading: Reading | None) -> bool:
        open_now, right = self.guarding.step(at, None), self.guarding.right_mode
        if self.guarding.guessed and self.inner.follows():  # it knows better than the mode who is out, and for how long
            open_now, right = self.guarding.civil, True
        if right and not self.was:
            self.inner.anew(at)
        self.was = right
        return self.inner.step(at, reading) and open_now

    def due(self, after: float) -> float | None:
        guard, inner = self.guarding.due(after), self.inner.due(after)
        return guard if inner is None or (guard is not None and guard < inner) else inner

    def save(self) -> object:
        inner = self.inner.save()
        return None if inner is None else [self.was, inner]  # who remembers nothing has nothing to begin anew

    def restore(self, saved: object, now: float) -> None:
        if not isinstance(saved, list | None) or (saved is not None and len(saved) != 2):
            raise ValueError("no memory of a guard")
        was, inner = saved or (True, None)
        self.was = was is True
        self.inner.restore(inner, now)
