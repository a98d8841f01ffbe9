"""Silences: alerts that are nobody's concern for a while. Bounded, named, with a reason.

A silence covers the alerts of a device, a rule, a home, all that it names at once, or one alert. Life-safety it
covers only when it says so, two persons are proven to agree, and for an hour at the most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.ladder.acts import Act, Refused
from gateway.ladder.incident import Piece

LIFE_SAFETY = 3600.0
"""Seconds for which life-safety may be silenced at the most."""
CONFIRM = 600.0
"""Seconds within which the second person must confirm."""
PERSONS = 2
"""Who must agree to a silence of life-safety."""
ABOUT = "silence:"
"""Before the id of a silence, where a code or a message is about one."""
REMIND = 600.0
"""Seconds before its end at which whoever asked for it is reminded; a shorter one halfway."""
MOST = 256
"""Silences at once."""
WAITING = 3
"""Of these, such as wait for a second person: for each of them everybody who may confirm gets a message."""
CHIRP = 2.0
"""Seconds for which an alarm sounds in a walk-test."""
BURNS = 180.0
"""Seconds for which it may go on there; what does for longer is no test."""
CRIES = 3
"""Presses of one button in one walk-test with which it is a call for help."""


@dataclass(slots=True)
class Silence:
    """One silence. ``until`` in gateway seconds; while it waits for its second person, until that is too late."""

    id: str
    by: str
    reason: str
    begun: float
    until: float
    seconds: float
    alert: str = ""
    device: str = ""
    rule: str = ""
    home: str = ""
    life_safety: bool = False
    waits: bool = False
    """For a second person."""
    agreed: tuple[str, ...] = ()
    """Who is proven to want it (access.proven)."""
    reminded: bool = False

    def covers(self, piece: Piece) -> bool:
        """Whether this alert is covered now."""
        if self.waits or (piece.severity == "emergency" and not self.life_safety):
            return False
        named = (self.alert, self.device, self.rule, self.home)
        return all(map(_fits, named, (piece.alert, piece.device, piece.rule, piece.home)))

    def due(self) -> float:
        """When it ends, or its asker must be reminded that it will."""
        if self.waits or self.reminded:
            return self.until
        return self.until - min(REMIND, self.seconds / 2)

    def row(self) -> list[object]:
        """For the checkpoint."""
        return [getattr(self, name) for name in _FIELDS]

    @classmethod
    def of(cls, row: Any) -> "Silence":
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        if len(row) != len(_FIELDS):
            raise ValueError("no silence")
        return cls(**{name: kind(value) for (name, kind), value in zip(_FIELDS.items(), row, strict=True)})


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "id": str, "by": str, "reason": str, "begun": float, "until": float, "seconds": float, "alert": str, "device": str,
    "rule": str, "home": str, "life_safety": bool, "waits": bool, "agreed": _names, "reminded": bool,
}  # fmt: skip


def ask(act: Act, alert: str, life_safety: bool, person: str, now: float) -> Silence:
    """The silence that an act asks for, of somebody proven or ""; raises Refused when it is longer than it may be."""
    if not act.seconds:
        raise Refused("a silence has an end: seconds is greater than 0")
    if life_safety and act.seconds > LIFE_SAFETY:
        raise Refused(f"life-safety may be silenced for {LIFE_SAFETY:.0f} seconds at the most")
    until = now + (CONFIRM if life_safety else act.seconds)
    scope = (alert, act.device, act.rule, act.home)
    agreed = (person,) if person else ()
    return Silence(act.act_id, act.actor, act.reason, now, until, act.seconds, *scope, life_safety, life_safety, agreed)


def _fits(mine: str, its: str) -> bool:
    return mine in ("", its)


def confirm(silence: Silence, person: str, now: float) -> None:
    """A person who is proven agrees; with the second one it begins. Raises Refused when it is the same one, nobody who
    is proven, or nothing waits for them."""
    if not silence.waits:
        raise Refused("this silence waits for nobody")
    if not person:
        raise Refused("who confirms must be proven: by the code of their message, or by a login of their own")
    if person in silence.agreed:
        raise Refused("a second person must confirm it")
    silence.agreed += (person,)
    if len(silence.agreed) >= PERSONS:
        silence.waits, silence.until = False, now + silence.seconds
