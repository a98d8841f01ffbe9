import asyncio
import threading

import pytest

from gateway.sim.record import Missing, Record


@pytest.fixture
def record() -> Record[int]:
    return Record("numbers")


def test_a_waiter_gets_what_comes_later_and_what_was_there(record: Record[int]) -> None:
    threading.Timer(0.02, record.add, (5,)).start()
    assert record.wait(lambda one: one == 5, 2) == 5
    assert record.wait(lambda one: one == 5, 0) == 5
    with pytest.raises(Missing, match=r"numbers: not seen in 0.01 s; the last of 1: \[5\]"):
        record.wait(lambda one: one == 5, 0.01, after=1)


async def test_a_task_that_waits_gets_the_same_and_does_not_stop_the_loop(record: Record[int]) -> None:
    threading.Timer(0.02, record.add, (5,)).start()
    assert await record.wait_for(lambda one: one == 5, 2) == 5
    assert await record.wait_for(lambda one: one == 5, 0.01) == 5
    with pytest.raises(Missing, match="numbers"):
        await record.wait_for(lambda one: one == 5, 0.01, after=1)


async def test_every_waiting_task_gets_its_own_entry(record: Record[int]) -> None:
    waiting = [asyncio.create_task(record.wait_for(wanted.__eq__, 5)) for wanted in (2, 1, 0)]
    for number in range(3):
        await asyncio.sleep(0)
        record.add(number)
    assert await asyncio.gather(*waiting) == [2, 1, 0]


def test_listeners_hear_what_comes_after_them_and_are_given_what_came_before(record: Record[int]) -> None:
    record.add(1)
    heard: list[int] = []
    assert record.listen(heard.append) == [1]
    record.add(2)
    assert heard == [2]
    assert len(record) == 2


def test_it_is_quiet_when_nothing_comes_and_busy_when_too_much_does(record: Record[int]) -> None:
    record.quiet(0.01, 1)
    ended = threading.Event()

    def chatter() -> None:
        while not ended.wait(0.001):
            record.add(0)

    thread = threading.Thread(target=chatter)
    thread.start()
    with pytest.raises(Missing, match="still busy"):
        record.quiet(0.5, 0.02)
    ended.set()
    thread.join()
