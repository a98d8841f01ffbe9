"""Modes: in which mode each home is, and why. Pure, part of the state: the same Frames give the same changes.

Four voices, the first that says something wins:

- said       a person said so, until a moment; away and hospital end when somebody is back, unless the home is armed
- inferred   the front door was the last that was heard and nothing since: away, for a bounded time
- scheduled  the site's own hours; an away of the schedule ends for that time when somebody is back
- none       home

Nobody is taken for away because of a door alone. Between two such times something indoors must have been heard, so a
door contact that chatters can't hold a home in "away"; the sensors indoors must be heard at all, or their silence
says nothing; and a door that stands open is not one that was shut behind somebody.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from drivers.reading import HEARSAY, REPLAY, RETAINED, Reading
from gateway.hub.presence import SIGNS
from gateway.hub.said import NEVER, Kept, Said, earlier
from gateway.site.living import Living
from rules.renamed import carry
from rules.wall import HOME, Mode, Wall

Cause = Literal["person", "schedule", "inferred", "activity", "expired", "site"]
LONGEST = {"away": 60 * 86400.0, "hospital": 90 * 86400.0, "night": 43200.0, "maintenance": 86400.0}
"""Seconds for which a person may say so: each ends by itself, because people forget."""
USUAL = {"away": 86400.0, "hospital": 14 * 86400.0, "night": 36000.0, "maintenance": 14400.0}
"""Seconds if a person says none."""
RETURNING = ("away", "hospital")
"""What ends when somebody is back."""
_NO_NEWS = frozenset({HEARSAY, REPLAY, RETAINED})
"""Flags of what didn't happen just now."""

Unheard = Callable[[Iterable[str], float], list[str]]
"""(devices, moment) -> those that nobody hears."""
Misses = Callable[[str, str], bool]
"""(home, mode) -> whether somebody is missed there, of whom nobody would be told any more in that mode."""


class Change(NamedTuple):
    """A home comes into another mode."""

    home: str
    mode: Mode
    was: str
    at: float
    cause: Cause
    actor: str = ""
    via: str = ""


class Modes:
    """All homes of a gateway. Only ``tick``, ``feed`` and ``say`` change anything, each with what came of it."""

    def __init__(self) -> None:
        self._living: Mapping[str, Living] = {}
        self._wall = Wall()
        self._unheard: Unheard = lambda names, at: list(names)
        self._misses: Misses = lambda home, mode: False
        self._homes: dict[str, Kept] = {}
        self._heap: list[tuple[float, str]] = []
        self.dirty: set[str] = set()
        """Homes whose row in the checkpoint is old."""

    def use(
        self, living: Mapping[str, Living], own: Iterable[tuple[str, str]], wall: Wall, unheard: Unheard, misses: Misses
    ) -> None:
        """The site, (home, device) of each of its own, the time on the wall, who tells whether a device is heard, and
        whether somebody is missed."""
        self._living, self._wall, self._unheard, self._misses = living, wall, unheard, misses
        self.dirty |= self._homes.keys() - living.keys()
        self._homes = {name: self._homes.get(name) or Kept() for name in living}
        devices = dict[str, list[str]]()
        for home, device in own:
            devices.setdefault(home, []).append(device)
        left = [one.presence.keep(devices.get(name, ()), living[name].front_doors) for name, one in self._homes.items()]
        self.dirty |= {name for name, some in zip(self._homes, left, strict=True) if some}

    def rename(self, names: Mapping[str, str]) -> None:
        """Homes that are called otherwise from now on, old -> new; call it before ``use``."""
        self.dirty |= carry(self._homes, names)

    def look(self, at: float, cause: Cause = "schedule") -> list[Change]:
        """Look at every home again: the site or the clock changed."""
        self._heap = []
        changes = []
        for name, home in self._homes.items():
            home.queued = NEVER
            changes += self._settle(name, home, at, cause)
        return changes

    def plan(self, at: float) -> None:
        """A checkpoint was taken up: look at each home when that is due. What holds now was told before it."""
        self._heap = []
        for name in self._living:
            self._homes[name].queued = NEVER
            self._queue(name, self._homes[name], at)

    def shorten(self, since: float, seconds: float, at: float) -> None:
        """So long the gateway was off since a moment, as is known only now: what began before ends that much earlier,
        at the next look at the earliest."""
        for name, home in self._homes.items() if seconds > 0 else ():
            if home.said is not None and home.said.at <= since:
                home.said = home.said._replace(until=earlier(home.said.until, seconds, at))
            if home.broken is not None and home.broken.at <= since:
                home.broken = home.broken._replace(until=earlier(home.broken.until, seconds, at))
            if home.inferred is not None and home.inferred - self._living[name].away_at_most <= since:
                home.inferred = earlier(home.inferred, seconds, at)
            self.dirty.add(name)

    def mode(self, home: str) -> Mode:
        """The mode of a home, as told last."""
        return self._homes[home].told if home in self._homes else Mode()

    def is_said(self, home: str) -> bool:
        """Whether the mode of a home is what a person said."""
        return home in self._homes and self._homes[home].said is not None

    def broken(self, home: str) -> Said | None:
        """What a person said of a home that is empty, if all that ended it was somebody who came in."""
        return self._homes[home].broken if home in self._homes else None

    def heard(self, home: str) -> float:
        """When somebody was heard indoors last; minus infinity if nobody ever was."""
        at = self._homes[home].presence.sign_at if home in self._homes else None
        return -NEVER if at is None else at

    def say(self, home: str, said: Said) -> list[Change]:
        """A person says so. "home" ends whatever else made it another mode."""
        one, at = self._homes[home], said.at
        if one.said is not None and one.said.mode == said.mode and one.said.until > at:
            said = said._replace(left=one.said.began)  # who has gone out need not be given time to go out again
        one.unsay(at)
        one.broken = None
        self.dirty.add(home)  # what it ends counts even where the mode stays what it was
        if said.mode == HOME:
            one.inferred = None
            one.skipped = self._span_end(home, at)
            one.presence.settle()
        else:
            one.said = said
        return self._settle(home, one, at, "person", said.actor, said.via)

    def feed(self, home: str, reading: Reading) -> list[Change]:
        """Somebody may be there: the first look at what a device said."""
        one = self._homes.get(home)
        if one is None or reading.quantity not in SIGNS or _NO_NEWS & set(reading.flags):
            return []
        living = self._living[home]
        front = reading.device in living.front_doors
        self.dirty.add(home)
        if not one.presence.take(reading, front):
            return []
        if reading.quantity in living.returns:
            self._somebody_is_back(home, one, reading.at, inside=not front)
        return self._settle(home, one, reading.at, "activity")

    def _somebody_is_back(self, home: str, one: Kept, at: float, *, inside: bool) -> None:
        said, leaving = one.said, self._living[home].leaving
        if said is not None:
            if said.mode in RETURNING and said.armed_at is None and at >= said.began + leaving:
                one.unsay(at)
                one.broken = said
        elif one.inferred is not None:
            one.inferred = None
            one.presence.settle(inside=inside)
        elif one.told.name == "away":
            one.skipped = self._span_end(home, at)

    def due(self) -> float | None:
        """The first moment at which a home may change by itself."""
        while self._heap:
            moment, name = self._heap[0]
            home = self._homes.get(name)
            if home is not None and home.queued == moment:
                return moment
            heapq.heappop(self._heap)
        return None

    def tick(self, at: float) -> list[Change]:
        """Do what is due at this moment, which ``due`` gave; call it for each of them in order."""
        changes: list[Change] = []
        while (moment := self.due()) is not None and moment <= at:
            name = heapq.heappop(self._heap)[1]
            home = self._homes[name]
            home.queued = NEVER
            changes += self._settle(name, home, moment, "schedule")
        return changes

    def _settle(
        self, name: str, home: Kept, at: float, cause: Cause, actor: str = "", via: str = ""
    ) -> list[Change]:
        """What is the mode now? Forget what is over, note the change, and when to look next."""
        before = home.told
        if home.said is not None and home.said.until <= at:
            cause = "expired"
            home.unsay(home.said.until)
        if home.inferred is not None and home.inferred <= at:
            home.inferred, cause = None, "expired"
            home.presence.settle()
        if home.skipped is not None and home.skipped <= at:
            home.skipped = None
        scheduled = self._scheduled(name, home, at)
        if home.said is None and scheduled not in (HOME, before.name) and self._misses(name, scheduled):
            home.skipped, scheduled = self._span_end(name, at), HOME  # no timetable takes anybody off the floor
        if home.said is None and home.inferred is None and scheduled == HOME and self._is_left(name, home, at):
            home.inferred, cause = at + self._living[name].away_at_most, "inferred"
        home.told = self._present(home, scheduled)
        self._queue(name, home, at)
        if home.told == before:
            return []
        self.dirty.add(name)
        return [Change(name, home.told, before.name, at, cause, actor, via)]

    def _present(self, home: Kept, scheduled: str) -> Mode:
        if home.said is not None:
            return Mode(home.said.mode, home.said.until, home.said.armed_at)
        if home.inferred is not None:
            return Mode("away", home.inferred, guessed=True)
        return Mode(scheduled)

    def _is_left(self, name: str, home: Kept, at: float) -> bool:
        """Did the last person go out? Only if those who would tell otherwise are heard."""
        moment = home.presence.left_at(self._living[name].away_after)
        if moment is None or moment > at:
            return False
        return not (self._unheard(home.presence.witnesses(), at) or self._misses(name, "away"))

    def _scheduled(self, name: str, home: Kept, at: float) -> str:
        if home.skipped is not None or not self._wall.synced:
            return HOME
        local, calendar = self._wall.local(at), self._wall.facts.calendar
        spans = self._living[name].schedule
        return next((span.mode for span in spans if span.hours.open_at(local, calendar)), HOME)

    def _span_end(self, name: str, at: float) -> float | None:
        """When the span of the schedule that holds now is over."""
        wall, moment = self._wall, at
        if not wall.synced:
            return None
        for span in self._living[name].schedule:
            if span.hours.open_at(wall.local(at), wall.facts.calendar):
                while moment < at + 2 * 86400.0 and span.hours.open_at(wall.local(moment), wall.facts.calendar):
                    moment = span.hours.until(moment, wall.local, wall.offset)
                return moment
        return None

    def _queue(self, name: str, home: Kept, at: float) -> None:
        living, wall = self._living[name], self._wall
        moments = [home.inferred, home.skipped, home.said.until if home.said else None]
        if home.said is None and home.inferred is None:
            moments.append(home.presence.left_at(living.away_after))
        if wall.synced:
            moments += [span.hours.until(at, wall.local, wall.offset) for span in living.schedule]
        moment = min((one for one in moments if one is not None and one > at), default=NEVER)
        if moment != home.queued:
            home.queued = moment
            if moment < NEVER:
                heapq.heappush(self._heap, (moment, name))
            if len(self._heap) > 4 * len(self._homes) + 64:  # a door that chatters
                self._heap = [(one.queued, name) for name, one in self._homes.items() if one.queued < NEVER]
                heapq.heapify(self._heap)

    def row(self, home: str) -> list[object] | None:
        """For the checkpoint; None for a home that is gone."""
        one = self._homes.get(home)
        return None if one is None else one.row()

    def load(self, home: str, row: object) -> None:
        """From the checkpoint, before ``use``; raises ValueError or TypeError for a row that isn't one."""
        self._homes[home] = Kept.of(row)
