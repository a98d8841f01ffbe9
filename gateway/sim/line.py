"""The serial line between one node and the gateway: two ptys, a pump between them, and a tap on it.

Two programs can't share one pty from both its ends by path: each gets a pty of its own, and their far ends are here.
"""

import asyncio
import logging
import os
import termios
import time
import tty
from collections.abc import Callable

from drivers.driver import BadFrame, Driver, Memory
from drivers.reading import Scalar

log = logging.getLogger(__name__)

CHUNK = 4096


class Pty:
    """A raw pty without echo: ``ours`` is our non-blocking end, ``path`` names the other."""

    def __init__(self) -> None:
        self.ours, self._theirs = os.openpty()
        tty.setraw(self._theirs, termios.TCSANOW)
        self.path = os.ttyname(self._theirs)
        os.set_blocking(self.ours, False)
        # The other end stays open here too: a program that comes or goes is then no hang-up for our reads.

    def close(self) -> None:
        """Both ends; a program that still has the path open sees a hang-up."""
        os.close(self.ours)
        os.close(self._theirs)


class Tap:
    """What one node was heard to say, decoded on the way by its driver."""

    def __init__(self, driver: Driver, news: Callable[[], None] = lambda: None) -> None:
        self.values: dict[str, Scalar] = {}
        """Point -> its newest value."""
        self.heard: float | None = None
        """Monotonic seconds of the last good frame."""
        self._driver = driver
        self._rest = b""
        self._memory: Memory = {}
        self._news = news

    def feed(self, data: bytes) -> None:
        """Bytes from the node; those that are no frame are somebody else's trouble."""
        frames, self._rest = self._driver.cut(self._rest + data)
        for frame in frames:
            try:
                decoded = self._driver.decode(self._driver.head(frame), self._memory)
            except BadFrame:
                continue
            self._memory, self.heard = decoded.memory, time.monotonic()
            for value in decoded.values:
                point = f"{value.quantity}#{value.nth + 1}" if value.nth else value.quantity
                self.values[point] = value.value
        if frames:
            self._news()


class Line:
    """Open it, give one path to the node and one to the gateway, close it. Needs a running event loop."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._node, self._gateway = Pty(), Pty()
        self.node_path, self.gateway_path = self._node.path, self._gateway.path
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._node.ours, self._pump, self._node, self._gateway)
        self._loop.add_reader(self._gateway.ours, self._pump, self._gateway, self._node)

    def close(self) -> None:
        """Stop pumping and give both ptys back."""
        for pty in (self._node, self._gateway):
            self._loop.remove_reader(pty.ours)
            pty.close()

    def _pump(self, source: Pty, target: Pty) -> None:
        data = os.read(source.ours, CHUNK)
        if source is self._node:
            self._tap.feed(data)
        try:
            count = os.write(target.ours, data)
        except BlockingIOError:
            count = 0
        if count < len(data):
            log.warning("%s: nobody reads, %d bytes overrun, as on a UART", target.path, len(data) - count)
