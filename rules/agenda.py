"""Agenda: which watch must be judged next, even if nothing comes."""

import heapq

from rules.known import INFINITE
from rules.watch import Key, Watch


class Agenda:
    """Deadlines in their order. A watch stands here once; one whose moment moved is put right when it comes up."""

    __slots__ = ("_heap", "_watches", "next")

    def __init__(self, watches: dict[Key, Watch]) -> None:
        self._heap: list[tuple[float, Key]] = []
        self._watches = watches
        self.next = INFINITE
        """Nothing is due before this moment."""

    def put(self, watch: Watch) -> None:
        """Note when it must be judged next."""
        moment = watch.due()
        if moment is not None and (watch.queued is None or moment < watch.queued):
            watch.queued = moment
            heapq.heappush(self._heap, (moment, watch.key))
            if moment < self.next:
                self.next = moment

    def first(self) -> float:
        """The first deadline; INFINITE if there is none."""
        while self._heap:
            moment, key = self._heap[0]
            watch = self._watches[key]
            if moment == watch.queued and watch.due() == moment:
                return moment
            heapq.heappop(self._heap)
            if moment == watch.queued:
                watch.queued = None
                self.put(watch)
        return INFINITE

    def take(self) -> Watch:
        """Whose deadline ``first`` gave; it is off the list."""
        watch = self._watches[heapq.heappop(self._heap)[1]]
        watch.queued = None
        return watch
