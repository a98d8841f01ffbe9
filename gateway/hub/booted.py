"""Booted: a state that stands, and what must be committed first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.store import salvage
from gateway.store.store import Store


@dataclass(slots=True)
class Booted:
    """A state that stands, and what must be committed first."""

    store: Store
    fold: Fold
    outcomes: list[Outcome] = field(default_factory=list)
    base: Mapping[str, str] = field(default_factory=dict)
    """The checkpoint that the database holds."""
    spare: Mapping[str, str] = field(default_factory=dict)
    """What stands in its other sheet."""
    rows: dict[str, str | None] = field(default_factory=dict)
    """Checkpoint rows that no database holds yet; None deletes one."""
    configs: dict[str, str] = field(default_factory=dict)
    salvaged: salvage.Salvaged = field(default_factory=salvage.Salvaged)
    durable: bool = True
    """False: the disk takes nothing, all is in memory."""
    set_aside: str = ""
    """Name of the damaged database."""
    bad_rows: Sequence[str] = ()
    folded: int = 0
    """Frames of the journal that stood after its checkpoint."""
