"""Crew: whoever is told to end ends, also where its own error, or a library's, came with the word."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gateway.crew import end, go_on, supervise

Part = Callable[[], Awaitable[None]]


async def _swallows() -> None:
    """As wait_for does on Python 3.11 where the end of what it waits for comes with the cancellation."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


async def _breaks() -> None:
    """As a client does whose goodbye finds no broker."""
    try:
        await asyncio.Event().wait()
    finally:
        raise OSError("the broker has gone")


async def _breaks_in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_breaks())


async def _tries_again() -> None:
    """What it waits for is refused until somebody answers."""
    while True:
        try:
            await _breaks()
        except OSError:
            go_on()


@pytest.mark.parametrize("part", [_swallows, _breaks, _breaks_in_a_group, _tries_again])
async def test_a_part_that_is_told_to_end_ends(part: Part) -> None:
    async def run() -> None:
        await part()

    task = supervise("part", run)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with asyncio.timeout(0.9):  # before the supervisor would start it again
        await end([task], again=0.01)
    assert task.cancelled()


async def test_who_was_not_told_to_end_goes_on() -> None:
    go_on()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.sleep(1)
    go_on()


async def test_who_was_not_told_to_end_goes_on_after_its_group_broke() -> None:
    """Whatever the connection of an uplink breaks by: nobody told it to end."""
    attempts = 0

    async def part() -> None:
        nonlocal attempts
        while True:
            attempts += 1
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_refused())
            except* OSError:
                go_on()

    task = supervise("part", part)
    async with asyncio.timeout(5):
        while attempts < 3:
            assert not task.done()
            await asyncio.sleep(0)
    await end([task], again=0.01)
    assert task.cancelled()


async def _refused() -> None:
    await asyncio.sleep(0)
    raise OSError("connection reset by peer")
