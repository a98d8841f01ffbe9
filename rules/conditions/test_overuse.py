"""How much was used between two times of the day, by the clock on the wall."""

from datetime import datetime

import pytest

from rules.asked import asks
from rules.conditions.test_between import BERLIN, Home
from rules.document import Mistakes
from rules.test_house import rules_of

DRAWN = "per = 'home'\nwhen = {quantity = 'water_m3', used_above = 0.05, over = '00:00-05:00'}"


class Metered(Home):
    """A meter that is read each hour at half past."""

    def draw(self, litres: dict[str, float], day: int = 0, every: float = 3600.0) -> None:
        """What was used by the reading at a time of the day, until noon."""
        at = self.at(day, "00:30") if day else 0.0
        register = getattr(self, "register", 7.0)
        while at <= self.at(day, "12:00"):
            clock = f"{datetime.fromtimestamp(at + self.offset, BERLIN):%H:%M}"
            register = round(register + litres.get(clock, 0.0) / 1000, 6)
            self.note(self.say(at, "hall", "water_m3", register))
            at += every
        self.register = register


def test_what_is_used_at_night_is_told_at_once_until_the_next_night() -> None:
    home = Metered(DRAWN)
    home.draw({"01:00": 30.0, "03:00": 25.0, "08:00": 200.0})
    assert home.told == ["firing 02. 03:00:00"]
    home.crash(home.at(0, "13:00"), 600.0)
    home.note(home.engine.tick(home.at(2, "00:00")))
    assert home.told[1:] == ["resolved 03. 00:00:00"]


def test_use_before_and_after_the_night_is_not_counted() -> None:
    home = Metered(DRAWN.replace("00:00-05:00", "01:30-03:30"))
    home.draw({"01:00": 300.0, "02:00": 40.0, "03:00": 20.0, "04:00": 40.0, "05:00": 300.0})
    assert home.told == ["firing 02. 04:00:00"], "half of it each at the edges, as far as anybody knows: 60 of 100 L"


def test_a_reading_that_tells_of_longer_than_the_night_says_nothing_of_it() -> None:
    home = Metered(DRAWN)
    home.draw({"06:00": 500.0, "12:00": 900.0}, every=6 * 3600.0)
    assert home.told == []


def test_two_nights_are_not_added_up() -> None:
    home = Metered(DRAWN)
    home.draw({"02:00": 40.0})
    home.draw({"02:30": 40.0}, day=1)
    assert home.told == []


def test_a_clock_that_is_set_a_little_begins_no_other_night() -> None:
    home = Metered(DRAWN)
    for number, moved in enumerate((5.0, -5.0, 0.0)):
        home.note(home.say(3600.0 * (number + 1), "hall", "water_m3", 7.0 + number * 0.03))
        home.wall(3600.0 * (number + 1) + 60.0, moved)
    assert home.told == ["firing 02. 03:00:00"]


def test_little_use_has_no_window_yet_and_says_so() -> None:
    with pytest.raises(Mistakes, match="duration"):
        rules_of(DRAWN.replace("used_above", "used_below"))


def test_an_alert_says_between_which_times() -> None:
    (made,) = rules_of(DRAWN)
    (asked,) = asks(made, ())
    assert asked["between"] == "00:00-05:00"
