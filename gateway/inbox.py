"""Inbox: the one bounded queue between the ports and the hub."""

import asyncio
import math
from collections import deque
from collections.abc import Callable

from drivers.reading import Frame

LIMIT = 2_000
"""Frames waiting; beyond it a port stops reading its wire until there is room again."""


class Inbox:
    """Frames in the order in which they were stamped. An alarm is taken in beyond the limit; nothing is dropped."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._frames: deque[Frame] = deque()
        self._limit = limit
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.diverted: dict[str, Callable[[Frame], None]] = {}
        """Port of a Frame -> who takes it first; it comes back as another one, by ``pass_on``."""
        self.overruns = 0
        """How often a port had to stop reading."""

    def put(self, frame: Frame) -> bool:
        """Take a Frame in; False = full from now on: read no more from your wire before ``room``."""
        elsewhere = self.diverted.get(frame.port)
        if elsewhere is not None:
            elsewhere(frame)
            return self._room.is_set()
        return self.pass_on(frame)

    def pass_on(self, frame: Frame) -> bool:
        """As ``put``, for a Frame that comes back from where it was diverted to."""
        self._frames.append(frame)
        self._filled.set()
        if len(self._frames) < self._limit:
            return True
        if self._room.is_set():
            self.overruns += 1
            self._room.clear()
        return False

    async def room(self) -> None:
        """Wait until a port may read again."""
        await self._room.wait()

    def begins(self) -> float:
        """When the oldest Frame was stamped; never, where there is none."""
        return self._frames[0].at if self._frames else math.inf

    def take(self, most: int) -> list[Frame]:
        """Up to so many Frames, oldest first."""
        frames = [self._frames.popleft() for _ in range(min(most, len(self._frames)))]
        if not self._frames:
            self._filled.clear()
        if len(self._frames) <= self._limit // 2:
            self._room.set()
        return frames

    async def wait(self, seconds: float) -> None:
        """Wait for a Frame, but not longer than that."""
        if self._frames or seconds <= 0:
            return
        alarm = asyncio.get_running_loop().call_later(seconds, self._filled.set)
        try:
            await self._filled.wait()
        finally:
            alarm.cancel()
            if not self._frames:
                self._filled.clear()

    def __len__(self) -> int:
        return len(self._frames)
