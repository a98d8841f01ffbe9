# ruff: noqa: D102 - the words stand at the method that is overridden
"""How little was used within a time, by cumulative meters: ``used_below``. See meter.py for their faults, and
overuse.py for ``used_above``.

Both judge at readings alone, never at a deadline: only a register that was read again proves what was used, or that
nothing was. A meter that falls silent therefore never raises anything. While a gateway is off a register counts on, so
the next reading tells of that time too; a meter that was silent for longer than its budget may have lost pulses, and
that time proves nothing.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.grain import Grained
from rules.conditions.language import word
from rules.conditions.meter import Meter, Step
from rules.conditions.metered import Metered, meter_of
from rules.conditions.share import MOST, Shares
from rules.document import Table
from rules.known import Known, blind, unheard_next
from rules.route import ANY, Band

SLICES = 48
"""Steps remembered of a window are put together when they fall into the same slice of it: half an hour of a day. Their
numbers stand in one row: those of a meter that is read seldom are in no cache."""


@dataclass(frozen=True, slots=True)
class Usage(Condition):
    """An amount within a time. With several meters their use is added up."""

    quantity: str
    amount: float
    seconds: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Usage":
        name = meter_of(table, quantity)
        return cls(name, table.number(cls.word, low=1e-6), table.seconds("over", low=60.0))

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: True}

    def heard(self, quantity: str) -> Band | None:
        return ANY


@word
class UsedBelow(Usage):
    """``used_below = 0.01, over = "12h"``: less than this was used, and every meter was read over all of that time.

    What was used at an unknown moment between two readings counts as used at the later one: no alarm too early.
    """

    __slots__ = ()
    word = "used_below"
    absent = True

    def live(self, devices: Sequence[Known]) -> Live:
        return _Less(self, devices)


class _Less(Metered):
    """``steps`` are the last uses, moment and amount in turn, no more of them than make up the amount.

    Ages are in time that proves something: without that in which a meter was silent for longer than its budget.
    """

    __slots__ = ("amount", "is_part", "shares", "slow", "steps", "total")
    kept = Grained

    def __init__(self, usage: Usage, devices: Sequence[Known]) -> None:
        super().__init__(usage.quantity, usage.seconds, devices)
        self.amount = usage.amount
        self.steps = array("d")
        self.total = 0.0
        """Of the steps."""
        self.shares = Shares()
        self.slow = Shares()
        """Amounts, in tenths of the rule's: those told by readings as far apart as the rule's time by their meter, all
        others by nobody."""
        self.is_part = False

    def must_prove(self) -> None:
        self.is_part = True

    def count(self, device: str, meter: Meter, step: Step) -> bool:
        if not step.used and not step.new and self.true:
            return True
        if step.used:
            self._note(step.at, step.used)
            self._credit(device, step)
        if self.total >= self.amount and step.at < self.steps[0] + self.seconds:
            return False  # as nearly always, where somebody lives
        if step.at < self._since(self.meters.values(), min) + self.seconds:
            return False
        lost = {known.name for known in self._witnesses() if known.unheard_at() <= step.at} | self._coarse()
        if not self._spare(lost):
            return False
        late = self._late(lost)
        if late and self._spare(lost | late):
            lost |= late
            late = self._late(lost)
        names = {device for device, _ in self.meters}
        return not late and any(name not in lost for name in names) and self._are_read(names | lost)

    def proven(self, at: float) -> bool:
        unheard = {known.name for known in self._witnesses() if known.unheard_at() <= at}
        return not self.is_part or self._spare(unheard | self._coarse())

    def proof_due(self, after: float) -> float | None:
        return unheard_next(self._witnesses(), after) if self.is_part and self.true else None

    def _witnesses(self) -> list[Known]:
        """Who would tell of use."""
        return [one for one in self.devices if one.says(self.quantity) or one.owes(self.quantity)]

    def _coarse(self) -> set[str]:
        """Those that count in steps too great for the amount: what they don't show may have been used all the same."""
        meters = [(device, one) for (device, _), one in self.meters.items() if isinstance(one, Grained)]
        return {device for device, one in meters if one.is_too_coarse(self.amount)}

    def _credit(self, device: str, step: Step) -> None:
        """One more sign of it; a reading that tells of all the rule's time may stand for many."""
        self.shares.note(device)
        tenths = max(1, round(min(10 * step.used / self.amount, MOST / 2)))
        self.slow.note(device if step.at - step.since >= self.seconds else "", tenths)

    def _spare(self, names: Collection[str]) -> bool:
        """Can these be done without, by how often they told of use and, where they are read seldom, of how much?"""
        return self.shares.spare(names) and self.slow.spare(names)

    def _late(self, lost: Collection[str]) -> set[str]:
        """Of the devices not lost, those whose last reading is too old to say that less was used in all that time, and
        those that are there to say it, never did, and may have died before they could."""
        heard = {key: one for key, one in self.meters.items() if key[0] not in lost}
        owing = [one for one in self.devices if one.owes(self.quantity) and one.name not in lost]
        if not heard:
            return set()
        since, names = self._since(heard.values(), max), {device for device, _ in heard}
        unseen = blind([known for known in self.devices if known.name in names], since)
        due = round(since + unseen + self.seconds, 6)
        return {device for (device, _), one in heard.items() if one.at < due} | {
            one.name for one in owing if one.heard < due
        }

    def _are_read(self, names: Collection[str]) -> bool:
        """Is every meter that ever spoke among these?"""
        return all(known.name in names for known in self.devices if known.says(self.quantity))

    def _since(self, meters: Iterable[Meter], one_of: Callable[[Iterable[float]], float]) -> float:
        """Since when less than the amount was used, and these meters, or one of them, were followed."""
        base = one_of([meter.base for meter in meters])
        return max(base, self.steps[0]) if self.total >= self.amount else base

    def seen(self, device: str) -> Iterator[Reading]:
        since = max((one.base for one in self.meters.values()), default=0.0)
        used = self.total
        if used >= self.amount:
            since, used = max(since, self.steps[0]), round(used - self.steps[1], 6)
        yield Reading(device, f"used_{self.quantity}", self.quantity, used, since)

    def anew(self, at: float) -> None:
        self.true = False
        for meter in self.meters.values():
            meter.base = at

    def _note(self, at: float, used: float) -> None:
        """Keep a use; forget what isn't needed any more to make up the amount."""
        steps, total = self.steps, round(self.total + used, 6)
        steps.extend((at, used))
        while total - steps[1] >= self.amount - 1e-9:
            total = round(total - steps[1], 6)
            del steps[:2]
        if len(steps) > 2 * SLICES:
            steps[3] = round(steps[1] + steps[3], 6)
            del steps[:2]
        self.total = total

    def save(self) -> object:
        made = super().save()
        steps = [list(step) for step in zip(self.steps[::2], self.steps[1::2], strict=True)]
        return [*made, steps, self.shares.save(), self.slow.save()] if isinstance(made, list) else made

    def restore(self, saved: object, now: float) -> None:
        super().restore(saved, now)
        steps, shares, slow = ([], {}, {}) if not isinstance(saved, list) else _rest(saved)
        self.steps = array("d", [float(number) for at, used in steps for number in (at, used)])
        self.shares.restore(shares)
        self.slow.restore(slow)
        self.total = round(sum(self.steps[1::2], 0.0), 6)


def _rest(saved: Any) -> Any:
    """The steps and the shares; an older version counted signs alone."""
    _, _, steps, shares, *slow = saved
    return steps, shares, slow[0] if slow else {}
