"""A Message: what the outbox keeps until its destination has confirmed it."""

from typing import NamedTuple

ALARM, STATE, TELEMETRY = 0, 1, 2
LANES = ("alarm", "state", "telemetry")
"""Outbox lanes in the order in which they leave; a full disk evicts from the right, alarms never."""


N_BITS = 48
MOST = 1 << (N_BITS - 1)
"""Numbers lie between -MOST and MOST."""


def key(dest: int, lane: int, n: int) -> int:
    """Destination, lane and number in one integer that sorts as they do; ``n`` from -2**47."""
    return (dest * len(LANES) + lane) << N_BITS | (n + MOST)


def lane_and_n(key: int) -> tuple[int, int]:
    """Lane and number of a key."""
    return (key >> N_BITS) % len(LANES), (key & ((1 << N_BITS) - 1)) - MOST


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

    @property
    def is_event(self) -> bool:
        """Whether it tells of an alert, an act or an acknowledged frame: nobody would say it a second time."""
        return self.lane == ALARM or self.topic in ("event", "people")


def message(key: int, to: str, topic: str, body: bytes, made_at: float) -> Message:
    """A Message from the columns of its row."""
    lane, n = lane_and_n(key)
    return Message(to, lane, n, topic, body, made_at)
