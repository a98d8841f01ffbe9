"""Receipts: a platform that says of each alarm that it has taken it in, beside the broker's word that it arrived.

Delivered (PUBACK) and accepted (receipt) are two facts: a broker acknowledges also what nobody reads. If an uplink has
``receipts = true``, an alarm without a receipt after ten seconds is a trouble, which goes its own way to people.
"""

import json
import logging
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Any, Protocol

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.health import report
from gateway.inbox import Inbox
from gateway.store.message import ALARM, Message
from gateway.store.store import Failed

log = logging.getLogger(__name__)

WAIT = 10.0
"""Seconds from the broker's word to the platform's (GB 26875.1: an alarm is received within 10 s)."""
MOST = 1_000
"""Alarms waited for at once; the oldest is given up, it is overdue in any case."""
BIGGEST = 65_536
"""Bytes of a receipt."""
BEFORE = 86_400.0
"""Seconds for which a receipt is awaited, also over a restart."""
KINDS = frozenset({"alert", "page"})


class Past(Protocol):
    """The store, as far as it knows what was delivered and accepted."""

    async def delivered(self, to: str, lane: int, since: float) -> list[tuple[Message, float]]:
        """(message, when it was delivered), of a lane from this gateway time on."""

    def recorded(self, since: float) -> AsyncIterator[bytes]:
        """The entries of the record from this gateway time on."""


class Receipts:
    """What one platform has still to confirm."""

    def __init__(self, name: str, inbox: Inbox, clock: Clock) -> None:
        self._name, self._inbox, self._clock = name, inbox, clock
        self._awaited: dict[str, float] = {}
        """Message -> gateway time from which on it is overdue."""
        self._missing = False

    async def begin(self, past: Past) -> None:
        """Await what the broker had before the gateway went down, and say how it stands: whatever the last life said of
        it still holds."""
        since = self._clock.now() - BEFORE
        try:
            messages = await past.delivered(self._name, ALARM, since)
            accepted = {_accepted(body) async for body in past.recorded(since)} if messages else set()
        except Failed as error:
            log.warning("uplink %s: nobody knows which receipts are missing: %s", self._name, error)
            return
        for message, at in messages:
            self._await(message, at, accepted)
        self._missing = not self._is_missing()
        self.look()

    def delivered(self, message: Message) -> None:
        """The broker has it."""
        self._await(message, self._clock.now())

    def _await(self, message: Message, at: float, accepted: Collection[str] = ()) -> None:
        if message.lane != ALARM or message.topic != "event":
            return
        said = _said(message.body)
        name = said.get("id")
        if said.get("kind") in KINDS and isinstance(name, str) and name not in accepted:
            self._awaited[name] = at + WAIT
            while len(self._awaited) > MOST:
                del self._awaited[next(iter(self._awaited))]

    def hear(self, body: bytes) -> None:
        """The platform confirms: ``{"id": …}`` or ``{"ids": […]}``; anything else is not taken notice of."""
        now = self._clock.now()
        for name in _ids(body):
            if self._awaited.pop(name, None) is not None:
                said = {"uplink": self._name, "id": name}
                self._inbox.put(Frame("receipt", now, json.dumps(said, sort_keys=True).encode()))
        self.look()

    def look(self) -> None:
        """Call it every second: is anything overdue?"""
        missing = self._is_missing()
        if missing != self._missing:
            self._missing = missing
            self._inbox.put(report(self._clock.now(), f"gateway:{self._name}", receipt_missing=missing))

    def _is_missing(self) -> bool:
        now = self._clock.now()
        self._awaited = {name: until for name, until in self._awaited.items() if until > now - BEFORE}
        return any(until <= now for until in self._awaited.values())


def _accepted(entry: bytes) -> str:
    """The message that an entry of the record says to be accepted."""
    said = _said(entry)
    return str(said.get("message")) if said.get("kind") == "accepted" else ""


def _said(body: bytes) -> dict[str, Any]:
    """What our own words say; nothing, where the disk lost bits of them: alarms leave all the same."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _ids(body: bytes) -> Iterator[str]:
    try:
        said = json.loads(body) if len(body) <= BIGGEST else None
    except (ValueError, RecursionError):
        return
    if isinstance(said, dict):
        many = said.get("ids")
        for name in (said.get("id"), *(many[:MOST] if isinstance(many, list) else ())):
            if isinstance(name, str):
                yield name
