"""What hangs in the kernel keeps nobody: the loop goes on, the waiting ends, and what comes of it late is undone."""

import asyncio
import threading

import pytest

from gateway.ports.serial.aside import aside


async def test_what_hangs_is_an_error_of_the_system_and_is_undone_when_it_ends() -> None:
    gate, undone = threading.Event(), threading.Event()

    def work() -> str:
        gate.wait(10)
        return "late"

    with pytest.raises(OSError, match=r"no answer from the system for 0\.05 s"):
        await aside(work, 0.05, lambda result: undone.set())
    assert not undone.is_set()
    gate.set()
    async with asyncio.timeout(5):
        while not undone.is_set():
            await asyncio.sleep(0.005)


async def test_many_that_hang_hold_up_no_other() -> None:
    gate = threading.Event()
    hanging = [asyncio.ensure_future(aside(lambda: gate.wait(10), 10)) for _ in range(100)]
    assert await aside(lambda: 7, 5) == 7
    gate.set()
    await asyncio.gather(*hanging)


async def test_its_error_is_raised_where_it_is_waited_for() -> None:
    def work() -> None:
        raise PermissionError("not yours")

    with pytest.raises(PermissionError, match="not yours"):
        await aside(work, 5)
