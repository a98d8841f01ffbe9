"""A call for help by button is nobody's to silence by the way, and a walk-test hides no fire and no cry."""

import json
from typing import Any

import pytest

from gateway.history.month import figures
from gateway.ladder.conftest import House, who
from gateway.ladder.silences import BURNS

PRESS = 1


def silenced(**scope: Any) -> House:
    """A house in which two persons have silenced life-safety so."""
    house = House()
    asked = {"reason": "sanding", "seconds": 3600, "life_safety": True, "act_id": "s1"}
    assert house.act(10, "silence", "wang", **asked, **scope)["ok"]
    assert house.act(11, "confirm", "desk", silence="s1")["ok"]
    return house


def asked(house: House) -> str:
    """What the second person was told they agree to."""
    return str(next(one for one in house.letters if one["to"] == "desk" and one["kind"] == "reminder")["news"]["what"])


@pytest.mark.parametrize(
    "scope", [{"device": "kitchen-1"}, {"home": "flat-1"}, {"home": "flat-1", "device": "kitchen-1"}]
)
def test_who_silences_a_detector_or_a_home_does_not_silence_its_help_button(scope: dict[str, str]) -> None:
    house = silenced(**scope)
    assert house.node(20, "kitchen", smoke=1) == []
    assert {"li", "chen", "wang"} <= set(who(house.node(30, "kitchen", button=PRESS)))
    assert asked(house) == "silence-asked"


@pytest.mark.parametrize("scope", [{"rule": "emergency-call"}, {"rule": "emergency-call", "device": "kitchen-1"}])
def test_a_stuck_button_can_be_silenced_by_name_and_the_second_person_is_told_so(scope: dict[str, str]) -> None:
    house = silenced(**scope)
    assert house.node(30, "kitchen", button=PRESS) == []
    assert asked(house) == "silence-asked-calls"


def test_a_stuck_button_can_be_silenced_by_its_alert_and_the_second_person_is_told_so() -> None:
    house = House()
    house.node(10, "kitchen", button=PRESS)
    asks = {"alert": house.incident.id, "reason": "stuck", "seconds": 600, "act_id": "s1"}
    assert house.act(11, "silence", "wang", **asks)["ok"]
    assert asked(house) == "silence-asked-calls"
    assert house.act(12, "confirm", "desk", silence="s1")["ok"]
    assert house.incident.silence == "s1"


def test_who_agrees_reads_of_home_and_room_what_people_call_them() -> None:
    house = silenced(home="flat-1", device="kitchen-1")
    (text,) = {one["news"]["text"] for one in house.letters if one["kind"] == "reminder" and one["to"] == "desk"}
    assert text.startswith("Flat 1 · kitchen · sanding · 60 min")


# -- walk-tests ----------------------------------------------------------------------------------------------------


def walking(seconds: float = 3600) -> House:
    house = House()
    assert house.act(10, "walk-test", "wang", home="flat-1", seconds=seconds)["ok"]
    return house


def test_a_walk_test_is_announced_to_the_home_and_so_is_its_end() -> None:
    house = walking(600)
    begun = [(one["to"], one["kind"], one["news"]["what"], one["news"]["text"]) for one in house.letters]
    assert begun == [(to, "reminder", "walk-test", "10") for to in ("home:flat-1", "chen")]
    over = house.wait(700)
    assert [(one["to"], one["news"]["what"]) for one in over] == [("home:flat-1", "walk-test-over")]


def test_sensors_that_are_added_one_by_one_do_not_tell_the_resident_again_and_again() -> None:
    house = House()
    for at in range(10, 1000, 100):
        house.act(at, "walk-test", "wang", home="flat-1", seconds=60)
        house.act(at + 30, "walk-test", "wang", home="flat-1", seconds=0)
    assert who(house.letters).count("chen") == 1
    assert who(house.letters).count("home:flat-1") == 20, "who is in hears each time whether alarms count"


def test_what_burns_on_in_a_walk_test_is_told_while_it_lasts() -> None:
    house = walking()
    assert house.node(100, "kitchen", smoke=1) == []
    assert house.wait(100 + BURNS - 1) == []
    told = house.wait(100 + BURNS)
    assert {"home:flat-1", "chen", "li", "wang"} <= set(who(told))
    assert any(out.sound for out in house.outs[-3:])
    events = [json.loads(one.body) for out in house.outs for one in out.messages if one.topic == "event"]
    kinds = [(one["kind"], one["id"].partition(".")[2]) for one in events if one["kind"] in ("walk-test", "alert")]
    assert kinds == [("walk-test", "1"), ("alert", "1.real")], "and so does the platform"
    month = figures(house.record(), (0.0, 1e9), house.fold.now, ["flat-1"])["flat-1"]
    assert (month.alerts["emergency"], month.tests) == (1, 0)
    assert [one.act for one in house.fold.ladders.loud(house.fold.engine.open(), house.fold.now)] == [("siren",)]
    assert house.node(2000, "bedroom", gas_alarm=1) == [], "the test itself goes on"


def test_it_is_told_also_by_a_gateway_that_was_restarted_in_between() -> None:
    house = walking()
    house.node(100, "kitchen", smoke=1)
    house.wait(110)
    house.restart(5)
    assert {"li", "wang"} <= set(who(house.wait(100 + BURNS)))


def test_detectors_that_are_tested_one_after_the_other_and_calm_down_call_nobody() -> None:
    house = walking()
    before = len(house.letters)
    for at in range(100, 1000, 120):
        house.node(at, "kitchen", smoke=1)
        house.node(at + 20, "bedroom", smoke=1)
        house.node(at + 60, "kitchen", smoke=0)
        house.node(at + 80, "bedroom", smoke=0)
    assert house.wait(2000)[before:] == []
    assert house.letters[before:] == []


def test_who_presses_again_and_again_in_a_walk_test_is_no_tester() -> None:
    for gap in (0.5, 10):
        house = walking()
        assert house.node(100, "button", button=PRESS) == []
        assert house.node(100 + gap, "button", button=PRESS) == []
        assert {"li", "chen", "wang"} <= set(who(house.node(100 + 2 * gap, "button", button=PRESS))), gap
        events = [json.loads(one.body) for one in house.outs[-1].messages if one.topic == "event"]
        assert [one["kind"] for one in events].count("alert") == 1, "a platform hears it once"


def test_each_button_is_counted_by_itself_and_over_a_restart() -> None:
    house = walking()
    house.node(100, "button", button=PRESS)
    house.node(110, "button", button=PRESS)
    house.node(120, "kitchen", button=PRESS)
    assert "li" not in who(house.letters)
    house.restart(1)
    assert "li" in who(house.node(130, "button", button=PRESS))
