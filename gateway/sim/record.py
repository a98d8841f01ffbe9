"""A list that one task fills while another waits for an entry in it."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Missing(Exception):
    """What was waited for didn't come in time; the text says what."""


class Record(Generic[T]):
    """Entries in the order in which they came. Never forgets one; belongs to one event loop."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: list[T] = []
        self._news = asyncio.Event()
        self._told: list[Callable[[T], None]] = []

    def __len__(self) -> int:
        return len(self.entries)

    def add(self, entry: T) -> None:
        """Append, tell those who listen, and wake all who wait."""
        self.entries.append(entry)
        for tell in self._told:
            tell(entry)
        self._news.set()

    def listen(self, tell: Callable[[T], None]) -> None:
        """Call ``tell`` with every entry from now on."""
        self._told.append(tell)

    async def wait(self, want: Callable[[T], bool], seconds: float, *, after: int = 0) -> T:
        """The first entry at index ``after`` or later that is wanted; raises Missing after so many seconds."""
        seen = after
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while seen < len(self.entries):
                        if want(self.entries[seen]):
                            return self.entries[seen]
                        seen += 1
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Missing(f"{self.name}: not seen in {seconds:g} s; the last: {self.entries[-3:]}") from None
