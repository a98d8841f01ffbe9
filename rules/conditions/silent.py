# ruff: noqa: D102 - the words stand at the method that is overridden
"""``silent``: a device that isn't heard any more. Time in which the gateway did not listen isn't counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.document import Table
from rules.known import Known
from rules.quantities import KNOWN, declared
from rules.route import ANY, Band


@word
@dataclass(frozen=True, slots=True)
class Silent(Condition):
    """``silent = true``: nothing heard for the device's own budget; ``silent = "15m"``: for this long.

    Devices without a budget aren't supervised and never count as silent. With ``of = ["motion", …]`` it is about those
    devices that ever said one of these quantities, supervised or not; one that sleeps for longer has its own budget.
    """

    word = "silent"
    timed = True
    listens = True
    budget: float | None
    of: tuple[str, ...] = ()

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "Silent":
        said = table.data["silent"]
        of = table.some("of", KNOWN | declared(table.document.data)) if "of" in table else ()
        if of and isinstance(said, bool):
            table.mistake("silent", "of needs a duration", 'write silent = "12h"')
            return cls(None)
        if said is True:
            return cls(None)
        if said is False:
            table.mistake("silent", "silent = false says nothing", 'write silent = true, or a duration such as "15m"')
            return cls(None)
        return cls(table.seconds("silent", low=1.0), of)

    def needs(self) -> Mapping[str, bool]:
        return dict.fromkeys(self.of, False)

    def calm(self, quantity: str) -> Band | None:
        return ANY  # that it was heard is seen by the device itself

    def live(self, devices: Sequence[Known]) -> Live:
        return _Speaking(devices, self) if self.of else _Listening(devices, self.budget)


class _Listening(Live):
    """``gone`` are the silent devices, each with when it was heard and its budget.

    Who was silent is so until it is heard, also at a moment within a time in which the gateway was off: what it then
    didn't listen to lies behind that moment, and excuses no silence before it.
    """

    __slots__ = ("budgets", "gone")

    def __init__(self, devices: Sequence[Known], budget: float | None) -> None:
        supervised = [(known, known.device.silent_after) for known in devices]
        self.budgets = [(known, own if budget is None else budget) for known, own in supervised if own is not None]
        self.gone: dict[str, tuple[float, float]] = {}

    def watched(self) -> list[tuple[Known, float]]:
        """The devices and how long each may be silent."""
        return self.budgets

    def step(self, at: float, reading: Reading | None) -> bool:
        before, self.gone = self.gone, {}
        for known, budget in self.watched():
            told = (known.heard, budget)
            if known.silent_at(budget) <= at or before.get(known.name) == told:
                self.gone[known.name] = told
        return bool(self.gone)

    def attentive(self) -> bool:
        return bool(self.gone)

    def by_silence(self) -> bool:
        return bool(self.gone)

    def rests(self) -> bool:
        return not self.gone

    def save(self) -> object:
        return [[name, *told] for name, told in self.gone.items()] or None

    def restore(self, saved: object, now: float) -> None:
        self.gone = {}
        if saved is True:  # as it was written before the devices stood in it
            self.step(now, None)
        elif isinstance(saved, list):
            self.gone = {str(name): (float(heard), float(budget)) for name, heard, budget in saved}

    def due(self, after: float) -> float | None:
        moments = [known.silent_at(budget) for known, budget in self.watched()]
        return min((moment for moment in moments if moment > after), default=None)

    def holds(self, reading: Reading) -> bool:
        return False

    def evidence(self) -> Iterator[Reading]:
        """A reading that nobody sent for each that is silent: the budget as ``silent_s``, when it was last heard."""
        watched = sorted([(known.silent_at(budget), known.name, known, budget) for known, budget in self.watched()])
        for _, name, known, budget in watched:
            if name in self.gone:
                yield Reading(name, "silent_s", "silent_s", budget, known.heard)


class _Speaking(_Listening):
    """Of devices that ever said one of some quantities, which shows only when they do, or are there to say it."""

    __slots__ = ("budget", "devices", "of")

    def __init__(self, devices: Sequence[Known], silent: Silent) -> None:
        super().__init__((), None)
        self.devices = devices
        self.of = silent.of
        self.budget = silent.budget or 0.0

    def watched(self) -> list[tuple[Known, float]]:
        speaking = [known for known in self.devices if known.says(*self.of) or known.owes(*self.of)]
        return [(known, max(self.budget, known.device.silent_after or 0.0)) for known in speaking]
