"""A Rule: what raises an alert, what clears it, and what it means to people. rulefile.py reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rules.alert import Severity
from rules.conditions import Held
from rules.conditions.compound import All
from rules.conditions.condition import parts
from rules.conditions.guard import Guard, Guarded
from rules.picked import ALL, Picked

Words = Mapping[str, str]
"""Language -> text, in zh and en."""


class Worse(NamedTuple):
    """What an alert becomes when its condition is worse than true: ``worse = {severity = "urgent", ladder = "…"}``."""

    severity: Severity
    ladder: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What raises an alert, what clears it, and what it means to people."""

    id: str
    title: Words
    severity: Severity
    when: Held
    per: Literal["device", "home"] = "device"
    clear: Held | None = None
    """None: the alert is over as soon as ``when`` is false."""
    latch: bool = False
    """It stays until a person resets it."""
    act: tuple[str, ...] = ()
    ladder: str = ""
    cause: str = ""
    """What it is a sign of, where several rules are signs of one thing; else itself."""
    worse: Worse | None = None
    """Its second stage, for conditions that have one."""
    advice: Words | None = None
    """What to do now, in the words of the person who has to do it."""
    advice_at_home: Words | None = None
    """The same for whoever lives there, where ``advice`` is for those who come to help."""
    why: Words = field(default_factory=dict)
    """The reason for its numbers, with the source; in English alone where it is written as one text."""
    optional: bool = False
    """It counts only where a site names it: it suits some homes and would cry wolf in others."""
    discredits: tuple[str, ...] = ()
    """While it fires, what its device says of these quantities isn't believed by those who ask for sound sensors."""
    beside: tuple[str, ...] = ()
    """It is optional, and counts by itself wherever one of these does, too."""
    picked: Picked = ALL
    """The devices that it looks at."""
    homes: frozenset[str] | None = None
    """It is for these homes alone; None: for all but ``except_homes``, where another variant of it counts, or none."""
    except_homes: frozenset[str] = frozenset()
    hash: str = ""
    """Of all that it does, not of its words: a new title restarts no timer."""

    def counts_in(self, home: str) -> bool:
        """Is it for this home? "" is the gateway itself."""
        return home not in self.except_homes if self.homes is None else home in self.homes

    @property
    def momentary(self) -> bool:
        """It is about events, which have no end; only a person ends its alert."""
        return any(leaf.momentary for leaf in self.when.leaves())

    @property
    def guarded(self) -> bool:
        """It counts in certain hours, days or modes alone."""
        return any(isinstance(leaf, Guard) for leaf in self.when.leaves())

    @property
    def absent(self) -> bool:
        """It is about something that did not happen."""
        return any(leaf.absent for leaf in self.when.leaves())

    @property
    def lags(self) -> bool:
        """What did not happen is but a part of it, and may be true long before the hours or the rest of it come."""
        every = [part for part in parts(self.when) if any(leaf.absent for leaf in part.leaves())]
        return any(isinstance(part, All) or (isinstance(part, Guarded) and part.guard.civil) for part in every)

    @property
    def proves(self) -> bool:
        """It remembers until when what did not happen was proven: a ``hold`` may keep that."""
        held = [part for part in parts(self.when) if isinstance(part, Held) and part.hold]
        return self.lags and any(leaf.absent for part in held for leaf in part.leaves())

    def counts_while(self, mode: str) -> bool:
        """Does all of it count in a home of this mode?"""
        return all(mode in leaf.modes for leaf in self.when.leaves() if isinstance(leaf, Guard))

    @property
    def civil(self) -> bool:
        """The time on the wall matters to it."""
        every = (self.when, self.clear) if self.clear is not None else (self.when,)
        return any(leaf.civil for one in every for leaf in one.leaves())

    @property
    def timed(self) -> bool:
        """It asks whether devices are heard."""
        return any(leaf.timed for leaf in self.when.leaves())

    @property
    def sleeps(self) -> bool:
        """It need not be at work before a value comes that isn't calm."""
        bands = [self.when.calm(quantity) for quantity in self.when.needs()]
        return self.when.sleeps() and not self.timed and None not in bands

    @property
    def needs(self) -> Mapping[str, bool]:
        """The quantities it looks at -> does each reading count, or only one that brings another value?"""
        clear = self.clear.needs() if self.clear is not None else {}
        return {**clear, **self.when.needs()}

    def echoes(self, quantity: str) -> bool:
        """Does a reading count that only says again what its sensor said last?"""
        return self.when.echoes(quantity) or (self.clear is not None and self.clear.echoes(quantity))
