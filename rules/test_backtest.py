"""Back-tests: rows in, what would have fired out."""

import pytest

from rules.backtest import Backtest, Row, Spell, rows
from rules.compare import changes
from rules.recording import Recording
from rules.rulefile import load
from rules.test_house import rules_of

HOT = rules_of("when = {quantity = 'temperature_c', above = 30, for = '10m'}")


def test_rows_are_read_in_either_way_of_writing_time() -> None:
    lines = ["ts,home,device,quantity,value", "60,h,d,motion,true", "1970-01-01T00:02:00Z,h,d,water_m3,12.5",
             "1970-01-01T08:03:00+08:00,h,d,button,press", "1970-01-01 00:04:00,h,d,motion,false"]  # fmt: skip
    assert list(rows(lines, "f")) == [
        Row(60.0, "h", "d", "motion", True),
        Row(120.0, "h", "d", "water_m3", 12.5),
        Row(180.0, "h", "d", "button", "press"),
        Row(240.0, "h", "d", "motion", False),
    ]


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([], "f:1: the header"),
        (["time,value"], "f:1: the header is 'time,value'"),
        (["ts,home,device,quantity,value", "1,h,d,q,2", "1,h,d,q"], "f:3: '1,h,d,q' is no reading"),
        (["ts,home,device,quantity,value", "soon,h,d,q,1"], "f:2: 'soon,h,d,q,1'"),
        (["ts,home,device,quantity,value", "nan,h,d,q,1"], "f:2:"),
    ],
)
def test_a_bad_file_is_named_with_its_line(lines: list[str], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        list(rows(lines, "f"))


def test_homes_are_apart_and_totals_are_per_home_and_month() -> None:
    test = Backtest(HOT)
    alerts = []
    for day in range(31):
        for home in ("x", "y"):
            for minute in (0, 20):
                value = 40.0 if home == "x" and day in (3, 9) else 20.0
                alerts += test.feed(Row(day * 86400.0 + minute * 60, home, "d", "temperature_c", value))
    alerts += test.end()
    fired = [(alert.home, alert.device, alert.at) for alert in alerts if alert.state == "firing"]
    assert fired == [("x", "d", 3 * 86400.0 + 600), ("x", "d", 9 * 86400.0 + 600)]
    (total,) = test.totals()
    assert (total.rule, total.alerts, total.homes) == ("r0", 2, 1)
    assert total.monthly == pytest.approx(1.0, rel=0.01)


def test_rows_out_of_order_count_as_now() -> None:
    test = Backtest(HOT)
    test.feed(Row(1000.0, "h", "d", "temperature_c", 40.0))
    assert [alert.at for alert in test.feed(Row(10.0, "h", "e", "temperature_c", 40.0))] == [1000.0]


def test_a_silent_sensor_is_told_and_proves_nothing() -> None:
    test = Backtest(load(["trouble"]))
    told = test.feed(Row(0.0, "h", "d", "motion", True)) + test.feed(Row(86400.0, "h", "e", "motion", True))
    assert ("sensor-silent", "d", "firing") in {(alert.rule, alert.device, alert.state) for alert in told}


def test_what_latches_is_answered_so_that_the_next_time_counts() -> None:
    calls = rules_of("when = {quantity = 'button', is = 'press'}\nlatch = true")
    test = Backtest(calls)
    alerts = []
    for at in (0.0, 600.0, 90000.0):
        alerts += test.feed(Row(at, "h", "b", "button", "press"))
    alerts += test.feed(Row(100000.0, "h", "d", "motion", True)) + test.end()
    assert [(alert.state, alert.at, alert.reason) for alert in alerts] == [
        ("firing", 0.0, "first"),
        ("resolved", 4200.0, "cleared"),  # an hour after the second press, which is told under the same alert
        ("firing", 90000.0, "first"),
        ("resolved", 93600.0, "cleared"),
    ]
    assert test.totals()[0].alerts == 2


def test_spells_last_until_the_condition_is_over_or_the_recording_ends() -> None:
    test = Backtest(HOT)
    for minute, value in ((0, 40.0), (30, 20.0), (60, 40.0), (90, 40.0)):
        test.feed(Row(minute * 60.0, "h", "d", "temperature_c", value))
    test.end()
    assert [(spell.since, spell.until, spell.ended) for spell in test.spells] == [(600, 1800, True), (4200, 5400, False)]
    (tally,) = test.tallies()
    assert (tally.rule, tally.home, tally.alerts, tally.seconds, tally.longest) == ("r0", "h", 2, 2400.0, 1200.0)
    told = [[(reading.point, reading.value, reading.at) for reading in spell.evidence] for spell in tally.examples]
    assert told == [
        [("temperature_c", 40.0, 0.0), ("lasted_s", 600.0, 0.0)],
        [("temperature_c", 40.0, 3600.0), ("lasted_s", 600.0, 3600.0)],
    ]


def test_a_home_played_from_a_recording_is_the_home_fed_row_by_row() -> None:
    given = [Row(at * 60.0, "h", device, "temperature_c", value)
             for at, device, value in ((0, "a", 40.0), (5, "b", 20.0), (20, "a", 10.0), (25, "b", 41.0), (60, "b", 9.0))]  # fmt: skip
    fed, played, recording = Backtest(HOT), Backtest(HOT), Recording()
    list(recording.take(enumerate(reversed(given)), "f"))
    alerts = [alert for row in given for alert in fed.feed(row)] + fed.end()
    assert list(played.play(recording.homes["h"])) == alerts
    assert fed.spells == played.spells
    assert len(alerts) > 3


def test_a_sensor_that_speaks_seldom_is_not_silent_and_one_that_stopped_is() -> None:
    seldom = [Row(hour * 3600.0, "h", "button", "battery_pct", 90.0) for hour in range(0, 73, 6)]
    awake = [minute * 60.0 for minute in range(0, 90 * 60, 30) if not 600 < minute < 900]
    recording = Recording()
    list(recording.take(enumerate([*seldom, *(Row(at, "h", "meter", "water_m3", 1.0) for at in awake)]), "f"))
    test = Backtest([rule for rule in load(["trouble"]) if rule.id == "sensor-silent"])
    told = [(alert.device, alert.at / 3600) for alert in test.play(recording.homes["h"]) if alert.state == "firing"]
    assert told == [("meter", 12.0), ("button", 84.0)], "after two hours, and after two of its silences"
    assert recording.homes["h"].rhythm() == {"button": 21600.0, "meter": 1800.0}


def test_the_second_of_like_values_is_another_point() -> None:
    test = Backtest(HOT)
    test.feed(Row(0.0, "h", "d", "temperature_c", 20.0))
    test.feed(Row(0.0, "h", "d", "temperature_c#2", 40.0))
    (alert,) = test.feed(Row(900.0, "h", "d", "temperature_c", 21.0))
    assert [reading.point for reading in alert.evidence] == ["temperature_c#2", "lasted_s"]


def test_a_change_of_rules_is_told_by_what_it_adds_and_removes() -> None:
    def spell(rule: str, since: float, until: float, home: str = "h") -> Spell:
        return Spell(rule, home, "", "urgent", since, until, True, ())

    old = [spell("a", 0, 10), spell("a", 50, 60), spell("b", 0, 1), spell("a", 0, 10, "g")]
    new = [spell("a@set", 5, 20), spell("a@set", 55, 56), spell("a@set", 58, 59), spell("a@set", 100, 110), spell("c", 0, 1)]
    told = {change.rule: change for change in changes(old, new)}
    assert told.keys() == {"a", "b", "c"}
    assert [(s.home, s.since) for s in told["a"].added] == [("h", 100)]
    assert [(s.home, s.since) for s in told["a"].removed] == [("g", 0)]
    assert (told["a"].before, told["a"].after, told["a"].kept) == (3, 4, 2)
    assert (len(told["b"].removed), len(told["c"].added)) == (1, 1)
