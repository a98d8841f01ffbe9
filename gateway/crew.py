"""Crew: ports, uplinks and what else runs beside the hub, each under a supervisor, put in and taken out by name."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any
from weakref import WeakSet

from gateway.store.store import Corrupt

log = logging.getLogger(__name__)

Run = Callable[[], Coroutine[Any, Any, None]]
RESTART = (1.0, 30.0)
"""Seconds before a part that broke is started again."""
STEADY = 60.0
"""Seconds after which one that broke is held for a sound one again."""
AGAIN = 5.0
"""Seconds after which a part that goes on although it was told to end is told so again; goodbyes take less."""


_ending: WeakSet[asyncio.Task[Any]] = WeakSet()
"""Tasks that were told to end."""


class Crew:
    """Parts at work, in the order in which they began."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._closed = False

    def begin(self, name: str, run: Run, *, plain: bool = False) -> None:
        """Let a part run, unless all were told to end; a ``plain`` one isn't started again when it breaks, but ends the
        crew."""
        if self._closed:
            return
        self._tasks[name] = asyncio.create_task(run(), name=name) if plain else supervise(name, run)
        self._changed.set()

    async def stop(self, names: Iterable[str]) -> None:
        """Take these out; the others notice nothing."""
        await end([self._tasks.pop(name) for name in names if name in self._tasks])
        self._changed.set()

    async def close(self) -> None:
        """Take all out, for good: whoever is taking another site into use right now begins nothing any more."""
        self._closed = True
        await self.stop(self.names(""))

    def names(self, kind: str) -> list[str]:
        """The parts whose name begins so, the last ones first."""
        return [name for name in reversed(self._tasks) if name.startswith(kind)]

    async def watch(self, *others: asyncio.Task[None]) -> None:
        """Wait until one of all ends by itself, and raise what ended it."""
        while True:
            self._changed.clear()
            changed = asyncio.ensure_future(self._changed.wait())
            try:
                present = [*others, *self._tasks.values()]
                done, _ = await asyncio.wait([changed, *present], return_when=asyncio.FIRST_COMPLETED)
            finally:
                changed.cancel()
            ended = [task for task in done if task in others or task in self._tasks.values()]
            for task in ended:
                task.result()
            if ended:
                return


def supervise(name: str, run: Run) -> asyncio.Task[None]:
    """Keep a part running: what it didn't expect is logged and tried again, others go on.

    A damaged database is everybody's matter: it ends the task.
    """

    async def keep() -> None:
        wait = RESTART[0]
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await run()
            except* Corrupt as errors:
                raise Corrupt(f"{name}: {_first(errors)}") from errors
            except* Exception:
                go_on()
                log.exception("%s broke; again in %.0f s", name, wait)
            if asyncio.get_running_loop().time() - began > STEADY:
                wait = RESTART[0]
            await asyncio.sleep(wait)
            wait = min(wait * 2, RESTART[1])

    return asyncio.create_task(keep(), name=name)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def go_on() -> None:
    """For whoever tries again after an error: raises CancelledError if this task was told to end (``end``).

    A TaskGroup (before Python 3.13) that ends by an error says nothing of a cancellation that came with it; neither
    does a library that raises an error of its own when it is cancelled. ``Task.cancelling`` can't tell either: such a
    TaskGroup leaves it at 1 when a child breaks, although nobody told anybody to end.
    """
    if asyncio.current_task() in _ending:
        raise asyncio.CancelledError


async def end(tasks: Iterable[asyncio.Task[None]], again: float = AGAIN) -> None:
    """Cancel and wait; whoever lost its cancellation is cancelled again, so that nobody waits for it forever."""
    tasks = waiting = set(tasks)
    _ending.update(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=again)
    await asyncio.gather(*tasks, return_exceptions=True)
