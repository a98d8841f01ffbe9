"""An alarm from before a power cut of nobody knows how long keeps its own date, for whomever it is told."""

import json

from gateway.answers.find import find
from gateway.control import status
from gateway.ladder.conftest import WALL, House, site

WEEKEND = 60 * 3600.0
"""Seconds."""


def weekend() -> House:
    """Smoke on Friday at WALL + 100 s; the power is off until Monday; the clock begins in 1970 and is set after 10 s."""
    house = House()
    house.node(100, "kitchen", smoke=1)
    house.deliver(101)
    house.act(102, "acknowledge", alert=house.incident.id)
    house.node(103, "bedroom", home=2, smoke=1)
    house.wait(110)
    house.synced, house.wall = False, -100.0
    house.restart(0.0, known=False)
    house.wait(house.fold.now + 10)
    house.synced, house.wall = True, WALL + WEEKEND
    house.wait(house.fold.now)
    return house


def test_no_letter_tells_of_an_alarm_from_before_a_power_cut_as_of_now() -> None:
    house = weekend()
    later = [one for one in house.wait(house.fold.now + 900) if one["rule"] == "smoke"]
    assert len(later) >= 5, "nobody answered for flat 2, so it goes on"
    assert {one["since"] for one in later} == {WALL + 103}
    assert all(one["at"] > WALL + WEEKEND for one in later)


def test_neither_the_list_nor_the_page_nor_the_platform_does() -> None:
    house = weekend()
    house.wait(house.fold.now + 30)
    shown = {one.home: status.told(one, house.fold) for one in status.raised(house.fold) if one.rule == "smoke"}
    assert {home: (one["since"], one["since_quality"]) for home, one in shown.items()} == {
        "flat-1": (WALL + 100, "synced"), "flat-2": (WALL + 103, "synced"),
    }  # fmt: skip
    taken = status.answer(shown["flat-1"]["alert"], house.fold)["acknowledged"]
    assert taken is not None
    assert taken["at"] == WALL + 102
    code = next(one["answer"]["code"] for one in reversed(house.letters) if one["home"] == "flat-2" and one["answer"])
    found = find(house.fold, code)
    assert found is not None
    assert [one.since for one in found.shown("en")] == ["2027-01-15 16:01"]
    before = len(house.outs)
    house.node(house.fold.now + 1, "bedroom", home=2, smoke=0)
    events = [json.loads(one.body) for out in house.outs[before:] for one in out.messages if one.topic == "event"]
    assert [(one["since"], one["since_quality"]) for one in events if one.get("rule") == "smoke" and "state" in one] == [
        (WALL + 103, "synced")
    ]


def test_a_restart_of_known_length_forgets_no_date() -> None:
    house = weekend()
    house.wait(house.fold.now + 30)
    house.restart(20.0)
    (alert,) = [one for one in status.raised(house.fold) if one.rule == "smoke" and one.home == "flat-2"]
    assert status.told(alert, house.fold)["since"] == WALL + 103


def test_what_came_before_the_clock_was_set_is_dated_by_it() -> None:
    """A machine without a clock of its own begins in 1970, and the fire with it."""
    house = House(synced=False, wall=0.0)
    house.node(5, "kitchen", smoke=1)
    (alert,) = [one for one in status.raised(house.fold) if one.rule == "smoke"]
    assert (status.told(alert, house.fold)["since"], status.told(alert, house.fold)["since_quality"]) == (5.0, "unsynced")
    house.synced, house.wall = True, WALL
    house.wait(30)
    assert (status.told(alert, house.fold)["since"], status.told(alert, house.fold)["since_quality"]) == (WALL + 5, "synced")


def test_the_last_sign_of_life_keeps_its_date() -> None:
    house = House(site(more='rules.also = ["inactivity"]\n'))
    house.node(100, "kitchen", occupied=1)
    house.node(160, "kitchen", occupied=0)
    house.wait(200)
    house.synced, house.wall = True, WALL + WEEKEND
    house.restart(0.0, known=False)
    assert house.fold.site is not None
    shown = status.home_status(house.fold.site.homes["flat-1"], [], house.fold, house.fold.now)["vigil"]
    assert "last sign of life: kitchen-1 01-15 16:02" in shown["words"]["en"]
    assert shown["since"] == WALL + 160
