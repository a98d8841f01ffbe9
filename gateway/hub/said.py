"""What a person said of a home's mode, and all that is remembered of the modes of one home. Pure."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.hub.presence import Presence
from rules.wall import Mode

NEVER = float("inf")
WORDS = 8
"""Words of persons that are remembered of a home when they are over."""


class Said(NamedTuple):
    """What a person said."""

    mode: str
    at: float
    until: float
    armed_at: float | None
    actor: str
    via: str
    left: float | None = None
    """When it was said first, if it was said again since."""

    @property
    def began(self) -> float:
        """Since when whoever said it goes by it."""
        return self.at if self.left is None else self.left


@dataclass(slots=True)
class Kept:
    """What is remembered of one home."""

    said: Said | None = None
    inferred: float | None = None
    """Held for away until then."""
    skipped: float | None = None
    """The schedule says nothing until then: somebody is there."""
    told: Mode = field(default_factory=Mode)
    presence: Presence = field(default_factory=Presence)
    past: list[tuple[Said, float]] = field(default_factory=list)
    """The last words that are over, and when they were: who looks back may have lost the words themselves."""
    broken: Said | None = None
    """What a person said, and somebody's coming ended before its time; nobody said anything since."""
    queued: float = NEVER

    def unsay(self, at: float) -> None:
        """What a person said is over."""
        if self.said is not None:
            self.past = [*self.past, (self.said, at)][-WORDS:]
            self.said = None

    def row(self) -> list[object]:
        """JSON-able."""
        said = self.said and self.said[: 6 if self.said.left is None else 7]  # as versions before know it
        past = [(one[:6], end) for one, end in self.past]
        broken = self.broken and self.broken[:6]
        return [said, self.inferred, self.skipped, self.told[:3], self.presence.row(), past, broken]

    @classmethod
    def of(cls, row: Any) -> "Kept":
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        said, inferred, skipped, told, presence, *more = row
        mode = Mode(*told)._replace(guessed=said is None and inferred is not None)  # as ``Modes`` tells it
        made = cls(None if said is None else Said(*said), inferred, skipped, mode, Presence.of(presence))
        made.past = [(Said(*one), float(end)) for one, end in (more[0] if more else ())]
        made.broken = Said(*more[1]) if len(more) > 1 and more[1] is not None else None
        times = [made.inferred, made.skipped, made.told.until]
        times += [*made.said[1:4], made.said.left] if made.said else []
        times += made.broken[1:4] if made.broken else []
        if not all(one is None or isinstance(one, int | float) for one in times):
            raise ValueError("no time")
        return made


def earlier(until: float, seconds: float, at: float) -> float:
    """What was to end at a moment ends so many seconds before it, now at the earliest."""
    return round(max(at, until - seconds), 6)


def said_at(row: Any, at: float) -> Said | None:
    """What a person had said that held at a moment before this checkpoint; raises ValueError or TypeError."""
    home = Kept.of(row) if row is not None else Kept()
    held = [one for one, end in home.past if one.at < at < end]
    return home.said if home.said is not None and home.said.at < at else held[-1] if held else None
