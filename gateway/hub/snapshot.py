"""Snapshot: the whole state as rows, the events nobody has confirmed, and the vital file that holds both.

The file is written beside the commits, never in their way: one writing at a time, and what changes meanwhile makes
one more. What is added is of one moment: rows, number, time and events are taken together. On an estate of thousands of
sensors the rows of all that spoke since would be megabytes at each alert, so there only the homes that it concerns are
brought up to date; the others are as of an earlier moment, and the file says of which.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.clock import Clock
from gateway.hub import checkpoint
from gateway.hub.booted import Booted
from gateway.hub.sheets import Rows, Sheets
from gateway.store import vital
from gateway.store.message import ALARM, Message
from gateway.store.vital import Key, News, Vital

log = logging.getLogger(__name__)

VITAL = 3600.0
"""Seconds after which the vital file is written whole though no alert changed."""
FEW = 1_000
"""Rows that are all added at an alert, whichever home they are of: more than a house of a hundred sensors has."""
ROOM = 256_000
"""Bytes added to the file, if not as many as it had at first, after which it is written whole."""
STALE = 250
"""Devices that spoke, at which their rows are made: all those of an estate at once would hold up an alarm."""
LESSER = 500
"""Events below an alarm that the file holds at the most: it is written at each change of an alert."""
SETTLE = 3.0
"""Seconds given to the last writing; a disk that hangs must not keep the gateway from ending."""


class Snapshot:
    """What must outlive the database."""

    def __init__(self, booted: Booted, clock: Clock, path: Path) -> None:
        self._fold, self._clock, self._path = booted.fold, clock, path.with_suffix(".vital")
        self.sound = True
        """Whether the fold is what its Frames made of it; one that broke in the middle of a Frame is not kept."""
        self._rows: dict[str, str] = dict(booted.base)
        """All rows of the state, as of the last look."""
        self.sheets = Sheets(booted.base, booted.spare)
        self._owed: dict[str, Rows] = {}
        """Home -> rows that changed since the vital file had them."""
        self._events: dict[Key, Message] = {}
        self._filed: set[Key] = set()
        """Events that the file holds."""
        self._site = booted.fold.site_hash
        """By which the owed rows are grouped."""
        self._homes: set[str] = set()
        """Homes that the next writing is about."""
        self._size = self._added = 0
        """Bytes of the file when it was written whole, none if it has to be; and bytes added since."""
        self._whole_at = booted.fold.now
        """Gateway time up to which the file knows of all homes."""
        self._written = clock.now()
        """When it was written whole."""
        self._again = False
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

    def confirmed(self, done: Iterable[Key]) -> None:
        """These were delivered."""
        for key in done:
            self._events.pop(key, None)

    def keep_up(self) -> None:
        """Called often: make the rows of a few devices at a time."""
        if self._fold.engine.stale >= STALE:
            self.look()

    def look(self) -> None:
        """Note which rows of the state changed."""
        self._note(checkpoint.changed(self._fold))

    def _note(self, rows: Mapping[str, str | None]) -> None:
        self.sheets.note(rows)
        if self._site != self._fold.site_hash:  # a device may be another home's now: its older row must not come last
            self._site, owed = self._fold.site_hash, self._owed
            self._owed = {}
            for older in owed.values():
                self._owe(older)
        self._owe(rows)
        for key, row in rows.items():
            if row is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = row

    def _owe(self, rows: Mapping[str, str | None]) -> None:
        for key, row in rows.items():
            self._owed.setdefault(checkpoint.home_of(self._fold, key), {})[key] = row

    def content(self, *, volatile: bool) -> Vital:
        """The state at this moment; ``volatile`` when no database holds it."""
        self.look()
        fold = self._fold
        return Vital(fold.epoch, fold.n, fold.now, dict(self._rows), tuple(self._events.values()), volatile)

    def is_due(self) -> bool:
        """Whether the file is old, or its last writing failed."""
        return self._silent or self._is_old()

    def _is_old(self) -> bool:
        return self._clock.now() - self._written >= VITAL

    def is_writing(self) -> bool:
        """Whether the file is being written now."""
        return self._task is not None and not self._task.done()

    def write(self, homes: Iterable[str] = (), *, volatile: bool) -> None:
        """Bring the file up to date, at least about these homes, beside what else goes on; never waits."""
        if not self.sound:
            return
        self._volatile = volatile
        self._homes.update(homes)
        if self.is_writing():
            self._again = True
            return
        self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while True:
            self._again = False
            try:
                await self._write_once()
                self._silent = False
            except (OSError, RuntimeError) as error:  # the latter: no thread is to be had
                self._size = 0
                if not self._silent:
                    log.error("the vital file could not be written: %s", error)
                self._silent = True
            if not self._again:
                return

    async def _write_once(self) -> None:
        if not self._size or self._added > max(self._size, ROOM) or self._is_old():
            content = self.content(volatile=self._volatile)
            self._take_for_file(set(self._owed), content.at)
            self._size = self._added = 0
            self._written = self._clock.now()
            self._size = await asyncio.to_thread(vital.write, self._path, content)
        else:
            self._added += await asyncio.to_thread(vital.append, self._path, self._news())

    def _news(self) -> News:
        """What the file has to be told now."""
        self.look()
        fold, filed = self._fold, self._filed
        events = tuple(message for key, message in self._events.items() if key not in filed)
        gone = tuple(filed - self._events.keys())
        whole = self._volatile or sum(map(len, self._owed.values())) <= FEW
        rows = self._take_for_file(set(self._owed) if whole else {"", *self._homes}, fold.now)
        return News(fold.epoch, fold.n, fold.now, rows, events, gone, self._volatile, self._whole_at)

    def _take_for_file(self, homes: set[str], now: float) -> Rows:
        """The rows of these homes that are owed to the file, and note that it has them, and all events."""
        rows: Rows = {}
        for home in homes:
            rows |= self._owed.pop(home, {})
        self._filed = set(self._events)
        self._homes.clear()
        if not self._owed:
            self._whole_at = now
        return rows

    async def settle(self, seconds: float = SETTLE) -> None:
        """Wait for the file, but not for longer than that."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=seconds)
