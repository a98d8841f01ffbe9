import asyncio
import math
from collections.abc import AsyncIterator

import pytest

from gateway.sim.link import LOOPBACK, Link


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """Port of a server that says back what it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(100):
                writer.write(data)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def link(echo: int) -> AsyncIterator[Link]:
    made = Link(echo)
    await made.open()
    yield made
    await made.close()


async def connect(link: Link) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(LOOPBACK, link.port)


async def ask(ends: tuple[asyncio.StreamReader, asyncio.StreamWriter], text: bytes, seconds: float = 5) -> bytes:
    ends[1].write(text)
    async with asyncio.timeout(seconds):
        return await ends[0].read(100)


async def test_bytes_pass_and_the_connection_is_noted(link: Link) -> None:
    ends = await connect(link)
    assert await ask(ends, b"hello") == b"hello"
    (noted,) = link.connections
    assert noted.opened < noted.stood < noted.ended == math.inf
    ends[1].close()


async def test_a_cut_resets_and_refuses_until_it_is_mended(link: Link) -> None:
    ends = await connect(link)
    await ask(ends, b"hello")
    link.cut()
    assert not link.up
    with pytest.raises(ConnectionResetError):
        await ask(ends, b"anybody?")
    ends[1].transport.abort()
    with pytest.raises(ConnectionRefusedError):
        await connect(link)
    port = link.port
    await link.mend()
    assert link.port == port
    ends = await connect(link)
    assert await ask(ends, b"again") == b"again"
    ends[1].close()
    assert len(link.mended) == 1
    assert [one.ended < math.inf for one in link.connections] == [True, False]


async def test_a_stalled_link_says_nothing_and_loses_what_it_held(link: Link) -> None:
    old = await connect(link)
    await ask(old, b"hello")
    link.stall()
    assert not link.up
    with pytest.raises(TimeoutError):
        await ask(old, b"into the void", 0.05)
    hanging = await connect(link)
    with pytest.raises(TimeoutError):
        await ask(hanging, b"me too", 0.05)
    await link.mend()
    for ends in (old, hanging):
        with pytest.raises(ConnectionResetError):
            await ask(ends, b"?")
        ends[1].transport.abort()
    new = await connect(link)
    assert await ask(new, b"again") == b"again"
    new[1].close()
    assert len(link.connections) == 2, "the one that hung never reached the other end"


async def test_mending_a_sound_link_is_nothing(link: Link) -> None:
    await link.mend()
    assert link.mended == []
