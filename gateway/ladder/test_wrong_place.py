"""Who was told of an alarm at a place where it isn't hears where it is: once, in order, and nobody else."""

from typing import Any

import pytest

from gateway.ladder.conftest import House, site, who
from gateway.ladder.test_intake import WARM, silenced
from gateway.ladder.test_moved import MOVED, RENAMED, alarmed, use
from gateway.people.letter import Desk, write
from gateway.people.spoken import phrases, sentence
from gateway.words import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
TITLED = ("title = 'Flat 1'", "title = 'Flat 7'")
DESK = Desk("gw", "Asia/Shanghai", "")


def corrected(letters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in letters if one.get("news", {}).get("what") == "moved"]


@pytest.mark.parametrize("restart", ["", "before", "after"])
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("what", ["smoke", "call"])
def test_who_was_told_the_wrong_home_hears_the_right_one_once(what: str, answered: bool, restart: str) -> None:
    house = alarmed(what)
    alert = house.incident.id
    if answered:
        house.act(110, "acknowledge", "li", alert=alert)
    house.wait(111)
    told = set(who(house.letters))
    assert told == {"home:flat-1", "chen", "li", "wang"}
    before = len(house.letters)
    if restart == "before":
        house.restart(0.0)
    use(house, MOVED[what])
    if restart == "after":
        house.restart(0.0)
    house.wait(1300)
    after = house.letters[before:]
    moved = corrected(after)
    assert sorted(who(moved)) == sorted(told), "whoever was told, and nobody else"
    assert {(one["kind"], one["home"], one["news"]["text"], one["incident"]) for one in moved} == {
        ("follow-up", "flat-2", "Flat 1", alert)
    }
    assert after[: len(moved)] == moved, "before anything else"
    assert "desk" in who(after), "the ladder begins anew there"


@pytest.mark.parametrize("restart", ["", "before", "after"])
def test_who_was_told_a_name_that_the_home_has_no_more_hears_the_right_one(restart: str) -> None:
    house = alarmed("smoke")
    before = len(house.letters)
    if restart == "before":
        house.restart(0.0)
    use(house, RENAMED, ("title = 'Flat 1'", "title = 'Flat 9'"))
    if restart == "after":
        house.restart(0.0)
    house.wait(110)
    moved = corrected(house.letters[before:])
    assert sorted(who(moved)) == ["chen", "li", "wang"], "the home itself is where it is"
    assert {(one["home_title"], one["news"]["text"]) for one in moved} == {("Flat 9", "Flat 1")}


def test_a_name_that_people_never_read_is_no_news() -> None:
    house = alarmed("smoke")
    assert corrected(use(house, RENAMED)) == []


def test_a_home_with_the_wrong_number_on_its_door_is_set_right() -> None:
    house = alarmed("smoke")
    moved = corrected(use(house, TITLED))
    assert sorted(who(moved)) == ["chen", "li", "wang"]
    assert {(one["home_title"], one["news"]["text"]) for one in moved} == {("Flat 7", "Flat 1")}


def test_what_waits_for_the_list_of_the_day_is_right_there_and_no_news() -> None:
    """An estate whose flats get other names has a battery to change in many of them."""
    house = House()
    house.node(100, "kitchen", battery_low=1)
    house.wait(4 * 86_400)
    assert [one for one in house.letters if one["kind"] == "digest"]
    assert corrected(use(house, TITLED)) == []


def test_one_of_two_alarms_was_told_of_in_the_wrong_home() -> None:
    house = House()
    house.node(100, "bedroom", smoke=1)
    house.node(105, "kitchen", smoke=1)
    told, first = set(who(house.letters)), house.incident.id
    moved = corrected(use(house, MOVED["smoke"]))
    assert set(who(moved)) == told
    ((home, incident, room),) = {(one["home"], one["incident"], one["room"]) for one in moved}
    assert (home, room) == ("flat-2", "kitchen")
    assert incident != first
    before = len(house.letters)
    house.wait(200)
    house.node(300, "kitchen", smoke=0)
    (alert,) = [one for one in house.fold.engine.open() if one.home == "flat-2"]
    house.act(301, "reset", alert=alert.id)
    over = [one for one in house.letters[before:] if one.get("news", {}).get("what") == "resolved"]
    assert set(who(over)) >= told, "who was told there hears of its end"


def test_there_and_back_is_told_in_order() -> None:
    house = alarmed("smoke")
    before = len(house.letters)
    use(house, MOVED["smoke"])
    house.wait(112)
    use(house, (MOVED["smoke"][1], MOVED["smoke"][0]))
    house.wait(113)
    moved = corrected(house.letters[before:])
    assert [(one["news"]["text"], one["home_title"]) for one in moved if one["to"] == "li"] == [
        ("Flat 1", "Flat 2"), ("Flat 2", "Flat 1"),
    ]  # fmt: skip
    assert [one["news"]["text"] for one in moved if one["to"] == "home:flat-1"] == ["Flat 1"], "it is here again"


def test_what_a_silence_or_a_walk_test_kept_from_all_is_told_to_nobody() -> None:
    house = silenced(home="flat-1")
    house.node(20, "kitchen", smoke=1)
    assert corrected(use(house, MOVED["smoke"])) == []
    tested = House()
    tested.act(10, "walk-test", "wang", home="flat-1", seconds=3600)
    tested.node(20, "kitchen", smoke=1)
    assert corrected(use(tested, MOVED["smoke"])) == []


def test_of_a_thing_of_many_homes_those_hear_it_whose_own_it_was_said_to_be() -> None:
    spoken = "".join(f"speakers.v-{n} = {{home = 'flat-{n}', alsa = 'default'}}\n" for n in range(1, 7))
    rules = {"warm.toml": WARM.replace('"warning"', '"urgent"')}
    house = House(site(homes=6, spoken=spoken, more='rules.files = ["warm.toml"]\n', rules=rules))
    for home in range(1, 6):
        house.node(100 + home, "kitchen", home=home, temperature_c=45)
    assert "home:flat-1" in who(house.letters)
    moved = corrected(use(house, (MOVED["smoke"][0], MOVED["smoke"][1].replace("flat-2", "flat-6"))))
    mine = {"home:flat-1", *[one for one in ("chen", "li", "zhao") if one in who(house.letters)]}
    assert set(who(moved)) == mine


def test_it_reads_and_sounds_so() -> None:
    house = alarmed("smoke")
    moved = corrected(use(house, MOVED["smoke"]))
    (li,) = [one for one in moved if one["to"] == "li"]
    english, chinese = (write(li, lang, DESK, li["at"]) for lang in LANGUAGES)
    assert "It is not in Flat 1 but in Flat 2, kitchen" in english.text
    assert "不在Flat 1，而在Flat 2、kitchen" in chinese.text
    assert english.severity == "emergency", "somebody is on the way to the wrong door"
    (voice,) = [one for one in moved if one["to"] == "home:flat-1"]
    for lang in LANGUAGES:
        clips = sentence(voice, lang)
        assert clips
        assert set(clips) <= set(phrases(house.site, lang)), "made beforehand"
