"""Watch: when a scan that raises nothing is held for dead, and what is tried, in which order. No clock of its own.

Two streams tell whether an adapter hears: our own senders, and anybody. Each has its longest normal gap, learned over
a day or two; silence beyond three of them, and 60 s at least, is a dead scan. Before enough was heard to tell, ten
minutes are. First the scanner is started anew, then the adapter reset; if our own senders are still silent then, it
is a trouble, and both go on in turn. A try that brings nothing doubles the wait for the next one, up to half an hour.

A silence that a try ended is no normal gap; one that ended only long after the last try is. So a home whose sensors
fall into a slower rhythm is learned, and not restarted for ever.
"""

from typing import Final, Literal

Step = Literal["", "restart", "reset"]

LEAST: Final = 60.0
"""Seconds of silence that are never held for a dead scan."""
TIMES: Final = 3.0
"""Longest normal gaps that a silence may last."""
UNKNOWN: Final = 600.0
"""Seconds that it may last while nothing was learned."""
ENOUGH: Final = 3
"""Gaps after which something was learned."""
WAIT: Final = 60.0
"""Seconds that the first try is given."""
LONGEST: Final = 1800.0
"""Seconds that any later one is given at most."""
GROWTH: Final = 2.0
"""Limits that a silence may count for which no try ended: a scan that was dead for hours makes nobody patient."""
CURED: Final = 20.0
"""Seconds after a try within which a sound is its work: where less than that is normal, what is normal."""
DAY: Final = 86400.0


class Stream:
    """When it was heard last, and how long it is silent when all is well."""

    def __init__(self, at: float) -> None:
        self.since = at
        """The last sound, or the last time that something was done about its absence."""
        self.last = at
        """The last sound."""
        self._gaps = 0
        self._longest = [0.0, 0.0]
        """Of the present day, and of the one before."""
        self._day = at

    def heard(self, at: float) -> None:
        """A sound."""
        gap = at - self.since
        if self.last < self.since and gap > min(CURED, max(self._longest)):
            gap = min(at - self.last, GROWTH * self.limit)
        self.since = self.last = at
        self._gaps += 1
        if gap > self._longest[0]:
            self._longest[0] = gap
        if at - self._day > DAY:
            self._day = at
            self._longest = [gap, self._longest[0]]

    @property
    def learned(self) -> bool:
        """Whether its rhythm is known."""
        return self._gaps >= ENOUGH

    @property
    def limit(self) -> float:
        """Seconds of silence beyond which it is held for dead."""
        return max(LEAST, TIMES * max(self._longest)) if self.learned else UNKNOWN

    @property
    def due(self) -> float:
        """When that is."""
        return self.since + self.limit


class Watch:
    """One adapter's. Call ``own`` or ``stranger`` for each advert, ``step`` when ``due``, ``began`` after a start."""

    def __init__(self, at: float) -> None:
        self._own, self._any = Stream(at), Stream(at)
        self._tries = 0
        self._by_own = False
        """It is our own senders that are missed, whoever else is heard."""
        self._next = 0.0
        self.trouble = False
        """Our own senders are silent, and neither a restart nor a reset brought them back."""

    def own(self, at: float) -> None:
        """One of our senders was heard: nothing is wrong."""
        self._own.heard(at)
        self._any.heard(at)
        self._tries, self.trouble = 0, False

    def stranger(self, at: float) -> None:
        """Anybody else was heard."""
        self._any.heard(at)
        if not self._by_own:
            self._tries = 0

    def began(self, at: float) -> None:
        """The scan was started, for whatever reason: what was silent until now says nothing about gaps."""
        self._own.since = self._any.since = at

    @property
    def due(self) -> float:
        """When to ask for the next step."""
        if self._tries:
            return self._next
        return min(self._own.due, self._any.due) if self._own.learned else self._any.due

    def step(self, at: float) -> Step:
        """What is to be done now; nothing before ``due``."""
        if at < self.due:
            return ""
        if not self._tries:
            self._by_own = self._own.learned and at >= self._own.due
        missed = self._own.learned and at - self._own.last > self._own.limit
        self.trouble = self.trouble or (missed and self._tries >= 2)
        step: Step = "reset" if self._tries % 2 else "restart"
        self._next = at + min(WAIT * 2**self._tries, LONGEST)
        self._tries = min(self._tries + 1, 32)
        return step
