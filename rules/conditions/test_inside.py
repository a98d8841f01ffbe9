"""`inside`: from the first to the second number; and with it what left a band ends only well within it."""

import pytest

from rules.conditions.value import Above, Below, Inside, Is, Leaf, Outside
from rules.explain import explain
from rules.rulefile import check
from rules.test_house import House, brief, rules_of

PUMP = "when = {quantity = 'pressure_kpa', outside = [150, 600]}\nclear = {inside = [180, 560], for = '1m'}"
HEAD = "[r]\ntitle = {zh = '一', en = 'one'}\nseverity = 'notice'\n"


def test_what_left_a_band_is_over_well_within_it() -> None:
    house = House(PUMP)
    told = house.say(0, "a", "pressure_kpa", 140)
    for at, value in ((60, 155), (120, 179), (200, 180), (240, 170), (300, 200)):
        told += house.say(at, "a", "pressure_kpa", value)
    told += house.engine.tick(400)
    assert brief(told) == [(0, "firing", 1, "first"), (360, "resolved", 2, "cleared")]
    assert [alert.state for alert in house.say(500, "a", "pressure_kpa", 601)] == ["firing"]
    assert house.say(510, "a", "pressure_kpa", 565) + house.engine.tick(9000) == []


def test_it_may_raise_too() -> None:
    """Water that stands lukewarm for long breeds legionella."""
    house = House("when = {quantity = 'supply_temperature_c', inside = [25, 45], for = '12h'}")
    house.say(0, "a", "supply_temperature_c", 60)
    house.say(100, "a", "supply_temperature_c", 25)
    house.say(20_000, "a", "supply_temperature_c", 45)
    told = house.engine.tick(100_000)
    assert brief(told) == [(100 + 12 * 3600.0, "firing", 1, "first")]
    assert [alert.state for alert in house.say(100_100, "a", "supply_temperature_c", 45.1)] == ["resolved"]


@pytest.mark.parametrize(
    ("when", "clear", "clash"),
    [
        (Outside("q", 10, 30), Inside("q", 10, 30), False),
        (Outside("q", 10, 30), Inside("q", 12, 28), False),
        (Outside("q", 10, 30), Inside("q", 9, 28), True),
        (Outside("q", 10, 30), Inside("q", 12, 31), True),
        (Inside("q", 10, 30), Outside("q", 10, 30), False),
        (Inside("q", 10, 30), Outside("q", 12, 31), True),
        (Inside("q", 10, 30), Above("q", 30), False),
        (Inside("q", 10, 30), Above("q", 29), True),
        (Inside("q", 10, 30), Below("q", 11), True),
        (Below("q", 10), Inside("q", 10, 30), False),
        (Below("q", 10), Inside("q", 9, 30), True),
        (Above("q", 10), Inside("q", 5, 10), False),
        (Inside("q", 10, 30), Inside("q", 31, 40), False),
        (Inside("q", 10, 30), Inside("q", 30, 40), True),
        (Inside("q", 0, 0), Is("q", (1,)), False),
        (Inside("q", 0, 2), Is("q", (1,)), True),
    ],
)
def test_which_ends_raise_and_clear_at_once(when: Leaf, clear: Leaf, clash: bool) -> None:
    assert when.clashes(clear) is clash


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("{quantity = 'temperature_c', inside = [30, 10]}", "begins above its end"),
        ("{quantity = 'temperature_c', inside = 10}", "two numbers"),
        ("{quantity = 'button', inside = [0, 1]}", "an event, it has no size"),
    ],
)
def test_mistakes(when: str, what: str) -> None:
    assert what in check(f"{HEAD}latch = true\nwhen = {when}\n", "f")[0].what


def test_in_words() -> None:
    told = explain(rules_of(PUMP)[0])
    assert "It ends by itself when the pressure is from 180 kPa to 560 kPa for 1 minute." in told["en"]
    assert "压力在 180 kPa 至 560 kPa 之间，持续 1 分钟后自动结束。" in told["zh"]
