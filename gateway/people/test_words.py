"""What a message says: in both languages, for each kind and each piece of news."""

from typing import Any

import pytest

from gateway.ladder.page import WHAT
from gateway.people.conftest import NOON, page
from gateway.people.letter import Desk, write
from gateway.people.words import WORDS

DESK = Desk("gw-1", "Asia/Shanghai", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_late_message_says_so_first(language: Any) -> None:
    letter = write(page(), language, DESK, NOON + 3600)
    assert letter.text.splitlines()[0] in ("(from 22:13, sent late)", "(22:13 的消息，延迟发送)")
    assert "22:13" in letter.subject
    assert "late" not in write(page(), "en", DESK, NOON + 5).text


@pytest.mark.parametrize("kind", ["page", "question", "follow-up", "reminder", "test", "digest"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_kind_of_message_is_a_sentence(kind: str, language: Any) -> None:
    letter = write(page(kind=kind, items=[page()], more=3), language, DESK, NOON)
    assert letter.subject
    assert letter.text
    assert "{" not in letter.subject + letter.text
    assert "None" not in letter.text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", ["silence-asked", "silence-asked-calls", "silence-ends"])
def test_a_reminder_about_a_silence_speaks_of_no_alarm(language: Any, what: str) -> None:
    body = {"id": "a.p1", "kind": "reminder", "to": "wang", "at": NOON, "time_quality": "synced", "answer": {"code": "4711"}}
    letter = write({**body, "news": {"what": what, "who": "陈", "text": "Flat 1 · sanding"}}, language, DESK, NOON)
    assert "?" not in letter.subject + letter.text
    assert "？" not in letter.subject + letter.text
    assert "sanding" in letter.text
    assert "4711" in letter.text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", ["walk-test", "walk-test-over"])
def test_a_walk_test_is_announced_in_words_of_its_own(language: Any, what: str) -> None:
    body = {"id": "a.p1", "kind": "reminder", "to": "chen", "at": NOON, "time_quality": "synced", "answer": {}}
    said = {**body, "news": {"what": what, "who": "王" if what == "walk-test" else "", "text": "30"}}
    letter = write(said, language, DESK, NOON)
    assert not {"?", "？"} & set(letter.subject + letter.text)
    assert letter.text.count("\n") == 0
    assert ("30" in letter.text) == ("王" in letter.text) == (what == "walk-test")


def test_each_piece_of_news_has_its_words() -> None:
    texts = set()
    for what in WHAT:
        for language in ("zh", "en"):
            news = {"what": what, "who": "王芳", "text": "toast"}
            texts.add(write(page(kind="follow-up", news=news), language, DESK, NOON).text.splitlines()[0])
    assert len(texts) == 2 * len(WHAT) >= 20


def test_all_words_are_in_both_languages_with_the_same_values() -> None:
    import string

    for key, words in WORDS.items():
        named = [{name for _, name, _, _ in string.Formatter().parse(words[lang]) if name} for lang in ("zh", "en")]
        assert named[0] == named[1], key
    assert len(WORDS) >= 40
