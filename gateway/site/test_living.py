"""Who lives in a home, how it is lived in, and holidays: what site.toml may say of it."""

import json
from datetime import date

import pytest

from gateway.site import Site, loads
from gateway.site.living import RETURNS
from rules.document import Mistakes
from rules.rulefile import packs

SITE = """
gateway = {{id = "g", site = "s"}}
{}
ports.line = {{type = "serial", path = "/dev/ttyUSB0", driver = "node"}}
devices.door = {{home = "flat", port = "line", address = "00000001"}}
devices.else = {{home = "other", port = "line", address = "00000002"}}
homes.other = {{}}
"""


def site(said: str) -> Site:
    return loads(json.dumps({"format": 1, "site": SITE.format(said), "packs": packs(), "files": {}}))


def test_what_is_not_said_is_not_assumed() -> None:
    lived = site("homes.flat = {}").living["flat"]
    assert (lived.persons, lived.schedule, lived.front_doors, lived.returns) == (None, (), (), RETURNS)
    assert site("homes.flat = {}").facts.persons == {}


def test_what_is_said() -> None:
    said = """homes.flat = {persons = 1, modes = {front_doors = ["door"], away_after = "20m", returns = ["button"],
        schedule = [{mode = "night", hours = "22:30-06:00", days = ["workday"]}]}}
        calendar = {holidays = ["2026-10-01"], workdays = ["2026-10-10"]}"""
    made = site(said.replace("\n", " ").replace("}}         cal", "}}\ncal"))
    lived = made.living["flat"]
    assert (lived.front_doors, lived.away_after, lived.returns) == (("door",), 1200.0, ("button",))
    assert (lived.schedule[0].mode, lived.schedule[0].hours.start) == ("night", 22 * 60 + 30)
    assert made.facts.persons == {"flat": 1}
    assert made.calendar.kinds(date(2026, 10, 1)) == {"thu", "free", "holiday"}
    assert made.calendar.kinds(date(2026, 10, 10)) == {"sat", "workday"}


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ('homes.flat = {modes = {front_doors = ["else"]}}', 'no device of this home "else"'),
        ('homes.flat = {modes = {schedule = [{mode = "home", hours = "1:00-2:00"}]}}', '"home" is no mode'),
        ('homes.flat = {modes = {schedule = [{mode = "night"}]}}', "mode night always"),
        ('homes.flat = {modes = {returns = ["water_m3"]}}', '"water_m3" is no returns'),
        ('homes.flat = {modes = {away_at_most = "60d"}}', "out of range"),
        ("homes.flat = {persons = -1}", "out of range"),
        ("homes.flat = {modes = {front_door = []}}", 'unknown key "front_door"'),
        ('homes.flat = {}\ncalendar = {holidays = ["1 October"]}', '"1 October" is no date'),
    ],
)
def test_a_mistake_has_its_line_and_a_remedy(said: str, what: str) -> None:
    with pytest.raises(Mistakes) as found:
        site(said)
    assert any(what in mistake.what and mistake.remedy and mistake.line > 1 for mistake in found.value.mistakes)
