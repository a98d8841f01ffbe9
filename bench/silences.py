"""Rules to stand beside ``inactivity``, on the same signs of life: fixed times, waking hours, a percentile an hour.

Each is a function of the silences before: when would it call in the silence that began at this sign? None of them knows
the future, and none is told of anything that the learned rule isn't told of.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

HOUR, DAY = 3600.0, 86400.0
NEVER = float("inf")


class Silence(NamedTuple):
    """From one sign of life to the next; local time as seconds since the epoch."""

    start: float
    end: float
    out: bool
    """It began at the front door."""
    lost: float = 0.0
    """Seconds in which not all sensors were heard: no rule counts them."""

    @property
    def heard(self) -> bool:
        """All sensors were, all the time."""
        return not self.lost

    @property
    def seconds(self) -> float:
        """For how long nobody was heard by sensors that were."""
        return self.end - self.start - self.lost


def called(at: float, one: Silence) -> bool:
    """Would a call at this moment come in this silence? Lost time puts it off."""
    return at + one.lost < one.end


Lines = Callable[[Sequence[Silence]], list[float]]
"""Silences -> for each of them the moment of the call."""


def silences(signs: Sequence[tuple[float, bool]], gaps: Sequence[tuple[float, float]]) -> list[Silence]:
    """Of signs (moment, at the front door) and the times in which not all sensors were heard, both sorted."""
    ends = [end for _, end in gaps]
    made = []
    for (start, out), (end, _) in pairwise(signs):
        if end > start:
            over = gaps[bisect_right(ends, start) : bisect_left(gaps, (end,))]
            lost = sum(min(until, end) - max(since, start) for since, until in over)
            made.append(Silence(start, end, out, lost))
    return made


def fixed(hours: float) -> Lines:
    """So many hours without a sign."""
    return lambda said: [one.start + hours * HOUR for one in said]


def waking(said: Sequence[Silence]) -> list[float]:
    """5 h of silence within 07–22, or 12 h overall; quiet while the front door was last."""
    return [NEVER if one.out else min(_awake(one.start, 5 * HOUR), one.start + 12 * HOUR) for one in said]


def _awake(start: float, seconds: float) -> float:
    at = start
    while True:
        hour = at % DAY / HOUR
        if hour < 7:
            at += (7 - hour) * HOUR
        elif hour >= 22:
            at += (31 - hour) * HOUR
        elif seconds <= (22 - hour) * HOUR:
            return at + seconds
        else:
            seconds -= (22 - hour) * HOUR
            at += (22 - hour) * HOUR


def percentile(said: Sequence[Silence], part: float = 0.99, days: int = 28, margin: float = 1.2) -> list[float]:
    """An alert line for each hour of the day, as Cuddihy et al. 2007 draw them.

    Of the silences of the last 28 days, for the hour at which they began and its neighbours: the length that only 1 %
    passed, and a fifth more. 12 h until a week is known.
    """
    past: list[deque[tuple[float, float]]] = [deque() for _ in range(24)]
    called = []
    begin = said[0].start if said else 0.0
    for one in said:
        hour = int(one.start % DAY // HOUR)
        called.append(one.start + (_line(past, hour, part) * margin if one.start - begin >= 7 * DAY else 12 * HOUR))
        if one.heard and one.end - one.start >= 900:
            past[hour].append((one.end, one.end - one.start))
            while past[hour][0][0] < one.end - days * DAY:
                past[hour].popleft()
    return called


def _line(past: Sequence[deque[tuple[float, float]]], hour: int, part: float) -> float:
    lengths = sorted(length for near in (-1, 0, 1) for _, length in past[(hour + near) % 24])
    return lengths[min(len(lengths) - 1, int(part * len(lengths)))] if lengths else 12 * HOUR


RULES: dict[str, Lines] = {
    "fixed 6 h": fixed(6),
    "fixed 8 h": fixed(8),
    "fixed 12 h": fixed(12),
    "fixed 24 h": fixed(24),
    "waking hours": waking,
    "percentile an hour": percentile,
}
FIXED = ("fixed 6 h", "fixed 8 h", "fixed 12 h", "fixed 24 h")
