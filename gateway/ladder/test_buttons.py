"""What the people in a home say with buttons and doors: calls, calls taken back, answers to a question."""

import pytest

from gateway.ladder.conftest import ASKING, LONG, PEOPLE, PRESS, WALL, House, asking, site, who
from gateway.ladder.policy import shipped


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
