"""Outcome: what one Frame led to, for whoever sends, writes and switches."""

from dataclasses import dataclass, field

from drivers.driver import Driver, Head
from drivers.reading import Frame, Reading
from gateway.hub.modes import Change
from gateway.ladder.chain import Entry
from gateway.store.message import Message
from rules.alert import Alert


@dataclass(slots=True)
class Outcome:
    """What one Frame led to."""

    frame: Frame
    """As kept: its time is never before that of the Frame before it."""
    n: int = 0
    """Its number in the journal; 0 = not kept."""
    readings: list[Reading] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    """Homes that came into another mode."""
    messages: list[Message] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    """Of the record of what persons and the gateway did."""
    acknowledge: tuple[Driver, Head] | None = None
    """An alarm whose sender waits for our word, which is given after the commit."""
    ask: tuple[str, bytes, str] | None = None
    """(port, bytes, address) that ask a device for all its states: it started anew, its greeting may have been lost."""
    bad: str = ""
    """Why the bytes were no frame."""
    stranger: str = ""
    """Address of a device nobody registered, the first time it is heard."""
    urgent: bool = False
    """Commit at once."""
    refused: str = ""
    """Why a person's act was not done."""
    left: str = ""
    """What of a person's act was not done, and why, where it was done all the same."""
    sound: bool = False
    """Sirens may have to change though no alert did."""
    told: int = 0
    turned: int = 0
    """How many of ``alerts`` and of ``changes`` were told already."""
