"""The time on the wall and the modes of the homes, as rules see them: told by the gateway, never read from a clock."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

NEAR = 1.0
"""Seconds: an offset that moved by less is the same."""
HOME = "home"
MODES = (HOME, "away", "night", "maintenance", "hospital")


class Wall:
    """How gateway time becomes civil time, and in which mode each home is. ``version`` grows with each change."""

    __slots__ = ("_zone", "modes", "offset", "synced", "version", "zone")

    def __init__(self) -> None:
        self.offset = 0.0
        """Epoch seconds minus gateway seconds."""
        self.synced = False
        self.zone = "UTC"
        self._zone: tzinfo = UTC
        self.modes: dict[str, tuple[str, float | None]] = {}
        """Home -> its mode, and the gateway time at which it is "home" again."""
        self.version = 0

    def tell(self, offset: float, synced: bool, zone: str) -> bool:
        """The clock says so; is that news? A zone that isn't known counts as UTC."""
        if abs(offset - self.offset) < NEAR and (synced, zone) == (self.synced, self.zone):
            return False
        self.offset, self.synced, self.zone = offset, synced, zone
        try:
            self._zone = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            self._zone = UTC
        self.version += 1
        return True

    def put(self, home: str, mode: str, until: float | None) -> None:
        """From now on the home is in this mode."""
        self.modes[home] = (mode, until)
        self.version += 1

    def mode(self, home: str, at: float) -> tuple[str, float | None]:
        """(the mode of a home, when it ends by itself)."""
        mode, until = self.modes.get(home, (HOME, None))
        return (HOME, None) if until is not None and until <= at else (mode, until)

    def local(self, at: float) -> datetime:
        """Civil time; raises nothing for a time that no calendar has."""
        try:
            return datetime.fromtimestamp(at + self.offset, self._zone)
        except (ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(0, self._zone)

    def save(self) -> list[object]:
        """JSON-able."""
        return [self.offset, self.synced, self.zone, {home: list(mode) for home, mode in self.modes.items()}]

    def restore(self, saved: object) -> None:
        """From what ``save`` gave; raises ValueError or TypeError for anything else."""
        if not isinstance(saved, list) or len(saved) != 4:
            raise ValueError("no time on the wall")
        offset, synced, zone, modes = saved
        self.tell(float(offset), synced is True, str(zone))
        for home, (mode, until) in dict(modes).items():
            self.put(str(home), str(mode), None if until is None else float(until))
