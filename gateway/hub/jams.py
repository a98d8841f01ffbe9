"""Jams: a sensor that calls again and again, a button that water got into or a child found. Live only, no state.

Each commit wears the flash, and each call of a node waits for one. What calls for the first time, changes anything but
the count of calls, or has somebody told is never held up. What only says again that it calls is, beyond a few at once:
several of them are written together. They are acknowledged then, before the node sounds by itself (5 s). Sirens follow
all of them at once, as ever: outputs don't wait for the disk.
"""

from collections import OrderedDict
from typing import Final

from gateway.hub.outcome import Outcome
from gateway.ports.thin import Budget
from rules.quantities import MOMENTARY

SOON = 2.5
"""Seconds that the first of them waits at most."""
AT_ONCE: Final = (10, 1 / 60)
"""So many of one point, and so many more a second: a hand that presses doesn't use that up."""
MOST: Final = 1024
"""Points looked at; the one that was silent for longest is forgotten."""

HUSHED: Final = b'"kind":"hushed"'

Point = tuple[str, str, tuple[str, ...]]


class Jams:
    """Who has called how often."""

    def __init__(self) -> None:
        self._budgets: OrderedDict[Point, Budget] = OrderedDict()

    def is_jam(self, out: Outcome) -> bool:
        """Whether an alarm's Frame brings no more than one call too many. A change of state is none."""
        assert out.acknowledge is not None
        news = any(alert.n and alert.reason != "still" for alert in out.alerts)
        calls = out.readings and all(reading.quantity in MOMENTARY for reading in out.readings)
        # what else is recorded was due as well: somebody is told, or the duty desk is; each press hushes the siren anew
        more = sum(HUSHED not in entry.body for entry in out.entries) > len(out.alerts)
        if news or more or not calls or out.changes:
            return False
        point = out.frame.port, out.acknowledge[1].address, tuple(reading.point for reading in out.readings)
        budget = self._budgets.pop(point, None) or Budget(*AT_ONCE)
        self._budgets[point] = budget
        if len(self._budgets) > MOST:
            self._budgets.popitem(last=False)
        return not budget.take(out.frame.at)
