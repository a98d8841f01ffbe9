"""Deadlines: what must be looked at when. A heap, so that two thousand of them cost no more than one."""

import heapq

Key = tuple[str, str]
"""(kind, name) of what is due."""

SLACK = 64


class Deadlines:
    """One deadline for each key; a new one takes the place of the old. Derived from the state, never saved."""

    def __init__(self) -> None:
        self._at: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self.awake = 0.0
        """Nobody was there right before this moment: nothing is done as of an earlier one any more."""

    def put(self, kind: str, name: str, at: float | None) -> None:
        """It is due at that moment of gateway time; None: never."""
        key = (kind, name)
        if at is None:
            self._at.pop(key, None)
            return
        at = round(max(at, self.awake), 6)  # as clocks say it: the moment may become that of a Frame
        if self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._heap, (at, key))
            if len(self._heap) > 4 * len(self._at) + SLACK:  # those that were put off lie about until their time
                self._heap = sorted((at, key) for key, at in self._at.items())

    def due(self) -> float | None:
        """The first deadline."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop(self, until: float) -> tuple[float, Key] | None:
        """Take the first deadline that lies at or before this moment."""
        first = self.due()
        if first is None or first > until:
            return None
        at, key = heapq.heappop(self._heap)
        del self._at[key]
        return at, key

    def overdue(self, until: float) -> list[Key]:
        """All that is due by this moment, in order; it stays."""
        return [key for at, key in sorted((at, key) for key, at in self._at.items() if at <= until)]
