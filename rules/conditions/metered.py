# ruff: noqa: D102 - the words stand at the method that is overridden
"""What all conditions on cumulative meters share: one Meter a point, judged at its readings."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from drivers.reading import RETAINED, Reading
from rules.conditions.condition import Live
from rules.conditions.meter import Meter, Step
from rules.conditions.value import quantity_of
from rules.document import Table
from rules.known import Known
from rules.quantities import METERS, declared


def meter_of(table: Table, otherwise: str | None) -> str:
    """The quantity, which must be one that only ever grows."""
    name = quantity_of(table, otherwise)
    if name and name not in METERS and name not in declared(table.document.data):
        table.mistake(
            "quantity", "{name} isn't counted by a meter", "name one of: {known}", name=name, known=sorted(METERS)
        )
    return name


class Metered(Live):
    """Meters at work. ``true`` is as of the last reading that was believed."""

    __slots__ = ("devices", "meters", "quantity", "seconds", "true")
    kept: ClassVar[type[Meter]] = Meter

    def __init__(self, quantity: str, seconds: float, devices: Sequence[Known]) -> None:
        self.quantity = quantity
        self.seconds = seconds
        self.devices = devices
        self.meters: dict[tuple[str, str], Meter] = {}
        """By device and point."""
        self.true = False

    def step(self, at: float, reading: Reading | None) -> bool:
        if reading is None or reading.quantity != self.quantity or RETAINED in reading.flags:
            return self.true
        key = (reading.device, reading.point)
        meter = self.meters.get(key)
        if meter is None:
            if all(device != reading.device for device, _ in self.meters):
                self.join(reading.device)
            meter = self.meters[key] = self.kept(self.quantity)
        step = meter.read(at, reading.value)
        if step is not None:
            self.true = self.count(reading.device, meter, step)
        return self.true

    def ears(self, quantity: str) -> tuple[Live, ...]:
        return (self,) if quantity == self.quantity else ()

    def join(self, device: str) -> None:
        """A device is read for the first time."""
        return

    @abstractmethod
    def count(self, device: str, meter: Meter, step: Step) -> bool:
        """Is it true after this step of one of the meters, which is this device's?"""

    def holds(self, reading: Reading) -> bool:
        return False

    def evidence(self) -> Iterator[Reading]:
        """The registers as they were read last, and what was seen of them."""
        device = ""
        for known in self.devices:
            for last in known.readings(self.quantity):
                device = device or last.device
                yield last
        if device:
            yield from self.seen(device)

    def seen(self, device: str) -> Iterator[Reading]:
        """A reading that nobody sent: what was used, at the moment since which; ``device`` is one of the meters."""
        return iter(())

    def save(self) -> object:
        return [self.true, [[*key, *meter.save()] for key, meter in self.meters.items()]] if self.meters else None

    def restore(self, saved: object, now: float) -> None:
        """Meters of devices that are gone are left out."""
        self.meters, self.true = {}, False
        if saved is None:
            return
        if not isinstance(saved, list):
            raise ValueError("no memory of meters")
        true, meters, *_ = saved
        here = {known.name for known in self.devices}
        for device, point, *memory in meters:
            if device in here:
                self.meters[device, point] = self.kept.of(self.quantity, memory)
        self.true = true is True and bool(self.meters)  # else nothing would ever say otherwise
