"""The shipped packs: sound, in both languages, each rule with its reason and told in a story."""

import pytest

from rules.coverage import Coverage
from rules.document import read
from rules.rule import check, load, packs
from rules.story import Result, run

RULES = {
    "smoke", "gas-leak", "co", "flood", "emergency-call", "door-left-open", "tamper", "sensor-silent", "sensor-faulty",
    "battery-low", "port-down", "passive-off", "uplink-down", "storage", "clock-unsynced", "output-fault",
    "frame-set-aside", "driver-fault", "broker-flood", "sensor-untested",
    "inbox-overrun", "duplicate-gateway", "not-supervised", "heat", "water-12h", "water-24h", "water-excess", "water-leak",
    "no-motion-24h", "no-motion-12h", "door-closed-24h", "door-closed-48h", "door-night", "home-too-hot", "home-too-cold",
    "mains-lost", "undervoltage", "overheated", "memory-low", "no-receipt", "no-channel", "ladder-silent", "battery-due",
    "power-unused", "light-all-night", "fire-door-open", "pressure-low", "lift-fault", "intrusion", "site-refused",
    "mains-current", "inactivity", "person-trapped", "tank-low", "sensor-doubted", "sensor-unsafe", "supply-fault",
    "valve-faulty", "door-forgotten", "sensors-unsigned",
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
