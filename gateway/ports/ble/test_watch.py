"""When a scan is held for dead and what is tried then, in virtual time."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ports.ble.watch import LONGEST, UNKNOWN, WAIT, Watch

Step = tuple[float, str]


def lived(watch: Watch, until: float, sounds: Callable[[float], str], start: float = 0.0) -> list[Step]:
    """Second after second until then; ``sounds`` says who is heard in each -> what was done, and when."""
    done: list[Step] = []
    at = start
    while at < until:
        at += 1.0
        who = sounds(at)
        if "own" in who:
            watch.own(at)
        elif who:
            watch.stranger(at)
        step = watch.step(at)
        if step:
            done.append((at, step))
            watch.began(at)
    return done


def every(seconds: float, who: str = "own", end: float = 1e9) -> Callable[[float], str]:
    return lambda at: who if at % seconds == 0 and at <= end else ""


@pytest.mark.parametrize(("gap", "limit"), [(5, 60), (20, 60), (30, 90), (300, 900)])
def test_silence_is_a_dead_scan_after_three_of_the_longest_normal_gaps_and_a_minute_at_least(
    gap: float, limit: float
) -> None:
    watch = Watch(0.0)
    assert lived(watch, 3000, every(gap)) == []
    assert lived(watch, 3000 + limit, every(gap, end=3000), 3000) == [(3000 + limit, "restart")]


def test_first_a_restart_then_a_reset_then_a_trouble_and_each_wait_is_doubled_up_to_half_an_hour() -> None:
    watch = Watch(0.0)
    lived(watch, 600, every(10))
    done = lived(watch, 660 + WAIT + 1, lambda _: "", 600)
    assert [step for _, step in done] == ["restart", "reset"]
    assert not watch.trouble
    done += lived(watch, 20_000, lambda _: "", 660 + WAIT + 1)
    assert watch.trouble
    waits = [later - at for (at, _), (later, _) in pairwise(done)]
    assert waits == [60, 120, 240, 480, 960] + [LONGEST] * (len(waits) - 5)
    assert [step for _, step in done[2:4]] == ["restart", "reset"], "both go on"


def test_one_of_our_own_ends_the_trouble_and_the_next_silence_begins_anew() -> None:
    watch = Watch(0.0)
    lived(watch, 600, every(10))
    lived(watch, 5000, lambda _: "", 600)
    assert watch.trouble
    watch.own(5001)
    assert not watch.trouble
    done = lived(watch, 20_000, every(10, end=10_000), 5001)
    first = [step for _, step in done][:2]
    assert first == ["restart", "reset"]
    assert done[0][0] > 10_000


def test_a_radio_that_hears_strangers_alone_is_tried_and_its_wait_doubles() -> None:
    watch = Watch(0.0)
    lived(watch, 600, lambda at: "own" if at % 10 == 0 else "stranger")
    done = lived(watch, 8000, lambda _: "stranger", 600)
    assert len(done) == 9, "never once a second, never once a minute"
    assert watch.trouble


def test_dense_strangers_show_a_dead_scan_where_our_own_are_rare() -> None:
    watch = Watch(0.0)
    heard: Callable[[float], str] = lambda at: "own" if at % 3600 == 0 else "stranger" if at % 2 == 0 else ""  # noqa: E731
    assert lived(watch, 20_000, heard) == []
    done = lived(watch, 20_100, lambda _: "", 20_000)
    assert done == [(20_060, "restart")], "found within 90 s"


def test_strangers_who_leave_are_no_trouble_while_our_own_keep_their_rhythm() -> None:
    watch = Watch(0.0)
    lived(watch, 20_000, lambda at: "own" if at % 3600 == 0 else "stranger")
    done = lived(watch, 100_000, every(3600), 20_000)
    assert not watch.trouble
    assert len(done) <= 20
    assert done[-1][0] < 20_000 + 6 * 3600, "and the silence is learned"


def test_a_gateway_that_hears_nobody_from_the_start_tries_too_and_tells_nothing_it_can_not_know() -> None:
    watch = Watch(0.0)
    done = lived(watch, 5000, lambda _: "")
    assert done[0] == (UNKNOWN, "restart")
    assert done[1][1] == "reset"
    assert not watch.trouble


def test_sensors_that_turn_slower_are_learned_instead_of_restarted_for_ever() -> None:
    watch = Watch(0.0)
    lived(watch, 6000, every(20))
    done = lived(watch, 40_000, every(600), 6000)
    assert 0 < len(done) <= 8
    assert all(at < 12_000 for at, _ in done), "the new rhythm is normal"
    assert not watch.trouble


def test_a_gap_of_the_day_before_yesterday_counts_no_more() -> None:
    watch = Watch(0.0)
    lived(watch, 3000, every(1000))
    lived(watch, 3 * 86400.0, every(10), 3000)
    done = lived(watch, 3 * 86400.0 + 100, lambda _: "", 3 * 86400.0)
    assert done[0][0] == 3 * 86400.0 + 60


@given(st.lists(st.tuples(st.floats(0.001, 5000), st.sampled_from(["own", "stranger", ""])), max_size=60))
def test_whatever_is_heard_tries_are_a_minute_apart_and_own_senders_end_a_trouble(
    sounds: list[tuple[float, str]],
) -> None:
    watch, at, last = Watch(0.0), 0.0, -1e9
    for pause, who in sounds:
        at += pause
        if who == "own":
            watch.own(at)
            assert not watch.trouble
        elif who:
            watch.stranger(at)
        if watch.step(at):
            assert at - last >= WAIT
            last = at
            watch.began(at)
