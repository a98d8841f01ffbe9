"""What a reload asks anew of what goes on: a device's other budget, a rule that comes back, a person's reset."""

import json

import pytest

from rules.engine import Device, Engine, Refused
from rules.test_engine import GAS, LATCHED, SILENT, SMOKE
from rules.test_house import House, brief

SLOW = {"a": Device("h1", "kitchen", 3 * 3600.0)}
QUICK = {"a": Device("h1", "kitchen", 900.0)}


def _house(budget: dict[str, Device], rule: str = SILENT) -> House:
    """A house whose sensor was lost once, and came back: its rule has something to remember."""
    house = House(rule, devices=budget)
    assert [alert.state for alert in house.engine.tick(12_000)] == ["firing"]
    assert [alert.state for alert in house.say(12_001, "a", "motion", False)] == ["resolved"]
    return house


def _crash(house: House, at: float) -> None:
    rows = json.loads(json.dumps(house.engine.changed()))
    house.engine = Engine("gw", "epoch")
    house.engine.load({key: row for key, row in rows.items() if row is not None})
    house.engine.configure(house.rules, house.devices, at, house.n)


@pytest.mark.parametrize("crashes", [False, True])
def test_who_may_be_silent_for_longer_now_is_not_silent(crashes: bool) -> None:
    house = _house(QUICK)
    (fired,) = house.engine.tick(14_000)
    alerts = house.configure(14_100, SILENT, devices=SLOW)
    if crashes:
        _crash(house, 14_100)
    alerts += house.engine.tick(14_101)
    assert brief(alerts) == [(14_100, "resolved", 2, "cleared")]
    assert alerts[0].id == fired.id
    assert house.say(14_200, "a", "motion", True) == []
    assert [alert.at for alert in house.engine.tick(40_000)] == [14_200 + 3 * 3600]


@pytest.mark.parametrize("crashes", [False, True])
def test_who_may_not_be_silent_for_so_long_any_more_is_silent_from_the_reload_on(crashes: bool) -> None:
    house = _house({"a": Device("h1", "kitchen", 9000.0)})
    house.engine.mode("h1", house.engine.civil.mode("h1", 0.0), 16_000, 9)
    alerts = house.configure(16_100, SILENT, devices=QUICK)
    if crashes:
        _crash(house, 16_100)
    alerts += house.engine.tick(16_101)
    assert brief(alerts) == [(16_100, "firing", 1, "first")]
    assert [alert.state for alert in house.say(16_200, "a", "motion", True)] == ["resolved"]


@pytest.mark.parametrize("crashes", [False, True])
def test_a_refused_reset_leaves_all_as_it_was(crashes: bool) -> None:
    house = _house(QUICK)
    (fired,) = house.engine.tick(14_000)
    house.engine.changed()
    with pytest.raises(Refused):
        house.engine.reset(fired.id, 14_050, 77)
    if crashes:
        _crash(house, 14_050)
    assert [alert.state for alert in house.say(14_060, "a", "motion", True)] == ["resolved"]


def test_a_reset_finds_what_a_reload_has_ended() -> None:
    house = House(f"{SILENT}\nlatch = true", devices=QUICK)
    (fired,) = house.engine.tick(1000)
    alerts = house.configure(1100, f"{SILENT}\nlatch = true", devices=SLOW)
    alerts += house.engine.reset(fired.id, 1100, 9)
    assert brief(alerts) == [(1100, "cleared", 2, "cleared"), (1100, "resolved", 3, "reset")]


@pytest.mark.parametrize("rule", [LATCHED, f"{GAS}\nlatch = true".replace(", for = '3s'", "")])
@pytest.mark.parametrize("crashes", [False, True])
def test_a_rule_that_comes_back_lets_a_person_end_what_nobody_knows_to_be_true(rule: str, crashes: bool) -> None:
    """The value of its day is forgotten, or over: its sensor, which may never speak again, isn't waited for."""
    house = House(rule)
    quantity, high, low = ("smoke", True, False) if rule is LATCHED else ("gas_lel_pct", 55, 0)
    (fired,) = house.say(5, "a", quantity, high)
    assert house.configure(6) == []
    house.say(7, "a", quantity, low)
    alerts = house.configure(8, rule)
    if crashes:
        _crash(house, 8)
    alerts += house.engine.reset(fired.id, 9, 99)
    assert (alerts[-1].id, alerts[-1].state, alerts[-1].reason) == (fired.id, "resolved", "reset")
    assert [alert.state for alert in house.say(10, "a", quantity, high)] == ["firing"]


def test_a_rule_that_comes_back_to_what_is_still_true_refuses() -> None:
    house = House(LATCHED)
    (fired,) = house.say(5, "a", "smoke", True)
    house.configure(6)
    house.configure(7, LATCHED)
    with pytest.raises(Refused, match="still true"):
        house.engine.reset(fired.id, 9, 99)


def test_a_rule_that_comes_back_finds_at_once_what_ended_or_began_meanwhile() -> None:
    house = House(SMOKE, LATCHED)
    _, fired = house.say(5, "a", "smoke", True)
    house.configure(6, SMOKE)
    house.say(7, "a", "smoke", False)
    assert [(alert.id, alert.state) for alert in house.configure(8, SMOKE, LATCHED)] == [(fired.id, "cleared")]
    house.configure(9, SMOKE)
    house.say(10, "a", "smoke", True)
    assert [(alert.id, alert.state) for alert in house.configure(11, SMOKE, LATCHED)] == [(fired.id, "firing")]


@pytest.mark.parametrize("crashes", [False, True])
def test_a_lost_one_that_is_heard_after_it_was_taken_out_is_lost_no_more(crashes: bool) -> None:
    house = House(f"{SILENT}\nlatch = true", devices=QUICK)
    (fired,) = house.engine.tick(1000)
    assert house.configure(1100, f"{SILENT}\nlatch = true", devices={}) == []
    alerts = house.say(1200, "a", "motion", True)
    if crashes:
        _crash(house, 1200)
    alerts += house.say(1300, "a", "motion", False)
    assert [(alert.id, alert.at, alert.state) for alert in alerts] == [(fired.id, 1200, "cleared")]
