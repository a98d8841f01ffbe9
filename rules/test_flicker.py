"""An alert that comes and goes each second is one alert that lasts: few words, and no moment of alarm without it."""

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Reading
from rules.alert import Alert
from rules.engine import Device, Engine, Refused
from rules.life import CALM, FLICKERS, HOUR, NEWS
from rules.test_house import rules_of

DEVICES = {name: Device("h", "", None) for name in "ab"}
PLAIN = "when = {quantity = 'smoke', is = true}"
LATCHED = PLAIN + "\nlatch = true"
CLEARED = "when = {quantity = 'smoke', is = true}\nclear = {is = false, for = '3s'}"


class Played:
    """One rule, and what it said."""

    def __init__(self, rule: str) -> None:
        self.rules = rules_of(rule)
        self.engine = Engine("g", "e")
        self.alerts: list[Alert] = self.engine.configure(self.rules, DEVICES, 0.0, 0)
        self.n = 0

    def say(self, at: float, smoke: bool) -> None:
        self.n += 1
        self.alerts += self.engine.feed(Reading("a", "smoke", "smoke", smoke, at, (), self.n))

    def tick(self, at: float) -> None:
        self.alerts += self.engine.tick(at)

    def restart(self) -> None:
        """As from a checkpoint."""
        rows = json.loads(json.dumps(self.engine.changed()))
        self.engine = Engine("g", "e")
        self.engine.load(rows)
        self.engine.configure(self.rules, DEVICES, self.alerts[-1].at if self.alerts else 0.0, self.n)

    def states(self) -> list[tuple[float, str]]:
        return [(alert.at, alert.state) for alert in self.alerts]


def flicker(played: Played, moments: Iterable[int]) -> None:
    for second in moments:
        played.say(float(second), second % 2 == 1)


@pytest.mark.parametrize("rule", [PLAIN, LATCHED, CLEARED.replace("3s", "1s")])
def test_a_day_of_flickering_each_second_is_a_handful_of_words(rule: str) -> None:
    played = Played(rule)
    flicker(played, range(1, 86_400))
    assert 2 <= len(played.alerts) <= 2 * FLICKERS + 1
    assert played.alerts[-1].state == "firing", "while it flickers it lasts"


@pytest.mark.parametrize(("rule", "end"), [(PLAIN, "resolved"), (LATCHED, "cleared")])
def test_it_is_over_when_it_was_calm_for_long_and_at_its_own_moment(rule: str, end: str) -> None:
    played = Played(rule)
    flicker(played, range(1, 101))
    said = len(played.alerts)
    played.tick(100.0 + CALM - 0.001)
    assert len(played.alerts) == said
    played.tick(1e6)
    assert played.states()[said:] == [(100.0 + CALM, end)]
    played.say(2e6, True)
    played.say(2e6 + 1, False)
    assert played.states()[-2:] == [(2e6, "firing"), (2e6 + 1, end)], "an hour later it is believed at once again"


def test_a_person_may_end_what_is_calm_for_the_moment() -> None:
    played = Played(LATCHED)
    flicker(played, range(1, 100))
    with pytest.raises(Refused, match="still true"):
        played.engine.reset(played.alerts[-1].id, 99.5, 1000)
    played.say(100.0, False)
    assert [alert.state for alert in played.engine.reset(played.alerts[-1].id, 101.0, 1001)] == ["resolved"]


def test_after_a_reset_it_is_believed_at_once_again() -> None:
    played = Played(LATCHED)
    for time in range(3 * FLICKERS):
        played.say(10.0 * time + 1, True)
        played.say(10.0 * time + 2, False)
        played.alerts += played.engine.reset(played.alerts[-1].id, 10.0 * time + 3, played.n)
    assert [alert.state for alert in played.alerts] == ["firing", "cleared", "resolved"] * 3 * FLICKERS


def test_a_restart_in_the_middle_forgets_neither_the_flickering_nor_the_calm() -> None:
    plain, cut = Played(PLAIN), Played(PLAIN)
    for played in (plain, cut):
        for second in range(1, 60):
            played.say(float(second), second % 2 == 1)
            if played is cut and second % 7 in (0, 3):
                played.restart()
        played.say(60.0, False)
        if played is cut:
            played.restart()
        played.tick(60.0 + CALM)
        played.tick(1e6)
    assert plain.states() == cut.states()
    assert plain.states()[-1] == (60.0 + CALM, "resolved")


def test_a_door_that_is_opened_now_and_then_is_told_each_time() -> None:
    played = Played(PLAIN)
    for time in range(100):
        played.say(time * 800.0, True)
        played.say(time * 800.0 + 5, False)
    assert len(played.alerts) == 200


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 900.0), st.booleans()), min_size=1, max_size=120),
    st.sampled_from([PLAIN, LATCHED, CLEARED]),
)
def test_no_moment_of_alarm_is_without_its_alert_and_the_words_are_bounded(
    said: list[tuple[float, bool]], rule: str
) -> None:
    played, at = Played(rule), 0.0
    for pause, smoke in said:
        at = round(at + pause, 3)
        played.say(at, smoke)
        firing = bool(played.alerts) and played.alerts[-1].state == "firing"
        assert firing or not smoke, "it is true now and nobody says so"
    ends = [alert.at for alert in played.alerts if alert.state != "firing"]
    assert all(later - first > CALM for first, later in pairwise(ends[FLICKERS - 1 :]) if _crowded(ends, later))


def _crowded(ends: list[float], at: float) -> bool:
    return sum(at - HOUR < end < at for end in ends) >= FLICKERS


@pytest.mark.parametrize("rule", [PLAIN, LATCHED])
def test_an_alarm_after_a_minute_of_calm_is_news_though_the_one_before_is_held(rule: str) -> None:
    """Somebody may have said of the flickering one that they know: of this one nobody has heard."""
    played = Played(rule)
    flicker(played, range(1, 101))
    said = len(played.alerts)
    played.say(100.0 + NEWS - 1, True)
    played.say(200.0, False)
    assert len(played.alerts) == said
    played.restart()
    played.say(200.0 + NEWS, True)
    (news,) = played.alerts[said:]
    assert (news.state, news.reason, news.at) == ("firing", "worse", 200.0 + NEWS)
    assert news.n == played.alerts[said - 1].n + 1
    assert [(one.quantity, one.value) for one in news.evidence] == [("smoke", True)]


def test_an_alarm_that_has_to_last_is_news_when_it_lasted() -> None:
    played = Played("when = {quantity = 'smoke', is = true, for = '3s'}")
    for second in range(1, 101, 10):
        played.say(float(second), True)
        played.say(second + 4.0, False)
    said = len(played.alerts)
    assert played.alerts[-1].state == "firing"
    for second in (150, 200):
        played.say(float(second), True)
        played.say(second + 1.0, False)
    played.say(260.0, True)
    played.tick(263.0)
    assert [(one.state, one.reason, one.at) for one in played.alerts[said:]] == [("firing", "worse", 263.0)]


def test_ten_minutes_of_calm_are_not_cut_short_by_another_sensor() -> None:
    """What another one says meanwhile is looked at, and an end of an hour ago no longer counts then."""
    played = Played(PLAIN + "\nper = 'home'")
    for turn in range(1, FLICKERS + 1):
        played.say(100.0 * turn, True)
        played.say(100.0 * turn + 50, False)
    played.say(3600.0, True)
    played.say(3700.0, False)
    played.n += 1
    played.alerts += played.engine.feed(Reading("b", "smoke", "smoke", False, 3900.0, (), played.n))
    assert played.states()[-1] == (3600.0, "firing")
    played.tick(3700.0 + CALM)
    assert played.states()[-1] == (3700.0 + CALM, "resolved")
