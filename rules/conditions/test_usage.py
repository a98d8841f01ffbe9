"""Use within a time, of real-life meters: silent, coarse, late, several in a home."""

import json
from collections.abc import Iterable

import pytest

from rules.alert import Alert
from rules.engine import Device, Engine
from rules.test_house import House

HOUR = 3600.0
DEVICES = {name: Device("h", "", 2 * HOUR) for name in ("m", "n")}
LITTLE = "when = {quantity = 'water_m3', used_below = 0.01, over = '12h'}\nper = 'home'"
MUCH = "when = {quantity = 'water_m3', used_above = 2, over = '24h'}"


def told(rule: str, said: Iterable[tuple[float, str, float]]) -> list[tuple[str, float]]:
    """(state, hour) of the alert changes; readings are (hour, meter, register)."""
    house = House(rule, devices=DEVICES)
    alerts: list[Alert] = []
    for hour, meter, register in said:
        alerts += house.say(hour * HOUR, meter, "water_m3", register)
    alerts += house.engine.tick(1000 * HOUR)
    return [(alert.state, round(alert.at / HOUR, 3)) for alert in alerts]


def steady(until: float, register: float, start: float = 0.0, meter: str = "m") -> list[tuple[float, str, float]]:
    return [(start + number / 4, meter, register) for number in range(int((until - start) * 4) + 1)]


def test_nothing_used_for_half_a_day_is_told_at_the_first_reading_that_proves_it() -> None:
    assert told(LITTLE, steady(13, 12.0)) == [("firing", 12.0)]
    assert told(LITTLE, [(0, "m", 12.0), (11.9, "m", 12.0)]) == []
    assert told(LITTLE, [(0, "m", 12.0), (20, "m", 12.0)]) == [], "who knows whether it lived in between"
    assert told(LITTLE, [(1.5 * number, "m", 12.0) for number in range(10)]) == [("firing", 12.0)]


def test_a_dead_meter_raises_nothing() -> None:
    assert told(LITTLE, steady(3, 12.0)) == []
    assert told(LITTLE, [*steady(3, 12.0), *steady(100, 12.0, 90)]) == [("firing", 99.0)], "three hours and nine"


def test_a_meter_counts_on_while_the_gateway_is_off() -> None:
    house = House(LITTLE, devices=DEVICES)
    alerts = [house.say(hour * HOUR, "m", "water_m3", 12.0) for hour in range(4)]
    house.engine.tick(3 * HOUR)
    house.engine.deaf(17 * HOUR)
    alerts.append(house.say(20 * HOUR, "m", "water_m3", 12.0))
    assert [alert.at for changes in alerts for alert in changes] == [20 * HOUR]


@pytest.mark.parametrize(("step", "fires"), [(0.001, 12.0), (0.009, 12.0), (0.01, 17.0), (0.5, 17.0)])
def test_a_use_of_ten_litres_counts_less_does_not(step: float, fires: float) -> None:
    assert told(LITTLE, steady(4.75, 12.0) + steady(18, 12.0 + step, start=5)) == [("firing", fires)]


def test_sips_are_added_up() -> None:
    sips = [(hour / 4, "m", round(12 + 0.001 * (hour // 4), 3)) for hour in range(4 * 30)]
    assert told(LITTLE, sips) == [], "a litre an hour makes 12 L"
    sips = [(hour / 4, "m", round(12 + 0.001 * (hour // 8), 3)) for hour in range(4 * 30)]
    assert told(LITTLE, sips) == [("firing", 12.0)], "a litre every two hours makes 6"


def test_use_in_a_gap_counts_as_at_its_end() -> None:
    said = [*steady(1, 12.0), (2.9, "m", 12.1), *steady(23.5, 12.1, 3.25)]
    assert told(LITTLE, said) == [("firing", 15.0)]


def test_it_is_over_with_the_first_use() -> None:
    assert told(LITTLE, [*steady(13, 12.0), (14, "m", 12.02)]) == [("firing", 12.0), ("resolved", 14.0)]


def test_an_exchanged_meter_proves_nothing_of_before() -> None:
    said = [*steady(8, 523.4), *steady(21, 0.0, 8.25)]
    assert told(LITTLE, said) == [("firing", 20.25)]


def test_all_meters_of_a_home_count_and_the_slowest_proves() -> None:
    both = sorted(steady(13, 12.0) + [(hour, "n", 7.0) for hour in range(0, 14)])
    assert told(LITTLE, both) == [("firing", 12.0)]
    assert told(LITTLE, sorted([*steady(30, 12.0), (0, "n", 7.0), (9, "n", 7.0)])) == [], "one is dead"
    assert told(LITTLE, sorted(steady(20, 12.0) + [(hour, "n", 7 + hour) for hour in range(0, 20)])) == []


def test_what_the_broker_kept_proves_nothing() -> None:
    house = House(LITTLE, devices=DEVICES)
    house.say(0, "m", "water_m3", 12.0)
    assert house.say(13 * HOUR, "m", "water_m3", 12.0, "retained") == []


def test_much_use_is_told_at_once_and_is_over_when_the_day_is() -> None:
    said = [(hour / 4, "m", round(7 + 0.125 * hour / 4, 4)) for hour in range(4 * 20)]
    assert told(MUCH, said) == [("firing", 16.25)]
    still = said + steady(60, said[-1][2], 20)
    assert [state for state, _ in told(MUCH, still)] == ["firing", "resolved"]


def test_days_of_lost_readings_are_not_one_day() -> None:
    assert told(MUCH, [(0, "m", 7.0), (240, "m", 12.0)]) == []
    assert told(MUCH, [(0, "m", 7.0), (48, "m", 12.0)]) == [("firing", 48.0)], "2.5 m3 a day"


def test_what_is_remembered_stays_small() -> None:
    house = House(LITTLE, MUCH, devices=DEVICES)
    for minute in range(3 * 24 * 60):
        house.say(minute * 60, "m", "water_m3", round(7 + minute * 0.0001, 4))
    rows = house.engine.changed()
    assert max(len(str(row)) for row in rows.values()) < 3000


def test_evidence_is_the_same_to_the_letter_after_a_restart() -> None:
    told_of = []
    for crash in (False, True):
        house = House(LITTLE, devices=DEVICES)
        for quarter in range(48):
            assert house.say(quarter * HOUR / 4, "m", "water_m3", 12.0) == []
        if crash:
            rows = json.loads(json.dumps(house.engine.changed()))
            house.engine = Engine("gw", "epoch")
            assert house.engine.load(rows) == []
            house.engine.configure(house.rules, DEVICES, 11.75 * HOUR, house.n)
        told_of.append(json.dumps(house.say(12 * HOUR, "m", "water_m3", 12.0)))
    assert told_of[0] == told_of[1] != "[]"


def _taps(days: int, flush: int) -> list[tuple[float, str, float]]:
    """Tap ``m`` is read every quarter hour and runs each hour by day; cistern ``n`` speaks only when it fills, ``flush``
    times a day. Nobody is there from the last evening on."""
    said, m, n = list[tuple[float, str, float]](), 10.0, 5.0
    for quarter in range(days * 96 + 13 * 4):
        hour, awake = quarter / 4, quarter < days * 96 and 7 <= quarter / 4 % 24 < 22
        m = round(m + 0.012, 3) if awake and hour % 1 == 0.5 else m
        said.append((hour, "m", m))
        if awake and hour % 24 in [7.25 + 15 * one / flush for one in range(flush)]:
            n = round(n + 0.006, 3)
            said.append((hour, "n", n))
    return said


def _at_the_end(said: list[tuple[float, str, float]], days: int, budget: float = 20.0) -> list[tuple[str, float]]:
    house = House(LITTLE, devices={"m": DEVICES["m"], "n": Device("h", "", budget * HOUR)})
    alerts = [alert for hour, meter, value in said for alert in house.say(hour * HOUR, meter, "water_m3", value)]
    return [(alert.state, round(alert.at / HOUR - 24 * days, 3)) for alert in alerts]


def test_a_meter_that_speaks_only_of_use_puts_nothing_off_where_the_others_tell_of_nearly_all() -> None:
    """It is within its budget and yet silent, as it always is when nobody uses it."""
    assert _at_the_end(_taps(10, 3), 10) == [("firing", 9.5)], "twelve hours after the tap ran last"
    assert _at_the_end(_taps(10, 5), 10) == [], "one in four signs was the cistern's: who knows?"
    assert _at_the_end(_taps(2, 3), 2) == [], "too little is known of who tells of how much"


def test_a_meter_that_is_read_once_a_day_and_tells_of_most_water_is_waited_for() -> None:
    """Its one sign a day stands for all that nobody else tells of: who ran no tap since the evening may have showered."""
    said = [(hour, "m", register) for hour, meter, register in _taps(10, 3) if meter == "m"]
    said += [(day * 24 + 20.1, "n", round(5 + 0.15 * day, 3)) for day in range(10)]
    assert _at_the_end(sorted(said), 10, budget=25) == [], "of n nothing is known since eight in the evening"
    gone = [(hour, meter, register) for hour, meter, register in sorted(said) if meter == "m" or hour < 200]
    assert _at_the_end(gone, 10, budget=25) == [], "nor is it done without when it is lost"
    little = [(hour, meter, 5 + (register - 5) / 10 if meter == "n" else register) for hour, meter, register in said]
    assert _at_the_end(sorted(little), 10, budget=25) == [("firing", 9.5)], "15 L a day beside 180"
