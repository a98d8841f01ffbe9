"""Two records that know nothing of each other: what the nodes said, and what the platform got.

Nothing here imports the gateway: it is the judge. Bodies are read as the contract states them: ``id``, ``replay``,
``seq = {"epoch", "lane", "n"}``, ``sources = [{"device", "boot", "seq"}]``, and for alert events ``alert`` and ``n``.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Body = dict[str, Any]

SETTLE = 0.005
"""Seconds after a connection's start in which a message may still come from the one before it."""


class Key(NamedTuple):
    """Names one frame of one device, everywhere."""

    device: str
    boot: int
    seq: int


class Made(NamedTuple):
    """A frame that a node will repeat until it is acknowledged."""

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


@dataclass(slots=True)
class Verdict:
    """The faults by kind (each with what shows it), and the figures."""

    made: int = 0
    delivered: int = 0
    """Different ids at the platform."""
    repeated: int = 0
    """Arrivals of an id that was there already: harmless, and counted."""
    lost: list[Key] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    mismarked: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    """Seconds from a frame's first sending to the first message that tells of it, sorted."""

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        return not (self.lost or self.doubled or self.disordered or self.mismarked or self.malformed)

    def figures(self) -> dict[str, float]:
        """For a report: counts, and latencies in milliseconds."""
        counts = {
            "made": self.made, "delivered": self.delivered, "repeated": self.repeated, "lost": len(self.lost),
            "doubled": len(self.doubled), "disordered": len(self.disordered), "mismarked": len(self.mismarked),
            "malformed": len(self.malformed),
        }  # fmt: skip
        shown = {f"p{part}_ms": round(1000 * quantile(self.latencies, part / 100), 1) for part in (50, 99)}
        return {**counts, **shown} if self.latencies else dict(counts)

    def __str__(self) -> str:
        lines = [", ".join(f"{name} {figure}" for name, figure in self.figures().items())]
        for name in ("lost", "doubled", "disordered", "mismarked", "malformed"):
            lines += [f"  {name}: {fault}" for fault in getattr(self, name)[:10]]
        return "\n".join(lines)


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value below which ``part`` of a sorted, non-empty sequence lies (nearest rank)."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def is_prompt(body: Body) -> bool:
    """True for a message made at the moment of its frame, not at a deadline after it: its replay mark can be judged."""
    return body.get("kind") == "report" or (body.get("n") == 1 and body.get("state") == "firing")


def compare(
    made: Iterable[Made],
    arrived: Iterable[Arrived],
    connected_at: Sequence[float] = (),
    prompt: Callable[[Body], bool] = is_prompt,
) -> Verdict:
    """Judge a run. ``connected_at``: monotonic starts of the gateway's connections, sorted; empty: no marks judged."""
    verdict = Verdict()
    frames = {one.key: one for one in made}
    messages = _first_of_each(arrived, verdict)
    verdict.made, verdict.delivered = len(frames), len(messages)
    heard = _first_telling(messages)
    verdict.lost = [key for key, frame in frames.items() if key not in heard and not frame.forgotten]
    verdict.latencies = sorted(heard[key] - frame.sent_at for key, frame in frames.items() if key in heard)
    verdict.doubled += _doubled(messages)
    verdict.disordered += _disordered(messages)
    if connected_at:
        verdict.mismarked += _mismarked(filter(lambda one: prompt(one.body), messages), frames, connected_at)
    return verdict


def _first_of_each(arrived: Iterable[Arrived], verdict: Verdict) -> list[Arrived]:
    """The first arrival of each event id; a second one must say the same, but for its replay mark."""
    first: dict[str, Arrived] = {}
    for one in arrived:
        if "sources" not in one.body:
            continue
        missing = {"id", "seq", "at", "time_quality", "replay"} - one.body.keys()
        if missing or not {"epoch", "lane", "n"} <= one.body["seq"].keys():
            verdict.malformed.append(f"{one.topic}: without {sorted(missing) or 'parts of seq'}: {one.body}")
            continue
        if one.retain:
            verdict.malformed.append(f"{one.topic}: an event was retained: {one.body['id']}")
        known = first.setdefault(one.body["id"], one)
        if known is not one:
            verdict.repeated += 1
            if _unmarked(known.body) != _unmarked(one.body):
                verdict.doubled.append(f"id {one.body['id']} with two bodies")
    return list(first.values())


def _unmarked(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "replay"}


def _keys(body: Body) -> list[Key]:
    return [Key(source["device"], source["boot"], source["seq"]) for source in body["sources"]]


def _first_telling(messages: Iterable[Arrived]) -> dict[Key, float]:
    """When each frame was first told of."""
    heard: dict[Key, float] = {}
    for one in messages:
        for key in _keys(one.body):
            heard.setdefault(key, one.at)
    return heard


def _doubled(messages: Iterable[Arrived]) -> list[str]:
    """One change of one alert, or one frame's report, under two ids."""
    faults = []
    owner: dict[tuple[Any, ...], str] = {}
    for one in messages:
        body = one.body
        if body.get("kind") == "alert":
            tellings: list[tuple[Any, ...]] = [("alert", body["alert"], body["n"])]
        else:
            tellings = [("report", *key) for key in _keys(body)]
        for telling in tellings:
            known = owner.setdefault(telling, body["id"])
            if known != body["id"]:
                faults.append(f"{telling} under {known} and {body['id']}")
    return faults


def _disordered(messages: Iterable[Arrived]) -> list[str]:
    """First arrivals per device and lane, in which a number comes after a higher one."""
    faults = []
    highest: dict[tuple[str, str, str], int] = {}
    for one in messages:
        seq = one.body["seq"]
        for device in {key.device for key in _keys(one.body)}:
            stream = (device, seq["epoch"], seq["lane"])
            if seq["n"] < highest.get(stream, seq["n"]):
                faults.append(f"{stream}: {seq['n']} after {highest[stream]}")
            highest[stream] = max(seq["n"], highest.get(stream, seq["n"]))
    return faults


def _mismarked(messages: Iterable[Arrived], frames: dict[Key, Made], connected_at: Sequence[float]) -> list[str]:
    """Acknowledged before the connection it came by: must say replay. Said after that connection began: must not."""
    faults = []
    for one in messages:
        told = [frames[key] for key in _keys(one.body) if key in frames]
        number = bisect_right(connected_at, one.at - SETTLE)
        if not told or not number:
            continue
        began = connected_at[number - 1]
        old = all(frame.acked_at is not None and frame.acked_at < began for frame in told)
        new = all(frame.sent_at > began + SETTLE for frame in told) and number == bisect_right(connected_at, one.at)
        if (old and not one.body["replay"]) or (new and one.body["replay"]):
            faults.append(f"{one.body['id']}: replay={one.body['replay']}; its connection began {began:.3f}: {told}")
    return faults
