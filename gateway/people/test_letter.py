"""What a letter says, and that nothing in it sends somebody the wrong way."""

from typing import Any

import pytest

from gateway.people.letter import Desk, Letter, write
from gateway.people.spoken import sentence
from gateway.words import Language

AT = 1_790_000_000.0
DESK = Desk("gw-1", "Asia/Shanghai", "http://192.168.1.10:8480")


def letter_of(language: Language, **more: Any) -> Letter:
    body = {
        "id": "abc.p1", "kind": "page", "severity": "emergency", "home": "flat", "home_title": "501", "room": "hall",
        "title": {"zh": "烟雾报警", "en": "Smoke"}, "since": AT, "at": AT, "time_quality": "synced",
        "answer": {"code": "4711"}, **more,
    }  # fmt: skip
    return write(body, language, DESK, AT)


def text(language: Language, **more: Any) -> str:
    return letter_of(language, **more).text


@pytest.mark.parametrize(("language", "button"), [("en", "button"), ("zh", "按钮")])
def test_nobody_is_told_to_answer_an_alarm_by_a_button_which_would_be_a_call_for_help(
    language: Language, button: str
) -> None:
    assert button not in text(language)
    asked = text(language, kind="question")
    assert button in asked
    assert ("hold" if language == "en" else "长按") in asked, "a short press calls for help"


@pytest.mark.parametrize(
    ("found", "said"), [("real", ("real", "属实")), ("false", ("a false alarm", "误报")), ("test", ("a test", "测试"))]
)
def test_what_a_visit_found_is_said_in_the_readers_language(found: str, said: tuple[str, str]) -> None:
    news = {"what": "visited", "who": "Wang", "text": found}
    more = {"kind": "follow-up", "answer": {}, "news": news}
    assert f"Found: {said[0]}." in text("en", **more)
    assert f"结果：{said[1]}。" in text("zh", **more)


def test_whoever_is_given_an_alarm_is_told_that_it_is_theirs() -> None:
    news = {"what": "assigned", "who": "Wang", "text": ""}
    assert text("en", kind="follow-up", answer={}, news=news).startswith("Wang asks you to see to this.")
    assert text("zh", kind="follow-up", answer={}, news=news).startswith("Wang 请您处理。")


@pytest.mark.parametrize(("where", "said"), [("bedroom", "Now also: bedroom."), ("", "It was sensed again.")])
def test_what_joins_an_alarm_is_a_whole_sentence(where: str, said: str) -> None:
    news = {"what": "also", "who": "", "text": where}
    assert text("en", kind="follow-up", answer={}, news=news).startswith(said)
    assert ": ." not in text("en", kind="follow-up", answer={}, news=news)
    assert "：。" not in text("zh", kind="follow-up", answer={}, news=news)


@pytest.mark.parametrize("what", ["answered", "fine", "cancelled", "resolved", "visited"])
def test_news_of_the_end_is_not_headed_nor_rung_like_the_alarm(what: str) -> None:
    for language in ("en", "zh"):
        letter = letter_of(language, kind="follow-up", answer={}, news={"what": what, "who": "Wang", "text": "real"})
        assert not letter.subject.startswith(("EMERGENCY", "紧急"))
        assert letter.severity == "notice"
    loud = letter_of("en", kind="follow-up", answer={}, news={"what": "called-again", "who": "", "text": ""})
    assert (loud.subject.split(":")[0], loud.severity) == ("EMERGENCY", "emergency")


def test_each_room_is_a_clip_of_its_own_which_was_made_before_the_alarm() -> None:
    said = sentence({"kind": "page", "title": {"en": "Smoke"}, "room": "kitchen, hall"}, "en")
    assert said[1:4] == ["Smoke", "kitchen", "hall"]
