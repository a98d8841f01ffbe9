"""How far an alarm had come when its gateway was killed, by what is left on the disk and what its node heard."""

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterable
from pathlib import Path

from drivers.driver import BadFrame
from drivers.node import head as read_head
from gateway.sim.ledger import Key, Made


def stage(store: Path, frames: Iterable[Made]) -> str:
    """How far the newest alarm frame was when the gateway was killed: in words, by the disk and the node's account."""
    newest = max(frames, key=lambda one: one.sent_at, default=None)
    if newest is None:
        return "no alarm yet"
    if newest.acked_at is not None:
        return "acknowledged"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / store.name
        for suffix in ("", "-wal"):
            file = store.with_name(store.name + suffix)
            if file.exists():
                shutil.copy(file, copy.with_name(copy.name + suffix))
        if _torn(copy.with_name(copy.name + "-wal")):
            return "commit half written"
        return "committed, not acknowledged" if _holds(copy, newest.key) else "not committed"


def _holds(store: Path, key: Key) -> bool:
    """Whether the journal has this frame among its last ones."""
    with sqlite3.connect(store) as db:
        try:
            rows = db.execute("SELECT data FROM journal ORDER BY n DESC LIMIT 50").fetchall()
        except sqlite3.OperationalError:  # Killed before the tables were made.
            rows = []
    db.close()
    for (data,) in rows:
        try:
            head = read_head(data)
        except BadFrame:
            continue
        if (head.boot, head.seq) == (key.boot, key.seq):
            return True
    return False


def _torn(wal: Path) -> bool:
    """Whether a write-ahead log ends in pages of a transaction without its commit (sqlite.org/fileformat2, 4.1)."""
    data = wal.read_bytes() if wal.exists() else b""
    if len(data) < 32:
        return False
    page = struct.unpack_from(">I", data, 8)[0]
    salts = data[16:24]
    last = 0
    for start in range(32, len(data) - 23, 24 + page):
        if data[start + 8 : start + 16] != salts:
            break
        last = start
    return bool(last) and (struct.unpack_from(">I", data, last + 4)[0] == 0 or len(data) < last + 24 + page)
