"""Letter: the body of a message, out of the incidents that it tells of."""

from collections.abc import Sequence

from gateway.ladder.codes import Codes
from gateway.ladder.incident import RANK, Incident
from gateway.ladder.made import Letter, Setting
from gateway.ladder.page import encode
from gateway.ladder.policy import URGENT
from gateway.ladder.sent import Sent
from gateway.ladder.words import HOME

ITEMS = 20
"""Incidents that a digest names; the others are counted."""
BESIDE = 5


class Letters:
    """Makes bodies and names them. ``open_in`` is filled in by whoever knows all incidents."""

    def __init__(self, setting: Setting, codes: Codes) -> None:
        self._setting, self._codes = setting, codes
        self.n = 0
        """Messages named so far."""
        self.open_in: dict[str, dict[str, Incident]] = {}
        """Home -> its open incidents."""

    def name(self) -> str:
        """The id of the next message. It names the life: one that no disk remembers may have used this number."""
        self.n += 1
        return f"{self._setting.epoch}.{self._setting.life}.p{self.n}"

    def letter(self, incidents: Sequence[Incident], body: bytes) -> Letter:
        """With its lane: what is urgent goes with the alarms."""
        return Letter(self.n, any(incident.severity in URGENT for incident in incidents), body)

    def body(self, sent: Sent, incidents: Sequence[Incident], now: float) -> bytes:
        """Canonical JSON; see page.py for its fields."""
        wall = self._setting.wall
        said: dict[str, object] = {
            "id": sent.id,
            "kind": sent.kind,
            "once": sent.once,
            "to": sent.to,
            "channel": sent.channel,
            "step": sent.step,
            "at": round(now + wall.offset, 3),
            "time_quality": "synced" if wall.synced else "unsynced",
            "answer": self._answer(sent, incidents, now),
        }
        if sent.replaces:
            said["replaces"] = sent.replaces
        if sent.news is not None:
            what, who, text = sent.news
            said["news"] = self._news(what, who, text)
        if sent.kind == "digest":
            shown = sorted(incidents, key=_gravity)[:ITEMS]
            more = len(sent.incidents) - len(shown)
            said["severity"] = shown[0].severity if shown and _gravity(shown[0]) < 0 else "notice"
            return encode(said | {"items": [self._listed(one, sent) for one in shown], "more": more})
        return encode(said | (self._one(incidents[0], sent) if incidents else {}))

    def _news(self, what: str, who: str, text: str) -> dict[str, object]:
        return {"what": what, "who": self._setting.directory.title(who) if who else "", "text": text}

    def _listed(self, incident: Incident, sent: Sent) -> dict[str, object]:
        """An incident in a list, with what is new of it."""
        news = [self._news(*one[1:]) for one in sent.items if one[0] == incident.id]
        return {**self._item(incident), **({"news": news} if news else {})}

    def _one(self, incident: Incident, sent: Sent) -> dict[str, object]:
        """All that is said of a single incident."""
        directory = self._setting.directory
        beside = [one for one in self.open_in.get(incident.home, {}).values() if one is not incident and not one.test]
        others = [directory.title(to) for to in incident.told if to not in (sent.to, f"{HOME}:{incident.home}")]
        return {
            **self._item(incident, "" if sent.kind == "follow-up" else sent.to),
            "alert": next(reversed(incident.pieces), incident.id),
            "rule": incident.rule,
            "round": incident.round,
            **self._setting.words(incident.rule, sent.to),
            "evidence": incident.evidence(directory),
            "beside": [self._item(one) for one in beside[:BESIDE]],
            "told": others,
        }

    def _item(self, incident: Incident, to: str = "") -> dict[str, object]:
        """One incident in its shortest readable form; to a household that is called, what it is in their own home."""
        directory = self._setting.directory
        states = {piece.state for piece in incident.pieces.values()}
        item: dict[str, object] = {
            "incident": incident.id,
            "severity": incident.severity,
            "home": incident.home,
            "home_title": directory.homes.get(incident.home, incident.home),
            "room": ", ".join(incident.rooms(directory)),
            "title": self._setting.words(incident.rule)["title"],
            "since": self._setting.dates.epoch(incident.began),
            "state": next((state for state in ("firing", "cleared") if state in states), "over"),
            "answered": incident.answered,
        }
        if incident.is_wide and (own := directory.own(to, incident.homes)):
            rooms = ", ".join(incident.rooms(directory, own))
            item |= {"home": own, "home_title": directory.homes.get(own, own), "room": rooms}
        elif incident.is_wide:
            item |= {"homes": len(incident.homes), "building": self._setting.building(incident.homes), "room": ""}
        return item

    def _answer(self, sent: Sent, incidents: Sequence[Incident], now: float) -> dict[str, str]:
        """A home answers by its buttons; a person by a code."""
        if not sent.incidents or sent.kind in ("follow-up", "test") or sent.to.startswith(f"{HOME}:"):
            return {}
        if any(one.is_wide for one in incidents) and self._setting.directory.is_of_one(sent.to):
            return {}  # nobody of one flat answers for a building
        code = self._codes.give(self._setting.secret or self._setting.epoch, sent.to, sent.incidents, now)
        return {"code": code} if code else {}


def _gravity(incident: Incident) -> int:
    """The least is the gravest that still calls somebody; 0 for what is answered or over."""
    is_open = any(piece.state != "resolved" for piece in incident.pieces.values())
    return -RANK[incident.severity] if is_open and not incident.rests else 0
