# ruff: noqa: D102 - the words stand at the method that is overridden
"""``too_coarse``: a meter whose register moves in steps too great to show a small amount; and how that is learned.

A register of whole cubic metres stands still for days in a home where somebody lives. That 10 L were not used in twelve
hours it can't say, so ``used_below`` does without such a meter, and a rule on this word tells of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.conditions.meter import Meter, Step
from rules.conditions.metered import Metered, meter_of
from rules.document import Table
from rules.known import Known
from rules.route import ANY, Band

UNIT = 1e-4
"""Of a register: 0.1 L, finer than any home's meter counts."""
COARSE = 2.0
"""Times the amount that a register moves at the least, from which on it is too coarse for it."""
USUAL = (10_000, 1_000)
"""Units of the steps of coarse meters: 1 m3 and 100 L."""
BY_CHANCE = 0.001
"""A finer register would have looked as coarse with this chance at the most."""
MOST = 99


class Grained(Meter):
    """A register whose step is learned: all its rises are multiples of it."""

    __slots__ = ("grain", "moves")

    def __init__(self, quantity: str) -> None:
        super().__init__(quantity)
        self.grain = 0
        """The greatest number of units of which all rises are multiples; 0 before the first."""
        self.moves = 0
        """Rises it was learned from, MOST at the most."""

    def learn(self, step: Step, before: float | None) -> None:
        if step.new:
            self.grain = self.moves = 0
        elif step.used:
            self.grain = gcd(self.grain, round(step.used / UNIT)) or 1
            self.moves = min(self.moves + 1, MOST)

    @property
    def step(self) -> float:
        """By how much it moves at the least, as far as it ever showed."""
        return round(self.grain * UNIT, 6)

    def is_too_coarse(self, amount: float) -> bool:
        """Can't it show so little? One that never moved is believed.

        A finer one rises by just such a step by a chance of one in the finer steps, and shows such a register. Where
        the step isn't a usual one, the first rise says nothing: each is a multiple of itself.
        """
        if not self.grain or self.grain * UNIT < COARSE * amount:
            return False
        usual = next((one for one in USUAL if self.grain % one == 0 and one * UNIT >= COARSE * amount), 0)
        step = usual or self.grain
        agreed = self.moves - (not usual) + (round((self.register or 0.0) / UNIT) % step == 0)
        return bool((amount / (step * UNIT)) ** agreed <= BY_CHANCE * (1 + 1e-9))

    def save(self) -> list[object]:
        return [*super().save(), self.grain, self.moves]

    @classmethod
    def of(cls, quantity: str, saved: Any) -> "Grained":
        at, register, base, odd, odd_at, *learned = saved
        made = super().of(quantity, [at, register, base, odd, odd_at])
        assert isinstance(made, Grained)
        made.grain, made.moves = map(int, learned) if learned else (0, 0)
        return made


@word
@dataclass(frozen=True, slots=True)
class TooCoarse(Condition):
    """``too_coarse = 0.01``: the meter moves in steps of twice this or more, as far as it ever showed."""

    word = "too_coarse"
    quantity: str
    amount: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "TooCoarse":
        return cls(meter_of(table, quantity), table.number("too_coarse", low=1e-6))

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: True}

    def heard(self, quantity: str) -> Band | None:
        return ANY

    def live(self, devices: Sequence[Known]) -> Live:
        return _Coarse(self, devices)


class _Coarse(Metered):
    __slots__ = ("amount",)
    kept = Grained

    def __init__(self, condition: TooCoarse, devices: Sequence[Known]) -> None:
        super().__init__(condition.quantity, 0.0, devices)
        self.amount = condition.amount

    def count(self, device: str, meter: Meter, step: Step) -> bool:
        if not (step.used or step.new or self.true):
            return False  # a register that stands still teaches nothing
        return any(isinstance(one, Grained) and one.is_too_coarse(self.amount) for one in self.meters.values())

    def rests(self) -> bool:
        return not self.true

    def seen(self, device: str) -> Iterator[Reading]:
        """For each that is too coarse: its step, as the quantity's unit."""
        for (name, _), one in self.meters.items():
            if isinstance(one, Grained) and one.is_too_coarse(self.amount):
                yield Reading(name, f"step_{self.quantity}", self.quantity, one.step, one.base)
