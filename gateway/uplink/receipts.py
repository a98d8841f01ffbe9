"""Receipts: a platform that says of each alarm that it has taken it in, beside the broker's word that it arrived.

Delivered (PUBACK) and accepted (receipt) are two facts: a broker acknowledges also what nobody reads. If an uplink has
``receipts = true``, an alarm without a receipt after ten seconds is a trouble, which goes its own way to people.
"""

import json
from collections.abc import Iterator

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.health import report
from gateway.inbox import Inbox
from gateway.store.message import ALARM, Message

WAIT = 10.0
"""Seconds from the broker's word to the platform's (GB 26875.1: an alarm is received within 10 s)."""
MOST = 1_000
"""Alarms waited for at once; the oldest is given up, it is overdue in any case."""
BIGGEST = 65_536
"""Bytes of a receipt."""
KINDS = frozenset({"alert", "page"})


class Receipts:
    """What one platform has still to confirm."""

    def __init__(self, name: str, inbox: Inbox, clock: Clock) -> None:
        self._name, self._inbox, self._clock = name, inbox, clock
        self._awaited: dict[str, float] = {}
        """Message -> gateway time from which on it is overdue."""
        self._missing = False

    def delivered(self, message: Message) -> None:
        """The broker has it."""
        if message.lane != ALARM or message.topic != "event":
            return
        said = json.loads(message.body)
        if said.get("kind") in KINDS:
            self._awaited[said["id"]] = self._clock.now() + WAIT
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
        now = self._clock.now()
        missing = any(until <= now for until in self._awaited.values())
        if missing != self._missing:
            self._missing = missing
            self._inbox.put(report(now, f"gateway:{self._name}", receipt_missing=missing))


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
