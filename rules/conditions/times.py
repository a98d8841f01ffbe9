# ruff: noqa: D102 - the words stand at the method that is overridden
"""How often something happened: ``times`` … ``within``, beside a condition on one value.

A state happens when it becomes true; an event each time. One that the broker kept did not happen now.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import RETAINED, Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.value import Is, Leaf
from rules.document import Table
from rules.known import Known, pack, unpack
from rules.route import Band


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

    def calm(self, quantity: str) -> Band | None:
        """Numbers that are far from it; but who asks how seldom it happens counts who is heard, too.

        A state has one calm value, and whatever brings the other one matters: noting who rests would be work in vain.
        """
        return Condition.calm(self, quantity) if self.absent or isinstance(self.leaf, Is) else self.leaf.calm(quantity)

    def sleeps(self) -> bool:
        return not self.absent and self.leaf.sleeps()

    def live(self, devices: Sequence[Known]) -> Live:
        return Often(self, devices)


class Counting(Live):
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
            self.happened(at, reading.device)
        elif not true and point in self.on:
            self.ended(at, reading.device)
        if true and not self.leaf.momentary:
            self.on.add(point)
        else:
            self.on.discard(point)

    @abstractmethod
    def happened(self, at: float, device: str) -> None:
        """It became true."""

    def ended(self, at: float, device: str) -> None:
        """It was true until now."""
        return

    def holds(self, reading: Reading) -> bool:
        return reading.quantity == self.leaf.quantity and self.leaf.test(reading.value)

    def evidence(self) -> Iterator[Reading]:
        for known in self.sensors():
            yield from known.readings(self.leaf.quantity)

    def sensors(self) -> Sequence[Known]:
        """The devices that show it."""
        return self.devices

    def last_device(self) -> str:
        """The device that said the quantity last."""
        said = [one for known in self.sensors() for one in known.readings(self.leaf.quantity)]
        return max(said, key=lambda one: one.at).device if said else self.devices[0].name

    def save(self) -> object:
        return [list(self.signs), sorted(self.on)] if self.signs or self.on else None

    def restore(self, saved: object, now: float) -> None:
        self.signs, self.on = [], set()
        if isinstance(saved, list) and len(saved) == 2:
            self.signs = [min(float(sign), now) for sign in saved[0]]
            self.on = {(str(device), str(point)) for device, point in saved[1]}
        elif saved is not None:
            raise ValueError("no memory of how often it happened")


class Often(Counting):
    """``by`` are the devices of the signs, ``last`` is the reading that was the last of them."""

    __slots__ = ("by", "last")

    def __init__(self, times: Times, devices: Sequence[Known]) -> None:
        super().__init__(times, devices)
        self.by: list[str] = []
        self.last: Reading | None = None

    def step(self, at: float, reading: Reading | None) -> bool:
        if reading is not None and reading.quantity == self.leaf.quantity:
            before = self.signs
            self.look(at, reading)
            if self.signs is not before:
                self.last = reading
        return len(self.signs) == self.count and at < self.over_at()

    def over_at(self) -> float:
        """The moment at which the first of them is too long ago; only if there are enough."""
        return round(float(self.signs[0]) + self.seconds, 6)

    def due(self, after: float) -> float | None:
        if len(self.signs) < self.count:
            return None
        moment = self.over_at()
        return moment if moment > after else None

    def rests(self) -> bool:
        return not self.on

    def happened(self, at: float, device: str) -> None:
        self.signs = [*self.signs, at][-self.count :]
        self.by = [*self.by, device][-self.count :]

    def anew(self, at: float) -> None:
        self.signs, self.by, self.last = [], [], None

    def evidence(self) -> Iterator[Reading]:
        """Readings that nobody sent: how often it happened, at the first and the last time; and what that one was."""
        if self.signs:
            first, last = (self.by[end] if self.by else self.last_device() for end in (0, -1))
            ends = {1: (first, self.signs[0]), len(self.signs): (last, self.signs[-1])}
            yield from (Reading(name, "times", "times", float(number), at) for number, (name, at) in ends.items())
        if self.last is not None:
            yield self.last

    def save(self) -> object:
        saved = super().save()
        if isinstance(saved, list) and self.last is not None:
            return [*saved, self.by, pack(self.last)]
        return saved

    def restore(self, saved: object, now: float) -> None:
        """A memory of before who did it was kept has the times alone."""
        more: list[Any] = []
        if isinstance(saved, list) and len(saved) == 4:
            saved, more = saved[:2], saved[2:]
        super().restore(saved, now)
        self.by, self.last = [], None
        if more and len(more[0]) == len(self.signs):
            self.by, self.last = [str(name) for name in more[0]], unpack(more[1])
