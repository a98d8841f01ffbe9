"""Places: how many connections a listener serves at once, so that nobody can take them all.

Each asker has a share. Who has waited longest without saying anything whole gives way: to the same asker's next
connection, or, when all places are taken, to somebody who holds fewer than they do.
"""

from collections import Counter
from collections.abc import Callable


class Place:
    """One connection's. While it ``waits`` for what is said next, it may have to give way."""

    __slots__ = ("leave", "waits", "whose")

    def __init__(self, whose: str, leave: Callable[[], None]) -> None:
        self.whose, self.leave = whose, leave
        self.waits = True


class Places:
    """``most`` of all, ``each`` of one asker."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._taken: dict[Place, None] = {}
        """The oldest first."""

    def take(self, whose: str, leave: Callable[[], None]) -> Place | None:
        """A place for a new connection; ``leave`` ends it, when it has to give way. None: there is no room."""
        held = Counter(place.whose for place in self._taken)
        if held[whose] >= self._each:
            gone = self._give_way(lambda place: place.whose == whose)
        elif len(self._taken) >= self._most:
            gone = self._give_way(lambda place: held[place.whose] > held[whose])
        else:
            gone = True
        if not gone:
            return None
        made = Place(whose, leave)
        self._taken[made] = None
        return made

    def _give_way(self, may: Callable[[Place], bool]) -> bool:
        """The one that waits longest, of whoever holds the most of those who may be asked to."""
        held = Counter(place.whose for place in self._taken)
        waiting = [place for place in self._taken if place.waits and may(place)]
        if not waiting:
            return False
        longest = max(waiting, key=lambda place: held[place.whose])
        del self._taken[longest]
        longest.leave()
        return True

    def free(self, place: Place) -> None:
        """It is over."""
        self._taken.pop(place, None)
