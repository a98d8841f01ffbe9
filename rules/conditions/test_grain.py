"""Meters that count in steps too great for a rule: it doesn't fire for want of what they can't show, and that is told."""

from random import Random

import pytest

from rules.conditions.grain import Grained
from rules.engine import Device
from rules.test_house import House

HOUR, DAY = 3600.0, 86400.0
LITTLE = "per = 'home'\nwhen = {quantity = 'water_m3', used_below = 0.01, over = '12h'}"
COARSE = "when = {quantity = 'water_m3', too_coarse = 0.01}"
DEVICES = {"water": Device("h", "", 2 * HOUR), "other": Device("h", "", 2 * HOUR)}


def lived(step: float, days: int, start: float, seed: int = 1) -> tuple[list[float], list[float]]:
    """A person who uses some 150 L a day, read hourly -> when the rule fires, when the trouble begins, in days."""
    house, chance, flowed = House(LITTLE, COARSE, devices=DEVICES), Random(seed), start
    alerts = []
    for hour in range(24 * days):
        if 7 <= hour % 24 <= 22:
            flowed += chance.choice([0.004, 0.005, 0.009, 0.02])
        register = round(round(flowed // step) * step, 4)
        alerts += house.say(hour * HOUR, "water", "water_m3", register)
    fired = [(alert.rule, alert.at / DAY) for alert in alerts if alert.state == "firing"]
    return [at for rule, at in fired if rule == "r0"], [at for rule, at in fired if rule == "r1"]


@pytest.mark.parametrize(("step", "learned", "most"), [(1.0, 14, 12), (0.1, 3, 3), (0.05, 3, 2)])
def test_a_coarse_register_fires_for_nothing_until_its_step_is_known_and_never_after(
    step: float, learned: float, most: int
) -> None:
    fired, told = lived(step, 60, 12.3456)
    assert len(told) == 1, "the trouble stays"
    assert told[0] <= learned
    assert [at for at in fired if at > told[0]] == []
    assert len(fired) <= most


@pytest.mark.parametrize("step", [0.001, 0.005, 0.01])
def test_a_fine_register_is_never_called_coarse_and_misses_who_uses_nothing(step: float) -> None:
    for seed in range(20):
        assert lived(step, 15, 12.0, seed) == ([], [])
    house = House(LITTLE, COARSE, devices=DEVICES)
    said = [house.say(hour * HOUR, "water", "water_m3", 12.0) for hour in range(14)]
    assert [(alert.rule, alert.at) for alerts in said for alert in alerts if alert.state == "firing"] == [("r0", 12 * HOUR)]


def test_beside_a_fine_meter_that_tells_of_nearly_all_a_coarse_one_is_done_without() -> None:
    house, alerts, fine = House(LITTLE, devices=DEVICES), [], 3.0
    for hour in range(24 * 30):
        fine += 0.007 * (hour < 24 * 28)
        alerts += house.say(hour * HOUR, "water", "water_m3", round(fine, 3))
        alerts += house.say(hour * HOUR, "other", "water_m3", 40.0 + hour // 200)
    assert [alert.at / HOUR for alert in alerts if alert.state == "firing"] == [24 * 28 - 2 + 12.0], "7 L at the last hour"


def test_an_exchanged_meter_is_learned_anew_and_a_memory_of_before_is_taken() -> None:
    meter = Grained("water_m3")
    for hour, register in enumerate([12.0, 13.0, 14.0, 700.123, 700.124, 700.126]):
        meter.read(hour * HOUR, register)
    assert not meter.is_too_coarse(0.01)
    assert (meter.step, meter.moves) == (0.002, 1)
    old = Grained.of("water_m3", meter.save()[:5])
    assert (old.register, old.grain) == (700.126, 0)
    assert Grained.of("water_m3", meter.save()).save() == meter.save()
