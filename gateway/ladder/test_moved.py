"""An open alarm whose sensor is of another home from now on, or whose home has another name."""

from typing import Any

import pytest

from drivers.reading import Frame
from gateway.ladder.conftest import LONG, PRESS, House, asking, site, who
from gateway.ladder.test_intake import WARM, silenced
from gateway.site import loads

EVERYBODY = {"chen", "li", "zhao", "wang", "desk"}
OTHERS = {"zhao", "desk"}


def use(house: House, *changes: tuple[str, str]) -> list[dict[str, Any]]:
    """The site says something else from now on -> the letters made by it."""
    text, before = house.site.text, len(house.letters)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    site = loads(text)
    house.fold.configs[site.hash], house.site = site.text, site
    house.feed(Frame("config", house.fold.now, site.hash.encode()))
    return house.letters[before:]


def alarmed(what: str) -> House:
    """Smoke, or a call for help, in flat 1."""
    house = House()
    letters = house.node(100, "kitchen", smoke=1) if what == "smoke" else house.node(100, "button", button=PRESS)
    assert {"chen", "li", "wang"} <= set(who(letters))
    house.wait(105)
    return house


RENAMED = ("flat-1", "flat-9")
REPLACED = ("kitchen-1", "stove-1")
MOVED = {
    "smoke": ("devices.kitchen-1 = {home = 'flat-1'", "devices.kitchen-1 = {home = 'flat-2'"),
    "call": ("devices.button-1 = {home = 'flat-1'", "devices.button-1 = {home = 'flat-2'"),
}


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("also", [(), (REPLACED,)])
@pytest.mark.parametrize("what", ["smoke", "call"])
def test_a_home_that_is_called_otherwise_is_helped_all_the_same(
    what: str, also: tuple[tuple[str, str], ...], restart: bool
) -> None:
    house = alarmed(what)
    alert, before = house.incident.id, len(house.letters)
    letters = use(house, RENAMED, *also)
    assert set(who(letters)) <= {"home:flat-9"}, "nobody is told twice"
    assert (house.incident.id, house.incident.home, house.incident.homes) == (alert, "flat-9", ["flat-9"])
    if restart:
        house.restart(0.0)
    house.wait(1200)
    told = [one for one in house.letters[before:] if one["incident"] == alert]
    assert set(who(told)) >= OTHERS
    assert {one["home"] for one in told} == {"flat-9"}
    assert [one.home for one in house.fold.engine.open() if one.id == alert] == ["flat-9"], "its siren sounds on"
    assert house.act(1300, "acknowledge", "zhao", alert=alert)["ok"]


@pytest.mark.parametrize("what", ["smoke", "call"])
def test_who_is_on_the_way_to_a_home_that_is_called_otherwise_is_not_called_again(what: str) -> None:
    house = alarmed(what)
    alert = house.incident.id
    house.act(110, "acknowledge", "li", alert=alert)
    before = len(house.letters)
    use(house, RENAMED)
    house.wait(3000)
    assert [one for one in house.letters[before:] if one["incident"] == alert] == []
    assert house.incident.answer.actor == "li"


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("what", ["smoke", "call"])
def test_who_was_told_the_wrong_home_is_told_the_right_one_at_once(what: str, answered: bool) -> None:
    """The sensor was signed off in the wrong flat, as somebody finds when it alarms."""
    house = alarmed(what)
    alert = house.incident.id
    if answered:
        house.act(110, "acknowledge", "wang", alert=alert)
    house.wait(111)
    before = len(house.letters)
    use(house, MOVED[what])
    house.wait(112)
    told = [one for one in house.letters[before:] if one["kind"] == "page"]
    assert {"home:flat-2", "wang"} <= set(who(told))
    assert {one["home"] for one in told} == {"flat-2"}
    assert house.incident.home == "flat-2"
    house.wait(1200)
    assert "desk" in who(house.letters[before:])


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("first", ["kitchen", "bedroom"])
def test_what_else_is_open_there_stays_there_and_goes_on(first: str, restart: bool) -> None:
    house = House()
    for room in (first, "kitchen" if first == "bedroom" else "bedroom"):
        house.node(house.fold.now + 5, room, smoke=1)
    assert len(house.incident.pieces) == 2
    use(house, MOVED["smoke"])
    if restart:
        house.restart(0.0)
    found = house.fold.ladders.registry.open.values()
    homes = {one.home: {piece.device for piece in one.pieces.values()} for one in found}
    assert homes == {"flat-1": {"bedroom-1"}, "flat-2": {"kitchen-1"}}
    before = len(house.letters)
    house.wait(house.fold.now + 1000)
    pages = {(one["to"], one["home"]) for one in house.letters[before:] if one["kind"] == "page"}
    assert pages >= {("zhao", "flat-1"), ("desk", "flat-1"), ("desk", "flat-2")}
    for device in ("kitchen", "bedroom"):
        house.node(house.fold.now + 1, device, smoke=0)
    house.wait(house.fold.now + 100)
    for alert in [one for one in house.fold.engine.open() if one.rule == "smoke"]:
        assert house.act(house.fold.now + 1, "reset", alert=alert.id)["ok"]
    assert not [one for one in house.fold.ladders.registry.open.values() if one.cause == "fire" or one.rule == "smoke"]


def test_both_alarms_of_a_home_that_is_called_otherwise_stay_one() -> None:
    house = House()
    house.node(100, "kitchen", smoke=1)
    house.node(110, "bedroom", smoke=1)
    use(house, RENAMED)
    assert (house.incident.home, len(house.incident.pieces)) == ("flat-9", 2)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("answered", [False, True])
def test_who_was_asked_may_still_say_that_all_is_well_whatever_their_home_is_called(answered: bool, restart: bool) -> None:
    house = asking()
    if answered:
        house.act(105, "fine", "chen", alert=house.incident.id)
    letters = use(house, RENAMED)
    if restart:
        house.restart(0.0)
    assert who(letters) == [], "who was asked is not told again"
    assert [one["rule"] for one in house.node(115, "button", button=LONG) if one["kind"] == "page"] == []
    assert [one["home"] for one in house.record("fine")] == ["flat-9"]


def test_a_siren_that_was_hushed_stays_so_under_the_new_name_of_the_home() -> None:
    house = alarmed("smoke")
    house.act(106, "hush", "chen", home="flat-1")
    before = dict(house.fold.ladders.hushed)
    use(house, RENAMED)
    assert house.fold.ladders.hushed == {"flat-9": before["flat-1"]}


@pytest.mark.parametrize("restart", [False, True])
def test_nobody_need_reach_the_voice_of_a_home_that_is_no_more(restart: bool) -> None:
    house = asking()
    (voice,) = [one for one in house.letters if one["to"] == "home:flat-1"]
    house.report(102, voice, "failed")
    house.node(110, "bedroom", smoke=1)
    (page,) = [one for one in house.letters if one["to"] == "home:flat-1" and one["rule"] == "smoke"]
    house.report(111, page, "failed")
    assert house.fold.ladders.post.silent == {"home:flat-1"}
    use(house, RENAMED)
    if restart:
        house.restart(0.0)
    house.wait(112)
    assert house.fold.ladders.post.silent == set()


def test_what_is_in_many_homes_knows_them_by_the_names_they_have() -> None:
    house = House(site(homes=5, more='rules.files = ["warm.toml"]\n', rules={"warm.toml": WARM}))
    for home in range(1, 6):
        house.node(100 + home, "kitchen", home=home, temperature_c=45)
    (wide,) = [one for one in house.fold.ladders.registry.open.values() if one.is_wide]
    assert "flat-1" in wide.homes
    use(house, RENAMED)
    assert sorted(wide.homes) == ["flat-2", "flat-3", "flat-4", "flat-5", "flat-9"]


def test_a_silence_of_one_home_hides_nothing_that_is_in_another_one() -> None:
    house = silenced(home="flat-1")
    assert house.node(20, "kitchen", smoke=1) == []
    use(house, MOVED["smoke"])
    house.wait(21)
    pages = [one for one in house.letters if one["kind"] == "page" and one["rule"] == "smoke"]
    assert "wang" in who(pages)
    assert {one["home"] for one in pages} == {house.incident.home}
    assert [act for one in house.fold.ladders.loud(house.fold.engine.open(), 21) for act in one.act if act == "siren"]


@pytest.mark.parametrize("room", ["kitchen", "bedroom"])
def test_what_is_left_in_a_home_rests_under_its_silence_and_what_left_doesn_t(room: str) -> None:
    house = House()
    for one in (room, "bedroom" if room == "kitchen" else "kitchen"):
        house.node(house.fold.now + 5, one, smoke=1)
    more = {"reason": "sanding", "seconds": 600, "life_safety": True, "act_id": "s1"}
    assert house.act(20, "silence", "wang", device="bedroom-1", **more)["ok"]
    assert house.act(21, "confirm", "desk", silence="s1")["ok"]
    use(house, MOVED["smoke"])
    house.wait(22)
    found = {one.home: one.silence for one in house.fold.ladders.registry.open.values() if one.rule == "smoke"}
    assert found == {"flat-1": "s1", "flat-2": ""}


def test_a_test_alarm_that_burns_on_is_real_wherever_it_is() -> None:
    house = House()
    house.act(10, "walk-test", "wang", home="flat-1", seconds=3600)
    for room in ("kitchen", "bedroom"):
        house.node(house.fold.now + 5, room, smoke=1)
    use(house, MOVED["smoke"])
    house.wait(600)
    found = {one.home: one.test for one in house.fold.ladders.registry.open.values() if one.rule == "smoke"}
    assert found == {"flat-1": False, "flat-2": False}


def test_whoever_hushed_something_else_hears_what_is_new_in_their_home() -> None:
    house = House()
    house.node(20, "kitchen", home=2, smoke=1)
    house.act(30, "hush", "wang", home="flat-2")
    house.node(40, "kitchen", smoke=1)
    use(house, MOVED["smoke"])
    assert house.fold.ladders.hushed == {}


def test_a_home_into_which_a_thing_of_many_comes_is_told_of_it() -> None:
    spoken = "".join(f"speakers.v-{n} = {{home = 'flat-{n}', alsa = 'default'}}\n" for n in range(1, 7))
    rules = {"warm.toml": WARM.replace('"warning"', '"urgent"')}
    house = House(site(homes=6, spoken=spoken, more='rules.files = ["warm.toml"]\n', rules=rules))
    for home in range(1, 6):
        house.node(100 + home, "kitchen", home=home, temperature_c=45)
    assert any(one.is_wide for one in house.fold.ladders.registry.open.values())
    letters = use(house, (MOVED["smoke"][0], MOVED["smoke"][1].replace("flat-2", "flat-6")))
    assert who([one for one in letters if one["kind"] == "page"]) == ["home:flat-6"]
