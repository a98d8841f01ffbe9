"""How often something happened, and the proof that it did not."""

import pytest

from rules.document import Mistakes
from rules.engine import Device
from rules.test_house import House, rules_of

HOUR = 3600.0
DEVICES = {name: Device("h", "", 2 * HOUR) for name in ("m", "n", "s")}
STILL = "when = {quantity = 'motion', is = true, times_below = 1, within = '12h'}\nper = 'home'"


class Home(House):
    """Tells what fired and what was over, in hours."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule, devices=DEVICES)
        self.told: list[tuple[str, float]] = []

    def hear(self, hour: float, device: str, value: object, quantity: str = "motion", *flags: str) -> None:
        assert isinstance(value, bool | str | int)
        alerts = self.say(hour * HOUR, device, quantity, value, *flags)
        self.told += [(alert.state, round(alert.at / HOUR, 3)) for alert in alerts if alert.n]

    def beats(self, device: str, start: float, end: float) -> None:
        for half in range(int(start * 2), int(end * 2) + 1):
            self.hear(half / 2, device, False)


def still_since(hour: float, heard_until: float, rule: str = STILL) -> list[tuple[str, float]]:
    """Motion ends at this hour, the sensor is heard every half hour until then; days later it is heard again."""
    home = Home(rule)
    home.beats("m", 0, hour - 0.5)
    home.hear(hour - 0.1, "m", True)
    home.hear(hour, "m", False)
    home.beats("m", round(hour * 2 + 1) / 2, heard_until)
    home.told += [(alert.state, round(alert.at / HOUR, 3)) for alert in home.engine.tick(100 * HOUR) if alert.n]
    return home.told


def test_the_time_is_over_to_the_second_for_a_sensor_heard_shortly_before() -> None:
    assert still_since(1.2, 20) == [("firing", 13.2)], "not at half past, when it is heard next"
    assert still_since(1.2, 11.5) == [("firing", 13.2)], "within its budget of two hours it is no dead one"
    assert still_since(1.2, 11) == [], "dead for longer"
    short = STILL.replace("12h", "3h")
    assert still_since(1.2, 4, short) == [("firing", 4.2)]
    assert still_since(1.2, 3.5, short) == [], "more than half an hour, a sixth of three hours, isn't proven"


def test_no_motion_is_told_when_the_sensor_is_heard_after_the_time() -> None:
    home = Home(STILL)
    home.beats("m", 0, 0.5)
    home.hear(1, "m", True)
    home.beats("m", 1.5, 14)
    assert home.told == [("firing", 13.5)], "twelve hours after motion ended"
    home.hear(15, "m", True)
    assert home.told[1:] == [("resolved", 15.0)]


def test_a_dead_sensor_raises_nothing_nor_does_its_return() -> None:
    home = Home(STILL)
    home.beats("m", 0, 3)
    home.engine.tick(100 * HOUR)
    home.hear(101, "m", False)
    assert home.told == []
    home.beats("m", 101.5, 112)
    assert home.told == [("firing", 110.0)], "three hours before the gap and nine after it"


def test_any_reading_shows_that_the_sensor_lives() -> None:
    home = Home(STILL)
    home.hear(0, "m", False)
    for hour in range(1, 13):
        home.hear(hour, "m", hour, "battery_pct")
    assert home.told == [("firing", 12.0)]


def test_a_reading_that_only_clears_the_rule_shows_that_the_sensor_lives() -> None:
    home = Home(f"{STILL}\nclear = {{quantity = 'door_open', is = false}}")
    home.hear(0, "m", False)
    for hour in range(1, 24, 2):
        home.hear(hour, "m", False, "door_open")
    assert home.told == [("firing", 12.0)], "heard an hour before"


def test_a_value_that_another_part_takes_for_calm_shows_that_the_sensor_lives() -> None:
    home = Home(
        "when = {any = [{quantity = 'motion', is = true, times_below = 1, within = '12h'},"
        " {quantity = 'temperature_c', below = 10}]}"
    )
    home.hear(0, "m", False)
    for hour in range(1, 24, 2):
        home.hear(hour, "m", 20 + hour, "temperature_c")
    assert home.told == [("firing", 12.0)], "heard an hour before"


def test_the_gateways_own_deafness_is_no_proof() -> None:
    home = Home(STILL)
    home.beats("m", 0, 6)
    home.engine.tick(6 * HOUR)
    home.engine.deaf(5 * HOUR)
    home.beats("m", 11.5, 20)
    assert home.told == [("firing", 17.0)]


def test_each_sensor_of_the_home_must_prove_it() -> None:
    home = Home(STILL)
    for half in range(60):
        home.hear(half / 2, "m", False)
        if half < 10:
            home.hear(half / 2, "n", False)
    assert home.told == [], "one of them is dead"
    home = Home(STILL)
    for half in range(40):
        home.hear(half / 2, "m", False)
        home.hear(half / 2 + 0.1, "n", half == 4)
    assert home.told == [("firing", 14.6)], "n rests from 2.6 on"


def test_motion_that_goes_on_is_no_rest() -> None:
    home = Home(STILL)
    for hour in range(20):
        home.hear(hour, "m", True)
    assert home.told == []


def test_a_broker_may_keep_a_motion_but_it_is_not_now() -> None:
    home = Home(STILL)
    home.beats("m", 0, 6)
    home.hear(6, "m", True, "motion", "retained")
    home.beats("m", 6.5, 13)
    assert [state for state, _ in home.told] == []
    home.beats("m", 13.5, 19)
    assert home.told == [("firing", 18.5)]


def test_often_within_a_time() -> None:
    home = Home("when = {quantity = 'door_open', is = true, times = 3, within = '1h'}")
    for hour, value in ((0, True), (0.1, False), (0.5, True), (0.6, True), (0.7, False), (1.1, True), (1.2, False)):
        home.hear(hour, "s", value, "door_open")
    assert home.told == [], "the first was over an hour ago; saying true again is not opening again"
    home.hear(1.3, "s", True, "door_open")
    home.engine.tick(2 * HOUR)
    assert home.told == [("firing", 1.3)]


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("{silent = true, times = 3, within = '1h'}", "silent doesn't happen so and so often"),
        ("{quantity = 'button', is = 'press', times_below = 1, within = '1h'}", "nothing shows that button"),
        ("{quantity = 'motion', is = true, times = 0, within = '1h'}", "out of range"),
        ("{quantity = 'motion', is = true, times = 2}", '"within" is missing'),
        ("{quantity = 'water_m3', always_in_use = '1h', over = '30m'}", "shorter than always_in_use"),
        ("{quantity = 'motion', used_below = 1, over = '30m'}", "isn't counted by a meter"),
        ("{silent = true, of = ['motion']}", "of needs a duration"),
        (
            "{quantity = 'motion', is = true, times = 3, times_below = 2, within = '1h'}",
            "what is counted or compared already doesn't happen",
        ),
    ],
)
def test_what_makes_no_sense_is_a_mistake(when: str, what: str) -> None:
    with pytest.raises(Mistakes, match=what):
        rules_of(f"when = {when}")


@pytest.mark.parametrize(("rest", "fires"), [(0, 24.0), (1, 24.0), (2, 36.75)])
def test_a_leak_never_lets_the_meter_rest(rest: int, fires: float) -> None:
    """After twelve and a quarter hours it stands still for so many readings."""
    home = Home("when = {quantity = 'water_m3', always_in_use = '30m', over = '24h'}")
    register, told = 7.0, []
    for quarter in range(4 * 38):
        register = register if 49 < quarter <= 49 + rest else round(register + 0.002, 3)
        alerts = home.say(quarter * 900.0, "m", "water_m3", register)
        told += [(alert.state, alert.at / HOUR) for alert in alerts]
    assert told == [("firing", fires)]


def test_lost_readings_prove_no_leak() -> None:
    home = Home("when = {quantity = 'water_m3', always_in_use = '30m', over = '24h'}")
    alerts = [home.say(hour * HOUR, "m", "water_m3", 7 + hour / 10) for hour in range(0, 100, 3)]
    assert not any(alerts)


def test_silence_of_those_that_prove_absence() -> None:
    home = Home("when = {silent = '12h', of = ['motion', 'water_m3']}")
    home.hear(0, "m", False)
    home.hear(0, "s", True, "smoke")
    home.hear(5, "m", 80, "battery_pct")
    alerts = home.engine.tick(40 * HOUR)
    assert [(alert.device, alert.state, alert.at / HOUR) for alert in alerts] == [("m", "firing", 17.0)]
    assert [(alert.state, alert.at / HOUR) for alert in home.say(41 * HOUR, "m", "motion", False)] == [("resolved", 41)]
