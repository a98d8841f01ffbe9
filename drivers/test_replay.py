"""The guard of the counter: what rises is believed, what falls waits, and nobody stays deaf."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.driver import Memory
from drivers.replay import ENOUGH, REMEMBERED, STEP, place, remember, told

LAST = 0xFFFFFFFF
counters = st.integers(0, LAST)


def heard(*line: int, memory: Memory | None = None) -> Memory:
    """The memory after these counters."""
    memory = memory or {}
    for counter in line:
        memory = place(counter, memory).memory
    return memory


def trusted(line: list[int], memory: Memory) -> list[bool]:
    """Which of these counters are believed, one after the other."""
    believed = []
    for counter in line:
        stand = place(counter, memory)
        memory = stand.memory
        believed.append(stand.trusted)
    return believed


@given(st.lists(counters, unique=True, min_size=1).map(sorted))
def test_a_counter_that_rises_is_believed_whatever_it_leaves_out(line: list[int]) -> None:
    assert all(trusted(line, {}))
    assert heard(*line) == {"counter": line[-1]}


@given(counters, counters)
def test_a_counter_that_does_not_rise_is_doubted(top: int, counter: int) -> None:
    stand = place(counter, heard(top))
    assert stand.trusted is (counter > top or 0 < counter - top + 2**32 <= STEP)
    assert stand.doubt is (None if stand.trusted else True)


def test_the_greatest_number_is_followed_by_zero() -> None:
    memory = heard(LAST - 1, LAST)
    assert trusted([0, 1, 2], memory) == [True, True, True]
    assert trusted([STEP - 1], memory) == [True]
    assert trusted([STEP], memory) == [False]
    assert trusted([LAST - 1, 5, LAST - 3], heard(0, 1, memory=memory)) == [False, True, False]


@given(st.integers(0, 1000), st.integers(1001, LAST - 1000), st.lists(st.integers(1, STEP), min_size=4, max_size=20))
def test_a_restarted_sensor_is_believed_again(start: int, top: int, steps: list[int]) -> None:
    line = [start + sum(steps[:n]) for n in range(len(steps))]
    line = [counter for counter in line if counter < top]
    believed = trusted(line, heard(top))
    assert believed == [n >= ENOUGH - 1 for n in range(len(line))]


@given(st.data())
def test_a_replay_while_the_sensor_lives_is_never_believed(data: st.DataObject) -> None:
    """Fewer than ENOUGH rising old frames between two of the sensor's own: all of them doubted, none of its own."""
    top, memory = 1000, heard(1000)
    for _ in range(20):
        old = sorted(data.draw(st.lists(st.integers(0, top), max_size=ENOUGH - 1, unique=True)))
        for counter in data.draw(st.permutations(old)):
            stand = place(counter, memory)
            assert not stand.trusted
            memory = stand.memory
        top += data.draw(st.integers(1, 50))
        stand = place(top, memory)
        assert stand.trusted
        assert stand.doubt is (False if old else None)
        memory = stand.memory


def test_a_replay_in_falling_or_equal_order_makes_no_restart() -> None:
    assert trusted(list(range(900, 0, -1)), heard(1000)) == [False] * 900
    assert trusted([7] * 50, heard(1000)) == [False] * 50
    assert trusted([7, 8, 7, 8, 7, 8], heard(1000)) == [False] * 6
    assert trusted([7, 8 + STEP, 9 + 2 * STEP, 11 + 3 * STEP], heard(1000)) == [False] * 4


def test_after_a_restart_frames_of_the_earlier_life_are_doubted_until_it_is_passed() -> None:
    memory = heard(1, 2, 3, memory=heard(5000))
    assert memory == {"counter": 3, "past": 5000}
    assert trusted([4000], memory) == [False]
    assert trusted([3 + STEP], memory) == [True]
    assert trusted([5000], memory) == [False]
    assert trusted([5001], memory) == [True]
    assert heard(5001, memory=memory) == {"counter": 5001}
    twice = heard(1, 2, 3, memory=heard(4, 5, 6, memory=heard(5000)))
    assert twice == {"counter": 3, "past": 5000}


@pytest.mark.parametrize("restart", [0, 1, 500, LAST - 1])
def test_the_memory_is_all_there_is(restart: int) -> None:
    """A gateway that restarts in the middle of a doubt goes on where it was: nothing is kept elsewhere."""
    memory = heard(restart, memory=heard(LAST))
    assert set(memory) <= {"counter", "past", "doubted", "run"}
    assert all(type(value) is int for value in memory.values())


def test_marks_of_alarms_are_remembered_in_number() -> None:
    memory: Memory = {}
    assert not told("00000000", memory)
    for n in range(100):
        memory = {"alarms": remember(f"{n:08x}", memory)}
    assert [n for n in range(100) if told(f"{n:08x}", memory)] == list(range(100 - REMEMBERED, 100))
    assert not told("0000006", memory)
