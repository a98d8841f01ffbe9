# ruff: noqa: D102 - the words stand at the method that is overridden
"""How often something happened: ``times``, ``times_below`` … ``within``, beside a condition on one value.

A state happens when it becomes true; an event each time. One that the broker kept did not happen now.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import RETAINED, Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.language import beside
from rules.conditions.share import Shares
from rules.conditions.value import Leaf
from rules.document import Table
from rules.known import Known, blind
from rules.sentence import Sentence

MOST = 100
"""Times, at most: each of them is remembered."""
LATELY = 2 * 3600.0
"""Seconds: a sensor heard so shortly before the time was over was alive then, as far as supervision can tell (a radio
detector is missed after 1 to 2 h, EN 50131)."""
PART = 6.0
"""No longer than this part of the time, though: most of it must be proven."""


@dataclass(frozen=True, slots=True)
class Times(Condition):
    """``times = 4, within = "1h"``: it happened so often, or oftener, in that time."""

    leaf: Leaf
    count: int
    seconds: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        """Not a word of its own: it stands beside a condition on a value."""
        raise NotImplementedError

    def needs(self) -> Mapping[str, bool]:
        return self.leaf.needs()

    def live(self, devices: Sequence[Known]) -> Live:
        return _Often(self, devices)


@dataclass(frozen=True, slots=True)
class TimesBelow(Times):
    """``times_below = 1, within = "24h"``: it happened less often, and the sensors were heard in all that time.

    Time in which the gateway was off, or a sensor silent for longer than its budget, is no proof and isn't counted. A
    sensor must have been heard within its budget when the time is over, within two hours and a sixth of the time; else
    it is waited for.
    """

    absent = True
    listens = True

    def live(self, devices: Sequence[Known]) -> Live:
        return _Rare(self, devices)


def _read(made: type[Times], key: str, condition: Condition, table: Table) -> Condition:
    count, seconds = table.whole(key, low=1, high=MOST), table.seconds("within", low=1.0)
    if not isinstance(condition, Leaf):
        what = condition.word or Sentence("what is counted or compared already")
        table.mistake(key, "{what} doesn't happen so and so often", "count is, above, below or outside", what=what)
        return condition
    if made.absent and condition.momentary:
        table.mistake(
            key,
            "nothing shows that {quantity} would be heard",
            "name a state that is repeated",
            quantity=condition.quantity,
        )
    return made(condition, count, seconds)


@beside("times")
def _times(condition: Condition, table: Table, depth: int) -> Condition:
    return _read(Times, "times", condition, table)


@beside("times_below")
def _times_below(condition: Condition, table: Table, depth: int) -> Condition:
    return _read(TimesBelow, "times_below", condition, table)


class _Counting(Live):
    """``signs`` are the last moments at which it happened; ``on`` the points that are true now."""

    __slots__ = ("count", "devices", "leaf", "on", "seconds", "signs")

    def __init__(self, times: Times, devices: Sequence[Known]) -> None:
        self.leaf = times.leaf
        self.count = times.count
        self.seconds = times.seconds
        self.devices = devices
        self.signs: list[Any] = []
        self.on: set[tuple[str, str]] = set()

    def look(self, at: float, reading: Reading) -> None:
        """Take in a reading of the quantity."""
        point, true = (reading.device, reading.point), self.leaf.test(reading.value)
        if true and point not in self.on and RETAINED not in reading.flags:
            self.happened(at)
        elif not true and point in self.on:
            self.ended(at)
        if true and not self.leaf.momentary:
            self.on.add(point)
        else:
            self.on.discard(point)

    @abstractmethod
    def happened(self, at: float) -> None:
        """It became true."""

    def ended(self, at: float) -> None:
        """It was true until now."""
        return

    def holds(self, reading: Reading) -> bool:
        return reading.quantity == self.leaf.quantity and self.leaf.test(reading.value)

    def evidence(self) -> Iterator[Reading]:
        for known in self.devices:
            yield from known.readings(self.leaf.quantity)

    def last_device(self) -> str:
        """The device that said the quantity last."""
        said = [one for known in self.devices for one in known.readings(self.leaf.quantity)]
        return max(said, key=lambda one: one.at).device if said else self.devices[0].name

    def save(self) -> object:
        return [[self.copied(sign) for sign in self.signs], sorted(self.on)] if self.signs or self.on else None

    def restore(self, saved: object, now: float) -> None:
        self.signs, self.on = [], set()
        if isinstance(saved, list) and len(saved) == 2:
            self.signs = [self.sign(sign, now) for sign in saved[0]]
            self.on = {(str(device), str(point)) for device, point in saved[1]}
        elif saved is not None:
            raise ValueError("no memory of how often it happened")

    def copied(self, sign: Any) -> Any:
        """One of the remembered moments, as it is now."""
        return sign

    def sign(self, saved: Any, now: float) -> Any:
        """The moment again."""
        return min(float(saved), now)


class _Often(_Counting):
    __slots__ = ()

    def step(self, at: float, reading: Reading | None) -> bool:
        if reading is not None and reading.quantity == self.leaf.quantity:
            self.look(at, reading)
        return len(self.signs) == self.count and at < self.over_at()

    def over_at(self) -> float:
        """The moment at which the first of them is too long ago; only if there are enough."""
        return round(float(self.signs[0]) + self.seconds, 6)

    def due(self, after: float) -> float | None:
        if len(self.signs) < self.count:
            return None
        moment = self.over_at()
        return moment if moment > after else None

    def happened(self, at: float) -> None:
        self.signs = [*self.signs, at][-self.count :]

    def anew(self, at: float) -> None:
        self.signs = []

    def evidence(self) -> Iterator[Reading]:
        """Readings that nobody sent: how often it happened, at the first and at the last time."""
        ends = {1: self.signs[0], self.count: self.signs[-1]} if self.signs else {}
        for number, at in ends.items():
            yield Reading(self.last_device(), "times", "times", float(number), at)


class _Rare(_Counting):
    """A sign is [moment, seconds of deafness by then]; the first one is the beginning.

    ``joined`` says since when a device says the quantity. The alarm is due when the signs are so long ago, plus what
    proves nothing; it comes at once if each device was heard shortly before, else when it is heard again.
    """

    __slots__ = ("_ears", "_points", "_sensors", "is_part", "joined", "shares", "true", "waiting")

    def __init__(self, times: Times, devices: Sequence[Known]) -> None:
        super().__init__(times, devices)
        self._ears = devices[0].ears
        self.shares = Shares()
        self.joined: dict[str, float] = {}
        self._sensors: list[Known] = []
        """Those who joined."""
        self._points = -1
        """Of the layouts, when it was last looked for devices that say the quantity."""
        self.true = False
        self.waiting = False
        self.is_part = False

    def must_prove(self) -> None:
        self.is_part = True

    def step(self, at: float, reading: Reading | None) -> bool:
        if self._points != self._ears.layouts.points:
            self._meet(at)
        if reading is not None and reading.quantity == self.leaf.quantity:
            before = len(self.on), self.signs[-1:]
            self.look(at, reading)
            if (len(self.on), self.signs[-1:]) != before and self.leaf.test(reading.value):
                self.shares.note(reading.device)
        if not self.signs or self.on:
            self.true = self.waiting = False
        elif self.true:
            self.waiting = False  # until somebody asks for proof
        else:
            ripe_at = self.ripe_at()
            self.true = ripe_at <= at and self._is_proven(ripe_at, at)
            self.waiting = ripe_at <= at and not self.true
        return self.true

    def proven(self, at: float) -> bool:
        if not self.is_part:
            return True
        lost = {known.name for known in self._sensors if known.unheard_at() <= at}
        self.waiting = not (len(lost) < len(self.joined) and self.shares.spare(lost))
        return not self.waiting

    def _is_proven(self, ripe_at: float, at: float) -> bool:
        """Was each sensor heard since, or alive then? Those that nobody hears any more count if they told of much."""
        unheard = [known for known in self._sensors if known.heard < ripe_at and not self._lives(known, ripe_at, at)]
        lost = {known.name for known in unheard if known.unheard_at() <= at}
        if not len(lost) == len(unheard) < len(self.joined):
            return False
        owing = {known.name for known in self.devices if known.owes(self.leaf.quantity) and known.unheard_at() <= at}
        return self.shares.spare(lost | owing)

    def _lives(self, known: Known, ripe_at: float, at: float) -> bool:
        """Was it heard shortly before, and could be silent since?"""
        lately = min(known.budget, LATELY, self.seconds / PART)
        return known.heard >= ripe_at - lately and known.unheard_at() > at

    def _meet(self, at: float) -> None:
        """Somebody may say the quantity for the first time."""
        for known in self.devices:
            if known.name not in self.joined and known.says(self.leaf.quantity):
                self._join(known, at)
        self._sensors = [known for known in self.devices if known.name in self.joined]
        self._points = self._ears.layouts.points

    def _join(self, known: Known, at: float) -> None:
        """One more device; what it missed before doesn't count."""
        self.joined[known.name] = known.joins_at(at)
        self.signs = self.signs or [self._now(at)]
        self.on |= {
            (known.name, last.point)
            for last in known.readings(self.leaf.quantity)
            if last.at < at and self.leaf.test(last.value)
        }

    def _now(self, at: float) -> list[float]:
        return [at, self._ears.deaf]

    def ripe_at(self) -> float:
        """The moment at which it is proven, as far as is known now."""
        since, deaf = map(float, self.signs[0])
        unseen = blind(self._sensors, since, self.joined)
        return round(since + self.seconds + self._ears.deaf - deaf + unseen, 6)

    def evidence(self) -> Iterator[Reading]:
        """A reading that nobody sent: how often it happened since when; then what was said last."""
        if self.signs:
            yield Reading(self.last_device(), "times", "times", float(len(self.signs) - 1), float(self.signs[0][0]))
        yield from super().evidence()

    def happened(self, at: float) -> None:
        self.true = False
        self.signs = [*self.signs, self._now(at)][-self.count :]

    def ended(self, at: float) -> None:
        self.signs[-1] = self._now(at)

    def due(self, after: float) -> float | None:
        if self.true or self.on or not self.signs:
            return None
        moment = self.ripe_at()
        return moment if moment > after else None

    def attentive(self) -> bool:
        return self.waiting

    def rests(self) -> bool:
        return not self.waiting

    def anew(self, at: float) -> None:
        self.true = self.waiting = False
        self.signs = [self._now(at)] if self.signs else []

    def holds(self, reading: Reading) -> bool:
        return False

    def save(self) -> object:
        made = super().save()
        return None if made is None else [made, dict(self.joined), self.true, self.waiting, self.shares.save()]

    def restore(self, saved: object, now: float) -> None:
        self.joined, self.true, self.waiting = {}, False, False
        self._sensors, self._points = [], -1
        if saved is None:
            super().restore(None, now)
            return
        if not isinstance(saved, list) or len(saved) != 5 or not saved[0]:
            raise ValueError("no memory of how often it happened")
        super().restore(saved[0], now)
        self.joined = {str(name): min(float(at), now) for name, at in dict(saved[1]).items()}
        if not self.joined.keys() <= {known.name for known in self.devices}:
            raise ValueError("another set of sensors")
        self._sensors = [known for known in self.devices if known.name in self.joined]
        self.true, self.waiting = saved[2] is True, saved[3] is True
        self.shares.restore(saved[4])

    def copied(self, sign: Any) -> Any:
        return list(sign)

    def sign(self, saved: Any, now: float) -> Any:
        at, deaf = saved
        return [min(float(at), now), float(deaf)]
