# ruff: noqa: D102 - the words stand at the method that is overridden
"""``sound = true`` beside a condition: it doesn't believe a sensor that is known to be faulty.

A trouble says of which words (``discredits`` of its rule), and while it fires those tell nobody who asks for sound
sensors: neither what they say now nor what they said before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from drivers.reading import Reading
from rules.conditions.condition import Condition, Live
from rules.conditions.held import Around, Outer
from rules.conditions.language import beside
from rules.document import Table
from rules.known import Known


@dataclass(frozen=True, slots=True)
class Sound(Outer):
    """``sound = true``: only what sensors say that no trouble discredits."""

    heeds = True
    inner: Condition

    @property
    def momentary(self) -> bool:
        return all(leaf.momentary for leaf in self.inner.leaves())

    def leaves(self) -> Iterator[Condition]:
        yield self
        yield from self.inner.leaves()

    def live(self, devices: Sequence[Known]) -> Live:
        believed = Believed(devices, tuple(self.needs()))
        return _Heeding(self.inner.live(believed), believed)


@beside("sound")
def _read(condition: Condition, table: Table, depth: int) -> Condition:
    if not table.flag("sound"):
        table.mistake("sound", "sound = false says nothing", "remove it")
    elif any(leaf.absent or leaf.timed for leaf in condition.leaves()):
        table.mistake("sound", "an absence waits for its sensors by itself", "remove it")
    else:
        return Sound(condition)
    return condition


class Believed(Sequence[Known]):
    """Of some devices of a home those that are believed about these quantities, at each look anew."""

    __slots__ = ("devices", "kin", "quantities")

    def __init__(self, devices: Sequence[Known], quantities: Sequence[str]) -> None:
        self.devices = devices
        self.quantities = quantities
        self.kin = devices[0].kin

    def __iter__(self) -> Iterator[Known]:
        doubted = self.kin.doubted
        return iter([known for known in self.devices if self._believes(known)]) if doubted else iter(self.devices)

    def _believes(self, known: Known) -> bool:
        return not any((known.name, quantity) in self.kin.doubted for quantity in self.quantities)

    def __len__(self) -> int:
        return len(self.devices)

    @overload
    def __getitem__(self, index: int) -> Known: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Known]: ...
    def __getitem__(self, index: int | slice) -> Known | Sequence[Known]:
        return self.devices[index]


class _Heeding(Around):
    __slots__ = ("believed",)

    def __init__(self, inner: Live, believed: Believed) -> None:
        super().__init__(inner)
        self.believed = believed

    def step(self, at: float, reading: Reading | None) -> bool:
        doubted = self.believed.kin.doubted
        if doubted and reading is not None and (reading.device, reading.quantity) in doubted:
            reading = None
        true = self.inner.step(at, reading)
        return true and (not doubted or any(known.says(*self.believed.quantities) for known in self.believed))

    def holds(self, reading: Reading) -> bool:
        return (reading.device, reading.quantity) not in self.believed.kin.doubted and self.inner.holds(reading)

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return tuple([_Heeding(ear, self.believed) for ear in self.inner.ears(quantity)])
