# ruff: noqa: D102 - the words stand at the method that is overridden
"""``dose``: carbon monoxide by time and concentration, as EN 50291-1 tests an alarm.

What harms is what was breathed in, so each concentration has a time after which it alarms, and shares of such times
add up: half the time at 100 ppm and half the time at 50 ppm are an alarm. A threshold with ``for`` starts anew at each
dip.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.reading import Reading, Scalar
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.conditions.value import quantity_of
from rules.document import Table
from rules.known import Known
from rules.quantities import KNOWN
from rules.route import ANY, Band

TABLES: Mapping[str, tuple[tuple[float, float], ...]] = {
    "en50291": ((30.0, 150.0), (50.0, 75.0), (100.0, 25.0), (300.0, 2.0)),
    "ul2034": ((50.0, 240.0), (70.0, 150.0), (150.0, 30.0), (400.0, 9.0)),
}
"""Name -> (ppm, minutes), in the middle of what the standard allows: EN 50291-1 30 ppm not before 120 min (150, so that
it holds at the 33 ppm of a test gas too), 50 ppm 60 to 90, 100 ppm 10 to 40, 300 ppm within 3; UL 2034 70 ppm 60 to
240, 150 ppm 10 to 50, 400 ppm 4 to 15, 30 ppm never (both verified, see the pack); its 50 ppm is no row of it, but a
test gas of 65 ppm must alarm too. Between them by logarithms; at or below the first nothing adds up, above the last its
time holds."""
RECOVERY = 10 * 3600.0
"""Seconds in which a full dose is breathed out: carboxyhaemoglobin halves in 3 to 6 h of fresh air (verified:
em.umaryland.edu 5 to 6 h; others 3 to 5 h)."""


@word
@dataclass(frozen=True, slots=True)
class Dose(Condition):
    """``dose = "en50291"``: what was breathed in has come to the alarm of this standard."""

    word = "dose"
    quantity: str
    table: tuple[tuple[float, float], ...]

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Dose":
        name = quantity_of(table, quantity or "co_ppm")
        if name in KNOWN and name != "co_ppm":
            what = "a dose is of carbon monoxide, not of {name}"
            table.mistake("quantity", what, 'write quantity = "co_ppm"', name=name)
        standard = table.text("dose", choices=TABLES)
        return cls(name, TABLES.get(standard, TABLES["en50291"]))

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: False}

    def calm(self, quantity: str) -> Band | None:
        return (ANY[0], self.table[0][0]) if quantity == self.quantity else ANY

    def sleeps(self) -> bool:
        return True

    def live(self, devices: Sequence[Known]) -> Live:
        return _Breathing(self, devices)

    def rate(self, value: Scalar) -> float:
        """Share of the dose a second; below zero where it is breathed out."""
        if isinstance(value, str) or value <= self.table[0][0]:
            return -1.0 / RECOVERY
        for (low, slow), (high, fast) in zip(self.table, self.table[1:], strict=False):
            if value <= high:
                share = math.log(value / low) / math.log(high / low)
                return 1.0 / (60.0 * slow * math.pow(fast / slow, share))
        return 1.0 / (60.0 * self.table[-1][1])


class _Breathing(Live):
    """``doses`` says of each point [when, the dose then, its rate since, its beginning]; readings alone change it."""

    __slots__ = ("at", "devices", "dose", "doses")

    def __init__(self, dose: Dose, devices: Sequence[Known]) -> None:
        self.dose = dose
        self.devices = devices
        self.doses: dict[tuple[str, str], tuple[float, float, float, float]] = {}
        self.at = 0.0
        """When it was looked at last."""

    def step(self, at: float, reading: Reading | None) -> bool:
        self.at = at
        if reading is not None and reading.quantity == self.dose.quantity:
            self._breathe((reading.device, reading.point), at, reading.value)
        elif not self.doses:
            for known in self.devices:
                for last in known.readings(self.dose.quantity):
                    self._breathe((known.name, last.point), at, last.value)
        return any(self._full(dose, at) for dose in self.doses.values())

    def _breathe(self, key: tuple[str, str], at: float, value: Scalar) -> None:
        before = since, dose, rate, began = self.doses.get(key, (at, 0.0, 0.0, at))
        now = 1.0 if self._full(before, at) else min(1.0, max(0.0, dose + (at - since) * rate))
        self.doses[key] = (at, now, self.dose.rate(value), began if now > 0.0 else at)

    def _full(self, dose: tuple[float, float, float, float], at: float) -> bool:
        return dose[2] > 0.0 and self._full_at(dose) <= at

    def _full_at(self, dose: tuple[float, float, float, float]) -> float:
        since, before, rate, _ = dose
        return round(since + (1.0 - before) / rate, 6)

    def due(self, after: float) -> float | None:
        moments = [self._full_at(dose) for dose in self.doses.values() if dose[2] > 0.0]
        return min((moment for moment in moments if moment > after), default=None)

    def holds(self, reading: Reading) -> bool:
        dose = self.doses.get((reading.device, reading.point))
        return reading.quantity == self.dose.quantity and dose is not None and self._full(dose, reading.at)

    def evidence(self) -> Iterator[Reading]:
        """The last value of those that are breathed in, the share of the dose by then, and for how long since when."""
        for known in self.devices:
            for last in known.readings(self.dose.quantity):
                since, dose, rate, began = self.doses.get((known.name, last.point), (0.0, 0.0, -1.0, 0.0))
                if rate > 0.0:
                    yield last
                    yield Reading(known.name, "dose_pct", self.dose.quantity, round(100.0 * dose, 1), since)
                    yield Reading(known.name, "breathed_s", "breathed_s", round(self.at - began, 6), began)

    def rests(self) -> bool:
        return all([dose[1] == 0.0 and dose[2] <= 0.0 for dose in self.doses.values()])

    def save(self) -> object:
        return [[*key, *dose] for key, dose in self.doses.items() if dose[1] > 0.0 or dose[2] > 0.0] or None

    def restore(self, saved: object, now: float) -> None:
        if not isinstance(saved, list | None):
            raise ValueError("no memory of a dose")
        here = {known.name for known in self.devices}
        self.doses = {}
        for device, point, since, dose, rate, began in saved or ():
            if device in here:
                self.doses[device, point] = (min(float(since), now), float(dose), float(rate), min(float(began), now))
