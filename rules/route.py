"""Route: whom one quantity of one device concerns, and which of its values concern nobody.

Most readings say that all is well, and each rule asked would only confirm it. So each condition tells which values are
calm: values that leave it as it is while it rests. A calm value is remembered and told to nobody who rests.
"""

import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from drivers.reading import REPLAY, Reading, Scalar

if TYPE_CHECKING:
    from rules.rule import Rule
    from rules.watch import Watch

Told = tuple["Watch", float, float]
"""Whom to tell, and from where to where a value is calm for it."""
Asleep = tuple["Rule", float, float]
"""A rule that isn't at work yet, and from where to where a value is calm for it."""
Band = tuple[float, float]
"""From and to, both included."""
ANY: Band = (-sys.float_info.max, sys.float_info.max)
"""Each number; the infinite has no place in a checkpoint and is looked at."""
NONE: Band = (1.0, 0.0)
"""No number."""


def both(one: Band, other: Band) -> Band:
    """What lies in both."""
    return max(one[0], other[0]), min(one[1], other[1])


class Asker(NamedTuple):
    """A rule that looks at a quantity."""

    rule: "Rule"
    always: bool
    """It wants each reading, not only those that bring another value."""
    calm: Band | None
    """Values that leave it at rest; None: each value may matter."""
    sleeps: bool = False
    """It need not be at work before a value comes that isn't calm."""


class Asked:
    """The rules of a home that look at a quantity: the same ones for all its devices."""

    __slots__ = ("askers", "asleep", "high", "low", "repeats")

    def __init__(self, askers: Iterable[Asker]) -> None:
        self.askers = tuple(askers)
        self.low, self.high = ANY
        """What is calm for all of them."""
        for asker in self.askers:
            self.low, self.high = both((self.low, self.high), asker.calm or NONE)
        self.repeats = any(asker.always for asker in self.askers)
        """Whether a reading that brings the same value counts."""
        self.asleep = tuple(asleep(asker) for asker in self.askers)
        """All of them, where none is at work yet."""


def asleep(asker: Asker) -> Asleep:
    """A rule that isn't at work yet."""
    return asker.rule, *(asker.calm or NONE)


class Route:
    """Where the readings of one quantity of one device go."""

    __slots__ = ("always", "asked", "high", "low", "points", "repeats", "sleepers", "stirred", "watches")

    def __init__(
        self,
        asked: Asked,
        told: Sequence[tuple[Asker, "Watch"]],
        sleepers: tuple[Asleep, ...],
        points: dict[str, Reading],
    ) -> None:
        self.asked = bool(asked.askers)
        """Whether any rule looks at it."""
        self.points = points
        """The last reading of each point."""
        self.low, self.high, self.repeats = asked.low, asked.high, asked.repeats
        self.sleepers = sleepers
        self.watches: tuple[Told, ...] = ()
        """Whom to tell of another value, each with what is calm for it."""
        self.always: tuple[Told, ...] = ()
        """Whom to tell of each reading."""
        self.stirred = 0
        """How many don't rest now."""
        if told:
            self.watches = tuple([(watch, *(asker.calm or NONE)) for asker, watch in told])
            self.always = tuple([(watch, *(asker.calm or NONE)) for asker, watch in told if asker.always])
            self.stirred = sum([asker.calm is not None and not watch.rests for asker, watch in told])

    def is_calm(self, point: str, value: float) -> bool:
        """Would this number in place of the last one leave all as they are? So it is where nobody looks at it."""
        if not self.asked:
            return True
        old = self.points.get(point)
        if old is None or self.stirred or isinstance(old.value, str):
            return False
        return self.low <= value <= self.high and self.low <= old.value <= self.high


def within(value: Scalar, low: float, high: float) -> bool:
    """Is it a number within a band?"""
    return not isinstance(value, str) and low <= value <= high


def counts(reading: Reading) -> bool:
    """Does its value say how things are? The device is heard in any case."""
    return reading.value == reading.value and REPLAY not in reading.flags


def sayable(reading: Reading) -> Reading:
    """JSON has no word for the infinite: the greatest number instead."""
    value = reading.value
    if isinstance(value, float) and math.isinf(value):
        return reading._replace(value=math.copysign(sys.float_info.max, value))
    return reading
