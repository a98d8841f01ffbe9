"""Whom the rules miss stays missed, and who left has left: what timetables, doors and devices that are gone can't change."""

import json

import pytest

from gateway.hub.test_modes import DAY, HOUR, NOON, SITE, Life, hear, leave
from gateway.site import Site, loads
from rules.rhythm import Rhythm

NIGHT = '{mode = "night", hours = "22:00-06:00"}'
PIR = 'devices.pir = {home = "flat", port = "line", address = "00000002", silent_after = "2h"}\n'
BED = PIR.replace("pir", "bed").replace("02", "05")
BACK = PIR.replace("pir", "back").replace("02", "06")
DOORS = ('front_doors = ["door"]', 'front_doors = ["back", "door"]')


def site(*changes: tuple[str, str]) -> Site:
    """The site of these tests, in other words."""
    said = json.loads(SITE.text)
    for old, new in changes:
        assert old in said["site"]
        said["site"] = said["site"].replace(old, new)
    return loads(json.dumps(said))


def use(life: Life, at: float, new: Site) -> None:
    """The site of a life is this one from now on."""
    life.fold.configs[new.hash] = new.text
    life.do("config", at, new.hash.encode())


def missed(life: Life) -> list[tuple[str, float]]:
    """What became of the call about somebody whom no motion was heard of, and when."""
    found = [one for out in life.outs for one in out.alerts if one.rule == "no-motion-12h" and one.n]
    return [(one.state, round(one.at - life.start, 3)) for one in found]


def move(life: Life, at: float, device: str = "pir") -> None:
    """Somebody walks by."""
    life.say(at - 20, device, "motion", True)
    life.say(at, device, "motion", False)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("mode", ["away", "maintenance"])
def test_no_timetable_takes_anybody_off_the_floor_whichever_rule_misses_them(mode: str, restart: bool) -> None:
    life = Life()
    use(life, 7.5 * HOUR, site((NIGHT, f'{{mode = "{mode}", hours = "21:00-21:30"}}, {NIGHT}')))
    move(life, 8 * HOUR)
    hear(life, 8.5 * HOUR, 20.5 * HOUR)
    if restart:
        life.restart(20.6 * HOUR)
    hear(life, 20.7 * HOUR, 22.7 * HOUR)
    assert missed(life) == [("firing", 20 * HOUR)]
    move(life, 23 * HOUR)
    assert missed(life)[1:] == [("resolved", 23 * HOUR - 20)]
    life.wait(2 * DAY)
    assert (mode, "schedule", DAY + 21 * HOUR) in life.changes(), "the timetable goes on"


def test_no_front_door_takes_anybody_off_the_floor() -> None:
    """Someone with a key looks in, sees nobody, and shuts the door: where only motion counts that ends no call."""
    life = Life()
    move(life, 8 * HOUR)
    hear(life, 8.5 * HOUR, 20.5 * HOUR)
    life.say(21 * HOUR, "door", "door_open", True)
    life.say(21 * HOUR + 20, "door", "door_open", False)
    hear(life, 21.5 * HOUR, 30 * HOUR)
    assert missed(life) == [("firing", 20 * HOUR)]
    assert "away" not in {mode for mode, _, _ in life.changes()}


@pytest.mark.parametrize("restart", [False, True])
def test_a_sensor_that_the_home_no_longer_has_keeps_nobody_in(restart: bool) -> None:
    life = Life()
    use(life, 7.5 * HOUR, site((PIR, PIR + BED)))
    move(life, 8 * HOUR, "bed")
    use(life, 9 * HOUR, SITE)
    if restart:
        life.restart(9.5 * HOUR)
    leave(life, NOON)
    hear(life, NOON + 60, NOON + 2 * HOUR)
    assert life.changes() == [("away", "inferred", NOON + 1800)]


RENAMED = (("homes.flat ", "homes.nest "), ('home = "flat"', 'home = "nest"'), ('homes = ["flat"]', 'homes = ["nest"]'))


@pytest.mark.parametrize("restart", [False, True])
def test_who_is_missed_is_missed_in_a_home_that_is_called_otherwise(restart: bool) -> None:
    life = Life()
    move(life, 8 * HOUR)
    hear(life, 8.5 * HOUR, 20.5 * HOUR)
    use(life, 20.7 * HOUR, site(*RENAMED))
    if restart:
        life.restart(20.8 * HOUR)
    hear(life, 21 * HOUR, 30 * HOUR)
    assert missed(life) == [("firing", 20 * HOUR), ("firing", 20.7 * HOUR)]
    (call,) = [one for one in life.fold.engine.open() if one.rule == "no-motion-12h"]
    assert (call.home, call.n, call.since - life.start) == ("nest", 2, 20 * HOUR)
    assert {one.home for one in life.fold.ladders.registry.open.values() if one.id == call.id} == {"nest"}
    move(life, 31 * HOUR)
    assert missed(life)[2:] == [("resolved", 31 * HOUR - 20)]


@pytest.mark.parametrize("restart", [False, True])
def test_the_mode_of_a_home_that_is_called_otherwise_goes_on(restart: bool) -> None:
    life = Life()
    life.mode(NOON, "hospital", seconds=DAY)
    use(life, NOON + HOUR, site(*RENAMED))
    if restart:
        life.restart(NOON + 1.5 * HOUR)
    life.wait(NOON + 2 * HOUR)
    assert life.now("nest") == life.fold.modes.mode("nest").name == "hospital"
    life.wait(NOON + 2 * DAY)
    assert ("expired", NOON + DAY) in [one[1:] for one in life.changes("nest")]
    use(life, NOON + 3 * DAY, SITE)
    assert life.fold.modes.mode("nest").name == "home"


@pytest.mark.parametrize(("back", "gone", "away"), [(None, False, True), (True, False, False), (True, True, True)])
def test_nobody_left_while_any_front_door_stands_open(back: bool | None, gone: bool, away: bool) -> None:
    life = Life()
    use(life, 7.5 * HOUR, site((PIR, PIR + BACK), DOORS))
    if back is not None:
        life.say(11 * HOUR, "back", "door_open", back)
    if gone:
        use(life, 11.2 * HOUR, SITE)
    life.restart(11.3 * HOUR)
    leave(life, NOON)
    hear(life, NOON + 60, NOON + 2 * HOUR, "door", "pir", *([] if gone else ["back"]))
    assert (life.changes() == [("away", "inferred", NOON + 1800)]) is away


def test_a_platform_that_says_away_again_and_again_gives_nobody_time_to_leave_who_came_back() -> None:
    life = Life()
    for number in range(30):
        life.mode(NOON + 600 * number, "away")
    life.say(NOON + 5 * HOUR, "door", "door_open", True)
    assert life.changes()[-1] == ("home", "activity", NOON + 5 * HOUR)
    life.mode(NOON + 6 * HOUR, "away")
    move(life, NOON + 6 * HOUR + 300)
    assert life.now() == "away", "who goes anew has time to"
    life.mode(NOON + 6 * HOUR + 400, "hospital")
    move(life, NOON + 6 * HOUR + 1000)
    assert life.now() == "hospital", "and so has who is fetched meanwhile"


CHEN = 'people.chen = {role = "resident", homes = ["flat"]}'
OTHERS = {
    "other people": (CHEN, CHEN.replace("chen", "qian")),
    "nobody": (CHEN, ""),
}


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("who", [*OTHERS, "the same"])
def test_who_moves_into_a_home_that_is_called_otherwise_inherits_nothing(who: str, restart: bool) -> None:
    """The kit of a flat is put up in another one, or the flat is let anew: how somebody else lives is not theirs to see,
    and that somebody else is in hospital not what keeps help from them."""
    life = Life()
    learned = Rhythm()
    for day in range(9):
        learned.learn(False, 9, 3 * 3600.0)
        learned.turn(day)
    life.fold.engine.teach("flat", learned.save())
    life.mode(NOON, "hospital", seconds=30 * DAY)
    use(life, NOON + HOUR, site(*([OTHERS[who]] if who in OTHERS else []), *RENAMED))
    if restart:
        life.restart(NOON + 1.5 * HOUR)
    life.wait(NOON + 2 * HOUR)
    same = who == "the same"
    assert life.now("nest") == life.fold.modes.mode("nest").name == ("hospital" if same else "home")
    assert life.fold.engine.learned("nest") == (learned if same else Rhythm()).save()


def test_whoever_is_missed_is_missed_on_though_the_site_says_that_others_live_there() -> None:
    life = Life()
    move(life, 8 * HOUR)
    hear(life, 8.5 * HOUR, 20.5 * HOUR)
    use(life, 20.7 * HOUR, site(OTHERS["nobody"], *RENAMED))
    hear(life, 21 * HOUR, 23 * HOUR)
    assert missed(life) == [("firing", 20 * HOUR), ("firing", 20.7 * HOUR)]


def test_a_start_changes_no_mode_in_silence() -> None:
    """Who would have told otherwise wasn't heard when the home would have counted as left, and is heard again."""
    life = Life()
    use(life, 7.5 * HOUR, site((PIR, PIR + BED)))
    move(life, 8 * HOUR, "bed")
    leave(life, 13 * HOUR)
    life.wait(13.9 * HOUR)
    life.say(14 * HOUR, "bed", "battery_pct", 80)
    assert life.now() == "home"
    for hours in (14.1, 14.2):
        life.restart(hours * HOUR)
        assert life.fold.modes.mode("flat").name == life.now() == "away", "rules, people and platform hear of it"
    assert life.changes() == [("away", "inferred", 14.1 * HOUR)]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_who_lies_behind_a_carer_is_missed_when_somebody_was_always_heard_by_then(known: bool, restart: bool) -> None:
    """The away that a front door makes kept the question back for twelve hours, and the silence began anew with its
    end."""
    life = Life()
    rules = ('also = ["no-motion-12h"]', 'also = ["inactivity"]')
    use(life, 7.5 * HOUR, site(rules))
    rhythm = Rhythm()
    for day in range(60 if known else 0):
        for hour in (11, 12, 13):
            rhythm.was_behind(False, hour, 600.0)
        rhythm.turn(day)
    life.fold.engine.teach("flat", rhythm.save())
    move(life, NOON - HOUR)
    leave(life, NOON)
    if restart:
        hear(life, NOON + 600, NOON + HOUR)
        life.restart(NOON + 1.5 * HOUR)
    hear(life, NOON + 1.6 * HOUR, NOON + 44 * HOUR)
    assert ("away", "inferred", NOON + 1800) in life.changes()
    told = [one for out in life.outs for one in out.alerts if one.rule == "inactivity" and one.n]
    called = [round((one.at - life.start - NOON) / HOUR, 1) for one in told if one.reason == "worse"]
    assert called == ([pytest.approx(2.0, abs=1.0)] if known else [])
