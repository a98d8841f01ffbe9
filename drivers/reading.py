"""What travels through the house: a Frame comes in at a port, its Readings go on to the rules.

They are NamedTuples because one is built for each byte string off the wire and for each value in it.
"""

from typing import NamedTuple

Scalar = bool | float | str

RETAINED = "retained"
"""Flag: the broker kept this value; it is a state, never an event."""
HEARSAY = "hearsay"
"""Flag: somebody else says it of the sensor; like a retained value it doesn't show that the sensor lives."""
REPLAY = "replay"
"""Flag: the sensor sent an old event again; it never rings."""
UNKNOWN_CODE = "unknown-code"
"""Flag: the wire carried a code that the driver doesn't know; it is reported as its nearest safe meaning."""


class Frame(NamedTuple):
    """One input, as the journal keeps it and replay reads it.

    ``port`` is a port of the site, or one of the names that aren't sensors: act, boot, clock, mode, config,
    output, channel, receipt, health. ``at`` is gateway time in seconds, stamped once, at the port.
    """

    port: str
    at: float
    data: bytes


class Source(NamedTuple):
    """Which frame of which device said it; with it an outside ledger can match its own record to our events."""

    device: str
    boot: int
    seq: int


class Value(NamedTuple):
    """One decoded value, before the gateway says whose it is and when. The unit is in the quantity's name."""

    quantity: str
    value: Scalar
    flags: tuple[str, ...] = ()
    nth: int = 0
    """0 for the first of several like values, 1 for the second, …"""


class Reading(NamedTuple):
    """One value of one point of one device, at one moment of gateway time."""

    device: str
    point: str
    """The quantity, or ``quantity#2`` for the second of several like values."""
    quantity: str
    value: Scalar
    at: float
    flags: tuple[str, ...] = ()
    n: int = 0
    """Number in the journal of the Frame it came in."""
    source: Source | None = None
