"""A battery's end is seen a month ahead, and only where its days show one."""

import json
import random

import pytest

from drivers.reading import Frame, Reading
from gateway.hub import checkpoint
from gateway.hub.batteries import DAY, DAYS, FAR, POINTS, Batteries, trend
from gateway.hub.conftest import SITE, WIRE
from gateway.hub.fold import Fold


def say(batteries: Batteries, day: float, percent: float, device: str = "hall") -> list[float]:
    readings = batteries.feed([Reading(device, "battery_pct", "battery_pct", percent, day * DAY)])
    assert all(one.quantity == one.point == "battery_days" for one in readings)
    return [float(one.value) for one in readings]


@pytest.mark.parametrize("lost_a_day", [0.2, 0.5, 1.0, 2.0])
def test_the_end_of_a_steady_battery_is_said_within_a_tenth(lost_a_day: float) -> None:
    batteries, dice = Batteries(), random.Random(4)
    checked = 0
    for day in range(500):
        percent = 100 - lost_a_day * day
        if percent < 12:
            break
        for hour in range(0, 24, 6):
            for left in say(batteries, day + hour / 24, round(percent + dice.uniform(-1, 0.5))):
                true = (percent + lost_a_day - 10) / lost_a_day
                if true <= 45:
                    assert abs(left - true) <= 0.1 * true + 4, (day, left, true)
                    checked += 1
    assert checked >= 10


def test_a_battery_that_loses_nothing_or_only_its_last_digit_has_no_end() -> None:
    batteries = Batteries()
    assert [left for day in range(200) for left in say(batteries, day, 80 - day % 2)] == []


def test_nothing_is_said_before_a_fortnight_and_once_a_day_after_it() -> None:
    batteries = Batteries()
    said = {day: say(batteries, day, 90 - day) + say(batteries, day + 0.5, 90 - day) for day in range(30)}
    assert [day for day, left in said.items() if left] == list(range(15, 30))
    assert all(len(left) <= 1 for left in said.values())


def test_a_new_battery_begins_anew() -> None:
    batteries = Batteries()
    for day in range(30):
        say(batteries, day, 60 - day)
    assert say(batteries, 30, 100) == [FAR]
    assert say(batteries, 31, 100) == []


def test_memory_is_bounded_and_odd_values_go_by() -> None:
    batteries = Batteries()
    for value in (float("nan"), -1, 101, "full", True):
        batteries.feed([Reading("odd", "battery_pct", "battery_pct", value, 0.0)])
    for number in range(POINTS + 10):
        say(batteries, 0, 50, f"d{number}")
    assert len(batteries.days) == POINTS
    for day in range(500):
        say(batteries, day, 50, "long")
    assert len(batteries.days["long/battery_pct"]) == DAYS
    assert trend([]) is None


def test_a_trend_raises_a_trouble_and_survives_a_restart() -> None:
    fold = Fold({SITE.hash: SITE.text})
    boot = {"gateway": "gw-1", "epoch": "e" * 16, "offset": 0.0, "synced": True}
    fold.handle(Frame("boot", 1.0, json.dumps(boot).encode()))
    fold.handle(Frame("config", 1.0, SITE.hash.encode()))
    rows: dict[str, str] = {}
    for day in range(60):
        if day == 20:
            rows = {key: row for key, row in checkpoint.changed(fold).items() if row is not None}
            again = Fold({SITE.hash: SITE.text})
            assert checkpoint.load(again, rows, fold.n) == []
            assert again.batteries.days == fold.batteries.days
            fold = again
        body = WIRE.heartbeat(1, (3000, 90 - day), (1, 0, 0), 0, 0, 0, [])
        fold.handle(Frame("line-1", 2.0 + day * DAY, WIRE.frame(WIRE.HEARTBEAT, 0xA1B2C3D4, 77, day, body).strip(b"\0")))
    rules = {alert.rule: alert for alert in fold.engine.open()}
    assert rules["battery-due"].n == 1
    assert rules["battery-due"].home == "flat"
    assert rows
