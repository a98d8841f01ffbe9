"""News of an emergency (who comes, that it is over, that it became worse) may come late and together, but it comes."""

from typing import Any

from gateway.ladder.conftest import House, who
from gateway.people.letter import Desk, write

PRESS = 1
DESK = Desk("g", "Asia/Shanghai", "")


def news(letters: list[dict[str, Any]], to: str) -> list[str]:
    """What somebody was told, of whatever follow-up or item of a list."""
    mine = [one for one in letters if one["to"] == to]
    told = [one["news"]["what"] for one in mine if "news" in one]
    return told + [what["what"] for one in mine for item in one.get("items", ()) for what in item.get("news", ())]


def burning() -> House:
    """Smoke, of which everybody was told; then so many visits that nobody has any allowance left."""
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.act(11, "acknowledge", "desk", alert=house.incident.id)
    house.deliver(12)
    for n in range(12):
        house.act(20 + n / 10, "visit", "zhao", alert=house.incident.id, found="real")
    return house


def test_that_it_is_over_is_told_although_the_allowance_is_spent() -> None:
    for restarts in (False, True):
        house = burning()
        before = len(house.letters)
        house.node(22, "kitchen", smoke=0)
        assert house.act(23, "reset", "wang", alert=house.incident.id)["ok"]
        assert not house.fold.ladders.registry.open
        if restarts:
            house.restart(1)
        house.wait(120)
        for to in ("li", "chen", "wang"):
            assert news(house.letters[before:], to).count("resolved") == 1, to


def test_news_takes_no_place_from_another_homes_alarm() -> None:
    house = burning()
    assert {"wang"} <= set(who(house.node(23, "kitchen", 2, smoke=1)))


def test_softer_news_hides_no_graver_one() -> None:
    house = House()
    house.node(10, "button", button=PRESS)
    (call,) = house.fold.ladders.registry.open.values()
    house.act(11, "acknowledge", "li", alert=call.id)
    house.deliver(12)
    for n in range(12):
        house.act(20 + n / 10, "visit", "zhao", alert=call.id, found="real")
    before = len(house.letters)
    house.node(22, "button", button=PRESS)
    house.act(23, "visit", "zhao", alert=call.id, found="real")
    house.wait(120)
    assert {"called-again", "visited"} <= set(news(house.letters[before:], "li"))


def test_news_of_an_emergency_goes_on_to_the_next_channel() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    house.act(12, "acknowledge", "wang", alert=house.incident.id)
    (told,) = [one for one in house.letters if one["to"] == "li" and one["kind"] == "follow-up"]
    assert told["channel"] == "push"
    house.report(13, told, "failed")
    (again,) = [one for one in house.letters if one["to"] == "li" and one.get("replaces") == told["id"]]
    assert (again["channel"], again["news"]["what"]) == ("sms", "answered")
    house.report(14, again, "failed")
    assert [one["to"] for one in house.record("silent")] == ["li"], "and it is on record that it did not"
    assert "ladder-silent" not in {one.rule for one in house.fold.engine.open()}, "nobody need be called for it"


def test_of_two_pieces_of_news_each_is_handed_on() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.deliver(11)
    house.act(12, "acknowledge", "wang", alert=house.incident.id)
    house.act(13, "visit", "wang", alert=house.incident.id, found="real")
    for one in [one for one in house.letters if one["to"] == "li" and one["kind"] == "follow-up"]:
        house.report(14, one, "failed")
    again = [one for one in house.letters if one["to"] == "li" and "replaces" in one]
    assert [one["news"]["what"] for one in again] == ["answered", "visited"]


def test_a_list_says_of_each_home_what_became_of_it() -> None:
    house = House()
    for home in (1, 2):
        house.node(10 + home, "kitchen", home, smoke=1)
    house.deliver(13)
    one, two = house.fold.ladders.registry.open.values()
    for n in range(12):
        house.act(20 + n / 10, "visit", "zhao", alert=one.id, found="real")
    house.node(22, "kitchen", smoke=0)
    house.act(23, "reset", "desk", alert=one.id)
    house.act(23, "acknowledge", "desk", alert=two.id)
    (listed,) = [one for one in house.wait(60) if one["to"] == "wang" and one["kind"] == "digest"]
    told = {item["home"]: [what["what"] for what in item["news"]] for item in listed["items"]}
    assert told == {"flat-1": ["visited", "resolved"], "flat-2": ["answered"]}
    for language, over in (("en", "It is over."), ("zh", "已解除。")):
        text = write(listed, language, DESK, listed["at"]).text  # type: ignore[arg-type]
        (line,) = [line for line in text.splitlines() if "Flat 1" in line]
        assert over in line


def test_what_is_over_is_forgotten_after_an_hour() -> None:
    house = burning()
    house.node(22, "kitchen", smoke=0)
    house.act(23, "reset", "wang", alert=house.incident.id)
    assert house.fold.ladders.registry.over
    house.wait(9000)
    assert not house.fold.ladders.registry.over
