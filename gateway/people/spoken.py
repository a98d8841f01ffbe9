"""What is said aloud of a message, clip by clip, and all clips that a home may need: they are made beforehand."""

from collections.abc import Mapping

from gateway.people.letter import Body, items, word
from gateway.people.words import WORDS, say
from gateway.site import Site
from gateway.words import Language

RANK = {"emergency": 0, "urgent": 1, "warning": 2, "notice": 3}
"""Of a severity: the lower, the sooner it is said."""
NEWS = ("answered", "fine", "cancelled", "called-again", "also", "worse", "cleared", "resolved", "walk-test-over")
"""What the home may hear of an alarm afterwards; and what a visit found."""
FOUND = ("real", "false", "test", "away")


def sentence(body: Body, language: Language) -> list[str]:
    """What is said of a message, as clips."""
    kind, news = word(body, "kind"), body.get("news")
    if kind == "test":
        return [say("voice-test", language)]
    what = word(news, "what") if isinstance(news, Mapping) else ""
    if f"voice-{what}" in WORDS:
        return [say(f"voice-{what}", language)]
    if isinstance(news, Mapping) and what in WORDS:
        told, room = _news(what, word(news, "text"), language), word(news, "text") if what in ("also", "worse") else ""
        return [*filter(None, (word(news, "who"), told, _title(body, language), *room.split(", ")))]
    named = [_title(body, language), *word(body, "room").split(", ")]
    if kind == "question":
        return [say("voice-question", language), *named, say("voice-fine", language)]
    others = body.get("told")
    names = [one for one in others if isinstance(one, str)] if isinstance(others, list) else []
    calling = [say("voice-telling", language)] if RANK.get(word(body, "severity"), 3) <= 1 else []
    told_to = [*names, say("voice-told", language)] if names else calling
    beside = [_title(one, language) for one in items(body, "beside")]
    return [say("voice-attention", language), *named, _text(body, "advice", language), *beside, *told_to]


def phrases(site: Site, language: Language) -> list[str]:
    """All that may have to be said in the homes with a speaker."""
    homes = {speaker.home for speaker in site.speakers.values()}
    fixed = ["voice-test", "voice-question", "voice-fine", "voice-told", "voice-telling", "voice-attention"]
    found = [say(key, language) for key in (*fixed, "voice-walk-test", "voice-moved")]
    found += [_news(what, "", language) for what in NEWS]
    found += [_news("visited", text, language) for text in FOUND]
    for rule in site.rules:
        advice = rule.advice_at_home or rule.advice or {}
        found += [rule.title[language], advice.get(language, "")]
    found += [device.room for device in site.devices.values() if device.home in homes]
    found += [person.title for person in site.people.values()]
    return list(dict.fromkeys(filter(None, found)))


def _news(what: str, text: str, language: Language) -> str:
    """What became of it, as a clip: who did it is a clip of its own."""
    found = f"found-{text}"
    said = say(found, language) if what == "visited" and found in WORDS else ""
    return say("also-again" if what == "also" else what, language, who="", text=said).strip(" .。,，:：")


def _title(body: Body, language: Language) -> str:
    return _text(body, "title", language) or word(body, "rule")


def _text(body: Body, key: str, language: Language) -> str:
    said = body.get(key)
    found = said.get(language) if isinstance(said, Mapping) else None
    return found if isinstance(found, str) else ""
