"""How often it happened between two times of the day, by the clock on the wall."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.alert import Alert
from rules.asked import asks
from rules.document import Mistakes
from rules.engine import Device, Engine
from rules.lint import doubts
from rules.test_house import House, rules_of
from rules.wall import Mode

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = "per = 'home'\nwhen = {quantity = 'motion', is = true, times_below = 1, within = '07:00-10:00'}"
HALF_HOUR = 1800.0


class Home(House):
    """Its clock runs from midnight of a day in Berlin; ``told`` is what fired and was over, as the wall shows it."""

    def __init__(self, rule: str, day: str = "2026-11-02", synced: bool = True, *names: str) -> None:
        super().__init__(rule, devices={name: Device("h", "", 3600.0) for name in names or ("hall",)})
        self.midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp()
        self.told: list[str] = []
        self.offset = self.midnight
        self.wall(0.0, synced=synced)

    def wall(self, at: float, moved: float = 0.0, *, synced: bool = True) -> None:
        self.offset += moved
        self.note(self.engine.wall(self.offset, synced, "Europe/Berlin", at, self.n))

    def note(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            if alert.n:
                moment = datetime.fromtimestamp(alert.at + self.offset, BERLIN)
                self.told.append(f"{alert.state} {moment:%d. %H:%M:%S}")

    def at(self, day: int, clock: str) -> float:
        """Gateway time of a civil one, the first day being 0."""
        first = datetime.fromtimestamp(self.midnight, BERLIN).replace(tzinfo=None)
        hour, minute, *second = map(int, clock.split(":"))
        civil = first + timedelta(days=day, hours=hour, minutes=minute, seconds=sum(second))
        return civil.replace(tzinfo=BERLIN).timestamp() - self.offset

    def beats(self, day: int, start: str, end: str, *names: str) -> None:
        """Heard each half hour, and nobody moves."""
        self.beats_on(self.at(day, start), self.at(day, end), *names)

    def beats_on(self, at: float, until: float, *names: str) -> None:
        """The same in gateway time."""
        while at <= until:
            for name in names or ("hall",):
                self.note(self.say(at, name, "motion", False))
            at += HALF_HOUR

    def moves(self, day: int, clock: str, name: str = "hall") -> None:
        at = self.at(day, clock)
        self.note(self.say(at, name, "motion", True))
        self.note(self.say(at + 20.0, name, "motion", False))

    def crash(self, at: float, off: float = 0.0) -> None:
        """The power goes at this moment, for so many seconds."""
        self.note(self.engine.tick(at))
        rows = json.loads(json.dumps(self.engine.changed()))
        self.engine = Engine("gw", "epoch")
        assert self.engine.load({key: row for key, row in rows.items() if row is not None}) == []
        self.engine.deaf(off)
        self.note(self.engine.configure(self.rules, self.devices, at + off, self.n))
        self.wall(at + off)


def test_who_is_not_up_by_ten_is_missed_at_ten() -> None:
    home = Home(MORNING)
    home.beats(0, "00:00", "23:30")
    assert home.told == ["firing 02. 10:00:00"]
    home.moves(0, "23:40")
    assert home.told[1:] == ["resolved 02. 23:40:00"], "whenever that is"


def test_once_in_the_window_is_enough_and_just_before_or_after_it_is_not() -> None:
    for clock, missed in (("06:55", True), ("07:00", False), ("08:30", False), ("09:59:59", False), ("10:00", True)):
        home = Home(MORNING)
        home.beats(0, "00:00", clock[:5])
        home.moves(0, clock)
        home.beats_on(home.at(0, clock) + 600.0, home.at(0, "14:00"))
        assert ("firing 02. 10:00:00" in home.told) is missed, clock


def test_what_lasts_into_the_window_is_in_it() -> None:
    home = Home(MORNING)
    home.beats(0, "00:00", "06:30")
    home.note(home.say(home.at(0, "06:50"), "hall", "motion", True))
    home.note(home.say(home.at(0, "07:10"), "hall", "motion", False))
    home.beats(0, "07:30", "14:00")
    assert home.told == []


def test_each_day_is_told_of_by_itself() -> None:
    home = Home(MORNING)
    for day in range(3):
        home.beats(day, "00:00", "23:30")
    assert home.told == [
        "firing 02. 10:00:00", "resolved 03. 09:59:59", "firing 03. 10:00:00",
        "resolved 04. 09:59:59", "firing 04. 10:00:00",
    ]  # fmt: skip


def test_who_is_missed_stays_so_where_the_next_window_shows_nothing() -> None:
    home = Home(MORNING)
    home.beats(0, "00:00", "23:30")
    home.beats(1, "12:00", "23:30")
    home.beats(2, "00:00", "12:00")
    assert home.told == ["firing 02. 10:00:00", "resolved 04. 09:59:59", "firing 04. 10:00:00"]


def test_who_is_missed_stays_so_until_the_next_window_is_proven() -> None:
    """The sensor says something each half hour, and of forty minutes it must be heard in the last seven."""
    home = Home(MORNING.replace("07:00-10:00", "09:05-09:45"))
    home.beats(0, "00:00", "23:30")
    home.beats(1, "00:00", "23:30")
    assert home.told == ["firing 02. 10:00:00", "resolved 03. 10:00:00", "firing 03. 10:00:01"]


@pytest.mark.parametrize(
    ("off", "minutes", "told"),
    [("06:00", 60, ["firing 02. 10:00:00"]), ("08:00", 10, ["firing 02. 10:10:00"]), ("06:50", 20, ["firing 02. 10:10:00"]),
     ("09:50", 20, ["firing 02. 10:20:00"]), ("08:00", 31, []), ("05:00", 600, []), ("03:00", 5 * 60, [])],
)  # fmt: skip
def test_a_gateway_that_was_off_makes_up_for_a_sixth_and_no_more(off: str, minutes: int, told: list[str]) -> None:
    """Of an hour before the window nothing is lost; of three hours it is half an hour, and 08:00 is one of them."""
    home = Home(MORNING)
    home.beats(0, "00:00", off)
    home.crash(home.at(0, off), 60.0 * minutes)
    home.beats_on(home.at(0, off) + 60.0 * minutes + 30.0, home.at(0, "18:00"))
    assert home.told == told


@pytest.mark.parametrize(
    ("dead", "back", "told"),
    [("07:30", "09:30", []), ("05:00", "07:30", ["firing 02. 10:30:00"]), ("05:00", "08:00", []), ("08:30", "23:30", []),
     ("09:30", "10:20", ["firing 02. 10:00:00"]), ("09:00", "11:30", [])],
)  # fmt: skip
def test_a_sensor_that_died_in_the_window_proves_nothing(dead: str, back: str, told: list[str]) -> None:
    """It may be silent for an hour. At half past nine it was alive: that is within a sixth of the window's end."""
    home = Home(MORNING)
    home.beats(0, "00:00", dead)
    home.beats(0, back, "23:30")
    assert home.told == told


def test_a_sensor_that_first_speaks_in_the_window_knows_nothing_of_it() -> None:
    home = Home(MORNING)
    home.beats(0, "08:00", "23:30")
    assert home.told == []
    home.beats(1, "00:00", "12:00")
    assert home.told == ["firing 03. 10:00:00"]


def test_one_that_tells_of_little_is_done_without() -> None:
    home = Home(MORNING, "2026-11-02", True, "hall", "guest")
    for minute in range(60):
        home.moves(0, f"12:{minute:02}")
    home.beats(0, "13:00", "23:30", "hall", "guest")
    home.beats(1, "00:00", "08:00", "hall", "guest")
    home.beats(1, "08:30", "09:30")
    home.beats(1, "10:00", "12:00", "hall", "guest")
    assert home.told == ["firing 03. 10:00:00"]


def test_who_was_away_for_a_part_of_it_is_not_missed() -> None:
    rule = f"{MORNING}\nwhile = {{mode = ['home']}}"
    for since, until in (("06:00", "07:30"), ("08:00", "09:00"), ("09:50", "11:00")):
        home = Home(rule)
        home.beats(0, "00:00", "05:30")
        home.note(home.engine.mode("h", Mode("away"), home.at(0, since), 900))
        home.note(home.engine.mode("h", Mode("home"), home.at(0, until), 901))
        home.beats(0, "11:30", "23:30")
        assert home.told == [], since
    home = Home(rule)
    home.beats(0, "00:00", "05:30")
    home.note(home.engine.mode("h", Mode("away"), home.at(0, "05:40"), 900))
    home.note(home.engine.mode("h", Mode("home"), home.at(0, "05:50"), 901))
    home.beats(0, "06:00", "23:30")
    assert home.told == ["firing 02. 10:00:00"]


def test_a_reload_in_the_window_changes_nothing_and_another_rule_begins_anew() -> None:
    for rule, told in ((MORNING, ["firing 02. 10:00:00"]), (MORNING.replace("10:00", "10:30"), [])):
        home = Home(MORNING)
        home.beats(0, "00:00", "08:00")
        home.note(home.configure(home.at(0, "08:10"), rule))
        home.beats(0, "08:30", "23:30")
        assert home.told == told


def test_over_midnight() -> None:
    home = Home(MORNING.replace("07:00-10:00", "22:00-06:00"))
    home.beats(0, "00:00", "23:30")
    home.beats(1, "00:00", "12:00")
    assert home.told == ["firing 03. 06:00:00"]


@pytest.mark.parametrize(
    ("day", "window", "told"),
    [
        ("2026-10-24", "07:00-10:00", "firing 25. 10:00:00"),
        ("2026-10-24", "22:00-06:00", "firing 25. 06:00:00"),
        ("2026-10-24", "01:30-02:30", "firing 25. 02:30:00"),
        ("2026-03-28", "07:00-10:00", "firing 29. 10:00:00"),
        ("2026-03-28", "22:00-06:00", "firing 29. 06:00:00"),
        ("2026-03-28", "01:30-02:30", "firing 29. 03:30:00"),
    ],
)
def test_when_summer_time_comes_and_goes(day: str, window: str, told: str) -> None:
    """An hour that comes twice is meant the first time; one that is left out lies behind the change."""
    home = Home(MORNING.replace("07:00-10:00", window), day)
    home.beats(0, "00:00", "23:30")
    at = home.at(1, "00:00")
    while at < home.at(1, "12:00"):
        home.note(home.say(at, "hall", "motion", False))
        at += 600.0
    fired = [one for one in home.told if one.startswith("firing")]
    assert fired[-1] == told
    assert len(fired) == len({one[:10] for one in fired}), "once a day"


def test_a_window_that_summer_time_swallows_is_not_there() -> None:
    home = Home(MORNING.replace("07:00-10:00", "02:30-03:10"), "2026-03-29")
    home.beats(0, "00:00", "23:30")
    assert home.told == []


def test_a_clock_that_is_set_in_the_window_moves_it() -> None:
    home = Home(MORNING)
    home.beats(0, "00:00", "08:00")
    home.wall(8.25 * 3600, 3 * 3600.0)
    assert home.told == ["firing 02. 11:15:00"], "it is over, and nobody moved in it"
    home.wall(8.5 * 3600, -3 * 3600.0)
    home.beats(0, "08:30", "23:30")
    assert len(home.told) == 1, "the same window is not told of twice"
    back = Home(MORNING)
    back.beats(0, "00:00", "08:00")
    back.wall(8.25 * 3600, -1800.0)
    back.beats(0, "08:00", "23:30")
    assert back.told == ["firing 02. 10:00:00"]


def test_a_clock_that_goes_a_little_wrong_tells_nobody_twice() -> None:
    home = Home(MORNING)
    home.beats(0, "00:00", "10:00")
    for step in range(1, 6):
        home.wall(home.at(0, "10:00") + step, -5.0)
        home.engine.tick(home.at(0, "10:00") + step + 0.5)
    home.beats(0, "10:30", "23:30")
    assert home.told == ["firing 02. 10:00:00"]
    home.moves(0, "23:40")
    assert len(home.told) == 2


def test_while_nobody_knows_the_time_nothing_begins_and_what_fires_goes_on() -> None:
    home = Home(MORNING, synced=False)
    home.beats(0, "00:00", "12:00")
    assert home.told == []
    home.wall(home.at(0, "12:10"))
    assert home.told == ["firing 02. 12:10:00"], "now it is known that it was over"
    home.wall(home.at(0, "13:00"), synced=False)
    home.beats(1, "00:00", "12:00")
    assert len(home.told) == 1
    home.moves(1, "12:10")
    assert home.told[1:] == ["resolved 03. 12:10:00"]


def test_fewer_than_so_many_times() -> None:
    for moves, missed in ((0, True), (2, True), (3, False)):
        home = Home(MORNING.replace("times_below = 1", "times_below = 3"))
        home.beats(0, "00:00", "06:30")
        for number in range(moves):
            home.moves(0, f"07:{number:02}")
        home.beats(0, "07:30", "12:00")
        assert home.told == ["firing 02. 10:00:00"] * missed, moves


def test_the_evidence_says_how_often_since_when() -> None:
    home = Home(MORNING.replace("times_below = 1", "times_below = 3"))
    home.beats(0, "00:00", "06:30")
    home.moves(0, "06:40")
    home.moves(0, "07:20")
    home.beats(0, "07:30", "09:30")
    (alert,) = [one for one in home.engine.tick(home.at(0, "10:00")) if one.n]
    (times,) = [one for one in alert.evidence if one.quantity == "times"]
    assert (times.value, times.at) == (1.0, home.at(0, "07:00"))


NIGHT = "per = 'home'\nwhen = {quantity = 'motion', is = true, times = 3, within = '22:00-06:00'}"


def test_so_often_in_a_night_is_told_at_once_until_the_next_one() -> None:
    home = Home(NIGHT)
    for clock in ("12:00", "13:00", "21:59", "23:00", "23:30"):
        home.moves(0, clock)
    home.crash(home.at(0, "23:40"), 600.0)
    home.moves(1, "05:59")
    home.moves(1, "08:00")
    home.note(home.engine.tick(home.at(2, "12:00")))
    assert home.told == ["firing 03. 05:59:00", "resolved 03. 22:00:00"]


@pytest.mark.parametrize("clocks", [("22:00:01", "22:00:02", "22:00:03"), ("05:00", "05:30", "05:59:58")])
@pytest.mark.parametrize("steps", [(-5.0, 5.0, -5.0), (5.0, -5.0, 5.0), (-1800.0, 1800.0), (1800.0, -1800.0)])
def test_a_clock_that_is_set_tells_of_no_night_twice(clocks: tuple[str, ...], steps: tuple[float, ...]) -> None:
    for crashes in (False, True):
        home = Home(NIGHT)
        day = int(clocks[0] < "12:00")
        for clock in clocks:
            home.note(home.say(home.at(day, clock), "hall", "motion", True))
            home.note(home.say(home.at(day, clock) + 0.5, "hall", "motion", False))
        after = home.at(day, clocks[-1]) + 0.8
        for number, moved in enumerate(steps):
            home.wall(after + 2.0 * number, moved)
            if crashes:
                home.crash(after + 2.0 * number + 1.0)
        home.note(home.engine.tick(home.at(day, "21:00") + 86400.0 * (1 - day)))
        assert [one[:6] for one in home.told] == ["firing"], "until the next night begins"
        home.note(home.engine.tick(home.at(1, "22:30")))
        assert [one[:8] for one in home.told[1:]] == ["resolved"]


def test_who_comes_home_in_the_night_is_counted_anew() -> None:
    home = Home(f"{NIGHT}\nwhile = {{mode = ['home']}}")
    for clock in ("22:10", "22:20", "22:30"):
        home.moves(0, clock)
    home.note(home.engine.mode("h", Mode("away"), home.at(0, "22:40"), 900))
    home.note(home.engine.mode("h", Mode("home"), home.at(0, "23:00"), 901))
    for clock in ("23:10", "23:20", "23:30"):
        home.moves(0, clock)
    assert home.told == ["firing 02. 22:30:00", "resolved 02. 22:40:00", "firing 02. 23:30:00"]


def test_times_of_two_nights_are_not_added_up() -> None:
    home = Home(NIGHT)
    for day in range(3):
        home.moves(day, "23:00")
        home.moves(day, "23:30")
    assert home.told == []


@pytest.mark.parametrize("said", ["07:00-07:00", "10:00-24:30", "7:00-10:00", "07:00-10:00-11:00", "25:00-26:00"])
def test_a_window_that_is_none(said: str) -> None:
    with pytest.raises(Mistakes, match="is no window of a day"):
        rules_of(MORNING.replace("07:00-10:00", said))


def test_a_window_that_is_over_when_the_hours_of_the_rule_are() -> None:
    for hours, wrong in (("07:00-10:00", 1), ("10:00-12:00", 0), ("22:00-09:00", 1), ("00:00-24:00", 0)):
        found = doubts(rules_of(f"{MORNING}\nwhile = {{hours = '{hours}', mode = ['home']}}"))
        assert [("10:00" in doubt.what, "10:00" in doubt.remedy) for doubt in found] == [(True, True)] * wrong, hours


def test_a_drawn_alert_says_between_which_times() -> None:
    for rule in (MORNING, NIGHT):
        (made,) = rules_of(rule)
        (asked,) = asks(made, ())
        assert asked["between"] in rule
