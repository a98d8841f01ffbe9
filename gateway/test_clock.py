"""Gateway time: never back, continued over restarts, every jump told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import ASLEEP, Clock, Continued

YEAR = 365.25 * 86_400


class World:
    """A machine's clocks, moved by hand."""

    def __init__(self) -> None:
        self.steady, self.wall, self.synced = 100.0, 1_800_000_000.0, True

    def pass_(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.steady, lambda: self.wall, lambda: self.synced, lambda: "this start")


STEPS = st.one_of(st.just(0.0), st.floats(1.1, 10 * YEAR), st.floats(-10 * YEAR, -1.1))


@given(st.lists(STEPS, min_size=1, max_size=20))
def test_no_step_of_the_wall_clock_moves_gateway_time(steps: list[float]) -> None:
    world = World()
    clock = world.clock()
    for step in steps:
        before = clock.now()
        world.pass_(1.0)
        world.wall += step
        frames = clock.look()
        assert clock.now() == pytest.approx(before + 1.0)
        assert len(frames) == (abs(step) > 1.0)
        if frames:
            assert json.loads(frames[0].data)["stepped"] == pytest.approx(step, abs=0.01)
        assert clock.now() + clock.offset == pytest.approx(world.wall, abs=1.001)


def test_a_slow_drift_is_told_once_it_adds_up() -> None:
    world = World()
    clock = world.clock()
    told = 0
    for _ in range(100):
        world.pass_(1.0)
        world.wall += 0.1
        told += len(clock.look())
    assert told == 9


def test_a_suspended_process_says_how_long_it_listened_to_nobody() -> None:
    world = World()
    clock = world.clock()
    world.pass_(ASLEEP - 0.5)
    assert clock.look() == []
    world.pass_(600.0)
    (frame,) = clock.look()
    assert json.loads(frame.data)["deaf"] == pytest.approx(600.0)
    assert frame.at == clock.now()


def test_a_change_of_quality_is_told() -> None:
    world = World()
    clock = world.clock()
    world.synced = False
    world.pass_(1.0)
    (frame,) = clock.look()
    assert json.loads(frame.data)["synced"] is False


def test_downtime_is_the_walls_difference_if_it_can_be_trusted_at_both_ends() -> None:
    world = World()
    last = Continued(at=5_000.0, offset=world.wall - 5_000.0 - 3_600.0, synced=True)
    clock = world.clock()
    assert clock.resume(last) == pytest.approx(3_600.0)
    assert clock.now() == pytest.approx(8_600.0)


@pytest.mark.parametrize(("then", "now"), [(False, True), (True, False), (False, False)])
def test_otherwise_nobody_knows_the_downtime_and_time_goes_on_where_it_stopped(then: bool, now: bool) -> None:
    world = World()
    world.synced = now
    clock = world.clock()
    assert clock.resume(Continued(5_000.0, world.wall - 8_600.0, then)) is None
    assert clock.now() == pytest.approx(5_000.0)


@pytest.mark.parametrize("synced", [True, False])
def test_over_a_restart_of_the_gateway_alone_the_machines_own_time_says_how_long_it_was(synced: bool) -> None:
    world = World()
    world.synced = synced
    first = world.clock()
    world.pass_(100.0)
    last = Continued(first.now() - 30.0, first.offset, synced, first.boot, first.ahead)
    world.pass_(45.0)
    world.wall += YEAR  # whoever set it meanwhile: that is no time that passed
    second = world.clock()
    assert second.resume(last) == pytest.approx(75.0)
    assert second.now() == pytest.approx(145.0)
    assert second.ahead == pytest.approx(first.ahead)


def test_another_start_of_the_machine_says_nothing() -> None:
    world = World()
    world.synced = False
    clock = world.clock()
    assert clock.resume(Continued(5_000.0, 0.0, False, "another", 4_000.0)) is None
    assert clock.resume(Continued(5_000.0, 0.0, False, "", 4_000.0)) is None
    assert clock.now() == pytest.approx(5_000.0)


def test_a_wall_clock_that_went_back_over_a_restart_takes_no_time_away() -> None:
    world = World()
    clock = world.clock()
    assert clock.resume(Continued(5_000.0, world.wall + YEAR, True)) == 0.0
    assert clock.now() == pytest.approx(5_000.0)
    assert clock.now() + clock.offset == pytest.approx(world.wall)
