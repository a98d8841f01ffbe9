"""One alert from the first reading to the visit: what happened when, and how long each step took."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gateway.history.entries import Said

TOLD = ("delivered", "seen", "handed", "failed", "refused")
PLAIN = {
    "begun": "decided",
    "joined": "decided",
    "merged": "decided",
    "over": "decided",
    "step": "told",
    "skipped": "told",
    "ended": "told",
    "anew": "told",
    "listed": "told",
    "silent": "failed",
    "silenced": "decided",
}
"""Kind of entry -> stage, where the entry is told as it stands."""


class Moment(NamedTuple):
    """One line. ``stage``: sensed decided acted told handed delivered seen failed refused accepted answered visited."""

    at: float
    """Gateway seconds."""
    stage: str
    what: str


def timeline(entries: Iterable[Said]) -> list[Moment]:
    """The moments of one alert's entries, by time; what was sensed stands where it was sensed."""
    moments: list[Moment] = []
    seen: set[tuple[object, ...]] = set()
    for said in entries:
        for moment in _moments(said):
            if moment.stage != "sensed" or moment not in seen:
                moments.append(moment)
                seen.add(moment)
    return sorted(moments, key=lambda moment: moment.at)


def _moments(said: Said) -> Iterator[Moment]:
    at, kind = float(said["at"]), str(said["kind"])
    if kind == "alert":
        yield from _alert(said, at)
    elif kind == "told":
        yield Moment(at, "told", f"{_of(said, 'to')} by {_of(said, 'channel')} ({_of(said, 'what')})")
    elif kind in TOLD:
        why = f": {said['why']}" if said.get("why") else ""
        yield Moment(at, kind, f"{_of(said, 'to')} by {_of(said, 'channel')}{why}")
    elif kind == "answered":
        yield Moment(
            at, "answered", f"{_of(said, 'actor')} ({_of(said, 'role')}) by {_of(said, 'via')}: {_of(said, 'what')}"
        )
    elif kind == "act":
        yield _act(said, at)
    elif kind == "accepted":
        yield Moment(at, "accepted", f"{_of(said, 'message')} by {_of(said, 'by')}")
    elif kind in PLAIN:
        kept = {key: value for key, value in said.items() if key not in ("n", "at", "kind", "prev", "incident")}
        yield Moment(at, PLAIN[kind], " ".join([kind, *(_pair(key, value) for key, value in kept.items() if value)]))


def _alert(said: Said, at: float) -> Iterator[Moment]:
    evidence = said.get("evidence")
    for one in evidence if isinstance(evidence, list) else ():
        if isinstance(one, list) and len(one) == 4 and isinstance(one[3], int | float):
            yield Moment(float(one[3]), "sensed", f"{one[0]} {one[1]} = {_value(one[2])}")
    where = _of(said, "device") if said.get("device") else _of(said, "home")
    yield Moment(at, "decided", f"{_of(said, 'rule')} {where} {_of(said, 'state')} ({_of(said, 'reason')})")
    wants = said.get("wants")
    if wants and said.get("state") == "firing" and said.get("change") == 1:
        yield Moment(at, "acted", ", ".join(map(str, wants)))


def _act(said: Said, at: float) -> Moment:
    verb, who = _of(said, "verb"), f"{_of(said, 'actor')} by {said.get('via') or _of(said, 'proof')}"
    if said.get("refused"):
        return Moment(at, "refused", f"{verb} of {who}: {said['refused']}")
    if verb == "visit":
        return Moment(at, "visited", f"{who}: {_of(said, 'found')} {said.get('text', '')}".strip())
    text = said.get("text") or said.get("reason") or said.get("person") or ""
    return Moment(at, "answered" if verb in ("acknowledge", "fine") else "acted", f"{verb}, {who} {text}".strip())


def _of(said: Mapping[str, object], key: str) -> str:
    value = said.get(key)
    return str(value) if value else "?"


def _pair(key: str, value: object) -> str:
    return f"{key}={','.join(map(str, value)) if isinstance(value, list) else value}"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
