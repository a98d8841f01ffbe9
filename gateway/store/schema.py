"""The tables, and how a file of them is opened.

Written in order and seldom read, so there is no secondary index: an index would cost a random page of flash a row.
Pages are small, because a minute of a quiet flat fills little of one and is written whole. The key of an outbox row
is (destination, lane, n) in one integer, so that telemetry, the most of it, is appended at the end. WAL with
synchronous=FULL: what a commit returned from is on the disk. The checkpoint has two sheets: one counts, the other is
being written in slices; ``state`` shows the one that counts.
"""

import sqlite3
from pathlib import Path

import aiosqlite

SCHEMA = 3
OLDER = ("2",)
"""Schemas that are brought up to this one: 2 had one table ``state`` in place of the sheets."""

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (n INTEGER PRIMARY KEY, port TEXT NOT NULL, at REAL NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS dest (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS outbox (
    key INTEGER PRIMARY KEY, dest TEXT NOT NULL, topic TEXT NOT NULL, body BLOB NOT NULL,
    made_at REAL NOT NULL, done_at REAL
);
CREATE TABLE IF NOT EXISTS sheet1 (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sheet2 (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS state AS
    SELECT key, value FROM sheet1 WHERE (SELECT value FROM meta WHERE key = 'sheet') = '1'
    UNION ALL SELECT key, value FROM sheet2 WHERE (SELECT value FROM meta WHERE key = 'sheet') = '2';
CREATE TABLE IF NOT EXISTS config (hash TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (n INTEGER PRIMARY KEY, at REAL NOT NULL, body BLOB NOT NULL);
"""

TAKE_OVER = "ALTER TABLE state RENAME TO sheet1;"
MARKS = f"""
INSERT OR IGNORE INTO meta VALUES ('sheet', '1');
INSERT OR REPLACE INTO meta VALUES ('schema', '{SCHEMA}');
"""
"""In one transaction with the tables: half taken over, a file would be opened by no version."""

SETTINGS = """
PRAGMA page_size = 1024;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA journal_size_limit = 4194304;
PRAGMA cache_size = -4096;
"""


class Unusable(Exception):
    """The database can't be used as it is: corrupt, or of a schema this version doesn't know."""


async def connect(path: Path) -> aiosqlite.Connection:
    """Open or make the database; raises Unusable when what is there is broken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = await aiosqlite.connect(path, isolation_level=None)
    try:
        await db.executescript(SETTINGS)
        older = TAKE_OVER if await check(db) in OLDER else ""
        await db.executescript(f"BEGIN IMMEDIATE; {older} {TABLES} {MARKS} COMMIT;")
    except sqlite3.DatabaseError as error:
        await db.close()
        if broken(error):
            raise Unusable(str(error)) from error
        raise
    except BaseException:
        await db.close()
        raise
    return db


async def check(db: aiosqlite.Connection, seconds: float = 3.0) -> str:
    """Look the file over for at most some seconds, so that a large one doesn't hold up the start -> its schema."""
    steps = 0

    def overdue() -> bool:
        nonlocal steps
        steps += 1
        return steps > seconds * 1000

    await db.set_progress_handler(overdue, 20_000)
    try:
        rows = await (await db.execute("PRAGMA quick_check(1)")).fetchall()
        if [row[0] for row in rows] != ["ok"]:
            raise Unusable(str(next(iter(rows))[0]))
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
    finally:
        await db.set_progress_handler(lambda: False, 0)
    known = await (await db.execute("SELECT name FROM sqlite_master WHERE name = 'meta'")).fetchone()
    if known is None:
        return str(SCHEMA)
    row = await (await db.execute("SELECT value FROM meta WHERE key = 'schema'")).fetchone()
    schema = str(SCHEMA) if row is None else str(row[0])
    if schema not in (str(SCHEMA), *OLDER):
        raise Unusable(f"schema {schema}, this version knows {SCHEMA}")
    return schema


def broken(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, as against a disk that is full, read-only or busy."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    if "Could not decode" in str(error):  # a text that is none; Python's own finding, without a code of SQLite's
        return True
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    return primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
