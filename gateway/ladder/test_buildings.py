"""The same thing in many homes is one incident of a building: a gateway with two of them tells of each by itself."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from gateway.history.wide import wide
from gateway.hub import checkpoint
from gateway.hub.fold import Fold
from gateway.ladder.conftest import PEOPLE, House, site, who
from gateway.people.letter import Desk, write
from gateway.site import Site, loads


def street(buildings: Iterable[str], people: str = PEOPLE) -> Site:
    """A flat for each name of a building."""
    names = list(buildings)
    text = site(len(names), people, spoken="").text
    for n, building in enumerate(names, 1):
        named = f", building = '{building}'" if building else ""
        text = text.replace(f"title = 'Flat {n}'}}", f"title = 'Flat {n}'{named}}}")
    return loads(text)


def floods(house: House, homes: Iterable[int], at: float = 10.0) -> None:
    for n, home in enumerate(homes):
        house.node(at + n, "kitchen", home, flood=1)
    house.wait(house.fold.now + 15)  # past the rule's own patience


def incidents(house: House) -> list[list[str]]:
    floods = [one for one in house.fold.ladders.registry.open.values() if one.rule == "flood"]
    return sorted(sorted(one.homes) for one in floods)


def test_an_outage_of_one_building_takes_no_other_one_with_it() -> None:
    house = House(street("AAAABBB"))
    floods(house, (1, 5, 2, 6, 3, 7))
    assert len(incidents(house)) == 6
    floods(house, (4,), at=40.0)
    assert incidents(house) == [["flat-1", "flat-2", "flat-3", "flat-4"], ["flat-5"], ["flat-6"], ["flat-7"]]


def test_a_home_joins_what_is_of_its_own_building() -> None:
    house = House(street("AAAAABBBBB"))
    floods(house, (1, 2, 3, 4, 6, 7, 8, 9))
    floods(house, (10, 5), at=200.0)
    assert incidents(house) == [
        ["flat-1", "flat-2", "flat-3", "flat-4", "flat-5"],
        ["flat-10", "flat-6", "flat-7", "flat-8", "flat-9"],
    ]


def test_pages_of_homes_that_became_one_thing_go_on_as_one() -> None:
    """Three flats were told by text message, which nobody confirmed: the building goes on by mail, once."""
    house = House(street("AAAA"))
    for home in (1, 2, 3):
        house.node(10, "kitchen", home, flood=1)
    house.wait(40)
    texts = [one for one in house.letters if (one["to"], one["kind"], one["channel"]) == ("wang", "page", "sms")]
    assert len(texts) == 3
    house.node(41, "kitchen", 4, flood=1)
    house.wait(200)
    assert len(incidents(house)) == 1
    mails = [one for one in house.letters if (one["to"], one.get("rule"), one["channel"]) == ("wang", "flood", "mail")]
    assert [one["homes"] for one in mails] == [4]


def test_homes_of_which_nobody_said_a_building_are_one() -> None:
    house = House(street(["", "", "", ""]))
    floods(house, (1, 2, 3, 4))
    assert len(incidents(house)) == 1


def test_another_building_in_the_site_file_counts_from_then_on_and_over_a_restart() -> None:
    house = House(street("AAABB"))
    floods(house, (1, 2, 3))
    new = street("AAAAB")
    house.fold.configs[new.hash] = new.text
    house.feed(house.outs[-1].frame._replace(port="config", data=new.hash.encode()))
    rows = {key: row for key, row in checkpoint.changed(house.fold).items() if row is not None}
    again = Fold({new.hash: new.text})
    assert checkpoint.load(again, rows, house.fold.n) == []
    house.fold = again
    floods(house, (4, 5), at=60.0)
    assert incidents(house) == [["flat-1", "flat-2", "flat-3", "flat-4"], ["flat-5"]]


@pytest.mark.parametrize(
    ("verb", "more"), [("acknowledge", {}), ("silence", {"home": "flat-1", "seconds": 7200, "reason": "plumber"})]
)
def test_who_answered_for_one_home_has_not_answered_for_its_neighbours(verb: str, more: dict[str, Any]) -> None:
    residents = "".join(
        f"people.r{n} = {{role = 'resident', homes = ['flat-{n}'], channels = ['sms']}}\n" for n in range(1, 6)
    )
    house = House(street("AAAAA", PEOPLE + residents))
    floods(house, (1,))
    about = more or {"alert": next(iter(house.fold.ladders.registry.open))}
    assert house.act(30.0, verb, **about)["ok"]
    floods(house, (2, 3, 4), at=40.0)
    pages = [one for one in house.letters if one["kind"] == "page" and one["rule"] == "flood"]
    assert {"r2", "r3", "r4"} <= set(who(pages)), "water in the fourth home is told at once"
    floods(house, (5,), at=70.0)
    assert incidents(house) == [["flat-1"], ["flat-2", "flat-3", "flat-4", "flat-5"]]
    before = len(house.letters)
    house.wait(1000.0)
    again = [one for one in house.letters[before:] if one["kind"] == "page" and one["to"] == "wang"]
    assert again, "and goes on until somebody has answered for them"


# -- what people, the platform and the month are told ------------------------------------------------------------------


def outage() -> House:
    """Water in five homes of building 3, which the property is told of, and a sixth that joins."""
    house = House(street(["3 号楼"] * 6))
    floods(house, (1, 2, 3, 4, 5))
    house.deliver(house.fold.now)
    floods(house, (6,), at=100.0)
    return house


def test_people_read_which_building_and_how_many_homes() -> None:
    house = outage()
    house.act(200.0, "acknowledge", "desk", alert=next(iter(house.fold.ladders.registry.open)))
    news = [one for one in house.letters if one["to"] == "chen" and one.get("news", {}).get("what") == "answered"]
    (whole,) = [one for one in news if not one["home"]]
    assert (whole["building"], whole["homes"]) == ("3 号楼", 6)
    for language, place in (("en", "3 号楼: 6 homes"), ("zh", "3 号楼：6 户")):
        letter = write(whole, language, Desk("g", "Asia/Shanghai", ""), whole["at"])  # type: ignore[arg-type]
        assert letter.subject.endswith(place)
        assert place in letter.text
        assert "gateway" not in letter.text
        assert "网关" not in letter.text


def test_a_platform_hears_that_many_incidents_are_one() -> None:
    house = outage()
    events = [json.loads(one.body) for out in house.outs for one in out.messages if one.topic == "event"]
    (merged,) = [one for one in events if one["kind"] == "merged"]
    known = {one["incident"] for one in events if one["kind"] == "alert" and one["rule"] == "flood"}
    assert merged["incident"] in known < {merged["incident"], *merged["incidents"]}, "the fourth comes as part of it"
    assert (merged["building"], merged["homes"]) == ("3 号楼", [f"flat-{n}" for n in (1, 2, 3, 4)])
    assert merged["title"] == {"zh": "漏水", "en": merged["title"]["en"]}
    pages = [one for one in events if one["kind"] == "page" and not one["home"]]
    assert all(one["building"] == "3 号楼" and len(one["homes"]) >= 4 for one in pages)


def test_the_month_groups_homes_by_building_and_counts_an_outage_once() -> None:
    house = outage()
    found = wide(house.record(), (0.0, 1e9))
    assert [(one["rule"], one["building"], one["homes"]) for one in found] == [
        ("flood", "3 号楼", [f"flat-{n}" for n in range(1, 7)])
    ]


def test_another_name_of_a_building_is_told() -> None:
    house = House(street("AAB"))
    new = street("AAC")
    house.fold.configs[new.hash] = new.text
    out = house.feed(house.outs[-1].frame._replace(port="config", data=new.hash.encode()))
    told = [json.loads(one.body) for one in out.messages if one.topic.startswith("home/")]
    assert [(one["home"], one["title"], one["building"]) for one in told] == [("flat-3", "Flat 3", "C")]
