"""Daily: a window of each day, as in ``within = "07:00-10:00"``; when it is on the site's clock, in gateway time.

A day has each window once, whatever summer time does: an hour that comes twice is meant the first time, one that is
left out lies behind the change. A window of which nothing is left on such a day isn't there on that day.
"""

from typing import NamedTuple

from rules.document import Table
from rules.hours import DAY, hours_of
from rules.wall import Wall


class Span(NamedTuple):
    """One day's window in gateway time: from, to."""

    start: float
    end: float


class Daily(NamedTuple):
    """``start`` to ``end`` in minutes of the day, over midnight too."""

    start: int
    end: int

    @classmethod
    def read(cls, table: Table, key: str) -> "Daily | None":
        """What a key says, if that is a window; None: a duration, then. Mistakes are noted in the table."""
        said = table.data.get(key)
        if not isinstance(said, str) or ":" not in said:
            return None
        table.known.add(key)
        found = hours_of(said)
        if found is None or found[0] == found[1]:
            what = '"{said:.40}" is no window of a day'
            table.mistake(key, what, 'write {key} = "07:00-10:00", or a duration', said=said, key=key)
            return cls(0, DAY)
        return cls(*found)

    @property
    def seconds(self) -> float:
        """How long it is on all days but those of summer time; a whole day at the most."""
        return ((self.end - self.start - 1) % DAY + 1) * 60.0

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in self)

    def spans(self, at: float, wall: Wall) -> list[Span]:
        """The windows of the days around a moment, in order: among them the last that was over, and the next two."""
        today, end_minute = wall.local(at).date(), self.start + int(self.seconds) // 60
        found = []
        for day in range(-3, 4):
            start, end = (wall.moment(today, day, minute) for minute in (self.start, end_minute))
            if start is not None and end is not None and start < end:
                found.append(Span(start, end))
        return found


class Days:
    """The windows around the present moment, looked up once for as long as they stay the same."""

    __slots__ = ("_daily", "_found", "_told", "_until", "wall")

    def __init__(self, daily: Daily, wall: Wall) -> None:
        self.wall = wall
        self._daily = daily
        self._found: list[Span] = []
        self._told = -1
        self._until = (0.0, 0.0)

    def around(self, at: float) -> list[Span]:
        """See ``Daily.spans``."""
        if self._told != self.wall.told or not self._until[0] <= at < self._until[1]:
            self._found, self._told = self._daily.spans(at, self.wall), self.wall.told
            ends = [span.end for span in self._found]
            past, coming = [end for end in ends if end <= at], [end for end in ends if end > at]
            self._until = max(past, default=at), min(coming, default=at)
        return self._found

    def over(self, at: float) -> Span | None:
        """The last one that was over by then."""
        return max([span for span in self.around(at) if span.end <= at], default=None)

    def begun(self, at: float) -> Span | None:
        """The last one that had begun by then."""
        return max([span for span in self.around(at) if span.start <= at], default=None)

    def ending(self, at: float, moment: float) -> list[Span]:
        """Those that end at this moment or later, in order; ``at`` is now."""
        return [span for span in self.around(at) if span.end >= moment]

    def next_start(self, at: float) -> float | None:
        """When the next one begins."""
        return min([span.start for span in self.around(at) if span.start > at], default=None)
