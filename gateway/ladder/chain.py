"""Chain: what persons and the gateway did about alerts, entry by entry, each sealed with the hash of the one before.

An entry is canonical JSON with its number ``n`` and ``prev``, the hash of the entry before it; its own hash is BLAKE2b
(RFC 7693), 128 bits, of its bytes. The head (number and hash of the last entry) is part of the state, so it outlives
the database in the vital file. Whoever changes, drops or adds an entry must change all after it, and the head, and what
the platform has seen of it. Old entries may be dropped from the front: an anchor says where the rest begins.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from gateway.ladder.page import encode

FIRST = "0" * 32
"""In place of a hash before the first entry."""


class Entry(NamedTuple):
    """One line of the record."""

    n: int
    body: bytes


class Head(NamedTuple):
    """The last entry: its number and its hash."""

    n: int = 0
    hash: str = FIRST


class Break(NamedTuple):
    """A place where the record isn't what it was."""

    n: int
    what: str


class Chain:
    """The growing end."""

    def __init__(self) -> None:
        self.head = Head()

    def add(self, at: float, kind: str, fields: Mapping[str, object]) -> Entry:
        """Seal one more entry. ``at`` is gateway time."""
        n = self.head.n + 1
        body = encode({"n": n, "at": at, "kind": kind, "prev": self.head.hash, **fields})
        self.head = Head(n, seal(body))
        return Entry(n, body)


def seal(body: bytes) -> str:
    """The hash of an entry."""
    return blake2b(body, digest_size=16).hexdigest()


def verify(entries: Iterable[Entry], head: Head | None = None, anchor: Head | None = None) -> list[Break]:
    """Where the record is broken; nowhere, if nothing comes back.

    ``anchor`` is the last entry that was dropped from the front, ``head`` the last that the gateway remembers: entries
    after it may be there (the state is older than the record), those up to it must.
    """
    breaks: list[Break] = []
    last = anchor or Head()
    at_head = last.hash if head is not None and head.n == last.n else ""
    for n, body in entries:
        if n != last.n + 1:
            missing = f"{last.n + 1}" if n == last.n + 2 else f"{last.n + 1} to {n - 1}"
            breaks.append(Break(last.n + 1, f"entry {missing} is missing"))
        breaks += _look(n, body, last)
        last = Head(n, seal(body))
        if head is not None and n == head.n:
            at_head = last.hash
    if head is not None and last.n < head.n:
        breaks.append(Break(last.n + 1, f"the record ends at {last.n}, the gateway wrote {head.n}"))
    elif head is not None and at_head and at_head != head.hash:
        breaks.append(Break(head.n, f"entry {head.n} is not the one that the gateway wrote"))
    return breaks


def _look(n: int, body: bytes, before: Head) -> list[Break]:
    try:
        said: dict[str, Any] = json.loads(body)
        number, prev = said["n"], said["prev"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return [Break(n, f"entry {n} is unreadable")]
    if number != n:
        return [Break(n, f"entry {n} says that it is {number}")]
    if n == before.n + 1 and prev != before.hash:
        return [Break(n, f"entry {n - 1} was changed, or entry {n} put in its place")]
    return []
