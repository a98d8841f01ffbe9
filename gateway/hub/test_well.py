"""Somebody says that all is well: for a home whose person is missed that is a sign of life, whatever way it came."""

import json
from collections.abc import Callable

import pytest

from drivers.reading import Frame
from gateway.health import report
from gateway.ladder.conftest import LONG, House, site, who
from gateway.ladder.policy import shipped
from gateway.site import Site, loads

HOUR = 3600.0
ALONE = site(more='rules.also = ["inactivity"]\n')
TIMETABLE = "{{title = 'Flat 1', modes = {{schedule = [{}]}}}}"
Word = Callable[[House, float], object]


def asked(*, called: bool = False, at: Site = ALONE) -> House:
    """A house in which somebody moved at 100 s and nobody since: a question is open, or people were called."""
    house = House(at)
    house.node(100, "kitchen", occupied=1)
    house.node(160, "kitchen", occupied=0)
    house.node(161, "button", battery_pct=90)
    asks, calls = moments(house)
    house.wait(calls + 400 if called else asks)
    house.deliver(house.fold.now)
    assert "li" in {one["to"] for one in house.letters} if called else who(house.letters) == ["home:flat-1", "chen"]
    return house


def moments(house: House) -> tuple[float, float]:
    """When it asks, and when it calls."""
    vigil = house.fold.engine.vigil("flat-1", house.fold.now)
    assert vigil is not None
    return vigil.asks_at, vigil.calls_at


def code(house: House) -> str:
    """Of the question to the resident."""
    return str(next(one for one in reversed(house.letters) if one["to"] == "chen")["answer"]["code"])


WORDS: dict[str, Word] = {
    "button": lambda house, at: house.node(at, "button", button=LONG),
    "page": lambda house, at: house.act(at, "fine", "", code=code(house)),
    "resident": lambda house, at: house.act(at, "fine", "chen", home="flat-1"),
    "carer": lambda house, at: house.act(at, "fine", "li", alert=house.incident.id),
}

CASES = [("button", False), *((word, called) for word in ("page", "resident", "carer") for called in (False, True))]
"""Who holds the button down when the time of the question is over calls for help."""


@pytest.mark.parametrize("restart", [None, 0.0, HOUR])
@pytest.mark.parametrize(("word", "called"), CASES)
def test_whoever_says_that_all_is_well_is_asked_no_more_and_nobody_else_is_called(
    word: str, called: bool, restart: float | None
) -> None:
    house = asked(called=called)
    if restart is not None:
        house.restart(restart)
    before, at = len(house.letters), house.fold.now + 100
    WORDS[word](house, at)
    told = [one for one in house.letters[before:] if one["rule"] == "inactivity"]
    assert {one["news"]["what"] for one in told if one["to"] == "li"} <= {"fine"}
    assert not house.fold.ladders.registry.open_in.get("flat-1"), "it is over"
    assert sorted(who(told)) == sorted(set(who(told))), "nobody hears it twice"
    asks, _ = moments(house)
    assert asks > at + 2 * HOUR, "the silence begins anew"
    assert [one for one in house.wait(asks - 1) if one["rule"] == "inactivity"] == []
    assert who(house.wait(asks)) == ["home:flat-1", "chen"], "and is asked about again"


def test_who_answers_is_asked_again_when_as_long_a_silence_has_gone_by_as_is_normal() -> None:
    house = asked()
    begun, at = house.fold.now, house.fold.now + 60
    house.node(at, "button", button=LONG)
    vigil = house.fold.engine.vigil("flat-1", at)
    assert vigil is not None
    assert (vigil.since, vigil.stage) == (at, "quiet")
    assert vigil.last is not None
    assert (vigil.last.device, vigil.last.at) == ("button-1", at)
    assert begun < vigil.asks_at - 2 * HOUR


@pytest.mark.parametrize("word", ["page", "resident", "carer"])
def test_where_the_word_of_a_resident_ends_no_call_it_is_no_sign_of_life_either(word: str) -> None:
    """Their site says so of whoever may be confused, or forced to say it."""
    own = shipped()["welfare"].replace('"resident", "carer"', '"carer"')
    assert "resident" in own
    more = 'rules.also = ["inactivity"]\nladders.files = ["own.toml"]\n'
    house = asked(called=True, at=site(more=more, files={"own.toml": own}))
    WORDS[word](house, house.fold.now + 100)
    assert bool(house.fold.ladders.registry.open_in.get("flat-1")) is (word != "carer"), "help is on its way"


def test_a_word_about_many_homes_is_no_sign_of_life_in_each_of_them() -> None:
    house = asked()
    house.act(house.fold.now + 1, "fine", "wang", home="flat-2")
    assert house.incident.home == "flat-1", "a word about the neighbour's"
    _, calls = moments(house)
    assert "page" in {one["kind"] for one in house.wait(calls + 400)}


def test_who_is_out_for_days_and_says_so_is_not_asked_each_half_day() -> None:
    house = House(ALONE)
    house.node(100, "kitchen", occupied=1)
    house.node(160, "kitchen", occupied=0)
    house.node(200, "bedroom", door_open=1)
    house.node(210, "bedroom", door_open=0)
    asks, _ = moments(house)
    assert asks > 47 * HOUR, "out by the front door"
    assert who(house.wait(asks)) == ["home:flat-1", "chen"]
    house.act(asks + 60, "fine", "chen", home="flat-1")
    again, _ = moments(house)
    assert again > asks + 47 * HOUR


def test_it_stays_known_who_said_so() -> None:
    house = asked()
    house.act(house.fold.now + 60, "fine", "chen", home="flat-1")
    (answered,) = house.record("answered")
    assert (answered["actor"], answered["what"]) == ("chen", "fine")
    house.restart(0.0)
    vigil = house.fold.engine.vigil("flat-1", house.fold.now)
    assert vigil is not None
    assert vigil.words(house.fold.engine.civil.local)["en"].startswith("last sign of life: chen ")


@pytest.mark.parametrize("restart", [None, HOUR])
def test_while_a_port_is_down_nobody_is_missed_by_its_sensors(restart: float | None) -> None:
    house = House(ALONE)
    house.node(100, "kitchen", occupied=1)
    house.node(160, "kitchen", occupied=0)
    house.wait(200)
    house.feed(report(200, "gateway:line", port_down=True))
    if restart is not None:
        house.restart(restart)
        house.feed(report(house.fold.now, "gateway:line", port_down=True))
    assert [one["rule"] for one in house.wait(30 * HOUR) if one["rule"] == "inactivity"] == []
    house.feed(report(30 * HOUR, "gateway:line", port_down=False))
    asks, _ = moments(house)
    assert asks > 35 * HOUR
    assert who(house.wait(asks)) == ["home:flat-1", "chen"]


def test_a_sensor_that_moves_to_another_line_is_heard_by_that_one() -> None:
    """Its old line was down, and nobody will ever say that it is up again; nor does the new one say what it said."""
    lines = "ports.spare = {type = 'serial', path = '/dev/ttyUSB1', driver = 'node'}\n"
    ours = site(more=f"{lines}rules.also = ['inactivity']\n")
    house = House(ours)
    house.feed(report(1, "gateway:line", port_down=False))
    house.feed(report(1, "gateway:spare", port_down=False))
    house.node(100, "kitchen", occupied=1)
    house.node(160, "kitchen", occupied=0)
    asks, _ = moments(house)
    house.feed(report(200, "gateway:line", port_down=True))

    def move(here: str, there: str) -> None:
        moved = loads(house.site.text.replace(f"port = '{here}'", f"port = '{there}'"))
        house.fold.configs[moved.hash], house.site = moved.text, moved
        house.feed(Frame("config", house.fold.now, moved.hash.encode()))

    house.wait(500)
    move("line", "spare")
    assert moments(house)[0] == asks + 300
    house.wait(600)
    move("spare", "line")
    assert [one for one in house.wait(30 * HOUR) if one["rule"] == "inactivity"] == [], "it is down still"


def test_a_port_and_a_platform_that_the_site_no_longer_has_trouble_nobody() -> None:
    house = House(ALONE)
    house.feed(report(200, "gateway:line", port_down=True, line_babble=True))
    house.feed(report(200, "gateway:platform", uplink_down=True))
    house.wait(4000)
    troubles = {"port-down", "line-babble", "uplink-down"}
    assert {one.rule for one in house.fold.engine.open()} >= troubles
    other = ALONE.text.replace("ports.line", "ports.wire").replace("'line'", "'wire'").replace("uplinks.platform", "uplinks.desk")
    new = loads(other)
    house.fold.configs[new.hash] = new.text
    house.feed(Frame("config", 4000, new.hash.encode()))
    house.wait(4100)
    assert not {one.rule for one in house.fold.engine.open()} & troubles


@pytest.mark.parametrize(("said", "days"), [({}, 1), ({"seconds": 7 * 24 * HOUR}, 7)])
@pytest.mark.parametrize("restart", [None, HOUR])
def test_a_visit_that_finds_them_away_ends_the_call_until_they_are_back(
    said: dict[str, float], days: float, restart: float | None
) -> None:
    house = asked(called=True)
    code_of_li = next(one for one in house.letters if one["to"] == "li")["answer"]["code"]
    at = house.fold.now + 100
    reply = house.act(at, "visit", "", code=code_of_li, found="away", **said)
    assert reply["ok"], reply["why"]
    assert not house.fold.ladders.registry.open_in.get("flat-1")
    mode = house.fold.modes.mode("flat-1")
    assert (mode.name, mode.until) == ("away", at + days * 24 * HOUR)
    if restart is not None:
        house.restart(restart)
    assert [one["rule"] for one in house.wait(at + days * 24 * HOUR - 1) if one["rule"] == "inactivity"] == []
    price = house.fold.engine.learned("flat-1")[3]  # type: ignore[index]
    house.node(house.fold.now, "kitchen", occupied=1)
    assert house.fold.modes.mode("flat-1").name == "home"
    assert house.fold.engine.learned("flat-1")[3] > price + 0.9, "nobody needed help"  # type: ignore[index]


@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("restart", [None, 0.0])
def test_a_timetable_ends_no_call(called: bool, restart: float | None) -> None:
    """Who lies on the floor goes nowhere at one o'clock, whatever they do on other days."""
    house = asked(called=called)
    leaves, comes = (house.fold.engine.civil.local(house.fold.now + hours * HOUR) for hours in (0.1, 3))
    hours = f"{{mode = 'away', hours = '{leaves:%H:%M}-{comes:%H:%M}'}}"
    house = asked(called=called, at=loads(ALONE.text.replace("{title = 'Flat 1'}", TIMETABLE.format(hours))))
    if restart is not None:
        house.restart(restart)
    house.wait(house.fold.now + 2 * HOUR)
    assert house.fold.ladders.registry.open_in.get("flat-1"), "nobody was found"
    house.node(house.fold.now + 1, "kitchen", occupied=1)
    assert not house.fold.ladders.registry.open_in.get("flat-1")
    assert house.fold.modes.mode("flat-1").name == "home"
    for step in range(20):
        house.node(house.fold.now + HOUR, "kitchen", occupied=step % 2)
    house.wait(house.fold.now + 3 * HOUR)
    assert house.fold.modes.mode("flat-1").name == "away", "the timetable goes on"


def test_a_timetable_that_a_reload_brings_holds_for_the_rules_at_once_and_none_of_a_home_that_was_gone() -> None:
    house = House(ALONE)
    house.wait(5000)

    def use(new: Site) -> list[str]:
        house.fold.configs[new.hash] = new.text
        out = house.feed(Frame("config", house.fold.now + 1, new.hash.encode()))
        return [change.mode.name for change in out.changes]

    night = TIMETABLE.format("{mode = 'night', hours = '00:00-23:59'}")
    assert use(loads(ALONE.text.replace("{title = 'Flat 1'}", night))) == ["night"]
    assert house.fold.engine.civil.mode("flat-1", house.fold.now).name == "night"
    use(loads(ALONE.text.replace("flat-1", "flat-3")))
    use(ALONE)
    assert house.fold.modes.mode("flat-1").name == house.fold.engine.civil.mode("flat-1", house.fold.now).name == "home"


def test_a_visit_told_when_the_door_has_ended_the_call_still_says_that_they_are_away() -> None:
    house = asked(called=True)
    call, over = house.incident.id, house.fold.now + 600
    house.node(over, "bedroom", door_open=1)
    house.node(over + 1, "bedroom", door_open=0)
    house.node(over + 2, "bedroom", door_open=1)
    assert not house.fold.ladders.registry.open_in.get("flat-1"), "the carer came in"
    house.act(over + 1800, "visit", "li", alert=call, found="away")
    mode = house.fold.modes.mode("flat-1")
    assert mode.name == "away"
    assert mode.until is not None
    assert over + 24 * HOUR <= mode.until <= over + 24 * HOUR + 2
    again = house.act(over + 3600, "visit", "wang", alert=call, found="away")
    assert again["ok"]
    house.act(over + 5000, "visit", "li", alert=call, found="away")
    assert house.fold.modes.mode("flat-1").until == mode.until


def test_who_is_held_for_away_by_the_door_is_away_for_as_long_as_the_visitor_says() -> None:
    """They looked, shut the front door behind them, and tell it an hour later: from the door alone it is half a day."""
    door = "{title = 'Flat 1', modes = {front_doors = ['bedroom-1']}}"
    house = asked(called=True, at=loads(ALONE.text.replace("{title = 'Flat 1'}", door)))
    call, at = house.incident.id, house.fold.now + 600
    for seconds, room, said in ((0, "bedroom", {"door_open": 0}), (1, "bedroom", {"door_open": 1}), (60, "kitchen", {"occupied": 1}),
                                (90, "kitchen", {"occupied": 0}), (300, "bedroom", {"door_open": 0})):  # fmt: skip
        house.node(at + seconds, room, **said)
    house.wait(at + HOUR)
    held = house.fold.modes.mode("flat-1")
    assert held.name == "away"
    house.act(at + HOUR, "visit", "li", alert=call, found="away", seconds=7 * 24 * HOUR)
    until = house.fold.modes.mode("flat-1").until
    assert until is not None
    assert until >= at + 7 * 24 * HOUR


@pytest.mark.parametrize(("actor", "days"), [("li", 29), ("zhao", 1)])
def test_who_may_say_no_mode_is_believed_for_a_day_at_the_most(actor: str, days: int) -> None:
    house = asked(called=True)
    at = house.fold.now + 60
    assert house.act(at, "visit", actor, alert=house.incident.id, found="away", seconds=29 * 24 * HOUR)["ok"]
    assert house.fold.modes.mode("flat-1").until == at + days * 24 * HOUR


@pytest.mark.parametrize(("hours", "away"), [(0.5, True), (3.0, False)])
def test_who_was_heard_since_the_visit_is_not_taken_for_away(hours: float, away: bool) -> None:
    """The visitor is heard, too; who moves hours later lives there, and must be missed if they fall."""
    house = asked(called=True)
    call, over = house.incident.id, house.fold.now + 600
    house.node(over, "bedroom", door_open=1)
    house.node(over + 1, "bedroom", door_open=0)
    house.node(over + 2, "bedroom", door_open=1)
    house.node(over + hours * HOUR, "kitchen", occupied=1)
    house.node(over + hours * HOUR + 60, "kitchen", occupied=0)
    asks, _ = moments(house)
    told = [
        house.act(over + 4 * HOUR, "visit", "li", alert=call, found="away", seconds=29 * 24 * HOUR, act_id="v")
        for _ in "again"
    ]
    assert all(one["ok"] for one in told)
    said = None if away else "flat-1 was not put into mode away: somebody was heard there after the visit"
    assert [one.get("left") for one in told] == [said] * 5, "a repetition gets the same answer"
    assert (house.fold.modes.mode("flat-1").name == "away") is away
    missed = [one for one in house.wait(asks) if one["rule"] == "inactivity"]
    assert bool(missed) is not away


@pytest.mark.parametrize("about", ["smoke", "armed"])
def test_a_visit_disarms_nobody_and_an_alarm_of_a_sensor_says_nothing_of_who_is_in(about: str) -> None:
    house = asked(called=True)
    if about == "armed":
        said = {"act_id": "m", "actor": "chen", "home": "flat-1", "mode": "night", "armed": True, "verb": "mode"}
        house.feed(Frame("mode", house.fold.now, json.dumps(said).encode()))
        alert = house.incident.id
    else:
        house.act(house.fold.now, "fine", "chen", home="flat-1")
        house.node(house.fold.now + 1, "kitchen", smoke=1)
        alert = next(one.id for one in house.fold.engine.open() if one.rule == "smoke")
    before = house.fold.modes.mode("flat-1")
    reply = house.act(house.fold.now + 60, "visit", "li", alert=alert, found="away")
    assert reply["ok"]
    assert house.fold.modes.mode("flat-1") == before
    if about == "armed":
        assert reply["left"] == "flat-1 was not put into mode away: somebody put it into another one"
        house.restart(5.0)
        again = house.act(house.fold.now + 60, "visit", "li", alert=alert, found="away", act_id=reply["act_id"])
        assert again["left"] == reply["left"], "also after a restart"


def test_a_visit_to_a_home_that_the_site_no_longer_has_breaks_nothing() -> None:
    house = asked(called=True)
    call, at = house.incident.id, house.fold.now + 60
    house.act(at, "fine", "chen", home="flat-1")
    other = loads(ALONE.text.replace("flat-1", "flat-3"))
    house.fold.configs[other.hash] = other.text
    house.feed(Frame("config", at + 1, other.hash.encode()))
    reply = house.act(at + 2, "visit", "somebody", role="property", alert=call, found="away", proof="platform platform")
    assert reply["ok"] or reply["why"]
    assert house.fold.modes.mode("flat-1").name == "home"


@pytest.mark.parametrize(("actor", "home_again"), [("li", False), ("li", True), ("zhao", False)])
@pytest.mark.parametrize("restart", [None, HOUR])
@pytest.mark.parametrize("mode", ["hospital", "away"])
def test_nobody_found_after_a_cleaners_visit_puts_back_what_was_said_of_the_empty_home(
    mode: str, restart: float | None, actor: str, home_again: bool
) -> None:
    """The cleaner ended "hospital"; whoever looked then said "away", which is over after a day: called again each day."""
    house = asked()
    say(house, house.fold.now + 60, mode, seconds=14 * 24 * HOUR)
    until = house.fold.modes.mode("flat-1").until
    house.node(house.fold.now + 2 * HOUR, "kitchen", occupied=1)
    house.node(house.fold.now + HOUR, "kitchen", occupied=0)
    assert house.fold.modes.mode("flat-1").name == "home", "whoever it is may need help"
    if home_again:
        say(house, house.fold.now + 60, "home")
    if restart is not None:
        house.restart(restart)
    house.node(house.fold.now + 1, "button", battery_pct=90)
    house.wait(moments(house)[1] + 400)
    at = house.fold.now + 600
    call = next(one.id for one in house.fold.engine.open() if one.rule == "inactivity")
    assert house.act(at, "visit", actor, alert=call, found="away")["ok"]
    after = house.fold.modes.mode("flat-1")
    stays = actor == "li" and not home_again  # zhao is a neighbour, who may say no mode
    assert (after.name, after.until) == ((mode, until) if stays else ("away", at + 24 * HOUR))


def say(house: House, at: float, mode: str, **rest: float) -> None:
    """A person says so of the home."""
    word = {"act_id": f"m{at}", "actor": "chen", "home": "flat-1", "mode": mode, **rest}
    house.fold.handle(Frame("mode", at, json.dumps(word).encode()))
