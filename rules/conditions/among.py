# ruff: noqa: D102 - the words stand at the method that is overridden
"""``devices``, ``except_devices`` beside a condition: it looks at some devices of the home alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.held import Around
from rules.conditions.language import beside
from rules.document import Table
from rules.known import Known
from rules.picked import KEYS, Picked, picked_of
from rules.route import Band


@dataclass(frozen=True, slots=True)
class Among(Condition):
    """``devices = ["fridge"]``: the condition beside it looks at these alone; where a home has none, it isn't true."""

    picked: Picked
    inner: Condition

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        """Not a word of its own: it stands beside a condition."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Condition]:
        return self.inner.leaves()

    def needs(self) -> Mapping[str, bool]:
        return self.inner.needs()

    def calm(self, quantity: str) -> Band | None:
        return self.inner.calm(quantity)

    def sleeps(self) -> bool:
        return self.inner.sleeps()

    def live(self, devices: Sequence[Known]) -> Live:
        return _Amid(self.inner, Few(devices, self.picked))


def _read(condition: Condition, table: Table, depth: int) -> Condition:
    picked = picked_of(table)
    if isinstance(condition, Among) and condition.picked == picked:  # by the other one of the two keys
        return condition
    if any(leaf.worsens for leaf in condition.leaves()):
        table.mistake("", "the signs of life are those of a home", "write devices beside when, for the whole rule")
    return Among(picked, condition)


for _key in KEYS:
    beside(_key)(_read)


class Few(Sequence[Known]):
    """Those of a growing list of devices that are picked."""

    __slots__ = ("_every", "_few", "_seen", "picked")

    def __init__(self, every: Sequence[Known], picked: Picked) -> None:
        self.picked = picked
        self._every = every
        self._few: list[Known] = []
        self._seen = -1
        """How many of all were looked at; somebody may be admitted, nobody leaves."""

    def _now(self) -> list[Known]:
        if len(self._every) != self._seen:
            self._few = [known for known in self._every if known.name in self.picked]
            self._seen = len(self._every)
        return self._few

    @overload
    def __getitem__(self, index: int) -> Known: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Known]: ...
    def __getitem__(self, index: int | slice) -> Known | Sequence[Known]:
        return self._now()[index]

    def __iter__(self) -> Iterator[Known]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


class _Nobody(Live):
    """At work where there is none of the devices. A memory of one that is gone means nothing."""

    __slots__ = ()

    def step(self, at: float, reading: Reading | None) -> bool:
        return False

    def holds(self, reading: Reading) -> bool:
        return False

    def evidence(self) -> Iterator[Reading]:
        return iter(())

    def restore(self, saved: object, now: float) -> None:
        return


class _Amid(Around):
    """Another one at work on few devices, which hears nothing of the others."""

    __slots__ = ("condition", "few", "is_part")

    def __init__(self, condition: Condition, few: Few) -> None:
        super().__init__(condition.part(few) if few else _Nobody())
        self.condition = condition
        self.few = few
        self.is_part = False

    def must_prove(self) -> None:
        self.is_part = True
        self.inner.must_prove()

    def step(self, at: float, reading: Reading | None) -> bool:
        if isinstance(self.inner, _Nobody) and self.few:
            self.inner = self.condition.part(self.few)
            if self.is_part:
                self.inner.must_prove()
        return self.inner.step(at, reading if self._is_of(reading) else None)

    def _is_of(self, reading: Reading | None) -> bool:
        return reading is not None and reading.device in self.few.picked

    def holds(self, reading: Reading) -> bool:
        return self._is_of(reading) and self.inner.holds(reading)

    def ears(self, quantity: str) -> tuple[Live, ...]:
        """Who listens past it would hear the other devices as well."""
        return ()
