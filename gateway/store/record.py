"""The record on the disk: entries sealed one by another (gateway/ladder/chain.py), read and dropped from the front.

It is kept longer than the journal, because a report of last year still asks for it. What is dropped leaves an anchor:
number and hash of the last entry that went, so that what remains can be verified from its beginning.
"""

import json
import sqlite3
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import aiosqlite

from gateway.ladder.chain import Break, Entry, Head, seal, verify
from gateway.store import vital

KEPT = 400 * 86_400.0
"""Seconds for which entries are kept: a year and the month in which it is reported."""
ANCHOR = "record"
"""Key in ``meta``."""


class Record(NamedTuple):
    """All that a store holds of the record."""

    entries: list[Entry]
    anchor: Head
    head: Head | None
    """The last entry, as far as the gateway's state knows it."""

    def breaks(self) -> list[Break]:
        """Where it isn't what it was."""
        return verify(self.entries, self.head, self.anchor)


async def drop(db: aiosqlite.Connection, before: float, most: int) -> int:
    """Drop at most so many entries from the front that are older than this gateway time; -> how many.

    The last one stays in any case: the next is sealed by it.
    """
    sql = "SELECT n, at, body FROM record ORDER BY n LIMIT ?"
    first = [row async for row in await db.execute(sql, (1,))]
    if not first or first[0][1] >= before:
        return 0
    rows = [row async for row in await db.execute(sql, (most + 1,))]
    old = [(n, body) for n, at, body in rows[:-1] if at < before]
    if not old:
        return 0
    n, body = old[-1]
    await db.execute("BEGIN IMMEDIATE")
    await db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (ANCHOR, f"{n} {seal(body)}"))
    gone = await db.execute("DELETE FROM record WHERE n <= ?", (n,))
    await db.execute("COMMIT")
    return gone.rowcount


async def read(path: Path, since: float = 0.0, whole: str = "") -> Record:
    """The record of a store from this gateway time on, changing nothing; raises ValueError where there is none.

    Of the kind ``whole`` all entries come: the last of a home may be a year old and tell how it stands today.
    """
    try:
        path.open("rb").close()  # where it can't, aiosqlite leaves a thread behind and its traceback
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as db:
            sql = "SELECT n, CAST(body AS BLOB) FROM record WHERE at >= ? OR (? AND instr(body, ?)) ORDER BY n"
            rows = await db.execute(sql, (since, bool(whole), f'"kind":"{whole}"'.encode()))
            entries = [Entry(n, body) async for n, body in rows]
            anchors = [row[0] async for row in await db.execute("SELECT value FROM meta WHERE key = ?", (ANCHOR,))]
            heads = [row[0] async for row in await db.execute("SELECT value FROM state WHERE key = 'l:chain'")]
    except (sqlite3.Error, OSError) as error:
        raise ValueError(f"{path} holds no record: {error}") from error
    return Record(entries, _anchor(anchors), _head(heads))


async def audit(path: Path, *, running: bool = False) -> Record:
    """The whole record, to be verified: its head is that of the checkpoint or of the vital file, whichever is newer.

    The vital file of a ``running`` gateway may be ahead of the database by the batch that is open. Where the journal is
    behind it, what the file knows is no proof yet; whoever cuts off both is found by the next entry.
    """
    kept = vital.read(path.with_suffix(".vital"))
    if running and kept is not None and await _written(path) < kept.n:
        kept = None
    found = await read(path)
    remembered = _head([kept.rows["l:chain"]]) if kept is not None and "l:chain" in kept.rows else None
    heads = [one for one in (found.head, remembered) if one is not None]
    return found._replace(head=max(heads, key=lambda one: one.n, default=None))


async def _written(path: Path) -> int:
    """Up to which number the journal is on the disk; raises ValueError where there is none."""
    try:
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as db:
            rows = [row[0] async for row in await db.execute("SELECT max(n) FROM journal")]
    except sqlite3.Error as error:
        raise ValueError(f"{path} holds no record: {error}") from error
    return rows[0] or 0


def _anchor(found: list[str]) -> Head:
    n, _, sealed = found[0].partition(" ") if found else ("", "", "")
    return Head(int(n), sealed) if n.isdecimal() and sealed else Head()


def _head(found: list[str]) -> Head | None:
    try:
        n, sealed = json.loads(found[0])
        return Head(int(n), str(sealed))
    except (IndexError, ValueError, TypeError):
        return None
