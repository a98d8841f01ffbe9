import asyncio

import pytest

from gateway.sim.record import Missing, Record


async def test_what_was_there_before_the_wait_is_found() -> None:
    record: Record[int] = Record("numbers")
    for number in range(5):
        record.add(number)
    assert await record.wait(lambda number: number > 2, 1) == 3
    assert await record.wait(lambda number: number >= 0, 1, after=4) == 4


async def test_every_waiter_gets_its_own_entry() -> None:
    record: Record[int] = Record("numbers")
    waiting = [asyncio.create_task(record.wait(wanted.__eq__, 5)) for wanted in (2, 1, 0)]
    for number in range(3):
        await asyncio.sleep(0)
        record.add(number)
    assert await asyncio.gather(*waiting) == [2, 1, 0]


async def test_what_does_not_come_is_named_with_what_came_last() -> None:
    record: Record[str] = Record("the door")
    record.add("knock")
    with pytest.raises(Missing, match=r"the door: not seen in 0.01 s; the last: \['knock'\]"):
        await record.wait(lambda entry: entry == "bell", 0.01)


def test_listeners_hear_what_comes_after_them() -> None:
    record: Record[int] = Record("numbers")
    record.add(1)
    heard: list[int] = []
    record.listen(heard.append)
    record.add(2)
    assert heard == [2]
    assert len(record) == 2
