"""Store: one connection, one writer, one transaction a batch.

A crash between any two lines of ``commit`` leaves either all of the batch or nothing of it: frames, the messages
they made and the checkpoint stand together. What a batch promised (acknowledgements, messages) is released by
the caller after ``commit`` returned, so a crash before that repeats a promise and never breaks one.
"""

import asyncio
import math
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import aiosqlite

from drivers.reading import Frame
from gateway.store import record
from gateway.store.message import ALARM, LANES, MOST, N_BITS, STATE, TELEMETRY, Message, key, message
from gateway.store.schema import broken, connect

DAY = 86_400.0
SLICE = 1_000
"""Rows deleted at a time, so that tidying up never holds up an alarm for long."""

_JOURNAL = "DELETE FROM journal WHERE n IN (SELECT n FROM journal WHERE "
_OUTBOX = "DELETE FROM outbox WHERE key IN (SELECT key FROM outbox WHERE "
_LANE = f"(key >> {N_BITS}) % {len(LANES)}"
PAST_ITS_TIME = (
    _JOURNAL + "n < :checkpoint AND at < :old ORDER BY n LIMIT :slice)",
    _OUTBOX + "done_at IS NOT NULL AND made_at < :old LIMIT :slice)",
)
ABOVE_THE_CAP = (
    (_OUTBOX + "done_at IS NOT NULL ORDER BY made_at LIMIT :slice)", False),
    (_JOURNAL + "n < :checkpoint ORDER BY n LIMIT :slice)", False),
    (_OUTBOX + f"{_LANE} = {TELEMETRY} ORDER BY made_at LIMIT :slice)", True),
    (_OUTBOX + f"{_LANE} = {STATE} ORDER BY made_at LIMIT :slice)", True),
)


class Failed(Exception):
    """The disk didn't take it: full, read-only or failing. Worth trying again."""

    def __init__(self, why: str, *, of_the_file: bool = False, full: bool = False) -> None:
        super().__init__(why)
        self.of_the_file = of_the_file
        """Reading or writing the file itself failed: on a disk that takes other files that is damage."""
        self.full = full
        """There may be no room."""


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
    """Rows for the sheet of the checkpoint that doesn't count yet; None deletes one."""
    checkpoint: int = 0
    """Journal number of which that sheet is with these rows, so that it counts from now on; 0 = more are to come."""
    configs: dict[str, str] = field(default_factory=dict)
    entries: list[tuple[int, float, bytes]] = field(default_factory=list)
    """(number, gateway time, body) of what persons and the gateway did."""

    def add(self, later: "Batch") -> None:
        """Take in what came after this one."""
        self.frames += later.frames
        self.messages += later.messages
        self.done += later.done
        self.rows.update(later.rows)
        self.checkpoint = max(self.checkpoint, later.checkpoint)
        self.configs.update(later.configs)
        self.entries += later.entries

    def __bool__(self) -> bool:
        brings = (self.frames, self.messages, self.done, self.rows, self.checkpoint, self.configs, self.entries)
        return any(brings)


class Store:
    """The database of one gateway."""

    def __init__(self, db: aiosqlite.Connection, path: Path) -> None:
        self._db = db
        self.path = path
        self._file = _identity(path)
        self._turn = asyncio.Lock()
        """One at a time: what a commit has written but not committed is seen by nobody."""
        self._dest_ids: dict[str, int] = {}
        self._sheet = 0
        """Which one of the checkpoint counts; 0 = not looked up yet."""
        self.commits = 0
        self.evicted = 0
        """Messages dropped undelivered because the disk's cap was reached."""

    @classmethod
    async def open(cls, path: Path) -> "Store":
        """Open or make it; raises schema.Unusable when the file is broken, Failed when the disk is."""
        try:
            return cls(await connect(path), path)
        except sqlite3.Error as error:
            raise ours(error) from error
        except OSError as error:
            raise Failed(str(error)) from error

    @classmethod
    async def read_only(cls, path: Path) -> "Store":
        """Open one on a disk that takes nothing, to read what was committed; raises Failed or Corrupt."""
        alone = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"  # else SQLite wants to make a log
        try:
            uri = f"file:{quote(str(path))}?mode=ro{alone}"
            return cls(await aiosqlite.connect(uri, uri=True, isolation_level=None), path)
        except sqlite3.Error as error:
            raise ours(error) from error

    async def close(self) -> None:
        """Close it; what was committed stays, the write-ahead log is folded in."""
        with suppress(sqlite3.Error):  # a disk that fails now has what was committed all the same
            await self._db.close()

    async def commit(self, batch: Batch, now: float) -> None:
        """Write all of the batch or nothing; raises Failed or Corrupt."""
        if not batch:
            return
        async with self._turn:
            try:
                await self._write(batch, now)
            except sqlite3.Error as error:
                self._dest_ids, self._sheet = {}, 0  # what this transaction added to them is undone
                await self._roll_back()
                raise ours(error) from error
            except BaseException:
                self._dest_ids, self._sheet = {}, 0
                await self._roll_back()
                raise
        if _identity(self.path) != self._file:
            raise Corrupt("the file was taken away while it was open")
        self.commits += 1

    async def _write(self, batch: Batch, now: float) -> None:
        db = self._db
        await db.execute("BEGIN IMMEDIATE")
        if batch.frames:
            rows = [(n, frame.port, frame.at, frame.data) for n, frame in batch.frames]
            await db.executemany("INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?)", rows)
        if batch.messages:
            dests = await self._dests({message.to for message in batch.messages})
            rows_out = [(key(dests[m.to], m.lane, m.n), m.to, m.topic, m.body, m.made_at) for m in batch.messages]
            await db.executemany("INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, NULL)", rows_out)
        if batch.done:
            await self._write_done(batch.done, now)
        if batch.entries:
            await db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", batch.entries)
        if batch.configs:
            await db.executemany("INSERT OR IGNORE INTO config VALUES (?, ?)", batch.configs.items())
        if batch.rows or batch.checkpoint:
            await self._write_rows(batch)
        await db.execute("COMMIT")

    async def _dests(self, names: set[str]) -> dict[str, int]:
        """Name -> the number that stands for it in keys; a new name gets the next one."""
        fresh = sorted(names - (await self._known_dests()).keys())
        if fresh:
            await self._db.executemany("INSERT INTO dest (name) VALUES (?)", [(name,) for name in fresh])
            self._dest_ids = {}
        return await self._known_dests()

    async def _known_dests(self) -> dict[str, int]:
        if not self._dest_ids:
            self._dest_ids = {name: number async for name, number in self._select("SELECT name, id FROM dest")}
        return self._dest_ids

    async def _write_done(self, done: list[tuple[str, int, int]], now: float) -> None:
        """Delivered alarms and states stay a while to be looked up; delivered telemetry goes at once."""
        dests = await self._dests({to for to, _, _ in done})
        told = [(now, key(dests[to], lane, n)) for to, lane, n in done if lane != TELEMETRY]
        gone = [(key(dests[to], lane, n),) for to, lane, n in done if lane == TELEMETRY]
        await self._db.executemany("UPDATE outbox SET done_at = ? WHERE key = ?", told)
        await self._db.executemany("DELETE FROM outbox WHERE key = ?", gone)

    async def _write_rows(self, batch: Batch) -> None:
        rows = {key: row for key, row in batch.rows.items() if key != "checkpoint"}  # the number is ours alone to say
        kept = [(key, row) for key, row in rows.items() if row is not None]
        gone = [(key,) for key, row in rows.items() if row is None]
        spare = 3 - await self._valid_sheet()
        if batch.checkpoint:
            kept.append(("checkpoint", str(batch.checkpoint)))
        await self._db.executemany(f"INSERT OR REPLACE INTO sheet{spare} VALUES (?, ?)", kept)
        await self._db.executemany(f"DELETE FROM sheet{spare} WHERE key = ?", gone)
        if batch.checkpoint:
            await self._db.execute("UPDATE meta SET value = ? WHERE key = 'sheet'", (str(spare),))
            self._sheet = spare

    async def _valid_sheet(self) -> int:
        if not self._sheet:
            found = [value async for (value,) in self._select("SELECT value FROM meta WHERE key = 'sheet'")]
            if found not in (["1"], ["2"]):
                raise Corrupt(f"there is no sheet {found} of the checkpoint")
            self._sheet = int(found[0])
        return self._sheet

    async def _roll_back(self) -> None:
        try:
            await self._db.execute("ROLLBACK")
        except sqlite3.Error:
            return  # SQLite has rolled back by itself: no transaction is open

    async def rows(self) -> dict[str, str]:
        """The checkpoint."""
        return {key: value async for key, value in self._select("SELECT key, value FROM state")}

    async def spare_rows(self) -> dict[str, str]:
        """The sheet of the checkpoint that doesn't count: older, or written in part."""
        spare = 3 - await self._valid_sheet()
        return {key: value async for key, value in self._select(f"SELECT key, value FROM sheet{spare}")}

    async def configs(self) -> dict[str, str]:
        """Texts of every site and rule set this store has run with, by hash."""
        return {key: body async for key, body in self._select("SELECT hash, body FROM config")}

    async def journal(self, after: int = 0) -> AsyncIterator[tuple[int, Frame]]:
        """The Frames after number ``after``, in order."""
        sql = "SELECT n, port, at, data FROM journal WHERE n > ? ORDER BY n"
        async for n, port, at, data in self._select(sql, (after,)):
            if not (isinstance(port, str) and 0.0 <= at < math.inf and isinstance(data, bytes)):
                raise Corrupt(f"number {n} of the journal is no Frame")
            yield n, Frame(port, at, data)

    async def page(self, to: str, lane: int, after: int, limit: int) -> list[Message]:
        """The next undelivered messages of a lane, in order."""
        sql = (
            "SELECT key, dest, topic, body, made_at FROM outbox"
            " WHERE key > ? AND key < ? AND done_at IS NULL ORDER BY key LIMIT ?"
        )
        async with self._turn:
            dest = (await self._known_dests()).get(to)
            if dest is None:
                return []
            ends = key(dest, lane, after), key(dest, lane + 1, -MOST)
            return [message(*row) async for row in self._select(sql, (*ends, limit))]

    async def delivered(self, to: str, lane: int, since: float) -> list[tuple[Message, float]]:
        """What a destination has confirmed of a lane from this gateway time on -> (message, when)."""
        sql = (
            "SELECT key, dest, topic, body, made_at, done_at FROM outbox"
            " WHERE key > ? AND key < ? AND done_at >= ? ORDER BY key"
        )
        async with self._turn:
            dest = (await self._known_dests()).get(to)
            if dest is None:
                return []
            ends = key(dest, lane, 0), key(dest, lane + 1, -MOST)
            return [(message(*row[:5]), row[5]) async for row in self._select(sql, (*ends, since))]

    async def recorded(self, since: float) -> AsyncIterator[bytes]:
        """The entries of the record from this gateway time on, the newest first."""
        async for at, body in self._select("SELECT at, body FROM record ORDER BY n DESC"):
            if at < since:
                return
            yield body

    async def undelivered(self, to: str) -> list[Message]:
        """All that a destination has not confirmed."""
        sql = "SELECT key, dest, topic, body, made_at FROM outbox WHERE dest = ? AND done_at IS NULL"
        return [message(*row) async for row in self._select(sql, (to,))]

    async def untold(self, most: int) -> list[Message]:
        """Alarms and states that their destinations have not confirmed."""
        sql = (
            "SELECT key, dest, topic, body, made_at FROM outbox"
            f" WHERE done_at IS NULL AND {_LANE} IN ({ALARM}, {STATE}) ORDER BY {_LANE} LIMIT ?"
        )
        return [message(*row) async for row in self._select(sql, (most,))]

    async def _select(self, sql: str, args: tuple[object, ...] = ()) -> AsyncIterator[aiosqlite.Row]:
        try:
            async with self._db.execute(sql, args) as cursor:
                async for row in cursor:
                    yield row
        except UnicodeDecodeError as error:
            raise Corrupt(f"a text that is none: {error}") from error
        except sqlite3.Error as error:
            raise ours(error) from error

    async def used_bytes(self) -> int:
        """Bytes of the file that hold something."""
        return (await self._bytes())[0]

    async def _bytes(self) -> tuple[int, int]:
        """Bytes of the file that hold something, and those that are free for SQLite to use again."""
        names = ("page_size", "page_count", "freelist_count")
        size, pages, free = [int(row[0]) for name in names async for row in self._select(f"PRAGMA {name}")]
        return size * (pages - free), size * free

    async def tidy(self, *, now: float, keep_days: float, max_bytes: int, checkpoint: int, spare: int = 0) -> bool:
        """Drop a slice of what is past its time or, above the cap, of what matters least; True = there is more.

        Order above the cap: delivered messages, the oldest journal before the checkpoint, undelivered
        telemetry, undelivered state, the record. Alarms never. So it goes too until ``spare`` bytes are free.
        """
        names = {"checkpoint": checkpoint, "old": now - keep_days * DAY, "slice": SLICE}
        async with self._turn:
            try:
                return await self._drop(names, now, max_bytes, spare)
            except sqlite3.Error as error:
                await self._roll_back()  # a half of it that stays open would fail the next alarm's commit
                raise ours(error) from error

    async def _drop(self, names: Mapping[str, object], now: float, max_bytes: int, spare: int) -> bool:
        gone = [(await self._db.execute(sql, names)).rowcount for sql in PAST_ITS_TIME]
        gone.append(await record.drop(self._db, now - record.KEPT, SLICE))
        used, free = await self._bytes()
        if used <= max_bytes and free >= min(spare, used):
            return max(gone) >= SLICE
        for sql, undelivered in ABOVE_THE_CAP:
            dropped = (await self._db.execute(sql, names)).rowcount
            if dropped > 0:
                self.evicted += dropped if undelivered else 0
                return True
        return await record.drop(self._db, math.inf, SLICE) > 0

    async def bodies(self) -> set[tuple[str, bytes]]:
        """(destination, body) of every message but telemetry, delivered or not."""
        sql = f"SELECT dest, body FROM outbox WHERE {_LANE} IN ({ALARM}, {STATE})"
        return {(to, body) async for to, body in self._select(sql)}

    async def lowest(self) -> int:
        """The lowest number in the outbox, at most 0."""
        sql = f"SELECT min(key & {(1 << N_BITS) - 1}) FROM outbox"
        return min([0, *[int(found) - MOST async for (found,) in self._select(sql) if found is not None]])


def ours(error: sqlite3.Error) -> Failed | Corrupt:
    """What an error of SQLite means to us."""
    if broken(error):
        return Corrupt(str(error))
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    of_the_file = code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
    return Failed(str(error), of_the_file=of_the_file, full=code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR))


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands under this name; None for none, as for a store in memory."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
