"""No sign of life: asks, then calls, says why, and is quiet when nobody is missed."""

import json
from dataclasses import dataclass, field

import pytest

from drivers.reading import Reading, Scalar
from rules.alert import Alert
from rules.engine import Device, Engine
from rules.rulefile import load
from rules.test_house import House
from rules.wall import Mode

HOUR, DAY = 3600.0, 86400.0
MONDAY = 4 * DAY
RULES = [rule for rule in load(["elder"]) if rule.id == "inactivity"]
HOMELY = {"pir-1": Device("h", "", 2 * HOUR), "kitchen-tap": Device("h", "", 2 * HOUR)}


@dataclass
class Life:
    """A home that is lived in from a Monday on; ``at`` is the hour since then."""

    engine: Engine = field(default_factory=lambda: Engine("g", "e"))
    devices: dict[str, Device] = field(default_factory=lambda: dict(HOMELY))
    alerts: list[Alert] = field(default_factory=list)
    at: float = 0.0
    n: int = 0
    litres: float = 0.0
    rows: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine.configure(RULES, self.devices, 0.0, 0)
        self.engine.wall(MONDAY, True, "UTC", 0.0, 0)

    def say(self, hour: float, device: str, quantity: str, value: Scalar) -> None:
        self.n += 1
        self.at = hour * HOUR
        self.alerts += self.engine.feed(Reading(device, quantity, quantity, value, self.at, (), self.n))

    def move(self, hour: float) -> None:
        self.say(hour, "pir-1", "motion", True)
        self.say(hour + 0.01, "pir-1", "motion", False)

    def beat(self, start: float, end: float, *quiet: str) -> None:
        """The sensors live, once in an hour, and nobody moves."""
        hour = start
        while hour <= end:
            for device, quantity, value in (("pir-1", "motion", False), ("kitchen-tap", "water_m3", self.litres / 1000)):
                if device not in quiet:
                    self.say(hour, device, quantity, value)
            hour += 1.0

    def day(self, number: int, rises: float = 7.0, rests: float = 23.0) -> None:
        """Up at seven, to bed at eleven, something every hour; the sensors are heard in the night, too."""
        self.beat(24 * number, 24 * number + rises - 0.5)
        hour = rises
        while hour <= rests:
            self.litres += 1
            self.say(24 * number + hour, "kitchen-tap", "water_m3", self.litres / 1000)
            self.move(24 * number + hour + 0.2)
            hour += 1.0

    def told(self) -> list[tuple[str, str, str]]:
        return [(alert.state, alert.reason, alert.severity) for alert in self.alerts]

    def crash(self) -> None:
        self.rows |= json.loads(json.dumps(self.engine.changed(), allow_nan=False))
        self.rows = {key: row for key, row in self.rows.items() if row is not None}
        self.engine = Engine("g", "e")
        assert self.engine.load(self.rows) == []
        self.alerts += self.engine.configure(RULES, self.devices, self.at, self.n)


def lived(days: int) -> Life:
    life = Life()
    for number in range(days):
        life.day(number)
    assert life.told() == [], "an even life is no alarm"
    return life


def test_who_falls_in_the_morning_is_missed_before_noon_and_whoever_moves_again_ends_it() -> None:
    life = lived(84)
    life.day(84, rests=10.0)
    life.beat(84 * 24 + 10.5, 84 * 24 + 22)
    (asked, called), at = life.alerts[:2], 84 * 24 + 10.2
    assert (asked.state, asked.reason, asked.severity, asked.ladder) == ("firing", "first", "warning", "ask-first")
    assert (called.state, called.reason, called.severity, called.ladder) == ("firing", "worse", "urgent", "are-you-ok")
    assert asked.id == called.id
    assert (asked.n, called.n) == (1, 2)
    assert called.at - asked.at == 20 * 60
    assert called.at / HOUR - at < 2.5, "fixed 12 h would call at ten in the evening"
    life.move(84 * 24 + 23.0)
    assert life.told()[2:] == [("resolved", "cleared", "urgent")]


def test_it_says_in_words_why_it_asks_and_when() -> None:
    life = lived(14)
    life.say(14 * 24 + 7.7, "kitchen-tap", "water_m3", 99.0)
    life.beat(14 * 24 + 8, 14 * 24 + 9, "pir-1")
    vigil = life.engine.vigil("h", (14 * 24 + 9) * HOUR)
    assert vigil is not None
    words = vigil.words(life.engine.civil.local)
    assert words["en"].startswith("last sign of life: kitchen-tap 01-19 07:42; 1 of 2 sensors healthy (missing: pir-1);")
    assert "not away; asks when pir-1 is heard, not before 01-19 " in words["en"]
    life.beat(14 * 24 + 9.1, 14 * 24 + 9.1)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert "2 of 2 sensors healthy; not away; asks at 01-19 " in vigil.words(life.engine.civil.local)["en"]
    assert "最后的活动：kitchen-tap 01-19 07:42；2个传感器中1个正常" in words["zh"]
    assert life.engine.vigil("elsewhere", 0.0) is None


def test_evidence_says_the_last_sign_and_what_was_normal() -> None:
    life = lived(14)
    life.beat(14 * 24 - 0.5, 15 * 24)
    proof = {reading.quantity: reading for reading in life.alerts[0].evidence}
    assert proof["motion"].device == "pir-1"
    assert 8 * HOUR < float(proof["normal_s"].value) <= 12 * HOUR
    assert proof["calls_after_s"].value == proof["normal_s"].value
    assert proof["sensors"].value == 2


@pytest.mark.parametrize("mode", ["away", "hospital", "maintenance"])
def test_nobody_is_missed_in_a_mode_in_which_nobody_is_in(mode: str) -> None:
    life = lived(3)
    life.alerts += life.engine.mode("h", Mode(mode, 20 * DAY), 3 * DAY, 1)
    life.beat(3 * 24, 20 * 24 - 1)
    assert life.told() == []
    life.beat(20 * 24, 20 * 24 + 8)
    assert life.told() == [], "with the mode, the silence begins anew"
    life.beat(20 * 24 + 8, 20 * 24 + 13)
    assert len(life.told()) == 2


def test_out_by_the_front_door_with_the_hall_sensor_lagging() -> None:
    life = lived(7)
    life.devices["front-door"] = Device("h", "hall", 2 * HOUR)
    life.engine.configure(RULES, life.devices, life.at, life.n)
    for hour, device, quantity, value in (
        (7 * 24 + 9.0, "front-door", "door_open", True),
        (7 * 24 + 9.01, "front-door", "door_open", False),
        (7 * 24 + 9.02, "pir-1", "motion", True),
        (7 * 24 + 9.04, "pir-1", "motion", False),
    ):
        life.say(hour, device, quantity, value)
    hour = 7 * 24 + 9.5
    while hour < 7 * 24 + 50:
        life.beat(hour, hour)
        life.say(hour, "front-door", "door_open", False)
        hour += 1
    assert life.told() == []


def test_a_faulty_door_does_not_hold_a_home_for_left() -> None:
    life = lived(7)
    life.devices["front-door"] = Device("h", "hall", 2 * HOUR)
    life.engine.configure(RULES, life.devices, life.at, life.n)
    for minute in range(0, 60 * 24 * 4, 10):
        life.say(7 * 24 + minute / 60, "front-door", "door_open", minute % 20 == 0)
        if minute % 60 == 30:
            life.beat(life.at / HOUR, life.at / HOUR)
    assert ("firing", "worse", "urgent") in life.told()


def test_a_leak_is_no_sign_of_life() -> None:
    life = Life()
    for number in range(7):
        life.day(number)
    for quarter in range(4 * 48):
        life.say(7 * 24 + quarter / 4, "kitchen-tap", "water_m3", 1.0 + quarter / 1000)
        life.say(7 * 24 + quarter / 4 + 0.01, "pir-1", "motion", False)
    assert ("firing", "worse", "urgent") in life.told()


def test_a_meter_that_is_all_there_is_stays_a_sign_although_it_never_stands_still() -> None:
    life = Life(devices={"kitchen-tap": HOMELY["kitchen-tap"]})
    for hour in range(24 * 5):
        life.say(hour, "kitchen-tap", "water_m3", 1.0 + hour / 1000)
    assert life.told() == [], "it tells of a leak, which has a rule of its own, and of nothing else"


def test_a_heater_is_no_sign_of_life_beside_a_motion_sensor_but_a_kettle_is_alone() -> None:
    for device, expected in (("pir-1", 2), ("", 0)):
        life = Life(devices={"plug": Device("h", "", 2 * HOUR), **({device: HOMELY[device]} if device else {})})
        for quarter in range(4 * 30):
            if device:
                life.say(quarter / 4, device, "motion", quarter == 0)
            life.say(quarter / 4, "plug", "power_w", 2000.0 if quarter % 12 == 0 else 3.0)
        assert len(life.told()) == expected


def test_what_is_worth_a_call_when_its_for_is_over_calls_at_once() -> None:
    """It asked nobody for an hour, so there is no answer to wait for; it told of the call at the next look, days later."""
    house = House("per = 'home'\nwhen = {inactive = '20m', for = '1h'}\nworse = {severity = 'urgent', ladder = 'x'}")
    house.say(0.0, "a", "motion", True)
    house.say(60.0, "a", "motion", False)
    told = []
    for half in range(1, 48):
        told += house.say(half * 1800.0, "b", "motion", False) + house.say(half * 1800.0 + 1, "a", "motion", False)
    told += house.engine.tick(14 * HOUR)
    fired = [alert for alert in told if alert.state == "firing"]
    assert [(alert.reason, alert.severity, alert.ladder) for alert in fired] == [("first", "urgent", "x")]


def test_it_stands_beside_any_other_condition() -> None:
    for signs in ("", ", signs = ['motion']"):
        house = House(f"per = 'home'\nwhen = {{any = [{{inactive = '20m'{signs}}}, {{quantity = 'smoke', is = true}}]}}")
        assert [alert.state for alert in house.say(9.0, "a", "smoke", True)] == ["firing"]


def test_a_home_without_any_sign_of_life_is_asked_nothing() -> None:
    """A press that a sensor says again was none; no sensor here would hear the resident, and another rule says that."""
    rule = "per = 'home'\nwhen = {inactive = '20m'}\nwhile = {mode = ['home']}"
    made = House(rule, devices={"a": Device("h", "", 600.0)})
    made.say(1.0, "a", "button", "press", "replay")
    made.engine.mode("h", Mode(), 2.0, 2)
    assert [alert.rule for alert in made.engine.tick(30 * 86400.0)] == []


def test_a_home_whose_front_door_is_heard_is_asked_within_seven_hours_on_the_first_day() -> None:
    for door, hours in ((True, 6.9), (False, 10.93)):
        life = Life(devices=HOMELY | {"front-door": Device("h", "", 2 * HOUR)})
        life.beat(0, 8.5)
        if door:
            life.say(8.6, "front-door", "door_open", True)
            life.say(8.61, "front-door", "door_open", False)
        life.move(9.0)
        for hour in range(10, 22):
            life.beat(hour, hour)
            if door:
                life.say(hour, "front-door", "door_open", False)
        assert life.alerts[1].at / HOUR - 9.01 == pytest.approx(hours, abs=0.02), "it calls"
