"""The same thing in many homes is one incident of a building: a gateway with two of them tells of each by itself."""

from collections.abc import Iterable

from gateway.hub import checkpoint
from gateway.hub.fold import Fold
from gateway.ladder.conftest import House, site
from gateway.site import Site, loads


def street(buildings: Iterable[str]) -> Site:
    """A flat for each name of a building."""
    names = list(buildings)
    text = site(len(names), spoken="").text
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
