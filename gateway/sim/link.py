"""The network between gateway and broker: a TCP proxy on the loopback that can be cut.

What it notes of each connection (when it opened, when the broker first answered, when it ended) is for the ledger.
"""

import asyncio
import logging
import math
import socket
import struct
import time
from collections.abc import Callable

from gateway.sim.ledger import Connection

log = logging.getLogger(__name__)

CHUNK = 1 << 14
LOOPBACK = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with 0 seconds: closing sends a reset, as when a router forgets the connection."""


class Link:
    """Listens at ``port`` and forwards to the broker's.

    ``cut`` resets and refuses, both ends know at once. ``stall`` forwards nothing and tells nobody, as a dead mobile
    network does before keep-alive notices. ``mend`` ends both; what waited in a stalled link is lost.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.connections: list[Connection] = []
        self.mended: list[float] = []
        """Monotonic seconds at which it came back."""
        self._target = target
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._serving: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def up(self) -> bool:
        """True unless it is cut or stalled."""
        return self._server is not None and self._flowing.is_set()

    async def open(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port, reuse_address=True, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Reset all connections, bytes in flight are lost; new ones are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._reset()

    def stall(self) -> None:
        """Forward nothing from now on; new connections are accepted and hang, too."""
        self._flowing.clear()

    def _reset(self) -> None:
        for writer in list(self._writers):
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()

    async def mend(self) -> None:
        """Accept again."""
        if self.up:
            return
        if not self._flowing.is_set():
            self._reset()
            self._flowing.set()
        if self._server is None:
            await self.open()
        self.mended.append(time.monotonic())

    async def close(self) -> None:
        """Cut for good, and wait until nothing of it runs."""
        self.cut()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writers.add(writer)
        try:
            await self._flowing.wait()
            if writer.transport.is_closing():
                return
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self._target, limit=CHUNK)
            self._writers.add(far_writer)
            await self._join(reader, writer, far_reader, far_writer)
        except OSError as error:
            log.info("the link could not reach the broker: %s", error)
        except asyncio.CancelledError:
            pass  # close() is waiting for us; a cancelled connection would be reported as a fault of the server.
        finally:
            self._writers.discard(writer)
            writer.transport.abort()
            self._serving.discard(task)

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        number = len(self.connections)
        self.connections.append(Connection(time.monotonic()))

        def answered() -> None:
            if self.connections[number].stood == math.inf:
                self.connections[number] = self.connections[number]._replace(stood=time.monotonic())

        ways = [
            asyncio.create_task(self._forward(reader, far_writer, lambda: None)),
            asyncio.create_task(self._forward(far_reader, writer, answered)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.connections[number] = self.connections[number]._replace(ended=time.monotonic())
            self._writers.discard(far_writer)
            await _finish(far_writer)
            await _finish(writer)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: Callable[[], None]
    ) -> None:
        while data := await reader.read(CHUNK):
            await self._flowing.wait()
            writer.write(data)
            passed()
            await writer.drain()
        await self._flowing.wait()  # A stalled link hides the end of a connection, too.


async def _finish(writer: asyncio.StreamWriter) -> None:
    """Send what is still to be sent, then close: the other end said goodbye, or is gone already."""
    try:
        writer.close()
        async with asyncio.timeout(1):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()
