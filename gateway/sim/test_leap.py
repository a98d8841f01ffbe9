"""Time leaps only when nobody has anything to do, and in the order of the timers."""

import asyncio
import socket
import time

import pytest

from gateway.sim.leap import leaping


def test_a_day_takes_no_second_and_everybody_wakes_in_order() -> None:
    woken: list[tuple[str, float]] = []

    async def sleep(name: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(seconds)
        woken.append((name, loop.time() - began))

    @leaping
    async def day() -> None:
        await asyncio.gather(sleep("day", 86_400.0), sleep("hour", 3600.0), sleep("moment", 1e-15), sleep("minute", 60.0))

    began = time.monotonic()
    day()
    assert time.monotonic() - began < 10
    assert [name for name, _ in woken] == ["moment", "minute", "hour", "day"]
    assert [seconds for _, seconds in woken] == pytest.approx([0.0, 60.0, 3600.0, 86_400.0], abs=0.001)


@leaping
async def test_what_was_written_is_read_before_any_patience_ends() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        far.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.call_later(5.0, far.send, b"late")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.sock_recv(near, 10), 4.9)
        assert await asyncio.wait_for(loop.sock_recv(near, 10), 0.2) == b"late"
