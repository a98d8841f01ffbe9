"""Values in time: fast changes, doses, two in a row, sequences, and the contrary."""

import pytest

from drivers.reading import Scalar
from rules.document import Mistakes
from rules.engine import Device
from rules.test_house import House, rules_of
from rules.wall import Mode

DEVICES = {name: Device("h", "", None) for name in ("a", "b")}
HEAT = "when = {quantity = 'temperature_c', rises = 15, within = '3m'}"


def told(rule: str, quantity: str, *said: tuple[float, Scalar], until: float = 1e6) -> list[tuple[str, float]]:
    """(state, second) of what fired and was over; readings are (second, value) of one sensor."""
    house = House(rule, devices=DEVICES)
    alerts = [alert for at, value in said for alert in house.say(at, "a", quantity, value)]
    alerts += house.engine.tick(until)
    return [(alert.state, alert.at) for alert in alerts if alert.n]


def test_a_fast_rise_fires_and_a_slow_one_does_not() -> None:
    fast = [(10.0 * number, 20.0 + max(0, number - 1)) for number in range(30)]
    assert told(HEAT, "temperature_c", *fast) == [("firing", 170.0)], "15 degrees in 150 s, and one reading to agree"
    slow = [(15.0 * number, 20.0 + number) for number in range(100)]
    assert told(HEAT, "temperature_c", *slow) == []


def test_a_single_wrong_value_is_no_rise() -> None:
    for wrong in (0.0, 90.0):
        values = [(10.0 * number, wrong if number == 5 else 22.0) for number in range(20)]
        assert told(HEAT, "temperature_c", *values) == []


def test_falling_is_rising_the_other_way() -> None:
    falls = "when = {quantity = 'pressure_kpa', falls = 100, within = '10m'}"
    values = [(60.0 * number, 400.0 - 30 * max(0, number - 1)) for number in range(8)]
    assert told(falls, "pressure_kpa", *values) == [("firing", 360.0)]
    house = House(falls, devices=DEVICES)
    (fired,) = [alert for at, value in values for alert in house.say(at, "a", "pressure_kpa", value) if alert.n]
    assert [(proof.at, proof.value) for proof in fired.evidence] == [(60.0, 400.0), (360.0, 250.0)]


def test_after_its_time_a_rise_is_forgotten() -> None:
    values = [(0.0, 20.0), (10.0, 20.0), (20.0, 40.0), (30.0, 40.0), (200.0, 40.0), (300.0, 40.0)]
    assert told(HEAT, "temperature_c", *values) == [("firing", 30.0), ("resolved", 200.0)]


CO = "when = {quantity = 'co_ppm', dose = 'en50291'}"


@pytest.mark.parametrize(
    ("ppm", "earliest", "latest"), [(33, 120, 180), (50, 60, 90), (100, 10, 40), (300, 0, 3), (2000, 0, 3)]
)
def test_a_steady_concentration_alarms_in_the_window_of_the_standard(
    ppm: float, earliest: float, latest: float
) -> None:
    ((state, at),) = told(CO, "co_ppm", (0.0, ppm))
    assert state == "firing"
    assert earliest * 60 <= at <= latest * 60


@pytest.mark.parametrize(("ppm", "off", "earliest", "latest"), [(70, 5, 60, 240), (150, 5, 10, 50), (400, 10, 4, 15)])
def test_the_american_table(ppm: float, off: float, earliest: float, latest: float) -> None:
    """At each of its concentrations, and at what a test gas may be off."""
    for gas in (ppm - off, ppm, ppm + off):
        ((_, at),) = told(CO.replace("en50291", "ul2034"), "co_ppm", (0.0, gas))
        assert earliest * 60 <= at <= latest * 60
    assert told(CO.replace("en50291", "ul2034"), "co_ppm", (0.0, 30), until=30 * 86400.0) == []


def test_thirty_ppm_alarm_never_and_doses_add_up() -> None:
    assert told(CO, "co_ppm", (0.0, 30)) == []
    assert told(CO, "co_ppm", (0.0, 100), (750.0, 50)) == [("firing", 750 + 37.5 * 60)]
    dips = [(60.0 * minute, 20 if minute % 5 == 4 else 100) for minute in range(60)]
    (_, at), *_ = told(CO, "co_ppm", *dips)
    assert 25 * 60 < at < 40 * 60, "a reading of fresh air in between doesn't start it anew"


def test_a_dose_is_breathed_out_again() -> None:
    half = 12.5 * 60
    back = half + 5 * 3600.0
    assert told(CO, "co_ppm", (0.0, 100), (half, 0), (back, 100), until=back + 24 * 60) == []
    assert len(told(CO, "co_ppm", (0.0, 100), (half, 0), (back, 100), until=back + 25 * 60)) == 1
    back = half + 3600.0
    assert len(told(CO, "co_ppm", (0.0, 100), (half, 0), (back, 100), until=back + 16 * 60)) == 1, "an hour is too short"


def test_two_in_a_row() -> None:
    twice = "when = {quantity = 'temperature_c', above = 57, twice = true}"
    values = [(1.0, 60), (2.0, 20), (3.0, 60), (4.0, 60), (5.0, 0), (6.0, 60), (7.0, 20), (8.0, 20)]
    assert told(twice, "temperature_c", *values) == [("firing", 4.0), ("resolved", 8.0)]


def test_one_thing_and_then_another() -> None:
    came_home = (
        "when = {quantity = 'motion', is = true, after = {quantity = 'door_open', is = true}, within = '60s'}"
        "\nper = 'home'"
    )
    house = House(came_home, devices=DEVICES)
    said = [
        (1, "motion", True), (2, "motion", False), (3, "door_open", True), (5, "door_open", False), (64, "motion", True),
        (66, "motion", False), (70, "motion", True), (75, "motion", False), (90, "door_open", True),
        (200, "motion", True), (210, "motion", False), (211, "door_open", False),
    ]  # fmt: skip
    alerts = [alert for at, quantity, value in said for alert in house.say(at, "a", quantity, value)]
    changes = [("firing", 64), ("resolved", 66), ("firing", 200), ("resolved", 210)]
    assert [(alert.state, alert.at) for alert in alerts] == changes, "at 70 the door was shut for over a minute"
    alerts = House(came_home, devices=DEVICES).say(1, "a", "motion", True)
    assert alerts == []


def test_one_press_and_then_another() -> None:
    """Nothing else is heard between them, and of three the third comes after the second."""
    twice = (
        "when = {quantity = 'button', is = 'press', after = {quantity = 'button', is = 'press'}, within = '30s'}"
        "\nlatch = true"
    )
    assert told(twice, "button", (10.0, "press"), (20.0, "press")) == [("firing", 20.0)]
    assert told(twice, "button", (10.0, "press"), (50.0, "press")) == []
    assert told(twice, "button", (10.0, "press"), (50.0, "press"), (60.0, "press")) == [("firing", 60.0)]


def test_a_state_or_an_event_and_then_another() -> None:
    """A state counts until it ends, a press at its moment alone, also where either may be the first."""
    rule = (
        "when = {quantity = 'motion', is = true, within = '30s',"
        " after = {any = [{quantity = 'door_open', is = true}, {quantity = 'button', is = 'press'}]}}"
    )

    def fired(*said: tuple[float, str, Scalar]) -> list[float]:
        house = House(rule + "\nper = 'home'", devices=DEVICES)
        alerts = [alert for at, quantity, value in said for alert in house.say(at, "a", quantity, value)]
        return [alert.at for alert in alerts if alert.state == "firing"]

    assert fired((0, "door_open", True), (100, "motion", True)) == [100]
    assert fired((0, "door_open", True), (90, "door_open", False), (100, "motion", True)) == [100]
    assert fired((0, "button", "press"), (100, "motion", True)) == []
    assert fired((0, "button", "press"), (90, "door_open", False), (100, "motion", True)) == []
    assert fired((0, "button", "press"), (20, "motion", True)) == [20]


def test_a_press_does_not_last_until_what_comes_by_itself() -> None:
    """The press at 70 s was the first of two; the gas has lasted at 130 s, and nothing was heard in between."""
    when = "{any = [{quantity = 'gas_lel_pct', above = 3, for = '100s'}, {quantity = 'button', is = 'press'}],"
    house = House(f"latch = true\nwhen = {when} after = {{quantity = 'button', is = 'press'}}, within = '100s'}}")
    alerts = house.say(30.0, "a", "gas_lel_pct", 5) + house.say(70.0, "a", "button", "press")
    (fired,) = alerts + house.engine.tick(1000.0)
    assert (fired.state, fired.at) == ("firing", 130.0)
    assert [(proof.quantity, proof.at) for proof in fired.evidence] == [
        ("gas_lel_pct", 30.0), ("lasted_s", 30.0), ("button", 70.0),
    ]  # fmt: skip


def test_a_mode_ends_the_first_of_two_at_once() -> None:
    rule = (
        "when = {quantity = 'motion', is = true, within = '30s',"
        " after = {quantity = 'door_open', is = true, while = {mode = ['away']}}}\nper = 'home'"
    )
    for back, fires in ((50.0, 0), (80.0, 1)):
        house = House(rule, devices=DEVICES)
        house.engine.mode("h", Mode("away"), 1.0, 90)
        alerts = house.say(2.0, "a", "door_open", True)
        alerts += house.engine.mode("h", Mode(), back, 91)
        alerts += house.say(100.0, "a", "motion", True)
        assert len(alerts) == fires, "in mode home the door means nothing"


def test_the_contrary_of_a_sequence_waits_for_no_button() -> None:
    """A press that nobody ever made is not unknown; it did not happen."""
    rule = (
        "when = {not = {quantity = 'door_open', is = true, after = {quantity = 'button', is = 'press'},"
        " within = '30s'}, for = '10s'}"
    )
    assert told(rule, "motion", (1.0, True)) == [], "no door was ever heard"
    house = House(rule, devices=DEVICES)
    said: list[tuple[float, str, Scalar]] = [
        (1, "door_open", False), (5, "button", "press"), (20, "door_open", True), (40, "door_open", False),
    ]  # fmt: skip
    alerts = [alert for at, quantity, value in said for alert in house.say(at, "a", quantity, value)]
    alerts += house.engine.tick(100)
    assert [(alert.state, alert.at) for alert in alerts if alert.n] == [
        ("firing", 11), ("resolved", 20), ("firing", 50),
    ]  # fmt: skip


def test_the_contrary_of_what_was_never_heard_is_not_true() -> None:
    rule = "when = {not = {quantity = 'power_on', is = true}, for = '10s'}"
    assert told(rule, "power_on", (1.0, True)) == []
    assert told(rule, "power_on", (1.0, True), (5.0, False)) == [("firing", 15.0)]
    assert told(rule, "door_open", (1.0, True)) == []


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ("{quantity = 'button', rises = 3, within = '1h'}", "button is an event"),
        ("{quantity = 'button', is = 'press', twice = true}", "twice is for values"),
        ("{quantity = 'motion', is = true, twice = false}", "says nothing"),
        ("{not = {quantity = 'button', is = 'press'}}", "nearly always not happening"),
        ("{not = {silent = true}}", "can't be turned round"),
        ("{not = {quantity = 'motion', is = true, times_below = 1, within = '1h'}}", "can't be turned round"),
        ("{not = {}}", "there is no condition"),
        ("{quantity = 'motion', is = true, after = {silent = true}, within = '1h'}", "no place in a sequence"),
        ("{quantity = 'motion', is = true, after = {quantity = 'door_open', is = true}}", '"within" is missing'),
        ("{quantity = 'co_ppm', dose = 'en50292'}", "did you mean"),
    ],
)
def test_what_makes_no_sense_is_a_mistake(when: str, what: str) -> None:
    with pytest.raises(Mistakes, match=what):
        rules_of(f"when = {when}")
