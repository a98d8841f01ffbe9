"""One change in the life of one alert."""

from typing import Literal, NamedTuple

from drivers.reading import Reading, Source

Severity = Literal["emergency", "urgent", "warning", "notice"]
State = Literal["pending", "firing", "cleared", "resolved"]
Reason = Literal["first", "worse", "still", "cleared", "reset", "sensor-lost", "rule-removed"]


class Alert(NamedTuple):
    """One change; ``n`` counts the changes of one ``id`` from 1. The same input gives the same id, always."""

    id: str
    """16 hex digits: hash of gateway, epoch, rule, subject, and the input or the deadline that began it."""
    n: int
    rule: str
    severity: Severity
    home: str
    device: str
    """Empty for a rule per home."""
    state: State
    since: float
    """Gateway time at which this alert began to fire (or to be pending)."""
    at: float
    """Gateway time of this change: of the reading that made it, or of the deadline."""
    reason: Reason
    act: tuple[str, ...] = ()
    """Kinds of output that this alert wants on while it is firing: siren, close-gas-valve, …"""
    ladder: str = ""
    evidence: tuple[Reading, ...] = ()
    sources: tuple[Source, ...] = ()
    """The device frames that this change tells of, for outside ledgers."""
    reopens: str = ""
    """Id of the resolved alert of the same rule and subject whose condition came back."""
