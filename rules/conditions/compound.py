# ruff: noqa: D102 - the words stand at the method that is overridden
"""``any`` and ``all`` of other conditions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live, read, word
from rules.document import Table
from rules.known import Known


@dataclass(frozen=True, slots=True)
class Compound(Condition):
    """Several conditions; each may have its own ``for``."""

    parts: tuple[Condition, ...]

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Self:
        name = table.text("quantity", quantity) if "quantity" in table else quantity
        inner = table.tables(cls.word)
        if len(inner) < 2:
            what = f"{cls.word} needs two conditions or more"
            table.mistake(cls.word, what, f"write {cls.word} = [{{…}}, {{…}}]")
        parts = [read(part, name, depth + 1) for part in inner]
        return cls(tuple(part for part in parts if part is not None))

    def leaves(self) -> Iterator[Condition]:
        for part in self.parts:
            yield from part.leaves()

    def needs(self) -> Mapping[str, bool]:
        every: dict[str, bool] = {}
        for part in self.parts:
            for quantity, always in part.needs().items():
                every[quantity] = always or every.get(quantity, False)
        return every


@word
class Any(Compound):
    """``any = [{…}, {…}]``: at least one of them is true."""

    __slots__ = ()
    word = "any"

    def live(self, devices: Sequence[Known]) -> Live:
        return _AnyOf([part.live(devices) for part in self.parts])


@word
class All(Compound):
    """``all = [{…}, {…}]``: all of them are true at the same time."""

    __slots__ = ()
    word = "all"

    def live(self, devices: Sequence[Known]) -> Live:
        return _AllOf([part.live(devices) for part in self.parts])

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Self:
        made = super().read(table, quantity, depth)
        events = [part for part in made.parts if all(leaf.momentary for leaf in part.leaves())]
        if len(events) > 1:
            table.mistake("all", "two events never come at the same moment", "keep one of them")
        return made


class _Group(Live):
    __slots__ = ("parts", "truths")

    def __init__(self, parts: Sequence[Live]) -> None:
        self.parts = parts
        self.truths = [False] * len(parts)

    def step(self, at: float, reading: Reading | None) -> bool:
        self.truths = [part.step(at, reading) for part in self.parts]
        return self.joined()

    def joined(self) -> bool:
        """Of the truths of the last step."""
        raise NotImplementedError

    def due(self, after: float) -> float | None:
        moments = [part.due(after) for part in self.parts]
        return min((moment for moment in moments if moment is not None), default=None)

    def holds(self, reading: Reading) -> bool:
        return any(part.holds(reading) for part in self.parts)

    def evidence(self) -> Iterator[Reading]:
        for part, true in zip(self.parts, self.truths, strict=True):
            if true:
                yield from part.evidence()

    def attentive(self) -> bool:
        return any(part.attentive() for part in self.parts)

    def save(self) -> object:
        memories = [part.save() for part in self.parts]
        return memories if any(memory is not None for memory in memories) else None

    def restore(self, saved: object, now: float) -> None:
        if saved is None:
            saved = [None] * len(self.parts)
        if not isinstance(saved, list) or len(saved) != len(self.parts):
            raise ValueError("no memory of this condition")
        for part, memory in zip(self.parts, saved, strict=True):
            part.restore(memory, now)


class _AnyOf(_Group):
    __slots__ = ()

    def joined(self) -> bool:
        return any(self.truths)


class _AllOf(_Group):
    __slots__ = ()

    def joined(self) -> bool:
        return all(self.truths)
