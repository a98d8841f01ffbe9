# ruff: noqa: D102 - the words stand at the method that is overridden
"""``twice = true`` beside a condition on a value: for sensors that glitch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.language import beside
from rules.conditions.value import Leaf
from rules.document import Table
from rules.known import Known
from rules.route import Band


@dataclass(frozen=True, slots=True)
class Twice(Condition):
    """``twice = true``: two readings in a row of a point say so; two in a row end it."""

    leaf: Leaf

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        """Not a word of its own: it stands beside a condition on a value."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Condition]:
        yield self.leaf

    def needs(self) -> Mapping[str, bool]:
        return {self.leaf.quantity: True}

    def calm(self, quantity: str) -> Band | None:
        return self.leaf.calm(quantity)

    def sleeps(self) -> bool:
        return self.leaf.sleeps()

    def live(self, devices: Sequence[Known]) -> Live:
        return _Agreeing(self.leaf, devices)


@beside("twice")
def _read(condition: Condition, table: Table, depth: int) -> Condition:
    if not table.flag("twice"):
        table.mistake("twice", "twice = false says nothing", "remove it")
    elif not isinstance(condition, Leaf) or condition.momentary:
        table.mistake("twice", "twice is for values that last", "remove it")
    else:
        return Twice(condition)
    return condition


class _Agreeing(Live):
    """``points`` says of a point (is it true, did the last reading say so), unless neither; ``on`` are the true."""

    __slots__ = ("devices", "leaf", "on", "points", "quantity")

    def __init__(self, leaf: Leaf, devices: Sequence[Known]) -> None:
        self.leaf = leaf
        self.quantity = leaf.quantity
        self.on: set[tuple[str, str]] = set()
        self.devices = devices
        self.points: dict[tuple[str, str], tuple[bool, bool]] = {}

    def step(self, at: float, reading: Reading | None) -> bool:
        if reading is not None and reading.quantity == self.quantity:
            point = (reading.device, reading.point)
            true, before = said = self.points.get(point, (False, False))
            now = self.leaf.test(reading.value)
            if said != (now, now):
                true = now if now == before else true
                if true or now:
                    self.points[point] = (true, now)
                else:
                    self.points.pop(point, None)
                (self.on.add if true else self.on.discard)(point)
        return bool(self.on)

    def holds(self, reading: Reading) -> bool:
        return self.points.get((reading.device, reading.point), (False, False))[0] and self.leaf.test(reading.value)

    def evidence(self) -> Iterator[Reading]:
        for known in self.devices:
            for last in known.readings(self.leaf.quantity):
                if self.points.get((known.name, last.point), (False, False))[0]:
                    yield last

    def rests(self) -> bool:
        return not self.points

    def save(self) -> object:
        points = [[*point, *said] for point, said in self.points.items()]
        return points or None

    def restore(self, saved: object, now: float) -> None:
        if not isinstance(saved, list | None):
            raise ValueError("no memory of two readings")
        here = {known.name for known in self.devices}
        self.points = {}
        for device, point, true, last in saved or ():
            if device in here:
                self.points[device, point] = (true is True, last is True)
        self.on = {point for point, (true, _) in self.points.items() if true}
