"""A gateway that was away and cannot say for how long: help is never later for it than one step, nothing is skipped."""

import random
from typing import Any

from gateway.ladder.conftest import House, who

ROUND = ["voice", "everyone", "neighbour", "duty"]
"""Of the shipped life-safety ladder."""


def steps(house: House) -> list[tuple[float, str, int]]:
    first = house.record("begun")[0]["incident"]
    return [(one["at"], one["step"], one["round"]) for one in house.record("step") if one["incident"] == first]


def away(house: House) -> list[dict[str, Any]]:
    """The power was off, nobody knows for how long -> the letters made since."""
    before = len(house.letters)
    house.restart(0, known=False)
    house.wait(house.fold.now + 1)
    return house.letters[before:]


def test_the_next_step_of_an_emergency_comes_at_once_and_none_is_skipped() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    assert who(away(house)) == ["zhao"], "the neighbour, who was due at 40 s of a time that stood still"
    house.wait(60)
    assert [step for _, step, _ in steps(house)][:4] == ROUND


def test_a_message_of_an_emergency_goes_on_by_the_next_channel_at_once() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    first = {letter["to"]: letter["channel"] for letter in house.letters}
    assert first["li"] == "push"
    assert ("li", "sms") in [(letter["to"], letter["channel"]) for letter in away(house)]


def test_power_that_comes_and_goes_makes_no_round_of_each_time() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    for _ in range(20):
        house.deliver(house.fold.now)
        house.restart(0, known=False)
        house.wait(house.fold.now + 20)
    rounds = {round_ for _, _, round_ in steps(house)}
    assert rounds <= {1, 2, 3}, "twenty times within seven minutes"
    assert len(rounds) >= 2


def test_what_keeps_help_away_ends_and_a_question_keeps_its_time() -> None:
    house = House()
    house.act(10, "silence", "wang", rule="smoke", home="flat-1", reason="sanding", seconds=3600, act_id="s1")
    house.act(11, "confirm", "desk", silence="s1")
    house.act(11, "silence", "wang", home="flat-2", reason="painters", seconds=3600, act_id="s2")
    house.act(12, "walk-test", "wang", home="flat-2", seconds=600)
    house.node(20, "kitchen", smoke=1)
    assert "li" in who(away(house))
    assert list(house.fold.ladders.quiet.silences) == ["s2"], "what is no life-safety goes on"
    assert house.fold.ladders.walks.tests == {}
    ended = house.record("silence-over", "walk-test-over")
    assert {entry.get("why", entry.get("by")) for entry in ended} == {"nobody knows how long the gateway was away"}


def test_a_hushed_siren_sounds_again() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.act(20, "hush", "li", home="flat-1")
    assert house.fold.ladders.hushed
    house.restart(0, known=False)
    assert not house.fold.ladders.hushed


def test_below_an_emergency_everything_keeps_its_time() -> None:
    house = House()
    house.node(10, "kitchen", flood=1)
    house.wait(60)
    house.deliver(60)
    due = house.incident.due
    house.restart(0, known=False)
    assert house.incident.due == due


def test_however_often_it_was_away_no_step_is_skipped_or_later_than_one_full_step() -> None:
    checked = 0
    for seed in range(5):
        dice, house = random.Random(seed), House()
        house.node(10, "kitchen", smoke=1)
        for _ in range(12):
            house.wait(house.fold.now + dice.choice([0.0, 5.0, 29.0, 61.0, 300.0]))
            house.deliver(house.fold.now)
            at, before = house.fold.now, steps(house)
            house.restart(0, known=False)
            house.wait(at + 121)
            _, last, round_ = before[-1]
            following = ROUND[(ROUND.index(last) + 1) % 4] if last != "duty" else "everyone"
            first, step, number = steps(house)[len(before)]
            assert (step, number) == (following, round_ + (last == "duty"))
            assert first - at <= (120 if last == "duty" else 1)
            checked += 1
    assert checked == 60
