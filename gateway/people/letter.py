"""What a message says to a person, whatever the channel: subject, text, link.

Home, room, what, since when, what to do, who else knows, how to answer; and that it is late, if it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.people.words import WORDS, say
from gateway.words import Language, severity
from rules.nouns import SEVERITIES

LATE = 60.0
"""Seconds between a message's making and its leaving, from which on it says so."""
LONGEST = 4_000
"""Characters of a text; more than an SMS holds is cut by the service itself."""

CALM = frozenset({"answered", "fine", "cancelled", "resolved", "visited"})
"""News for which nobody need come: who sees its subject alone must not take it for the alarm."""

Body = Mapping[str, Any]


class Letter(NamedTuple):
    """One message, ready to leave."""

    id: str
    kind: str
    severity: str
    """How loud it may be: news for which nobody need come is not as loud as what it is about."""
    subject: str
    text: str
    link: str
    """A page on which to answer; empty if there is none from outside."""
    body: Body


class Desk(NamedTuple):
    """What all letters of a gateway share."""

    gateway: str
    zone: str
    page: str
    """Where one answers in the home's network; empty = nowhere."""


def write(body: Body, language: Language, desk: Desk, now: float, link: str = "") -> Letter:
    """The letter of a message of a ladder. ``now`` in epoch seconds by the gateway's clock."""
    kind, severity = word(body, "kind"), "notice" if _what(body) in CALM else word(body, "severity")
    writer = _Writer(body, language, desk)
    lines = {"test": writer.test, "digest": writer.digest}.get(kind, writer.incident)()
    subject = writer.subject()
    at = body.get("at")
    if isinstance(at, int | float) and now - at > LATE:
        late = say("late", language, at=writer.clock(at, now))
        subject, lines = f"{subject} ({late})", [f"({late})", *lines]
    lines += writer.answer(link)
    return Letter(word(body, "id"), kind, severity, subject, "\n".join(lines)[:LONGEST], link, body)


class _Writer:
    def __init__(self, body: Body, language: Language, desk: Desk) -> None:
        self.body, self.language, self.desk = body, language, desk

    def say(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def clock(self, epoch: float, now: float | None = None) -> str:
        """The hour, and the day unless it is the same."""
        zone = ZoneInfo(self.desk.zone)
        moment = datetime.fromtimestamp(epoch, zone)
        same = now is None or datetime.fromtimestamp(now, zone).date() == moment.date()
        return moment.strftime("%H:%M" if same else "%Y-%m-%d %H:%M")

    def subject(self) -> str:
        kind = word(self.body, "kind")
        if kind == "test":
            return self.say("test-subject", gateway=self.desk.gateway)
        if kind == "digest":
            return self._list_subject(items(self.body), number(self.body, "more"))
        if kind == "reminder":
            return self.say("walk-test-subject" if _what(self.body) == "walk-test" else "reminder-subject")
        what, severity = _what(self.body), self.severity(word(self.body, "severity"))
        severity = self.say(f"{what}-subject") if what in CALM else severity
        return self.say("subject", severity=severity, title=self.title(self.body), place=self.place(self.body))

    def _list_subject(self, listed: Sequence[Body], more: int) -> str:
        """Headed by the gravest where that can't wait: a list of alarms is no list of things to do."""
        severity, count = word(self.body, "severity"), len(listed) + more
        if not listed or severity not in ("emergency", "urgent"):
            return self.say("digest-subject", count=count)
        first = {"title": self.title(listed[0]), "place": self.place(listed[0])}
        return self.say("alarms-subject", severity=self.severity(severity), more=count - 1, **first)

    def severity(self, name: str) -> str:
        told = severity(name if name in SEVERITIES else "notice", self.language)
        return told.upper() if name == "emergency" else told.capitalize()

    def title(self, told: Body) -> str:
        said = told.get("title")
        found = said.get(self.language) if isinstance(said, Mapping) else None
        return found if isinstance(found, str) and found else word(told, "rule") or "?"

    def place(self, told: Body) -> str:
        if number(told, "homes") > 1:
            named = self.say("building", building=word(told, "building")) if word(told, "building") else ""
            return named + self.say("many-homes", homes=number(told, "homes"))
        home = word(told, "home_title") or word(told, "home") or self.say("gateway")
        return self.say("comma").join(filter(None, (home, word(told, "room"))))

    def since(self, told: Body) -> str:
        since = told.get("since")
        at = self.body.get("at")
        if not isinstance(since, int | float):
            return "?"
        return self.clock(since, at if isinstance(at, int | float) else None)

    def test(self) -> list[str]:
        return [self.say("test")]

    def digest(self) -> list[str]:
        lines = [self.say("alarms" if word(self.body, "severity") == "emergency" else "digest")]
        for item in items(self.body):
            listed = self.say("item", title=self.title(item), place=self.place(item), since=self.since(item))
            lines.append(" ".join([listed, *self._listed(item)]))
        more = number(self.body, "more")
        return [*lines, self.say("more", count=more)] if more else lines

    def incident(self) -> list[str]:
        body = self.body
        values = {"title": self.title(body), "place": self.place(body), "since": self.since(body)}
        news = body.get("news")
        if isinstance(news, Mapping) and word(news, "what") in WORDS:
            told = self._news(word(news, "what"), word(news, "who"), word(news, "text"), values["place"])
            about = [] if word(body, "kind") == "reminder" else [self.say("what", **values)]
            return [told, *about, *self._quality()]
        key = "question" if word(body, "kind") == "question" else "what"
        if key == "what" and body.get("state") == "cleared":
            key = "what-cleared"
        return [self.say(key, **values), *self._advice(), *self._more(), *self._quality()]

    def _listed(self, item: Body) -> list[str]:
        """What is new of an incident in a list, as far as there are words for it."""
        place = self.place(item)
        told = [(word(one, "what"), word(one, "who"), word(one, "text"), place) for one in items(item, "news")]
        return [self._news(*one) for one in told if one[0] in WORDS]

    def _news(self, what: str, who: str, text: str, place: str) -> str:
        if what == "also" and not text:
            what = "also-again"
        if what == "visited" and f"found-{text}" in WORDS:
            text = self.say(f"found-{text}")
        return self.say(what, who=who or "?", text=text, place=place)

    def _advice(self) -> list[str]:
        advice = self.body.get("advice")
        found = advice.get(self.language) if isinstance(advice, Mapping) else None
        return [self.say("do", advice=found)] if found else []

    def _more(self) -> list[str]:
        lines = []
        if beside := items(self.body, "beside"):
            titles = [" ".join(filter(None, (self.title(one), word(one, "room")))) for one in beside]
            lines.append(self.say("beside", what=self.say("comma").join(titles)))
        told = self.body.get("told")
        names = [one for one in told if isinstance(one, str)] if isinstance(told, Sequence) else []
        if names:
            lines.append(self.say("told", who=self.say("comma").join(names)))
        if number(self.body, "round") > 1:
            lines.append(self.say("again", round=number(self.body, "round")))
        return lines

    def _quality(self) -> list[str]:
        return [self.say("clock")] if word(self.body, "time_quality") == "unsynced" else []

    def answer(self, link: str) -> list[str]:
        said = self.body.get("answer")
        code = word(said, "code") if isinstance(said, Mapping) else ""
        if not code:
            return []
        lines = [self.say("code", code=code)]
        if link:
            lines.append(self.say("by-link", link=link))
        if self.desk.page:
            lines.append(self.say("by-page", page=self.desk.page))
        if word(self.body, "kind") == "reminder":  # a silence that waits for a second person
            return [*lines, self.say("by-consent")]
        return [*lines, self.say("by-button" if word(self.body, "kind") == "question" else "by-desk")]


def _what(body: Body) -> str:
    """Which news a message brings; "" for one that is no news."""
    news = body.get("news")
    return word(news, "what") if isinstance(news, Mapping) else ""


def word(told: Body, key: str) -> str:
    """A text of a body, or nothing."""
    value = told.get(key)
    return value if isinstance(value, str) else ""


def number(told: Body, key: str) -> int:
    """A whole number of a body, or 0."""
    value = told.get(key)
    return value if isinstance(value, int) else 0


def items(told: Body, key: str = "items") -> list[Body]:
    """The list of incidents in a body."""
    value = told.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
