"""The front door was the last that was heard: somebody is out, or lies on the floor behind it."""

import pytest

from rules.conditions.test_inactive import HOMELY, HOUR, RULES, Life, lived
from rules.engine import Device
from rules.rhythm import Rhythm

DAYS = 28
FRONT = Device("h", "hall", 2 * HOUR)


def use(life: Life, hour: float) -> None:
    life.say(hour, "front-door", "door_open", True)
    life.say(hour + 0.005, "front-door", "door_open", False)


def quiet(life: Life, start: float, end: float) -> None:
    """Nobody is heard, and all sensors live."""
    while start < end:
        life.beat(start, start)
        life.say(start, "front-door", "door_open", False)
        start += 1.0


def homely() -> Life:
    return Life(devices=HOMELY | {"front-door": FRONT})


def carer(life: Life, number: int, *, falls: bool = False) -> None:
    """Up at seven; a carer is there from 9:30 until 10:15, and whoever lives there is about until eleven at night."""
    day = 24.0 * number
    quiet(life, day, day + 7)
    for hour in (7.0, 8.0, 9.0):
        life.move(day + hour)
    use(life, day + 9.5)
    life.move(day + 9.8)
    life.move(day + 10.1)
    use(life, day + 10.25)
    for hour in (10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.5, 17.5, 18.5, 19.5, 20.5, 21.5, 22.5, 23.0) if not falls else ():
        life.move(day + hour)


def outing(life: Life, number: int, back: float) -> None:
    """Out at ten, and back at an hour; else at home."""
    day = 24.0 * number
    quiet(life, day, day + 7)
    for hour in (7.0, 8.0, 9.0):
        life.move(day + hour)
        quiet(life, day + hour + 0.5, day + hour + 1)
    use(life, day + 10)
    quiet(life, day + 10.4, day + back)
    hour = back + 0.1
    if hour < 24:
        use(life, day + back)
    while hour < 23:
        life.move(day + hour)
        quiet(life, day + hour + 0.3, day + hour + 1)
        hour += 1.0


@pytest.mark.parametrize("crash", [False, True])
def test_who_falls_before_the_carer_leaves_is_missed_the_same_evening(crash: bool) -> None:
    """The front door was the last and nothing since: nobody was asked for two days."""
    life = homely()
    for number in range(DAYS):
        carer(life, number)
    assert life.told() == []
    carer(life, DAYS, falls=True)
    if crash:
        life.crash()
    left = life.at
    quiet(life, 24 * DAYS + 10.5, 24 * DAYS + 40)
    asked, called = life.alerts[:2]
    assert (asked.reason, called.reason, called.at - asked.at) == ("first", "worse", 20 * 60)
    assert (called.at - left) / HOUR < 6.0


def test_who_is_out_every_day_is_missed_when_they_are_always_back_and_not_before() -> None:
    life, days, backs = homely(), 2 * DAYS, (11.5, 12.0, 13.0, 12.5, 14.0, 12.0, 11.5)
    for number in range(days):
        outing(life, number, backs[number % 7])
    assert life.told() == []
    outing(life, days, 50.0)
    called = next(alert for alert in life.alerts if alert.reason == "worse")
    assert 4.0 < called.at / HOUR - 24 * days - 10 < 14.0


def test_a_home_of_which_little_is_known_believes_for_two_days_that_somebody_is_out() -> None:
    life = lived(7)
    life.devices["front-door"] = FRONT
    life.engine.configure(RULES, life.devices, life.at, life.n)
    use(life, 7 * 24 + 9)
    quiet(life, 7 * 24 + 9.5, 7 * 24 + 56)
    assert life.told() == []


def test_a_needless_call_behind_the_door_makes_the_next_one_later() -> None:
    life = homely()
    for number in range(DAYS):
        carer(life, number)
    day = 24 * DAYS
    carer(life, DAYS, falls=True)  # nobody fell: they have gone out together
    quiet(life, day + 10.5, day + 22)
    use(life, day + 22)
    life.move(day + 22.5)
    assert life.told()[-1][0] == "resolved"
    before = life.alerts[1].at / HOUR - day - 10.25
    carer(life, DAYS + 1, falls=True)
    quiet(life, day + 24 + 10.5, day + 24 + 60)
    again = [alert.at for alert in life.alerts if alert.reason == "worse"][1]
    assert again / HOUR - day - 24 - 10.25 > before


def test_absences_of_days_leave_no_line_within_one() -> None:
    """Who is out overnight as often as not isn't missed before the next day but one."""
    known = Rhythm()
    for day in range(40):
        known.was_behind(False, 10, 30 * HOUR if day % 2 else 2 * HOUR)
        known.turn(day)
    assert known.behind(False, 10) is None
    assert known.absence == 48 * HOUR
    assert Rhythm.of(known.save()).behind(False, 10) is None
