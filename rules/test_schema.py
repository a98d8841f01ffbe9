"""The schema for editors: it is the one that ships, takes every sound file, and refuses what the reader refuses."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rules.conditions import BESIDE, WORDS
from rules.document import read
from rules.rule import check, packs
from rules.schema import schema

SHIPPED = Path(__file__).parent / "rules.schema.json"
EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.toml"))
CHECKER = jsonschema.Draft7Validator(schema())


def test_the_shipped_file_is_the_schema() -> None:
    said = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert said == schema(), "write it anew: anju rules schema > rules/rules.schema.json"
    jsonschema.Draft7Validator.check_schema(said)


def test_every_word_is_there_with_its_meaning() -> None:
    properties = schema()["definitions"]["condition"]["properties"]
    assert WORDS.keys() | BESIDE.keys() <= properties.keys()
    assert all(properties[word]["description"].startswith(f"``{word} = ") for word in WORDS)


def test_every_shipped_rule_file_and_example_is_taken() -> None:
    texts = packs() | {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES}
    files = {name: tomllib.loads(text) for name, text in texts.items()}
    rules = {name: data for name, data in files.items() if check(texts[name], name) == []}
    for name, data in rules.items():
        assert [f"{name}: {list(error.path)}: {error.message}" for error in CHECKER.iter_errors(data)] == []
    assert len(rules) >= len(packs()) + 1


HEAD = {"title": {"zh": "一", "en": "one"}, "severity": "notice"}


@pytest.mark.parametrize(
    "rule",
    [
        {"when": {"quantity": "co_ppm", "above": "50"}},
        {"when": {"quantity": "co_ppm", "abve": 50}},
        {"when": {"quantity": "co_ppm", "above": 50, "below": 60}},
        {"when": {"quantity": "co_ppm"}},
        {"when": {"quantity": "co_ppm", "above": 50, "for": "10 minutes"}},
        {"when": {"quantity": "co_ppm", "rises": 50}},
        {"when": {"quantity": "co_ppm", "above": 1, "times": 0, "within": "1h"}},
        {"when": {"any": [{"quantity": "co_ppm", "above": 5}]}},
        {"when": {"quantity": "smoke", "is": True}, "act": ["sirene"]},
        {"when": {"quantity": "smoke", "is": True}, "severity": "worse"},
        {"when": {"quantity": "smoke", "is": True}, "title": {"en": "one"}},
        {"when": {"quantity": "smoke", "is": True}, "while": {"hours": "22-6"}},
        {"when": {"quantity": "smoke", "is": True}, "while": {}},
        {"when": {"quantity": "smoke", "is": True}, "latsch": True},
        {},
    ],
)
def test_what_the_schema_refuses_is_a_mistake(rule: dict[str, Any]) -> None:
    data = {"r": {**HEAD, **rule}}
    assert not CHECKER.is_valid(data)
    assert check(f"[r]\n{toml(data['r'])}", "f"), "the reader takes what the schema refuses"


@pytest.mark.parametrize(
    "step",
    [{"at": "1m"}, {"device": "d", "smoke": True}, {"at": "1m", "restart": "1h", "mode": "away"}, {"at": "1m", "clock": "3h"}],
)  # fmt: skip
def test_steps_of_stories_too(step: dict[str, Any]) -> None:
    rule = {**HEAD, "when": {"quantity": "smoke", "is": True}}
    data = {"r": rule, "story": [{"name": "s", "given": [step], "expect": []}]}
    assert not CHECKER.is_valid(data)
    text = f"[r]\n{toml(rule)}[[story]]\nname = 's'\nexpect = []\ngiven = [{inline(step)}]\n"
    assert check(text, "f")
    assert read(text, "f").data["r"] == rule


@pytest.mark.parametrize(
    "more",
    [
        {"persons": -1},
        {"persons": 1.5},
        {"zone": ""},
        {"holidays": ["20261001"], "starts": "2026-10-01 08:00"},
        {"starts": "thursday 08:00"},
        {"starts": "2026-10-01"},
    ],
)
def test_where_and_when_a_story_plays(more: dict[str, Any]) -> None:
    rule = {**HEAD, "when": {"quantity": "smoke", "is": True}}
    right = {"persons": 2, "zone": "Europe/Berlin", "holidays": ["2026-10-01"], "starts": "2026-10-01 08:00"}
    steps = [{"at": "1m", "mode": "away", "for": "3d"}]
    for said, sound in ((right, True), (more, False)):
        story = {"name": "s", "expect": [], "given": steps, **said}
        assert CHECKER.is_valid({"r": rule, "story": [story]}) is sound
        assert (check(f"[r]\n{toml(rule)}[[story]]\n{toml(story)}", "f") == []) is sound


def toml(table: dict[str, Any]) -> str:
    return "".join(f"{key} = {inline(value)}\n" for key, value in table.items())


def inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
