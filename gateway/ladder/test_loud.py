"""An alarm is never held back, nor dressed up as a list of things to do, because of lesser news."""

import json

import pytest

from gateway.ladder.budget import CALLS, NEWS, REST, Budget
from gateway.ladder.conftest import House, site
from gateway.people.letter import Desk, write

FLATS, APART = 10, 41.0
"""Seconds: what befalls four homes within two minutes is one incident."""
QUIET = """
[on-the-floor]
title = {zh = "x", en = "x"}
severity = "urgent"
when = {quantity = "temperature_c", below = 5}
ladder = "property"
"""
DESK = Desk("g", "Asia/Shanghai", "")


def test_lesser_news_that_waits_holds_back_no_alarm() -> None:
    house = House(site(FLATS))
    for home in range(1, FLATS):
        house.node(home * APART, "kitchen", home, tamper=1)
    house.wait(FLATS * APART)
    budget = house.fold.ladders.post.allowances.budgets["wang"]
    assert budget.held, "that is what it is about"
    pages = [one for one in house.node(FLATS * APART, "kitchen", FLATS, smoke=1) if one["to"] == "wang"]
    assert [(one["kind"], one["rule"]) for one in pages] == [("page", "smoke")]
    told = [one for one in house.wait(FLATS * APART + 61) if one["to"] == "desk" and one.get("rule") == "smoke"]
    assert [(one["kind"], one["step"]) for one in told] == [("page", "duty")]
    assert budget.held, "and the rest goes on waiting"


def test_of_alarms_that_are_too_many_the_list_comes_like_an_alarm_and_names_them_first() -> None:
    house = House(site(40))
    for home in range(1, FLATS):
        house.node(home * APART, "kitchen", home, tamper=1)
    for home in range(FLATS, 41):
        house.node(FLATS * APART + home / 100, "kitchen", home, smoke=1)
    lists = [one for one in house.wait(FLATS * APART + 400) if one["to"] == "wang" and one["kind"] == "digest"]
    assert lists
    first = next(one for one in lists if any(item["severity"] == "emergency" for item in one["items"]))
    ranks = [item["severity"] for item in first["items"]]
    assert ranks == sorted(ranks, key=("emergency", "urgent", "warning", "notice").index)
    letter = write(first, "en", DESK, first["at"])
    assert letter.subject.startswith("EMERGENCY")
    assert "Smoke" in letter.subject
    assert letter.severity == "emergency", "it rings like one"


def test_a_list_of_troubles_is_headed_as_before() -> None:
    house = House(site(40))
    for home in range(1, 17):
        house.node(home * APART, "kitchen", home, tamper=1)
    lists = [one for one in [*house.letters, *house.wait(5000)] if one["to"] == "wang" and one["kind"] == "digest"]
    assert lists
    assert write(lists[0], "en", DESK, lists[0]["at"]).subject.startswith("To do: ")


def test_troubles_hold_back_nobody_who_may_be_lying_on_the_floor() -> None:
    """The last stage of a missing sign of life is urgent, as many a trouble of the gateway is."""
    house = House(site(FLATS, rules={"own.toml": QUIET}, more='rules = {files = ["own.toml"]}\n'))
    for home in range(1, FLATS):
        house.node(home * APART, "kitchen", home, tamper=1)
    house.wait(FLATS * APART)
    assert house.fold.ladders.post.allowances.budgets["wang"].held
    house.node(FLATS * APART, "kitchen", FLATS, temperature_c=1)
    calls = [one for one in house.letters if one["to"] == "wang" and one.get("rule") == "on-the-floor"]
    assert [one["kind"] for one in calls] == ["page"]
    row = house.fold.ladders.post.allowances.budgets["wang"].row()
    assert Budget.of(json.loads(json.dumps(row))).row() == row


def test_what_was_held_by_an_older_gateway_is_read() -> None:
    held = [["a", "page", "s", True, False, None, []], ["b", "follow-up", "s", True, False, None, []], ["c", "page", "s", False, False, None, []]]
    made = Budget.of([[5.0, 5.0, 5.0], [0.0, 0.0, 0.0], held, None])
    assert [one.sort for one in made.held.values()] == [CALLS, NEWS, REST]
    with pytest.raises(ValueError, match="no budget"):
        Budget.of([[5.0] * 3, [0.0] * 3, [["a", "page", "s", 9, False, None, []]], None])
