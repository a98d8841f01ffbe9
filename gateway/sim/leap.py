"""An event loop whose time leaps: while nobody has anything to do it is at once the moment of the next timer.

So a test waits no real second, and no busy machine makes an answer late. What a thread or another process does isn't
waited for: for those, and for what is about real files and ttys, the usual loop is the right one.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


TURN: Final = 1e-6
"""Seconds that each turn of the loop takes: who sleeps for less than a float can add would else sleep for ever."""


class _Leaping(selectors.DefaultSelector):
    """Waits for nothing but, where no timer is set, for its files."""

    leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        self.leapt += TURN if ready or timeout is None else max(TURN, timeout)
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """Its ``time()`` begins at 1000 s."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds, of which none passes while somebody has something to do."""
        return 1000.0 + self._leaping.leapt


def leaping(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """An asynchronous test that runs in such a loop."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run
