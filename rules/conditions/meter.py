"""A cumulative meter's register, read with the faults that real ones have; see ``Meter.read``."""

from typing import Any, NamedTuple

from drivers.reading import Scalar

LEAST = 900.0
"""Seconds: readings nearer than this may belong to a longer time, because a late one comes with its successor."""
AGAIN = 30.0
"""Seconds: the same word so soon is a telegram heard twice, or a register read twice, and no second witness."""
HIGHEST = 1e9
"""No register shows more."""


class Pace(NamedTuple):
    """What a meter of a home can do."""

    hourly: float
    """The most that can flow in an hour."""
    jitter: float
    """A step back by no more than this is noise."""
    brisk: float
    """A single rise by more than this in an hour is believed when the next reading agrees: registers glitch."""


WATER = Pace(5.0, 0.01, 0.5)
"""5 m3/h is Q4 of a DN 20 meter (from memory, not verified); recorded registers step back mostly by 1 L, or by 10."""
PACES = {
    "water_m3": WATER,
    "hot_water_m3": WATER,
    "volume_m3": WATER,
    "gas_m3": Pace(10.0, 0.01, 1.0),
    "heat_kwh": Pace(100.0, 1.0, 10.0),
}
"""Gas: a G6 meter passes 10 m3/h."""
OTHERS = Pace(100.0, 0.1, 10.0)
"""100 kWh an hour is twice what a three-phase 63 A main lets through."""


class Step(NamedTuple):
    """What one believed reading says."""

    since: float
    """The believed reading before; the moment of the first one if the meter is new."""
    at: float
    used: float
    new: bool
    """The register is a new one: nothing is known of the time before ``since``."""


class Meter:
    """One register. A rise is use; everything else is a fault of the meter or of the line.

    - back by no more than ``jitter``: noise; what was lost is not counted again when it returns
    - back from just under a power of ten to just above zero: the register rolled over, if the next reading agrees
    - a great rise: not believed until the next reading agrees; a single one is forgotten
    - a leap that no pipe lets through, or further back: not believed, until the next reading agrees with it; then
      the meter was exchanged. A single one is forgotten.
    """

    __slots__ = ("at", "base", "odd", "odd_at", "pace", "register")

    def __init__(self, quantity: str) -> None:
        self.pace = PACES.get(quantity, OTHERS)
        self.at = 0.0
        """Of the last believed reading."""
        self.register: float | None = None
        """The highest believed one."""
        self.base = 0.0
        """Since when the register was followed without a break."""
        self.odd: float | None = None
        """The last reading, if it was not believed."""
        self.odd_at = 0.0

    def read(self, at: float, value: Scalar) -> Step | None:
        """Take in a reading; None if it isn't believed."""
        before, since = self.register, self.at
        if self.odd is None and before is not None:
            if value == before and value.__class__ is not bool:  # nothing flowed, as most of the time
                self.at = at
                return Step(since, at, 0.0, False)
            if type(value) is not float or value > HIGHEST:
                return self._follow(at, value)
            rise = round(value - before, 6)
            if 0 < rise <= self.pace.brisk:  # so little flows in LEAST, too
                self.at, self.register = at, value
                step = Step(since, at, rise, False)
                self.learn(step, before)
                return step
        return self._follow(at, value)

    def _follow(self, at: float, value: Scalar) -> Step | None:
        """The same of any value."""
        before = self.register
        step = self._believe(at, value)
        if step is not None:
            self.learn(step, before)
        return step

    def learn(self, step: Step, before: float | None) -> None:
        """What a step, unless the register stood still, says of the meter itself; ``before`` is the last register."""
        return

    def _believe(self, at: float, value: Scalar) -> Step | None:
        if isinstance(value, bool | str) or not 0 <= value <= HIGHEST:
            return None
        if self.register is None:
            return self._start(at, at, value, 0.0)
        if value == self.odd and at - self.odd_at < AGAIN:
            return None
        used = self._used(self.register, at - self.at, value)
        after = None if self.odd is None else self._used(self.odd, at - self.odd_at, value)
        if used is None and after is not None and self.odd is not None:
            return self._start(self.odd_at, at, max(value, self.odd), after)
        if used is None or (after is None and self._is_odd(used, at - self.at, value)):
            self.odd, self.odd_at = value, at
            return None
        if used or self._is_back(self.register, value):
            self.register = value
        step = Step(self.at, at, used, False)
        self.at, self.odd = at, None
        return step

    def _is_odd(self, used: float, seconds: float, value: float) -> bool:
        """Is it possible, and yet to be believed only when the next reading agrees: rolled over, or a great rise?"""
        rolled = self.register is not None and self._is_back(self.register, value)
        return rolled or used > self.pace.brisk * max(1.0, seconds / 3600.0)

    def _is_back(self, before: float, value: Scalar) -> bool:
        """Further than noise? In steps of a millionth, for a meter of 10 L steps goes back by exactly the jitter."""
        return round(float(value) - before, 6) < -self.pace.jitter

    def _start(self, since: float, at: float, value: float, used: float) -> Step:
        self.base, self.at, self.register, self.odd = since, at, value, None
        return Step(since, at, used, True)

    def _used(self, before: float, seconds: float, value: float) -> float | None:
        """What flowed between two registers; None if nothing flows like that."""
        most = self.pace.hourly * max(seconds, LEAST) / 3600.0
        rise = round(value - before, 6)
        if rise < -self.pace.jitter and before >= 10.0:
            rise = round(rise + 10.0 ** len(str(int(before))), 6)
            most = min(most, max(self.pace.hourly, self.pace.brisk * seconds / 3600.0))  # else exchanged in a gap
        return max(rise, 0.0) if -self.pace.jitter <= rise <= most else None

    def save(self) -> list[object]:
        """JSON-able."""
        return [self.at, self.register, self.base, self.odd, self.odd_at]

    @classmethod
    def of(cls, quantity: str, saved: Any) -> "Meter":
        """From what ``save`` gave; raises ValueError or TypeError for anything else."""
        made = cls(quantity)
        at, register, base, odd, odd_at = saved
        made.at, made.base, made.odd_at = float(at), float(base), float(odd_at)
        made.register = None if register is None else float(register)
        made.odd = None if odd is None else float(odd)
        return made
