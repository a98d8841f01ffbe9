# ruff: noqa: D102 - the words stand at the method that is overridden
"""``any``, ``all`` and ``not`` of other conditions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from drivers.reading import Reading
from rules.conditions.among import Among
from rules.conditions.condition import Condition, Live, earliest, parts
from rules.conditions.language import read, word
from rules.conditions.sound import Sound
from rules.document import Table
from rules.known import Known
from rules.quantities import MOMENTARY
from rules.route import ANY, Band, both
from rules.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Compound(Condition):
    """Several conditions; each may have its own ``for``."""

    parts: tuple[Condition, ...]

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Self:
        name = table.text("quantity", quantity) if "quantity" in table else quantity
        inner = table.tables(cls.word)
        if len(inner) < 2:
            what = Sentence("{word} needs two conditions or more", word=cls.word)
            table.mistake(cls.word, what, "write {word} = [{{…}}, {{…}}]", word=cls.word)
        parts = [read(part, name, depth + 1) for part in inner]
        return cls(tuple(part for part in parts if part is not None))

    def leaves(self) -> Iterator[Condition]:
        for part in self.parts:
            yield from part.leaves()

    def needs(self) -> Mapping[str, bool]:
        return joined_needs(self.parts)

    def calm(self, quantity: str) -> Band | None:
        return _all_bands(part.calm(quantity) for part in self.parts)

    def heard(self, quantity: str) -> Band | None:
        return _all_bands(part.heard(quantity) for part in self.parts)

    def again(self, quantity: str) -> Band | None:
        return _all_bands(part.again(quantity) for part in self.parts)

    def echoes(self, quantity: str) -> bool:
        return any(part.echoes(quantity) for part in self.parts)

    def sleeps(self) -> bool:
        return all(part.sleeps() for part in self.parts)


def _all_bands(bands: Iterable[Band | None]) -> Band | None:
    """What lies in all of them; None if one is unknown."""
    joined = ANY
    for band in bands:
        if band is None:
            return None
        joined = both(joined, band)
    return joined


def joined_needs(parts: Sequence[Condition]) -> Mapping[str, bool]:
    """What several conditions look at."""
    every: dict[str, bool] = {}
    for part in parts:
        for quantity, always in part.needs().items():
            every[quantity] = always or every.get(quantity, False)
    return every


@word
class Any(Compound):
    """``any = [{…}, {…}]``: at least one of them is true."""

    __slots__ = ()
    word = "any"

    def live(self, devices: Sequence[Known]) -> Live:
        return _AnyOf(tuple([part.part(devices) for part in self.parts]))


@word
class All(Compound):
    """``all = [{…}, {…}]``: all of them are true at the same time."""

    __slots__ = ()
    word = "all"

    def live(self, devices: Sequence[Known]) -> Live:
        return _AllOf(tuple([part.part(devices) for part in self.parts]))

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Self:
        made = super().read(table, quantity, depth)
        events = [part for part in made.parts if all(leaf.momentary for leaf in part.leaves())]
        if len(events) > 1:
            table.mistake("all", "two events never come at the same moment", "keep one of them")
        return made


class _Group(Live):
    """``timed`` are the parts that may change by themselves, ``restless`` those that may wait for something."""

    __slots__ = ("parts", "restless", "timed", "truths")

    def __init__(self, parts: Sequence[Live]) -> None:
        self.parts = parts
        self.timed = tuple([part for part in parts if type(part).due is not Live.due])
        self.restless = tuple([part for part in parts if type(part).rests is not Live.rests])
        self.truths = [False] * len(parts)

    def step(self, at: float, reading: Reading | None) -> bool:
        self.truths = [part.step(at, reading) for part in self.parts]
        return self.joined()

    def joined(self) -> bool:
        """Of the truths of the last step."""
        raise NotImplementedError

    def due(self, after: float) -> float | None:
        if not self.timed:
            return None
        return earliest([part.due(after) for part in self.timed])

    def holds(self, reading: Reading) -> bool:
        return any(part.holds(reading) for part in self.parts)

    def evidence(self) -> Iterator[Reading]:
        for part, true in zip(self.parts, self.truths, strict=True):
            if true:
                yield from part.evidence()

    def attentive(self) -> bool:
        return any(part.attentive() for part in self.parts)

    def anew(self, at: float) -> None:
        for part in self.parts:
            part.anew(at)

    def well(self, at: float, word: Reading) -> None:
        for part in self.parts:
            part.well(at, word)

    def has_lasted(self, since: float) -> None:
        for part in self.parts:
            part.has_lasted(since)

    def moved_in(self, at: float) -> None:
        for part in self.parts:
            part.moved_in(at)

    def visited(self, found: str, over: bool) -> None:
        for part in self.parts:
            part.visited(found, over)

    def rests(self) -> bool:
        return all([part.rests() for part in self.restless])

    def by_silence(self) -> bool:
        return any(true and part.by_silence() for part, true in zip(self.parts, self.truths, strict=True))

    def must_prove(self) -> None:
        for part in self.parts:
            part.must_prove()

    def proof_due(self, after: float) -> float | None:
        return earliest([part.proof_due(after) for part in self.parts])

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return tuple([ear for part in self.parts for ear in part.ears(quantity)])

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

    def proven(self, at: float) -> bool:
        return any([true and part.proven(at) for part, true in zip(self.parts, self.truths, strict=True)])

    def joined(self) -> bool:
        return any(self.truths)


class _AllOf(_Group):
    __slots__ = ()

    def __init__(self, parts: Sequence[Live]) -> None:
        super().__init__(parts)
        self.must_prove()

    def proven(self, at: float) -> bool:
        """A silence that it asks for needs no proof: it says itself that something isn't heard."""
        return all([part.proven(at) for part in self.parts]) or self.by_silence()

    def joined(self) -> bool:
        return all(self.truths)


@word
@dataclass(frozen=True, slots=True)
class Not(Condition):
    """``not = {…}``: the other one is false. Where a state that it looks at was never heard, neither is true; nor where
    it asks for sound sensors (``sound = true``) and none is left that says that state.
    """

    word = "not"
    inner: Condition

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        name = table.text("quantity", quantity) if "quantity" in table else quantity
        inner = read(table.table("not"), name, depth + 1)
        if inner is None:
            return cls(All(()))
        if any(leaf.momentary for leaf in inner.leaves()):
            table.mistake("not", "an event is nearly always not happening", "count it: times = …, within = …")
        if any(leaf.listens or leaf.absent for leaf in inner.leaves()):
            table.mistake("not", "silence and absence can't be turned round", "say what shall happen")
        if isinstance(inner.inner, Among):  # without it a home that has none of these would be proof
            return Among(inner.inner.picked, cls(replace(inner, inner=inner.inner.inner)))
        if any(isinstance(part, Among) for part in parts(inner)):
            what = "devices within any, all or after can't be turned round"
            table.mistake("not", what, "write not within each of them")
        return cls(inner)

    def leaves(self) -> Iterator[Condition]:
        return self.inner.leaves()

    def needs(self) -> Mapping[str, bool]:
        return self.inner.needs()

    def live(self, devices: Sequence[Known]) -> Live:
        states = tuple(quantity for quantity in self.inner.needs() if quantity not in MOMENTARY)
        sound = {name for part in parts(self.inner) if isinstance(part, Sound) for name in part.needs()}
        return _NotSo(self.inner.part(devices), states, devices, frozenset(sound))


class _NotSo(Live):
    __slots__ = ("devices", "inner", "quantities", "sound", "true")

    def __init__(
        self, inner: Live, quantities: Sequence[str], devices: Sequence[Known], sound: frozenset[str] = frozenset()
    ) -> None:
        self.inner = inner
        self.quantities = quantities
        self.devices = devices
        self.sound = sound
        """Of the quantities, what is believed of sensors alone that no trouble discredits."""
        self.true = False

    def step(self, at: float, reading: Reading | None) -> bool:
        false = not self.inner.step(at, reading)
        self.true = false and all(any(self._says(known, one) for known in self.devices) for one in self.quantities)
        return self.true

    def _says(self, known: Known, quantity: str) -> bool:
        return known.says(quantity) and not (quantity in self.sound and (known.name, quantity) in known.kin.doubted)

    def due(self, after: float) -> float | None:
        return self.inner.due(after)

    def holds(self, reading: Reading) -> bool:
        return self.true and reading.quantity in self.quantities

    def evidence(self) -> Iterator[Reading]:
        for known in self.devices:
            for quantity in self.quantities:
                yield from known.readings(quantity)

    def anew(self, at: float) -> None:
        self.inner.anew(at)

    def save(self) -> object:
        return self.inner.save()

    def restore(self, saved: object, now: float) -> None:
        self.inner.restore(saved, now)
