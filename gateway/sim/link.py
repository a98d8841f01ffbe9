"""The network between gateway and broker: a TCP proxy on the loopback that can do what networks do.

What it notes of each connection (when it opened, when the broker first answered, when it ended) is for the ledger.
"""

import asyncio
import math
import socket
import struct
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar

from gateway.sim.ledger import Connection

LOOPBACK = "127.0.0.1"
Way = Literal["up", "down"]
"""up: gateway to broker; down: broker to gateway."""
WAYS: tuple[Way, Way] = ("up", "down")
CHUNK = 1 << 14
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with 0 seconds: closing sends a reset, as when a router forgets the connection."""
R = TypeVar("R")


@dataclass(slots=True)
class Counters:
    """What went through since the link was made."""

    refused: int = 0
    """Connections that the broker didn't take."""
    cuts: int = 0
    up: int = 0
    """Bytes forwarded from gateway to broker."""
    down: int = 0


class Link:
    """Listens at ``port`` of the loopback and forwards to the broker. Runs in a thread of its own.

    A stalled way is read no more and forwards nothing, but nobody is told: what a dead mobile network looks like
    before keep-alive notices. Bytes that wait in a stalled link are lost by a cut, delivered by a resume.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = LOOPBACK, 0
        self.counters = Counters()
        self.connections: list[Connection] = []
        """Those that reached the broker, oldest first."""
        self.resumed: list[float] = []
        """Monotonic seconds at which it came back after a stall or a refusal."""
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._open = {way: asyncio.Event() for way in WAYS}
        self._budget: dict[Way, int] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.resume()
        self.resumed.clear()
        return self

    def __exit__(self, *exc: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def up(self) -> bool:
        """True unless it is stalled or refuses."""
        return self._server is not None and all(gate.is_set() for gate in self._open.values())

    @property
    def connected(self) -> int:
        """Connections that reach the broker now."""
        return sum(one.ended == math.inf for one in self.connections)

    def cut(self) -> None:
        """Reset all connections at once; bytes in flight are lost. New connections are accepted."""
        self._do(self._cut())

    def cut_after(self, count: int, way: Way) -> None:
        """Forward exactly ``count`` more bytes that way, then cut: in the middle of a packet if you like."""
        self._do(self._set_budget(way, count))

    def stall(self, *ways: Way) -> None:
        """Stop forwarding (both ways by default) without closing; new connections hang too."""
        self._do(self._stall(ways or WAYS))

    def refuse(self) -> None:
        """Cut, and refuse new connections (ECONNREFUSED) until ``resume``."""
        self._do(self._refuse())

    def resume(self) -> None:
        """Forward again, what waited first; also ends ``refuse``."""
        self._do(self._resume())

    def _do(self, step: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(step, self._loop).result(10)

    async def _cut(self) -> None:
        self._budget.clear()
        open_ = [writer for writer in self._writers if not writer.transport.is_closing()]
        self.counters.cuts += bool(open_)
        for writer in open_:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _set_budget(self, way: Way, count: int) -> None:
        self._budget[way] = count

    async def _stall(self, ways: tuple[Way, ...]) -> None:
        for way in ways:
            self._open[way].clear()

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _resume(self) -> None:
        if self.up:
            return
        for gate in self._open.values():
            gate.set()
        if self._server is None:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            self.port = listener.getsockname()[1]
            self._server = await asyncio.start_server(self._serve, sock=listener, limit=CHUNK)
        self.resumed.append(time.monotonic())

    async def _close(self) -> None:
        await self._refuse()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writers.add(writer)
        try:
            await self._open["up"].wait()
            if not writer.transport.is_closing():
                await self._join(reader, writer)
        except OSError:
            self.counters.refused += 1
        finally:
            self._serving.discard(task)
            self._drop(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target, limit=CHUNK)
        self._writers.add(far_writer)
        for end in (writer, far_writer):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = len(self.connections)
        self.connections.append(Connection(time.monotonic()))
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._forward("up", reader, far_writer, number))
                both.create_task(self._forward("down", far_reader, writer, number))
        except* OSError:
            pass  # One end was reset: so is the other, below.
        finally:
            self.connections[number] = self.connections[number]._replace(ended=time.monotonic())
            self._drop(far_writer)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.transport.abort()

    async def _forward(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                await self._open[way].wait()
                raise
            # A stalled way hides the end and the reset of a connection as well as its bytes.
            await self._open[way].wait()
            if not data:
                if writer.can_write_eof() and not writer.transport.is_closing():
                    writer.write_eof()
                return
            if way == "down" and self.connections[number].stood == math.inf:
                self.connections[number] = self.connections[number]._replace(stood=time.monotonic())
            left = self._budget.get(way, len(data) + 1)
            setattr(self.counters, way, getattr(self.counters, way) + min(left, len(data)))
            writer.write(data[:left])
            await writer.drain()
            if left <= len(data):
                await self._flush(writer)
                await self._cut()
                return
            if way in self._budget:
                self._budget[way] = left - len(data)

    async def _flush(self, writer: asyncio.StreamWriter) -> None:
        """abort() drops what the transport still holds: wait until the last bytes are with the kernel."""
        while writer.transport.get_write_buffer_size() and not writer.transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(0.001)  # Transports tell nobody when they are empty.
