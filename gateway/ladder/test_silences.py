"""What is done for a while: silences and walk-tests, from whom they keep what, and how they end."""

import json
from typing import Any

import pytest

from gateway.ladder.conftest import PRESS, House, who


def test_what_is_silenced_reaches_nobody_and_is_told_when_the_silence_ends() -> None:
    house = House()
    assert house.act(10, "silence", "wang", home="flat-1", reason="painters", seconds=3600)["ok"]
    assert house.node(20, "kitchen", tamper=1) == []
    reminder = house.wait(3010 + 1)
    assert [(one["to"], one["kind"], one["news"]["what"]) for one in reminder] == [("wang", "reminder", "silence-ends")]
    told = house.wait(3611)
    assert "wang" in who(told)
    assert told[0]["rule"] == "tamper"


def test_life_safety_needs_a_second_person_and_an_hour_at_the_most() -> None:
    house = House()
    assert "3600" in house.act(10, "silence", "wang", rule="smoke", reason="sanding", seconds=3601)["why"]
    assert house.act(11, "silence", "wang", rule="smoke", home="flat-1", reason="sanding", seconds=3600, act_id="s1")["ok"]
    asked = [one for one in house.letters if one["kind"] == "reminder"]
    assert [(one["to"], one["news"]["what"]) for one in asked] == [("li", "silence-asked"), ("desk", "silence-asked")]
    assert "sanding · 60 min" in asked[0]["news"]["text"], "who agrees knows for how long"
    assert "li" in who(house.node(20, "kitchen", smoke=1)), "until then it is no silence"
    assert house.act(21, "confirm", "wang", silence="s1")["why"] == "a second person must confirm it"
    assert house.act(22, "confirm", "desk", silence="s1")["ok"]
    assert house.incident.silence == "s1"
    house.deliver(23)
    assert [one for one in house.wait(3000) if one["kind"] == "page"] == []
    assert house.act(3001, "unsilence", "zhao", silence="s1")["ok"]  # ending one is anybody's right
    assert {"li", "wang"} <= set(who(house.letters[-5:]))


def test_who_was_called_hears_of_the_end_also_when_it_was_silenced_meanwhile() -> None:
    house = House()
    assert "li" in who(house.node(10, "kitchen", smoke=1))
    assert house.act(11, "silence", "wang", rule="smoke", reason="dust", seconds=600, act_id="s1")["ok"]
    assert house.act(12, "confirm", "desk", silence="s1")["ok"]
    assert house.incident.silence == "s1"
    house.node(20, "kitchen", smoke=0)
    house.act(30, "reset", "wang", alert=house.incident.id)
    over = [one for one in house.letters if one["kind"] == "follow-up" and one["news"]["what"] == "resolved"]
    assert "li" in who(over)
    house.node(40, "kitchen", smoke=1)
    said = len(house.letters)
    house.node(50, "kitchen", smoke=0)
    house.act(60, "reset", "wang", alert=house.incident.id)
    assert len(house.letters) == said, "of what began in the silence nobody was told"


def test_an_answer_that_says_no_way_came_by_the_way_it_was_proven() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    assert house.act(11, "acknowledge", "desk", alert=house.incident.id, proof="platform p", via="")["ok"]
    assert house.incident.answer is not None
    assert house.incident.answer.via == "platform p"


def test_one_that_nobody_confirms_never_begins() -> None:
    house = House()
    house.act(10, "silence", "wang", device="kitchen-1", life_safety=True, reason="sanding", seconds=600, act_id="s1")
    house.wait(700)
    assert house.act(701, "confirm", "desk", silence="s1")["why"] == "there is no such silence"
    assert "li" in who(house.node(702, "kitchen", smoke=1))


def test_a_silence_of_a_device_leaves_its_emergencies_alone() -> None:
    house = House()
    house.act(10, "silence", "wang", device="kitchen-1", reason="broken cover")
    assert house.node(20, "kitchen", tamper=1) == []
    house.wait(25)
    assert "li" in who(house.node(30, "kitchen", smoke=1))


@pytest.mark.parametrize("wrong", [{"device": "nowhere"}, {"rule": "nothing"}, {"home": "flat-9"}, {"home": "flat-1", "seconds": 0}])
def test_a_silence_of_nothing_is_refused(wrong: dict[str, Any]) -> None:
    assert not House().act(10, "silence", "wang", reason="x", **wrong)["ok"]


def test_sirens_are_quiet_in_a_silence_and_valves_are_not() -> None:
    house = House()
    house.act(10, "silence", "wang", rule="gas-leak", home="flat-1", reason="work on the pipe", seconds=600, act_id="s1")
    house.act(11, "confirm", "desk", silence="s1")
    house.node(20, "kitchen", gas_alarm=1)
    loud = [alert for alert in house.fold.ladders.loud(house.fold.engine.open(), 21.0) if alert.rule == "gas-leak"]
    assert loud[0].act == ("close-gas-valve",)


def test_in_a_walk_test_alarms_sound_for_2_s_reach_nobody_and_end_by_themselves() -> None:
    house = House()
    assert house.act(10, "walk-test", "wang", home="flat-1", seconds=600)["ok"]
    assert house.node(20, "kitchen", smoke=1) == []
    assert house.node(21, "button", button=PRESS) == []
    sounding = [alert.rule for alert in house.fold.ladders.loud(house.fold.engine.open(), 21.5) if "siren" in alert.act]
    assert sounding == ["smoke"]
    assert not [alert for alert in house.fold.ladders.loud(house.fold.engine.open(), 22.0) if "siren" in alert.act]
    house.wait(24)
    assert house.outs[-1].sound or any(out.sound for out in house.outs[-3:])
    house.node(30, "kitchen", smoke=0)
    house.wait(100)
    assert house.fold.engine.open() == [], "a test alarm needs nobody to reset it"
    events = [json.loads(one.body) for out in house.outs for one in out.messages if one.topic == "event"]
    assert {one["kind"] for one in events} == {"act", "walk-test"}
    house.wait(700)
    assert house.record("walk-test-over")[0]["heard"] == ["kitchen-1", "button-1"]
    assert "li" in who(house.node(710, "kitchen", smoke=1))


def test_what_still_burns_when_the_test_ends_is_no_test() -> None:
    house = House()
    house.act(10, "walk-test", "wang", home="flat-1", seconds=60)
    house.node(20, "kitchen", smoke=1)
    told = house.wait(71)
    assert {"home:flat-1", "chen", "li", "wang"} <= set(who(told))


def test_the_other_home_is_not_tested() -> None:
    house = House()
    house.act(10, "walk-test", "wang", home="flat-1", seconds=600)
    assert "wang" in who(house.node(20, "kitchen", 2, smoke=1))


def test_a_resident_may_not_begin_one() -> None:
    assert "may not walk-test" in House().act(10, "walk-test", "chen", home="flat-1")["why"]
