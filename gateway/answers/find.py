"""What a code is about, out of the state of the ladders, as the page shows it."""

from typing import Any
from zoneinfo import ZoneInfo

from gateway.answers.html import Shown
from gateway.answers.page import Found
from gateway.answers.words import say
from gateway.hub.fold import Fold
from gateway.ladder.codes import Answerable
from gateway.ladder.incident import Incident
from gateway.ladder.silences import ABOUT
from gateway.words import Language, severity

MOST = 5
"""Alarms shown on one page."""


def find(fold: Fold, code: str) -> Found | None:
    """What a code is about; nothing once all of it is over."""
    ladders = fold.ladders
    known = ladders.post.codes.known.get(code)
    if known is None:
        return None
    if known.incidents[0].startswith(ABOUT):
        return _silence(fold, known)
    incidents = [one for name in known.incidents if (one := ladders.registry.find(name)) is not None]
    if not incidents:
        return None
    answer = incidents[0].answer
    return Found(
        known.to,
        lambda language: [_shown(fold, one, language, known.to) for one in incidents[:MOST]],
        ladders.setting.directory.title(answer.actor) if answer else "",
        ("acknowledge", "fine") if any(one.asking for one in incidents) else ("acknowledge",),
    )


def _silence(fold: Fold, known: Answerable) -> Found | None:
    """A silence that waits for a second person; nothing once it waits no more."""
    silence = fold.ladders.quiet.silences.get(known.incidents[0].removeprefix(ABOUT))
    if silence is None or not silence.waits:
        return None
    directory = fold.ladders.setting.directory

    def shown(language: Language) -> list[Shown]:
        home = directory.homes.get(silence.home, silence.home)
        words = fold.ladders.setting.words(silence.rule)["title"] if silence.rule else ""
        what = (home, _in(words, language), silence.device, silence.alert)
        place = (", " if language == "en" else "、").join(filter(None, what))
        title = f"{directory.title(silence.by)}: {silence.reason}"
        minutes = round(silence.seconds / 60)
        since, advice = _clock(fold, silence.begun), say("silence-advice", language, minutes=minutes)
        return [Shown(say("silence", language), title, place, since, advice)]

    return Found(known.to, shown, "", ("confirm",))


def _shown(fold: Fold, incident: Incident, language: Language, to: str) -> Shown:
    directory, words = fold.ladders.setting.directory, fold.ladders.setting.words(incident.rule, to)
    place = [directory.homes.get(incident.home, incident.home), *incident.rooms(directory)]
    return Shown(
        severity(incident.severity, language).capitalize(),
        _in(words["title"], language) or incident.rule,
        (", " if language == "en" else "、").join(filter(None, place)),
        _clock(fold, incident.began),
        _in(words["advice"], language),
    )


def _clock(fold: Fold, at: float) -> str:
    zone = ZoneInfo(fold.site.gateway.timezone if fold.site else "UTC")
    return f"{fold.teller.dates.local(at, zone):%Y-%m-%d %H:%M}"


def _in(words: Any, language: Language) -> str:
    return str(words.get(language, "")) if isinstance(words, dict) else ""
