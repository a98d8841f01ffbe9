"""Two answers that meet: by any two ways, at the same moment, late, or too late. What becomes of each is defined."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from gateway.ladder.conftest import ASKING, House, site, who

SITE = site(more='rules.files = ["quiet.toml"]\n', rules={"quiet.toml": ASKING})
AT = 500.0
"""The carer has been asked to look since 400 s, so has the household since 100 s."""


def asked(until: float = 200.0) -> House:
    """A question in flat 1 since 100 s."""
    house = House(SITE)
    house.node(50, "bedroom", door_open=0)
    house.node(100, "kitchen", occupied=1)
    house.deliver(101)
    house.wait(until)
    house.deliver(until)
    return house


def incident(house: House) -> Any:
    found = [one for one in house.fold.ladders.registry.open.values() if one.cause == "quiet-home"]
    return found[0] if found else None


def code(house: House, to: str) -> str:
    """The newest code that somebody got."""
    first = house.record("begun")[0]["incident"]
    codes = [one["answer"]["code"] for one in house.letters if one["to"] == to and one["answer"] and one["incident"] == first]
    return codes[-1] if codes else "0000"


Answer = Callable[[House, float], Any]


def _act(verb: str, actor: str, **more: Any) -> Answer:
    def answer(house: House, at: float) -> Any:
        there = incident(house)
        return house.act(at, verb, actor, alert=there.id if there else "gone", **more)

    return answer


def _code(verb: str, to: str, proof: str) -> Answer:
    return lambda house, at: house.act(at, verb, "", code=code(house, to), via=proof, proof=proof)


WAYS: dict[str, Answer] = {
    "long press": lambda house, at: house.node(at, "button", button=2),
    "press": lambda house, at: house.node(at, "button", button=1),
    "door": lambda house, at: house.node(at, "bedroom", door_open=1),
    "link": _code("fine", "chen", "link"),
    "page": _code("acknowledge", "li", "page"),
    "chat": _code("acknowledge", "li", "platform platform"),
    "desk": _act("acknowledge", "desk 7", proof="platform platform"),
    "command": _act("fine", "wang", proof="socket wang"),
    "visit": _act("visit", "wang", found="false"),
}
IN_THE_HOME = {"long press", "press", "door"}


def answered(house: House) -> list[dict[str, Any]]:
    first = house.record("begun")[0]["incident"]
    return [one for one in house.record("answered") if one["incident"] == first]


@pytest.mark.parametrize(("one", "other"), list(product(WAYS, WAYS)))
def test_the_first_ends_it_the_second_is_kept_or_told_why_not_and_nobody_is_called_any_more(one: str, other: str) -> None:
    house = asked(450.0) if {one, other} & {"page", "chat"} else asked()
    after_the_step = bool({one, other} & {"page", "chat"})  # the carer has a code from the second step on
    at = house.fold.now + 1
    said = [WAYS[one](house, at), WAYS[other](house, at)]
    found = answered(house)
    real = [way for way in (one, other) if not (after_the_step and way in IN_THE_HOME)]
    if real and (real != ["link"] or not after_the_step):
        ends = [entry for entry in found if entry["ends"]]
        assert len(ends) == 1
        there = incident(house)
        assert there.answered
        assert there.answer.at == at
        assert there.answer.actor == ends[0]["actor"], "the first one holds, whoever comes after"
        assert not there.asking
        begun = there.id
        later = [letter for letter in house.wait(at + 7_200) if letter.get("incident") == begun]
        assert [letter for letter in later if letter["kind"] in ("page", "question")] == []
    for reply in said:
        if isinstance(reply, dict):
            assert reply["ok"] or reply["why"], "who answers in words hears what came of it"
            assert reply["ok"] or reply["why"] in {entry.get("refused") for entry in house.record("act")}
    calls = [entry for entry in house.record("begun") if entry["cause"] == "emergency-call"]
    wanted = "press" in (one, other) or (after_the_step and "long press" in (one, other))
    assert bool(calls) == wanted, "a press is a call besides; so is a long one when nobody asks any more"


@pytest.mark.parametrize("way", sorted(WAYS.keys() - IN_THE_HOME))
def test_an_answer_after_the_next_step_counts_as_one_before_it(way: str) -> None:
    house = asked(450.0)
    WAYS[way](house, AT)
    ends = [entry["ends"] for entry in answered(house)]
    assert ends == [True]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_an_answer_to_what_is_over_is_refused_with_the_reason_or_is_news_of_its_own(way: str) -> None:
    house = asked(450.0)
    begun = incident(house).id
    house.node(460, "kitchen", occupied=0)
    house.wait(4_000)
    if incident(house) is not None:
        house.act(4_001, "reset", "wang", alert=begun)
    assert incident(house) is None
    before = len(house.letters)
    reply = WAYS[way](house, 4_002)
    assert answered(house) == []
    if isinstance(reply, dict):
        assert not reply["ok"]
        assert reply["why"] in ("it is over already", "no such open alert")
        assert house.record("act")[-1]["refused"] == reply["why"]
        assert house.letters[before:] == []


def test_a_code_of_what_is_over_answers_nothing_that_came_after() -> None:
    house = House(SITE)
    first = next(one for one in house.node(10, "kitchen", smoke=1) if one["to"] == "li")
    house.node(20, "kitchen", smoke=0)
    house.wait(400)
    house.act(401, "reset", "wang", alert=first["incident"])
    second = next(one for one in house.node(500, "kitchen", smoke=1) if one["to"] == "li")
    assert second["answer"]["code"] != first["answer"]["code"]
    assert house.act(501, "acknowledge", "", code=first["answer"]["code"])["why"] == "it is over already"
    assert house.fold.ladders.answer(second["alert"]) is None
    assert house.act(502, "acknowledge", "", code=second["answer"]["code"])["ok"]


def test_whoever_was_asked_and_comes_to_the_button_late_does_not_call_for_help() -> None:
    """On the way there a motion ends the alert, or somebody else answers: the voice has said "hold the button down"."""
    for somebody in (True, False):
        house = asked()
        if somebody:
            WAYS["command"](house, 230)
        else:
            house.node(230, "kitchen", occupied=0)
        assert house.node(260, "button", button=2) == []
        assert [one["cause"] for one in house.record("begun")] == ["quiet-home"]
        assert [one["at"] for one in house.record("fine")] == [260]
        house.restart(1_000)
        assert house.node(1_390, "button", button=2) == [], "nobody could hear it while the gateway was away"
        assert "li" in who(house.node(1_401, "button", button=2)), "five minutes are over: who holds it down needs help"


def test_who_presses_shortly_is_called_for_whatever_was_asked() -> None:
    house = asked()
    assert "li" in who(house.node(210, "button", button=1))
    house.deliver(211)
    house.node(240, "button", button=2)
    calls = [one for one in house.fold.ladders.registry.open.values() if one.cause == "emergency-call"]
    assert [one.answered for one in calls] == [False], "later than 15 s, a long press takes no call back"
