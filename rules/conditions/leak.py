# ruff: noqa: D102 - the words stand at the method that is overridden
"""``always_in_use``: a meter that never stands still, which is a leak."""

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

GAP = 4
"""Readings further apart than so many slices show neither use nor rest in between; the count starts anew."""


@word
@dataclass(frozen=True, slots=True)
class AlwaysInUse(Condition):
    """``always_in_use = "30m", over = "24h"``: in all that time a meter never stood still for half an hour.

    Readings every two slices or less are needed to see it; where they come hourly, the register moved in every hour.
    """

    word = "always_in_use"
    quantity: str
    rest: float
    seconds: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "AlwaysInUse":
        name, rest, over = meter_of(table, quantity), table.seconds("always_in_use", low=60.0), table.seconds("over")
        if over < rest:
            table.mistake("over", "over is shorter than always_in_use", "write a longer over")
        return cls(name, rest, over)

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: True}

    def heard(self, quantity: str) -> Band | None:
        return ANY

    def live(self, devices: Sequence[Known]) -> Live:
        return _Running(self, devices)


class _Run(Meter):
    """A meter that remembers since when it has moved: ``still`` is when the present register was read first."""

    __slots__ = ("since", "still")

    def __init__(self, quantity: str) -> None:
        super().__init__(quantity)
        self.since = self.still = 0.0

    def note(self, step: Step, rest: float) -> None:
        """Take in a step."""
        if step.new or step.at - step.since > GAP * rest:
            self.since = self.still = step.at
        elif step.used:
            self.still = step.at
        elif step.at - self.still >= rest:
            self.since = step.at

    def save(self) -> list[object]:
        return [*super().save(), self.since, self.still]

    @classmethod
    def of(cls, quantity: str, saved: Any) -> "_Run":
        *plain, since, still = saved
        made = super().of(quantity, plain)
        assert isinstance(made, _Run)
        made.since, made.still = float(since), float(still)
        return made


class _Running(Metered):
    __slots__ = ("rest",)
    kept = _Run

    def __init__(self, leak: AlwaysInUse, devices: Sequence[Known]) -> None:
        super().__init__(leak.quantity, leak.seconds, devices)
        self.rest = leak.rest

    def count(self, device: str, meter: Meter, step: Step) -> bool:
        assert isinstance(meter, _Run)
        meter.note(step, self.rest)
        return any(one.at - one.since >= self.seconds for one in self.meters.values() if isinstance(one, _Run))

    def seen(self, device: str) -> Iterator[Reading]:
        """For each meter that runs: for how long, and since when."""
        for (name, _), one in self.meters.items():
            if isinstance(one, _Run) and one.at - one.since >= self.seconds:
                yield Reading(name, "in_use_s", self.quantity, round(one.at - one.since, 6), one.since)
