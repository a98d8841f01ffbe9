"""A list that one thread fills while others, or tasks of an event loop, wait for an entry in it."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Missing(AssertionError):
    """What was waited for didn't come in time; the text holds the last entries."""


class Record(Generic[T]):
    """Entries in the order in which they came. Never forgets one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: list[T] = []
        self._news = threading.Condition()
        self._told: list[Callable[[T], None]] = []

    def __len__(self) -> int:
        with self._news:
            return len(self._entries)

    def add(self, entry: T) -> None:
        """Append, wake all who wait, and tell all who listen."""
        with self._news:
            self._entries.append(entry)
            told = list(self._told)
            self._news.notify_all()
        for tell in told:
            tell(entry)

    def all(self, after: int = 0) -> list[T]:
        """A copy of what came so far, from index ``after`` on."""
        with self._news:
            return self._entries[after:]

    def listen(self, tell: Callable[[T], None]) -> list[T]:
        """Call ``tell`` with every entry from now on, in the thread that adds it; returns the entries before."""
        with self._news:
            self._told.append(tell)
            return list(self._entries)

    def wait(self, want: Callable[[T], bool], timeout: float, *, after: int = 0) -> T:
        """The first entry at index ``after`` or later that is wanted; raises Missing after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        seen = after
        with self._news:
            while True:
                while seen < len(self._entries):
                    if want(self._entries[seen]):
                        return self._entries[seen]
                    seen += 1
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    if seen < len(self._entries):
                        continue
                    raise self._missing(timeout)

    async def wait_for(self, want: Callable[[T], bool], timeout: float, *, after: int = 0) -> T:  # noqa: ASYNC109
        """``wait`` for a task: its loop goes on, and a cancelled one leaves no thread behind that still waits."""
        loop, news, seen = asyncio.get_running_loop(), asyncio.Event(), after

        def tell(_: T) -> None:
            with suppress(RuntimeError):  # The loop has ended: nobody waits in it any more.
                loop.call_soon_threadsafe(news.set)

        self.listen(tell)
        try:
            async with asyncio.timeout(timeout):
                while True:
                    news.clear()
                    for entry in self.all(seen):
                        seen += 1
                        if want(entry):
                            return entry
                    await news.wait()
        except TimeoutError:
            raise self._missing(timeout) from None
        finally:
            with self._news:
                self._told.remove(tell)

    def quiet(self, seconds: float, timeout: float) -> None:
        """Return once nothing came for ``seconds``; raises Missing after ``timeout`` seconds of traffic."""
        deadline = time.monotonic() + timeout
        with self._news:
            while self._news.wait(seconds):
                if time.monotonic() > deadline:
                    raise Missing(f"{self.name}: still busy after {timeout:g} s; the last: {self._entries[-3:]}")

    def _missing(self, timeout: float) -> Missing:
        came = self.all()
        return Missing(f"{self.name}: not seen in {timeout:g} s; the last of {len(came)}: {came[-3:]}")
