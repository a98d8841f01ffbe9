"""The ledger of made and arrived: what was lost, doubled, out of order, wrongly marked.

Bodies are read as the contract states them: ``id``, ``replay``, ``gateway_at``, ``seq = {"epoch", "lane", "n"}``,
``sources = [{"device", "boot", "seq"}]``, and for alerts ``alert`` and ``n``. A connection's first word is a
``status``: in the order of arrival everything after it came by that connection. Whether a message must say ``replay``
is judged by the node's account of the frames that it tells of, and by the gateway's own time in it and in that status.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from gateway.sim.ledger import Arrived, Body, Connection, Key, Made, Verdict, keys

ROUNDED = 0.002
"""Seconds: moments in messages are rounded to milliseconds."""
LAGGED = 0.05
"""Seconds that an alert's own date (a deadline) may lie before the making of the message that tells of it, and that a
status may need from the broker to the platform."""
OF_THE_MOMENT = {"replay": None, "state": None}
"""Fields that tell of the sending, not of what happened."""
AGAIN = ("whole", "home-whole")
"""Kinds that tell nothing new, to a broker that has forgotten."""
WITHOUT_NUMBER = ("status", "receipt")
"""Topics of messages that no lane carries."""


class Passage(NamedTuple):
    """How a message came: by which connection, and which status it said first."""

    connection: Connection
    status: Arrived


def compare(
    made: Iterable[Made],
    arrived: Sequence[Arrived],
    connections: Sequence[Connection] = (),
    resumed: Sequence[float] = (),
) -> Verdict:
    """Judge a run. Without ``connections`` (oldest first) no replay mark, no overtaking and no latency is judged."""
    verdict = Verdict()
    frames = {one.key: one for one in made}
    passages = _passages(arrived, [one for one in connections if one.stood < math.inf])
    numbered = [(one, way) for one, way in zip(arrived, passages, strict=True) if _is_whole(one, verdict)]
    firsts = _first_of_each(numbered, verdict)
    messages = [one for one, _ in firsts]
    heard = _first_telling(firsts)
    verdict.made, verdict.messages = len(frames), len(messages)
    verdict.replayed = sum(bool(one.body["replay"]) for one in messages)
    verdict.lost = [key for key, frame in frames.items() if key not in heard and not frame.forgotten]
    verdict.delivered = len(frames.keys() & heard.keys())
    verdict.doubled += _doubled(messages)
    verdict.disordered += _disordered(messages)
    verdict.missing += _missing(messages)
    for one, way in numbered:
        if way is not None:
            _check_mark(one, way, frames, verdict)
    verdict.overtaken += _overtaken(firsts, frames)
    verdict.latencies = _latencies(frames, heard)
    verdict.recoveries = _recoveries(messages, resumed)
    return verdict


def _passages(arrived: Iterable[Arrived], connections: Sequence[Connection]) -> Iterator[Passage | None]:
    """How each message came; None where that isn't known.

    A status came by the oldest connection that hadn't spoken yet, stood, and hadn't ended: when a stalled link goes on,
    the last words of the old connection and the first ones of the new arrive within a millisecond.
    """
    way: Passage | None = None
    spoken = 0
    for one in arrived:
        if one.rest == "status" and one.body.get("online") and "gateway_at" in one.body and not one.retain:
            if way is not None and way.connection.ended < one.at - LAGGED:
                way = None
            for number in range(spoken, len(connections)):
                if connections[number].stood <= one.at < connections[number].ended + LAGGED:
                    way, spoken = Passage(connections[number], one), number + 1
                    break
        yield way


def _is_whole(one: Arrived, verdict: Verdict) -> bool:
    """Whether it is a message of a lane that has all that the contract promises."""
    if one.rest in WITHOUT_NUMBER or one.body.get("kind") in AGAIN:
        return False
    absent = {"id", "seq", "at", "gateway_at", "time_quality", "replay"} - one.body.keys()
    if absent or not {"epoch", "lane", "n"} <= one.body["seq"].keys():
        verdict.malformed.append(f"{one.topic}: without {sorted(absent) or 'parts of seq'}: {one.body}")
        return False
    if one.retain and "sources" in one.body:
        verdict.malformed.append(f"{one.topic}: an event was retained: {one.body['id']}")
    return True


Came = Sequence[tuple[Arrived, Passage | None]]


def _first_of_each(numbered: Came, verdict: Verdict) -> Came:
    """The first arrival of each id; a second one must say the same, but for its replay mark."""
    first: dict[str, tuple[Arrived, Passage | None]] = {}
    for came in numbered:
        body = came[0].body
        known = first.setdefault(body["id"], came)
        if known is not came:
            verdict.repeated += 1
            if {**known[0].body, **OF_THE_MOMENT} != {**body, **OF_THE_MOMENT}:
                verdict.doubled.append(f"id {body['id']} with two bodies: {known[0].body} {body}")
    return list(first.values())


def _first_telling(firsts: Came) -> dict[Key, tuple[float, Passage | None]]:
    heard: dict[Key, tuple[float, Passage | None]] = {}
    for one, way in firsts:
        for key in keys(one.body):
            heard.setdefault(key, (one.at, way))
    return heard


def _doubled(messages: Iterable[Arrived]) -> list[str]:
    """One change of one alert, or one frame's report, under two ids."""
    faults = []
    owner: dict[tuple[Any, ...], str] = {}
    for body in (one.body for one in messages if "sources" in one.body):
        if body.get("kind") == "alert":
            tellings: list[tuple[Any, ...]] = [("alert", body["alert"], body["n"])]
        else:
            tellings = [("report", *key) for key in keys(body)]
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
        for device in {key.device for key in keys(one.body)} or {one.body.get("device", "")}:
            stream = (device, seq["epoch"], seq["lane"])
            if seq["n"] < highest.get(stream, seq["n"]):
                faults.append(f"{stream}: {seq['n']} after {highest[stream]}")
            highest[stream] = max(seq["n"], highest.get(stream, seq["n"]))
    return faults


def _missing(messages: Iterable[Arrived]) -> list[str]:
    lanes: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in messages:
        seq = one.body["seq"]
        lanes[seq["epoch"], seq["lane"]].add(seq["n"])
    return [f"{lane} {n}" for lane, seen in lanes.items() for n in sorted(set(range(1, max(seen))) - seen)]


def _told(body: Body, frames: dict[Key, Made]) -> list[Made]:
    """The frames at whose moment this message was made; none if it was made at a deadline after them."""
    if body.get("kind") == "report" or any(one["gateway_at"] == body["gateway_at"] for one in body.get("evidence", ())):
        return [frames[key] for key in keys(body) if key in frames]
    return []


def _is_old(told: Iterable[Made], connection: Connection) -> bool:
    """Acknowledged, and so committed, before the gateway called the broker."""
    return all(frame.acked_at is not None and frame.acked_at < connection.opened for frame in told)


def _check_mark(one: Arrived, way: Passage, frames: dict[Key, Made], verdict: Verdict) -> None:
    """Made for certain before its connection opened: must say replay. Made after its first word: must not."""
    body, (connection, status) = one.body, way
    # Gateway time as ours, at the latest: the status was made before it arrived.
    latest = body["gateway_at"] + (status.at - status.body["gateway_at"])
    old = latest < connection.opened - LAGGED
    new = body["gateway_at"] > status.body["gateway_at"] + ROUNDED
    if told := _told(body, frames):
        old |= _is_old(told, connection)
        new |= all(status.at < frame.sent_at for frame in told)
    verdict.judged += old or new
    if (old and not body["replay"]) or (new and body["replay"]):
        verdict.mismarked.append(f"{body['id']}: replay={body['replay']}, made at {latest:.3f} or before; {way} {told}")


def _overtaken(firsts: Came, frames: dict[Key, Made]) -> list[str]:
    """Only of alarms that were committed before the connection: one that is committed meanwhile comes when it comes."""
    faults = []
    telemetry: set[Connection] = set()
    for one, way in firsts:
        if not one.body["replay"] or way is None:
            continue
        lane = one.body["seq"]["lane"]
        if lane == "telemetry":
            telemetry.add(way.connection)
        elif lane == "alarm" and way.connection in telemetry:
            told = _told(one.body, frames)
            if told and _is_old(told, way.connection):
                faults.append(f"{one.body['id']} after telemetry; {way} {told}")
    return faults


def _latencies(frames: dict[Key, Made], heard: dict[Key, tuple[float, Passage | None]]) -> list[float]:
    found = []
    for key, (at, way) in heard.items():
        if key in frames and way is not None and way.connection.stood < frames[key].sent_at:
            found.append(at - frames[key].sent_at)
    return sorted(found)


def _recoveries(messages: Iterable[Arrived], resumed: Sequence[float]) -> list[float]:
    """Of each return of the link that had alarms to tell."""
    replayed = [one.at for one in messages if one.body["replay"] and one.body["seq"]["lane"] == "alarm"]
    found = []
    for begin, end in pairwise([*resumed, math.inf]):
        found += [at - begin for at in replayed if begin <= at < end][:1]
    return found
