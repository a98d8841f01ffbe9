"""The time on the wall and the modes of the homes, as rules see them: told by the gateway, never read from a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.hours import Calendar
from rules.renamed import carry

NEAR = 1.0
"""Seconds: an offset that moved by less is the same."""
HOME = "home"
MODES = (HOME, "away", "night", "maintenance", "hospital")


class Mode(NamedTuple):
    """In which mode a home is; times are gateway time."""

    name: str = HOME
    until: float | None = None
    """It is "home" again then, by itself."""
    armed_at: float | None = None
    """From when on it is armed against intruders; None: it is not."""
    guessed: bool = False
    """Nobody said so: the front door was the last that was heard."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a site says of its homes and its days."""

    persons: Mapping[str, int] = field(default_factory=dict)
    """Home -> how many live there; a home that isn't here: nobody said."""
    calendar: Calendar = field(default_factory=Calendar)


class Wall:
    """How gateway time becomes civil time, and in which mode each home is. ``version`` grows with each change."""

    __slots__ = ("_zone", "facts", "modes", "offset", "synced", "told", "version", "zone")

    def __init__(self) -> None:
        self.offset = 0.0
        """Epoch seconds minus gateway seconds."""
        self.synced = False
        self.zone = "UTC"
        self._zone: tzinfo = UTC
        self.modes: dict[str, Mode] = {}
        self.facts = Facts()
        """Not in the checkpoint: they come with the rules."""
        self.version = 0
        self.told = 0
        """How often the clock was news, modes and facts aside."""

    def tell(self, offset: float, synced: bool, zone: str) -> bool:
        """The clock says so; is that news? A zone that isn't known counts as UTC."""
        if abs(offset - self.offset) < NEAR and (synced, zone) == (self.synced, self.zone):
            return False
        self.offset, self.synced, self.zone = round(offset, 3), synced, zone
        try:
            self._zone = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            self._zone = UTC
        self.version += 1
        self.told += 1
        return True

    def put(self, home: str, mode: Mode) -> None:
        """From now on the home is in this mode."""
        self.modes[home] = mode
        self.version += 1

    def rename(self, names: Mapping[str, str]) -> None:
        """These homes are called otherwise, old -> new."""
        self.version += bool(carry(self.modes, names))

    def learn(self, facts: Facts) -> bool:
        """The site says so; is that news?"""
        if facts == self.facts:
            return False
        self.facts = facts
        self.version += 1
        return True

    def mode(self, home: str, at: float) -> Mode:
        """The mode of a home at this moment."""
        mode = self.modes.get(home, Mode())
        return Mode() if mode.until is not None and mode.until <= at else mode

    def local(self, at: float) -> datetime:
        """Civil time; raises nothing for a time that no calendar has."""
        try:
            return datetime.fromtimestamp(at + self.offset, self._zone)
        except (ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(0, self._zone)

    def moment(self, day: date, later: int, minutes: int) -> float | None:
        """Gateway time of a civil one: so many minutes of the clock after midnight, so many days later than ``day``.

        None for one that no calendar has. All of these fall on whole seconds of the epoch: see ``Hours.until``.
        """
        try:
            civil = datetime.combine(day, time()) + timedelta(days=later, minutes=minutes)
            return round(round(civil.replace(tzinfo=self._zone).timestamp()) - self.offset, 6)
        except (ValueError, OverflowError, OSError):
            return None

    def save(self) -> list[object]:
        """JSON-able."""
        return [self.offset, self.synced, self.zone, {home: list(mode) for home, mode in self.modes.items()}]

    def restore(self, saved: object) -> None:
        """From what ``save`` gave; raises ValueError or TypeError for anything else."""
        if not isinstance(saved, list) or len(saved) != 4:
            raise ValueError("no time on the wall")
        offset, synced, zone, modes = saved
        self.tell(float(offset), synced is True, str(zone))
        for home, (mode, until, *armed) in dict(modes).items():
            armed_at = None if not armed or armed[0] is None else float(armed[0])
            guessed = len(armed) > 1 and armed[1] is True
            self.put(str(home), Mode(str(mode), None if until is None else float(until), armed_at, guessed))
