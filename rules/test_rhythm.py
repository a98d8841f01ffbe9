"""What is normal: lines follow a life, rare outliers don't move them, needless calls raise them, notes fade."""

import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.rhythm import ASKED, BALANCE, CALLS, FADES, HALF_LIFE, LATELY, LONGEST, UNKNOWN, Rhythm
from rules.survival import HIGHEST, SHORTEST

HOUR = 3600.0


def taught(days: int, calls: int = 0, nap: float = 1.0) -> Rhythm:
    """Eight hours of sleep from eleven on, and by day a silence of about an hour an hour."""
    made = Rhythm()
    for day in range(days):
        for hour in range(7, 23):
            made.learn(False, hour, nap * HOUR)
        made.learn(False, 23, 8 * HOUR)
        made.needless(calls if day % 7 == 0 else 0)
        made.turn(day)
    return made


def test_from_the_first_day_it_is_quicker_than_a_fixed_rule() -> None:
    new = Rhythm()
    lines = [new.line(free, hour) for free in (False, True) for hour in range(24)]
    assert sum(lines) / len(lines) < 0.9 * UNKNOWN
    assert max(lines) <= 15 * HOUR, "who goes to bed at eight is not called at night"
    assert all(line % 60 == 0 for line in lines)
    for day in range(30):
        new.turn(day)
    later = [new.line(free, hour) for free in (False, True) for hour in range(24)]
    assert max(later) <= 13.5 * HOUR, "what is normal anywhere is doubted for some days"


@pytest.mark.parametrize("indoors", [False, True])
def test_lines_of_a_quiet_home_are_a_fifth_lower_two_weeks_later(indoors: bool) -> None:
    """As its rule says: less doubt, and no call was needless."""
    new, known = Rhythm(), Rhythm()
    for day in range(15):
        known.turn(day)
    was, now = (sum(one.line(free, hour, indoors) for free in (False, True) for hour in range(24)) for one in (new, known))
    assert now / was == pytest.approx(0.8, abs=0.03)


def test_where_nobody_left_by_the_front_door_a_day_at_home_has_short_silences_from_the_first_day() -> None:
    new = Rhythm()
    assert [new.line(False, hour, indoors=True) for hour in range(7, 17)] == [6.9 * HOUR] * 10
    assert all(new.line(False, hour, indoors=True) > 8 * HOUR for hour in (21, 22, 23, 0, 1))


def test_it_learns_the_day_and_the_night() -> None:
    known = taught(60)
    assert known.line(False, 10) <= 3 * HOUR
    assert 8 * HOUR < known.line(False, 23) <= 11 * HOUR
    assert known.line(True, 10) < UNKNOWN, "days of the other type count a little"


def test_the_busier_the_days_are_the_sooner_it_calls_by_day_and_not_at_night() -> None:
    """Who falls between two signs that come one after the other waits for all of the line."""
    lines = []
    for minutes in (0, 20, 60):
        known = taught(60, nap=1.5)
        for hour in range(7, 22):
            for _ in range(60):
                known.busy(False, hour, minutes * 60.0)
        known.balance = 1.0
        lines.append([known.line(False, hour, indoors=True) for hour in range(24)])
    idle, some, most = lines
    assert all(a >= b >= c for a, b, c in zip(*lines, strict=True))
    assert sum(idle[9:20]) > sum(some[9:20]) > sum(most[9:20])
    assert most[0:5] == idle[0:5]


def test_where_the_front_door_is_heard_needless_calls_raise_lines_less() -> None:
    """Most are journeys then of which the door didn't tell."""
    raised = []
    for indoors in (False, True):
        known = taught(60)
        before = [known.line(False, hour, indoors) for hour in range(8, 20)]
        known.balance = 3.0
        raised.append(sum(known.line(False, hour, indoors) for hour in range(8, 20)) - sum(before))
    assert 0 < raised[True] < raised[False]


def test_needless_calls_raise_the_price_and_quiet_weeks_lower_it() -> None:
    calm, busy = taught(60), taught(60, calls=2)
    assert busy.price > calm.price
    assert busy.line(False, 23) >= calm.line(False, 23)


def test_a_quiet_year_is_no_credit_for_a_bad_month() -> None:
    known = taught(400)
    assert known.balance == BALANCE[0]
    for day in range(400, 402):
        known.needless(1)
        known.turn(day)
    assert known.balance == pytest.approx(0, abs=0.1)


def test_after_a_needless_call_the_next_one_is_far_for_some_days_and_no_longer() -> None:
    """Holidays: of twelve calls a year in a recorded flat five came at the end of December."""
    known = taught(100)
    before = known.line(False, 10)
    known.needless(1)
    assert known.line(False, 10) > before, "at once, not when the day is over"
    for day in range(100, 100 + 10 * FADES):
        known.turn(day)
    assert known.line(False, 10) <= before + 0.5 * HOUR
    away = taught(100)
    away.needless(1)
    away.turn(100 + 10 * FADES)
    assert away.lately == pytest.approx(0, abs=0.01), "days without any sign of life fade it too"


def test_needless_calls_are_remembered_up_to_a_limit_and_a_question_alone_means_no_holiday() -> None:
    known = Rhythm()
    known.needless(ASKED)
    assert (known.balance, known.lately) == (ASKED, 0.0)
    for _ in range(9):
        known.needless(1)
    assert (known.balance, known.lately) == (BALANCE[1], LATELY)


def test_a_price_that_follows_calls_spends_what_is_accepted_and_no_more() -> None:
    """A life of which silences of any length come, so that each line brings some calls."""
    known, chance, calls, days = Rhythm(), random.Random(3), 0, 720
    for day in range(days):
        today = 0
        for hour in range(7, 23):
            seconds = min(chance.expovariate(1 / HOUR), 20 * HOUR)
            today += seconds > known.line(False, hour)
            known.learn(False, hour, seconds)
        known.needless(today)
        known.turn(day)
        calls += today
    assert 0.5 * CALLS < calls / days * 30 < 1.2 * CALLS


def test_a_new_season_is_learned_and_the_old_one_fades() -> None:
    known = taught(60)
    before = known.line(False, 14)
    for day in range(60, 260):
        known.learn(False, 14, 5 * HOUR)
        known.turn(day)
    assert known.line(False, 14) > 5 * HOUR > before
    for day in range(260, 700):
        known.learn(False, 14, HOUR)
        known.turn(day)
    assert known.line(False, 14) < 5 * HOUR


def test_silences_that_were_heard_in_part_leave_the_lines_where_all_of_them_would() -> None:
    """Nights of eight hours, most of them heard for an hour to seven, and evenings of an hour."""
    all_heard, in_part, without = Rhythm(), Rhythm(), Rhythm()
    chance = random.Random(5)
    for day in range(120):
        night, cut = chance.gauss(8, 0.7) * HOUR, chance.uniform(1, 7) * HOUR
        for known in (all_heard, in_part, without):
            known.learn(False, 22, HOUR)
            if day % 6 == 0 or known is all_heard:
                known.learn(False, 22, night)
            elif known is in_part:
                known.lasted(False, 22, cut)
            known.turn(day)
    knowing, partly, deaf = (known.line(False, 22) for known in (all_heard, in_part, without))
    assert abs(partly - knowing) <= 0.5 * HOUR
    assert deaf < partly
    for day in range(120, 180):
        without.lasted(False, 15, 4 * HOUR)
        without.learn(False, 15, HOUR)
        without.turn(day)
    assert 4 * HOUR < without.line(False, 15) <= 14 * HOUR, "what nobody heard the end of is no short silence"


def test_an_absence_is_believed_for_a_weekend_and_no_longer_than_three_days() -> None:
    known = Rhythm()
    assert known.absence == 48 * HOUR
    known.was_out(50 * HOUR)
    assert known.absence == 60 * HOUR
    known.was_out(71 * HOUR)
    assert known.absence == 72 * HOUR
    known.was_out(500 * HOUR)
    assert known.absence == 72 * HOUR


def test_it_is_small_and_quick() -> None:
    known = taught(400)
    assert len(json.dumps(known.save())) < 4000
    start = time.process_time()
    for hour in range(240):
        known.line(False, hour % 24)
    assert (time.process_time() - start) / 240 < 0.002, "a few times a day and home; it takes about 0.1 ms"


def test_counting_anew_changes_no_line() -> None:
    known = taught(4 * HALF_LIFE)
    before = [known.line(False, hour) for hour in range(24)]
    assert known.save()[6] == 4 * HALF_LIFE - 1, "the next day counts anew"
    known.learn(False, 3, HOUR)
    known.turn(4 * HALF_LIFE)
    assert known.save()[6] == 0
    known.balance = taught(4 * HALF_LIFE).balance
    assert [known.line(False, hour) for hour in range(5, 24)] == before[5:]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 23), st.floats(0, 2 * LONGEST), st.integers(0, 3), st.booleans()),
        max_size=40,
    )
)
def test_any_past_gives_lines_and_survives_the_disk(
    past: list[tuple[bool, int, float, int, bool]],
) -> None:
    known = Rhythm()
    for day, (free, hour, seconds, calls, over) in enumerate(past):
        (known.learn if calls % 2 else known.lasted)(free, hour, seconds)
        known.busy(free, hour, seconds / 20)
        if over:
            known.needless(calls)
            known.turn(day)
    again = Rhythm.of(json.loads(json.dumps(known.save())))
    assert again.save() == known.save()
    again.turn(99)
    known.turn(99)
    cells = [(free, hour, indoors) for free in (False, True) for hour in range(24) for indoors in (False, True)]
    lines = [known.line(*cell) for cell in cells]
    assert lines == [again.line(*cell) for cell in cells]
    assert all(SHORTEST <= line <= HIGHEST for line in lines)


@pytest.mark.parametrize(
    "row",
    [
        [1, None, 0.0, 0.0, 0.0, 1.0, 0, {}],
        [2, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 0.0],
        [6, None, 0.0, 0.0, 0.0, 1.0, 0, {"144": [1, 1.0]}, 0.0, {}],
        [5, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 0.0, {"48": 1.0}],
        [4, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 0.0],
        [4, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 0.0, {"48": 1.0}],
        [4, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 0.0, {"1": -1.0}],
        [4, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 0.0, {"1": "nan"}],
        [4, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 0.0, 7],
        [3, None, 0.0, 0.0, 0.0, 1.0, 0, {}],
        [3, None, 0.0, 0.0, 0.0, 1.0, 0, {}, 99.0],
        [3, None, float("nan"), 0.0, 0.0, 1.0, 0, {}, 0.0],
        [3, None, 0.0, 9.0, 0.0, 1.0, 0, {}, 0.0],
        [3, None, 0.0, 0.0, 0.0, 1.0, 9999, {}, 0.0],
        [3, None, 0.0, 0.0, 0.0, 1.0, 0, {"144": [1, 1.0]}, 0.0],
        [3, None, 0.0, 0.0, 0.0, 1.0, 0, {"1": [99, 1.0]}, 0.0],
        [3, None, 0.0, 0.0, 0.0, 1.0, 0, {"1": [3]}, 0.0],
        [1],
        "x",
    ],
)
def test_a_row_of_something_else_is_refused(row: object) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Rhythm.of(row)


def test_what_an_older_version_learned_is_not_lost() -> None:
    known = taught(20)
    row = known.save()
    assert Rhythm.of([4, *row[1:]]).save() == row
    assert Rhythm.of([3, *row[1:-1]]).save() == row
    assert Rhythm.of([2, *row[1:-2]]).save() == row
    known.busy(False, 10, HOUR)
    assert Rhythm.of(json.loads(json.dumps(known.save()))).save() == known.save()
