"""No sign of life: asks, then calls; learns; is quiet when it can't know; and nothing but life changes what it knows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Reading, Scalar
from rules.alert import Alert
from rules.document import read
from rules.engine import Device, Engine
from rules.rulefile import load, read_rules
from rules.test_house import House, rules_of
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


STEPS = st.lists(
    st.tuples(
        st.integers(0, 40).map(lambda quarters: quarters / 4),
        st.sampled_from(["motion", "still", "tap", "door", "shut", "button", "deaf", "away", "home", "fewer", "all", "lost", "visit"]),
    ),
    max_size=60,
)


def played(steps: list[tuple[float, str]], between: Iterator[float], crash: bool) -> tuple[list[Alert], object]:
    life = Life()
    life.devices["front-door"] = Device("h", "", 2 * HOUR)
    life.alerts += life.engine.configure(RULES, life.devices, 0.0, 0)
    hour, litres = 0.0, 0.0
    for gap, what in steps:
        share = next(between)
        deaf = 1.5 if what == "deaf" else 0.0
        if crash and share < 0.3:
            life.crash()
        elif not crash:
            life.alerts += life.engine.tick((hour + gap * share) * HOUR)
        hour += gap + deaf
        life.at, life.n = hour * HOUR, life.n + 1
        if what == "deaf":
            life.alerts += life.engine.tick((hour - deaf) * HOUR)
            life.engine.deaf(deaf * HOUR)
        elif what in ("away", "home"):
            life.alerts += life.engine.mode("h", Mode(what), life.at, life.n)
        elif what == "visit":
            life.alerts += life.engine.tick(life.at)  # what is open is asked after the moment has come, as the fold does
            for alert in life.engine.open():
                life.alerts += life.engine.visited(alert.id, "real", life.at)
        elif what == "lost":
            life.alerts += life.engine.wall(MONDAY, life.n % 3 > 0, "UTC", life.at, life.n)
        elif what in ("fewer", "all"):
            devices = {name: one for name, one in life.devices.items() if what == "all" or name != "pir-1"}
            life.alerts += life.engine.configure(RULES, devices, life.at, life.n)
        else:
            litres += what == "tap"
            say: dict[str, tuple[str, str, Scalar]] = {
                "motion": ("pir-1", "motion", True), "still": ("pir-1", "motion", False),
                "tap": ("kitchen-tap", "water_m3", litres / 100), "door": ("front-door", "door_open", True),
                "shut": ("front-door", "door_open", False), "button": ("pir-1", "button", "press"),
            }  # fmt: skip
            life.say(hour, *say[what])
    life.alerts += life.engine.tick(life.at + 100 * HOUR)
    return life.alerts, life.engine.learned("h")


def never() -> Iterator[float]:
    while True:
        yield 1.0


@settings(max_examples=100, deadline=None)
@given(STEPS, st.lists(st.floats(0, 1), min_size=60, max_size=60), st.booleans())
def test_extra_ticks_and_crashes_change_nothing(
    steps: list[tuple[float, str]], between: list[float], crash: bool
) -> None:
    if crash:
        steps = [(gap, what) for gap, what in steps if what != "fewer"]  # a crash takes up all devices
    assert played(steps, iter(between), crash) == played(steps, never(), crash)


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


def test_looking_at_it_changes_nothing() -> None:
    looked, plain = lived(3), lived(3)
    assert looked.engine.vigil("h", looked.at) == plain.engine.vigil("h", plain.at)
    for life in (looked, plain):
        life.beat(3 * 24, 3 * 24 + 20)
        life.alerts += life.engine.tick(life.at) if life is plain else []
        life.engine.vigil("h", life.at)
    assert looked.told() == plain.told() != []
    assert looked.engine.changed() == plain.engine.changed()


def test_a_crash_does_not_change_the_order_in_which_sensors_are_named() -> None:
    life = Life()
    life.say(1, "pir-1", "motion", True)
    life.say(2, "kitchen-tap", "water_m3", 0.001)
    before = life.engine.vigil("h", life.at)
    rows = json.loads(json.dumps(life.engine.changed()))
    again = Engine("g", "e")
    assert again.load(rows) == []
    again.configure(RULES, life.devices, life.at, life.n)
    assert before is not None
    assert before.sensors == ("kitchen-tap", "pir-1")
    assert again.vigil("h", life.at) == before


@pytest.mark.parametrize("crash", [False, True])
def test_a_clock_that_was_set_during_a_silence_brings_its_question_forward(crash: bool) -> None:
    """Also to a rule that counts at any time; it was asked when the line of an unknown hour was over."""
    rules = rules_of('when = {inactive = "20m"}\nper = "home"')
    life = Life()
    life.engine.configure(rules, life.devices, 0.0, 0)
    life.engine.wall(0.0, False, "UTC", 0.0, 0)
    life.say(1, "kitchen-tap", "water_m3", 0.0)
    life.move(1)
    life.beat(2, 3)
    assert life.engine.wall(MONDAY + 8 * HOUR, True, "UTC", 3.5 * HOUR, life.n) == []
    if crash:
        rows = json.loads(json.dumps(life.engine.changed()))
        life.engine = Engine("g", "e")
        assert life.engine.load(rows) == []
        life.engine.configure(rules, life.devices, 3.5 * HOUR, life.n)
    vigil = life.engine.vigil("h", 3.5 * HOUR)
    assert vigil is not None
    assert vigil.asks_at < 12 * HOUR
    life.beat(4, vigil.asks_at / HOUR)
    assert [alert.at for alert in life.engine.tick(vigil.asks_at)] == [vigil.asks_at]


def test_another_homes_mode_moves_no_line() -> None:
    life = Life()
    life.move(1)
    life.beat(2, 4)
    before = json.loads(json.dumps(life.engine.changed()))["r:inactivity/h"]
    life.engine.mode("k", Mode("away"), 4.5 * HOUR, life.n)
    life.beat(4.75, 4.75, "kitchen-tap")
    life.engine.visited("none", "real", life.at)
    life.engine.visited_since("inactivity", "h", "real", life.at)
    assert json.loads(json.dumps(life.engine.changed())).get("r:inactivity/h", before) == before


OTHER = """
[inactivity]
title = {zh = "一", en = "one"}
severity = "warning"
per = "home"
when = {inactive = "40m"}
while = {mode = ["home", "night"]}
worse = {severity = "urgent", ladder = "are-you-ok"}
ladder = "ask-first"
"""
CHANGES = ("ask", "hours", "sensor", "clock")


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_no_reload_ends_a_question_or_a_call(change: str, called: bool, crash: bool) -> None:
    """Whoever was called because somebody may lie on the floor isn't told that it is over: nobody moved."""
    life = lived(14)
    life.day(14, rests=10.0)
    life.beat(14 * 24 + 10.5, 14 * 24 + 11.5)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    since, moment = vigil.since, (vigil.calls_at if called else vigil.asks_at) / HOUR + 0.01
    life.beat(14 * 24 + 12.5, moment)
    life.beat(moment, moment)
    assert [alert.reason for alert in life.alerts] == (["first", "worse"] if called else ["first"])
    rules = RULES
    if change == "ask":
        rules = read_rules(read(OTHER, "rules.toml"))
    elif change == "hours":
        life.alerts += life.engine.wall(MONDAY - 5 * HOUR, True, "UTC", life.at, life.n)
    elif change == "clock":
        life.alerts += life.engine.wall(MONDAY, False, "UTC", life.at, life.n)
    elif change == "sensor":
        del life.devices["kitchen-tap"]
    if crash:
        life.crash()
    life.alerts += life.engine.configure(rules, life.devices, life.at, life.n)
    life.beat(life.at / HOUR + 0.1, life.at / HOUR + 3, *([] if "kitchen-tap" in life.devices else ["kitchen-tap"]))
    assert [alert.reason for alert in life.alerts] == ["first", "worse"]
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert (vigil.since, vigil.stage) == (since, "calls")
    life.move(life.at / HOUR + 1)
    assert [alert.reason for alert in life.alerts][2:] == ["cleared"]


@pytest.mark.parametrize("off", [0.0, 2.0])
def test_who_was_asked_before_the_power_failed_keeps_the_time_to_answer(off: float) -> None:
    life = lived(14)
    life.day(14, rests=10.0)
    life.beat(14 * 24 + 10.5, 14 * 24 + 11.5)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    life.beat(14 * 24 + 12.5, vigil.asks_at / HOUR)
    life.alerts += life.engine.tick(vigil.asks_at)
    life.at = vigil.asks_at + 300
    life.crash()
    life.at += off * HOUR
    life.engine.deaf(off * HOUR)
    life.crash()
    life.alerts += life.engine.tick(vigil.calls_at + off * HOUR - 1)
    assert [alert.reason for alert in life.alerts] == ["first"]
    again = life.engine.vigil("h", life.at)
    assert again is not None
    assert again.calls_at == vigil.calls_at + off * HOUR
    life.alerts += life.engine.tick(again.calls_at)
    assert [(alert.reason, alert.at) for alert in life.alerts][1:] == [("worse", again.calls_at)]
    life.engine.deaf(off * HOUR)
    life.alerts += life.engine.tick(life.at + (2 * off + 1) * HOUR)
    called = life.engine.vigil("h", life.at + (2 * off + 1) * HOUR)
    assert called is not None
    assert called.stage == "calls", "who was called stays called"


