# ruff: noqa: D102 - the words stand at the method that is overridden
"""``after`` … ``within``, beside another condition: one thing, and then another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from drivers.reading import Reading
from rules.conditions.compound import joined_needs
from rules.conditions.condition import Condition, Live, earliest
from rules.conditions.guard import Guard
from rules.conditions.language import beside, read
from rules.document import Table
from rules.known import Known, pack, unpack

PROOF = 2
"""Readings remembered of what was before, at most."""


@dataclass(frozen=True, slots=True)
class After(Condition):
    """``after = {…}, within = "5m"``: it became true, and the other had been true so short a time ago, or still was."""

    then: Condition
    first: Condition
    seconds: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        """Not a word of its own: it stands beside the second condition."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Condition]:
        """Those of the second condition: it says whether the whole is a moment or lasts. Modes and the time
        on the wall count in both."""
        yield from self.then.leaves()
        yield from (leaf for leaf in self.first.leaves() if isinstance(leaf, Guard) or leaf.civil)

    def needs(self) -> Mapping[str, bool]:
        return joined_needs((self.then, self.first))

    def live(self, devices: Sequence[Known]) -> Live:
        events = [any(leaf.momentary for leaf in part.leaves()) for part in (self.first, self.then)]
        return _Following(self.then.part(devices), self.first.part(devices), self.seconds, *events)


@beside("after")
def _read(condition: Condition, table: Table, depth: int) -> Condition:
    first, seconds = read(table.table("after"), None, depth + 1), table.seconds("within", low=0.001)
    if first is not None and any(leaf.listens for leaf in (*first.leaves(), *condition.leaves())):
        table.mistake("after", "silence has no place in a sequence", "name things that happen")
    return condition if first is None else After(condition, first, seconds)


class _Following(Live):
    """``seen`` is when the first one was true last; ``was`` the truth of both by then; ``proof`` what made it true.

    ``events`` says of both whether an event has part in it, which was over as soon as it was seen; ``moment`` is what
    made the second one true with an event at the last look, ``sure`` whether that was proven.
    """

    __slots__ = ("events", "first", "moment", "proof", "seconds", "seen", "sure", "then", "true", "was")

    def __init__(self, then: Live, first: Live, seconds: float, *events: bool) -> None:
        self.then = then
        self.first = first
        self.seconds = seconds
        self.events = events
        self.seen: float | None = None
        self.was = (False, False)
        self.true = False
        self.proof: tuple[Reading, ...] = ()
        self.moment: tuple[Reading, ...] = ()
        self.sure = False

    def step(self, at: float, reading: Reading | None) -> bool:
        first_was, then_was = self.was
        event_first, event_then = self.events
        if first_was:
            self.seen = at
        then = self.then.step(at, reading)
        if not then:
            self.true = False
        elif not then_was:
            self.true = self.seen is not None and at - self.seen <= self.seconds
        first = self.first.step(at, reading)
        if first:
            self.seen = at
            self.proof = tuple(islice(self.first.evidence(), PROOF))
        if first and event_first:
            first = self.first.step(at, None)
        self.moment, self.sure = (), False
        if then and event_then:
            self.sure = self.then.proven(at)
            self.moment = tuple(self.then.evidence())
            then = self.then.step(at, None)
        self.was = (first, then)
        return self.true

    def must_prove(self) -> None:
        self.then.must_prove()

    def proven(self, at: float) -> bool:
        return self.sure or self.then.proven(at)

    def proof_due(self, after: float) -> float | None:
        return self.then.proof_due(after)

    def attentive(self) -> bool:
        return self.then.attentive()

    def due(self, after: float) -> float | None:
        return earliest([live.due(after) for live in (self.then, self.first)])

    def anew(self, at: float) -> None:
        self.then.anew(at)
        self.first.anew(at)

    def holds(self, reading: Reading) -> bool:
        return self.then.holds(reading)

    def evidence(self) -> Iterator[Reading]:
        """What was before comes last; of a state that is over, how long it lasted."""
        yield from self.moment or self.then.evidence()
        yield from self.proof
        if not self.events[0] and not self.was[0] and self.seen is not None and self.proof:
            device, *_, at, _, _, _ = self.proof[0]
            yield Reading(device, "lasted_s", "lasted_s", round(self.seen - at, 6), at)

    def save(self) -> object:
        memory = [self.seen, *self.was, self.true, self.then.save(), self.first.save(), [*map(pack, self.proof)]]
        return memory if any(memory) or self.seen is not None else None

    def restore(self, saved: object, now: float) -> None:
        if not isinstance(saved, list | None) or (saved is not None and len(saved) != 7):
            raise ValueError("no memory of a sequence")
        seen, first, then, true, then_memory, first_memory, proof = saved or (None, False, False, False, None, None, ())
        self.proof = tuple([unpack(one) for one in proof])
        self.then.restore(then_memory, now)
        self.first.restore(first_memory, now)
        self.seen = None if seen is None else min(float(seen), now)
        self.was, self.true = (first is True, then is True), true is True
