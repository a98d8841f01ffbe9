"""Dates: what was before a time off of unknown length keeps its date."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.dates import MOST, Dates

FRIDAY, MONDAY = 1_795_176_000.0, 1_795_392_000.0


def test_what_was_before_a_time_off_of_unknown_length_keeps_its_date() -> None:
    dates = Dates()
    dates.tell(0.0, FRIDAY, True)
    dates.tell(100.0, 0.0, False, lost=True)  # its clock begins in 1970
    assert dates.wall(10.0) == (FRIDAY + 10, True)
    assert dates.wall(110.0) == (110.0, False)
    dates.tell(130.0, MONDAY, True)
    assert dates.wall(10.0) == (FRIDAY + 10, True)
    assert dates.wall(110.0) == (MONDAY + 110, True), "the clock that was set corrects what came since the start"
    assert dates.wall(99.0) == (FRIDAY + 99, True)
    assert dates.gateway(MONDAY + 120) == 120.0
    assert dates.gateway(FRIDAY + 50) == 50.0
    assert dates.gateway(FRIDAY + 80_000) == 100.0, "a time at which it was off is the moment at which it was on again"


def test_what_was_told_stays_and_a_clock_that_was_never_right_is_corrected_as_far_as_anybody_can() -> None:
    dates = Dates()
    dates.tell(0.0, 5.0, False)
    dates.tell(10.0, 9_000.0, False)
    assert dates.wall(3.0) == (8.0, False), "a guess corrects no guess"
    dates.tell(20.0, 0.0, False, lost=True)
    dates.tell(30.0, FRIDAY, True)
    assert dates.wall(3.0) == (8.0, False), "nobody knows how long before"
    assert dates.wall(25.0) == (FRIDAY + 25, True)
    dates.tell(40.0, FRIDAY + 3600, True)
    assert [dates.epoch(at) - at - FRIDAY for at in (25.0, 45.0)] == [0.0, 3600.0]
    assert Dates().wall(7.0) == (7.0, False)


TOLD = st.tuples(st.floats(1, 1e6), st.floats(0, 2e9), st.booleans(), st.booleans())


@given(st.lists(TOLD, max_size=12), st.floats(0, 2e7))
def test_stretches_stay_in_order_and_what_was_right_stays(told: list[tuple[float, float, bool, bool]], at: float) -> None:
    dates, now = Dates(), 0.0
    right: list[tuple[float, float]] = []
    for pause, offset, synced, lost in told:
        now += pause
        dates.tell(now, offset, synced, lost=lost)
        assert all(abs(dates.epoch(moment) - then) <= 1.002 for moment, then in right)
        assert abs(dates.epoch(now) - now - offset) <= 1.002
        right += [(now, dates.epoch(now))] if synced else []
    again = Dates()
    again.load(dates.save())
    assert again.wall(at) == dates.copy().wall(at)
    assert abs(dates.gateway(dates.epoch(now)) - now) <= 2.01 or len(dates.stretches) > 1


def test_they_are_bounded() -> None:
    dates = Dates()
    for n in range(3 * MOST):
        dates.tell(float(n), 100.0 * n, True, lost=True)
    assert len(dates.stretches) == MOST
    assert dates.wall(0.0) == (100.0 * 2 * MOST, True)
