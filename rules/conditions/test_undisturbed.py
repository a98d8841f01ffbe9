"""What is no life changes nothing of a silence: looks, crashes, reloads, other homes, the clock, a power cut."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Scalar
from rules.alert import Alert
from rules.conditions.test_inactive import HOUR, MONDAY, RULES, Life, lived
from rules.document import read
from rules.engine import Device, Engine
from rules.rulefile import read_rules
from rules.test_house import rules_of
from rules.wall import Mode

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
