"""Correct at start, over all shipped rules: restarts of any length, ticks and jumps of the clock change nothing."""

import json
import random
from dataclasses import replace

import pytest

from drivers.reading import Reading, Source
from rules.alert import Alert
from rules.conditions.inactive import Inactive
from rules.engine import Device, Engine
from rules.rule import Rule
from rules.rulefile import load, packs
from rules.test_house import rules_of
from rules.test_route import SAID
from rules.wall import Facts, Mode

PACKS = load(packs())
DEVICES = {"a": Device("h", "", 900.0), "b": Device("h", "", 7200.0), "c": Device("k")}
TIMELESS = [
    rule for rule in PACKS if not (rule.civil or any(isinstance(leaf, Inactive) for leaf in rule.when.leaves()))
]
"""Those that ask for no hour of the day; what is normal for a person differs by the hour."""


class Past:
    """All packs over a day and a half of three devices that say this and that; what a test puts in between."""

    def __init__(self, seed: int, rules: list[Rule]) -> None:
        self.chance, self.other = random.Random(seed), random.Random(-seed)
        self.rules = rules
        self.engine = Engine("g", "e")
        self.rows: dict[str, object] = {}
        self.alerts: list[Alert] = self.engine.configure(rules, DEVICES, 0.0, 0)
        self.alerts += self.engine.wall(0.0, True, "UTC", 0.0, 0)

    def live(self, between: str) -> list[Alert]:
        at = 0.0
        for n in range(1, 700):
            at += self.chance.choice([1.0, 30.0, 120.0, 400.0])
            quantity = self.chance.choice(sorted(SAID))
            value = self.chance.choice(SAID[quantity])
            device = self.chance.choice("abc")
            source = Source(device, 1, n) if self.chance.random() < 0.1 else None
            if self.other.random() < 0.1:
                getattr(self, between)(at, n)
            self.alerts += self.engine.feed(Reading(device, quantity, quantity, value, at, (), n, source))
        return [*self.alerts, *self.engine.tick(at + 1e6), *self.engine.open()]

    def nothing(self, at: float, n: int) -> None:
        return

    def tick(self, at: float, n: int) -> None:
        self.alerts += self.engine.tick(at - 0.5)

    def crash(self, at: float, n: int) -> None:
        """The power goes; what was said since the checkpoint is said again by the journal."""
        self.rows |= json.loads(json.dumps(self.engine.changed(), allow_nan=False))
        self.engine = Engine("g", "e")
        assert self.engine.load({key: row for key, row in self.rows.items() if row is not None}) == []
        self.alerts += self.engine.configure(self.rules, DEVICES, at - 1.0, n)

    def reload(self, at: float, n: int) -> None:
        self.alerts += self.engine.configure(self.rules, DEVICES, at - 1.0, n)

    def jump(self, at: float, n: int) -> None:
        years = self.other.choice([-10, -1, 1, 10])
        self.alerts += self.engine.wall(
            years * 365.25 * 86400.0, self.other.random() < 0.7, "Asia/Shanghai", at - 1.0, n
        )


@pytest.mark.parametrize("between", ["tick", "crash", "reload"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ticks_crashes_and_reloads_change_nothing(seed: int, between: str) -> None:
    plain = Past(seed, PACKS).live("nothing")
    assert len({alert.rule for alert in plain}) >= 12
    assert Past(seed, PACKS).live(between) == plain


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_jumps_of_the_clock_by_ten_years_change_nothing(seed: int) -> None:
    plain = Past(seed, TIMELESS).live("nothing")
    assert len(TIMELESS) > 25
    assert Past(seed, TIMELESS).live("jump") == plain


@pytest.mark.parametrize(
    ("quantity", "value", "rule", "after"),
    [
        ("smoke", True, "smoke", 0.0),
        ("gas_alarm", True, "gas-leak", 0.0),
        ("gas_lel_pct", 55, "gas-leak", 3.0),
        ("co_alarm", True, "co", 0.0),
        ("flood", True, "flood", 5.0),
        ("door_open", True, "door-left-open", 600.0),
        ("tamper", True, "tamper", 2.0),
        ("battery_low", True, "battery-low", 0.0),
        ("fire_door_open", True, "fire-door-open", 180.0),
        ("lift_fault", True, "lift-fault", 10.0),
    ],
)
@pytest.mark.parametrize("off", [1.0, 86400.0, 400 * 86400.0])
def test_what_is_true_already_fires_whatever_lies_between(
    quantity: str, value: float | bool, rule: str, after: float, off: float
) -> None:
    """The first word after a start; a rule that comes later; a restart of any length while its time runs."""
    rules = [one for one in PACKS if one.id == rule]
    first = Engine("g", "e")
    first.configure(rules, DEVICES, 0.0, 0)
    first.feed(Reading("a", quantity, quantity, value, 10.0, (), 1))
    rows = json.loads(json.dumps(first.changed()))
    again = Engine("g", "e")
    again.load(rows)
    again.deaf(off)
    began = first.open()
    changes = again.configure(rules, DEVICES, 10.5 + off, 2) + again.tick(10.5 + off + after)
    fired = [alert for alert in (*began, *changes) if alert.state == "firing"]
    assert [(alert.rule, alert.at) for alert in fired] == [(rule, 10.0 + after)], "once, at its own deadline"
    late = Engine("g", "e")
    late.configure([one for one in PACKS if one.id != rule], DEVICES, 0.0, 0)
    late.feed(Reading("a", quantity, quantity, value, 10.0, (), 1))
    if quantity in {name for one in PACKS if one.id != rule for name in one.needs}:
        alerts = late.configure(PACKS, DEVICES, 20.0, 2) + late.tick(20.0 + after)
        assert [alert.at for alert in alerts if alert.rule == rule and alert.state == "firing"] == [20.0 + after]


@pytest.mark.parametrize("per", ["device", "home"])
@pytest.mark.parametrize(
    "when",
    [
        "{quantity = 'door_open', is = true}",
        "{quantity = 'door_open', is = true, for = '1m'}",
        "{quantity = 'door_open', is = true, times = 1, within = '5m'}",
        "{quantity = 'motion', is = true, times_below = 1, within = '8m'}",
        "{silent = '20m'}",
    ],
)
def test_a_rule_with_hours_that_is_over_outlives_a_restart(when: str, per: str) -> None:
    """With nothing to remember but that it was over, it was judged last an endless time ago: no deadline comes of that."""
    rules = rules_of(f"per = '{per}'\nwhen = {when}\nwhile = {{hours = '08:00-20:00'}}")
    places = {"d": Device("h", "", 600.0)}
    engine, rows, told = Engine("g", "e"), dict[str, object](), []
    engine.configure(rules, places, 0.0, 0)
    engine.wall(9 * 3600.0, True, "UTC", 0.0, 1)
    quiet = [(2000.0, "door_open", False), (2000.0, "motion", True), (2500.0, "motion", False)]
    said = [(1.0, "door_open", True), *((at, "motion", False) for at in (1.0, 500.0, 550.0)), *quiet]
    for n, (at, quantity, value) in enumerate(said, 2):
        told += engine.feed(Reading("d", quantity, quantity, value, at, (), n))
    told += engine.tick(2500.0)
    assert {alert.state for alert in told} >= {"firing", "resolved"}
    rows |= {key: json.loads(json.dumps(row)) for key, row in engine.changed().items() if row is not None}
    again = Engine("g", "e")
    assert again.load(rows) == []
    again.configure(rules, places, 2500.0, 9)
    due = again.due()
    assert due is None or due > 2500.0
    assert again.tick(2600.0) == engine.tick(2600.0)
    assert again.tick(30 * 3600.0) == engine.tick(30 * 3600.0)


def test_a_silence_before_a_power_cut_is_not_excused_by_it() -> None:
    """Due while the gateway was off: it fires as of its deadline. And a mode that ended meanwhile clears nothing."""
    for when, fires in (("{silent = '200s', for = '100s'}", 300.0), ("{silent = '200s'}", 200.0)):
        rules = rules_of(f"when = {when}\nwhile = {{mode = ['home', 'night']}}")
        devices = {"a": Device("h", "", 200.0)}
        engine = Engine("g", "e")
        alerts = engine.configure(rules, devices, 0.0, 0) + engine.mode("h", Mode("night", 400.0), 10.0, 1)
        alerts += engine.tick(240.0)
        rows = json.loads(json.dumps(engine.changed()))
        engine = Engine("g", "e")
        engine.load({key: row for key, row in rows.items() if row is not None})
        engine.deaf(1000.0)
        alerts += engine.configure(rules, devices, 1240.0, 2) + engine.tick(1240.0)
        alerts += engine.mode("h", Mode("night"), 1250.0, 3) + engine.tick(1440.0)
        assert [(alert.at, alert.state) for alert in alerts] == [(fires, "firing")]
        back = engine.feed(Reading("a", "smoke", "smoke", False, 1450.0, (), 4))
        assert [(alert.at, alert.state) for alert in back] == [(1450.0, "resolved")]


def crashed(engine: Engine, rules: list[Rule], places: dict[str, Device], at: float) -> Engine:
    """What the checkpoint makes of it."""
    again = Engine("g", "e")
    assert again.load(json.loads(json.dumps(engine.changed()))) == []
    again.configure(rules, places, at, 9)
    return again


def test_hold_holds_what_ends_at_the_moment_of_a_restart() -> None:
    rules, places = rules_of("when = {silent = '20m', hold = '5m'}"), {"d": Device("h", "", 600.0)}
    engine = Engine("g", "e")
    engine.configure(rules, places, 0.0, 0)
    assert [alert.state for alert in engine.tick(1200.0)] == ["firing"]
    engine = crashed(engine, rules, places, 1200.0)
    ends = engine.feed(Reading("d", "smoke", "smoke", False, 1200.0, (), 1)) + engine.tick(2000.0)
    assert [(alert.at, alert.state) for alert in ends] == [(1500.0, "resolved")]


def test_after_a_restart_nothing_is_told_of_a_mode_that_was_over_by_then() -> None:
    rules, places = rules_of("when = {quantity = 'co_ppm', above = 50}\nwhile = {armed = true}"), {"d": Device("h")}
    engine = Engine("g", "e")
    engine.configure(rules, places, 0.0, 0)
    engine.mode("h", Mode("away", 900.0, 60.0), 0.0, 1)
    said, alerts = [(100.0, 60), (200.0, 10), (1000.0, 60)], []
    for n, (at, value) in enumerate(said, 2):
        alerts += engine.feed(Reading("d", "co_ppm", "co_ppm", value, at, (), n))
    assert [(alert.at, alert.state) for alert in alerts] == [(100.0, "firing"), (200.0, "resolved")]
    assert crashed(engine, rules, places, 1000.0).tick(2000.0) == engine.tick(2000.0) == []


def test_a_start_judges_no_rule_for_what_the_site_said_before_it() -> None:
    """Who lives there isn't in the checkpoint, and is no news at a start; it made all rules with a mode look again."""
    rules, places = rules_of("latch = true\nwhen = {quantity = 'co_ppm', above = 50}\nwhile = {mode = ['home']}"), {"d": Device("h")}
    facts = Facts({"h": 1})
    plain, engine, told = Engine("g", "e"), Engine("g", "e"), []
    for one in (plain, engine):
        one.configure(rules, places, 0.0, 0, facts)
        one.feed(Reading("d", "co_ppm", "co_ppm", 60, 10.0, (), 1))
        one.configure([], places, 20.0, 2, facts)
        one.configure(rules, places, 30.0, 3, facts)
    again = Engine("g", "e")
    assert again.load(json.loads(json.dumps(engine.changed()))) == []
    told = again.configure(rules, places, 30.0, 3, facts)
    assert told == []
    assert again.open() == plain.open()


def test_what_a_home_with_rules_of_its_own_said_is_known_after_a_restart() -> None:
    """A room stands at 31 degrees. After the power cut the rule knew of no temperature, and the alert ended."""
    (rule,) = rules_of("when = {quantity = 'temperature_c', above = 30, for = '1h'}")
    rules, places = [replace(rule, homes=frozenset("h"))], {"d": Device("h"), "e": Device("k")}
    engine = Engine("g", "e")
    engine.configure(rules, places, 0.0, 0)
    for n, device in enumerate("de", 1):
        engine.feed(Reading(device, "temperature_c", "temperature_c", 31.0, 10.0, (), n))
    again = crashed(engine, rules, places, 100.0)
    for one in (engine, again):
        one.configure(rules, {**places, "f": Device("h")}, 200.0, 3)
        assert [(alert.device, alert.state) for alert in one.tick(4000.0)] == [("d", "firing")]


def test_an_hour_that_begins_and_ends_while_the_gateway_is_off_is_told_with_its_own_time() -> None:
    rules, places = rules_of("when = {quantity = 'door_open', is = true}\nwhile = {hours = '22:00-06:00'}"), {"d": Device("h")}
    engine = Engine("g", "e")
    engine.configure(rules, places, 0.0, 0)
    engine.wall(20 * 3600.0, True, "UTC", 0.0, 0)
    engine.feed(Reading("d", "door_open", "door_open", True, 10.0, (), 1))
    again = crashed(engine, rules, places, 10.0)
    again.deaf(2 * 86400.0)
    told = [(alert.at / 3600.0, alert.state) for alert in again.tick(10.0 + 2 * 86400.0)]
    assert told == [(2.0, "firing"), (10.0, "resolved"), (26.0, "firing"), (34.0, "resolved")]
