"""Dates: at which time on the wall a moment of gateway time was.

Gateway time stands still while a machine without a clock of its own is off, so one offset doesn't date all of it: after
a power cut of two days an alarm from before it would be told as of this morning. Each stretch keeps the offset that it
had. A clock that is set corrects what was told while nobody knew the time, back to the last time off of unknown length.
Pure, and state: part of the checkpoint.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, tzinfo
from math import inf
from typing import Final, NamedTuple

STEP: Final = 1.0
"""Seconds: an offset that moved by less is the same."""
MOST: Final = 500
"""Stretches that are remembered; before the first of them its own offset counts."""


class Stretch(NamedTuple):
    """From this moment on, in gateway seconds, the wall was ``offset`` seconds ahead."""

    since: float
    offset: float
    synced: bool
    lost: bool
    """Nobody knows for how long the gateway was off before."""


class Dates:
    """All stretches, the oldest first."""

    __slots__ = ("stretches",)

    def __init__(self, stretches: Iterable[Stretch] = ()) -> None:
        self.stretches = list(stretches)

    def tell(self, at: float, offset: float, synced: bool, *, lost: bool = False) -> None:
        """From now on the clock says so; ``lost``: it is a start after nobody knows how long."""
        new, known = Stretch(at, offset, synced, lost), self.stretches
        while synced and not new.lost and known and not known[-1].synced:
            new = Stretch(known[-1].since, offset, synced, known[-1].lost)
            known.pop()
        if new.lost or not known or known[-1].synced != synced or abs(known[-1].offset - offset) > STEP:
            known.append(new)
        del known[:-MOST]

    def wall(self, at: float) -> tuple[float, bool]:
        """Epoch seconds of a moment, and whether the clock was right."""
        one = self._at(at)
        return round(at + one.offset, 3), one.synced

    def epoch(self, at: float) -> float:
        """Epoch seconds of a moment."""
        return self.wall(at)[0]

    def local(self, at: float, zone: tzinfo) -> datetime:
        """Civil time of a moment; raises nothing for a time that no calendar has."""
        try:
            return datetime.fromtimestamp(self.epoch(at), zone)
        except (ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(0, zone)

    def gateway(self, epoch: float) -> float:
        """The first moment in gateway seconds at which the wall showed this, or more.

        A time at which the gateway was off is the moment at which it was on again.
        """
        moment = epoch - self._at(-inf).offset
        for one in self.stretches[1:]:
            if moment < one.since:
                break
            moment = max(one.since, epoch - one.offset)
        return moment

    def _at(self, at: float) -> Stretch:
        if not self.stretches:
            return Stretch(0.0, 0.0, False, False)
        return self.stretches[max(0, bisect_right(self.stretches, at, key=lambda one: one.since) - 1)]

    def copy(self) -> "Dates":
        """As they are now, for another thread."""
        return Dates(self.stretches)

    def save(self) -> list[list[object]]:
        """JSON-able."""
        return [list(one) for one in self.stretches]

    def load(self, saved: object) -> None:
        """From what ``save`` gave; raises ValueError or TypeError for anything else."""
        if not isinstance(saved, list):
            raise TypeError("no dates")
        found = [Stretch(float(at), float(offset), synced is True, lost is True) for at, offset, synced, lost in saved]
        if found != sorted(found, key=lambda one: one.since):
            raise ValueError("dates in no order")
        self.stretches = found
