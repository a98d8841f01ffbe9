"""The schema for editors: it is the one that ships, takes every sound file, and refuses what the reader refuses."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.conditions import BESIDE, WORDS
from rules.document import read
from rules.rulefile import check, packs
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


def _undescribed(node: Any, path: str) -> list[str]:
    if isinstance(node, list):
        return [one for number, part in enumerate(node) for one in _undescribed(part, f"{path}/{number}")]
    if not isinstance(node, dict):
        return []
    keys = node.get("properties", {}) if "additionalProperties" in node else {}  # else it says more of a table
    missing = [f"{path} {key}" for key, said in keys.items() if isinstance(said, dict) and "description" not in said]
    return missing + [one for key, part in node.items() for one in _undescribed(part, f"{path}/{key}")]


def test_an_editor_can_tell_what_each_key_is_for() -> None:
    assert _undescribed(schema(), "") == []


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
        {"when": {"quantity": "temperature_c", "used_below": 1, "over": "12h"}},
        {"when": {"any": [{"quantity": "co_ppm", "above": 5}, {"quantity": "co_ppm", "always_in_use": "1h", "over": "1d"}]}},
        {"when": {"quantity": "button", "is": "tripple_press"}, "latch": True},
        {"when": {"quantity": "button", "is": ["press", "hold"]}, "latch": True},
        {"when": {"quantity": "button", "is": "press"}},
        {"when": {"quantity": "test", "is": True}, "latch": False},
        {"when": {"quantity": "water_m3", "above": 1, "over": "1h"}},
        {"when": {"quantity": "co_ppm", "above": 1, "within": "1h"}},
        {"when": {"quantity": "smoke", "silent": True}},
        {"when": {"silent": "12h", "of": []}},
        {"per": "home", "when": {"inactive": "20m", "signs": []}},
        {"when": {"quantity": "door_open", "is": True, "times": 3, "times_below": 5, "within": "1h"}},
        {"when": {"quantity": "co_ppm", "above": 10}, "clear": {"any": [{"below": 5}, {"below": 3}]}},
        {"when": {"quantity": "co_ppm", "above": 10}, "clear": {"below": 5, "twice": True}},
        {"when": {"quantity": "co_ppm", "above": 10}, "clear": {"silent": True}},
        {"when": {"quantity": "motion", "is": True}, "discredits": []},
        {"when": {"any": [{"silent": True}, {"quantity": "smoke", "is": True, "while": {"days": ["mon"]}}]}},
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


def _tables() -> st.SearchStrategy[dict[str, Any]]:
    """Rules that are nearly right: the words of the language with values that fit, or don't quite."""
    duration = st.sampled_from(["3s", "10m", "1h30m", "24h", 5, 0.5, "10 minutes", "", "-3s", -1, True, "3x"])
    number = st.sampled_from([10, 0.5, 0, -3, "10", True, 1e12])
    quantity = st.sampled_from(["gas_lel_pct", "smoke", "motion", "water_m3", "button", "co_ppm", "Smoke", "sm oke", "", 5])
    beside = {
        "for": duration, "hold": duration, "over": duration, "within": duration, "twice": st.sampled_from([True, False, 1]),
        "times": st.sampled_from([1, 3, 0, 101, 2.5, "3"]), "times_below": st.sampled_from([1, 0]), "quantity": quantity,
        "of": st.sampled_from([["motion"], [], "motion", [""]]), "signs": st.sampled_from([["motion"], ["x y"]]),
        "while": st.sampled_from([{"mode": ["away"]}, {"hours": "22:00-06:00"}, {}, {"mode": ["out"]}]), "qantity": quantity,
    }  # fmt: skip
    words = {
        "is": st.sampled_from([True, "press", ["press", "long_press"], [], {}, [1], 3]), "above": number, "below": number,
        "outside": st.sampled_from([[1, 5], [5, 1], [1], "1-5", [1, "5"]]), "inside": st.sampled_from([[1, 5], [5], 3]),
        "used_below": number, "used_above": number,
        "always_in_use": duration, "rises": number, "falls": number, "dose": st.sampled_from(["en50291", "ul2034", "en", 1]),
        "silent": st.sampled_from([True, False, "15m", "soon", 3]), "inactive": duration,
    }  # fmt: skip
    leaf = st.builds(
        lambda one, more: {**one, **more},
        st.sampled_from(sorted(words)).flatmap(lambda word: st.fixed_dictionaries({word: words[word]})),
        st.fixed_dictionaries({}, optional=beside).map(lambda found: dict(list(found.items())[:3])),
    )
    group = st.sampled_from(["any", "all"]).flatmap(lambda word: st.fixed_dictionaries({word: st.lists(leaf, max_size=3)}))
    condition = leaf | group | st.fixed_dictionaries({"not": leaf}) | st.builds(lambda a, b: {**a, "after": b, "within": "1m"}, leaf, leaf)
    others = {
        "per": st.sampled_from(["home", "device", "room"]), "latch": st.sampled_from([True, False, 1]), "clear": leaf,
        "act": st.sampled_from([["siren"], [], ["sirn"], "siren"]), "ladder": st.sampled_from(["property", ""]),
        "while": st.sampled_from([{"days": ["mon"]}, {"days": []}, {"persons": [1, 2]}, {"persons": [1]}, {"lives_alone": True}, {"armed": False}]),
        "worse": st.sampled_from([{"severity": "urgent"}, {"severity": "bad"}, {}]), "cause": st.sampled_from(["x", ""]),
        "why": st.sampled_from(["because", "", 3]), "optional": st.sampled_from([True, "yes"]), "notes": st.just("x"),
        "advice": st.sampled_from([{"zh": "一", "en": "one"}, {"en": "one"}, "one"]),
    }  # fmt: skip
    return st.builds(
        lambda when, more: {**HEAD, "when": when, **more},
        condition,
        st.fixed_dictionaries({}, optional=others).map(lambda found: dict(list(found.items())[:2])),
    )


@settings(max_examples=400)
@given(_tables())
def test_the_schema_refuses_nothing_that_the_reader_takes(rule: dict[str, Any]) -> None:
    """The reader knows more (what belongs together, what contradicts), so it may refuse more; never less."""
    if check(f"[r]\n{toml(rule)}", "f") == []:
        assert [error.message for error in CHECKER.iter_errors({"r": rule})] == []


def test_wrong_shapes_are_refused_by_both() -> None:
    """Of each place in a rule, values of a wrong kind: 400 seeded tries, and how many both refused."""
    both = only_reader = 0
    sound: dict[str, Any] = {
        "when": {"quantity": "gas_lel_pct", "above": 10, "for": "3s", "hold": "1m"}, "clear": {"below": 5, "for": "1m"},
        "latch": True, "act": ["siren"], "ladder": "life-safety", "per": "home", "why": "because", "optional": True,
        "while": {"hours": "22:00-06:00", "days": ["mon"], "mode": ["home"], "persons": [1, 2]}, "advice": HEAD["title"],
    }  # fmt: skip
    assert CHECKER.is_valid({"r": {**HEAD, **sound}})
    assert check(f"[r]\n{toml({**HEAD, **sound})}", "f") == []
    places = [(key,) for key in sound] + [(key, inner) for key in ("when", "clear", "while", "advice") for inner in sound[key]]
    for place in places:
        for wrong in (3, -1, "x", "", [], ["x"], {}, {"x": 1}, True, False, 1e308):
            rule = json.loads(json.dumps({**HEAD, **sound}))
            inside = rule if len(place) == 1 else rule[place[0]]
            inside[place[-1]] = wrong
            refused = bool(check(f"[r]\n{toml(rule)}", "f"))
            by_schema = not CHECKER.is_valid({"r": rule})
            assert refused or not by_schema, f"{place} = {wrong!r}: the schema refuses what the reader takes"
            both += refused and by_schema
            only_reader += refused and not by_schema
    assert both > 150
    assert only_reader < 30, "the schema lets too much through"
