# ruff: noqa: D102 - the words stand at the method that is overridden
"""``leaps`` … ``over``: a register that again and again rises by more than any pipe of a home lets through.

An exchanged meter does that once. Litres told as cubic metres do it at each shower; so do two meters under one name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.conditions.meter import Meter, Step
from rules.conditions.metered import Metered, meter_of
from rules.document import Table
from rules.known import Known
from rules.route import ANY, Band

MOST = 20
"""Leaps, at most: the moment of each is remembered."""


@word
@dataclass(frozen=True, slots=True)
class Leaps(Condition):
    """``leaps = 3, over = "7d"``: so often its register rose by more than can flow, and went on from there."""

    word = "leaps"
    quantity: str
    count: int
    seconds: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Leaps":
        return cls(meter_of(table, quantity), table.whole("leaps", low=1, high=MOST), table.seconds("over", low=60.0))

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: True}

    def heard(self, quantity: str) -> Band | None:
        return ANY

    def live(self, devices: Sequence[Known]) -> Live:
        return _Leaping(self, devices)


class _Leaper(Meter):
    """A register that remembers when it leapt last, and by how much."""

    __slots__ = ("by", "leapt")

    def __init__(self, quantity: str) -> None:
        super().__init__(quantity)
        self.leapt: list[float] = []
        self.by = 0.0

    def learn(self, step: Step, before: float | None) -> None:
        if step.new and before is not None and (self.register or 0.0) > before:
            self.leapt = [*self.leapt, step.at][-MOST:]
            self.by = round((self.register or 0.0) - before, 6)

    def save(self) -> list[object]:
        return [*super().save(), list(self.leapt), self.by]

    @classmethod
    def of(cls, quantity: str, saved: Any) -> "_Leaper":
        *plain, leapt, by = saved
        made = super().of(quantity, plain)
        assert isinstance(made, _Leaper)
        made.leapt, made.by = [float(at) for at in leapt][-MOST:], float(by)
        return made


class _Leaping(Metered):
    __slots__ = ("many",)
    kept = _Leaper

    def __init__(self, condition: Leaps, devices: Sequence[Known]) -> None:
        super().__init__(condition.quantity, condition.seconds, devices)
        self.many = condition.count

    def count(self, device: str, meter: Meter, step: Step) -> bool:
        if not (step.new or self.true):
            return False  # time alone makes them fewer
        return any(self._leaps(one, step.at) for one in self.meters.values())

    def _leaps(self, meter: Meter, at: float) -> bool:
        lately = [one for one in meter.leapt if one > at - self.seconds] if isinstance(meter, _Leaper) else []
        return len(lately) >= self.many

    def rests(self) -> bool:
        return not self.true

    def seen(self, device: str) -> Iterator[Reading]:
        """By how much each that leapt did so last, and when."""
        for (name, _), one in self.meters.items():
            if isinstance(one, _Leaper) and one.leapt:
                yield Reading(name, f"leapt_{self.quantity}", self.quantity, one.by, one.leapt[-1])
