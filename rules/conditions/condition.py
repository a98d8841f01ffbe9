# ruff: noqa: D102 - the words stand at the method that is overridden
"""What a condition is. A new word is a new class with ``@word``; nothing else changes.

A Condition is what the TOML says: immutable, without state. ``live`` makes of it a Live, which watches certain devices
and keeps whatever it must remember between readings; most need no memory, because Known keeps the last readings.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from drivers.reading import Reading
from rules.document import Table
from rules.known import Known
from rules.route import ANY, Band
from rules.vigil import Vigil

DEEPEST = 4
"""Levels of any / all within each other; nobody reads more."""


class Live(ABC):
    """A condition at work on some devices."""

    __slots__ = ()

    @abstractmethod
    def step(self, at: float, reading: Reading | None) -> bool:
        """Is it true at this time? ``reading`` is the one that just came, if one did; it is in Known.last already."""

    def due(self, after: float) -> float | None:
        """The first moment later than ``after`` at which it may change by itself."""
        return None

    @abstractmethod
    def holds(self, reading: Reading) -> bool:
        """Does this reading alone speak for it?"""

    @abstractmethod
    def evidence(self) -> Iterator[Reading]:
        """The readings that make it true now."""

    def attentive(self) -> bool:
        """Does it wait for the next reading of its devices, whatever that is about?"""
        return False

    def anew(self, at: float) -> None:
        """The home comes into a mode in which it counts: forget what did not happen before, and how often what did."""
        return

    def rests(self) -> bool:
        """Would a calm value leave it as it is? See ``Condition.calm``."""
        return True

    def worse(self) -> bool:
        """Is it not only true, but so much that the rule's ``worse`` holds?"""
        return False

    def vigil(self, at: float) -> Vigil | None:
        """How it watches over a person, if it does."""
        return None

    def save(self) -> object:
        """Its memory, JSON-able; None if there is nothing to remember."""
        return None

    def restore(self, saved: object, now: float) -> None:
        """Take up a memory that ``save`` gave; raises ValueError or TypeError for anything else."""
        if saved is not None:
            raise ValueError("this condition remembers nothing")


class Condition(ABC):
    """What one condition of a rule file says."""

    __slots__ = ()
    word: ClassVar[str] = ""
    timed: ClassVar[bool] = False
    """It asks whether devices are heard at all: silence counts even of one that never spoke."""
    listens: ClassVar[bool] = False
    """At times it waits for the next reading of its devices, whatever that is about: see ``Live.attentive``."""

    worsens: ClassVar[bool] = False
    """It has a second stage: see ``Live.worse``."""
    absent: ClassVar[bool] = False
    """It is about something that did not happen, and needs proof that it would have been noticed."""

    @property
    def momentary(self) -> bool:
        """It is about an event, which is over as soon as it was seen."""
        return False

    @classmethod
    @abstractmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Condition":
        """From its table; mistakes are noted there. ``quantity`` is what it is about if the table doesn't say."""

    @abstractmethod
    def live(self, devices: Sequence[Known]) -> Live:
        """Put to work on these devices; with several, one that makes it true is enough."""

    def part(self, devices: Sequence[Known]) -> Live:
        """The same within another condition, which doesn't ask since when it is true."""
        return self.live(devices)

    def needs(self) -> Mapping[str, bool]:
        """The quantities it looks at -> does each reading count, or only one that brings another value?"""
        return {}

    def calm(self, quantity: str) -> Band | None:
        """The values of a quantity that change nothing in it and its memory while it rests; None: each may matter."""
        return None if quantity in self.needs() else ANY

    def leaves(self) -> Iterator["Condition"]:
        """Itself, or the simple conditions it is made of."""
        yield self


WORDS: dict[str, type[Condition]] = {}
"""The language: word -> class."""

Beside = Callable[[Condition, Table, int], Condition]
"""(condition, the table it stands in, depth) -> the condition with what stands beside it."""
BESIDE: dict[str, Beside] = {}
"""Words that stand beside a condition, in the order in which they are applied."""
OUTERMOST = "while"
"""The last of them: it holds for the condition with all else that stands beside it, but for and hold."""

C = TypeVar("C", bound=type[Condition])


def word(cls: C) -> C:
    """Register a class under its word."""
    WORDS[cls.word] = cls
    return cls


def beside(key: str) -> Callable[[Beside], Beside]:
    """Register what reads a word that stands beside another condition."""

    def register(reader: Beside) -> Beside:
        BESIDE[key] = reader
        if OUTERMOST in BESIDE:
            BESIDE[OUTERMOST] = BESIDE.pop(OUTERMOST)
        return reader

    return register


def read(table: Table, quantity: str | None = None, depth: int = 0) -> "Held | None":
    """The condition that a table says, with its ``for``; None after a mistake."""
    said = [name for name in WORDS if name in table]
    if len(said) == 1 and depth < DEEPEST:
        condition = WORDS[said[0]].read(table, quantity, depth)
        for key, reader in BESIDE.items():
            if key in table:
                condition = reader(condition, table, depth)
        seconds, hold = table.seconds("for", 0.0), table.seconds("hold", 0.0)
        for key, said_at_all in (("for", seconds), ("hold", hold)):
            if said_at_all and any(leaf.momentary for leaf in condition.leaves()):
                table.mistake(key, "an event lasts no time, so it never lasts for a while", f"remove {key}")
        return Held(condition, seconds, hold)
    if len(said) == 1:
        table.mistake("", f"conditions are nested {DEEPEST} deep or more", "make two rules of it")
    elif said:
        table.mistake(
            said[1],
            f"{' and '.join(said)} stand side by side",
            "keep one, or write all = [{…}, {…}] or any = [{…}, {…}]",
        )
    else:
        table.mistake("", "there is no condition", f"write one of: {', '.join(sorted(WORDS))}")
    table.known |= {"quantity", "for", "hold", "within", *BESIDE}
    return None


@dataclass(frozen=True, slots=True)
class Held(Condition):
    """What stands beside another condition.

    ``for = "3s"``: that one was true without a break for so long.
    ``hold = "10m"``: having become so, it stays true until the other one was false for so long.
    """

    inner: Condition
    seconds: float
    hold: float = 0.0

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Held":
        """Not a word of its own: ``for`` and ``hold`` stand beside other words."""
        raise NotImplementedError

    def live(self, devices: Sequence[Known]) -> "Holding":
        return Holding(self.inner.live(devices), self.seconds, self.hold)

    def part(self, devices: Sequence[Known]) -> Live:
        return self.live(devices) if self.seconds or self.hold else self.inner.part(devices)

    def leaves(self) -> Iterator[Condition]:
        return self.inner.leaves()

    def needs(self) -> Mapping[str, bool]:
        return self.inner.needs()

    def calm(self, quantity: str) -> Band | None:
        return self.inner.calm(quantity)


class Holding(Live):
    """``since`` is when the inner condition became true; None while it is not. Readings that stop change nothing.

    ``gone`` is when the inner condition became false while ``hold`` keeps it true.
    """

    __slots__ = ("gone", "hold", "inner", "lasted", "seconds", "since")

    def __init__(self, inner: Live, seconds: float, hold: float) -> None:
        self.inner = inner
        self.seconds = seconds
        self.hold = hold
        self.since: float | None = None
        self.gone: float | None = None
        self.lasted = False
        """It had lasted long enough when it was looked at last."""

    def step(self, at: float, reading: Reading | None) -> bool:
        if self.inner.step(at, reading):
            self.gone = None
            if self.since is None:
                self.since = at
            self.lasted = self.ripe_at() <= at
            return self.lasted
        if self.since is None:
            return False
        if self.hold and self.gone is None and self.ripe_at() <= at:
            self.gone = at
        if self.gone is not None and at < self.over_at():
            return True
        self.forget()
        return False

    def ripe_at(self) -> float:
        """The moment at which it has lasted; only while ``since`` is set.

        What needs no time has lasted at once, however fine the clock: a press rounded into the future is lost.
        """
        since = self.since or 0.0
        return round(since + self.seconds, 6) if self.seconds else since

    def over_at(self) -> float:
        """The moment at which it is held no longer; only while ``gone`` is set."""
        return round((self.gone or 0.0) + self.hold, 6)

    def due(self, after: float) -> float | None:
        inner = self.inner.due(after)
        if self.since is None:
            return inner
        own = self.ripe_at() if self.gone is None else self.over_at()
        if own <= after:
            return inner
        return own if inner is None else min(inner, own)

    def holds(self, reading: Reading) -> bool:
        return self.inner.holds(reading)

    def evidence(self) -> Iterator[Reading]:
        """Those of the inner one; then one that nobody sent: since when it is true, and for how long it had to be."""
        device = None
        for reading in self.inner.evidence():
            device = device or reading.device
            yield reading
        if device is not None and self.seconds and self.lasted and self.since is not None:
            yield Reading(device, "lasted_s", "lasted_s", self.seconds, self.since)

    def attentive(self) -> bool:
        return self.inner.attentive()

    def anew(self, at: float) -> None:
        self.inner.anew(at)

    def worse(self) -> bool:
        return self.inner.worse()

    def vigil(self, at: float) -> Vigil | None:
        return self.inner.vigil(at)

    def rests(self) -> bool:
        return self.since is None and self.inner.rests()

    def forget(self) -> None:
        """Start the time anew."""
        self.since = self.gone = None
        self.lasted = False

    def save(self) -> object:
        inner = self.inner.save()
        return None if inner is None and self.since is None else [self.since, inner, self.gone]

    def restore(self, saved: object, now: float) -> None:
        """A time that lies ahead of ``now``, from another store, counts as now."""
        if saved is None:
            self.forget()
            return
        if not isinstance(saved, list) or len(saved) not in (2, 3):
            raise ValueError("no memory of a condition")
        self.inner.restore(saved[1], now)
        times = [None if saved_at is None else min(float(saved_at), now) for saved_at in (saved[0], *saved[2:])]
        self.since, self.gone = times[0], times[1] if len(times) > 1 else None
