"""Signs of life: which readings show that somebody is up and about.

A state is a sign when it changes, a button when it is pressed, a meter when it moves on, a load when it is switched
on. What goes on by itself is none: a meter that runs through the night is a leak, one that moves evenly a tap that
drips or a cistern that fills up, a thermostat switches a load. And a meter that is read now and then tells of the past:
what it counted may have been before somebody left, or fell.
"""

from collections.abc import Sequence
from typing import Any

from drivers.reading import HEARSAY, RETAINED, Reading
from rules.known import Known
from rules.quantities import METERS, MOMENTARY
from rules.register import EXCHANGED, Register
from rules.route import ANY, Band

LOAD = "power_w"
HEAVY = 800.0
"""Watts: a kettle, a cooker, an iron. What runs by itself takes less, except heating: see ``Signs.better``."""
SIGNS = (
    "motion", "occupied", "door_open", "window_open", "button", "test", "light_on", "power_on", "vibration",
    "water_m3", "hot_water_m3", LOAD,
)  # fmt: skip
"""What counts if a rule doesn't say. Gas and energy meters don't: heating and refrigerators move them."""
DOOR = "door_open"
FRONT = ("front", "main", "entrance", "entry", "foyer", "outside", "前门", "大门", "入户", "门口", "防盗门", "进户")
"""Words in the name or room of the door through which one leaves."""

_SECOND_HAND = frozenset({HEARSAY, RETAINED})
Point = tuple[str, str]
"""Device and point."""


def calm(quantity: str) -> Band | None:
    """Values that are no sign while nothing is switched on."""
    return (ANY[0], HEAVY) if quantity == LOAD else None


class Signs:
    """What the devices of one home said of life. ``take`` judges each reading that brings another value."""

    __slots__ = ("_loads", "_meters", "_on", "_others", "devices", "quantities")

    def __init__(self, devices: Sequence[Known], quantities: Sequence[str] = SIGNS) -> None:
        self.devices = devices
        self.quantities = quantities
        self._on: set[Point] = set()
        """Points that are true."""
        self._loads: set[Point] = set()
        """Loads that are on."""
        self._meters: dict[Point, Register] = {}
        self._others = False
        """Something else than a load was heard."""

    def take(self, at: float, reading: Reading, last: float) -> bool:
        """Is it a sign of life, and later than the ``last`` one?"""
        quantity = reading.quantity
        if quantity not in self.quantities or (reading.flags and _SECOND_HAND.intersection(reading.flags)):
            return False
        key, value = (reading.device, reading.point), reading.value
        if quantity in MOMENTARY:
            return True
        if isinstance(value, str):
            return False
        if quantity in METERS:
            return self._moves(key, at, value, last)
        if quantity == LOAD:
            return self._turns(key, value > HEAVY, self._loads) and value > HEAVY and not self.better()
        return self._turns(key, bool(value), self._on)

    def better(self) -> bool:
        """Does the home say anything but power? Then a load alone is no sign: water heaters switch by themselves."""
        if not self._others:
            others = [quantity for quantity in self.quantities if quantity != LOAD]
            self._others = any(known.says(*others) for known in self.devices)
        return self._others

    def sensors(self) -> list[Known]:
        """The devices that ever said something of this that is believed."""
        return [known for known in self.devices if known.says(*self._believed(known))]

    def doubtful(self) -> list[Known]:
        """Those that did, and are believed in nothing of it: they are known to be faulty."""
        said = [known for known in self.devices if known.says(*self.quantities)]
        return [known for known in said if not known.says(*self._believed(known))]

    def believes(self, reading: Reading) -> bool:
        """Is this no word of a sensor that is known to be faulty in it?"""
        doubted = self.devices[0].kin.doubted
        return not doubted or (reading.device, reading.quantity) not in doubted

    def _believed(self, known: Known) -> Sequence[str]:
        doubted = known.kin.doubted
        return [one for one in self.quantities if (known.name, one) not in doubted] if doubted else self.quantities

    @property
    def rests(self) -> bool:
        """No load is on, so that one that is off is no news."""
        return not self._loads

    def _turns(self, key: Point, on: bool, points: set[Point]) -> bool:
        """A point is now on or off; is that news?"""
        news = on is not (key in points)
        if on:
            points.add(key)
        else:
            points.discard(key)
        return news

    def _moves(self, key: Point, at: float, value: float, last: float) -> bool:
        meter = self._meters.get(key)
        if meter is None or value < meter.shown - EXCHANGED:
            self._meters[key] = Register(at, value)
            return False
        moved = meter.take(at, value)
        return moved and meter.counted_since() >= last and not (meter.runs() and self._beside_it())

    def _beside_it(self) -> bool:
        """Does anything else speak than this meter? Without that, nothing would be left if it ran all the time."""
        said = [quantity for quantity in self.quantities if quantity not in METERS and quantity != LOAD]
        return len(self._meters) > 1 or any(known.says(*said) for known in self.devices)

    def save(self) -> list[object]:
        """JSON-able."""
        meters = [[*key, *meter.save()] for key, meter in sorted(self._meters.items())]
        return [sorted(map(list, self._on)), sorted(map(list, self._loads)), meters]

    def restore(self, saved: Any) -> None:
        """From what ``save`` gave; what is gone is left out; raises ValueError or TypeError for anything else."""
        on, loads, meters = saved
        here = {known.name for known in self.devices}
        self._on = {(str(device), str(point)) for device, point in on if device in here}
        self._loads = {(str(device), str(point)) for device, point in loads if device in here}
        self._meters = {}
        for device, point, *register in meters:
            if device in here:
                self._meters[device, point] = Register.of(register)


def is_front(known: Known, devices: Sequence[Known]) -> bool:
    """Is this the door through which one leaves? By its name or room; the only door of a home is."""
    doors = [one for one in devices if one.says(DOOR)]
    named = [one for one in doors if any(word in f"{one.name} {one.device.room}".lower() for word in FRONT)]
    return known in named if named else doors == [known]
