"""Two records that know nothing of each other: what the nodes made, and what arrived at the platform.

Nothing here imports the gateway: it is the judge. Bodies are read as the contract states them: ``id``, ``replay``,
``seq = {"epoch", "lane", "n"}``, ``sources = [{"device", "boot", "seq"}]``, and for alerts ``alert`` and ``n``.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

Body = dict[str, Any]

SETTLE = 0.005
"""Seconds after the broker's CONNACK passed in which the gateway may not have heard it yet."""
FAULTS = ("lost", "doubled", "disordered", "mismarked", "overtaken", "missing", "malformed")


class Key(NamedTuple):
    """Names one frame of one device, everywhere."""

    device: str
    boot: int
    seq: int


class Made(NamedTuple):
    """A frame that a node repeats until it is acknowledged."""

    key: Key
    sent_at: float
    """Monotonic seconds of its first sending."""
    acked_at: float | None = None
    """When the node heard a durable acknowledgement; None: not yet."""


class Arrived(NamedTuple):
    """A message at the platform; ``topic`` is below the gateway's own prefix."""

    at: float
    """Monotonic seconds."""
    topic: str
    body: Body
    retain: bool = False


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
    lost: list[str] = field(default_factory=list)
    """Frames in no message's ``sources``."""
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


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value at or below which ``part`` of a sorted, non-empty sequence lies (nearest rank)."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def is_prompt(body: Body) -> bool:
    """True for a message made at the moment of its frame, not at a deadline after it: its replay mark can be judged."""
    return body.get("kind") == "report" or (body.get("n") == 1 and body.get("state") == "firing")


def compare(
    made: Iterable[Made],
    arrived: Iterable[Arrived],
    connections: Sequence[Connection] = (),
    mended: Sequence[float] = (),
) -> Verdict:
    """Judge a run. Without ``connections`` (oldest first) no replay mark, no overtaking and no latency is judged."""
    verdict = Verdict()
    connections = [one for one in connections if one.stood < math.inf]
    frames = {one.key: one for one in made}
    messages = _first_of_each(arrived, verdict)
    events = [one for one in messages if "sources" in one.body]
    heard = _first_telling(events)
    verdict.made, verdict.messages = len(frames), len(messages)
    verdict.replayed = sum(bool(one.body["replay"]) for one in messages)
    verdict.lost = [str(tuple(key)) for key in frames if key not in heard]
    verdict.delivered = len(frames) - len(verdict.lost)
    verdict.doubled += _doubled(events)
    verdict.disordered += _disordered(messages)
    verdict.missing += _missing(messages)
    verdict.mismarked += _mismarked(events, frames, connections)
    verdict.overtaken += _overtaken(messages, connections)
    verdict.latencies = _latencies(frames, heard, connections)
    verdict.recoveries = _recoveries(messages, mended)
    return verdict


def _first_of_each(arrived: Iterable[Arrived], verdict: Verdict) -> list[Arrived]:
    """The first arrival of each id; a second one must say the same, but for its replay mark."""
    first: dict[str, Arrived] = {}
    for one in arrived:
        if one.topic == "status":
            continue
        absent = {"id", "seq", "at", "time_quality", "replay"} - one.body.keys()
        if absent or not {"epoch", "lane", "n"} <= one.body["seq"].keys():
            verdict.malformed.append(f"{one.topic}: without {sorted(absent) or 'parts of seq'}")
            continue
        if one.retain and "sources" in one.body:
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
    return [Key(source["device"], source["boot"], source["seq"]) for source in body.get("sources", ())]


def _first_telling(events: Iterable[Arrived]) -> dict[Key, float]:
    heard: dict[Key, float] = {}
    for one in events:
        for key in _keys(one.body):
            heard.setdefault(key, one.at)
    return heard


def _doubled(events: Iterable[Arrived]) -> list[str]:
    """One change of one alert, or one frame's report, under two ids."""
    faults = []
    owner: dict[tuple[Any, ...], str] = {}
    for one in events:
        body = one.body
        if body["kind"] == "alert":
            tellings: list[tuple[Any, ...]] = [("alert", body["alert"], body["n"])]
        else:
            tellings = [("report", *key) for key in _keys(body)]
        for telling in tellings:
            known = owner.setdefault(telling, body["id"])
            if known != body["id"]:
                faults.append(f"{telling} under {known} and {body['id']}")
    return faults


def _disordered(messages: Iterable[Arrived]) -> list[str]:
    faults = []
    highest: dict[tuple[str, str, str], int] = {}
    for one in messages:
        seq = one.body["seq"]
        for device in {key.device for key in _keys(one.body)} or {one.body.get("device", "")}:
            stream = (device, seq["epoch"], seq["lane"])
            if seq["n"] < highest.get(stream, seq["n"]):
                faults.append(f"{stream}: {seq['n']} after {highest[stream]}")
            highest[stream] = max(seq["n"], highest.get(stream, seq["n"]))
    return faults


def _missing(messages: Iterable[Arrived]) -> list[str]:
    lanes: dict[tuple[str, str], set[int]] = {}
    for one in messages:
        seq = one.body["seq"]
        lanes.setdefault((seq["epoch"], seq["lane"]), set()).add(seq["n"])
    return [f"{lane} {n}" for lane, seen in lanes.items() for n in range(1, max(seen)) if n not in seen]


def _connection_at(connections: Sequence[Connection], at: float) -> Connection | None:
    """The last one that stood then: a new connection takes longer than the broker needs for what the old one sent."""
    number = bisect_right(connections, at, key=lambda one: one.stood)
    return connections[number - 1] if number else None


def _mismarked(events: Iterable[Arrived], frames: dict[Key, Made], connections: Sequence[Connection]) -> list[str]:
    """Acknowledged before the connection it came by: must say replay. Said after that one stood: must not."""
    faults = []
    for one in events:
        told = [frames[key] for key in _keys(one.body) if key in frames]
        connection = _connection_at(connections, one.at)
        if not told or connection is None or not is_prompt(one.body):
            continue
        old = all(frame.acked_at is not None and frame.acked_at < connection.opened for frame in told)
        new = all(connection.stood + SETTLE < frame.sent_at for frame in told)
        if (old and not one.body["replay"]) or (new and one.body["replay"]):
            faults.append(f"{one.body['id']}: replay={one.body['replay']}")
    return faults


def _overtaken(messages: Iterable[Arrived], connections: Sequence[Connection]) -> list[str]:
    faults = []
    telemetry: set[Connection] = set()
    for one in messages:
        connection = _connection_at(connections, one.at)
        if not one.body["replay"] or connection is None:
            continue
        lane = one.body["seq"]["lane"]
        if lane == "telemetry":
            telemetry.add(connection)
        elif lane == "alarm" and connection in telemetry:
            faults.append(f"{one.body['id']} after telemetry")
    return faults


def _latencies(frames: dict[Key, Made], heard: dict[Key, float], connections: Sequence[Connection]) -> list[float]:
    found = []
    for key, at in heard.items():
        connection = _connection_at(connections, at)
        if key in frames and connection is not None and connection.stood < frames[key].sent_at:
            found.append(at - frames[key].sent_at)
    return sorted(found)


def _recoveries(messages: Iterable[Arrived], mended: Sequence[float]) -> list[float]:
    """Of each return of the link that had alarms to tell."""
    replayed = [one.at for one in messages if one.body["replay"] and one.body["seq"]["lane"] == "alarm"]
    found = []
    for begin, end in pairwise([*mended, math.inf]):
        found += [at - begin for at in replayed if begin <= at < end][:1]
    return found
