# ruff: noqa: D102 - the words stand at the method that is overridden
"""``for`` and ``hold``, which stand beside any condition: since when it is true, and for how long it stays so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live, earliest
from rules.document import Table
from rules.known import Known
from rules.route import Band
from rules.vigil import Vigil


class Outer(Condition):
    """What stands beside another condition and leaves it to that one which readings matter; no word of its own."""

    __slots__ = ()
    inner: Condition

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> Condition:
        """Nobody writes it: its word is read with the condition beside which that stands."""
        raise NotImplementedError

    def leaves(self) -> Iterator[Condition]:
        return self.inner.leaves()

    def needs(self) -> Mapping[str, bool]:
        return self.inner.needs()

    def calm(self, quantity: str) -> Band | None:
        return self.inner.calm(quantity)

    def heard(self, quantity: str) -> Band | None:
        return self.inner.heard(quantity)

    def again(self, quantity: str) -> Band | None:
        return self.inner.again(quantity)

    def echoes(self, quantity: str) -> bool:
        return self.inner.echoes(quantity)

    def sleeps(self) -> bool:
        return self.inner.sleeps()


@dataclass(frozen=True, slots=True)
class Held(Outer):
    """What stands beside another condition.

    ``for = "3s"``: that one was true without a break for so long.
    ``hold = "10m"``: having become so, it stays true until the other one was false for so long.
    """

    inner: Condition
    seconds: float
    hold: float = 0.0

    def live(self, devices: Sequence[Known]) -> "Holding":
        needs_proof = any(leaf.absent for leaf in self.inner.leaves())
        return Holding(self.inner.live(devices), self.seconds, self.hold, needs_proof=needs_proof)

    def part(self, devices: Sequence[Known]) -> Live:
        return self.live(devices) if self.seconds or self.hold else self.inner.part(devices)


class Around(Live):
    """At work around another one, which says all that this one doesn't say itself."""

    __slots__ = ("inner",)

    def __init__(self, inner: Live) -> None:
        self.inner = inner

    def due(self, after: float) -> float | None:
        return self.inner.due(after)

    def holds(self, reading: Reading) -> bool:
        return self.inner.holds(reading)

    def evidence(self) -> Iterator[Reading]:
        return self.inner.evidence()

    def attentive(self) -> bool:
        return self.inner.attentive()

    def anew(self, at: float) -> None:
        self.inner.anew(at)

    def follows(self) -> bool:
        return self.inner.follows()

    def well(self, at: float, word: Reading) -> None:
        self.inner.well(at, word)

    def has_lasted(self, since: float) -> None:
        self.inner.has_lasted(since)

    def moved_in(self, at: float) -> None:
        self.inner.moved_in(at)

    def visited(self, found: str, over: bool) -> None:
        self.inner.visited(found, over)

    def must_prove(self) -> None:
        self.inner.must_prove()

    def proven(self, at: float) -> bool:
        return self.inner.proven(at)

    def proof_due(self, after: float) -> float | None:
        return self.inner.proof_due(after)

    def by_silence(self) -> bool:
        return self.inner.by_silence()

    def worse(self) -> bool:
        return self.inner.worse()

    def vigil(self, at: float) -> Vigil | None:
        return self.inner.vigil(at)

    def rests(self) -> bool:
        return self.inner.rests()

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return self.inner.ears(quantity)

    def save(self) -> object:
        return self.inner.save()

    def restore(self, saved: object, now: float) -> None:
        self.inner.restore(saved, now)


class Holding(Around):
    """``since`` is when the inner condition became true; None while it is not. Readings that stop change nothing.

    ``gone`` is when the inner condition became false while ``hold`` keeps it true. ``granted``: what is true at
    the next look has been true since then, whatever was seen of it. ``sure``: the inner one was proven when it was
    looked at last (True), or was so until that moment; None if it never was. What is held needs no other proof.
    """

    __slots__ = ("gone", "granted", "hold", "lasted", "needs_proof", "seconds", "since", "sure")

    def __init__(self, inner: Live, seconds: float, hold: float, *, needs_proof: bool = False) -> None:
        super().__init__(inner)
        self.needs_proof = needs_proof
        self.seconds = seconds
        self.hold = hold
        self.since: float | None = None
        self.gone: float | None = None
        self.granted: float | None = None
        self.sure: float | bool | None = None
        self.lasted = False
        """It had lasted long enough when it was looked at last."""

    def step(self, at: float, reading: Reading | None) -> bool:
        true = self.inner.step(at, reading)
        if self.hold and self.needs_proof:
            self._weigh(at, proven=true and self.inner.proven(at))
        if true:
            self.gone = None
            if self.since is None:
                self.since = at
            if self.granted is not None:
                self.since = min(self.since, round(self.granted - self.seconds, 6))
                self.granted = None
            self.lasted = self.ripe_at() <= at
            return self.lasted
        self.granted = None
        if self.since is None:
            return False
        if self.hold and self.gone is None and (self.lasted or self.ripe_at() < at):
            self.gone = at  # at its deadline it was looked at; what ends at that very moment has not lasted
        if self.gone is not None and at < self.over_at():
            return True
        self.forget()
        return False

    def _weigh(self, at: float, *, proven: bool) -> None:
        if proven:
            self.sure = True
        elif self.sure is True:
            self.sure = at

    def proven(self, at: float) -> bool:
        if not self.needs_proof:
            return True
        if self.gone is None and self.inner.proven(at):
            return True
        return self.sure is not None and (self.sure is True or at < round(self.sure + self.hold, 6))

    def proof_due(self, after: float) -> float | None:
        if not self.needs_proof:
            return None
        inner = None if self.gone is not None else self.inner.proof_due(after)
        if self.sure is None or self.sure is True:
            return inner
        over = round(self.sure + self.hold, 6)
        return earliest([inner, over if over > after else None])

    def attentive(self) -> bool:
        """Where it holds an absence it waits for proof, too: if that ends before the hold is over, it was there."""
        lacks = self.needs_proof and self.since is not None and self.gone is None and self.sure is not True
        return (self.hold > 0 and lacks) or self.inner.attentive()

    def has_lasted(self, since: float) -> None:
        super().has_lasted(since)
        self.granted = since

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
        if self.needs_proof and self.gone is None:
            inner = earliest([inner, self.inner.proof_due(after)])
        own = self.ripe_at() if self.gone is None else self.over_at()
        if own <= after:
            return inner
        return own if inner is None else min(inner, own)

    def evidence(self) -> Iterator[Reading]:
        """Those of the inner one; then one that nobody sent: since when it is true, and for how long it had to be."""
        device = None
        for reading in self.inner.evidence():
            device = device or reading.device
            yield reading
        if device is not None and self.seconds and self.lasted and self.since is not None:
            yield Reading(device, "lasted_s", "lasted_s", self.seconds, self.since)

    def rests(self) -> bool:
        return self.since is None and self.inner.rests()

    def forget(self) -> None:
        """Start the time anew."""
        self.since = self.gone = self.sure = None
        self.lasted = False

    def save(self) -> object:
        inner = self.inner.save()
        if self.sure is not None:
            return [self.since, inner, self.gone, self.lasted, self.granted, self.sure]
        if self.granted is not None:
            return [self.since, inner, self.gone, self.lasted, self.granted]
        return None if inner is None and self.since is None else [self.since, inner, self.gone, self.lasted]

    def restore(self, saved: object, now: float) -> None:
        """A time that lies ahead of ``now``, from another store, counts as now."""
        if saved is None:
            self.forget()
            return
        if not isinstance(saved, list) or not 2 <= len(saved) <= 6:
            raise ValueError("no memory of a condition")
        self.inner.restore(saved[1], now)
        moments = [saved[0], *saved[2:3], *saved[4:5]]
        times = [None if moment is None else min(float(moment), now) for moment in moments]
        self.since, self.gone, self.granted = [*times, None, None][:3]
        self.lasted = saved[3:4] == [True]
        sure = saved[5] if len(saved) > 5 else None
        self.sure = sure if sure is None or sure is True else min(float(sure), now)
