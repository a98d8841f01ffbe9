# ruff: noqa: D102 - the words stand at the method that is overridden
"""What did not happen, or seldom: ``times_below`` … ``within``, beside a condition on one value."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import Reading
from rules.conditions.condition import Live
from rules.conditions.share import Shares
from rules.conditions.times import Counting, Times
from rules.known import Known, blind, unheard_next

LATELY = 2 * 3600.0
"""Seconds: a sensor heard so shortly before the time was over was alive then, as far as supervision can tell (a radio
detector is missed after 1 to 2 h, EN 50131)."""
PART = 6.0
"""No longer than this part of the time, though: most of it must be proven."""


@dataclass(frozen=True, slots=True)
class TimesBelow(Times):
    """``times_below = 1, within = "24h"``: it happened less often, and the sensors were heard in all that time.

    Time in which the gateway was off, or a sensor silent for longer than its budget, is no proof and isn't counted. A
    sensor must have been heard within its budget when the time is over, within two hours and a sixth of the time; else
    it is waited for. Who is known to be faulty is no sensor meanwhile, and what it told before is taken back.
    """

    absent = True
    heeds = True
    listens = True

    def live(self, devices: Sequence[Known]) -> Live:
        return Rare(self, devices)


class Rare(Counting):
    """A sign is [moment, seconds of deafness by then]; the first one is the beginning.
    It is that of the first who is believed.

    ``joined`` says since when a device says the quantity. The alarm is due when the signs are so long ago, plus what
    proves nothing; it comes at once if each device was heard shortly before, else when it is heard again.
    """

    __slots__ = (
        "_begun", "_by", "_doubted", "_ears", "_points", "_sensors", "is_part", "joined", "shares", "true", "waiting",
    )  # fmt: skip

    def __init__(self, times: Times, devices: Sequence[Known]) -> None:
        super().__init__(times, devices)
        self._ears = devices[0].ears
        self._by: dict[str, list[list[float]]] = {}
        """Device -> its signs, of which ``signs`` are the last."""
        self._begun: dict[str, list[float]] = {}
        """Device that is believed -> since when it would have told."""
        self._doubted: frozenset[tuple[str, str]] = frozenset()
        """Of the home, as of the last look."""
        self.shares = Shares()
        self.joined: dict[str, float] = {}
        self._sensors: list[Known] = []
        """Those who joined and are believed."""
        self._points = -1
        """Of the layouts, when it was last looked for devices that say the quantity."""
        self.true = False
        self.waiting = False
        self.is_part = False

    def must_prove(self) -> None:
        self.is_part = True

    def step(self, at: float, reading: Reading | None) -> bool:
        doubted = self.devices[0].kin.doubted
        if doubted is not self._doubted:
            self._heed(at, doubted)
        if self._points != self._ears.layouts.points:
            self._meet(at)
        if reading is not None and reading.quantity == self.leaf.quantity and self._believes(reading.device):
            before = len(self.on), self.signs[-1:]
            self.look(at, reading)
            if (len(self.on), self.signs[-1:]) != before and self.leaf.test(reading.value):
                self.shares.note(reading.device)
        if self.on:
            self.true = self.waiting = False
        elif self.true or not self.signs:
            self.waiting = False
        else:
            ripe_at = self.ripe_at()
            self.true = ripe_at <= at and self.is_proven(ripe_at, at)
            self.waiting = ripe_at <= at and not self.true
        return self.true

    def _believes(self, device: str) -> bool:
        return not self._doubted or (device, self.leaf.quantity) not in self._doubted

    def _heed(self, at: float, doubted: frozenset[tuple[str, str]]) -> None:
        """Others than before may be known to be faulty: they told of nothing, and are as if they were not there. Who is
        no longer begins anew."""
        self._doubted = doubted
        for name in [name for name in self._begun if not self._believes(name)]:
            del self._begun[name]
            self._by.pop(name, None)
            self.shares.forget(name)
        self.on = {point for point in self.on if self._believes(point[0])}
        for name in [name for name in self.joined if name not in self._begun and self._believes(name)]:
            self.joined[name], self._begun[name] = at, self._now(at)
        self._trust()

    def _trust(self) -> None:
        self._sensors = [known for known in self.devices if known.name in self._begun]
        self._join_up()

    def _join_up(self) -> None:
        """The signs are the last of those of all."""
        told = [sign for signs in self._by.values() for sign in signs]
        self.signs = sorted([*sorted(self._begun.values())[:1], *told])[-self.count :]

    def proven(self, at: float) -> bool:
        if not self.is_part:
            return True
        lost = self._lost(self._sensors, at)
        return len(lost) < len(self._sensors) and self.shares.spare(lost | self._lost(self._owing(), at))

    def proof_due(self, after: float) -> float | None:
        return unheard_next(self._witnesses(), after) if self.is_part and self.true else None

    def _witnesses(self) -> list[Known]:
        """Who would tell of it."""
        return [*self._sensors, *(known for known in self.devices if known.owes(self.leaf.quantity))]

    def is_proven(self, ripe_at: float, at: float) -> bool:
        """Was each sensor heard since, or alive then? Those that nobody hears any more count if they told of much."""
        unheard = [known for known in self._sensors if known.heard < ripe_at and not self._lives(known, ripe_at, at)]
        silent = [known for known in self._owing() if known.heard < ripe_at and not self._lives(known, ripe_at, at)]
        lost = {known.name for known in (*unheard, *silent) if known.unheard_at() <= at}
        if not (len(lost) == len(unheard) + len(silent) and len(unheard) < len(self._sensors)):
            return False
        return self.shares.spare(lost | self._lost(self._owing(), at))

    def _owing(self) -> list[Known]:
        """Who is there to tell of it, and never did yet."""
        return [known for known in self.devices if known.owes(self.leaf.quantity)]

    def _lost(self, devices: Iterable[Known], at: float) -> set[str]:
        return {known.name for known in devices if known.unheard_at() <= at}

    def _lives(self, known: Known, ripe_at: float, at: float) -> bool:
        """Was it heard shortly before, and could be silent since?"""
        lately = min(known.budget, LATELY, self.seconds / PART)
        return known.heard >= ripe_at - lately and known.unheard_at() > at

    def _meet(self, at: float) -> None:
        """Somebody may say the quantity for the first time."""
        for known in self.devices:
            if known.name not in self.joined and known.says(self.leaf.quantity):
                self._join(known, at)
        self._trust()
        self._points = self._ears.layouts.points

    def _join(self, known: Known, at: float) -> None:
        """One more device; what it missed before doesn't count."""
        self.joined[known.name] = known.joins_at(at)
        if self._believes(known.name):
            self._begun[known.name] = self._now(at)
            self.on |= {
                (known.name, last.point)
                for last in known.readings(self.leaf.quantity)
                if last.at < at and self.leaf.test(last.value)
            }

    def _now(self, at: float) -> list[float]:
        return [at, self._ears.deaf]

    def _note(self, device: str, at: float) -> None:
        self._by[device] = [*self._by.get(device, ()), self._now(at)][-self.count :]
        self._join_up()

    def ripe_at(self) -> float:
        """The moment at which it is proven, as far as is known now."""
        since, deaf = map(float, self.signs[0])
        unseen = blind(self._sensors, since, self.joined)
        return round(since + self.seconds + self._ears.deaf - deaf + unseen, 6)

    def sensors(self) -> Sequence[Known]:
        return self._sensors or self.devices

    def evidence(self) -> Iterator[Reading]:
        """A reading that nobody sent: how often it happened since when; then what was said last."""
        if self.signs:
            yield Reading(self.last_device(), "times", "times", float(len(self.signs) - 1), float(self.signs[0][0]))
        yield from super().evidence()

    def happened(self, at: float, device: str) -> None:
        self.true = False
        self._note(device, at)

    def ended(self, at: float, device: str) -> None:
        if device in self._by:
            self._by[device] = self._by[device][:-1]
        else:  # it was so when it began to count, which is now
            self._begun = dict.fromkeys(self._begun, self._now(at))
        self._note(device, at)

    def due(self, after: float) -> float | None:
        if self.true or self.on or not self.signs:
            return None
        moment = self.ripe_at()
        return moment if moment > after else unheard_next(self._witnesses(), after)  # then some may be done without

    def attentive(self) -> bool:
        return self.waiting

    def rests(self) -> bool:
        return not self.waiting

    def anew(self, at: float) -> None:
        self.true = self.waiting = False
        self._by, self._begun = {}, {name: self._now(at) for name in self._begun}
        self._join_up()

    def holds(self, reading: Reading) -> bool:
        return False

    def save(self) -> object:
        if not self.joined:
            return None
        made = [sorted(self._by.items()), sorted(self.on), sorted(self._begun.items())]
        return [made, dict(self.joined), self.true, self.waiting, self.shares.save()]

    def restore(self, saved: object, now: float) -> None:
        self.joined, self._by, self._begun, self.signs, self.on = {}, {}, {}, [], set()
        self.true, self.waiting, self._points = False, False, -1
        if saved is None:
            return
        if not isinstance(saved, list) or len(saved) != 5 or not saved[0]:
            raise ValueError("no memory of how often it happened")
        signs, on, *begun = saved[0]
        self.joined = {str(name): min(float(at), now) for name, at in dict(saved[1]).items()}
        if not self.joined.keys() <= {known.name for known in self.devices}:
            raise ValueError("another set of sensors")
        if not begun:  # as it was written before each sensor had signs of its own
            signs, begun = [("", signs)], [[(name, signs[0]) for name in self.joined]]
        self._by = {str(name): [_sign(one, now) for one in told] for name, told in signs}
        self._begun = {str(name): _sign(one, now) for name, one in begun[0]}
        self.on = {(str(device), str(point)) for device, point in on}
        self.true, self.waiting = saved[2] is True, saved[3] is True
        self.shares.restore(saved[4])
        self._heed(now, self.devices[0].kin.doubted)


def _sign(saved: Any, now: float) -> list[float]:
    at, deaf = saved
    return [min(float(at), now), float(deaf)]
