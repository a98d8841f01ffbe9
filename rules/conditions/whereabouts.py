"""Whereabouts: is somebody in, or did they leave by the front door?"""

from collections.abc import Sequence

from drivers.reading import Reading
from rules.known import Known
from rules.signs import DOOR, is_front

GRACE = 180.0
"""Seconds: what is heard so soon after the front door belongs to going out: motion sensors see for a while."""
NEVER = float("-inf")


class Whereabouts:
    """``left`` is when the front door was used, if nobody was heard indoors since."""

    __slots__ = ("_doubted", "_faulty", "_fronts", "_points", "devices", "door_at", "inside", "layouts", "left")

    def __init__(self, devices: Sequence[Known]) -> None:
        self.devices = devices
        self.inside = self.door_at = NEVER
        """When somebody was heard indoors, and at the front door."""
        self.left: float | None = None
        self.layouts = devices[0].layouts
        self._fronts: list[Known] = []
        self._points = -1
        """Of the layouts, when these were the doors."""
        self._doubted: frozenset[tuple[str, str]] = frozenset()
        """What wasn't believed then."""
        self._faulty: list[Known] = []
        """Front doors that aren't believed: through them somebody may come and go unseen."""

    def stays(self, at: float, reading: Reading) -> bool:
        """Does this sign show that somebody is in, whoever left?"""
        return at - self.door_at > GRACE and not self._at_front(reading)

    def _at_front(self, reading: Reading) -> bool:
        return reading.quantity == DOOR and reading.device in {known.name for known in self.fronts()}

    def sign(self, at: float, reading: Reading) -> None:
        """Somebody was heard."""
        if not self._at_front(reading):
            self.left = None if self.stays(at, reading) else self.left
            self.inside = at
            return
        self.door_at = at
        if self.left is None or self.inside == NEVER:
            self.left = at

    def fronts(self) -> list[Known]:
        """The doors through which one leaves, but for those whose contact is known to be faulty."""
        doubted = self.devices[0].kin.doubted
        if self._points != self.layouts.points or self._doubted is not doubted:
            doors = [known for known in self.devices if known.says(DOOR)]
            fronts = [known for known in doors if is_front(known, doors)]
            self._faulty = [known for known in fronts if (known.name, DOOR) in doubted]
            self._fronts = [known for known in fronts if known not in self._faulty]
            self._points, self._doubted = self.layouts.points, doubted
        return self._fronts

    def heed(self) -> None:
        """Others than before are known to be faulty: by a faulty front door nobody is believed to have left."""
        self.fronts()
        if self._faulty:
            self.left, self.door_at = None, NEVER

    def indoors(self, at: float) -> bool:
        """Is somebody in for sure? Only where the front door is heard, and was used at least once."""
        if self.left is not None or self.door_at == NEVER:
            return False
        return all(known.unheard_at() > at for known in self.fronts()) and not self._faulty

    def save(self) -> list[float | None]:
        """JSON-able."""
        return [None if one == NEVER else one for one in (self.inside, self.door_at)] + [self.left]

    def restore(self, inside: float, door_at: float, left: float | None) -> None:
        """From what ``save`` gave."""
        self.inside, self.door_at, self.left = inside, door_at, left
