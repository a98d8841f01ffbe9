"""A sensor that never stands still: what it says again is no news, but its own word after somebody else's is."""

import pytest

from rules.rulefile import load, packs
from rules.test_house import House, brief

FAN = "when = {quantity = 'motion', never_still = '60s', over = '200s'}"


@pytest.mark.parametrize("flag", ["retained", "hearsay"])
def test_its_own_word_counts_though_it_was_heard_before_at_second_hand(flag: str) -> None:
    told = []
    for said_before in (False, True):
        house = House(FAN)
        alerts = []
        for number in range(12):
            if said_before:
                alerts += house.say(number * 30.0 - 5.0, "a", "motion", number % 2 == 0, flag)
            alerts += house.say(number * 30.0, "a", "motion", number % 2 == 0)
        told.append(brief([*alerts, *house.engine.tick(1000.0)]))
    assert told[0] == told[1] == [(210.0, "firing", 1, "first"), (390.0, "resolved", 2, "cleared")]


def test_what_it_repeats_is_nobodys_business_with_all_packs() -> None:
    house = House()
    house.engine.configure(load(packs()), house.devices, 0.0, 0)
    for number, value in enumerate((False, True, False, True, True)):
        house.say(number * 30.0, "a", "motion", value)
    assert house.engine._known["a"].spots["motion"].once


def test_what_one_rule_needs_no_more_another_one_may_need() -> None:
    """A rise is told of each reading of a quantity of which the other rule asks for changes alone."""
    house = House(FAN.replace("motion", "temperature_c"), "when = {quantity = 'temperature_c', rises = 3, within = '50s'}")
    said = [(0, 20.0), (100, 20.0), (140, 23.0), (145, 23.0)]
    alerts = [alert for at, value in said for alert in house.say(at, "a", "temperature_c", value)]
    assert [(alert.rule, alert.state) for alert in alerts] == [("r1", "firing")], "since the second of the same words"
