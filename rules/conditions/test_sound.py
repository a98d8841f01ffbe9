"""Who asks for sound sensors believes nothing of one that is known to be faulty, neither that it is so nor that it isn't."""

import pytest

from rules.rulefile import load, packs
from rules.test_house import House

FAULTY = "when = {quantity = 'gas_lel_pct', above = 9}\ndiscredits = ['door_open']"
OPEN = "{quantity = 'door_open', is = true, sound = true}"


@pytest.mark.parametrize(
    "when",
    [
        f"{{not = {OPEN}, for = '10s'}}",
        f"{{not = {{any = [{OPEN}, {{quantity = 'smoke', is = true}}]}}, for = '10s'}}",
        "{not = {quantity = 'door_open', is = true}, sound = true, for = '10s'}",
        "{quantity = 'door_open', is = false, sound = true, for = '10s'}",
    ],
)
def test_a_door_of_which_nothing_is_known_is_not_shut(when: str) -> None:
    house = House(FAULTY, f"when = {when}\nper = 'home'")
    house.say(1, "b", "smoke", False)
    house.say(1, "a", "door_open", True)
    house.say(2, "a", "gas_lel_pct", 20)
    house.say(3, "a", "door_open", False)
    assert [alert.rule for alert in house.engine.tick(100)] == [], "it is known to be faulty"
    house.say(101, "b", "door_open", False)
    assert [alert.rule for alert in house.engine.tick(200)] == ["r1"], "another one says so"


def test_no_fire_gas_flood_or_call_for_help_heeds_a_trouble() -> None:
    rules = {rule.id: rule for rule in load(packs())}
    heeding = {name for name, rule in rules.items() if any(leaf.heeds for leaf in rule.when.leaves())}
    assert heeding == {
        "inactivity", "no-motion-12h", "no-motion-24h", "door-closed-24h", "door-closed-48h", "door-night", "door-left-open",
    }  # fmt: skip
    assert all(rules[name].severity != "emergency" and not rules[name].act for name in heeding)
    discredited = {quantity for rule in rules.values() for quantity in rule.discredits}
    assert discredited == {"motion", "occupied", "door_open"}, "no detector of smoke, gas or water, and no button"
