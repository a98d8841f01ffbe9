"""No sign of life where not all sensors were heard: nobody is called for silence of a sensor, and nobody forgotten."""

import random

import pytest

from drivers.reading import Scalar
from rules.conditions.test_inactive import DAY, HOMELY, HOUR, Life, lived
from rules.engine import Device
from rules.rhythm import CALLS, Rhythm
from rules.wall import Mode


def test_it_is_quiet_where_it_cannot_know_and_waits_no_longer_than_a_day() -> None:
    life = lived(7)
    start = 7 * 24 - 0.5
    life.beat(start, start + 23, "pir-1")
    assert life.told() == [], "the motion sensor is not heard: nobody knows"
    life.beat(start + 23, start + 30, "pir-1")
    assert [state for state, _, _ in life.told()] == ["firing", "firing"], "the other sensor is believed after a day"


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("every", [0.5, 1.0, 24.0])
def test_a_meter_that_is_read_now_and_then_tells_of_the_past(every: float, crash: bool) -> None:
    """Who washes and falls is missed as soon as without the meter, and who washes and leaves is believed to be out."""

    def asked(meter: bool, left: bool = False) -> float:
        budgets = {"kitchen-tap": Device("h", "", 26 * HOUR), "front-door": Device("h", "", 300 * HOUR)}
        life = Life(devices=HOMELY | budgets)
        fall = 10 * 24 + 14.2
        happens: list[tuple[float, str, str, Scalar]] = []
        for number in range(11):
            for hour in (7.2, 8.2, 9.7, 11.2, 12.2, 14.2, 16.2, 18.2, 20.2, 22.2):
                moment = 24 * number + hour
                happens += [(moment, "pir-1", "motion", True), (moment + 0.01, "pir-1", "motion", False)]
            happens += [(24 * number + 10, "front-door", "door_open", True), (24 * number + 10.01, "front-door", "door_open", False)]
        happens = [one for one in happens if one[0] <= fall + 0.05]
        if left:
            happens += [(fall + 0.04, "front-door", "door_open", True), (fall + 0.045, "front-door", "door_open", False)]
        happens += [(hour + 0.3, "pir-1", "motion", False) for hour in range(int(fall), 300)]
        if meter:
            uses = [one[0] + 0.02 for one in happens if one[3] is True and one[1] == "pir-1"]
            for number in range(int(300 / every)):
                at = (number + 0.9) * every
                happens.append((at, "kitchen-tap", "water_m3", sum(use <= at for use in uses) / 100))
        for hour, device, quantity, value in sorted(happens, key=lambda one: one[0]):
            if crash and life.at < (fall + 0.1) * HOUR <= hour * HOUR:
                life.crash()
            life.say(hour, device, quantity, value)
        assert life.alerts == [] if left else life.alerts[0].reason == "first"
        return life.alerts[0].at if life.alerts else 0.0

    assert asked(meter=True, left=True) == 0.0
    assert asked(meter=True) == pytest.approx(asked(meter=False), abs=1.0)


def test_no_sensor_is_heard_and_nobody_is_called() -> None:
    life = lived(7)
    life.alerts += life.engine.tick(40 * DAY)
    assert life.told() == []


def test_time_in_which_the_gateway_was_off_proves_nothing() -> None:
    plain, off = lived(7), lived(7)
    for life, hours in ((plain, 0.0), (off, 5.0)):
        start = 7 * 24 + 0.5
        life.beat(start, start + 2)
        life.engine.deaf(hours * HOUR)
        life.beat(start + 3 + hours, start + 30)
    assert off.alerts[0].at - plain.alerts[0].at == pytest.approx(5 * HOUR)


def test_a_smoke_alarm_that_lives_is_no_witness_for_a_dead_motion_sensor() -> None:
    life = Life(devices={"pir-1": HOMELY["pir-1"], "smoke-1": Device("h", "", 2 * HOUR)})
    life.move(9.0)
    for hour in range(10, 24 * 7):
        life.say(hour, "smoke-1", "smoke", False)
        life.say(hour, "smoke-1", "temperature_c", 20.0 + hour % 2)
    assert life.told() == []
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert (vigil.sensors, vigil.heard, vigil.stage) == (("pir-1",), (), "waits")


def test_a_sensor_that_told_of_little_is_not_waited_for_but_the_front_door_is() -> None:
    for silent, told in (("guest-pir", 2), ("front-door", 0)):
        life = Life(devices=HOMELY | {"guest-pir": Device("h", "", 2 * HOUR), "front-door": Device("h", "", 2 * HOUR)})
        for number in range(7):
            life.day(number)
            life.say(24 * number + 23.3, "front-door", "door_open", number % 2 == 0)
            life.say(24 * number + 23.4, "guest-pir", "motion", number % 2 == 0)
            life.move(24 * number + 23.5)
        hour = 7 * 24.0
        while hour < 7 * 24 + 18:
            life.beat(hour, hour)
            if silent != "guest-pir":
                life.say(hour, "guest-pir", "motion", True)
            if silent != "front-door":
                life.say(hour, "front-door", "door_open", True)
            hour += 1
        assert len(life.told()) == told, silent


def hours_to_a_call(outage: float) -> float:
    """Who falls at ten, and no sensor is heard for so many hours from eleven on."""
    life = lived(14)
    life.day(14, rests=10.0)
    life.beat(14 * 24 + 10.5, 14 * 24 + 11)
    life.beat(14 * 24 + 11 + outage, 16 * 24)
    return next(alert.at for alert in life.alerts if alert.reason == "worse") / HOUR - 14 * 24 - 10.2


def test_an_outage_of_two_sensors_at_once_puts_off_a_call_once() -> None:
    put_off = hours_to_a_call(5.0) - hours_to_a_call(0.0)
    assert 5 <= put_off <= 5.6, "since it was heard last, and not as long again for each sensor"


def test_a_sensor_that_was_dead_for_weeks_and_comes_back_puts_off_only_what_it_missed_of_this_silence() -> None:
    life = lived(14)
    for number in range(14, 26):
        life.beat(24 * number, 24 * number + 6.5, "kitchen-tap")
        for hour in range(7, 24 if number < 25 else 11):
            life.beat(24 * number + hour, 24 * number + hour, "kitchen-tap")
            life.move(24 * number + hour + 0.2)
    before = len(life.alerts)
    life.beat(25 * 24 + 10.5, 25 * 24 + 11, "kitchen-tap")
    life.beat(25 * 24 + 11.5, 27 * 24)
    called = next(alert for alert in life.alerts[before:] if alert.reason == "worse")
    assert called.at / HOUR - 25 * 24 < 24, "the tap was dead for eleven days, of this silence for an hour"


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("word", [False, True])
def test_while_the_line_to_the_sensors_is_down_nobody_is_missed(word: bool, crash: bool) -> None:
    """However long they may be silent: a broker that was down for a night is no silent person."""

    def lines(down: bool, *devices: str) -> None:
        life.alerts += life.engine.line(devices or tuple(HOMELY), down=down, at=life.at)
        if crash:
            life.crash()

    sleepy = {name: Device("h", "", 30 * HOUR) for name in HOMELY}
    life = Life(devices=sleepy)
    for number in range(14):
        life.day(number)
    life.day(14, rests=10.0)
    start = 14 * 24 + 11.0
    life.at = start * HOUR
    lines(True)
    life.at = (start + 9) * HOUR
    life.alerts += life.engine.tick(life.at)
    assert life.told() == []
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert (vigil.stage, vigil.heard) == ("waits", ())
    if word:  # it speaks before anybody says that the line is up
        life.say(start + 9, "pir-1", "motion", False)
        life.say(start + 9, "kitchen-tap", "water_m3", life.litres / 1000)
    lines(False)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert vigil.asks_at > (start + 10) * HOUR, "nine hours of it prove nothing"
    life.alerts += life.engine.tick(vigil.asks_at)
    assert [(alert.at, alert.reason) for alert in life.alerts] == [(vigil.asks_at, "first")]


def test_a_line_that_takes_a_sensor_of_little_with_it_puts_off_no_call_for_longer_than_half_a_day() -> None:
    life = lived(14)
    life.day(14, rests=10.0)
    life.alerts += life.engine.line(["kitchen-tap", "nobody's"], down=True, at=life.at)
    life.beat(14 * 24 + 10.5, 14 * 24 + 30, "kitchen-tap")
    assert [alert.reason for alert in life.alerts] == ["first", "worse"]
    assert life.alerts[0].at == (14 * 24 + 10.21 + 12) * HOUR


def test_it_names_whom_it_waits_for_before_it_promises_a_time() -> None:
    life = lived(7)
    start = 7 * 24 - 0.5
    for hours, en, zh in ((5, "asks when pir-1 is heard, not before ", "pir-1恢复后才询问（"), (14, "asks when pir-1 is heard", "pir-1恢复后才询问")):
        life.beat(start, start + hours, "pir-1")
        vigil = life.engine.vigil("h", life.at)
        assert vigil is not None
        words = vigil.words(life.engine.civil.local)
        assert en in words["en"]
        assert zh in words["zh"]
        start += hours + 1
    life.alerts += life.engine.mode("h", Mode("away"), life.at, life.n)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert vigil.words(life.engine.civil.local)["en"].endswith("away; doesn't ask in mode away")


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("down", [0.5, 12.0])
def test_a_line_that_is_down_again_and_again_puts_off_no_call_for_longer_than_it_was(down: float, crash: bool) -> None:
    """A loose plug, a broker in a poor network: each minute for hours, or for days."""
    life = lived(14)
    life.day(14, rests=10.0)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    began, flaps = life.at, 0
    while not life.alerts and flaps < 600:
        flaps += 1
        life.at = began + 60 * flaps
        life.alerts += life.engine.line(HOMELY, down=True, at=life.at)
        life.at += down
        life.alerts += life.engine.line(HOMELY, down=False, at=life.at)
        if crash and flaps % 50 == 0:
            life.crash()
        if flaps % 60 == 0:
            life.beat(life.at / HOUR, life.at / HOUR)
    assert flaps > 200
    late = life.alerts[0].at - vigil.asks_at
    assert (flaps - 1) * down - 1 <= late <= flaps * down + 1


def paused(days: int, start: float, end: float, falls: float | None = None) -> Life:
    """Nobody hears the home from one hour of each night to another: a timetable of the radio. Alive for so many days,
    until a fall on the last one."""
    chance, life = random.Random(2), Life(devices={"pir-1": HOMELY["pir-1"]})
    happens = [(hour / 2 + 0.013, False) for hour in range(48 * (days + 3))]
    for number in range(days):
        moment, rests = 24 * number + 7 + chance.gauss(0, 0.5), 24 * number + 22.5 + chance.gauss(0, 0.6)
        while moment < rests:
            happens.append((moment, True))
            moment += chance.expovariate(1.1) + 0.05
        happens += [(rests, True), (24 * number + chance.uniform(1, 5), chance.random() < 0.5)]
    for moment, moves in sorted(happens):
        if not start <= moment % 24 < end and (falls is None or not moves or moment < 24 * days - 24 + falls):
            (life.move if moves else life.beat)(*([moment] if moves else [moment, moment, "kitchen-tap"]))
    return life


def test_sensors_that_nobody_hears_at_night_make_no_night_look_short() -> None:
    """Of a silence in which time was lost is known that it lasted for as long as was heard of it, at least."""
    for start, end in ((0, 5), (1, 4), (0, 3)):
        calls = [alert.at for alert in paused(60, start, end).alerts if alert.reason == "worse" and alert.at < 60 * DAY]
        assert len(calls) <= 2, (start, end)
    falls = [8.5, 13.0, 18.0, 22.0]
    for fall in falls:
        life = paused(60, 0, 5, fall)
        called = [alert.at / HOUR - 59 * 24 - fall for alert in life.alerts if alert.reason == "worse"]
        assert 2 <= called[-1] <= 24, fall


@pytest.mark.parametrize(("found", "counted"), [("", 1.0), ("real", 0.0)])
def test_a_call_for_nothing_counts_though_the_sensors_were_lost_meanwhile(found: str, counted: float) -> None:
    """Else a home with poor radio is called about each week, and its lines say that nobody is."""
    life = lived(14)
    life.day(14, rests=10.0)
    life.beat(14 * 24 + 10.5, 14 * 24 + 11)
    life.beat(14 * 24 + 14, 15 * 24 + 14)
    assert [alert.reason for alert in life.alerts] == ["first", "worse"]
    before = Rhythm.of(life.engine.learned("h")).balance
    if found:
        life.engine.visited(life.alerts[-1].id, found, life.at)
    life.move(15 * 24 + 14.5)
    after = Rhythm.of(life.engine.learned("h")).balance
    assert after - before == pytest.approx(counted - CALLS / 30, abs=1e-5)
