# ruff: noqa: D102 - the words stand at the method that is overridden
"""How much was used within a time, or between two times of the day, by cumulative meters: ``used_above`` … ``over``."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import Reading
from rules.conditions.between import ANEW
from rules.conditions.condition import Live
from rules.conditions.language import word
from rules.conditions.meter import Meter, Step
from rules.conditions.metered import Metered, meter_of
from rules.conditions.usage import SLICES, Usage
from rules.daily import Daily, Days
from rules.document import Table
from rules.known import INFINITE, Known


@word
class UsedAbove(Usage):
    """``used_above = 2, over = "24h"``: more than this was used.

    What was used in a gap is spread over it evenly: a meter that is heard again after days raises no false alarm.
    """

    __slots__ = ()
    word = "used_above"

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Usage:
        daily = Daily.read(table, "over")
        if daily is None:
            return super().read(table, quantity, depth)
        amount = table.number(cls.word, low=1e-6)
        return UsedAboveBetween(meter_of(table, quantity), amount, daily.seconds, daily)

    def live(self, devices: Sequence[Known]) -> Live:
        return _More(self, devices)


class _Spread(Meter):
    """A meter that remembers its steps within the window: from, to, amount in turn, neighbours put together."""

    __slots__ = ("steps", "total")

    def __init__(self, quantity: str) -> None:
        super().__init__(quantity)
        self.steps = array("d")
        self.total = 0.0
        """Of the steps."""

    def note(self, step: Step, slice_: float) -> None:
        """Keep a step."""
        self.total = round(self.total + step.used, 6)
        steps = self.steps
        if steps and steps[-2] == step.since and step.at - steps[-3] <= slice_:
            steps[-2], steps[-1] = step.at, round(steps[-1] + step.used, 6)
        elif step.used:
            steps.extend(step[:3])

    def used(self, start: float) -> float:
        """Since this moment; what was before is forgotten."""
        steps = self.steps
        while steps and steps[1] <= start:
            self.total = round(self.total - steps[2], 6)
            del steps[:3]
        if not steps or steps[0] >= start:
            return self.total
        since, at, amount = steps[:3]
        return self.total - amount * (start - since) / (at - since)

    def save(self) -> list[object]:
        return [*super().save(), [self.steps[start : start + 3].tolist() for start in range(0, len(self.steps), 3)]]

    @classmethod
    def of(cls, quantity: str, saved: Any) -> "_Spread":
        *plain, steps = saved
        made = super().of(quantity, plain)
        assert isinstance(made, _Spread)
        made.steps = array("d", [float(number) for since, at, amount in steps for number in (since, at, amount)])
        made.total = round(sum(made.steps[2::3], 0.0), 6)
        return made


class _More(Metered):
    __slots__ = ("amount",)
    kept = _Spread

    def __init__(self, usage: Usage, devices: Sequence[Known]) -> None:
        super().__init__(usage.quantity, usage.seconds, devices)
        self.amount = usage.amount

    def count(self, device: str, meter: Meter, step: Step) -> bool:
        assert isinstance(meter, _Spread)
        meter.note(step, self.seconds / SLICES)
        if not (step.used or self.true):
            return False
        start = step.at - self.seconds
        total = sum([one.used(start) for one in self.meters.values() if isinstance(one, _Spread)])
        return round(total, 6) > self.amount

    def seen(self, device: str) -> Iterator[Reading]:
        start = max((one.at for one in self.meters.values()), default=0.0) - self.seconds
        spread = [one for one in self.meters.values() if isinstance(one, _Spread)]
        used = sum([one.used(start) for one in spread])
        since = max(start, min([one.steps[0] for one in spread if one.steps], default=start))
        yield Reading(device, f"used_{self.quantity}", self.quantity, round(used, 6), since)


@dataclass(frozen=True, slots=True)
class UsedAboveBetween(Usage):
    """``used_above = 0.05, over = "00:00-05:00"``: more in one window; true from then until the next one begins.

    Use is spread evenly over the time that a reading tells of; one of longer than the window says nothing of it. While
    the clock isn't synchronised nobody knows when the window is: nothing is counted, and what is true stays so.
    """

    word = "used_above"
    daily: Daily

    @property
    def civil(self) -> bool:
        return True

    def live(self, devices: Sequence[Known]) -> Live:
        return _MoreBetween(self, self.daily, devices)


class _MoreBetween(Metered):
    """``total`` was used in the window that began at ``start``."""

    __slots__ = ("amount", "days", "start", "total")

    def __init__(self, usage: Usage, daily: Daily, devices: Sequence[Known]) -> None:
        super().__init__(usage.quantity, usage.seconds, devices)
        self.amount = usage.amount
        self.days = Days(daily, devices[0].ears.wall)
        self.start = -INFINITE
        self.total = 0.0

    def step(self, at: float, reading: Reading | None) -> bool:
        if self.days.wall.synced:
            span = self.days.begun(at)
            if span is not None and abs(span.start - self.start) > ANEW:  # else it is the same, by a clock that was set
                self.start, self.total, self.true = span.start, 0.0, False
        return super().step(at, reading)

    def count(self, device: str, meter: Meter, step: Step) -> bool:
        span = self.days.begun(step.at) if self.days.wall.synced else None
        length = step.at - step.since
        if span is not None and 0 < length <= self.seconds:
            part = max(0.0, min(step.at, span.end) - max(step.since, span.start))
            self.total = round(self.total + step.used * part / length, 6)
        return self.true or self.total > self.amount

    def rests(self) -> bool:
        return not self.true

    def due(self, after: float) -> float | None:
        return self.days.next_start(after) if self.true and self.days.wall.synced else None

    def seen(self, device: str) -> Iterator[Reading]:
        yield Reading(device, f"used_{self.quantity}", self.quantity, self.total, self.start)

    def save(self) -> object:
        made = super().save()
        return [*made, self.start, self.total] if isinstance(made, list) and self.start > -INFINITE else made

    def restore(self, saved: object, now: float) -> None:
        super().restore(saved, now)
        self.start, self.total = -INFINITE, 0.0
        if isinstance(saved, list) and len(saved) == 4:
            self.start, self.total = min(float(saved[2]), now), float(saved[3])
