"""Store: one connection, one writer, one transaction a batch.

A crash between any two lines of ``commit`` leaves either all of the batch or nothing of it: frames, the messages
they made and the checkpoint stand together. What a batch promised (acknowledgements, messages) is released by
the caller after ``commit`` returned, so a crash before that repeats a promise and never breaks one.
"""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiosqlite

from drivers.reading import Frame
from gateway.store.message import STATE, TELEMETRY, Message
from gateway.store.schema import broken, connect

DAY = 86_400.0
SLICE = 1_000
"""Rows deleted at a time, so that tidying up never holds up an alarm for long."""

_JOURNAL = "DELETE FROM journal WHERE n IN (SELECT n FROM journal WHERE "
_OUTBOX = "DELETE FROM outbox WHERE (dest, lane, n) IN (SELECT dest, lane, n FROM outbox WHERE "
PAST_ITS_TIME = (
    _JOURNAL + "n < :checkpoint AND at < :old ORDER BY n LIMIT :slice)",
    _OUTBOX + f"done_at IS NOT NULL AND (lane = {TELEMETRY} OR made_at < :old) LIMIT :slice)",
)
ABOVE_THE_CAP = (
    (_OUTBOX + "done_at IS NOT NULL ORDER BY made_at LIMIT :slice)", False),
    (_JOURNAL + "n < :checkpoint ORDER BY n LIMIT :slice)", False),
    (_OUTBOX + f"lane = {TELEMETRY} ORDER BY made_at LIMIT :slice)", True),
    (_OUTBOX + f"lane = {STATE} ORDER BY made_at LIMIT :slice)", True),
)


class Failed(Exception):
    """The disk didn't take it: full, read-only or failing. Worth trying again."""


class Corrupt(Exception):
    """The database file is damaged. Only a fresh one helps."""


@dataclass(slots=True)
class Batch:
    """What one transaction writes."""

    frames: list[tuple[int, Frame]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    done: list[tuple[str, int, int]] = field(default_factory=list)
    """(destination, lane, n) of messages confirmed since the last batch."""
    rows: dict[str, str | None] = field(default_factory=dict)
    """Checkpoint rows that changed; None deletes one."""
    checkpoint: int = 0
    """Journal number up to which ``rows`` hold; 0 = this batch brings no checkpoint."""
    configs: dict[str, str] = field(default_factory=dict)

    def add(self, later: "Batch") -> None:
        """Take in what came after this one."""
        self.frames += later.frames
        self.messages += later.messages
        self.done += later.done
        self.rows.update(later.rows)
        self.checkpoint = max(self.checkpoint, later.checkpoint)
        self.configs.update(later.configs)

    def __bool__(self) -> bool:
        return bool(self.frames or self.messages or self.done or self.rows or self.configs)


class Store:
    """The database of one gateway."""

    def __init__(self, db: aiosqlite.Connection, path: Path) -> None:
        self._db = db
        self.path = path
        self.commits = 0
        self.evicted = 0
        """Messages dropped undelivered because the disk's cap was reached."""

    @classmethod
    async def open(cls, path: Path) -> "Store":
        """Open or make it; raises schema.Unusable when the file is broken, Failed when the disk is."""
        try:
            return cls(await connect(path), path)
        except (sqlite3.OperationalError, OSError) as error:
            raise Failed(str(error)) from error

    async def close(self) -> None:
        """Close it; what was committed stays, the write-ahead log is folded in."""
        await self._db.close()

    async def commit(self, batch: Batch, now: float) -> None:
        """Write all of the batch or nothing; raises Failed or Corrupt."""
        if not batch:
            return
        try:
            await self._write(batch, now)
        except sqlite3.Error as error:
            await self._roll_back()
            if broken(error):
                raise Corrupt(str(error)) from error
            raise Failed(str(error)) from error
        self.commits += 1

    async def _write(self, batch: Batch, now: float) -> None:
        db = self._db
        await db.execute("BEGIN IMMEDIATE")
        if batch.frames:
            rows = [(n, frame.port, frame.at, frame.data) for n, frame in batch.frames]
            await db.executemany("INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?)", rows)
        if batch.messages:
            await db.executemany(
                "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, NULL)", map(tuple, batch.messages)
            )
        if batch.done:
            sql = "UPDATE outbox SET done_at = ? WHERE dest = ? AND lane = ? AND n = ?"
            await db.executemany(sql, [(now, *key) for key in batch.done])
        if batch.configs:
            await db.executemany("INSERT OR IGNORE INTO config VALUES (?, ?)", batch.configs.items())
        if batch.rows or batch.checkpoint:
            await self._write_rows(batch)
        await db.execute("COMMIT")

    async def _write_rows(self, batch: Batch) -> None:
        kept = [(key, value) for key, value in batch.rows.items() if value is not None]
        gone = [(key,) for key, value in batch.rows.items() if value is None]
        if batch.checkpoint:
            kept.append(("checkpoint", str(batch.checkpoint)))
        await self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", kept)
        await self._db.executemany("DELETE FROM state WHERE key = ?", gone)

    async def _roll_back(self) -> None:
        try:
            await self._db.execute("ROLLBACK")
        except sqlite3.Error:
            return  # SQLite has rolled back by itself: no transaction is open

    async def rows(self) -> dict[str, str]:
        """The checkpoint."""
        return {key: value async for key, value in self._select("SELECT key, value FROM state")}

    async def configs(self) -> dict[str, str]:
        """Texts of every site and rule set this store has run with, by hash."""
        return {key: body async for key, body in self._select("SELECT hash, body FROM config")}

    async def journal(self, after: int = 0) -> AsyncIterator[tuple[int, Frame]]:
        """The Frames after number ``after``, in order."""
        sql = "SELECT n, port, at, data FROM journal WHERE n > ? ORDER BY n"
        async for n, port, at, data in self._select(sql, (after,)):
            yield n, Frame(port, at, data)

    async def page(self, to: str, lane: int, after: int, limit: int) -> list[Message]:
        """The next undelivered messages of a lane, in order."""
        sql = (
            "SELECT dest, lane, n, topic, body, made_at FROM outbox"
            " WHERE dest = ? AND lane = ? AND n > ? AND done_at IS NULL ORDER BY n LIMIT ?"
        )
        return [Message(*row) async for row in self._select(sql, (to, lane, after, limit))]

    async def _select(self, sql: str, args: tuple[object, ...] = ()) -> AsyncIterator[aiosqlite.Row]:
        try:
            async with self._db.execute(sql, args) as cursor:
                async for row in cursor:
                    yield row
        except UnicodeDecodeError as error:
            raise Corrupt(f"a text that is none: {error}") from error
        except sqlite3.DatabaseError as error:
            if broken(error):
                raise Corrupt(str(error)) from error
            raise Failed(str(error)) from error

    async def used_bytes(self) -> int:
        """Bytes of the file that hold something; the rest is free for SQLite to use again."""
        names = ("page_size", "page_count", "freelist_count")
        size, pages, free = [int(row[0]) for name in names async for row in self._select(f"PRAGMA {name}")]
        return size * (pages - free)

    async def tidy(self, *, now: float, keep_days: float, max_bytes: int, checkpoint: int) -> bool:
        """Drop a slice of what is past its time or, above the cap, of what matters least; True = there is more.

        Order above the cap: delivered messages, the oldest journal before the checkpoint, undelivered
        telemetry, undelivered state. Alarms never.
        """
        names = {"checkpoint": checkpoint, "old": now - keep_days * DAY, "slice": SLICE}
        try:
            gone = [(await self._db.execute(sql, names)).rowcount for sql in PAST_ITS_TIME]
            if await self.used_bytes() <= max_bytes:
                return max(gone) >= SLICE
            for sql, undelivered in ABOVE_THE_CAP:
                dropped = (await self._db.execute(sql, names)).rowcount
                if dropped > 0:
                    self.evicted += dropped if undelivered else 0
                    return True
        except sqlite3.Error as error:
            if broken(error):
                raise Corrupt(str(error)) from error
            raise Failed(str(error)) from error
        return False


async def read_journal(path: Path) -> tuple[dict[str, str], list[tuple[int, Frame]]]:
    """Configs and Frames of a store, changing nothing; raises ValueError for a file that isn't one."""
    try:
        async with aiosqlite.connect(f"file:{path}?mode=ro", uri=True) as db:
            configs = {row[0]: row[1] for row in await db.execute_fetchall("SELECT hash, body FROM config")}
            rows = await db.execute_fetchall("SELECT n, port, at, data FROM journal ORDER BY n")
    except sqlite3.Error as error:
        raise ValueError(f"{path} is not a journal: {error}") from error
    return configs, [(n, Frame(port, at, data)) for n, port, at, data in rows]
