"""Acts: what persons do to alerts. Pure; each act has an id of its own, and doing it twice changes nothing.

Verbs: ``acknowledge`` (somebody takes it on), ``reset`` (a latched alarm whose condition is over ends),
``hush`` (the siren of a home is quiet for at most ten minutes; nothing else changes).
"""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

HUSH = 600.0
"""Seconds a siren may be hushed at the most."""
REMEMBERED = 1_000
"""Acts remembered to tell a repetition from news."""
VERBS = ("acknowledge", "reset", "hush")


class Refused(ValueError):
    """This act isn't done; the text says why, and which act it was as far as that can be read."""

    def __init__(self, why: str, act_id: str = "", correlation: str = "") -> None:
        super().__init__(why)
        self.act_id, self.correlation = act_id, correlation


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one person."""

    act_id: str
    verb: str
    actor: str
    via: str = ""
    alert: str = ""
    home: str = ""
    seconds: float = HUSH
    correlation: str = ""


def parse(data: bytes) -> Act:
    """An act from JSON; raises Refused with a reason a person can read."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise Refused("an act is a JSON object")
    texts = {key: raw.get(key, "") for key in ("act_id", "verb", "actor", "via", "alert", "home", "correlation")}
    for key, value in texts.items():
        if not isinstance(value, str) or len(value) > 200:
            raise Refused(f"{key} is a text of at most 200 characters")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise Refused(f"{key} holds half a character")
    whose = texts["act_id"], texts["correlation"]
    if not texts["act_id"] or not texts["actor"]:
        raise Refused("act_id and actor are needed", *whose)
    if texts["verb"] not in VERBS:
        raise Refused(f"verb is one of {', '.join(VERBS)}", *whose)
    seconds = raw.get("seconds", HUSH)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= HUSH:
        raise Refused(f"seconds is a number from 0 to {HUSH:.0f}", *whose)
    return Act(**texts, seconds=float(seconds))


class Acknowledged(NamedTuple):
    """Who took an alert on, how, and when (gateway time)."""

    actor: str
    via: str
    at: float


class Acts:
    """What persons have done so far, as far as it still matters."""

    def __init__(self) -> None:
        self.done: dict[str, str] = {}
        """act_id -> outcome: empty, or why it was refused."""
        self.acknowledged: dict[str, Acknowledged] = {}
        self.hushed: dict[str, float] = {}
        """Home -> gateway time until which its siren is quiet."""

    def remember(self, act_id: str, outcome: str) -> None:
        """Keep the outcome of an act so that a repetition gets the same answer."""
        self.done[act_id] = outcome
        while len(self.done) > REMEMBERED:
            del self.done[next(iter(self.done))]

    def forget(self, alert: str) -> None:
        """The alert is resolved."""
        self.acknowledged.pop(alert, None)

    def row(self) -> dict[str, object]:
        """For the checkpoint; ``done`` as pairs, because their order says which are the oldest."""
        taken = {key: list(value) for key, value in self.acknowledged.items()}
        return {"done": list(self.done.items()), "acknowledged": taken, "hushed": self.hushed}

    def load(self, row: dict[str, Any]) -> None:
        """From the checkpoint; raises ValueError, KeyError or TypeError for a row that isn't one."""
        done = {str(act): str(outcome) for act, outcome in row["done"]}
        taken = {str(key): Acknowledged(*value) for key, value in row["acknowledged"].items()}
        hushed = {str(key): float(value) for key, value in row["hushed"].items()}
        self.done, self.acknowledged, self.hushed = done, taken, hushed
