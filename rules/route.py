"""Route: whom one quantity of one device concerns, and which of its values concern nobody.

Most readings say that all is well, and each rule asked would only confirm it. So each condition tells which values are
calm: values that leave it as it is while it rests. A calm value is remembered and told to nobody who rests. A rule that
needs each reading for the memory of a course (a rise, a meter) has ears for it: they are told, and it is judged only
when one of them says that it is true.
"""

import sys
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Literal, NamedTuple

from drivers.reading import REPLAY, Reading, Scalar
from rules.quantities import PLAIN

if TYPE_CHECKING:
    from rules.conditions.condition import Live
    from rules.rule import Rule
    from rules.watch import Watch

Told = tuple["Watch", float, float, tuple["Live", ...]]
"""Whom to tell; from where to where a value need be told to nobody or, if there are some, to its ears alone."""
Listeners = tuple[str, tuple["Live", ...], tuple["Watch", ...]]
"""A quantity, the ears that follow its course, and whose each of them is."""
Asleep = tuple["Rule", float, float]
"""A rule that isn't at work yet, and from where to where a value is calm for it."""
Band = tuple[float, float]
"""From and to, both included."""
Kind = type[float] | type[int] | type[bool]
"""Of a plain number; a sheet holds all of them as floats."""
Mood = Literal["calm", "stirred", "astray"]
"""Of a point. Calm: all who are told of it rest. Stirred: one of them doesn't, so that no value is calm. Astray: nobody
knows yet whom to tell, which is found out at the next reading."""
EXACT = 2**53
"""Whole numbers up to here are the same as floats."""
ANY: Band = (-sys.float_info.max, sys.float_info.max)
"""Each number; the infinite has no place in a checkpoint and is looked at."""
NONE: Band = (1.0, 0.0)
"""No number."""


def both(one: Band, other: Band) -> Band:
    """What lies in both; NONE, by which ``Asker.eased`` knows that nothing is spared, if that is nothing."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else NONE


def all_of(bands: Iterable[Band]) -> Band:
    """What lies in all of them."""
    return reduce(both, bands, ANY)


class Asker(NamedTuple):
    """A rule that looks at a quantity."""

    rule: "Rule"
    always: bool
    """It wants each reading, not only those that bring another value."""
    calm: Band | None
    """Values that leave it at rest; None: each value may matter."""
    spared: Band = NONE
    """Of these it need not be told itself while it rests; its ears, if it has some, need."""
    again: Band = NONE
    """The same of values that are the last ones once more."""
    sleeps: bool = False
    """It need not be at work before a value comes that isn't calm."""
    echoes: bool = True
    """If it wants each reading: also one that brings what the sensor itself said last."""

    @classmethod
    def of(cls, rule: "Rule", quantity: str, always: bool) -> "Asker":
        """What a rule wants to know of a quantity."""
        calm, heard, again = rule.when.calm(quantity), rule.when.heard(quantity), rule.when.again(quantity)
        ears = (heard or NONE, again or NONE) if always else (NONE, NONE)
        return cls(rule, always, calm, calm or ears[0], calm or ears[1], rule.sleeps, rule.echoes(quantity))

    @property
    def eased(self) -> bool:
        """Is it at times spared something?"""
        return self.spared is not NONE or self.again is not NONE


class Spot:
    """Where a point stands on its sheet (sheet.py), and which values concern ears at the most: shared by all alike."""

    __slots__ = ("again", "asked", "ears", "kind", "mood", "once", "other", "row")

    def __init__(self, asked: "Asked", row: int, kind: Kind | None, mood: Mood) -> None:
        self.asked = asked
        self.row = row
        """Of its value; when that was said, and in which Frame, follow. 0: it isn't kept."""
        self.kind = kind
        """What its value is; None: no plain number."""
        self.mood = mood
        self.other = self.again = NONE
        """From where to where another value, and the same again, are told to ears alone."""
        if mood == "calm" and kind is not None:
            exact = (-EXACT, EXACT) if kind is int else ANY
            self.other = all_of([exact, *(asker.spared for asker in asked.askers)])
            self.again = all_of([exact, *(asker.again for asker in asked.askers if asker.always)])
        self.ears = asked.ears
        self.once = not asked.repeats and mood != "astray"
        """The same value again concerns nobody."""


class Asked:
    """The rules of a home that look at a quantity: the same ones for all its devices."""

    __slots__ = ("askers", "asleep", "ears", "high", "low", "quantity", "repeats", "rest", "spots")

    def __init__(self, quantity: str, askers: Iterable[Asker]) -> None:
        self.quantity = quantity
        self.askers = tuple(askers)
        self.low, self.high = all_of([asker.calm or NONE for asker in self.askers])
        """What is calm for all of them."""
        self.repeats = any(asker.always and asker.echoes for asker in self.askers)
        """Whether a reading that brings the same value counts."""
        self.ears = any(not asker.calm and asker.eased for asker in self.askers)
        """Whether some of them have ears."""
        self.asleep = tuple((asker.rule, *(asker.calm or NONE)) for asker in self.askers)
        """Each of them while it isn't at work."""
        self.rest = Route(self, (), self.asleep)
        """Where readings go while none of them is at work."""
        self.spots: dict[tuple[int, Kind | None, Mood], Spot] = {}

    def spot(self, row: int, kind: Kind | None, mood: Mood = "calm") -> Spot:
        """The one of all points that are alike."""
        key = (row, kind, mood)
        if key not in self.spots:
            self.spots[key] = Spot(self, row, kind, mood)
        return self.spots[key]


class Route:
    """Where the readings of one quantity of one device go."""

    __slots__ = ("always", "asked", "high", "low", "sleepers", "stirred", "watches")

    def __init__(
        self, asked: Asked, told: Sequence[tuple[Asker, "Watch"]], sleepers: tuple[Asleep, ...]
    ) -> None:
        self.asked = asked
        self.sleepers = sleepers
        self.low, self.high = all_of([(low, high) for _, low, high in sleepers])
        """What wakes none of them."""
        self.watches: tuple[Told, ...] = ()
        """Whom to tell of another value."""
        self.always: tuple[Told, ...] = ()
        """Whom to tell of each reading."""
        self.stirred = 0
        """How many don't rest now, of those who would be spared something."""
        if told:
            self.watches = tuple([
                (watch, *spared, () if calm else watch.when.ears(asked.quantity))
                for (_, _, calm, spared, *_), watch in told
            ])
            always = tuple([one for one, (asker, _) in zip(self.watches, told, strict=True) if asker.always])
            self.always = always if len(always) < len(self.watches) else self.watches
            self.stirred = sum([asker.eased and not watch.rests for asker, watch in told])

    @property
    def mood(self) -> Mood:
        """Of the points whose readings come here."""
        return "stirred" if self.stirred else "calm"


def within(value: Scalar, low: float, high: float) -> bool:
    """Is it a number within a band?"""
    return not isinstance(value, str) and low <= value <= high


def counts(reading: Reading) -> bool:
    """Does its value say how things are? The device is heard in any case.

    Neither NaN does nor a text where a number is due: "unavailable", says a bridge, and the fire goes on.
    """
    value = reading.value
    if value != value or (value.__class__ is str and reading.quantity in PLAIN):
        return False
    return REPLAY not in reading.flags


def sayable(reading: Reading) -> Reading:
    """JSON has no word for the infinite, nor floats for the greatest whole numbers: the greatest float instead."""
    value = reading.value
    if isinstance(value, str) or ANY[0] <= value <= ANY[1]:
        return reading
    return reading._replace(value=ANY[1] if value > 0 else ANY[0])
