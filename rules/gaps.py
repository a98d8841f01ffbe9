"""Gaps: when a device could not be heard, of which only the last few are remembered.

A line may go up and down each minute for days. Two gaps then become one that says how much of its span was lost: who
took all of the span for lost would never miss anybody there, and who forgot it would miss somebody too soon.
"""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any, NamedTuple

GAPS = 32
"""Gaps remembered of a device: more than a day has of them, if its line is sound."""
EXACT = GAPS // 2
"""The last ones, which stay as they were: rules look back a day or two, and an alarm is due by what was lost then."""


class Gap(NamedTuple):
    """From, to, and the seconds lost in between, all of them or a part; without the gateway's own deafness."""

    since: float
    until: float
    lost: float

    @classmethod
    def of(cls, row: Any) -> "Gap":
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        since, until, *lost = map(float, row)
        return cls(since, until, *(lost or [until - since]))

    def row(self) -> list[float]:
        """JSON-able."""
        return list(self if self.share < 1.0 else self[:2])

    @property
    def share(self) -> float:
        """Which part of it was lost."""
        length = self.until - self.since
        return min(self.lost / length, 1.0) if length > 0 else 1.0


def added(gaps: Sequence[Gap], since: float, until: float) -> list[Gap]:
    """The gaps of a device with one more, which ends last; apart from each other, and no more than GAPS."""
    since = round(since, 6)
    before = [gap if gap.until <= since else _cut(gap, since) for gap in gaps if gap.since < since]
    return _few([*before, Gap(since, until, round(until - since, 6))])


def _cut(gap: Gap, until: float) -> Gap:
    return Gap(gap.since, until, round(gap.share * (until - gap.since), 6))


def _few(gaps: list[Gap]) -> list[Gap]:
    """Of the older ones those two become one between which it was heard for the shortest time."""
    while len(gaps) > GAPS:
        near = min(range(len(gaps) - 1 - EXACT), key=lambda one: gaps[one + 1].since - gaps[one].until)
        one, other = gaps[near : near + 2]
        gaps[near : near + 2] = [Gap(one.since, other.until, round(one.lost + other.lost, 6))]
    return gaps


def seconds(spans: Iterable[tuple[float, float, float]]) -> float:
    """Seconds lost in these spans (from, to, share) of several devices, each moment once."""
    waiting = sorted(spans, reverse=True)
    edges = sorted({edge for span in waiting for edge in span[:2]})
    open_now: list[tuple[float, float]] = []
    """(minus its share, to): the one of which most was lost is in front."""
    total = 0.0
    for start, end in pairwise(edges):
        while waiting and waiting[-1][0] <= start:
            _, until, share = waiting.pop()
            heappush(open_now, (-share, until))
        while open_now and open_now[0][1] <= start:
            heappop(open_now)
        if open_now:
            total -= open_now[0][0] * (end - start)
    return round(total, 6)
