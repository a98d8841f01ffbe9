"""Lessons: what the silences of a day teach, when the day is over."""

from datetime import datetime
from typing import Any

from rules.rhythm import LEAST, Rhythm

MOST = 96
"""Silences of a day: no more fit in than one each quarter of an hour."""
ABSENCE = 2 * 3600.0
"""Seconds: who is out for less went to the letter-box."""
_OUT = -1.0


class Lessons:
    """Of one day, until a sign of the next one."""

    __slots__ = ("_fresh",)

    def __init__(self) -> None:
        self._fresh: list[list[float]] = []
        """[day type x 24 + hour, seconds]."""

    def absence(self, seconds: float) -> None:
        """Somebody was out for so long."""
        if seconds >= ABSENCE and len(self._fresh) < MOST:
            self._fresh.append([_OUT, seconds])

    def silence(self, began: datetime, seconds: float) -> None:
        """Somebody was in, and not heard for so long."""
        if seconds >= LEAST and len(self._fresh) < MOST:
            self._fresh.append([24.0 * (began.weekday() >= 5) + began.hour, seconds])

    def end(self, day: int, rhythm: Rhythm) -> bool:
        """Is the day another one? Then all that was noted is learned."""
        if rhythm.day is not None and day == rhythm.day:
            return False
        for hour, seconds in self._fresh:
            if hour < 0:
                rhythm.was_out(seconds)
            else:
                rhythm.learn(hour >= 24, int(hour) % 24, seconds)
        rhythm.turn(day)
        self._fresh = []
        return True

    def save(self) -> list[list[float]]:
        """JSON-able."""
        return [list(one) for one in self._fresh]

    def restore(self, saved: Any) -> None:
        """From what ``save`` gave; raises ValueError or TypeError for anything else."""
        self._fresh = [[float(hour), float(seconds)] for hour, seconds, *_ in saved][:MOST]
