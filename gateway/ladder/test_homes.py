"""What people in the home do and what is done for a while: buttons, doors, silences, walk-tests, lists, storms."""

import json
from typing import Any

import pytest

from drivers.reading import Frame
from gateway.hub import checkpoint
from gateway.ladder.conftest import PEOPLE, WALL, House, site, who
from gateway.ladder.policy import shipped

PRESS, LONG = 1, 2
ASKING = """
[quiet-home]
title = {zh = "无动静", en = "No sign of life"}
severity = "urgent"
when = {quantity = "occupied", is = true}
ladder = "are-you-ok"
"""


def asking() -> House:
    """A house in which a question to flat 1 is open since 100 s."""
    house = House(site(more='rules.files = ["quiet.toml"]\n', rules={"quiet.toml": ASKING}))
    assert [(one["to"], one["kind"]) for one in house.node(100, "kitchen", occupied=1)] == [
        ("home:flat-1", "question"), ("chen", "question"),
    ]  # fmt: skip
    house.deliver(101)
    return house


# -- buttons -------------------------------------------------------------------------------------------------------


def test_every_press_is_a_call_at_once() -> None:
    for code in (PRESS, LONG, 3):
        house = House()
        assert "li" in who(house.node(10, "button", button=code)), code


def test_a_long_press_within_15_s_takes_the_call_back_and_everybody_hears_of_it() -> None:
    house = House()
    house.node(10, "button", button=PRESS)
    house.deliver(11)
    news = house.node(25, "button", button=LONG)
    assert who(news) == ["chen", "li", "wang"]
    assert {one["news"]["what"] for one in news} == {"cancelled"}
    assert house.wait(4000) == []
    assert [entry["device"] for entry in house.record("fine")] == ["button-1"]
    assert house.record("answered")[0] | {"at": 0, "n": 0, "prev": ""} == {
        "actor": "home:flat-1", "at": 0, "ends": True, "incident": house.incident.id, "kind": "answered", "n": 0, "prev": "",
        "role": "resident", "via": "button-1", "what": "cancelled",
    }  # fmt: skip


def test_a_long_press_later_than_that_is_a_call() -> None:
    house = House()
    house.node(10, "button", button=PRESS)
    house.deliver(11)
    house.node(26, "button", button=LONG)
    assert not house.incident.answered
    assert "zhao" in who(house.wait(41))


def test_another_device_takes_nobodys_call_back() -> None:
    house = House()
    house.node(10, "button", button=PRESS)
    house.node(12, "kitchen", button=LONG)
    assert not any(one.answered for one in house.fold.ladders.registry.open.values())


def test_who_takes_it_back_and_presses_again_is_in_need_of_help() -> None:
    house = House()
    house.node(10, "button", button=PRESS)
    house.deliver(11)
    house.node(15, "button", button=LONG)
    house.deliver(16)
    again = house.node(20, "button", button=PRESS)
    assert {"chen", "li", "wang"} <= set(who(again))
    assert {one["kind"] for one in again} == {"page"}


def test_a_press_while_help_is_on_its_way_is_told_to_the_helper_and_later_to_all() -> None:
    house = House()
    house.node(10, "button", button=PRESS)
    house.act(20, "acknowledge", "li", alert=house.incident.id)
    house.deliver(21)
    assert [(one["to"], one["news"]["what"]) for one in house.node(60, "button", button=PRESS)] == [("li", "called-again")]
    assert {"li", "wang"} <= set(who(house.node(2000, "button", button=PRESS)))


def test_any_button_hushes_a_siren_and_the_ladder_goes_on() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    house.node(20, "button", button=PRESS)
    assert house.fold.ladders.hushed == {"flat-1": 620.0}
    assert house.outs[-1].sound, "outputs follow at once, not when they are looked at next"
    assert "zhao" in who(house.wait(41))
    house.node(50, "bedroom", smoke=1)  # more of it: whoever hushed the first hasn't heard of this
    assert house.fold.ladders.hushed == {}


# -- are you all right ---------------------------------------------------------------------------------------------


def test_nobody_answers_the_question_and_the_ladder_goes_on_to_the_emergency_services() -> None:
    house = asking()
    told = []
    for _ in range(40):
        due = house.fold.due()
        assert due is not None
        new = house.wait(due)
        told += [(one["at"] - WALL, one["to"], one["step"]) for one in new if one["kind"] == "page"]
        house.deliver(due)
        if len(told) > 6:
            break
    assert [(at, step) for at, _, step in told[:4]] == [
        (400.0, "carer"), (700.0, "neighbour"), (1300.0, "visit"), (2200.0, "emergency-services"),
    ]  # fmt: skip
    assert {to for _, to, step in told if step == "emergency-services"} == {"desk", "wang", "li"}


@pytest.mark.parametrize("code", [PRESS, LONG])
def test_a_button_answers_the_question(code: int) -> None:
    house = asking()
    house.node(200, "button", button=code)
    quiet = [one for one in house.fold.ladders.registry.open.values() if one.cause == "quiet-home"]
    assert quiet[0].answered
    calls = [one for one in house.fold.ladders.registry.open.values() if one.cause == "emergency-call"]
    assert bool(calls) == (code == PRESS), "a press is a call all the same, a long press says that all is well"


def test_a_door_that_moves_answers_and_one_that_stands_open_does_not() -> None:
    house = asking()
    house.node(200, "kitchen", door_open=1)  # the first that is heard of it
    house.node(210, "kitchen", door_open=1)
    assert not house.incident.answered
    house.node(220, "kitchen", door_open=0)
    assert house.incident.answer.what == "door"
    assert house.wait(9000) == []  # nobody else had been told, so nobody needs to be calmed


def test_where_a_ladder_takes_no_doors_word_a_door_answers_nothing() -> None:
    own = shipped()["welfare"].replace('"button", "door"]', '"button"]')
    more = 'rules.files = ["quiet.toml"]\nladders.files = ["own.toml"]\n'
    house = House(site(more=more, rules={"quiet.toml": ASKING}, files={"own.toml": own}))
    house.node(100, "kitchen", occupied=1)
    house.node(200, "kitchen", door_open=1)
    house.node(220, "kitchen", door_open=0)
    (asked,) = [one for one in house.fold.ladders.registry.open.values() if one.cause == "quiet-home"]
    assert asked.asking
    assert not asked.answered


def test_a_question_keeps_its_time_over_a_restart() -> None:
    house = asking()
    house.wait(200)
    before = len(house.letters)
    house.restart(3600)  # nobody heard the button meanwhile
    assert house.letters[before:] == []
    assert house.wait(3600 + 399) == []
    assert who(house.wait(3600 + 401)) == ["li"]


def test_where_nobody_can_be_asked_nobody_is_waited_for() -> None:
    house = House(site(people=PEOPLE.replace("people.chen", "people.li2").replace('"resident"', '"carer"'), spoken="",
                       more='rules.files = ["quiet.toml"]\n', rules={"quiet.toml": ASKING}))  # fmt: skip
    assert who(house.node(100, "kitchen", occupied=1)) == ["li2", "li"]


def test_a_carer_who_has_spoken_to_the_resident_ends_it() -> None:
    house = asking()
    assert house.act(200, "fine", "li", home="flat-1", via="link")["ok"]
    assert house.incident.answer[:3] == ("li", "carer", "link")


def test_fine_never_ends_a_sensors_alarm() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.act(20, "fine", "wang", home="flat-1")
    house.act(21, "fine", "wang", alert=house.incident.id)
    assert not house.incident.answered


# -- silences ------------------------------------------------------------------------------------------------------


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


# -- walk-tests ----------------------------------------------------------------------------------------------------


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


# -- lists, allowances, storms -------------------------------------------------------------------------------------

MORNING = (24 - 16 + 9) * 3600.0 + 2 * 86400  # Monday, 09:00: the gateway began on a Friday at 16:00


def test_maintenance_comes_as_one_list_on_the_next_working_day() -> None:
    house = House()
    for at, room in ((100, "kitchen"), (200, "bedroom"), (300, "button")):
        house.node(at, room, fault=1)
    assert house.wait(MORNING - 1) == []
    (listed,) = house.wait(MORNING)
    assert (listed["to"], listed["kind"], listed["once"]) == ("wang", "digest", True)
    assert [item["room"] for item in listed["items"]] == ["kitchen, bedroom, button"]
    house.act(MORNING + 10, "acknowledge", "wang", alert=listed["items"][0]["incident"])
    house.node(MORNING + 3600, "kitchen", 2, fault=1)  # today's list has gone
    assert house.wait(MORNING + 86399) == []
    (listed,) = house.wait(MORNING + 86400)
    assert [item["home"] for item in listed["items"]] == ["flat-2"], "what was taken on is left out"


def test_a_gateway_that_was_down_at_nine_lists_when_it_is_up_and_once() -> None:
    house = House()
    house.node(100, "kitchen", fault=1)
    house.wait(MORNING - 3600)
    house.restart(7200)
    assert len(house.letters) == 1
    house.restart(60)
    house.wait(MORNING + 20 * 3600)
    assert len(house.letters) == 1


def with_quiet(hours: str) -> House:
    """Mrs Wang's quiet hours; the house begins at 16:00."""
    return House(site(people=PEOPLE.replace('people.wang = {', f'people.wang = {{quiet = "{hours}", ')))


@pytest.mark.parametrize(
    ("hours", "until"),
    [("16:00-18:00", 7200), ("16:01-16:02", 120), ("22:00-18:00", 7200), ("16:00-15:00", 23 * 3600), ("22:00-07:00", 0),
     ("15:00-16:01", 0), ("16:02-16:01", 0)],
)  # fmt: skip
def test_nothing_below_urgent_disturbs_anybodys_quiet_hours(hours: str, until: int) -> None:
    house = with_quiet(hours)
    house.node(60, "kitchen", tamper=1)
    assert ("wang" in who(house.wait(62))) == (not until)
    if until:
        assert "wang" not in who(house.wait(until - 1))
        assert "wang" in who(house.wait(until + 600))
    assert "wang" in who(house.node(house.fold.now + 1, "kitchen", 2, smoke=1)), "an emergency comes at any hour"


@pytest.mark.parametrize("why", ["refused", "unconfirmed"])
def test_what_is_still_under_way_when_quiet_hours_begin_is_told_when_they_end(why: str) -> None:
    house = with_quiet("16:02-18:00")
    house.node(100, "kitchen", tamper=1)
    (page,) = [one for one in house.wait(102) if one["to"] == "wang"]
    if why == "refused":
        house.report(121, page, "refused", "quiet hours")
    assert "wang" not in who(house.wait(7199))
    assert not house.record("silent")
    later = next(one for one in house.wait(7200 + 300) if one["to"] == "wang")
    assert (later["incident"], later["kind"]) == (page["incident"], "page")


def test_a_storm_stays_readable() -> None:
    """2,000 alerts of 200 homes in a minute: smoke everywhere, buttons, covers, water."""
    house = House(site(200))
    kinds = ({"smoke": 1}, {"button": 1}, {"flood": 1}, {"gas_alarm": 1}, {"co_alarm": 1})
    n = 0
    for kind in kinds:
        for home in range(1, 201):
            for room in ("kitchen", "bedroom"):
                house.node(round(10 + n * 0.03, 6), room, home, **kind)
                n += 1
    house.wait(140)
    alerts = [alert for out in house.outs for alert in out.alerts if alert.n == 1 and alert.home]
    assert len(alerts) == n == 2000
    counts = {to: who(house.letters).count(to) for to in set(who(house.letters))}
    assert counts["wang"] <= 30, counts
    assert counts["desk"] <= 20
    assert counts["li"] <= 40, "her own home alone: five causes, and the steps of each"
    digests = [one for one in house.letters if one["kind"] == "digest"]
    assert digests
    assert all(len(one["items"]) <= 20 for one in digests)
    assert sum(one["more"] + len(one["items"]) for one in digests if one["to"] == "wang") > 700
    assert max(len(json.dumps(one, ensure_ascii=False)) for one in house.letters) < 16_000
    answered = next(one for one in reversed(digests) if one["to"] == "wang")
    assert house.act(141, "acknowledge", "", code=answered["answer"]["code"])["ok"]
    held = [one for one in house.fold.ladders.registry.open.values() if one.answered]
    assert len(held) == answered["more"] + len(answered["items"])


def test_a_first_message_about_ones_own_home_waits_for_no_allowance() -> None:
    house = House(site(30))
    for home in range(2, 31):
        house.node(10 + home / 100, "kitchen", home, smoke=1)
    assert {"chen", "li"} <= set(who(house.node(11, "kitchen", 1, smoke=1)))


def test_a_home_hears_of_each_of_its_alarms_at_once() -> None:
    house = House()
    for kind in ("smoke", "button", "gas_alarm", "co_alarm"):
        assert "home:flat-1" in who(house.node(10, "kitchen", **{kind: 1})), kind
    before = len(house.letters)
    for incident in list(house.fold.ladders.registry.open.values()):
        house.act(11, "acknowledge", "wang", alert=incident.id)
    assert who(house.letters[before:]).count("home:flat-1") == 4


def test_what_is_answered_while_it_waits_for_a_digest_is_not_told() -> None:
    house = House(site(30))
    for home in range(1, 21):
        house.node(10 + home / 100, "kitchen", home, smoke=1)
    for incident in list(house.fold.ladders.registry.open.values()):
        house.act(11, "acknowledge", "desk", alert=incident.id)
    paged = {one["home"] for one in house.letters if (one["to"], one["kind"]) == ("wang", "page")}
    news = {one["home"] for one in house.letters if (one["to"], one["kind"]) == ("wang", "follow-up")}
    assert news == paged, "the answer is told to whom the alarm was told"
    assert [one for one in house.wait(4000) if one["to"] == "wang"] == []
    assert len(paged) == 5


def test_a_storm_survives_a_restart() -> None:
    house = House(site(30))
    for home in range(1, 31):
        house.node(10 + home / 100, "kitchen", home, smoke=1)
    house.restart(0.0)
    before = len(house.letters)
    house.wait(41)
    wang = [one for one in house.letters[before:] if one["to"] == "wang"]
    assert len(wang) == 1
    assert sum(len(one["items"]) + one["more"] for one in wang) == 25


def test_who_moved_out_is_forgotten_and_that_is_recorded() -> None:
    house = House()
    away = {"act_id": "m", "verb": "mode", "actor": "wang", "home": "flat-1", "mode": "away"}
    house.feed(Frame("mode", 10.0, json.dumps(away).encode()))
    assert house.fold.engine.civil.mode("flat-1", 11.0).name == "away"
    assert not house.act(20, "home-reset", "li", home="flat-1", reason="moved")["ok"]
    assert "needs reason" in house.act(21, "home-reset", "wang", home="flat-1")["why"]
    assert house.act(22, "home-reset", "wang", home="flat-1", reason="moved")["ok"]
    assert house.fold.engine.civil.mode("flat-1", 23.0).name == "home"
    assert (house.record("act")[-1]["verb"], house.record("act")[-1]["reason"]) == ("home-reset", "moved")


def test_the_rows_of_a_calm_house_do_not_change() -> None:
    house = House()
    checkpoint.changed(house.fold)
    house.wait(3599)
    assert [key for key in checkpoint.changed(house.fold) if key.startswith("l:")] == []


def test_the_last_message_of_an_incident_says_where_it_was() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.node(20, "bedroom", smoke=1)
    first = house.letters[0]["incident"]
    for at, room in ((30, "kitchen"), (40, "bedroom")):
        house.node(at, room, smoke=0)
    house.wait(900)
    house.deliver(901)
    for at, alert in enumerate(list(house.fold.ladders.registry.open[first].pieces), 902):
        assert house.act(at, "reset", "wang", alert=alert)["ok"]
    news = [one for one in house.letters if one.get("news", {}).get("what") == "resolved"]
    last = [one for one in news if one["incident"] == first]
    assert {one["to"] for one in last} >= {"li", "wang"}
    assert {(one["room"], one["state"]) for one in last} == {("bedroom", "over")}
    assert all(one["evidence"] for one in last)
    assert first not in house.fold.ladders.registry.open


def test_a_question_that_cannot_wait_is_seen_as_well_as_heard() -> None:
    house = asking()

    def acts() -> list[tuple[str, ...]]:
        loud = house.fold.ladders.loud(house.fold.engine.open(), house.fold.now)
        return [alert.act for alert in loud if alert.rule == "quiet-home"]

    assert acts() == [("strobe",)]
    house.node(150, "button", button=LONG)
    assert acts() == [()]
    other = asking()
    other.wait(401)
    other.deliver(401)
    loud = other.fold.ladders.loud(other.fold.engine.open(), 401)
    assert [alert.act for alert in loud if alert.rule == "quiet-home"] == [()], "then others are called"
