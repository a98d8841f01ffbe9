"""A Message: what the outbox keeps until its destination has confirmed it."""

from typing import NamedTuple

ALARM, STATE, TELEMETRY = 0, 1, 2
LANES = ("alarm", "state", "telemetry")
"""Outbox lanes in the order in which they leave; a full disk evicts from the right, alarms never."""


class Message(NamedTuple):
    """One row of the outbox: one thing to tell one destination.

    ``n`` is the number its maker gave it within its lane, from 1, the same as ``seq`` in the JSON of ``body``.
    A message salvaged from an older store keeps its body and gets a number below 0: it leaves first.
    """

    to: str
    lane: int
    n: int
    topic: str
    """Below the gateway's own prefix: ``event``, ``state/kitchen``, …"""
    body: bytes
    made_at: float
    """Gateway time."""
