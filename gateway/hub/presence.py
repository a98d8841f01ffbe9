"""Presence: what the sensors of one home say about whether somebody is in. Pure; one small memory a home."""

from collections.abc import Collection
from typing import Any

from drivers.reading import Reading, Scalar
from rules.quantities import MOMENTARY
from rules.register import paced

DOORS = frozenset({"door_open"})
_STATES = frozenset({"motion", "occupied", "button", "window_open", "light_on", "power_on"})
INDOORS = _STATES | {"water_m3", "hot_water_m3", "gas_m3"}
"""What speaks for somebody indoors. Not everything of it needs a person: water leaks. So it only speaks against an
empty home, and the site says what speaks for a return."""
SIGNS = DOORS | INDOORS
REPEATED = frozenset({"motion", "occupied"})
"""Said again and again while somebody moves; of the others only the change is a sign."""


class Presence:
    """The last signs of one home."""

    __slots__ = ("_last", "_read", "door_at", "inside", "opened", "sign_at")

    def __init__(self) -> None:
        self.door_at: float | None = None
        """When a front door was shut last, if nothing was heard since."""
        self.opened: set[str] = set()
        """The front doors that stand open."""
        self.sign_at: float | None = None
        """When something indoors was heard last."""
        self.inside = False
        """Something indoors was heard since the home was last held for left."""
        self._last: dict[str, Scalar] = {}
        """Device -> its last value, of those that count; what was never heard proves nothing."""
        self._read: dict[str, tuple[float, float, float]] = {}
        """Meter -> when it was read last, its pace and the last gap: what it counted may have been before the door."""

    def take(self, reading: Reading, front: bool) -> bool:
        """Take in what a device said; -> is it a sign of somebody?"""
        key = f"{reading.device}/{reading.point}"
        value, before = reading.value, self._last.get(key)
        momentary = reading.quantity in MOMENTARY
        self._last[key] = value
        if reading.quantity in DOORS and front:
            return self._door(key, value is True, before is True, reading.at)
        if momentary:
            sign = True
        elif isinstance(value, bool):
            sign = value and (before is not True or reading.quantity in REPEATED)
        else:
            began = self._counted_since(key, reading.at)
            grew = _number(before) is not None and _number(value) is not None and value > before  # type: ignore[operator]
            sign = grew and (self.door_at is None or began >= self.door_at)
        if sign:
            self.door_at, self.sign_at, self.inside = None, reading.at, True
        return sign

    def _counted_since(self, key: str, at: float) -> float:
        """The moment after which a meter counted what it tells of now."""
        if key not in self._read:
            self._read[key] = at, 0.0, 0.0
            return at
        read, pace, before = self._read[key]
        gap = max(round(at - read, 6), 1.0)
        self._read[key] = at, paced(pace, gap, before), gap
        return round(at - min(self._read[key][1] or gap, gap), 6)

    def _door(self, key: str, is_open: bool, was_open: bool, at: float) -> bool:
        self.opened = self.opened - {key} | ({key} if is_open else set())
        if is_open and not was_open:
            self.door_at = None
            return True
        if was_open and not is_open:
            self.door_at = at
            return True
        return False

    def keep(self, devices: Collection[str], front_doors: Collection[str]) -> bool:
        """Forget what other devices said, which the home no longer has -> was there any?

        Nobody will hear one of them speak, nor that door shut.
        """
        before = len(self._last), len(self._read), len(self.opened)
        self._last = {key: value for key, value in self._last.items() if _device(key) in devices}
        self._read = {key: read for key, read in self._read.items() if _device(key) in devices}
        self.opened = {key for key in self.opened if _device(key) in front_doors}
        return before != (len(self._last), len(self._read), len(self.opened))

    def settle(self, *, inside: bool = False) -> None:
        """Whoever went out is back, or is no longer held for out: from here on it takes new signs indoors."""
        self.door_at, self.inside = None, inside

    def left_at(self, after: float) -> float | None:
        """The moment at which the home counts as left, if nothing comes before; None if it doesn't."""
        if self.door_at is None or self.opened or not self.inside:
            return None
        return round(self.door_at + after, 6)

    def witnesses(self) -> list[str]:
        """The devices that would have told of somebody indoors."""
        return sorted({_device(key) for key in self._last})

    def row(self) -> list[object]:
        """JSON-able."""
        return [self.door_at, sorted(self.opened), self.sign_at, self.inside, dict(self._last), dict(self._read)]

    @classmethod
    def of(cls, row: Any) -> "Presence":
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        made = cls()
        door_at, opened, sign_at, inside, last, *more = row
        made.door_at = None if door_at is None else float(door_at)
        made.sign_at = None if sign_at is None else float(sign_at)
        made.opened = {str(key) for key in opened} if isinstance(opened, list) else set()  # else that one is
        made.inside = inside is True
        made._last = {str(key): value for key, value in dict(last).items()}
        for key, (at, pace, *gap) in dict(more[0]).items() if more else ():
            made._read[str(key)] = float(at), float(pace), float(gap[0]) if gap else 0.0
        if not all(isinstance(value, bool | float | int | str) for value in made._last.values()):
            raise TypeError("no value")
        return made


def _device(key: str) -> str:
    return key.rpartition("/")[0]


def _number(value: Scalar | None) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
