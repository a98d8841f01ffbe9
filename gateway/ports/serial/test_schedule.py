"""Who is asked next: often what calls for help, rarely a meter, each in its share, and the dead hardly ever."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ports.serial.schedule import LATEST, SHARE, Schedule

PERIODS = st.sampled_from([0.05, 1.0, 2.0, 15.0, 60.0, 900.0, 3600.0])


def play(
    schedule: Schedule, until: float, took: Callable[[str], float], dead: frozenset[str] = frozenset()
) -> list[tuple[float, str]]:
    """Give every turn that is due -> (when, whose)."""
    now, given_to = 0.0, []
    while now < until:
        name = schedule.next(now)
        if name is None:
            assert schedule.due() > now
            now = schedule.due()
            continue
        given_to.append((now, name))
        now += took(name)
        if name in dead:
            schedule.missed(name, now, took(name))
        else:
            schedule.done(name, now)
    return given_to


def gaps(turns: list[tuple[float, str]], name: str) -> list[float]:
    return [after - before for before, after in pairwise(at for at, who in turns if who == name)]


def test_a_line_with_nobody_on_it_has_no_turn_and_no_deadline() -> None:
    schedule = Schedule({}, 0.0)
    assert schedule.next(1e9) is None
    assert schedule.due() == float("inf")


@given(st.lists(PERIODS, min_size=1, max_size=12), st.floats(0.0005, 0.004))
@settings(max_examples=40, deadline=None)
def test_nobody_has_a_turn_before_it_is_due_and_everybody_has_one_soon(periods: list[float], took: float) -> None:
    named = {f"d{n}": every for n, every in enumerate(periods)}
    turns = play(Schedule(named, 0.0), 65.0, lambda name: took)
    assert {name for _, name in turns} == named.keys()
    load = sum(took / every for every in named.values())
    for name, every in named.items() if load < 0.5 else ():
        assert all(gap >= 0.4 * every for gap in gaps(turns, name)[1:]), (name, every)


def test_a_detector_is_asked_each_second_and_meters_in_between_spread_over_their_period() -> None:
    named = {f"gas-{n}": 1.0 for n in range(8)} | {f"meter-{n}": 900.0 for n in range(8)}
    turns = play(Schedule(named, 0.0), 4000.0, lambda name: 0.3 if "meter" in name else 0.03)
    counts = Counter(name for _, name in turns)
    assert all(3900 <= counts[f"gas-{n}"] <= 4001 for n in range(8))
    assert all(counts[f"meter-{n}"] in (5, 6) for n in range(8))
    assert max(max(gaps(turns, f"gas-{n}")) for n in range(8)) < 2.0
    later = [at for at, name in turns if "meter" in name and at > 900]
    assert min(b - a for a, b in pairwise(later)) > 1.0


def test_of_two_that_are_due_what_may_call_for_help_goes_first() -> None:
    schedule = Schedule({"meter": 900.0, "gas": 1.0}, 0.0)
    assert schedule.next(100.0) == "gas"
    schedule.done("gas", 100.0)
    assert schedule.next(100.0) == "meter"


@given(st.lists(st.sampled_from([1.0, 2.0, 5.0, 15.0]), min_size=30, max_size=60), st.floats(0.1, 0.15))
@settings(max_examples=25, deadline=None)
def test_more_to_ask_than_a_line_can_carry_slows_all_by_the_same_factor(periods: list[float], took: float) -> None:
    named = {f"d{n}": every for n, every in enumerate([*periods, *[1.0] * 10])}
    load = sum(took / every for every in named.values())
    assert load > 1.0
    counts = Counter(name for _, name in play(Schedule(named, 0.0), 200.0, lambda name: took))
    for name, every in named.items():
        wanted = 200.0 / every / load
        assert 0.6 * wanted - 2 <= counts[name] <= 1.6 * wanted + 2, (name, every, counts[name], wanted)


def _rates(named: Mapping[str, float], dead: frozenset[str]) -> Counter[str]:
    took = {name: 0.3 if name in dead else 0.03 for name in named}
    return Counter(name for _, name in play(Schedule(named, 0.0), 600.0, took.__getitem__, dead))


def test_dead_devices_cost_others_next_to_nothing() -> None:
    named = {f"gas-{n}": 1.0 for n in range(32)}
    alive = _rates(named, frozenset())
    mixed = _rates(named, frozenset({"gas-3", "gas-7"}))
    assert mixed["gas-3"] + mixed["gas-7"] <= 2 * (600 / LATEST + 6)
    assert all(mixed[f"gas-{n}"] > 0.97 * alive[f"gas-{n}"] for n in range(32) if n not in (3, 7))


def test_a_dead_device_is_tried_again_at_once_then_less_and_less_and_at_least_each_half_minute() -> None:
    turns = play(Schedule({"gas": 1.0}, 0.0), 300.0, lambda name: 0.3, frozenset({"gas"}))
    waits = [round(gap - 0.3, 1) for gap in gaps(turns, "gas")]
    assert waits[:6] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert max(waits) <= LATEST


def test_a_device_whose_probe_is_short_is_tried_more_often_when_it_is_dead() -> None:
    turns = play(Schedule({"node": 0.05}, 0.0), 300.0, lambda name: 0.035, frozenset({"node"}))
    assert max(gaps(turns, "node")) <= SHARE * 0.035 + 0.05
    assert len(turns) * 0.035 < 300.0 / SHARE * 1.2


def test_a_dead_meter_is_no_reason_to_hurry() -> None:
    turns = play(Schedule({"water": 3600.0}, 0.0), 20_000.0, lambda name: 0.6, frozenset({"water"}))
    assert max(gaps(turns, "water")) <= 360.0 + 1
    assert len(turns) < 70


def test_one_that_answers_again_is_asked_as_before() -> None:
    schedule = Schedule({"gas": 1.0}, 0.0)
    for now in (10.0, 20.0, 40.0):
        schedule.missed("gas", now, 0.3)
    schedule.done("gas", 60.0)
    assert schedule.due() <= 61.0
