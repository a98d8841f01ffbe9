"""Two records that know nothing of each other: what the nodes made, and what arrived at the platform.

And the verdict of judge.py on them. Nothing here imports the gateway.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Body = dict[str, Any]

FAULTS = ("lost", "doubled", "disordered", "mismarked", "overtaken", "missing", "malformed")


class Key(NamedTuple):
    """Names one frame of one device, everywhere."""

    device: str
    boot: int
    seq: int

    def __str__(self) -> str:
        return str(tuple(self))


class Made(NamedTuple):
    """A frame that a node repeats until it is acknowledged."""

    key: Key
    sent_at: float
    """Monotonic seconds of its first sending."""
    acked_at: float | None = None
    """When the node heard a durable acknowledgement; None: not yet."""
    forgotten: bool = False
    """The node lost its power, or its queue was full, before that: nobody promised anything."""


class Arrived(NamedTuple):
    """A message at the platform."""

    at: float
    """Monotonic seconds."""
    topic: str
    body: Body
    retain: bool = False

    @property
    def rest(self) -> str:
        """The topic below the gateway's own, ``anju/v1/SITE/GATEWAY/``."""
        return self.topic.split("/", 4)[-1]


class Connection(NamedTuple):
    """One connection of the gateway to the broker, in monotonic seconds, as the network between them saw it."""

    opened: float
    stood: float = math.inf
    """The broker's first bytes, its CONNACK, passed."""
    ended: float = math.inf


@dataclass(slots=True)
class Verdict:
    """The faults by kind, each with what shows it, and the figures."""

    made: int = 0
    delivered: int = 0
    """Made ones that a message told of."""
    messages: int = 0
    """Different ids at the platform, telemetry included."""
    repeated: int = 0
    """Arrivals of an id that was there already: harmless, and counted."""
    replayed: int = 0
    """Messages marked as made before their connection."""
    judged: int = 0
    """Messages of which it was certain what their mark must be."""
    lost: list[Key] = field(default_factory=list)
    """Frames in no message's ``sources``, but for those that their node forgot."""
    doubled: list[str] = field(default_factory=list)
    """One change under two ids, or one id with two bodies."""
    disordered: list[str] = field(default_factory=list)
    """Of one device and lane, a number after a higher one."""
    mismarked: list[str] = field(default_factory=list)
    """Replayed without saying so, or said to be replayed when it was new."""
    overtaken: list[str] = field(default_factory=list)
    """A replayed alarm that came after replayed telemetry of the same connection."""
    missing: list[str] = field(default_factory=list)
    """Numbers of a lane that were passed over: telemetry that got lost shows here."""
    malformed: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    """Seconds from first sending to the platform, sorted; only of frames made and told on one connection."""
    recoveries: list[float] = field(default_factory=list)
    """Seconds from each return of the link to the first replayed alarm."""

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        return not any(getattr(self, name) for name in FAULTS)

    def figures(self) -> dict[str, float]:
        """For a report: counts, and latencies in milliseconds."""
        counts = {name: getattr(self, name) for name in ("made", "delivered", "messages", "repeated", "replayed")}
        faults = {name: len(getattr(self, name)) for name in FAULTS}
        ordered = self.latencies
        shown = {f"p{part}_ms": round(1000 * quantile(ordered, part / 100), 1) for part in (50, 99) if ordered}
        return {**counts, **faults, **shown}

    def __str__(self) -> str:
        lines = [", ".join(f"{name} {figure}" for name, figure in self.figures().items())]
        for name in FAULTS:
            lines += [f"  {name}: {fault}" for fault in getattr(self, name)[:10]]
        return "\n".join(lines)


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value at or below which ``part`` of a sorted, non-empty sequence lies (nearest rank)."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def keys(body: Body) -> list[Key]:
    """The frames that a message tells of."""
    return [Key(source["device"], source["boot"], source["seq"]) for source in body.get("sources", ())]
