"""How hypothesis runs here: without a deadline for one example, because a busy machine is no mistake of the code.

And what is told of a mistake, by whichever test provokes it, is looked at in Chinese: no English sentence may be left.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from rules.document import Mistake

settings.register_profile("anju", deadline=None)
settings.load_profile("anju")

_QUOTED = re.compile(r"“.*?”|`.*?`|\".*?\"|'.*?'|[^\s：，“”（）]*[/\\][^\s：，“”（）]*", re.DOTALL)
_SENTENCE = re.compile(r"[A-Za-z']{2,}(?: [a-z']{1,}){2,}")
"""Three English words in a row. One or two may be keys, words of TOML, or names."""
_MOST = 200
"""Of one test; hypothesis provokes thousands that are alike."""
_seen: list[Mistake] = []
_made: Any = Mistake.__new__


def _note(cls: type[Mistake], *said: Any, **named: Any) -> Mistake:
    made: Mistake = _made(cls, *said, **named)
    if len(_seen) < _MOST:
        _seen.append(made)
    return made


Mistake.__new__ = _note  # type: ignore[method-assign,assignment]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test, and say in Chinese what it provoked; the names that hypothesis makes up may be any words of ours."""
    _seen.clear()
    yield
    if _seen:
        from gateway.chinese import CATALOGUE

        told = {text: CATALOGUE.chinese(text) for mistake in _seen for text in mistake[2:]}
        made_up = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        english = [said for said in told.values() if not made_up and _SENTENCE.search(_QUOTED.sub("", said))]
        same = [text for text, said in told.items() if said == text and " " in text]
        english += [text for text in same if getattr(text, "template", text) not in CATALOGUE.ours]
        assert english == [], "there is no Chinese for this: see rules/sentence.py"
