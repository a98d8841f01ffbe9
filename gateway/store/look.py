"""A look into a store that belongs to somebody else: nothing is changed, a gateway that runs with it isn't held up."""

import sqlite3
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import aiosqlite

from drivers.reading import Frame


class Looked(NamedTuple):
    """What a store holds."""

    configs: dict[str, str]
    """Texts of sites by hash."""
    frames: list[tuple[int, Frame]]
    """The journal, in order."""
    state: dict[str, str]
    """The checkpoint."""

    @property
    def cut(self) -> bool:
        """Was the beginning of the journal dropped as too old?"""
        return bool(self.frames) and self.frames[0][0] != 1


async def look(path: Path) -> Looked:
    """Read a store; raises ValueError for a file that isn't one."""
    try:
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as db:
            configs = {row[0]: row[1] for row in await db.execute_fetchall("SELECT hash, body FROM config")}
            state = {row[0]: row[1] for row in await db.execute_fetchall("SELECT key, value FROM state")}
            rows = await db.execute_fetchall("SELECT n, port, at, data FROM journal ORDER BY n")
    except sqlite3.Error as error:
        raise ValueError(f"{path} is not a journal: {error}") from error
    return Looked(configs, [(n, Frame(port, at, data)) for n, port, at, data in rows], state)


async def config(path: Path, hash: str) -> str:
    """The text of a site that the gateway has taken into use; raises ValueError where the store has none such."""
    try:
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as db:
            found = [row[0] async for row in await db.execute("SELECT body FROM config WHERE hash = ?", (hash,))]
    except sqlite3.Error as error:
        raise ValueError(f"{path} is not a store: {error}") from error
    if not found:
        raise ValueError(f"{path} knows no site {hash}")
    return str(found[0])


async def state(path: Path) -> dict[str, str]:
    """The checkpoint alone; raises ValueError for a file that isn't a store."""
    try:
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True) as db:
            return {row[0]: row[1] for row in await db.execute_fetchall("SELECT key, value FROM state")}
    except sqlite3.Error as error:
        raise ValueError(f"{path} is not a store: {error}") from error
