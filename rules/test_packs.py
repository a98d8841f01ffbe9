"""The shipped packs: sound, in both languages, each rule with its reason and told in a story."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.coverage import Coverage
from rules.document import read
from rules.rulefile import RESERVED, check, load, packs
from rules.story import Result, run

EXAMPLES = Path(__file__).parents[1] / "examples"
RULES = {
    "smoke", "gas-leak", "co", "flood", "emergency-call", "door-left-open", "tamper", "sensor-silent", "sensor-faulty",
    "battery-low", "port-down", "passive-off", "uplink-down", "storage", "clock-unsynced", "output-fault",
    "frame-set-aside", "driver-fault", "broker-flood", "sensor-untested",
    "inbox-overrun", "duplicate-gateway", "not-supervised", "heat", "water-12h", "water-24h", "water-excess", "water-leak",
    "no-motion-24h", "no-motion-12h", "door-closed-24h", "door-closed-48h", "door-night", "home-too-hot", "home-too-cold",
    "mains-lost", "undervoltage", "overheated", "memory-low", "no-receipt", "no-channel", "ladder-silent", "battery-due",
    "power-unused", "light-all-night", "fire-door-open", "pressure-low", "lift-fault", "intrusion", "site-refused",
    "mains-current", "inactivity", "person-trapped", "tank-low", "sensor-doubted", "sensor-unsafe", "supply-fault",
    "valve-faulty", "door-forgotten", "sensors-unsigned", "contact-faulty",
    "motion-faulty", "motion-stuck", "meter-coarse", "power-coarse", "meter-doubted",
    "line-stalled", "line-babble", "line-late", "line-slow", "line-echo",
}  # fmt: skip


def _results() -> list[Result]:
    return [result for name, text in packs().items() for result in run(read(text, f"{name}.toml"))]


@pytest.mark.parametrize("name", sorted(packs()))
def test_a_pack_has_no_mistakes(name: str) -> None:
    assert check(packs()[name], f"{name}.toml") == []


def test_every_story_goes_as_it_says() -> None:
    results = _results()
    assert [str(result) for result in results if not result.ok] == []
    assert len(results) >= 60


def test_every_condition_is_made_true_by_a_story_and_every_guard_shut() -> None:
    coverage = Coverage()
    for name, text in packs().items():
        run(read(text, f"rules/packs/{name}.toml"), coverage)
    assert [f"{spot.file}:{spot.line}: {spot.rule}: {spot.en}" for spot in coverage.missed()] == []
    assert len(coverage.spots) >= 78


@pytest.mark.parametrize("name", ["recipes", "cold-home"])
def test_the_examples_go_as_their_stories_say(name: str) -> None:
    path, coverage = EXAMPLES / f"{name}.toml", Coverage()
    text = path.read_text(encoding="utf-8")
    assert check(text, path.name) == []
    assert [str(result) for result in run(read(text, path.name), coverage) if not result.ok] == []
    assert [f"{spot.line}: {spot.en}" for spot in coverage.missed()] == []


def test_every_rule_fires_in_a_story() -> None:
    fired = {alert.rule for result in _results() for alert in result.alerts if alert.state == "firing"}
    assert fired == {rule.id for rule in load(packs())} == RULES


def test_every_rule_speaks_to_people_and_says_why() -> None:
    for rule in load(packs()):
        assert rule.advice is not None
        for words in (rule.title, rule.advice):
            assert words["en"].isascii()
            assert any("一" <= sign <= "鿿" for sign in words["zh"])
        assert len(rule.why["en"]) > 40
        assert len(rule.why["zh"]) > 12
        assert rule.ladder


def test_life_safety_alarms_latch_and_go_to_people_at_once() -> None:
    emergencies = [rule for rule in load(packs()) if rule.severity == "emergency"]
    assert {rule.id for rule in emergencies} == {"smoke", "heat", "gas-leak", "co", "emergency-call"}
    assert all(rule.latch and rule.ladder == "life-safety" for rule in emergencies)


_EN = {1: "one an a", 2: "two", 3: "three", 6: "six", 10: "ten", 24: "day", 30: "half"}
_ZH = {1: "一", 2: "两", 3: "三", 6: "六", 10: "十", 30: "半", 24: "一天"}
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _numbers(said: object) -> Iterator[str]:
    if isinstance(said, dict | list):
        for key, one in said.items() if isinstance(said, dict) else enumerate(said):
            yield from _numbers(one) if key != "times_below" else ()  # less than once is not at all
    elif isinstance(said, float | int) and not isinstance(said, bool):
        yield f"{said:g}"
    elif isinstance(said, str) and re.fullmatch(r"\d+(ms|[smhd])|\d\d:\d\d-\d\d:\d\d", said):
        yield from said.split("-")


def _is_told(number: str, why: str, small: dict[int, str]) -> bool:
    """As digits, in litres for cubic metres, below a limit that is a hair above it, or as a word."""
    plain = number.rstrip("msdh")
    value = float(plain) if ":" not in plain else 0.0
    ways = {plain, f"{value * 1000:g}", f"{int(value)}" if value > 1 else plain, f"{int(value * 1000)}"}
    words = small.get(int(value), "").split()
    found = any(re.search(rf"(?<![\d.]){re.escape(way)}(?![\d.]*\d)", why) for way in ways - {"0"})
    return found or any(re.search(rf"\b{word}\b" if word.isascii() else word, why, re.IGNORECASE) for word in words)


def test_each_number_of_a_rule_has_its_reason() -> None:
    """Of what raises it, what ends it and when it counts; in both languages."""
    checked, missing = 0, []
    for name, text in packs().items():
        for rule, said in tomllib.loads(text).items():
            numbers = [] if rule in RESERVED else _numbers([said.get(key, []) for key in ("when", "clear", "while", "sets")])
            for number in numbers:
                checked += 1
                told = [_is_told(number, said["why"][language], small) for language, small in (("en", _EN), ("zh", _ZH))]
                missing += [] if all(told) else [f"{name}: {rule}: {number} {told}"]
    assert missing == [], "\n".join(missing)
    assert checked > 100


def test_a_front_door_is_not_taken_for_one_inside_by_what_else_its_name_says() -> None:
    """Of doors inside nobody can tell whether their contact lost its magnet; of a flat's own door everybody can."""
    (rule,) = [rule for rule in load(packs()) if rule.id == "contact-faulty"]
    front = ["front-door", "door-1", "flat-502-entrance", "3号楼2单元502入户门", "大门", "2单元502-门"]
    inside = ["bathroom-door", "wc", "bedroom-2", "fridge", "lobby-door", "卫生间门", "冰箱", "单元门", "楼道门"]
    assert [name for name in [*front, *inside] if name in rule.picked] == front
