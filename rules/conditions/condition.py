
"""What a condition is. A new word is a new class with ``@word`` (language.py); nothing else changes.

A Condition is what the TOML says: immutable, without state. ``live`` makes of it a Live, which watches certain devices
and keeps whatever it must remember between readings; most need no memory, because Known keeps the last readings.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from drivers.reading import Reading
from rules.document import Table
from rules.known import Known
from rules.route import ANY, Band
from rules.vigil import Vigil


class Live(ABC):
    """A condition at work on some devices."""

    __slots__ = ()

    @abstractmethod
    def step(self, at: float, reading: Reading | None) -> bool:
        """Is it true at this time? ``reading`` is the one that just came, if one did; Known knows it already."""

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

    def follows(self) -> bool:
        """Does it know by itself that somebody left by the front door, and for how long that is to be believed?"""
        return False

    def well(self, at: float, word: Reading) -> None:
        """Somebody says that all is well in this home, by a button of it (``word`` is its reading) or from anywhere."""
        return

    def has_lasted(self, since: float) -> None:
        """Its rule changed under an alert that fires since then: what is true and had only to last has lasted."""
        return

    def moved_in(self, at: float) -> None:
        """Somebody else lives there now: forget what was between, as well as all of ``anew``."""
        self.anew(at)

    def visited(self, found: str, over: bool) -> None:
        """Somebody was there because it was true, and found it real, false, a test, or nobody: what it learns.

        ``over``: it is true no more.
        """
        return

    def rests(self) -> bool:
        """Would a calm value leave it as it is? See ``Condition.calm``."""
        return True

    def ears(self, quantity: str) -> "tuple[Live, ...]":
        """Those of its parts that each reading of a quantity must be told: see ``Condition.heard``."""
        return ()

    def must_prove(self) -> None:
        """It is but a part of what is asked, and may be true long before the rest of it: ``proven`` matters."""
        return

    def proven(self, at: float) -> bool:
        """True as it is: would the contrary have been heard? What did not happen may be true since long ago."""
        return True

    def proof_due(self, after: float) -> float | None:
        """True as it is: the first moment later than ``after`` at which ``proven`` may change by itself."""
        return None

    def by_silence(self) -> bool:
        """True as it is: is that because something isn't heard?"""
        return False

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
    heeds: ClassVar[bool] = False
    """What a trouble discredits it doesn't believe: see ``Rule.discredits``."""
    absent: ClassVar[bool] = False
    """It is about something that did not happen, and needs proof that it would have been noticed."""

    @property
    def momentary(self) -> bool:
        """It is about an event, which is over as soon as it was seen."""
        return False

    @property
    def civil(self) -> bool:
        """Does the time on the wall matter to it?"""
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

    def heard(self, quantity: str) -> Band | None:
        """The values of which nobody but its ears need be told while it rests; None: each concerns all of it.

        An ear is a part that remembers the course of a quantity. It has no deadline while it rests, so that all stays
        as it was unless ``step`` of the ear says that it is true.
        """
        return self.calm(quantity)

    def again(self, quantity: str) -> Band | None:
        """The same of values that are the last ones once more."""
        return self.heard(quantity)

    def echoes(self, quantity: str) -> bool:
        """Of readings that it needs each: does one that only says again what the sensor itself said last count, too?"""
        return self.needs().get(quantity, False)

    def sleeps(self) -> bool:
        """Is one that was told only calm values, from its first on, the same as one that is put to work now?"""
        return False

    def leaves(self) -> Iterator["Condition"]:
        """Itself, or the simple conditions it is made of."""
        yield self


def earliest(moments: Iterable[float | None]) -> float | None:
    """The earliest of them; None if there is none."""
    return min([moment for moment in moments if moment is not None], default=None)


def parts(condition: Condition) -> Iterator[Condition]:
    """It and all that is inside it."""
    yield condition
    for part in inside(condition):
        yield from parts(part)


def inside(condition: Condition) -> Iterator[Condition]:
    """What it is made of."""
    yield from [getattr(condition, name) for name in ("inner", "leaf", "then", "first") if hasattr(condition, name)]
    yield from getattr(condition, "parts", ())
