"""Every table of words: said in both languages, with the same values, and somewhere."""

import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway import words
from gateway.answers import words as answers
from gateway.history import words as history
from gateway.people import words as people
from gateway.words import Language

HERE = Path(__file__).parent
TABLES = {"": words.WORDS, "answers": answers.WORDS, "history": history.WORDS, "people": people.WORDS}
"""Folder in which they are said -> the table."""


@pytest.mark.parametrize("folder", TABLES)
def test_each_word_is_said_in_both_languages_with_the_same_values(folder: str) -> None:
    table: Mapping[str, Mapping[Language, str]] = TABLES[folder]
    for key, said in table.items():
        assert said.keys() == {"zh", "en"}, key
        zh, en = ({name for _, name, _, _ in string.Formatter().parse(said[lang]) if name} for lang in ("zh", "en"))
        assert zh == en, key
    assert len(table) >= 25


@pytest.mark.parametrize("folder", ["", "history"])
def test_each_word_is_said_somewhere(folder: str) -> None:
    files = [path for path in (HERE / folder).rglob("*.py") if path.name != "words.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in files if not path.name.startswith("test_"))
    made = tuple(re.findall(r"""f["']([a-z]+-)\{""", code))
    unsaid = [key for key in TABLES[folder] if f'"{key}"' not in code and f"'{key}'" not in code]
    assert [key for key in unsaid if not key.startswith(made)] == []


def test_nothing_that_is_put_in_steers_a_terminal() -> None:
    assert words.say("no-driver-there", "zh", path="a\n\x1b[2J\u202e\x9b\udc80") == (
        "a\\n\\x1b[2J\\u202e\\x9b\\udc80：没有驱动"
    )
    assert words.printable("老人\u3000👨\u200d👩 °C") == "老人\u3000👨\u200d👩 °C"


def test_a_cell_is_as_wide_as_it_is_seen() -> None:
    assert [words.columns(text) for text in ("", "ab", "住户", "3 号（东）")] == [0, 2, 4, 10]
    assert words.padded("住户", 6) == "住户  "
    assert words.padded("住户", -6) == "  住户"
    assert words.padded("longer", 3) == "longer"
