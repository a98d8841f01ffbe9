"""Babble: somebody who speaks when it isn't his turn, and the pauses that he leaves to others. Pure."""

from collections import deque
from typing import Final

STRAYS: Final = 32
"""Bytes out of turn within a second; fewer are noise of a line that changes its direction."""
RECENT: Final = 2.0
"""Seconds for which a babbler is expected to speak again."""
APART: Final = 0.003
"""Seconds of silence that part one outburst from the next."""
SURE: Final = 0.9
"""The part of his usual pause in which we trust."""


class Babble:
    """Tell it what was heard out of turn; ask whether the moment is good for a turn."""

    def __init__(self) -> None:
        self._strays: deque[tuple[float, int]] = deque()
        self._babbled_at = -RECENT
        self._ended = 0.0
        """When the last outburst was over."""
        self._pause = 0.0
        """How long he was silent after it, as far as that is known."""
        self._answered = False
        """What was heard last was an answer, and no outburst."""

    def heard(self, at: float, before: float) -> None:
        """Something was heard when nobody was asked; before that the line was heard at ``before``."""
        if at - before > APART:
            self._pause = at - self._ended
        self._ended, self._answered = at, False

    def turned(self, answered: bool, at: float) -> None:
        """A turn is over: with an answer, or with what is none, heard until then."""
        self._answered = answered
        if not answered:
            self._ended = at

    def stray(self, count: int, now: float) -> bool:
        """So many bytes were nobody's answer -> whether somebody babbles."""
        self._strays.append((now, count))
        while now - self._strays[0][0] > 1.0:
            self._strays.popleft()
        babbles = sum(count for _, count in self._strays) > STRAYS
        if babbles:
            self._babbled_at = now
        return babbles

    def again(self, now: float) -> None:
        """A turn was spoilt, and it is known that somebody babbles."""
        self._babbled_at = now

    def is_near(self, now: float, free: float, needed: float) -> bool:
        """Should we let him speak first? ``free``: since when one may ask; ``needed``: seconds of a turn.

        The best moment is right behind an outburst; later only as long as a turn fits into what is left of the pause.
        """
        if now - self._babbled_at >= RECENT or now + needed <= self._ended + SURE * self._pause:
            return False
        return self._answered or now > free

    def waited(self, now: float) -> None:
        """He didn't speak all the while: his pauses are longer than that."""
        self._pause = max(self._pause, now - self._ended)
