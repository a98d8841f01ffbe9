"""What the judge of ``hil_tests/ledger.py`` leaves open: gaps, order and marks of all messages, and a killed store.

Marks: the first words of a connection are a ``status`` with its moment. In the order of arrival everything after it
came by this connection. A message made before the connection was opened must say ``replay``; one made after that
status must not; in the few milliseconds between both are honest. All moments are wall-clock seconds of one machine.
"""

import shutil
import sqlite3
import struct
import tempfile
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from drivers.driver import BadFrame
from drivers.node import head as read_head
from hil_tests.ledger import Arrived, Body, Key, Made
from hil_tests.node import Node

ROUNDED = 0.002
"""Seconds: moments in messages are rounded to milliseconds."""
LAGGED = 0.05
"""Seconds that an alert's own date (its deadline) may lie before the message that tells of it is made."""


def made(node: Node) -> list[Made]:
    """The node's promises, without what its full queue gave up."""
    dropped = set()
    boot = 0
    for said in node.events():
        if said["ev"] == "boot":
            boot = said["boot"]
        elif said["ev"] == "dropped" and said["seq"] is not None:
            dropped.add(Key(node.device, boot, said["seq"]))
    return [one._replace(forgotten=one.forgotten or one.key in dropped) for one in node.made()]


@dataclass(slots=True)
class Findings:
    """Faults by kind, and how much was looked at."""

    gaps: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    mismarked: list[str] = field(default_factory=list)
    marks: int = 0
    """Messages of which it was certain what their mark must be."""
    replays: int = 0
    """Of these, how many had to say replay."""

    def faults(self) -> list[str]:
        """All of them, each with its kind."""
        kinds = ("gaps", "doubled", "disordered", "mismarked")
        return [f"{kind}: {fault}" for kind in kinds for fault in getattr(self, kind)]


def look(arrived: Sequence[Arrived], opened: Sequence[float]) -> Findings:
    """Judge all that arrived, in its order. ``opened``: monotonic starts of connections."""
    findings = Findings()
    wall = time.time() - time.monotonic()
    first: dict[str, Body] = {}
    highest: dict[tuple[str, str, str], int] = {}
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    since: float | None = None
    for one in arrived:
        body = one.body
        if one.topic.endswith("/status") and body.get("online") and "at" in body:
            since = body["at"]
        if "seq" not in body:
            continue
        if since is not None:
            _check_mark(one, since, opened, wall, findings)
        known = first.setdefault(body["id"], body)
        if known is not body:
            if {**known, "replay": 0} != {**body, "replay": 0}:
                findings.doubled.append(f"id {body['id']} with two contents: {known} {body}")
            continue
        seq = body["seq"]
        numbers[seq["epoch"], seq["lane"]].add(seq["n"])
        stream = (body.get("device", ""), seq["epoch"], seq["lane"])
        if seq["n"] < highest.get(stream, 0):
            findings.disordered.append(f"{stream}: {seq['n']} after {highest[stream]}")
        highest[stream] = max(seq["n"], highest.get(stream, 0))
    for lane, seen in numbers.items():
        missing = set(range(1, max(seen))) - seen
        findings.gaps += [f"{lane}: {sorted(missing)[:10]}"] if missing else []
    return findings


def _check_mark(one: Arrived, since: float, opened: Sequence[float], wall: float, findings: Findings) -> None:
    body = one.body
    number = bisect_right(opened, one.at)
    if not number:
        return
    old = body["at"] < opened[number - 1] + wall - LAGGED and body["at"] < since - LAGGED
    new = body["at"] > since + ROUNDED
    findings.marks += old or new
    findings.replays += old
    if (old and not body["replay"]) or (new and body["replay"]):
        came = f"by a connection opened {opened[number - 1] + wall:.3f}, up {since:.3f}, arrived {one.at + wall:.3f}"
        findings.mismarked.append(f"{body['id']} made {body['at']:.3f} says replay={body['replay']}, {came}")


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
