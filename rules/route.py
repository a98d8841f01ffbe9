"""Route: whom one quantity of one device concerns, and which of its values concern nobody.

Most readings say that all is well, and each rule asked would only confirm it. So each condition tells which values are
calm: values that leave it as it is while it rests. A calm value is remembered and told to nobody who rests.
"""

import math
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from drivers.reading import REPLAY, Reading

if TYPE_CHECKING:
    from rules.rule import Rule
    from rules.watch import Watch

Told = tuple["Watch", float, float]
"""Whom to tell, and from where to where a value is calm for it."""
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


class Route:
    """Where the readings of one quantity of one device go."""

    __slots__ = ("always", "high", "low", "points", "stirred", "watches")

    def __init__(self, told: Iterable[tuple[Asker, "Watch"]], points: dict[str, Reading]) -> None:
        askers = list(told)
        self.points = points
        """The last reading of each point."""
        self.watches = tuple((watch, *(asker.calm or NONE)) for asker, watch in askers)
        """Whom to tell of another value, each with what is calm for it."""
        self.always = tuple((watch, *(asker.calm or NONE)) for asker, watch in askers if asker.always)
        """Whom to tell of each reading."""
        self.low, self.high = ANY
        """What is calm for all of them."""
        for asker, _ in askers:
            self.low, self.high = both((self.low, self.high), asker.calm or NONE)
        self.stirred = sum(asker.calm is not None and not watch.rests for asker, watch in askers)
        """How many don't rest now."""

    def is_calm(self, point: str, value: float) -> bool:
        """Would this number in place of the last one leave all as they are? So it is where nobody looks at it."""
        if not self.watches:
            return True
        old = self.points.get(point)
        if old is None or self.stirred or isinstance(old.value, str):
            return False
        return self.low <= value <= self.high and self.low <= old.value <= self.high


def counts(reading: Reading) -> bool:
    """Does its value say how things are? The device is heard in any case."""
    return reading.value == reading.value and REPLAY not in reading.flags


def sayable(reading: Reading) -> Reading:
    """JSON has no word for the infinite: the greatest number instead."""
    value = reading.value
    if isinstance(value, float) and math.isinf(value):
        return reading._replace(value=math.copysign(sys.float_info.max, value))
    return reading
