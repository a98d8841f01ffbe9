"""Who is asked next on a line. Pure: time comes in as a number, deadlines go out as one.

Each device wants a round of questions ``every`` so many seconds. Of those that are due the one goes first that is
late by the greatest share of its own period: a detector asked each second before a meter asked each quarter of an
hour, and where there is more to ask than the line can carry, all are slowed down by the same factor, none starves.

- First rounds are spread by name over the first period, at most ``SOON``; then each keeps a place in its own period.
- Who may still owe an answer that can't be told from the next one is held until it can't come any more.
- A device that doesn't answer is asked once, then again after 1, 2, 4 … seconds, later only as often as costs a
  hundredth of the line's time; at the latest after 30 s, or a tenth of its period where that is longer.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

SOON = 60.0
"""Seconds within which every device is asked for the first time."""
AGAIN = (0.2, 1.0)
"""Seconds before a device that missed its turn gets another one: its period, but no less and no more than this."""
LATEST = 30.0
SHARE = 100
"""A dead device costs one part in so many of the line's time."""


@dataclass(slots=True)
class _Place:
    every: float
    due: float
    home: float
    """When the second round is due: the device's own place in its period."""
    misses: int = 0


class Schedule:
    """The devices of a line by name, and when each is due."""

    def __init__(self, periods: Mapping[str, float], start: float) -> None:
        self._places: dict[str, _Place] = {}
        for name, every in periods.items():
            share = crc32(name.encode()) / 2**32
            self._places[name] = _Place(every, start + share * min(every, SOON), start + share * every)

    def due(self) -> float:
        """When the next turn is due; never, if there is nobody."""
        return min((place.due for place in self._places.values()), default=math.inf)

    def next(self, now: float) -> str | None:
        """Whose turn it is, None if nobody is due yet."""
        late = [(place.due - now) / place.every for place in self._places.values()]
        ranked = ((share, place.every, name) for share, (name, place) in zip(late, self._places.items(), strict=True))
        return min((one for one in ranked if one[0] <= 0), default=(0.0, 0.0, None))[2]

    def done(self, name: str, now: float) -> None:
        """It answered all that it was to be asked in this round."""
        place = self._places[name]
        place.misses = 0
        place.due = max(now, place.home if place.home > place.due else place.due + place.every)

    def missed(self, name: str, now: float, took: float) -> None:
        """It didn't answer, and waiting for that took so many seconds."""
        place = self._places[name]
        place.misses += 1
        first = min(max(place.every, AGAIN[0]), AGAIN[1])
        limit = max(min(LATEST, SHARE * took), place.every / 10)
        place.due = now + min(first * 2.0 ** min(place.misses - 1, 20), limit)

    def hold(self, name: str, until: float) -> None:
        """It isn't asked before then."""
        self._places[name].due = max(self._places[name].due, until)

    def misses(self, name: str) -> int:
        """How many turns in a row it has missed."""
        return self._places[name].misses
