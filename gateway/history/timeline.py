"""One alert from the first reading to the visit: what happened when, and how long each step took."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gateway.history.entries import Said
from gateway.history.timeline_words import Both, both, say
from gateway.words import Language

WAYS = ("delivered", "seen", "handed", "failed", "refused")
"""What became of a message: kinds of entry and stages alike."""
PLAIN = frozenset(
    {"begun", "joined", "merged", "over", "step", "skipped", "ended", "moved", "anew", "listed", "silenced", "no-test"}
)
"""Kinds of entry that tell what the ladder decided. That somebody was told is an entry of its own: a step may find
nobody, or nobody who has a channel."""


class Moment(NamedTuple):
    """One line. ``stage``: sensed decided acted told handed delivered seen failed refused accepted answered visited."""

    at: float
    """Gateway seconds."""
    stage: str
    words: Both

    @property
    def what(self) -> str:
        """In English."""
        return self.words["en"]

    def told(self, language: Language) -> str:
        """In the reader's language."""
        return self.words[language]


def timeline(entries: Iterable[Said]) -> list[Moment]:
    """The moments of one alert's entries, by time; what was sensed stands where it was sensed."""
    moments: list[Moment] = []
    seen: set[tuple[object, ...]] = set()
    for said in entries:
        for moment in _moments(said):
            known = moment.at, moment.what
            if moment.stage != "sensed" or known not in seen:
                moments.append(moment)
                seen.add(known)
    return sorted(moments, key=lambda moment: moment.at)


def _moments(said: Said) -> Iterator[Moment]:
    at, kind = float(said["at"]), str(said["kind"])
    if kind == "alert":
        yield from _alert(said, at)
    elif kind == "told":
        yield Moment(at, "told", say("told", to=_of(said, "to"), channel=_of(said, "channel"), what=_of(said, "what")))
    elif kind in WAYS:
        way = {"to": _of(said, "to"), "channel": _of(said, "channel")}
        yield Moment(at, kind, say("way-why", **way, why=said["why"]) if said.get("why") else say("way", **way))
    elif kind == "answered":
        yield Moment(at, "answered", say(kind, **{key: _of(said, key) for key in ("actor", "role", "via", "what")}))
    elif kind == "act":
        yield _act(said, at)
    elif kind == "accepted":
        yield Moment(at, "accepted", say("accepted", message=_of(said, "message"), by=_of(said, "by")))
    elif kind == "silent":
        yield Moment(at, "failed", say("silent", to=_of(said, "to"), what=_of(said, "what")))
    elif kind in PLAIN:
        yield Moment(at, "decided", _decided(said, kind))


def _decided(said: Said, kind: str) -> Both:
    """What the ladder decided."""
    to = said.get("to")
    names = ", ".join(map(str, to)) if isinstance(to, list) else ""
    homes = said.get("homes")
    values: dict[str, object] = {key: _of(said, key) for key in ("step", "round", "why", "reason", "cause")}
    values |= {key: said.get(key) or "" for key in ("home", "building")}
    values |= {"to": names, "homes": len(homes) if isinstance(homes, list) else "?"}
    return say(f"{kind}-nobody" if kind in ("step", "listed") and not names else kind, **values)


def _alert(said: Said, at: float) -> Iterator[Moment]:
    evidence = said.get("evidence")
    for one in evidence if isinstance(evidence, list) else ():
        if isinstance(one, list) and len(one) == 4 and isinstance(one[3], int | float):
            words = say("sensed", device=one[0], point=one[1], value=_value(one[2]))
            yield Moment(float(one[3]), "sensed", words)
    where = _of(said, "device") if said.get("device") else _of(said, "home")
    told = {key: _of(said, key) for key in ("rule", "state", "reason")}
    yield Moment(at, "decided", say("alert", where=where, **told))
    wants = said.get("wants")
    if isinstance(wants, list) and wants and said.get("state") == "firing" and said.get("change") == 1:
        yield Moment(at, "acted", both([str(one) for one in wants]))


def _act(said: Said, at: float) -> Moment:
    verb = _of(said, "verb")
    who = {"actor": _of(said, "actor"), "via": said.get("via") or _of(said, "proof")}
    if said.get("refused"):
        return Moment(at, "refused", say("refused", verb=verb, why=said["refused"], **who))
    if verb == "visit":
        return Moment(at, "visited", say("visited", found=_of(said, "found"), text=said.get("text", ""), **who))
    text = said.get("text") or said.get("reason") or said.get("person") or ""
    stage = "answered" if verb in ("acknowledge", "fine") else "acted"
    return Moment(at, stage, say("act", verb=verb, text=text, **who))


def _of(said: Mapping[str, object], key: str) -> str:
    value = said.get(key)
    return str(value) if value else "?"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
