"""The vital file: what must survive the loss of the database.

A small JSON file beside the database with the whole state and the undelivered events, replaced
atomically (write, fsync, rename, fsync of the folder) at each alert change and hourly. A crash at any line
leaves the old one or the new one. It is read only after a database had to be set aside.
"""

import base64
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from gateway.store.message import Message


class Vital(NamedTuple):
    """The state as of journal number ``n`` of the store ``epoch``."""

    epoch: str
    n: int
    at: float
    rows: Mapping[str, str]
    events: tuple[Message, ...]
    volatile: bool = False
    """The database took nothing when this was written: this file knows more than it does."""


def write(path: Path, vital: Vital) -> None:
    """Replace the file; raises OSError when the disk won't."""
    body = json.dumps(
        {
            "epoch": vital.epoch,
            "n": vital.n,
            "at": vital.at,
            "rows": dict(vital.rows),
            "events": [_row(message) for message in vital.events],
            "volatile": vital.volatile,
        },
        sort_keys=True,
    ).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with open(fresh, "wb") as file:
        file.write(b"%08x\n" % zlib.crc32(body))
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(path: Path) -> Vital | None:
    """The file's content, None where there is none or it isn't whole."""
    try:
        check, _, body = path.read_bytes().partition(b"\n")
        if int(check, 16) != zlib.crc32(body):
            return None
        data = json.loads(body)
        events = tuple(_message(row) for row in data["events"])
        return Vital(data["epoch"], data["n"], data["at"], data["rows"], events, bool(data["volatile"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _row(message: Message) -> list[object]:
    to, lane, n, topic, body, made_at = message
    return [to, lane, n, topic, base64.b64encode(body).decode(), made_at]


def _message(row: Iterable[object]) -> Message:
    to, lane, n, topic, body, made_at = row
    if not (isinstance(lane, int) and isinstance(n, int) and isinstance(made_at, int | float)):
        raise ValueError("not a message")
    return Message(str(to), lane, n, str(topic), base64.b64decode(str(body)), float(made_at))
