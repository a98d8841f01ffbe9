"""What an alert, a report or a device's state looks like to a platform (profile-neutral JSON bodies).

Every body has ``id``, ``seq``, ``at`` (epoch seconds by the gateway's wall clock), ``gateway_at`` (gateway time)
and ``time_quality``; the uplink adds ``replay`` when it sends. The same input makes the same body, byte for byte.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from drivers.reading import Reading, Scalar, Source
from gateway.store.message import ALARM, LANES, STATE
from rules.alert import Alert
from rules.asked import Asked

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Json = Mapping[str, object]


class Moment(NamedTuple):
    """When a device's whole state is said."""

    at: float
    offset: float
    synced: bool


class Stamp(NamedTuple):
    """When and under which number a message is made."""

    epoch: str
    life: str
    lane: int
    n: int
    at: float
    offset: float
    synced: bool


def body(stamp: Stamp, kind: str, id_: str, rest: Json) -> bytes:
    """The JSON of one message; ``id_`` empty = named after its number."""
    lane = LANES[stamp.lane]
    head = {
        "kind": kind,
        "id": id_ or f"{stamp.epoch}.{stamp.life}.{lane}.{stamp.n}",
        "seq": {"epoch": stamp.epoch, "lane": lane, "n": stamp.n},
        "at": round(stamp.at + stamp.offset, 3),
        "gateway_at": round(stamp.at, 3),
        "time_quality": "synced" if stamp.synced else "unsynced",
    }
    return _encode({**head, **rest}).encode()


def as_sent(body: bytes, *, replay: bool, state: Mapping[str, Scalar] | None = None) -> bytes:
    """The body as it goes out: marked when it was made before the connection stood, with a device's present state."""
    rest: dict[str, object] = {"replay": replay} if state is None else {"state": dict(state), "replay": replay}
    return body[:-1] + b"," + _encode(rest).encode()[1:]


def whole_body(stamp: Moment, device: str, home: str, state: Mapping[str, Scalar]) -> bytes:
    """All that is known of a device, for a broker that has lost what it retained; it has no number and no id."""
    said = {
        "kind": "whole",
        "at": round(stamp.at + stamp.offset, 3),
        "gateway_at": round(stamp.at, 3),
        "time_quality": "synced" if stamp.synced else "unsynced",
        "device": device,
        "home": home,
        "state": dict(state),
    }
    return _encode(said).encode()


def home_body(stamp: Moment, stands: Json) -> bytes:
    """Whether a home is protected, for a broker that has lost what it retained; it has no number and no id."""
    said = {
        "kind": "home-whole",
        "at": round(stamp.at + stamp.offset, 3),
        "gateway_at": round(stamp.at, 3),
        "time_quality": "synced" if stamp.synced else "unsynced",
        **stands,
    }
    return _encode(said).encode()


def lane_of(alert: Alert) -> int:
    """Emergency and urgent ones overtake everything; all others ride in the state lane."""
    return ALARM if alert.severity in ("emergency", "urgent") else STATE


def alert_body(
    stamp: Stamp,
    alert: Alert,
    since: tuple[float, bool],
    room: str,
    title: Mapping[str, str],
    incident: str,
    kind: str,
    asked: Sequence[Asked],
    anew: str = "",
) -> bytes:
    """One change of one alert, of kind alert or walk-test; ``id`` is the alert's id and the number of the change, and
    why it is told ``anew``. ``asked`` is what its rule asks of its evidence."""
    rest = {
        "alert": alert.id,
        "incident": incident,
        "n": alert.n,
        "rule": alert.rule,
        "title": dict(title),
        "severity": alert.severity,
        "state": alert.state,
        "reason": alert.reason,
        "home": alert.home,
        "device": alert.device,
        "room": room,
        "since": since[0],
        "since_quality": "synced" if since[1] else "unsynced",
        "sources": sources(alert.sources),
        "evidence": [evidence(reading) for reading in alert.evidence],
        "asked": asked,
    }
    if alert.reopens:
        rest["reopens"] = alert.reopens
    return body(stamp, kind, ".".join(filter(None, (alert.id, str(alert.n), anew))), rest)


def sources(said: Iterable[Source]) -> list[Json]:
    """The device frames a message tells of."""
    return [source._asdict() for source in said]


def evidence(reading: Reading) -> Json:
    """A reading in its shortest readable form."""
    return {
        "device": reading.device,
        "point": reading.point,
        "value": reading.value,
        "gateway_at": round(reading.at, 3),
    }


def values(readings: Iterable[Reading]) -> dict[str, Scalar]:
    """Point -> value."""
    return {reading.point: reading.value for reading in readings}
