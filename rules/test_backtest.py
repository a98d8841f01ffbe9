"""Back-tests: rows in, what would have fired out."""

import pytest

from rules.backtest import Backtest, Row, rows
from rules.rule import load
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
