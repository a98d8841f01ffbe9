"""The vital file: what must survive the loss of the database.

A file beside the database with the whole state and the undelivered events. What changed is appended to it, checked
and forced to the disk, at each alert change; now and then it is written whole and replaces the old one (write, fsync,
rename, fsync of the folder). A crash at any line leaves what stood there before, with or without what was being added.
It is read only after a database had to be set aside, or took nothing in the last life.

A line is ``CRC-32 JSON``. Lines that hold ``rows``, ``events`` or ``gone`` are parts; the line after them says of which
moment they are. Parts without that line, and all from the first line that isn't whole, are nothing.
"""

import base64
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from gateway.store.message import Message

Key = tuple[str, int, int]
"""Destination, lane and number of an event."""
PART = 500
"""Rows or events in a line: the loop gets its turn between two of them."""


class Vital(NamedTuple):
    """The state as of journal number ``n`` of the store ``epoch``."""

    epoch: str
    n: int
    at: float
    rows: Mapping[str, str]
    events: tuple[Message, ...]
    volatile: bool = False
    """The database took nothing when this was written: this file knows more than it does."""
    whole: float | None = None
    """Gateway time up to which all rows are known; some are newer. None: all are of ``at``."""


class News(NamedTuple):
    """What changed since the file was written last, as of journal number ``n``."""

    epoch: str
    n: int
    at: float
    rows: Mapping[str, str | None]
    """None deletes one."""
    events: tuple[Message, ...]
    gone: tuple[Key, ...]
    """Events that were delivered."""
    volatile: bool
    whole: float


def write(path: Path, vital: Vital) -> int:
    """Replace the file -> its size; raises OSError when the disk won't."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    whole = vital.at if vital.whole is None else vital.whole
    try:
        with open(fresh, "wb", buffering=0) as file:
            size = _put(file, News(*vital[:5], (), vital.volatile, whole))
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)  # a full disk needs its room for the next alarm
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return size


def append(path: Path, news: News) -> int:
    """Add to the file -> bytes added. Raises OSError when the disk won't: then it is to be written whole."""
    with open(path, "r+b", buffering=0) as file:  # one that was taken away is not begun anew with the news alone
        file.seek(0, os.SEEK_END)
        return _put(file, news)


def _put(file: FileIO, news: News) -> int:
    size = 0
    for said in _lines(news):
        body = json.dumps(said, separators=(",", ":")).encode()
        line = memoryview(b"%08x %s\n" % (zlib.crc32(body), body))
        size += len(line)
        while line:
            line = line[file.write(line) :]
    os.fsync(file.fileno())
    return size


def _lines(news: News) -> Iterator[dict[str, Any]]:
    rows, events = iter(news.rows.items()), iter(news.events)
    while part := dict(islice(rows, PART)):
        yield {"rows": part}
    while told := [_row(message) for message in islice(events, PART)]:
        yield {"events": told}
    if news.gone:
        yield {"gone": news.gone}
    yield {"epoch": news.epoch, "n": news.n, "at": news.at, "volatile": news.volatile, "whole": news.whole}


def read(path: Path) -> Vital | None:
    """The file's content, None where there is none or its beginning isn't whole."""
    return _read(path) or _older(path)


def _older(path: Path) -> Vital | None:
    """The content of a file as it was beside databases of schema 2: a line with the check, and one object."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        check, _, body = path.read_bytes().partition(b"\n")
        if check == b"%08x" % zlib.crc32(body):
            data = json.loads(body)
            events = tuple(map(_message, data["events"]))
            return Vital(data["epoch"], data["n"], data["at"], data["rows"], events, bool(data["volatile"]))
    return None


def _read(path: Path) -> Vital | None:
    rows: dict[str, str | None] = {}
    events: dict[Key, Message] = {}
    moment: dict[str, Any] | None = None
    parts: list[dict[str, Any]] = []
    with suppress(OSError, ValueError, KeyError, TypeError), open(path, "rb") as file:
        for said in map(_said, file):
            parts.append(said)
            if "epoch" in said:
                for part in parts:
                    _add(part, rows, events)
                moment, parts = said, []
    if moment is None:
        return None
    epoch, n, at, volatile, whole = (moment[name] for name in ("epoch", "n", "at", "volatile", "whole"))
    kept = {key: row for key, row in rows.items() if row is not None}
    return Vital(epoch, n, at, kept, tuple(events.values()), bool(volatile), whole if whole < at else None)


def _said(line: bytes) -> dict[str, Any]:
    """What a line says; raises ValueError for one that isn't whole."""
    check, _, body = line.partition(b" ")
    if not body.endswith(b"\n") or check != b"%08x" % zlib.crc32(body[:-1]):
        raise ValueError("not whole")
    said: dict[str, Any] = json.loads(body)
    return said


def _add(part: Mapping[str, Any], rows: dict[str, str | None], events: dict[Key, Message]) -> None:
    rows.update(part.get("rows", {}))
    for to, lane, n in part.get("gone", ()):
        events.pop((to, lane, n), None)
    for message in map(_message, part.get("events", ())):
        events[message[:3]] = message


def _row(message: Message) -> list[object]:
    to, lane, n, topic, body, made_at = message
    return [to, lane, n, topic, base64.b64encode(body).decode(), made_at]


def _message(row: Iterable[object]) -> Message:
    to, lane, n, topic, body, made_at = row
    if not (isinstance(lane, int) and isinstance(n, int) and isinstance(made_at, int | float)):
        raise ValueError("not a message")
    return Message(str(to), lane, n, str(topic), base64.b64decode(str(body)), float(made_at))
