"""When the database is damaged: set it aside, and carry over what can still be read.

First the vital file, which is whole or absent and holds the state as of the last alert change; then, out of the
damaged file, undelivered messages of all lanes and, where there was no vital file, the rows of its checkpoint.
"""

import glob
import json
import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiosqlite

from gateway.store.message import Message, message
from gateway.store.vital import Vital

log = logging.getLogger(__name__)

MOST = 200_000
"""Messages carried over at the most."""
KEPT = 3
"""Damaged databases kept for whoever wants to look; a card that damages one a day must not fill itself with them."""


@dataclass(slots=True)
class Salvaged:
    """What outlives a store."""

    rows: Mapping[str, str] = field(default_factory=dict)
    """The state, where it is to be loaded after the boot Frame."""
    heard_until: float | None = None
    """Gateway time up to which the rows know of all devices, if not up to the row ``hub``."""
    messages: list[Message] = field(default_factory=list)
    """Undelivered ones, numbered below 0 in their order: they leave first."""

    @classmethod
    def of(cls, vital: Vital | None) -> "Salvaged":
        """What the vital file alone gives."""
        return cls() if vital is None else cls(vital.rows, vital.whole, renumber(list(vital.events)))

    @property
    def hub(self) -> dict[str, Any]:
        """The row that says what time it was; empty where none could be read."""
        try:
            hub = json.loads(self.rows["hub"])
            return {"now": float(hub["now"]), "offset": float(hub["offset"]), "synced": bool(hub["synced"])}
        except (KeyError, ValueError, TypeError):
            return {}


    @property
    def lost(self) -> tuple[float, float] | None:
        """Since when nobody knows how long the gateway was off, and the offset then; None where that is known."""
        try:
            since, offset = json.loads(self.rows["hub"])["lost"]
            return float(since), float(offset)
        except (KeyError, ValueError, TypeError):
            return None


def marker(path: Path) -> Path:
    """A file whose presence says: this database was found damaged while running."""
    return path.with_suffix(".damaged")


def set_aside(path: Path) -> Path:
    """Rename the database and its log, drop the oldest of those set aside; returns the new name. Raises OSError."""
    older = sorted({_number(file) for file in path.parent.glob(f"{glob.escape(path.name)}.damaged-*")})
    aside = _aside(path, older[-1] + 1 if older else 1)
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    for number in older[: -KEPT + 1]:
        for suffix in ("", "-wal", "-shm"):
            _aside(path, number).with_name(_aside(path, number).name + suffix).unlink(missing_ok=True)
    marker(path).unlink(missing_ok=True)
    return aside


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.damaged-{number}")


def _number(aside: Path) -> int:
    digits = aside.name.rpartition(".damaged-")[2].partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


async def read(path: Path, vital: Vital | None) -> Salvaged:
    """Everything that can be had from the damaged file and the vital file together."""
    messages: list[Message] = []
    rows: dict[str, str] = {}
    try:
        async with aiosqlite.connect(f"file:{quote(str(path))}?mode=rw", uri=True) as db:
            db.text_factory = lambda data: data.decode(errors="replace")
            rows = await _rows(db)
            messages = await _messages(db)
    except (sqlite3.Error, OSError) as error:
        log.error("nothing more can be read of %s: %s", path, error)
    known = {message.body for message in messages}
    if vital is not None:
        messages += [message for message in vital.events if message.body not in known]
        rows = dict(vital.rows)
    return Salvaged(rows, None if vital is None else vital.whole, renumber(messages))


async def _rows(db: aiosqlite.Connection) -> dict[str, str]:
    try:
        return {key: value async for key, value in await db.execute("SELECT key, value FROM state")}
    except sqlite3.Error:
        return {}


async def _messages(db: aiosqlite.Connection) -> list[Message]:
    messages: list[Message] = []
    sql = "SELECT key, dest, topic, body, made_at FROM outbox WHERE done_at IS NULL LIMIT ?"
    try:
        async with db.execute(sql, (MOST,)) as cursor:
            async for row in cursor:
                if _is_whole(*row):
                    messages.append(message(*row))
    except sqlite3.Error as error:
        log.error("%d undelivered messages read before the damage: %s", len(messages), error)
    return messages


def _is_whole(key: object, to: object, topic: object, body: object, made_at: object) -> bool:
    """Whether a row of a damaged file is still a message."""
    if not (isinstance(key, int) and isinstance(made_at, float) and isinstance(body, bytes)):
        return False
    try:
        return isinstance(json.loads(body), dict) and isinstance(to, str) and isinstance(topic, str)
    except ValueError:
        return False


def renumber(messages: list[Message], below: int = 0) -> list[Message]:
    """Give messages of another store the numbers just below this one, in their order."""
    messages = sorted(messages, key=lambda message: (message.to, message.lane, message.made_at, message.n))
    first = below - len(messages)
    return [message._replace(n=first + place) for place, message in enumerate(messages)]
