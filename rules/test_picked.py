"""Rules for some devices alone: a freezer's thermometer is no room's, and a room's none of a freezer."""

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Device, Engine
from rules.explain import explain
from rules.lint import doubts
from rules.picked import Picked
from rules.rulefile import check
from rules.schema import schema
from rules.test_house import House, brief, rules_of

FREEZER = "devices = ['freezer-*', 'cold room']\nwhen = {quantity = 'temperature_c', above = -12, for = '30m'}"
COLD = "except_devices = ['freezer-*']\nwhen = {quantity = 'temperature_c', below = 10, for = '1h'}"
KETTLE = "per = 'home'\ndevices = ['kettle*']\nwhen = {quantity = 'power_w', above = 1000, times_below = 1, within = '12h'}"
SILENT = "devices = ['kettle']\nwhen = {silent = '119m'}"
HOURLY = {"kettle": Device("h", "", 7200.0), "boiler": Device("h", "", 7200.0), "other": Device("h2", "", 7200.0)}


def house(*bodies: str, devices: dict[str, Device] | None = None) -> House:
    named = ("freezer-1", "room-1", "cold room", "freezer", "deep-freezer-2")
    return House(*bodies, devices=devices or {name: Device("h") for name in named})


def test_only_the_devices_that_a_rule_names_are_its_business() -> None:
    place, told = house(FREEZER, COLD), []
    for moment, freezer in ((0.0, -18.0), (1000.0, -18.0), (4000.0, -5.0)):
        for name in place.devices:
            told += place.say(moment, name, "temperature_c", 21.0 if name == "room-1" else freezer)
    told += place.engine.tick(20_000.0)
    assert sorted((alert.rule, alert.device) for alert in told if alert.state == "firing") == [
        ("r0", "cold room"), ("r0", "freezer-1"),
        ("r1", "cold room"), ("r1", "deep-freezer-2"), ("r1", "freezer"),
    ]  # fmt: skip


@given(name=st.text("ab", max_size=8), said=st.text("ab*", max_size=8))
def test_an_asterisk_stands_for_any_signs(name: str, said: str) -> None:
    @cache
    def fits(rest: str, pattern: str) -> bool:
        if pattern[:1] == "*":
            return fits(rest, pattern[1:]) or (rest != "" and fits(rest[1:], pattern))
        return rest[:1] == pattern[:1] and (rest == "" or fits(rest[1:], pattern[1:]))

    assert (name in Picked((said,))) == (fits(name, said) or not said)


def test_many_asterisks_take_no_time_without_end() -> None:
    assert "a" * 64 not in Picked(("*" + "a*" * 30 + "b",))


def test_a_home_is_judged_by_the_named_devices_alone() -> None:
    """The water heater's 2 kW are no sign that somebody made tea."""
    place = house(KETTLE, devices=HOURLY)
    told = []
    for hour in range(14):
        told += place.say(hour * 3600.0, "kettle", "power_w", 0.0)
        told += place.say(hour * 3600.0 + 60, "boiler", "power_w", 2000.0 * (hour % 2))
        told += place.say(hour * 3600.0 + 60, "other", "power_w", 2000.0 * (hour % 2))
    firing = [alert for alert in told if alert.state == "firing"]
    assert [alert.home for alert in firing] == ["h"], "nobody is worried about a home without a kettle"
    assert {proof.device for proof in firing[0].evidence} == {"kettle"}
    assert [alert.state for alert in place.say(14 * 3600.0, "kettle", "power_w", 1800.0)] == ["resolved"]


def test_silence_of_others_is_not_asked_for() -> None:
    place = house(SILENT, devices=HOURLY)
    told = place.engine.tick(86_400.0)
    assert [(alert.device, alert.state) for alert in told] == [("kettle", "firing")]


@pytest.mark.parametrize("body", [FREEZER, KETTLE, SILENT])
def test_a_crash_at_any_reading_changes_nothing(body: str) -> None:
    rows = [(hour * 1800.0, name, hour) for hour in range(60) for name in ("kettle", "freezer-1", "boiler")]
    devices = HOURLY | {"freezer-1": Device("h", "", 3600.0)}

    def play(crash: bool) -> list[Any]:
        place, told = house(body, devices=devices), []
        for at, name, hour in rows:
            told += place.engine.tick(at)
            if name != "kettle" or hour < 40:
                quantity, value = ("temperature_c", -20.0 + hour) if name == "freezer-1" else ("power_w", 0.0)
                told += place.say(at, name, quantity, value)
            if crash:
                saved = {key: row for key, row in place.engine.changed().items() if row is not None}
                rows_before.update(saved)
                place.engine = Engine("gw", "epoch")
                assert place.engine.load(json.loads(json.dumps(rows_before))) == []
                told += place.engine.configure(place.rules, devices, at, place.n)
        return [(alert.id, alert.n, alert.state, alert.at) for alert in told + place.engine.tick(200_000.0)]

    rows_before: dict[str, object] = {}
    plain = play(False)
    assert any(state == "firing" for _, _, state, _ in plain)
    assert play(True) == plain


def test_an_alert_of_a_device_that_is_no_longer_named_is_over() -> None:
    place = house(FREEZER)
    place.say(0.0, "cold room", "temperature_c", 0.0)
    assert [alert.state for alert in place.engine.tick(1800.0)] == ["firing"]
    told = place.configure(2000.0, FREEZER.replace(", 'cold room'", ""))
    assert brief(told) == [(2000.0, "resolved", 2, "rule-removed")]
    assert place.configure(3000.0, FREEZER) == []
    assert [alert.state for alert in place.say(3600.0, "cold room", "temperature_c", 1.0)] == ["pending"]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("devices = 'kettle'", "devices must be a list"),
        ("devices = []", "devices is empty"),
        ("devices = ['*']", "is each device"),
        ("except_devices = ['a', '**']", "is each device"),
        ("devices = ['a']\nexcept_devices = ['a']", "names and leaves out"),
        ("device = ['a']", 'unknown key "device"'),
    ],
)
def test_mistakes(said: str, what: str) -> None:
    text = f"[r]\ntitle = {{zh = '一', en = 'one'}}\nseverity = 'notice'\n{said}\nwhen = {{quantity = 'power_w', above = 5}}\n"
    (mistake,) = check(text, "f")
    assert what in mistake.what
    assert mistake.remedy
    assert mistake.line in (1, 4, 5)


def test_rules_of_different_devices_are_not_in_each_others_way() -> None:
    warm = "devices = ['a-*']\nwhen = {quantity = 'temperature_c', above = 40}"
    assert doubts(rules_of(warm, warm.replace("40", "30").replace("a-", "b-"))) == []
    assert len(doubts(rules_of(warm, warm.replace("40", "30")))) == 1
    assert len(doubts(rules_of(warm, "when = {quantity = 'temperature_c', above = 30}"))) == 1
    assert doubts(rules_of(warm.replace("40", "30"), "when = {quantity = 'temperature_c', above = 40}")) == []


def test_explained() -> None:
    told = explain(rules_of(FREEZER)[0])
    assert "It looks at these devices alone: freezer-*, cold room (* stands for any signs)." in told["en"]
    assert "只看这些设备：freezer-*、cold room（* 代表任意字符）。" in told["zh"]
    told = explain(rules_of(COLD)[0])
    assert "It does not look at these devices: freezer-* (* stands for any signs)." in told["en"]
    assert "不看这些设备：freezer-*（* 代表任意字符）。" in told["zh"]


def test_the_schema_knows_them() -> None:
    checker = jsonschema.Draft7Validator(schema())
    head: dict[str, Any] = {"title": {"zh": "一", "en": "one"}, "severity": "notice", "when": {"silent": True}}
    assert checker.is_valid({"r": {**head, "devices": ["a"], "except_devices": ["a-*"]}})
    for wrong in ("a", [], [""], [1], ["*"]):
        assert not checker.is_valid({"r": {**head, "devices": wrong}}), wrong
