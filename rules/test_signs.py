"""Which readings are a sign of life: a meter tells of the past, of as much of it as it is seldom read."""

import pytest

from drivers.reading import Reading
from rules.known import Device, Ears, Known
from rules.signs import Signs

HOUR, DAY = 3600.0, 86400.0


def signs() -> Signs:
    """Of a home with a meter, and a motion sensor beside it."""
    return Signs([Known(name, Device("h"), Ears(), 0.0) for name in ("pir", "water")])


def reads(home: Signs, at: float, litres: float, last: float) -> bool:
    return home.take(at, Reading("water", "water_m3", "water_m3", litres / 1000, at), last)


@pytest.mark.parametrize("twice", [(0,), (3,), (1, 2, 5), (4, 9)])
def test_a_meter_that_is_read_daily_says_nothing_new_though_it_was_read_twice_in_a_row_now_and_then(
    twice: tuple[int, ...],
) -> None:
    home, litres = signs(), 0.0
    for day in range(30):
        at, litres = day * DAY + 8 * HOUR, litres + 100
        told = [reads(home, at, litres, at - 10 * HOUR)]
        if day in twice:
            told.append(reads(home, at + 20.0, litres, at - 10 * HOUR))
        assert not any(told), f"day {day}: somebody was heard after most of its time"


def test_a_meter_that_speaks_when_water_flows_tells_of_now_after_a_night_of_silence() -> None:
    home, at, litres = signs(), 0.0, 0.0
    for _ in range(12):
        for _ in range(5):
            at, litres = at + 10.0, litres + 1
            reads(home, at, litres, at - 10.0)
        at += HOUR
    at, litres = at + 8 * HOUR, litres + 1
    assert reads(home, at, litres, at - 7 * HOUR)


def test_its_pace_is_the_same_after_a_restart_and_an_older_memory_is_taken() -> None:
    home, again = signs(), signs()
    for day in range(5):
        reads(home, day * DAY, day * 90.0, 0.0)
    again.restore(home.save())
    assert again.save() == home.save()
    on, loads, meters = home.save()
    assert isinstance(meters, list)
    for kept in (5, 7, 8, 11, 12):
        again.restore([on, loads, [meter[:kept] for meter in meters]])
    assert again.save() == home.save()


@pytest.mark.parametrize("step", [1, 10])
def test_what_somebody_takes_is_a_sign_however_coarse_the_register(step: int) -> None:
    """Twelve hours of a quiet day: a flush an hour or so, now and then hands are washed as well."""
    home, drawn, told = signs(), 0, []
    for hour, litres in enumerate((6, 7, 6, 12, 6, 8, 14, 6, 7, 6, 13, 6)):
        drawn += litres
        told.append(reads(home, hour * HOUR, drawn // step * step, hour * HOUR - HOUR))
    assert sum(told) >= (11 if step == 1 else 7), told


def test_ten_litres_at_a_time_are_no_portion_where_a_register_shows_nothing_less() -> None:
    home = signs()
    assert all([reads(home, hour * HOUR, 10.0 * hour, hour * HOUR - HOUR) for hour in range(15)][1:])


@pytest.mark.parametrize("shown", [1e306, -1e306, 1e17, float("inf"), float("nan")])
def test_a_register_that_shows_nonsense_stops_nobody(shown: float) -> None:
    home = signs()
    for hour, litres in enumerate((0.0, 6.0, shown, 12.0, shown, 18.0)):
        reads(home, hour * HOUR, litres, 0.0)
    home.restore(home.save())
