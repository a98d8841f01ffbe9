"""A list that one thread fills while another waits for an entry in it."""

import asyncio
import threading
import time
from collections.abc import Callable
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

    def add(self, entry: T) -> None:
        """Append, and wake all who wait."""
        with self._news:
            self._entries.append(entry)
            self._news.notify_all()

    def all(self, after: int = 0) -> list[T]:
        """A copy of what came so far, from index ``after`` on."""
        with self._news:
            return self._entries[after:]

    def __len__(self) -> int:
        with self._news:
            return len(self._entries)

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
                    raise Missing(f"{self.name}: not seen in {timeout} s; the last of {seen}: {self._entries[-5:]}")

    async def wait_for(self, want: Callable[[T], bool], timeout: float, *, after: int = 0) -> T:  # noqa: ASYNC109
        """``wait`` for a test that is itself a coroutine."""
        return await asyncio.to_thread(self.wait, want, timeout, after=after)

    def quiet(self, seconds: float, timeout: float) -> None:
        """Return once nothing came for ``seconds``; raises Missing after ``timeout`` seconds of traffic."""
        deadline = time.monotonic() + timeout
        with self._news:
            while self._news.wait(seconds):
                if time.monotonic() > deadline:
                    raise Missing(f"{self.name}: still busy after {timeout} s; the last: {self._entries[-3:]}")
