"""Homes that are numbered anew, or change places: what is open, silenced, tested and hushed there goes with the name."""

import pytest

from gateway.ladder.conftest import PEOPLE, PRESS, House, site, who
from gateway.ladder.test_moved import MOVED, RENAMED, use

NEIGHBOUR = 'people.zhou = {role = "resident", homes = ["flat-2"], channels = ["sms"]}\n'
ROW = (("flat-2", "flat-3"), ("flat-1", "flat-2"))
RING = (("flat-2", "flat-x"), ("flat-1", "flat-2"), ("flat-x", "flat-1"))
MORE = {"reason": "sanding", "seconds": 1200, "life_safety": True}
DEVICES = tuple(
    (f"devices.{room}-{n} = {{home = 'flat-{n}'", f"devices.{room}-{n} = {{home = 'flat-{3 - n}'")
    for n in (1, 2)
    for room in ("kitchen", "bedroom", "button")
)


def house(people: str = PEOPLE + NEIGHBOUR) -> House:
    return House(site(people=people))


def silenced(home: str = "flat-1", **scope: str) -> House:
    one = house()
    assert one.act(10, "silence", "wang", home=home, act_id="s1", **MORE, **scope)["ok"]
    assert one.act(11, "confirm", "desk", silence="s1")["ok"]
    return one


def pages(one: House, since: int) -> set[tuple[str, str]]:
    """Who was called since then, and to which home; troubles of the gateway itself aside."""
    return {(letter["to"], letter["home"]) for letter in one.letters[since:] if letter["kind"] == "page" and letter["home"]}


def use_between(one: House, *changes: tuple[str, str], restart: bool) -> None:
    """A changed site; ``restart``: with a start shortly before and after."""
    if restart:
        one.restart(0.0)
    use(one, *changes)
    if restart:
        one.restart(0.0)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("change", "one", "two"), [(ROW, "flat-2", "flat-3"), (RING, "flat-2", "flat-1")])
def test_what_is_open_goes_on_under_the_new_number(
    change: tuple[tuple[str, str], ...], one: str, two: str, restart: bool
) -> None:
    flats = house()
    flats.node(100, "kitchen", smoke=1)
    flats.node(105, "bedroom", smoke=1)
    flats.node(110, "button", home=2, button=PRESS)
    first, second = sorted(flats.fold.ladders.registry.open.values(), key=lambda one: one.home)
    flats.act(120, "acknowledge", "li", alert=first.id)
    flats.act(121, "hush", "chen", home="flat-1")
    flats.wait(125)
    before, hushed = len(flats.letters), flats.fold.ladders.hushed["flat-1"]
    use_between(flats, *change, restart=restart)
    open_now = flats.fold.ladders.registry.open
    assert {id_: (one.home, one.homes, len(one.pieces)) for id_, one in open_now.items()} == {
        first.id: (one, [one], 2), second.id: (two, [two], 1),
    }  # fmt: skip
    assert {alert.home for alert in flats.fold.engine.open() if alert.rule == "smoke"} == {one}
    assert flats.fold.ladders.hushed == {one: hushed}
    assert open_now[first.id].answered
    flats.wait(130)
    assert not {page for page in pages(flats, before) if page[1] == one}, "somebody sees to it"
    flats.wait(2000)
    assert {home for _, home in pages(flats, before)} == {two}, "and nobody to the other"


HOT = """
[hot-home]
title = {zh = "热", en = "Hot"}
severity = "urgent"
per = "home"
when = {quantity = "temperature_c", above = 40, for = "10m"}
clear = {below = 30}
"""


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("change", "one", "two"), [(ROW, "flat-2", "flat-3"), (RING, "flat-2", "flat-1")])
def test_what_is_known_of_a_whole_home_goes_with_its_name(
    change: tuple[tuple[str, str], ...], one: str, two: str, restart: bool
) -> None:
    flats = House(site(people=PEOPLE + NEIGHBOUR, more='rules.files = ["hot.toml"]\n', rules={"hot.toml": HOT}))
    flats.node(100, "kitchen", temperature_c=45)
    flats.node(400, "kitchen", home=2, temperature_c=45)
    flats.wait(710)
    (first,) = [alert.id for alert in flats.fold.engine.open() if alert.rule == "hot-home" and alert.state == "firing"]
    use_between(flats, *change, restart=restart)
    flats.wait(1005)
    found = {alert.home: (alert.id, alert.state) for alert in flats.fold.engine.open() if alert.rule == "hot-home"}
    assert found[one] == (first, "firing")
    assert found[two][1] == "firing", "ten minutes after its own beginning"
    flats.node(1010, "kitchen", home=2, temperature_c=20)
    assert [alert.home for alert in flats.fold.engine.open() if alert.rule == "hot-home"] == [one]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("change", "home"), [((RENAMED,), "flat-9"), (ROW, "flat-2"), (RING, "flat-2")])
def test_a_silence_goes_with_the_name_of_its_home(
    change: tuple[tuple[str, str], ...], home: str, restart: bool
) -> None:
    flats = silenced()
    for room in ("kitchen", "bedroom"):
        assert flats.node(flats.fold.now + 5, room, smoke=1) == []
    before = len(flats.letters)
    use_between(flats, *change, restart=restart)
    flats.wait(100)
    assert who(flats.letters[before:]) == []
    assert flats.fold.ladders.quiet.silences["s1"].home == home
    assert flats.record("renamed") == [
        {**flats.record("renamed")[0], "kind": "renamed", "silence": "s1", "home": home, "was": "flat-1"}
    ]
    other = flats.node(110, "kitchen", home=2, smoke=1)
    assert "wang" in who(other), "the neighbour's kitchen is silenced by nobody"
    flats.wait(1300)
    assert "wang" in who([one for one in flats.letters[before:] if one.get("home") == home]), "it ends when it would have"


def test_a_silence_does_not_go_to_a_home_in_which_others_live() -> None:
    flats = silenced()
    assert flats.node(20, "kitchen", smoke=1) == []
    moved = ("homes = [\"flat-1\"], channels = [\"sms\"]}\npeople.li", "homes = [\"flat-2\"], channels = [\"sms\"]}\npeople.li")
    text = tuple((one.replace("\n", "\\n").replace('"', '\\"'), other.replace("\n", "\\n").replace('"', '\\"')) for one, other in [moved])
    use(flats, *text, RENAMED)
    flats.wait(25)
    assert flats.fold.ladders.quiet.silences["s1"].home == "flat-1"
    assert "wang" in who(flats.letters)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("change", "home"), [((RENAMED,), "flat-9"), (ROW, "flat-2"), (RING, "flat-2")])
def test_a_walk_test_goes_on_under_the_new_name_and_ends_in_its_time(
    change: tuple[tuple[str, str], ...], home: str, restart: bool
) -> None:
    flats = house()
    flats.act(10, "walk-test", "wang", home="flat-1", seconds=600)
    flats.node(20, "kitchen", smoke=1)
    before = len(flats.letters)
    use_between(flats, *change, restart=restart)
    flats.node(30, "bedroom", smoke=1)
    assert pages(flats, before) == set(), "a test"
    assert "wang" in who(flats.node(40, "kitchen", home=2, smoke=1)), "of one home"
    for room in ("kitchen", "bedroom"):
        flats.node(flats.fold.now + 5, room, smoke=0)
    flats.wait(700)
    (over,) = flats.record("walk-test-over")
    assert (over["home"], over["at"], over["heard"]) == (home, 610.0, ["kitchen-1", "bedroom-1"])
    assert "wang" in who(flats.node(800, "bedroom", smoke=1))


def test_devices_that_were_mixed_up_are_no_homes_that_changed_places() -> None:
    """Everybody stays where they live: the kits hang in the other flat, and so does the fire."""
    flats = silenced()
    flats.node(20, "kitchen", smoke=1)
    use(flats, *DEVICES)
    flats.wait(25)
    assert flats.fold.ladders.quiet.silences["s1"].home == "flat-1"
    (incident,) = flats.fold.ladders.registry.open.values()
    assert (incident.home, incident.silence) == ("flat-2", "")
    assert "zhou" in who(flats.letters)
    assert MOVED["smoke"] == DEVICES[0]
