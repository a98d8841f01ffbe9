"""Register: what the course of a meter tells of life. It speaks of the past, and what runs by itself is nobody's."""

from collections.abc import Sequence

STILL = 5400.0
"""Seconds: a meter that didn't move for longer stood still, even one that is read once an hour."""
RUNNING = 20 * 3600.0
"""Seconds: a meter that never stood still for so long runs by itself; nobody who lives alone is up for so long."""
EXCHANGED = 0.5
"""A register that falls by more is a new one."""
SLOWER = 1.05
"""By how much the pace of a meter is believed to slow down with each reading: what was read often for a while is soon
forgotten, one that speaks at once when water flows speaks fast again and again."""
DROPS = 0.002
"""A drip moves a register by no more at once: 2 L. Whoever washes, or flushes, takes more before long."""
ALIKE = 0.2
"""Portions that differ by no more than this part of the larger, or one step of the register, are alike: a cistern that
leaks and fills up, a pipe that runs and is read every other hour. Nobody takes the same again and again."""
STEPS = 3
"""Of less than so many steps a register shows no portion: one of 10 L shows most of what somebody takes as 10 L."""
UNEVEN = 2.1
"""Times that a pause between two drops is as long as the one before, at most; seen through readings each hour, too."""
DRIPPING, MANY = 6 * 3600.0, 4
"""Seconds, and drops or portions in a row, from which on it runs by itself. No tap that somebody uses is so even for so
long."""


def paced(pace: float, gap: float, before: float) -> float:
    """The pace of a meter, in seconds from one reading to the next, after such a gap and the one ``before``; 0 is not
    known yet.

    What it counted came to pass within that time, which is less than the gap for one that speaks when it moves. One
    short gap says nothing: a meter that is read once a day is read twice now and then.
    """
    if not before:
        return 0.0
    slowest = round(max(gap, before, 1.0), 6)
    return min(slowest, round(SLOWER * pace, 6)) if pace else slowest


class Register:
    """One meter, as it was read last."""

    __slots__ = ("by", "drips", "even", "gap", "moved", "pace", "pause", "read", "shown", "since")

    def __init__(self, at: float, shown: float) -> None:
        self.shown = shown
        self.since = self.read = at
        """Since when it never stood still; when it was read last."""
        self.moved = at - 2 * STILL
        self.pace = self.gap = 0.0
        """See ``paced``, and the last gap between two readings."""
        self.pause, self.drips, self.even = 0.0, 0.0, at
        """Seconds between its last two moves; how many that are alike followed each other evenly, and since when."""
        self.by = 0.0
        """What it moved by last, in m³."""

    def take(self, at: float, shown: float) -> bool:
        """It is read -> has it moved on?"""
        gap = max(round(at - self.read, 6), 1.0)
        self.read, self.pace, self.gap = at, paced(self.pace, gap, self.gap), gap
        if shown <= self.shown:
            return False
        if at - self.moved > STILL:
            self.since = at
        self._drop(shown, round(at - self.moved, 6))
        if not self.drips:
            self.even = at
        self.shown, self.moved = shown, at
        return True

    def _drop(self, shown: float, pause: float) -> None:
        """One more of many that are alike?"""
        by = round(shown - self.shown, 6)
        alike = by <= DROPS or self._portion(by, _step(self.shown, shown))
        even = pause <= UNEVEN * self.pause and self.pause <= UNEVEN * pause
        self.drips, self.pause, self.by = self.drips + 1 if alike and even else 0.0, pause, by

    def _portion(self, by: float, step: float) -> bool:
        return by >= STEPS * step and round(abs(by - self.by), 6) <= max(step, ALIKE * max(by, self.by))

    def counted_since(self) -> float:
        """The moment after which it counted what it showed last: not before the reading that came before."""
        return round(self.read - min(self.pace or self.gap, self.gap), 6)

    def runs(self) -> bool:
        """Does it go on by itself: without ever standing still, or evenly in drops or portions?"""
        drips = self.drips >= MANY and self.read - self.even >= DRIPPING
        return drips or self.read - self.since >= RUNNING

    def save(self) -> list[float]:
        """JSON-able."""
        course = [self.shown, self.since, self.moved, self.read, self.pace, self.gap]
        return [*course, self.pause, self.drips, self.even, self.by]

    @classmethod
    def of(cls, saved: Sequence[float]) -> "Register":
        """From what ``save`` gave; an older version knew less. Raises ValueError or TypeError for anything else."""
        shown, since, moved, *more = map(float, saved)
        made = cls(moved, shown)
        made.since, made.moved = since, moved
        made.read, made.pace, made.gap, made.pause, made.drips, made.even, made.by = [
            *more, *(moved, 0.0, 0.0, 0.0, 0.0, moved, 0.0)[len(more) :],
        ]  # fmt: skip
        return made


def _step(*shown: float) -> float:
    """By how much the register moves at least, in m³: 1 L, or 10 L where it shows nothing else."""
    return 0.001 if any(round(100 * one, 3) % 1 for one in shown) else 0.01
