"""Batteries: when each will be flat, by the trend of its own days. Pure; its days are state, kept in the checkpoint.

A battery that says 40 % may last a year or a week; what it lost in the last weeks tells which. One value a day is kept,
the day's highest: a busy radio or a cold night makes a battery dip, not end. Days are those of gateway time.
"""

from collections.abc import Iterable
from typing import Any

from drivers.reading import Reading

DAY = 86_400.0
DAYS = 60
"""Days that a trend looks back."""
LEAST = 14
"""Days that it needs."""
LOST = 2.0
"""Percent that must be lost in them: less is the last digit of a sensor."""
FLAT = 10.0
"""Percent at which a battery counts as flat: below it sensors fall silent in the cold."""
CHANGED = 15.0
"""Percent up from one day to the next by which it is known to be a new one."""
FAR = 999.0
"""Days said for one that shows no end."""
POINTS = 2_000
"""Batteries remembered."""


class Batteries:
    """The days of each battery."""

    def __init__(self) -> None:
        self.days: dict[str, list[list[float]]] = {}
        """DEVICE/POINT -> [day, highest percent], the oldest first; the last one still runs."""
        self.dirty: set[str] = set()

    def feed(self, readings: Iterable[Reading]) -> list[Reading]:
        """``battery_days``, once a day for each battery among these readings that has a trend, or is a new one."""
        made = []
        for one in readings:
            if one.quantity == "battery_pct" and isinstance(one.value, int | float) and 0 <= one.value <= 100:
                left = self._take(f"{one.device}/{one.point}", int(one.at // DAY), float(one.value))
                if left is not None:
                    point = one.point.replace("battery_pct", "battery_days")
                    made.append(one._replace(point=point, quantity="battery_days", value=left, source=None))
        return made

    def _take(self, name: str, day: int, percent: float) -> float | None:
        days = self.days.setdefault(name, [])
        if days and days[-1][0] == day:
            if percent > days[-1][1]:
                days[-1][1] = percent
                self.dirty.add(name)
            return None
        self.dirty.add(name)
        changed = bool(days) and percent > days[-1][1] + CHANGED
        left = FAR if changed else trend(days)
        if changed:
            days.clear()
        days.append([float(day), percent])
        del days[:-DAYS]
        while len(self.days) > POINTS:
            gone = next(iter(self.days))
            del self.days[gone]
            self.dirty.add(gone)
        return left

    def load(self, name: str, row: Any) -> None:
        """One row of the checkpoint; raises ValueError or TypeError for anything else."""
        self.days[name] = [[float(day), float(percent)] for day, percent in row]


def trend(days: list[list[float]]) -> float | None:
    """Days from the last one until FLAT, by least squares; None where nothing can be said yet."""
    if len(days) < 2 or days[-1][0] - days[0][0] < LEAST or days[0][1] - days[-1][1] < LOST:
        return None
    mean_day = sum(day for day, _ in days) / len(days)
    mean = sum(percent for _, percent in days) / len(days)
    spread = sum((day - mean_day) ** 2 for day, _ in days)
    slope = sum((day - mean_day) * (percent - mean) for day, percent in days) / spread
    if slope >= 0:
        return None
    now = mean + slope * (days[-1][0] - mean_day)
    return round(min(FAR, max(0.0, (now - FLAT) / -slope)), 1)
