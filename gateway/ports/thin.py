"""Thin: which of the things that a sensor says go on to the journal, and which wait. Pure: no clock of its own.

What calls for help or changes a state goes on at once and whatever else is true; thinned is what says again what was
said:

- Measured values go on when they moved by a tenth (a temperature by half a degree, a gas by anything), else twice a
  minute; unchanged ones a few times within the device's budget of silence. A change of state goes on with the two
  frames that follow it: a sensor's counter may have to be believed first (drivers/replay.py).
- One sensor has a budget of Frames. That for calls for help is one that no hand uses up; beyond it somebody floods.
  What had to wait goes on when there is a budget again, unless a newer word on the same came.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from drivers.advert import EVENTS
from drivers.reading import Frame, Scalar, Value

MEASURED: Final = 30.0
"""Seconds between two Frames of values that move a little."""
MOVED: Final = 0.1
"""Part of a value by which it moved."""
FOLLOW: Final = 2
"""Frames that go on after a change of state."""
KEEP: Final = (30.0, 3600.0)
"""Seconds between two signs of life at least and at most; in between a quarter of the device's budget."""
CALLS: Final = frozenset({"smoke", "heat_alarm", "gas_alarm", "co_alarm", "flood"})
"""True in these is a call for help, as is every event and ``safe`` that isn't."""
VITAL: Final = frozenset({"gas_lel_pct", "co_ppm", "smoke_obscuration_pct_m"})
"""Rules on these are alarms: any other value is one that may have crossed a threshold."""
STEPS: Final = {"temperature_c": 0.5}
"""By how much such a value has moved for sure, though it may be less than a tenth: rules on it are alarms, too."""


class Budget:
    """So many at once, and so many a second."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, most: float, rate: float) -> None:
        self._most, self._rate = most, rate
        self._left, self._at = most, 0.0

    def take(self, at: float) -> bool:
        """One of them; False when they are used up."""
        self._left = min(self._most, self._left + (at - self._at) * self._rate)
        self._at = at
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def calls() -> Budget:
    """For what calls for help."""
    return Budget(50, 10)


class Said(NamedTuple):
    """What a sensor said: the Frame that says so, and the values in it."""

    frame: Frame
    values: Sequence[Value] = ()

    @property
    def calls(self) -> bool:
        """Whether it calls for help."""
        return any(map(is_call, self.values))

    @property
    def presses(self) -> bool:
        """Whether it needs no room in the inbox: a call, or what may have crossed an alarm's threshold."""
        return self.calls or any(value.quantity in VITAL for value in self.values)

    @property
    def points(self) -> set[tuple[str, int]]:
        """What it is about."""
        return {(value.quantity, value.nth) for value in self.values}


def is_call(value: Value) -> bool:
    """Whether somebody may need help: an event, or an alarm that is true."""
    quantity = value.quantity
    return quantity in EVENTS or (quantity in CALLS and value.value is True) or (quantity == "safe" and not value.value)


class Thin:
    """Of one sensor."""

    __slots__ = ("_alarms", "_at", "_follow", "_frames", "_held", "_keep", "_told")

    def __init__(self, silent_after: float) -> None:
        self._keep = min(max(silent_after / 4, KEEP[0]), KEEP[1])
        self._told: dict[tuple[str, int], Scalar] = {}
        self._at = -1e9
        self._follow = 0
        self._held: Said | None = None
        self._frames, self._alarms = Budget(10, 0.2), calls()

    def is_due(self, at: float) -> bool:
        """Whether it is time for a sign of life."""
        return at - self._at >= self._keep

    def alive(self, at: float) -> None:
        """A sign of life goes on."""
        self._at = at

    def doubt(self) -> None:
        """Its counter fell: the next frames go on, so that it can be believed again soon (drivers/replay.py)."""
        self._follow = FOLLOW + 1

    def takes(self, said: Said, at: float) -> bool:
        """Whether it goes on now; what matters and doesn't is held."""
        if self._held is not None and self._held.points & said.points:
            self._held = None  # a newer word on the same
        if not self._passes(said, at):
            return False
        self._note(said, at)
        return True

    def held(self, at: float) -> Said | None:
        """What had to wait for its budget and is still the last that the sensor said."""
        said = self._held
        if said is None or not (self._alarms if said.calls else self._frames).take(at):
            return None
        self._held = None
        self._note(said, at)
        return said

    def _note(self, said: Said, at: float) -> None:
        self._at = at
        self._told.update(((value.quantity, value.nth), value.value) for value in said.values)

    def _passes(self, said: Said, at: float) -> bool:
        state = said.calls or any(map(self._is_other_state, said.values))
        vital = said.calls or any(value.quantity in VITAL and self._differs(value) for value in said.values)
        if state or vital or any(map(self._moved, said.values)):
            self._follow = FOLLOW if state else self._follow
            if not (self._alarms if vital else self._frames).take(at):
                self._held = said
            return self._held is not said
        if self._follow and self._frames.take(at):
            self._follow -= 1
            return True
        return at - self._at >= (MEASURED if any(map(self._differs, said.values)) else self._keep)

    def _is_other_state(self, value: Value) -> bool:
        return self._differs(value) and (isinstance(value.value, bool | str) or self._before(value) is None)

    def _moved(self, value: Value) -> bool:
        before, now = self._before(value), value.value
        if isinstance(now, bool | str) or before is None or isinstance(before, bool | str):
            return False
        return abs(now - before) > min(MOVED * abs(before), STEPS.get(value.quantity, math.inf))

    def _differs(self, value: Value) -> bool:
        return self._before(value) != value.value

    def _before(self, value: Value) -> Scalar | None:
        return self._told.get((value.quantity, value.nth))
