"""Storage: whether the disk takes what is written, what is done for want of room, and the trouble that says so."""

import asyncio
import logging
from pathlib import Path

from gateway.clock import Clock
from gateway.health import report
from gateway.hub.room import Room
from gateway.inbox import Inbox
from gateway.store.disk import takes_files
from gateway.store.store import Corrupt, Failed

log = logging.getLogger(__name__)

BROKEN = 3
"""Failures to read or write the file, on a disk that takes files, after which it counts as damaged."""


class Storage:
    """What is believed of the disk under the database, by what became of each attempt to write."""

    def __init__(self, path: Path, clock: Clock, inbox: Inbox, *, durable: bool) -> None:
        self.durable = durable
        """False: the disk took nothing the last time, or this life has no database on it."""
        self.failed = 0
        """Attempts since the disk last took something."""
        self._path, self._clock, self._inbox = path, clock, inbox
        self._memory_only = not durable
        self._room = Room(path, clock)
        self._broken = 0
        self._told = False
        """The trouble that was reported last."""

    @property
    def lean(self) -> bool:
        """Whether what can be missed isn't written."""
        return self._room.lean

    @property
    def spare(self) -> int:
        """Bytes that must be free inside the file."""
        return self._room.spare

    def note_taken(self) -> None:
        """The disk has a batch."""
        self.failed = self._broken = 0
        if not self.durable and not self._memory_only:
            self.durable = True
            log.info("the disk takes writes again")
            self._report()

    def note_fault(self, why: str) -> None:
        """The disk didn't take a batch, or not yet."""
        if not self.durable:
            return
        self.durable = False
        log.error("the disk takes nothing: %s", why)
        self._report()

    async def look_at_the_file(self, error: Failed) -> None:
        """Raises Corrupt if the disk takes other files while ours can't be read or written: it is damaged."""
        self._broken = self._broken + 1 if error.of_the_file else 0
        if self._broken >= BROKEN and await asyncio.to_thread(takes_files, self._path):
            raise Corrupt(str(error))

    async def look_for_room(self) -> bool:
        """Hold the reserve, from time to time; whether it came or went."""
        if self._memory_only or self.failed or not await self._room.look():
            return False
        self._report()
        return True

    async def make_room(self) -> bool:
        """The disk is full: give up the reserve; whether there was one."""
        if self._memory_only or not await self._room.make():
            return False
        self._report()
        return True

    def _report(self) -> None:
        """The storage trouble comes or goes."""
        fault = not self.durable or self._room.lean
        if fault != self._told:
            self._told = fault
            self._inbox.put(report(self._clock.now(), "gateway", storage_fault=fault))
