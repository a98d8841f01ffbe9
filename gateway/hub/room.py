"""Room: what is done when the disk gets full. Telemetry goes first, alarms find room until the last byte."""

import asyncio
import logging
from pathlib import Path

from gateway.clock import Clock
from gateway.store.disk import Reserve

log = logging.getLogger(__name__)

LOOK = 60.0
"""Seconds between two looks at whether the disk has room for the reserve."""


class Room:
    """The reserve of a disk, and whether one must do without."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._reserve, self._clock = reserve(path), clock
        self._looked = -LOOK
        self.lean = False
        """The reserve is given up or could not be held: what can be missed isn't written."""

    @property
    def spare(self) -> int:
        """Bytes that must be free inside the file while there is no reserve outside."""
        return self._reserve.size if self.lean else 0

    async def look(self) -> bool:
        """Hold the reserve, from time to time; whether ``lean`` changed."""
        now, before = self._clock.now(), self.lean
        if now - self._looked >= LOOK:
            self._looked = now
            self.lean = not await asyncio.to_thread(self._reserve.hold)
        if self.lean != before:
            (log.error if self.lean else log.info)("the disk has %s room", "little" if self.lean else "enough")
        return self.lean != before

    async def make(self) -> bool:
        """The disk may be full: give up the reserve, so that the same can be tried again; whether there was one."""
        if not await asyncio.to_thread(self._reserve.give_up):
            return False
        log.error("the disk takes nothing: the room held for alarms is given up")
        self.lean, self._looked = True, self._clock.now()
        return True


def reserve(path: Path) -> Reserve:
    """The reserve beside this database."""
    return Reserve(path.with_suffix(".reserve"))
