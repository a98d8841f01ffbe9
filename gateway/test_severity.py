"""One word for how grave an alert is, wherever a person reads it, and none for two of them."""

import re
from pathlib import Path

from rules.nouns import SEVERITIES

ROOT = Path(__file__).parents[1]


def test_the_words_are_told_apart() -> None:
    assert list(SEVERITIES) == ["emergency", "urgent", "warning", "notice"]
    for language in ("zh", "en"):
        said = [words[language] for words in SEVERITIES.values()]
        assert len(set(said)) == 4
        assert not any(one in other for one in said for other in said if one is not other), "one within another"


def test_no_other_table_has_a_word_of_its_own_for_them() -> None:
    own = re.compile(
        r'"(?:severity-|alerts_)?(?:emergency|urgent|warning|notice)":\s*(?:\{"(?:en|zh)"|Both|"[A-Za-z\u4e00-\u9fff])'
    )
    tables = [
        file
        for floor in ("rules", "gateway")
        for file in (ROOT / floor).rglob("*.py")
        if not file.name.startswith("test_")
    ]
    found = {str(file.relative_to(ROOT)): own.findall(file.read_text("utf-8")) for file in tables}
    found["gateway/words.py"] = [
        one for one in found["gateway/words.py"] if not one.startswith('"warning": {')
    ]  # of a mistake
    assert len(found) >= 300
    assert {name for name, said in found.items() if said} == {"rules/nouns.py"}
