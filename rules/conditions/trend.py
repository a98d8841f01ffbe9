# ruff: noqa: D102 - the words stand at the method that is overridden
"""``rises`` and ``falls`` … ``within``: a value that changes fast.

A sensor that glitches says one wrong value. So a step counts only if two readings in a row agree with it: of each pair
the one nearer to no change is taken. Judged at readings; a sensor that falls silent stays what it was.
"""

from array import array
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
            table.mistake(cls.word, "{name} is an event, it has no size", "count it: times = …, within = …", name=name)
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
    """One point: is it true, and its last value; then when and how low the lowest ones of the window were, each later
    one higher than those before. Numbers side by side: one of a sensor that speaks seldom is in no cache."""

    __slots__ = ("device", "numbers", "point")

    def __init__(self, device: str, point: str, *numbers: float) -> None:
        self.device = device
        self.point = point
        self.numbers = array("d", numbers)

    @property
    def true(self) -> bool:
        """It changes fast."""
        return self.numbers[0] != 0.0

    def read(self, at: float, value: float, trend: Trend) -> None:
        """Take in a value after another, its sign turned where falling counts."""
        numbers = self.numbers
        before, numbers[1] = numbers[1], value
        low, high = (before, value) if value < before else (value, before)
        while len(numbers) > 2 and numbers[2] < at - trend.seconds:
            del numbers[2:4]
        while len(numbers) > 2 and numbers[-1] >= low:
            del numbers[-2:]
        if len(numbers) == 2 or at - numbers[-2] >= trend.seconds / SLICES:
            numbers.extend((at, low))
        numbers[0] = high - numbers[3] >= trend.amount


class _Changing(Live):
    __slots__ = ("courses", "devices", "trend")

    def __init__(self, trend: Trend, devices: Sequence[Known]) -> None:
        self.trend = trend
        self.devices = devices
        self.courses: tuple[_Course, ...] = ()
        """Of all points that were heard."""

    def step(self, at: float, reading: Reading | None) -> bool:
        if reading is not None and reading.quantity == self.trend.quantity and RETAINED not in reading.flags:
            value = reading.value
            if not isinstance(value, str) and abs(value) < 1e300:
                course, number = self._course(reading), self.trend.sign * float(value)
                if course is not None:
                    course.read(at, number, self.trend)
                else:
                    self.courses = (*self.courses, _Course(reading.device, reading.point, False, number))
        true = False
        for course in self.courses:
            true = true or course.true
        return true

    def _course(self, reading: Reading) -> _Course | None:
        """That of a reading's point, if it was heard before."""
        for course in self.courses:
            if course.point == reading.point and course.device == reading.device:
                return course
        return None

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return (self,) if quantity == self.trend.quantity else ()

    def holds(self, reading: Reading) -> bool:
        course = self._course(reading)
        return reading.quantity == self.trend.quantity and course is not None and course.true

    def evidence(self) -> Iterator[Reading]:
        """Where it began and where it is now, for each point that changes fast."""
        for course in self.courses:
            if course.true:
                device, point, (_, _, at, low, *_) = course.device, course.point, course.numbers
                yield Reading(device, point, self.trend.quantity, self.trend.sign * low, at)
                said = [known.reading(point) for known in self.devices if known.name == device]
                yield from (last for last in said if last is not None)

    def save(self) -> object:
        courses = []
        for course in self.courses:
            _, last, *lows = course.numbers
            pairs = [list(pair) for pair in zip(lows[::2], lows[1::2], strict=True)]
            courses.append([course.device, course.point, last, pairs, course.true])
        return courses or None

    def restore(self, saved: object, now: float) -> None:
        self.courses = ()
        if not isinstance(saved, list | None):
            raise ValueError("no memory of a course")
        here = {known.name for known in self.devices}
        courses = []
        for device, point, last, lows, true in saved or ():
            if device in here:
                numbers = [float(number) for at, low in lows for number in (at, low)]
                courses.append(_Course(device, point, true is True and bool(lows), float(last), *numbers))
        self.courses = tuple(courses)
