"""Whoever falls is missed though a sensor lies: one that moves round the clock, and a front door without its magnet."""

import pytest

from drivers.reading import Reading
from rules.conditions import test_inactive
from rules.conditions.test_inactive import HOUR, Life
from rules.engine import Device
from rules.rulefile import load

RULES = [rule for rule in load(["elder", "trouble"]) if rule.id in ("inactivity", "motion-faulty", "contact-faulty")]
BUDGET = 2 * HOUR
FALLS = 7 * 24 + 10.2
"""The last sign of life, on the eighth day, in hours."""


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_inactive, "RULES", RULES)


def home(*devices: str) -> Life:
    """A week of an even life, with further sensors."""
    life = Life(devices=test_inactive.HOMELY | {name: Device("h", "", BUDGET) for name in devices})
    for number in range(7):
        life.day(number)
    assert life.alerts == []
    return life


def lies(life: Life, device: str, quantity: str, start: float, end: float, on: float = 4.0, off: float = 6.0) -> None:
    """From one hour to the other this sensor says true for so many minutes, then false; the others live, and are still."""
    said: list[tuple[float, str, str, bool | float]] = []
    hour = start
    while hour < end:
        said += [(hour, device, quantity, True), (hour + on / 60, device, quantity, False)]
        hour += (on + off) / 60
    hour = start + 0.01
    while hour < end:
        said += [(hour, "pir-1", "motion", False), (hour, "kitchen-tap", "water_m3", life.litres / 1000)]
        hour += 1.0
    for one in sorted(said, key=lambda one: one[0]):
        life.say(*one)


def inactivity(life: Life) -> list[tuple[str, str]]:
    """What was told of somebody who is missed."""
    return [(alert.state, alert.reason) for alert in life.alerts if alert.rule == "inactivity"]


def fallen(life: Life, device: str, quantity: str, until: float, **how: float) -> float:
    """Somebody falls while a sensor lies -> hours until they are called about; they are asked first."""
    life.day(7, rests=10.0)
    lies(life, device, quantity, FALLS + 0.5, until, **how)
    assert inactivity(life)[:2] == [("firing", "first"), ("firing", "worse")]
    assert inactivity(life)[2:] == [], "what lies ends no call"
    called = next(alert for alert in life.alerts if alert.rule == "inactivity" and alert.reason == "worse")
    return called.at / HOUR - FALLS


def test_a_sensor_that_sees_motion_round_the_clock_hides_a_fall_for_a_day_at_the_most() -> None:
    life = home("bedroom")
    assert fallen(life, "bedroom", "motion", FALLS + 60) < 26
    (trouble,) = [alert for alert in life.alerts if alert.rule == "motion-faulty"]
    assert (trouble.device, trouble.state, trouble.severity) == ("bedroom", "firing", "warning")
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert "2 of 3 sensors healthy (faulty: bedroom)" in vigil.words(life.engine.civil.local)["en"]


@pytest.mark.parametrize("crash", [False, True])
def test_who_is_called_is_told_of_the_last_sign_that_is_believed(crash: bool) -> None:
    """With the sensor that lies the call said "last sign of life: bedroom, a minute ago", and nobody would have gone."""
    life = home("bedroom")
    life.day(7, rests=10.0)
    lies(life, "bedroom", "motion", FALLS + 0.5, FALLS + 20)
    if crash:
        life.crash()
    lies(life, "bedroom", "motion", FALLS + 20, FALLS + 30)
    call = next(alert for alert in life.alerts if (alert.rule, alert.reason) == ("inactivity", "worse"))
    assert (call.evidence[0].device, call.evidence[0].quantity) == ("pir-1", "motion")
    assert call.evidence[0].at == pytest.approx((FALLS + 0.01) * HOUR)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert "last sign of life: pir-1 01-12 10:12" in vigil.words(life.engine.civil.local)["en"]


def test_a_front_door_without_its_magnet_sends_nobody_out() -> None:
    life = home("front-door")
    assert fallen(life, "front-door", "door_open", FALLS + 60, on=55.0, off=3.0) < 26, "believed out for 48 h otherwise"


def test_who_lives_on_beside_a_sensor_that_lies_is_not_called_about() -> None:
    life = home("bedroom")
    for number in range(7, 12):
        for hour in range(0, 24, 1):
            lies(life, "bedroom", "motion", 24 * number + hour, 24 * number + hour + 0.9)
            if 7 <= hour <= 23:
                life.move(24 * number + hour + 0.95)
    assert {alert.rule for alert in life.alerts} == {"motion-faulty"}


def test_where_the_sensor_that_lies_is_all_there_is_nobody_is_asked_and_the_trouble_says_so() -> None:
    life = Life(devices={"bedroom": Device("h", "", BUDGET)})
    life.say(0.0, "bedroom", "motion", False)
    for hour in range(120):
        for part in (0.1, 0.3, 0.5, 0.7):
            life.say(hour + part, "bedroom", "motion", part in (0.1, 0.5))
    assert [alert.rule for alert in life.alerts] == ["motion-faulty"]
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert vigil.awaits == ("bedroom",)
    words = vigil.words(life.engine.civil.local)
    assert "0 of 1 sensors healthy (faulty: bedroom)" in words["en"]
    assert "asks when bedroom is repaired" in words["en"]
    assert "1个传感器中0个正常（故障：bedroom）" in words["zh"]
    assert "bedroom修好后才询问" in words["zh"]


def test_once_it_behaves_it_is_a_sign_of_life_again() -> None:
    life = home("bedroom")
    life.day(7, rests=10.0)
    lies(life, "bedroom", "motion", FALLS + 0.5, FALLS + 40)
    life.beat(FALLS + 40, FALLS + 70)
    assert [alert.state for alert in life.alerts if alert.rule == "motion-faulty"] == ["firing", "resolved"]
    assert inactivity(life)[-1] == ("firing", "worse")
    life.say(FALLS + 71, "bedroom", "motion", True)
    assert inactivity(life)[-1] == ("resolved", "cleared")


@pytest.mark.parametrize(("device", "quantity", "on", "off"), [("bedroom", "motion", 4.0, 6.0), ("front-door", "door_open", 55.0, 3.0)])
def test_a_crash_changes_nothing_of_it(device: str, quantity: str, on: float, off: float) -> None:
    lives = [home(device), home(device)]
    for crashes, life in enumerate(lives):
        life.day(7, rests=10.0)
        for hour in range(40):
            lies(life, device, quantity, FALLS + 0.5 + hour, FALLS + 1.5 + hour, on=on, off=off)
            if crashes:
                life.crash()
    plain, crashed = lives
    assert crashed.alerts == plain.alerts
    assert ("firing", "worse") in inactivity(plain)
    assert crashed.engine.vigil("h", plain.at) == plain.engine.vigil("h", plain.at)


def test_somebodys_word_and_a_mode_that_ended_count_though_a_sensor_is_found_to_lie_later() -> None:
    life = home("bedroom")
    life.day(7, rests=10.0)
    lies(life, "bedroom", "motion", FALLS + 0.5, FALLS + 20)
    life.alerts += life.engine.well("h", Reading("carer", "fine", "button", "press", life.at, (), life.n))
    lies(life, "bedroom", "motion", FALLS + 20, FALLS + 27)
    assert [alert.rule for alert in life.alerts] == ["motion-faulty"], "seven hours since the word are no silence"


@pytest.mark.parametrize(
    ("every", "litres", "read"),
    [
        (100, 1, 10), (100, 1, 60), (150, 1, 15), (200, 1, 60), (95, 1, 5),
        (120, 3, 60), (120, 3, 15), (150, 6, 60), (30, 1, 120), (45, 1, 120), (1, 5, 120), (240, 9, 60),
    ],
)  # fmt: skip
def test_a_tap_that_drips_and_a_cistern_that_fills_up_are_no_sign_of_life(every: int, litres: int, read: int) -> None:
    """Every so many minutes so much, and how often the meter is read. No pause is so short as a leak's, or none is seen
    between two readings."""
    life = home()
    life.day(7, rests=10.0)
    start, before = round(FALLS * 60) + 5, life.litres
    for minute in range(start, start + 48 * 60, 5):
        if (minute - start) % read == 0:
            moved = before + litres * ((minute - start) // every)
            life.say(minute / 60, "kitchen-tap", "water_m3", moved / 1000)
        if minute % 60 < 5:
            life.say(minute / 60 + 0.01, "pir-1", "motion", False)
    called = [alert.at for alert in life.alerts if (alert.rule, alert.reason) == ("inactivity", "worse")]
    assert called, "for ever"
    assert called[0] < (FALLS + 30) * HOUR
