"""Doubts: rules that never fire, and rules that others make needless."""

from dataclasses import replace

import pytest

from rules.known import Device
from rules.lint import doubts, hasty, implies, wanting
from rules.rulefile import load, packs
from rules.test_house import rules_of

PRESSED = "{quantity = 'button', is = 'press', times = 1, within = '24h'}"
TESTED = "{quantity = 'test', is = true, times = 1, within = '24h'}"


def test_the_shipped_rules_raise_no_doubt() -> None:
    assert doubts([rule for rule in load(packs()) if not rule.optional]) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("when = {quantity = 'smoke', is = 'true'}", "smoke is true or false, never 'true'"),
        ("when = {quantity = 'smoke', above = 1}", "counts as 1 or 0"),
        ("when = {quantity = 'temperature_c', is = true, for = '3s'}", "temperature_c is a number, never True"),
        ("when = {quantity = 'reset_cause', above = 1}", "reset_cause is a text"),
        ("when = {all = [{quantity = 'co_ppm', above = 50}, {quantity = 'co_ppm', below = 20, for = '1m'}]}", "no value makes all"),
        ("when = {all = [{quantity = 'motion', is = true}, {quantity = 'motion', is = false}]}", "no value makes all"),
        ("when = {quantity = 'battery_pct', above = 100}", "battery_pct is from 0 to 100: no value passes"),
        ("when = {quantity = 'humidity_pct', outside = [-5, 120]}", "no value passes"),
        ("when = {quantity = 'co_ppm', below = 0}", "co_ppm is 0 or more: no value passes"),
        ("when = {quantity = 'battery_pct', below = 101}", "each value passes"),
        ("when = {not = {quantity = 'door_open', outside = [-1, 2]}}", "door_open is from 0 to 1: no value passes"),
        ("when = {quantity = 'gas_lel_pct', above = 10}\nclear = {below = 0}", "no value passes"),
        ("when = {quantity = 'water_m3', used_below = 10, over = '12h'}", "nearly every home uses less than 10 m³ in 12 hours"),
        ("when = {quantity = 'water_m3', used_above = 2000, over = '24h'}", "no meter of a home passes 2000 m³ in 24 hours, 120"),
        ("when = {all = [{quantity = 'co_ppm', above = 50}, {all = [{quantity = 'motion', is = true}, {quantity = 'co_ppm', below = 20}]}]}", "no value makes all"),
        ("when = {quantity = 'temperature_c', below = -300}", "-273.15 or more: no value passes"),
        ("when = {inactive = '20m'}", "it watches each sensor alone"),
        ("when = {silent = '20s'}", "20 seconds is no silence"),
        ("when = {any = [{quantity = 'temperature_c', above = 20}, {quantity = 'temperature_c', below = 25}]}", "each value"),
        ("when = {any = [{quantity = 'door_open', is = true}, {quantity = 'door_open', is = false}]}", "each value"),
        ("when = {any = [{quantity = 'co_ppm', outside = [5, 9], twice = true}, {quantity = 'co_ppm', above = 4}, {quantity = 'co_ppm', below = 6}]}", "each value"),
        ("when = {all = [{quantity = 'smoke', is = true}, {not = {quantity = 'smoke', is = true}}]}", "no value makes all"),
        ("when = {all = [{quantity = 'co_ppm', above = 50, for = '1m'}, {not = {quantity = 'co_ppm', above = 20}}]}\nper = 'home'", "no value makes all"),
        (
            "when = {quantity = 'motion', is = true, times = 2, within = '1h', while = {mode = ['home', 'night']}}\n"
            "while = {mode = ['home']}",
            "a while names night, in which the while around it lets nothing count",
        ),
        (f"when = {{not = {PRESSED}}}", "it is true because button doesn't come, and nothing shows that it would be heard"),
        (f"when = {{not = {PRESSED}, for = '1h'}}\nper = 'home'\nwhile = {{mode = ['home']}}", "nothing shows that it would be heard"),
        (f"when = {{any = [{{quantity = 'smoke', is = true}}, {{not = {PRESSED}}}]}}", "nothing shows that it would be heard"),
        (f"when = {{all = [{{not = {PRESSED}}}, {{not = {TESTED}}}]}}", "nothing shows that it would be heard"),
        (
            "when = {any = [{quantity = 'flood', is = true}, {quantity = 'motion', is = true, while = {mode = ['away']}}], "
            "while = {mode = ['home']}}",
            "a while names away",
        ),
    ],
)  # fmt: skip
def test_what_is_never_true_or_always_or_without_proof(body: str, what: str) -> None:
    (doubt,) = doubts(rules_of(body))
    assert doubt.rule == "r0"
    assert what in doubt.what
    assert doubt.remedy


def test_a_press_that_does_not_come_may_stand_beside_what_happens() -> None:
    """Motion, and nobody said within the hour that it is them."""
    assert doubts(rules_of(f"when = {{all = [{{quantity = 'motion', is = true}}, {{not = {PRESSED}}}]}}")) == []
    assert doubts(rules_of(f"when = {{not = {{any = [{PRESSED}, {{quantity = 'motion', is = true}}]}}}}")) == []


@pytest.mark.parametrize(
    "body",
    [
        "when = {quantity = 'smoke', is = 1}",
        "when = {quantity = 'smoke', above = 0.5}",
        "when = {quantity = 'button', is = 'press'}\nlatch = true",
        "when = {all = [{quantity = 'co_ppm', above = 20}, {quantity = 'co_ppm', below = 50}]}",
        "when = {quantity = 'battery_pct', below = 100}",
        "when = {quantity = 'temperature_c', below = -5}",
        "when = {quantity = 'water_m3', used_below = 0.5, over = '12h'}",
        "when = {quantity = 'energy_kwh', used_above = 50, over = '1h'}",
        "when = {silent = '2m'}",
        "when = {any = [{quantity = 'temperature_c', above = 25}, {quantity = 'temperature_c', below = 20}]}",
        "when = {any = [{quantity = 'temperature_c', above = 20, for = '1h'}, {quantity = 'temperature_c', below = 25}]}",
        "when = {any = [{quantity = 'button', is = 'press'}, {quantity = 'button', is = 'long_press'}]}\nlatch = true",
        "when = {any = [{quantity = 'reset_cause', is = 'power'}, {quantity = 'reset_cause', is = 'watchdog'}]}",
        "when = {any = [{quantity = 'door_open', is = true}, {quantity = 'window_open', is = false}]}",
        "when = {all = [{quantity = 'co_ppm', above = 20}, {not = {quantity = 'co_ppm', above = 50}}]}",
        "when = {all = [{quantity = 'co_ppm', above = 50}, {not = {quantity = 'co_ppm', above = 20, for = '10m'}}]}",
        "when = {quantity = 'motion', is = true, while = {armed = true}}\nwhile = {mode = ['away']}",
        "when = {quantity = 'motion', is = true, while = {mode = ['away']}}\nwhile = {mode = ['away', 'night']}",
        "when = {all = [{quantity = 'temperature_c', above = 30, hold = '10m'}, {quantity = 'temperature_c', below = 20}]}",
        "when = {all = [{quantity = 'temperature_c', outside = [10, 30]}, {quantity = 'temperature_c', above = 20}]}",
        "per = 'home'\nwhen = {all = [{quantity = 'temperature_c', above = 30}, {quantity = 'temperature_c', below = 10}]}",
    ],
)
def test_what_some_value_makes_true(body: str) -> None:
    assert doubts(rules_of(body)) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("{quantity = 'co_ppm', above = 100}", "{quantity = 'co_ppm', above = 50}", True),
        ("{quantity = 'co_ppm', above = 50}", "{quantity = 'co_ppm', above = 100}", False),
        ("{quantity = 'co_ppm', above = 50, for = '1h'}", "{quantity = 'co_ppm', above = 50, for = '1m'}", True),
        ("{quantity = 'co_ppm', above = 50, for = '1m'}", "{quantity = 'co_ppm', above = 50, for = '1h'}", False),
        ("{quantity = 'co_ppm', above = 50}", "{quantity = 'co2_ppm', above = 50}", False),
        ("{quantity = 'co_ppm', below = 5}", "{quantity = 'co_ppm', outside = [9, 20]}", True),
        ("{quantity = 'co_ppm', is = 30}", "{quantity = 'co_ppm', outside = [9, 20]}", True),
        ("{quantity = 'co_ppm', outside = [5, 30]}", "{quantity = 'co_ppm', outside = [9, 20]}", True),
        ("{quantity = 'co_ppm', outside = [9, 20]}", "{quantity = 'co_ppm', outside = [5, 30]}", False),
        ("{quantity = 'co_ppm', above = 9, twice = true}", "{quantity = 'co_ppm', above = 5}", True),
        ("{quantity = 'co_ppm', above = 9}", "{quantity = 'co_ppm', above = 5, twice = true}", False),
        ("{quantity = 'water_m3', used_below = 0.01, over = '24h'}", "{quantity = 'water_m3', used_below = 0.01, over = '12h'}", True),
        ("{quantity = 'water_m3', used_above = 2, over = '24h'}", "{quantity = 'water_m3', used_above = 3, over = '24h'}", False),
        ("{quantity = 'motion', is = true, times_below = 1, within = '24h'}", "{quantity = 'motion', is = true, times_below = 1, within = '12h'}", True),
        ("{quantity = 'motion', is = true, times = 3, within = '1h'}", "{quantity = 'motion', is = true, times = 4, within = '1h'}", False),
        ("{quantity = 'co_ppm', rises = 30, within = '1m'}", "{quantity = 'co_ppm', rises = 20, within = '2m'}", True),
        ("{quantity = 'smoke', is = true}", "{any = [{quantity = 'smoke', is = true}, {quantity = 'heat_alarm', is = true}]}", True),
        ("{any = [{quantity = 'smoke', is = true}, {quantity = 'heat_alarm', is = true}]}", "{quantity = 'smoke', is = true}", False),
        ("{quantity = 'co_ppm', above = 9, for = '5s'}", "{any = [{quantity = 'co_ppm', above = 5, for = '3s'}, {quantity = 'smoke', is = true}]}", True),
        ("{quantity = 'co_ppm', above = 9, for = '1s'}", "{any = [{quantity = 'co_ppm', above = 5, for = '3s'}, {quantity = 'smoke', is = true}]}", False),
        ("{all = [{quantity = 'smoke', is = true}, {quantity = 'heat_alarm', is = true}]}", "{quantity = 'smoke', is = true}", True),
    ],
)  # fmt: skip
def test_when_one_condition_makes_another_true(one: str, other: str, expected: bool) -> None:
    first, second = rules_of(f"when = {one}", f"when = {other}")
    assert implies(first.when, second.when) is expected
    assert [doubt.rule for doubt in doubts([first, second]) if "whenever" in doubt.what] == (
        ["r0"] if expected else ["r1"] if implies(second.when, first.when) else []
    )


def test_a_guard_makes_a_rule_narrower() -> None:
    night = "while = {hours = '22:00-06:00'}"
    body = "when = {quantity = 'door_open', is = true}"
    always, at_night, twin = rules_of(body, f"{body}\n{night}", f"{body}\n{night}")
    assert implies(at_night.when, always.when)
    assert not implies(always.when, at_night.when)
    assert [doubt.rule for doubt in doubts([at_night, twin])] == ["r1"]


def test_variants_of_a_rule_for_other_homes_make_it_not_needless() -> None:
    (plain,) = rules_of("when = {quantity = 'door_open', is = true, for = '10m'}")
    (longer,) = rules_of("when = {quantity = 'door_open', is = true, for = '20m'}")
    mine = replace(longer, homes=frozenset({"flat"}))
    others = replace(plain, except_homes=frozenset({"flat"}))
    assert doubts([others, mine]) == []
    assert doubts([replace(mine, id="r1"), others]) == []
    assert [doubt.rule for doubt in doubts([replace(mine, id="r1"), plain])] == ["r1"], "in the flat both count"
    assert doubts([replace(plain, homes=frozenset({"x"})), replace(longer, id="r1", homes=frozenset({"y"}))]) == []


def test_a_rule_that_takes_a_living_sensor_for_silent() -> None:
    devices = {"door": Device("h", "", 43200.0), "node": Device("h", "", 180.0), "bell": Device("k", "", None)}
    rules = rules_of("when = {silent = '15m'}", "when = {silent = true}", "when = {silent = '12h', of = ['motion']}")
    (doubt,) = hasty(rules, devices)
    assert (doubt.rule, doubt.what) == (
        "r0", "it takes door for silent after 15 minutes; it lives and may say nothing for 12 hours",
    )  # fmt: skip
    assert hasty(rules, {"node": devices["node"], "bell": devices["bell"]}) == []
    assert hasty(rules_of("when = {silent = '15m', devices = ['n*']}\nper = 'home'"), devices) == [], "it asks for the node"
    assert hasty([replace(rules[0], homes=frozenset({"k"}))], devices) == [], "it doesn't count where the door is"


def test_rules_for_which_no_device_speaks() -> None:
    rules = rules_of(
        "when = {any = [{quantity = 'smoke', is = true}, {quantity = 'heat_alarm', is = true}]}",
        "when = {all = [{quantity = 'smoke', is = true}, {quantity = 'motion', is = true}]}",
        "when = {silent = true}",
        "when = {any = [{silent = true}, {quantity = 'reachable', is = false}]}",
        "when = {quantity = 'door_open', is = true, after = {quantity = 'motion', is = true}, within = '5m'}",
    )
    told = {doubt.rule: doubt.what for doubt in wanting(rules, {"a": {"smoke"}, "b": {"temperature_c"}})}
    assert told.keys() == {"r1", "r4"}
    assert "no device says motion" in told["r1"]
    assert [doubt.rule for doubt in wanting(rules, {"a": {"smoke", "motion"}})] == ["r4"]
    assert wanting(rules, {"a": {"smoke", "motion", "door_open"}}) == []
