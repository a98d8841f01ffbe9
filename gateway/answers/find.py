"""What a code is about, out of the state of the ladders, as the page shows it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.answers.html import Shown
from gateway.answers.page import Found
from gateway.answers.words import say
from gateway.hub.fold import Fold
from gateway.ladder.incident import Incident
from gateway.words import Language

MOST = 5
"""Alarms shown on one page."""


def find(fold: Fold, code: str) -> Found | None:
    """What a code is about; nothing once all of it is over."""
    ladders = fold.ladders
    known = ladders.post.codes.known.get(code)
    if known is None:
        return None
    incidents = [one for name in known.incidents if (one := ladders.registry.find(name)) is not None]
    if not incidents:
        return None
    answer = incidents[0].answer
    return Found(
        known.to,
        lambda language: [_shown(fold, one, language) for one in incidents[:MOST]],
        ladders.setting.directory.title(answer.actor) if answer else "",
        any(one.asking for one in incidents),
    )


def _shown(fold: Fold, incident: Incident, language: Language) -> Shown:
    directory, words = fold.ladders.setting.directory, fold.ladders.setting.words(incident.rule)
    place = [directory.homes.get(incident.home, incident.home), *incident.rooms(directory)]
    zone = ZoneInfo(fold.site.gateway.timezone if fold.site else "UTC")
    since = datetime.fromtimestamp(incident.began + fold.teller.offset, zone)
    return Shown(
        say(incident.severity, language),
        _in(words["title"], language) or incident.rule,
        (", " if language == "en" else "、").join(filter(None, place)),
        since.strftime("%Y-%m-%d %H:%M"),
        _in(words["advice"], language),
    )


def _in(words: Any, language: Language) -> str:
    return str(words.get(language, "")) if isinstance(words, dict) else ""
