"""When the proof of an absence begins and ends by itself, that is seen then, and not at the next look at its rule."""

import pytest

from rules.engine import Device
from rules.test_house import House, brief
from rules.test_proof_held import CLOSED, COOKS, HOUR, MINUTE, Flat

KEPT = CLOSED[:-1] + ', hold = "2h"}'
BODIES = {
    "all": f'per = "home"\nwhen = {{all = [{COOKS}, {KEPT}]}}',
    "deep": f'per = "home"\nwhen = {{all = [{COOKS}, {{any = [{KEPT}, {{quantity = "smoke", is = true}}], for = "1s"}}]}}',
    "whole": f'per = "home"\nwhen = {{all = [{COOKS}, {{all = [{CLOSED}, {{quantity = "motion", is = false}}], hold = "2h"}}]}}',
}
HELD = ["all", "deep", "whole"]
PRESSED = f'per = "home"\nlatch = true\nwhen = {{all = [{{quantity = "button", is = "press"}}, {CLOSED}]}}'


@pytest.fixture(params=[False, True], ids=["", "crashes"])
def crashes(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def a_flat(kind: str, crashes: bool) -> Flat:
    """Its box is heard until seven, and is missed from eight on; its hold proves something until ten."""
    flat = Flat(BODIES[kind], 7, crashes)
    flat.take(7 * HOUR, "hall", "motion", False)
    return flat


@pytest.mark.parametrize("kind", HELD)
def test_any_word_of_the_sensor_proves_what_is_held(kind: str, crashes: bool) -> None:
    """It is heard from half past nine on, and until half past ten; so what is held is believed until half past twelve."""
    flat = a_flat(kind, crashes)
    flat.take(8.5 * HOUR, "stove", "power_w", 0.0)
    flat.take(9.5 * HOUR, "box", "battery_pct", 80.0)
    flat.take(11 * HOUR, "stove", "power_w", 600.0)
    assert flat.fired == [11 * HOUR]


@pytest.mark.parametrize(("at", "fires"), [(9.9 * HOUR, True), (10.1 * HOUR, False)])
@pytest.mark.parametrize("kind", HELD)
def test_it_is_held_from_when_the_sensor_was_missed_and_not_from_the_next_look(
    kind: str, at: float, fires: bool, crashes: bool
) -> None:
    flat = a_flat(kind, crashes)
    flat.take(at, "stove", "power_w", 600.0)
    assert bool(flat.fired) is fires


@pytest.mark.parametrize(("at", "fires"), [(9.4 * HOUR, True), (9.6 * HOUR, False)])
@pytest.mark.parametrize("kind", HELD)
def test_and_from_when_its_line_went_down(kind: str, at: float, fires: bool, crashes: bool) -> None:
    flat = a_flat(kind, crashes)
    flat.wait(7.5 * HOUR)
    flat.engine.line(["box"], down=True, at=7.5 * HOUR)
    flat.take(at, "stove", "power_w", 600.0)
    assert bool(flat.fired) is fires


def test_a_press_beside_an_absence_that_nobody_proves_leaves_nothing_behind(crashes: bool) -> None:
    flat = Flat(PRESSED, 7, crashes)
    flat.take(10 * HOUR, "hall", "button", "press")
    assert flat.engine.open() == [], "it was over as soon as it was heard"
    flat.take(11 * HOUR, "box", "battery_pct", 80.0)
    assert flat.fired == [], "and no later word proves it any more"
    flat.take(11.1 * HOUR, "hall", "button", "press")
    assert flat.fired == [11.1 * HOUR]


def test_nothing_was_moved_as_soon_as_a_sensor_that_told_of_little_can_be_done_without() -> None:
    """The guest's sensor is waited for until it is missed, at half past three; that of the hall says nothing then."""
    house = House(
        'per = "home"\nwhen = {quantity = "motion", is = true, times_below = 1, within = "4h"}',
        devices={"guest": Device("h", "", 3 * HOUR), "hall": Device("h")},
    )
    house.say(0.0, "guest", "motion", False)
    for number in range(100):
        house.say(6 * MINUTE * number, "hall", "motion", True)
        house.say(6 * MINUTE * number + MINUTE, "hall", "motion", False)
        if not number % 20:
            house.say(6 * MINUTE * number + MINUTE, "guest", "battery_pct", 80.0)
    for hour in (10, 12.5):
        house.say(hour * HOUR, "guest", "battery_pct", 80.0)
    told = house.say(14 * HOUR, "hall", "battery_pct", 80.0) + house.say(16 * HOUR, "hall", "battery_pct", 80.0)
    assert brief(told) == [(15.5 * HOUR, "firing", 1, "first")]


def test_who_is_missed_is_missed_as_soon_as_nobody_waits_for_a_lost_sensor() -> None:
    """The box is waited for for a day."""
    devices = {"box": Device("h", "", HOUR), "hall": Device("h", "", 6 * HOUR), "stove": Device("h")}
    house = House(f'per = "home"\nwhen = {{all = [{COOKS}, {{inactive = "20m"}}]}}', devices=devices)
    told = house.engine.wall(0.0, True, "UTC", 0.0, 0)
    for number in range(26 * 6):
        told += house.say(600.0 * number, "box", "door_open", False)
        told += house.say(600.0 * number, "hall", "motion", False)
    for hour in range(26, 49, 2):
        told += house.say(hour * HOUR, "hall", "battery_pct", 80.0)
    told += house.say(48.5 * HOUR, "stove", "power_w", 600.0)
    told += house.say(52 * HOUR, "hall", "battery_pct", 80.0)
    assert [(alert.at, alert.state) for alert in told] == [
        (48.5 * HOUR, "pending"), (155 * 600.0 + 24 * HOUR, "firing")
    ]  # fmt: skip
