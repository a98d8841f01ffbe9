"""Bulk: publications that cost more than a sensor's word, and how many of them are looked into. Pure: no clock.

A bridge's list of all devices is long, takes its time to read, and is said rarely. Whoever says it a hundred times a
second would take the processor from everybody's alarms. So a list that says what the last one said is left out, of
others a few are read at once and then one in so many seconds: of those between, the last. What comes at that pace is a
flood, and is told; what is no list and longer than any sensor's word is left out, and counts as one.
"""

from typing import Final

from gateway.ports.thin import Budget

LISTS: Final = (20, 1 / 5)
"""So many at once, and so many more a second: as many as a bridge says while devices are added to it."""
CALM: Final = 60.0
"""Seconds without another one beyond that after which a flood is over."""


class Bulk:
    """Of one broker."""

    def __init__(self) -> None:
        self.left_out = 0
        """Publications that nobody looked into."""
        self._budget = Budget(*LISTS)
        self._last: dict[str, bytes] = {}
        """Name of a list -> what it said when it was last read."""
        self._held: dict[str, bytes] = {}
        """Those that wait, the last of each."""
        self._flooded_at: float | None = None
        self._told = False

    def takes(self, name: str, said: bytes, at: float) -> bool:
        """Whether a list is read now; it is held if it may be later."""
        within = self._budget.take(at)
        if not within:
            self._flooded_at = at
        if self._last.get(name) == said:
            self._held.pop(name, None)
        elif within:
            self._note(name, said)
            return True
        else:
            self._held[name] = said
        self.left_out += 1
        return False

    def refuse(self, at: float) -> None:
        """Something was longer than any sensor's word."""
        self.left_out += 1
        # A list that waits comes first: giants without end must not use up what it waits for.
        if self._held or not self._budget.take(at):
            self._flooded_at = at

    def held(self, at: float) -> tuple[str, bytes] | None:
        """A list that had to wait, if it is time for one."""
        if not self._held or not self._budget.take(at):
            return None
        name = next(iter(self._held))
        said = self._held[name]
        self._note(name, said)
        return name, said

    def flood(self, at: float) -> bool | None:
        """Whether a flood began (True) or is over (False), each told once."""
        floods = self._flooded_at is not None and at - self._flooded_at < CALM
        if floods is self._told:
            return None
        self._told = floods
        return floods

    def _note(self, name: str, said: bytes) -> None:
        self._held.pop(name, None)
        self._last[name] = said
