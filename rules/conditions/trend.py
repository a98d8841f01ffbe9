# ruff: noqa: D102 - the words stand at the method that is overridden
"""``rises`` and ``falls`` … ``within``: a value that changes fast.

A sensor that glitches says one wrong value. So a step counts only if two readings in a row agree with it: of each pair
the one nearer to no change is taken. Judged at readings; a sensor that falls silent stays what it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from drivers.reading import RETAINED, Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.conditions.value import quantity_of
from rules.document import Table
from rules.known import Known
from rules.quantities import MOMENTARY
from rules.route import ANY, Band

SLICES = 32
"""Values remembered of a window: no two within the same slice of it."""


@dataclass(frozen=True, slots=True)
class Trend(Condition):
    """A change within a time. ``sign`` is -1 where falling counts."""

    sign: ClassVar[int] = 1
    quantity: str
    amount: float
    seconds: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Self:
        name = quantity_of(table, quantity)
        if name in MOMENTARY:
            table.mistake(cls.word, f"{name} is an event, it has no size", "count it: times = …, within = …")
        return cls(name, table.number(cls.word, low=1e-6), table.seconds("within", low=1.0))

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: True}

    def heard(self, quantity: str) -> Band | None:
        return ANY

    def live(self, devices: Sequence[Known]) -> Live:
        return _Changing(self, devices)


@word
class Rises(Trend):
    """``rises = 10, within = "3m"``: it grew by this or more."""

    __slots__ = ()
    word = "rises"


@word
class Falls(Trend):
    """``falls = 10, within = "3m"``: it shrank by this or more."""

    __slots__ = ()
    word = "falls"
    sign = -1


class _Course:
    """One point: its last value, and the lowest ones of the window, each later one higher than those before."""

    __slots__ = ("last", "lows", "true")

    def __init__(self) -> None:
        self.last: float | None = None
        self.lows: list[list[float]] = []
        self.true = False

    def read(self, at: float, value: float, trend: Trend) -> None:
        """Take in a value, its sign turned where falling counts."""
        before, self.last = self.last, value
        if before is None:
            return
        while self.lows and self.lows[0][0] < at - trend.seconds:
            self.lows.pop(0)
        low, high = max(before, value), min(before, value)
        while self.lows and self.lows[-1][1] >= low:
            self.lows.pop()
        if not self.lows or at - self.lows[-1][0] >= trend.seconds / SLICES:
            self.lows.append([at, low])
        self.true = high - self.lows[0][1] >= trend.amount


class _Changing(Live):
    __slots__ = ("courses", "devices", "trend")

    def __init__(self, trend: Trend, devices: Sequence[Known]) -> None:
        self.trend = trend
        self.devices = devices
        self.courses: dict[tuple[str, str], _Course] = {}

    def step(self, at: float, reading: Reading | None) -> bool:
        if reading is not None and reading.quantity == self.trend.quantity and RETAINED not in reading.flags:
            value = reading.value
            if not isinstance(value, str) and abs(value) < 1e300:
                course = self.courses.setdefault((reading.device, reading.point), _Course())
                course.read(at, self.trend.sign * float(value), self.trend)
        return any([course.true for course in self.courses.values()])

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return (self,) if quantity == self.trend.quantity else ()

    def holds(self, reading: Reading) -> bool:
        course = self.courses.get((reading.device, reading.point))
        return reading.quantity == self.trend.quantity and course is not None and course.true

    def evidence(self) -> Iterator[Reading]:
        """Where it began and where it is now, for each point that changes fast."""
        for (device, point), course in self.courses.items():
            if course.true and course.last is not None:
                at, low = course.lows[0]
                yield Reading(device, point, self.trend.quantity, self.trend.sign * low, at)
                said = [known.reading(point) for known in self.devices if known.name == device]
                yield from (last for last in said if last is not None)

    def save(self) -> object:
        courses = [
            [*key, course.last, list(map(list, course.lows)), course.true] for key, course in self.courses.items()
        ]
        return courses or None

    def restore(self, saved: object, now: float) -> None:
        self.courses = {}
        if not isinstance(saved, list | None):
            raise ValueError("no memory of a course")
        here = {known.name for known in self.devices}
        for device, point, last, lows, true in saved or ():
            if device in here:
                course = self.courses[device, point] = _Course()
                course.last = None if last is None else float(last)
                course.lows = [[float(at), float(low)] for at, low in lows]
                course.true = true is True and bool(course.lows)
