"""What is one thing for a building is told to each household in its own flat, also where it joined late."""

from typing import Any

from gateway.ladder.conftest import PEOPLE, House, site

FLATS = range(1, 9)
LIVING = "".join(f'people.r{n} = {{role = "resident", homes = ["flat-{n}"], channels = ["sms"]}}\n' for n in FLATS[1:])
SPOKEN = "".join(f"speakers.v-{n} = {{home = 'flat-{n}', alsa = 'default'}}\n" for n in FLATS)


def flooded(*homes: int) -> House:
    house = House(site(len(FLATS), people=PEOPLE + LIVING, spoken=SPOKEN))
    for n, home in enumerate(homes):
        house.node(10.0 + n, "kitchen", home, flood=1)
    house.wait(30)
    house.deliver(31)
    return house


def pages(house: House, to: str) -> list[dict[str, Any]]:
    return [one for one in house.letters if one["to"] == to and one["kind"] == "page" and one["rule"] == "flood"]


def resident(home: int) -> str:
    return "chen" if home == 1 else f"r{home}"


def test_every_household_hears_of_the_water_in_its_own_flat_whichever_was_the_fourth() -> None:
    house = flooded(1, 2, 3, 4, 5, 6)
    assert len(house.fold.ladders.registry.open) == 1
    for home in (1, 2, 3, 4, 5, 6):
        for to in (resident(home), f"home:flat-{home}"):
            (page,) = pages(house, to)
            assert (page["home"], page["room"]) == (f"flat-{home}", "kitchen"), to
    assert not pages(house, "r7")
    house.node(400.0, "kitchen", 7, flood=1)
    house.wait(410)
    assert [page["home"] for page in pages(house, "r7")] == ["flat-7"]
    assert len(pages(house, "wang")) <= 4, "the property hears of one thing"


def test_who_lives_in_one_of_them_is_given_no_code_for_all_and_hears_who_sees_to_it() -> None:
    house = flooded(1, 2, 3, 4)
    assert pages(house, "r4")[0]["answer"] == {}
    house.wait(60)
    assert house.act(61, "acknowledge", "wang", alert=house.incident.id)["ok"]
    news = [one for one in house.letters if one["to"] == "r4" and one["kind"] == "follow-up"]
    assert [one["news"]["who"] for one in news if one["news"]["what"] == "answered"] == ["wang"]


def test_water_in_another_flat_after_somebody_took_it_on_is_told_there_all_the_same() -> None:
    house = flooded(1, 2, 3, 4)
    assert house.act(61, "acknowledge", "wang", alert=house.incident.id)["ok"]
    house.node(100.0, "kitchen", 5, flood=1)
    house.wait(120)
    assert [page["home"] for page in pages(house, "r5")] == ["flat-5"]
    assert house.fold.ladders.wanted(pages(house, "r5")[0]["id"])


def test_a_restart_tells_nobody_twice() -> None:
    house = flooded(1, 2, 3, 4, 5)
    house.restart(1.0)
    before = len(house.letters)
    house.wait(house.fold.now + 60)
    assert not {one["to"] for one in house.letters[before:]} & {resident(home) for home in (1, 2, 3, 4, 5)}


def test_a_page_that_fails_when_its_flat_has_become_part_of_the_building_goes_on() -> None:
    living = LIVING.replace('channels = ["sms"]', 'channels = ["sms", "push"], addresses = {push = "x"}')
    house = House(site(len(FLATS), people=PEOPLE + living, spoken=SPOKEN))
    for home in (1, 2, 3, 4):
        house.node(10.0 + home, "kitchen", home, flood=1)
    house.wait(30)
    (page,) = pages(house, "r2")
    assert house.fold.ladders.wanted(page["id"]), "it may still be on its way"
    house.report(31, page, "failed", "hangs")
    first, second = pages(house, "r2")
    assert (second["channel"], second["replaces"], second["home"]) == ("push", first["id"], "flat-2")
    wangs = [one for one in house.letters if one["to"] == "wang" and one["home"] == "flat-2"]
    assert house.act(40, "acknowledge", "", code=wangs[0]["answer"]["code"])["ok"], "the code that was given for one of them"
    assert house.incident.answered
