# ruff: noqa: D102 - the words stand at the method that is overridden
"""Waiting: ``inactive`` at work in one home, from one sign of life to the next."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from drivers.reading import Reading
from rules.conditions.condition import Live
from rules.conditions.hearing import Hearing, lost_at
from rules.conditions.lessons import Lessons
from rules.conditions.share import Shares
from rules.conditions.whereabouts import NEVER, Whereabouts
from rules.known import Known, pack, unpack
from rules.quantities import METERS
from rules.rhythm import LEAST, OUT, UNKNOWN, Rhythm
from rules.signs import Signs
from rules.survival import SHORTEST
from rules.vigil import OFTEN, Vigil
from rules.wall import HOME


class Waiting(Live):
    """``since`` is the last sign; its line is drawn when the silence has lasted for as long as the shortest one."""

    __slots__ = (
        "_hearing", "_lessons", "_line", "_signs", "_version", "_whereabouts", "ask", "asked", "called", "deaf",
        "devices", "fit", "indoors", "is_part", "last", "since", "waiting", "wall",
    )  # fmt: skip

    def __init__(self, ask: float, quantities: Sequence[str], devices: Sequence[Known]) -> None:
        self.ask = ask
        self.devices = devices
        self.wall = devices[0].ears.wall
        self._signs = Signs(devices, quantities)
        self._hearing = Hearing(devices, self._signs)
        self._whereabouts = Whereabouts(devices)
        self._lessons = Lessons()
        self.since: float | None = None
        self.last: Reading | None = None
        self.fit = self.indoors = False
        """This silence began with a sign, while somebody was to be in: it may be learned; and they surely were."""
        self.asked: float | None = None
        """When it became true."""
        self.deaf = 0.0
        """The gateway's own deafness by then: who was asked keeps the time that they had to answer."""
        self.waiting = self.called = self.is_part = False
        self._line: float | None = None
        self._version = -1

    @property
    def rhythm(self) -> Rhythm:
        """What this home's past says."""
        return self.devices[0].ears.rhythm(self.devices[0].device.home)

    @property
    def line(self) -> float:
        """Seconds that are normal for the silence that has begun."""
        if self._line is not None and self._version == self.wall.told:
            return self._line
        assert self.since is not None
        out = self._whereabouts.left is not None
        if not self.wall.synced:
            return self.rhythm.absence if out else UNKNOWN
        local = self.wall.local(self.since)
        free, hour = local.weekday() >= 5, local.hour
        if out:
            return (self.rhythm.behind(free, hour) if self.fit else None) or self.rhythm.absence
        return self.rhythm.line(free, hour, self.indoors)

    def step(self, at: float, reading: Reading | None) -> bool:
        if self.since is None:
            if reading is None and not self._hearing.sensors():
                return False  # nobody listens for signs of life here: nothing is missed
            self._begin(at)
        assert self.since is not None
        self._heed(at)
        lives = False
        if reading is not None:
            believed = self._signs.believes(reading)
            if reading.quantity in self._signs.quantities and believed:
                self._hearing.meet(reading.device, at)  # it may hear of others: any word shows that a sensor lives
            if lives := self._signs.take(at, reading, self.since) and believed:
                self._sign(at, reading)
        if (lives or self.asked is None) and (at < self._earliest() or at < self._soonest(self._drawn())):
            self._settle()
            return False
        if self.asked is None:
            ripe = self.asks_at() <= at
            self.waiting = ripe and bool(self._unheard(at))
            self.asked = at if ripe and not self.waiting else None
            self.deaf = self.devices[0].ears.deaf
            self._tell(at, self.asked is not None)
        if self.asked is not None and not self.called and self.calls_at() <= at:
            self.called = True
            self._tell(at, True)
        return self.asked is not None

    def _heed(self, at: float) -> None:
        """Who is known to be faulty from now on told of no life before, either: the silence is that of the rest."""
        if not self._hearing.heed(at):
            return
        self._whereabouts.heed()
        self.rhythm.doubt()
        self._taught()
        if self.asked is None:  # whoever was asked stays asked
            since, deaf, self.last = self._hearing.last()
            self._begin(min(since, at), deaf)

    def _tell(self, at: float, news: bool) -> None:
        """Somebody is asked now, or called, unless the home is in a mode in which nobody is missed."""
        if news and self._at_home(at):
            self._lessons.tell(self.called)

    def _settle(self) -> None:
        """All is well."""
        self.asked, self.waiting, self.called = None, False, False

    def must_prove(self) -> None:
        self.is_part = True

    def proven(self, at: float) -> bool:
        return not (self.is_part and self._unheard(at))

    def proof_due(self, after: float) -> float | None:
        if not self.is_part or self.asked is None:
            return None
        moments = [self._long(), *self._hearing.turns()]
        return min((moment for moment in moments if moment > after), default=None)

    def worse(self) -> bool:
        return self.called

    def due(self, after: float) -> float | None:
        if self.since is None:
            return None
        if self.asked is None and after < self._earliest():
            return self._earliest()
        moments = [self._soonest(self.line), self.asks_at(), self.calls_at()]
        if self.waiting:
            moments += [self._long(), *(lost_at(known) for known in self._unheard(after))]
        return min((moment for moment in moments if moment > after), default=None)

    def asks_at(self) -> float:
        """The moment at which the resident is asked, as far as is known now."""
        return round(self._soonest(self.line) + self._hearing.lost(), 6)

    def calls_at(self) -> float:
        """The moment at which somebody is called if no sign of life comes; who was asked late has time to answer."""
        off = 0.0 if self.asked is None else self.devices[0].ears.deaf - self.deaf
        return round((self.asks_at() if self.asked is None else self.asked) + off + self._gap(self.line), 6)

    def _earliest(self) -> float:
        """No question comes before, whatever is normal; until then nobody needs to know what is."""
        assert self.since is not None
        if self._whereabouts.left is not None:
            return self._soonest(self._drawn())
        return round(self.since + SHORTEST - self._gap(SHORTEST), 6)

    def _soonest(self, line: float) -> float:
        """The same as ``asks_at`` if no time was lost; needs no look at the sensors."""
        assert self.since is not None
        left, inside = self._whereabouts.left, self._whereabouts.inside
        if left is None or line < OUT[0]:
            return round(self.since + line - self._gap(line), 6)
        return round(max(left + line, inside + UNKNOWN) - self._gap(line), 6)

    def _gap(self, line: float) -> float:
        return min(self.ask, line / 4)

    def _unheard(self, at: float) -> list[Known]:
        """The sensors that are waited for. Without the front door nobody knows who is in."""
        return self._hearing.unheard(at, self._whereabouts.fronts() if at >= self._long() else self.devices)

    def _long(self) -> float:
        """From then on the silence is so long that sensors which told of little can be done without."""
        assert self.since is not None
        return round(self.since + UNKNOWN, 6)

    def _begin(self, at: float, deaf: float | None = None) -> None:
        self.since, self.fit, self.indoors, self._line = at, False, False, None
        self._hearing.begin(at, deaf)
        self._lessons.begin()

    def _sign(self, at: float, reading: Reading) -> None:
        self._learn(at, self._whereabouts.stays(at, reading))
        self._whereabouts.sign(at, reading)
        self._hearing.shares.note(reading.device)
        self._live_on(at, reading)

    def _live_on(self, at: float, sign: Reading) -> None:
        self._hearing.note(sign, at)
        self._begin(at)
        self.last, self.fit, self.indoors = sign, self._at_home(at), self._whereabouts.indoors(at)

    def _at_home(self, at: float) -> bool:
        mode = self.wall.mode(self.devices[0].device.home, at)
        return mode.name in ("home", "night") or (mode.guessed and self.follows())

    def follows(self) -> bool:
        return self._whereabouts.left is not None

    def _learn(self, at: float, stays: bool = False) -> None:
        """A silence is over, by somebody who ``stays`` or not. A sensible one is kept until the day is over; then all
        of the day are learned."""
        assert self.since is not None
        if not self.wall.synced:
            return
        lost = self._hearing.lost()
        seconds = round(at - self.since - lost, 3)
        if at - self.since < LEAST:
            if self.fit and self._whereabouts.left is None:
                self._lessons.busy(self.since, at, self.wall.local)
            elif self.fit and stays and seconds >= 0:
                self._lessons.behind(self.wall.local(self.since), seconds)
        elif seconds >= LEAST and self.fit and self._at_home(at):
            self._learn_of(self.since, seconds, lost <= LEAST)
        if self._lessons.end(self.wall.local(at).toordinal(), self.rhythm):
            self._taught()

    def _learn_of(self, since: float, seconds: float, whole: bool) -> None:
        """One of so many seconds is over; unless ``whole`` life may have gone unheard in it, and nobody knows more than
        that it lasted for at least so long. Who was called for nothing was so either way."""
        if self._whereabouts.left is None:
            self._lessons.silence(self.wall.local(since), seconds, whole)
        elif whole:
            self._lessons.behind(self.wall.local(since), seconds)
        if self.line < OUT[0]:
            self._regret()

    def _regret(self, again: bool = True) -> None:
        if self._lessons.regret(self.rhythm, again):
            self._taught()

    def _taught(self) -> None:
        self.devices[0].ears.taught.add(self.devices[0].device.home)

    def _drawn(self) -> float:
        """What is normal for the silence that has begun; from now on nothing but another clock moves it."""
        self._line, self._version = self.line, self.wall.told
        return self._line

    def anew(self, at: float) -> None:
        if self.fit and self.line < OUT[0]:
            self._regret(again=False)  # somebody said "away", which ended it; they are back
        if self._whereabouts.left is not None:
            self._whereabouts.inside = at
        self._settle()
        self._hearing.anew(at)
        if self.since is not None:
            self._begin(at)

    def well(self, at: float, word: Reading) -> None:
        if self.since is None:
            return
        self._settle()
        if any(known.name == word.device for known in self.devices):
            self._sign(at, word)
            return
        self._learn(at)
        if self._whereabouts.left is not None:
            self._whereabouts.left = at  # who says so by telephone may still be out, for as long again
        self._live_on(at, word)

    def moved_in(self, at: float) -> None:
        self._lessons, self._whereabouts = Lessons(), Whereabouts(self.devices)
        self._hearing.shares, self.last = Shares(), None
        self._settle()
        self._hearing.anew(at)
        if self.since is not None:
            self._begin(at)

    def visited(self, found: str, over: bool) -> None:
        if found in ("false", "away"):
            return
        if over:
            self._lessons.take_back(self.rhythm)
            self._taught()
        elif self.asked is not None:
            self._lessons.excuse()

    def holds(self, reading: Reading) -> bool:
        return False

    def attentive(self) -> bool:
        return self.waiting

    def rests(self) -> bool:
        return self.since is not None and self._signs.rests and not self.waiting

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return (_Rereading(self._signs),) if quantity in METERS and quantity in self._signs.quantities else ()

    def vigil(self, at: float) -> Vigil | None:
        if self.since is None:
            return None
        home, asked = self.devices[0].device.home, self.asked is not None
        out, mode = self.follows(), self.wall.mode(home, at)
        return Vigil(
            home, self.since, self.last, self.line, self.asks_at(), self.calls_at(),
            tuple(known.name for known in (*self._hearing.sensors(), *self._signs.doubtful())),
            tuple(known.name for known in self._hearing.heard(at)),
            out, HOME if out and mode.guessed else mode.name, self.rhythm.days,
            "calls" if self.called else "asks" if asked else "waits" if self.waiting else "quiet",
            tuple(known.name for known in self._unheard(at)),
            self.rhythm.balance >= OFTEN and not self._whereabouts.fronts(),
            tuple(known.name for known in self._signs.doubtful()),
        )  # fmt: skip

    def evidence(self) -> Iterator[Reading]:
        """The last sign; then readings that nobody sent: what is normal, when it calls, how many sensors were heard."""
        since = self.since or 0.0
        name = self.last.device if self.last is not None else self.devices[0].name
        if self.last is not None:
            yield self.last
        yield Reading(name, "normal_s", "normal_s", self.line, since)
        yield Reading(name, "calls_after_s", "calls_after_s", round(self.calls_at() - since, 3), since)
        yield Reading(name, "sensors", "sensors", float(len(self._hearing.sensors())), since)

    def save(self) -> object:
        if self.since is None:
            return None
        last = None if self.last is None else pack(self.last)
        line = self._line if self._version == self.wall.told else None
        times = [self.since, self.asked, line, *self._whereabouts.save(), self.deaf]
        flags = [self.fit, self.indoors, self.waiting, self.called]
        return [times, last, flags, self._hearing.save(), self._lessons.save(), self._signs.save()]

    def restore(self, saved: object, now: float) -> None:
        if saved is None:
            return
        if not isinstance(saved, list) or len(saved) != 6:
            raise ValueError("no memory of a silence")
        times, last, flags, hearing, fresh, memory = saved
        self._signs.restore(memory)
        self._lessons.restore(fresh)
        since, asked, line, inside, door_at, left, *deaf = times
        self.since = _moment(float(since), now)
        self.asked, left = (None if one is None else _moment(one, now) for one in (asked, left))
        self._whereabouts.restore(_moment(inside, now), _moment(door_at, now), left)
        self._line, self._version = None if line is None else float(line), self.wall.told
        self.deaf = min(float(deaf[0]), self.devices[0].ears.deaf) if deaf else self.devices[0].ears.deaf
        self.last = None if last is None else unpack(last)
        self.fit, self.indoors, self.waiting, self.called = (flag is True for flag in flags)
        if not self._hearing.restore(hearing, self.since):
            self._bereave()

    def _bereave(self) -> None:
        """A sensor is gone, and takes with it what was learned through it, in part. Who was asked stays asked: only
        life ends that, and no clock, sensor or number of the rule."""
        assert self.since is not None
        self._hearing.begin(self.since)
        self.waiting, self._line = False, None
        self.rhythm.doubt()
        self._taught()


class _Rereading(Live):
    """Follows how often a meter is read that stands still, which is no sign of life."""

    __slots__ = ("signs",)

    def __init__(self, signs: Signs) -> None:
        self.signs = signs

    def step(self, at: float, reading: Reading | None) -> bool:
        return reading is not None and self.signs.take(at, reading, at)

    def holds(self, reading: Reading) -> bool:
        return False

    def evidence(self) -> Iterator[Reading]:
        return iter(())


def _moment(saved: Any, now: float) -> float:
    """A time that lies ahead of ``now``, from another store, counts as now. Raises ValueError for none at all."""
    moment = NEVER if saved is None else min(float(saved), now)
    if saved is not None and not math.isfinite(moment):
        raise ValueError("no time")
    return moment
