"""Snapshot: the whole state as rows, the events nobody has confirmed, and the vital file that holds both.

The file is written beside the commits, never in their way: one writing at a time, and what changes meanwhile makes
one more. It is of one moment: rows, number, time and events are taken together.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.clock import Clock
from gateway.hub import checkpoint
from gateway.hub.booted import Booted
from gateway.store import vital
from gateway.store.message import ALARM, Message
from gateway.store.vital import Vital

log = logging.getLogger(__name__)

VITAL = 3600.0
"""Seconds after which the vital file is written though no alert changed."""
LESSER = 500
"""Events below an alarm that the file holds at the most: it is written anew at each change of an alert."""
SETTLE = 3.0
"""Seconds given to the last writing; a disk that hangs must not keep the gateway from ending."""


class Snapshot:
    """What must outlive the database."""

    def __init__(self, booted: Booted, clock: Clock, path: Path) -> None:
        self.sound = True
        """Whether the fold is what its Frames made of it; one that broke in the middle of a Frame is not kept."""
        self._fold, self._clock, self._path = booted.fold, clock, path
        self._rows: dict[str, str] = dict(booted.base)
        """All rows of the state, as of the last look."""
        self._unsaved: dict[str, str | None] = {}
        """Rows that changed since the last checkpoint."""
        self._events: dict[tuple[str, int, int], Message] = {}
        self._written = clock.now()
        self._owed = False
        self._volatile = False
        self._silent = False
        """The file could not be written, and that was said."""
        self._task: asyncio.Task[None] | None = None
        self._note(booted.rows)

    def adopt(self, messages: Iterable[Message]) -> None:
        """Messages that wait for their confirmation; of the lesser events the newest are kept."""
        self._events.update((message[:3], message) for message in messages if message.is_event)
        lesser = [key for key in self._events if key[1] != ALARM] if len(self._events) > LESSER else []
        for key in lesser[:-LESSER]:
            del self._events[key]

    def confirmed(self, done: Iterable[tuple[str, int, int]]) -> None:
        """These (destination, lane, n) were delivered."""
        for key in done:
            self._events.pop(key, None)

    def look(self) -> None:
        """Note which rows of the state changed."""
        self._note(checkpoint.changed(self._fold))

    def _note(self, rows: Mapping[str, str | None]) -> None:
        self._unsaved.update(rows)
        for key, row in rows.items():
            if row is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = row

    def take(self) -> dict[str, str | None]:
        """The rows of a checkpoint at this moment: all that changed since the last one."""
        self.look()
        rows, self._unsaved = self._unsaved, {}
        return rows

    def content(self, *, volatile: bool) -> Vital:
        """The state at this moment; ``volatile`` when no database holds it."""
        self.look()
        fold = self._fold
        return Vital(fold.epoch, fold.n, fold.now, dict(self._rows), tuple(self._events.values()), volatile)

    def is_due(self) -> bool:
        """Whether the file is old, or its last writing failed."""
        return self._silent or self._clock.now() - self._written >= VITAL

    def is_writing(self) -> bool:
        """Whether the file is being written now."""
        return self._task is not None and not self._task.done()

    def write(self, *, volatile: bool) -> None:
        """Write the file beside what else goes on, unless the fold broke; never waits."""
        if not self.sound:
            return
        self._volatile = volatile
        if self.is_writing():
            self._owed = True
            return
        self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while True:
            self._owed = False
            self._written = self._clock.now()
            content = self.content(volatile=self._volatile)
            try:
                await asyncio.to_thread(vital.write, self._path.with_suffix(".vital"), content)
                self._silent = False
            except OSError as error:
                if not self._silent:
                    log.error("the vital file could not be written: %s", error)
                self._silent = True
            if not self._owed:
                return

    async def settle(self, seconds: float = SETTLE) -> None:
        """Wait for the file, but not for longer than that."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)
