"""A simulated life is as believable as recorded ones are: the same figures, the same faults of none, the same seed."""

import statistics
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from gateway.cli import main
from gateway.sim.household import BEATS, DAY, DOOR, HOUR, METER, MONDAY, QUANTITIES, Household
from rules.backtest import Backtest
from rules.csvrows import Row
from rules.csvrows import rows as read_rows
from rules.rulefile import load

SEEDS = range(1, 7)


@cache
def life(seed: int) -> list[Row]:
    """Ninety days, lived once for all tests and only where one asks."""
    return Household(seed, 90).rows()


def of(said: list[Row], quantity: str) -> list[Row]:
    return [row for row in said if row.quantity == quantity]


def signs(rows: list[Row]) -> list[float]:
    last: dict[str, object] = {}
    found = []
    for row in rows:
        if row.device in last and last[row.device] != row.value:
            found.append(row.at)
        last[row.device] = row.value
    return found


def test_a_seed_is_a_life_and_another_seed_another_one() -> None:
    assert Household(1, 90).rows() == life(1)
    assert life(1) != life(2)


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_are_in_order_and_registers_never_fall(seed: int) -> None:
    rows = life(seed)
    assert all(one.at <= two.at for one, two in pairwise(rows))
    water = [float(row.value) for row in of(rows, "water_m3")]
    assert all(one <= two for one, two in pairwise(water))
    assert all(round(value * 1000) % 10 == 0 for value in water), "the meter steps by 10 litres"
    daily = (water[-1] - water[0]) * 1000 / 90
    assert 40 < daily < 200, "one person"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_front_door_is_used_as_in_recorded_homes(seed: int) -> None:
    opened, shut = [], []
    rows = [row for row in life(seed) if row.device == DOOR]
    for one, two in pairwise(rows):
        if two.value is True and one.value is False:
            opened.append(two.at)
        if two.value is False and one.value is True:
            shut.append(two.at)
    assert 2 <= len(opened) / 90 <= 8
    lengths = [end - start for start, end in zip(opened, shut, strict=False)]
    assert 4 <= statistics.median(lengths) <= 12
    assert max(lengths) < 180, "nothing that would be left open"


def test_water_stands_still_as_long_as_in_recorded_flats() -> None:
    runs: list[float] = []
    for rows in map(life, SEEDS):
        used = [two.at for one, two in pairwise(of(rows, "water_m3")) if two.value != one.value]
        runs += [end - start for start, end in pairwise(used)]
    months = len(SEEDS) * 3
    assert 1.5 <= sum(run > 12 * HOUR for run in runs) / months <= 8, "recorded: 3.8"
    assert 0.2 <= sum(run > 24 * HOUR for run in runs) / months <= 2.5, "recorded: 1.3"


@pytest.mark.parametrize("seed", SEEDS)
def test_nights_are_quiet_and_days_are_not(seed: int) -> None:
    hours = Counter(int(at % DAY // HOUR) for at in signs(life(seed)))
    night, day = sum(hours[hour] for hour in range(1, 5)), sum(hours[hour] for hour in range(9, 13))
    assert night * 4 < day
    assert night > 0, "some get up at night"


def test_sensors_live_while_nobody_moves() -> None:
    for rows in map(life, SEEDS):
        heard: dict[str, float] = {}
        for row in rows:
            assert row.at - heard.get(row.device, row.at) <= BEATS.get(row.device, HOUR) + 1
            heard[row.device] = row.at
        assert heard.keys() == QUANTITIES.keys()


def test_after_a_fall_nothing_moves_and_the_sensors_go_on() -> None:
    fall = MONDAY + 20 * DAY + 10 * HOUR
    rows = Household(3, 24, fall=fall).rows()
    assert max(signs(rows)) <= fall + BEATS[METER]
    assert rows[-1].at > fall + 3 * DAY
    before = Household(3, 24).rows()
    assert [row for row in rows if row.at < fall] == [row for row in before if row.at < fall]


def test_in_a_holiday_nobody_is_in() -> None:
    rows = Household(4, 30, holidays=[(10, 16)]).rows()
    within = [at for at in signs(rows) if MONDAY + 10.45 * DAY < at < MONDAY + 16.6 * DAY]
    assert within == []
    assert len([at for at in signs(rows) if at > MONDAY + 17 * DAY]) > 50


def test_the_command_prints_what_a_backtest_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sim", "household", "--seed", "3", "--days", "2", "--fall", "1:10"]) == 0
    printed = capsys.readouterr().out
    read = list(read_rows(printed.splitlines(), "life.csv"))
    assert [row[1:] for row in read] == [row[1:] for row in Household(3, 2, fall=MONDAY + DAY + 10 * HOUR).rows()]
    assert len(read) > 200
    for wrong in (["--fall", "x"], ["--holiday", "3"], ["--days", "0"]):
        assert main(["sim", "household", *wrong]) == 2
        assert "write --" in capsys.readouterr().err


def test_a_fall_in_a_simulated_life_is_missed_and_the_life_before_it_is_not() -> None:
    fall = MONDAY + 50 * DAY + 10.5 * HOUR
    test = Backtest([rule for rule in load(["elder"]) if rule.id == "inactivity"])
    alerts = [alert for row in Household(9, 52, fall=fall).rows() for alert in test.feed(row)]
    fired = [alert.at for alert in alerts if alert.state == "firing"]
    assert len([at for at in fired if at <= fall]) <= 2, "questions in fifty days"
    assert fired[-1] > fall
    assert fired[-1] - fall < 5 * HOUR, "nobody left by the front door"
