# ruff: noqa: D102 - the words stand at the method that is overridden
"""``never_still``: a sensor that never stops changing what it says, as nobody who lives there would make it.

It is judged at changes alone, never at a deadline: a sensor that falls silent, or a gateway that was off, proves
nothing, and the next change after that begins the time anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.reading import HEARSAY, RETAINED, Reading, Scalar
from rules.conditions.condition import Condition, Live
from rules.conditions.language import word
from rules.conditions.value import quantity_of
from rules.document import Table
from rules.known import Known
from rules.quantities import MOMENTARY
from rules.route import ANY, Band

_SECOND_HAND = frozenset({HEARSAY, RETAINED})


@word
@dataclass(frozen=True, slots=True)
class NeverStill(Condition):
    """``never_still = "30m", over = "24h"``: in all that time the value never stayed the same for half an hour.

    What is said again is no change: a sensor that repeats itself while somebody is there stands still.
    """

    word = "never_still"
    quantity: str
    rest: float
    seconds: float

    @classmethod
    def read(cls, table: Table, quantity: str | None, depth: int) -> "NeverStill":
        name, rest, over = quantity_of(table, quantity), table.seconds("never_still", low=1.0), table.seconds("over")
        if name in MOMENTARY:
            remedy = "count it: times = …, within = …"
            table.mistake("never_still", "{name} is an event, which never lasts", remedy, name=name)
        if over < rest:
            table.mistake("over", "over is shorter than never_still", "write a longer over")
        return cls(name, rest, over)

    def needs(self) -> Mapping[str, bool]:
        return {self.quantity: True}  # also one that says what somebody else said of the sensor before

    def calm(self, quantity: str) -> Band | None:
        return None if quantity == self.quantity else ANY

    def heard(self, quantity: str) -> Band | None:
        return ANY

    def echoes(self, quantity: str) -> bool:
        return False

    def live(self, devices: Sequence[Known]) -> Live:
        return _Restless(self, devices)


class _Restless(Live):
    """``points`` says of each point [its value, when that came, since when it never stood still]."""

    __slots__ = ("devices", "points", "quantity", "rest", "seconds", "true")

    def __init__(self, condition: NeverStill, devices: Sequence[Known]) -> None:
        self.quantity, self.rest, self.seconds = condition.quantity, condition.rest, condition.seconds
        self.devices = devices
        self.points: dict[tuple[str, str], tuple[Scalar, float, float]] = {}
        self.true = False

    def step(self, at: float, reading: Reading | None) -> bool:
        if reading is not None and reading.quantity == self.quantity and not _SECOND_HAND.intersection(reading.flags):
            self._hear(at, (reading.device, reading.point), reading.value)
        elif self.true:
            self.true = any(self._moves(key, at) for key in self.points)
        return self.true

    def _hear(self, at: float, key: tuple[str, str], value: Scalar) -> None:
        before, came, since = self.points.get(key, (None, at, at))
        if value == before:
            self.true = self.true and any(self._moves(one, at) for one in self.points)
            return
        self.points[key] = value, at, since if at < self._still_at(came) else at
        self.true = any(self._moves(one, at) for one in self.points)

    def _moves(self, key: tuple[str, str], at: float) -> bool:
        """Has this point gone on for all the time, and does it still?"""
        _, came, since = self.points[key]
        return came - since >= self.seconds and at < self._still_at(came)

    def _still_at(self, came: float) -> float:
        return round(came + self.rest, 6)

    def due(self, after: float) -> float | None:
        if not self.true:
            return None
        moments = [self._still_at(came) for _, came, _ in self.points.values()]
        return min((moment for moment in moments if moment > after), default=None)

    def rests(self) -> bool:
        return not self.true

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return (self,) if quantity == self.quantity else ()

    def holds(self, reading: Reading) -> bool:
        return False

    def evidence(self) -> Iterator[Reading]:
        """What they say; then a reading that nobody sent: for how long one never stood still, and since when."""
        for known in self.devices:
            yield from known.readings(self.quantity)
        for (device, _), (_, came, since) in self.points.items():
            if came - since >= self.seconds:
                yield Reading(device, "never_still_s", self.quantity, round(came - since, 6), since)

    def anew(self, at: float) -> None:
        self.points = {key: (value, came, at) for key, (value, came, _) in self.points.items()}
        self.true = False

    def save(self) -> object:
        return [self.true, [[*key, *point] for key, point in self.points.items()]] if self.points else None

    def restore(self, saved: object, now: float) -> None:
        self.points, self.true = {}, False
        if saved is None:
            return
        if not isinstance(saved, list):
            raise ValueError("no memory of a sensor's course")
        true, points = saved
        here = {known.name for known in self.devices}
        for device, point, value, came, since in points:
            if device in here:
                self.points[device, point] = value, min(float(came), now), min(float(since), now)
        self.true = true is True and bool(self.points)
