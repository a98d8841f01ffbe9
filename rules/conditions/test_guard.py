"""Hours, days and modes: over midnight, over a change of summer time, with a clock that nobody set."""

from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import Mistakes, read
from rules.engine import Device, Engine
from rules.hours import Calendar
from rules.rulefile import read_rules
from rules.test_house import House, rules_of
from rules.wall import Facts, Mode

HOUR = 3600.0
DEVICES = {"d": Device("h")}
OPEN = "when = {quantity = 'door_open', is = true}\nwhile = "


def epoch(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def house(guard: str, start: str = "", zone: str = "Asia/Shanghai", severity: str = "warning") -> House:
    """A door stands open from the beginning on; at 0 the wall shows ``start``, if somebody set the clock."""
    made = House(devices=DEVICES)
    text = OPEN + guard
    head = f'[r0]\ntitle = {{zh = "一", en = "one"}}\nseverity = "{severity}"\n'
    made.rules = read_rules(read(head + text, "test.toml"))
    made.engine.configure(made.rules, DEVICES, 0.0, 0)
    if start:
        made.engine.wall(epoch(start, zone), True, zone, 0.0, 0)
    return made


def told(made: House, until: float) -> list[tuple[str, float]]:
    alerts = made.say(0.0, "d", "door_open", True) + made.engine.tick(until * HOUR)
    return [(alert.state, round(alert.at / HOUR, 4)) for alert in alerts]


def test_hours_over_midnight() -> None:
    made = house("{hours = '22:00-06:00'}", "2026-06-01T20:00")
    assert told(made, 60) == [(s, h) for day in (0, 24, 48) for s, h in (("firing", 2 + day), ("resolved", 10 + day))]


def test_the_night_of_friday_ends_on_saturday() -> None:
    made = house("{hours = '22:00-06:00', days = ['fri']}", "2026-06-04T20:00")  # a Thursday
    assert told(made, 100) == [("firing", 26.0), ("resolved", 34.0)]


@pytest.mark.parametrize(
    ("start", "dates", "changes"),
    [
        ("2026-10-14T20:00", "10-15..04-15", [("firing", 4.0)]),
        ("2026-04-14T20:00", "10-15..04-15", [("firing", 0.0), ("resolved", 28.0)]),  # the last day is whole
        ("2026-12-31T20:00", "10-15..04-15", [("firing", 0.0)]),
        ("2026-06-01T20:00", "10-15..04-15", []),
        ("2028-02-28T20:00", "02-29..02-29", [("firing", 4.0), ("resolved", 28.0)]),
        ("2026-02-28T20:00", "02-29..02-29", []),
        ("2026-05-31T20:00", "05-01..05-31", [("firing", 0.0), ("resolved", 4.0)]),
    ],
)
def test_a_season_of_each_year(start: str, dates: str, changes: list[tuple[str, float]]) -> None:
    assert told(house(f"{{dates = '{dates}'}}", start), 60) == changes


def test_the_last_night_of_a_season_is_whole() -> None:
    made = house("{dates = '10-15..04-15', hours = '22:00-06:00'}", "2026-04-15T20:00")
    assert told(made, 60) == [("firing", 2.0), ("resolved", 10.0)]


@pytest.mark.parametrize("dates", ["oct-apr", "10-15", "02-30..04-01", "13-01..01-01", "1-1..2-1", "2026-01-01..2026-02-01"])
def test_what_is_no_season_is_told_how_to_write_one(dates: str) -> None:
    with pytest.raises(Mistakes) as found:
        house(f"{{dates = '{dates}'}}")
    assert [(one.line, str(one.remedy)) for one in found.value.mistakes] == [
        (5, 'write dates = "10-15..04-15", month and day from and to')
    ]


@pytest.mark.parametrize("dates", ["01-01..12-31", "10-15..10-14"])
def test_a_whole_year_is_no_season(dates: str) -> None:
    with pytest.raises(Mistakes, match="is the whole year"):
        house(f"{{dates = '{dates}'}}")


def test_days_alone() -> None:
    made = house("{days = ['sat', 'sun']}", "2026-06-05T12:00")
    assert told(made, 100) == [("firing", 12.0), ("resolved", 60.0)]


@pytest.mark.parametrize(
    ("start", "hours", "changes"),
    [
        ("2026-03-28T20:00", "22:00-06:00", [("firing", 2.0), ("resolved", 9.0)]),  # an hour less in Berlin
        ("2026-10-24T20:00", "22:00-06:00", [("firing", 2.0), ("resolved", 11.0)]),  # an hour more
        ("2026-03-29T01:00", "02:30-05:00", [("firing", 1.0), ("resolved", 3.0)]),  # 02:30 never came
    ],
)
def test_on_a_change_of_summer_time_the_hour_on_the_wall_counts(
    start: str, hours: str, changes: list[tuple[str, float]]
) -> None:
    assert told(house(f"{{hours = '{hours}'}}", start, "Europe/Berlin"), 15) == changes


@pytest.mark.parametrize(("severity", "fires"), [("warning", 0), ("notice", 0), ("urgent", 1)])
def test_without_a_clock_only_what_is_urgent_counts(severity: str, fires: int) -> None:
    assert len(told(house("{hours = '22:00-06:00'}", severity=severity), 100)) == fires


def test_a_jump_of_the_clock_moves_the_hours() -> None:
    made = house("{hours = '22:00-06:00'}", "2026-06-01T12:00")
    assert told(made, 1) == []
    alerts = made.engine.wall(epoch("2026-06-01T22:30", "Asia/Shanghai"), True, "Asia/Shanghai", HOUR, 5)
    assert [(alert.state, alert.at) for alert in alerts] == [("firing", HOUR)]
    assert made.engine.wall(epoch("2026-06-01T22:30", "Asia/Shanghai") + 0.5, True, "Asia/Shanghai", 2 * HOUR, 6) == []
    alerts = made.engine.wall(0.0, False, "Asia/Shanghai", 3 * HOUR, 7)
    assert [alert.state for alert in alerts] == ["resolved"]


def test_a_mode_ends_by_itself_and_survives_a_restart() -> None:
    made = house("{mode = ['away', 'hospital']}")
    assert told(made, 1) == []
    assert [alert.state for alert in made.engine.mode("h", Mode("away", 3 * HOUR), HOUR, 5)] == ["firing"]
    rows = made.engine.changed()
    again = House(devices=DEVICES)
    assert again.engine.load(rows) == []
    again.engine.configure(made.rules, DEVICES, HOUR, 6)
    for engine in (made.engine, again.engine):
        assert [(alert.state, alert.at) for alert in engine.tick(9 * HOUR)] == [("resolved", 3 * HOUR)]


@given(st.floats(-1e18, 1e18), st.booleans(), st.text(max_size=5) | st.sampled_from(["Asia/Shanghai", "../x", "\0"]))
def test_no_clock_and_no_zone_raise(offset: float, synced: bool, zone: str) -> None:
    made = house("{hours = '22:00-06:00'}")
    made.engine.wall(offset, synced, zone, 0.0, 1)
    assert isinstance(told(made, 30), list)


@pytest.mark.parametrize(
    "guard",
    ["{}", "{hours = '22-6'}", "{hours = '22:00-24:30'}", "{hours = '08:00-08:00'}", "{days = ['mo']}", "{mode = ['x']}", "{days = []}", "{hour = '22:00-06:00'}"],
)  # fmt: skip
def test_a_guard_that_says_nothing_is_a_mistake(guard: str) -> None:
    with pytest.raises(Mistakes):
        rules_of(OPEN + guard)


@pytest.mark.parametrize(
    ("when", "quantity", "value"),
    [
        ("{quantity = 'water_m3', used_below = 0.01, over = '12h'}", "water_m3", 12.0),
        ("{quantity = 'motion', is = true, times_below = 1, within = '12h'}", "motion", False),
        (
            "{quantity = 'water_m3', used_below = 0.01, over = '12h',"
            " after = {quantity = 'water_m3', above = 1}, within = '1h'}",
            "water_m3",
            12.0,
        ),
    ],
)
def test_who_comes_home_is_not_missed_at_once(when: str, quantity: str, value: float) -> None:
    made = House(f"when = {when}\nwhile = {{mode = ['home', 'night']}}", devices=DEVICES)
    alerts = []
    for hour in range(60):
        alerts += made.say(hour * HOUR, "d", quantity, value)
        alerts += made.engine.mode("h", Mode({5: "away", 30: "home"}[hour]), hour * HOUR, 900) if hour in (5, 30) else []
    assert [(alert.state, alert.at / HOUR) for alert in alerts] == [("firing", 42.0)]


def test_what_was_counted_before_is_forgotten_in_the_contrary_too() -> None:
    often = "when = {not = {quantity = 'door_open', is = true, times = 1, within = '90h'}}"
    made = House(f"{often}\nwhile = {{mode = ['home']}}", devices=DEVICES)
    alerts = [alert for hour in (1, 2) for alert in made.say(hour * HOUR, "d", "door_open", hour == 1)]
    alerts += made.engine.mode("h", Mode("away"), 5 * HOUR, 900) + made.engine.mode("h", Mode(), 30 * HOUR, 901)
    assert [(alert.state, alert.at / HOUR) for alert in alerts] == [("firing", 30.0)]


NATIONAL_DAY = Calendar(frozenset({date(2026, 10, 1), date(2026, 10, 2)}), frozenset({date(2026, 10, 10)}))


@pytest.mark.parametrize(
    ("days", "changes"),
    [
        ("holiday", [(0, 48)]),  # Thursday and Friday
        ("workday", [(96, 240)]),  # Monday 5 to Saturday 10, on which people work
        ("free", [(0, 96), (240, 264)]),
    ],
)
def test_the_calendar_says_which_days_are_free(days: str, changes: list[tuple[int, int]]) -> None:
    made = House(devices=DEVICES)
    made.rules = rules_of(OPEN + f"{{days = ['{days}']}}")
    made.engine.configure(made.rules, DEVICES, 0.0, 0, Facts({}, NATIONAL_DAY))
    made.engine.wall(epoch("2026-10-01T00:00", "Asia/Shanghai"), True, "Asia/Shanghai", 0.0, 0)
    found = [(state, at) for state, at in told(made, 263)]
    assert found == [one for start, end in changes for one in (("firing", start), ("resolved", end))][: len(found)]
    assert len(found) >= 2 * len(changes) - 1


def test_a_calendar_that_changes_counts_at_once() -> None:
    made = House(devices=DEVICES)
    made.rules = rules_of(OPEN + "{days = ['holiday']}")
    made.engine.configure(made.rules, DEVICES, 0.0, 0)
    made.engine.wall(epoch("2026-10-01T08:00", "Asia/Shanghai"), True, "Asia/Shanghai", 0.0, 0)
    assert told(made, 1) == []
    changed = made.engine.configure(made.rules, DEVICES, HOUR, 7, Facts({}, NATIONAL_DAY))
    assert [alert.state for alert in changed] == ["firing"]


@pytest.mark.parametrize(
    ("guard", "persons", "fires"),
    [
        ("{lives_alone = true}", 1, True),
        ("{lives_alone = true}", 2, False),
        ("{lives_alone = true}", None, True),
        ("{lives_alone = false}", 1, False),
        ("{lives_alone = false}", 3, True),
        ("{persons = [2, 4]}", 4, True),
        ("{persons = [2, 4]}", 5, False),
    ],
)
def test_who_lives_there(guard: str, persons: int | None, fires: bool) -> None:
    made = House(devices=DEVICES)
    made.rules = rules_of(OPEN + guard)
    made.engine.configure(made.rules, DEVICES, 0.0, 0, Facts({} if persons is None else {"h": persons}))
    assert bool(told(made, 1)) is fires


@pytest.mark.parametrize(
    "guard", ["{persons = [3, 2]}", "{persons = [0.5, 2]}", "{lives_alone = true, persons = [1, 1]}", "{armed = false}"]
)
def test_who_lives_there_is_written_right(guard: str) -> None:
    with pytest.raises(Mistakes):
        rules_of(OPEN + guard)


def test_armed_counts_from_its_moment_on_and_forgets_who_went_out() -> None:
    made = House(devices=DEVICES)
    rule = "when = {quantity = 'door_open', is = true, times = 1, within = '10m', for = '45s'}\nwhile = {armed = true}"
    made.rules = rules_of(rule)
    made.engine.configure(made.rules, DEVICES, 0.0, 0)
    made.say(0, "d", "door_open", False)
    made.engine.mode("h", Mode("away", None, 160.0), 100.0, 5)
    made.say(130, "d", "door_open", True)
    made.say(140, "d", "door_open", False)
    assert made.engine.tick(1000) == []
    assert made.say(1000, "d", "door_open", True) == []
    made.say(1005, "d", "door_open", False)
    assert [(alert.state, alert.at) for alert in made.engine.tick(1050)] == [("firing", 1045.0)]
    made.engine.mode("h", Mode(), 1060.0, 6)
    made.say(2000, "d", "door_open", True)
    made.engine.mode("h", Mode("away", None, 3000.0), 2900.0, 7)
    assert [alert.state for alert in made.say(3500, "d", "door_open", False)] == []
    assert made.say(3600, "d", "door_open", True) + made.engine.mode("h", Mode(), 3630.0, 8) == []
    assert made.engine.tick(9000) == [], "the code was entered in time"


@pytest.mark.parametrize("offset", [1_800_000_000.123, 1_799_999_999.999_777, -7e8])
def test_an_hour_begins_at_one_moment_whenever_it_was_looked_forward_to(offset: float) -> None:
    """Else an alert would have another id after a crash, for its id is made of that moment."""
    found, looks = set(), Random(7)
    for _ in range(60):
        made = House(OPEN + "{hours = '22:00-06:00', days = ['mon', 'wed']}", devices=DEVICES)
        made.engine.wall(offset, True, "Asia/Shanghai", 0.0, 0)
        made.say(1.0, "d", "door_open", True)
        rows = made.engine.changed()
        moment = looks.uniform(1.0, HOUR)
        made.engine = Engine("gw", "epoch")
        assert made.engine.load(rows) == []
        made.engine.configure(made.rules, DEVICES, moment, 0)
        found.add(tuple((alert.id, alert.at) for alert in made.engine.tick(8 * 24 * HOUR)))
    assert [len(one) >= 4 for one in found] == [True]
