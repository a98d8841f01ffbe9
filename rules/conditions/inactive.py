# ruff: noqa: D102 - the words stand at the method that is overridden
"""``inactive``: no sign of life for longer than is normal in this home at this hour. See rhythm.py for what is normal.

It asks first: it is true some time before the silence is worth a call, and worse then. Time in which the gateway
didn't listen, or a sensor was silent for longer than its budget, proves nothing and isn't counted; while a sensor isn't
heard it waits, for a day at the most: by then ``not-supervised`` has named that sensor, and the others are believed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import Reading
from rules import signs
from rules.conditions.condition import Condition, Live, word
from rules.document import Table
from rules.known import Known, pack, unpack
from rules.quantities import KNOWN, declared
from rules.rhythm import LEAST, UNKNOWN, Rhythm
from rules.route import Band
from rules.vigil import Vigil

GRACE = 180.0
"""Seconds: what is heard so soon after the front door belongs to going out: motion sensors see for a while."""
LOST = 86400.0
"""Seconds: a sensor that was not heard for so long isn't waited for."""
MOST_FRESH = 96
"""Silences of a day: no more fit in than one each quarter of an hour."""
_ABSENCE = 2 * 3600.0
"""Seconds: who is out for less went to the letter-box."""


@word
@dataclass(frozen=True, slots=True)
class Inactive(Condition):
    """``inactive = "20m"``: no sign of life for so long that it is worth a call; true 20 minutes before, to ask.

    ``signs = ["motion", …]``: what counts, in place of all that signs.py names.
    """

    word = "inactive"
    absent = True
    listens = True
    worsens = True
    ask: float
    signs: tuple[str, ...] = signs.SIGNS

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Inactive":
        ask = table.seconds("inactive", low=60.0, high=4 * 3600.0)
        own = declared(table.document.data)
        return cls(ask, table.texts("signs", signs.SIGNS, choices=KNOWN | own) or signs.SIGNS)

    def needs(self) -> Mapping[str, bool]:
        return dict.fromkeys(self.signs, False)

    def calm(self, quantity: str) -> Band | None:
        return signs.calm(quantity) if quantity in self.signs else super().calm(quantity)

    def live(self, devices: Sequence[Known]) -> Live:
        return _Waiting(self, devices)


class _Waiting(Live):
    """``since`` is the last sign, ``left`` the front door if nobody was heard since, ``fresh`` today's silences."""

    __slots__ = (
        "_blind", "_line", "_sensors", "_signs", "_version", "ask", "asked", "called", "devices", "door_at", "fit",
        "fresh", "inside", "last", "left", "since", "waiting", "wall",
    )  # fmt: skip

    def __init__(self, condition: Inactive, devices: Sequence[Known]) -> None:
        self.ask = condition.ask
        self.devices = devices
        self.wall = devices[0].ears.wall
        self._signs = signs.Signs(devices, condition.signs)
        self._sensors: list[Known] | None = None
        self.since: float | None = None
        self.inside = self.door_at = float("-inf")
        """When somebody was heard indoors, and at the front door."""
        self.left: float | None = None
        self.last: Reading | None = None
        self.fit = False
        """This silence began with a sign, while somebody was to be in: it may be learned."""
        self.fresh: list[list[float]] = []
        self.asked: float | None = None
        """When it became true."""
        self.waiting = self.called = False
        self._blind = 0.0
        """Seconds of blindness by ``since``, counted since the sensors are known."""
        self._line = UNKNOWN
        self._version = -1

    @property
    def rhythm(self) -> Rhythm:
        """What this home's past says."""
        return self.devices[0].ears.rhythm(self.devices[0].device.home)

    def step(self, at: float, reading: Reading | None) -> bool:
        if self.since is None:
            if reading is None and not self._heard_of():
                return False  # nobody listens for signs of life here: nothing is missed
            self._begin(at)
        if reading is not None:
            self._meet(reading.device)
            if self._signs.take(at, reading):
                self._sign(at, reading)
        if self._version != self.wall.version:
            self._draw()
        if at < self._soonest():
            self._settle()
            return False
        if self.asked is None:
            ripe = self.asks_at() <= at
            self.waiting = ripe and bool(self._unheard(at))
            self.asked = at if ripe and not self.waiting else None
        self.called = self.asked is not None and self.calls_at() <= at
        return self.asked is not None

    def _settle(self) -> None:
        """All is well."""
        self.asked, self.waiting, self.called = None, False, False

    def worse(self) -> bool:
        return self.called

    def due(self, after: float) -> float | None:
        if self.since is None:
            return None
        moments = [self._soonest(), self.asks_at(), self.calls_at()]
        if self.waiting:
            moments += [known.silent_at(LOST) for known in self._unheard(after)]
        return min((moment for moment in moments if moment > after), default=None)

    def asks_at(self) -> float:
        """The moment at which the resident is asked, as far as is known now."""
        return round(self._soonest() + self._blindness() - self._blind, 6)

    def calls_at(self) -> float:
        """The moment at which somebody is called if no sign of life comes; who was asked late has time to answer."""
        return round((self.asks_at() if self.asked is None else self.asked) + self._gap(), 6)

    def _soonest(self) -> float:
        """The same as ``asks_at`` if no time was lost; needs no look at the sensors."""
        assert self.since is not None
        if self.left is None:
            return round(self.since + self._line - self._gap(), 6)
        return round(max(self.left + self._line, self.inside + UNKNOWN) - self._gap(), 6)

    def _gap(self) -> float:
        return min(self.ask, self._line / 4)

    def _blindness(self) -> float:
        """Seconds in which life may have gone unheard: the gateway was off, or a sensor silent beyond its budget."""
        return self.devices[0].ears.deaf + sum(known.missed for known in self._heard_of())

    def _heard_of(self) -> list[Known]:
        """The sensors that ever said something of life."""
        if self._sensors is None:
            self._sensors = self._signs.sensors()
        return self._sensors

    def _meet(self, device: str) -> None:
        """A sensor may speak for the first time; what it missed before doesn't count."""
        sensors = self._heard_of()
        if all(known.name != device for known in sensors):
            met = [known for known in self.devices if known.name == device]
            self._blind += sum(known.missed for known in met)
            sensors += met

    def _unheard(self, at: float) -> list[Known]:
        """The sensors that are waited for; all of them if none is left that could be believed."""
        sensors = self._heard_of()
        known = [one for one in sensors if one.silent_at(LOST) > at]
        unheard = [one for one in known if one.silent_at(one.budget) <= at]
        return unheard if known else sensors

    def _begin(self, at: float) -> None:
        self.since, self.fit = at, False
        self._blind = self._blindness()
        self._draw()

    def _sign(self, at: float, reading: Reading) -> None:
        self._learn(at)
        self._go_on(at, reading)
        self.since, self.last, self.fit = at, reading, self._at_home(at)
        self._blind = self._blindness()
        self._draw()

    def _go_on(self, at: float, reading: Reading) -> None:
        """Is somebody in, or did they go out?"""
        front = reading.quantity == signs.DOOR and any(
            known.name == reading.device and signs.is_front(known, self.devices) for known in self.devices
        )
        if front:
            self.door_at = at
            if self.left is None or self.inside == float("-inf"):
                self.left = at
        else:
            self.inside = at
            if at - self.door_at > GRACE:
                self.left = None

    def _at_home(self, at: float) -> bool:
        return self.wall.mode(self.devices[0].device.home, at).name in ("home", "night")

    def _learn(self, at: float) -> None:
        """A silence is over. A sensible one is kept until the day is over; then all of the day are learned."""
        assert self.since is not None
        lost = self._blindness() - self._blind
        seconds = round(at - self.since - lost, 3)
        if not self.wall.synced:
            return
        if self.fit and self._at_home(at) and lost <= LEAST and len(self.fresh) < MOST_FRESH:
            if self.left is not None and seconds >= _ABSENCE:
                self.fresh.append([-1, seconds, 0])
            elif self.left is None and seconds >= LEAST:
                local = self.wall.local(self.since)
                hour = 24 * (local.weekday() >= 5) + local.hour
                self.fresh.append([hour, seconds, int(self.asked is not None)])
        self._turn(self.wall.local(at).toordinal())

    def _turn(self, day: int) -> None:
        rhythm = self.rhythm
        if rhythm.day is not None and day == rhythm.day:
            return
        for hour, seconds, _ in self.fresh:
            if hour < 0:
                rhythm.was_out(seconds)
            else:
                rhythm.learn(hour >= 24, int(hour) % 24, seconds)
        rhythm.turn(day, int(sum(asked for _, _, asked in self.fresh)))
        self.devices[0].ears.taught.add(self.devices[0].device.home)
        self.fresh = []

    def _draw(self) -> None:
        """What is normal for the silence that has begun."""
        assert self.since is not None
        self._version = self.wall.version
        if self.left is not None:
            self._line = self.rhythm.absence
        elif not self.wall.synced:
            self._line = UNKNOWN
        else:
            local = self.wall.local(self.since)
            self._line = self.rhythm.line(local.weekday() >= 5, local.hour)

    def anew(self, at: float) -> None:
        self.inside = at if self.left is not None else self.inside
        self._settle()
        if self.since is not None:
            self._begin(at)

    def holds(self, reading: Reading) -> bool:
        return False

    def attentive(self) -> bool:
        return self.waiting

    def rests(self) -> bool:
        return self._signs.rests and not self.waiting

    def vigil(self, at: float) -> Vigil | None:
        if self.since is None:
            return None
        home, asked = self.devices[0].device.home, self.asked is not None
        sensors = self._heard_of()
        heard = tuple(known.name for known in sensors if known.silent_at(known.budget) > at)
        return Vigil(
            home, self.since, self.last, self._line, self.asks_at(), self.calls_at(),
            tuple(known.name for known in sensors), heard, self.left is not None, self.wall.mode(home, at).name,
            self.rhythm.days, "calls" if self.called else "asks" if asked else "waits" if self.waiting else "quiet",
        )  # fmt: skip

    def evidence(self) -> Iterator[Reading]:
        """The last sign; then readings that nobody sent: what is normal, when it calls, how many sensors were heard."""
        since = self.since or 0.0
        name = self.last.device if self.last is not None else self.devices[0].name
        if self.last is not None:
            yield self.last
        yield Reading(name, "normal_s", "normal_s", self._line, since)
        yield Reading(name, "calls_after_s", "calls_after_s", round(self.calls_at() - since, 3), since)
        yield Reading(name, "sensors", "sensors", float(len(self._heard_of())), since)

    def save(self) -> object:
        if self.since is None:
            return None
        last = None if self.last is None else pack(self.last)
        ever = [None if one == float("-inf") else one for one in (self.inside, self.door_at)]
        times = [self.since, *ever, self.left, self.asked]
        flags = [self.fit, self.waiting, self.called]
        names = [known.name for known in self._heard_of()]
        return [times, last, flags, self._blind, [list(one) for one in self.fresh], self._signs.save(), names]

    def restore(self, saved: object, now: float) -> None:
        if saved is None:
            return
        if not isinstance(saved, list) or len(saved) != 7:
            raise ValueError("no memory of a silence")
        times, last, flags, blind, fresh, memory, names = saved
        self._signs.restore(memory)
        self.since, self.inside, self.door_at = (_moment(one, now) for one in times[:3])
        self.left, self.asked = (None if one is None else _moment(one, now) for one in times[3:])
        self.last = None if last is None else unpack(last)
        self.fit, self.waiting, self.called = (flag is True for flag in flags)
        self._blind = float(blind)
        self.fresh = [[float(hour), float(seconds), float(asked)] for hour, seconds, asked in fresh][:MOST_FRESH]
        self._take_sensors([str(name) for name in names])
        self._draw()

    def _take_sensors(self, names: Sequence[str]) -> None:
        """Those that were there. One that is gone takes with it what was learned through it, in part."""
        self._sensors = [known for known in self.devices if known.name in names]
        if len(self._sensors) < len(names):
            self._blind = self._blindness()
            self._settle()
            self.rhythm.doubt()
            self.devices[0].ears.taught.add(self.devices[0].device.home)


def _moment(saved: Any, now: float) -> float:
    """A time that lies ahead of ``now``, from another store, counts as now."""
    return float("-inf") if saved is None else min(float(saved), now)
