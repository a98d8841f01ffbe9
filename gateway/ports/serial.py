"""One task owns one serial line: it reads, cuts, stamps and delivers; it writes; it finds the line again.

A line that goes (unplugged, hung up, failing) is logged once, troubled, tried again with a back-off of at most
30 s, and logged once when it is back. On a shared RS-485 line the gateway gives each node its turn.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Sequence

import serial

from drivers.driver import Driver
from drivers.reading import Frame
from gateway.health import report
from gateway.inbox import Inbox
from gateway.site import SerialPort

log = logging.getLogger(__name__)

BACKOFF = (0.2, 30.0)
"""Seconds before the first and at most before any later attempt to open the line."""
BEAT = 10
"""Seconds between two signs of life to the nodes of a line."""
CHUNK = 65_536
ROUND = 0.05
"""Seconds that a round of turns takes at least: an alarm waits no longer, and nobody is asked all day long."""
BACKLOG = 256
"""Writes waiting for a line that doesn't take them; the oldest is dropped, outputs are reconciled anyway."""


class Line:
    """A tty with our own end of it; ``send`` never waits."""

    def __init__(
        self, port: SerialPort, driver: Driver, addresses: Sequence[str], inbox: Inbox, now: Callable[[], float]
    ) -> None:
        self.name = port.name
        self._port, self._driver, self._addresses = port, driver, addresses
        self._inbox, self._now = inbox, now
        self._tty: serial.Serial | None = None
        self._rest = b""
        self._waiting: deque[bytes] = deque(maxlen=BACKLOG)
        self._lost = asyncio.Event()
        self._heard = asyncio.Event()
        self._full = asyncio.Event()
        self._down_for = ""
        self._first = True
        self.received = self.sent = 0
        """Bytes since the start."""

    @property
    def up(self) -> bool:
        """Whether the line is open."""
        return self._tty is not None

    def send(self, data: bytes) -> bool:
        """Write now, or as soon as the line takes it; False when the line is down (it isn't kept for later)."""
        if self._tty is None:
            return False
        self._waiting.append(data)
        if not self._port.shared:
            self._write()
        return True

    async def run(self) -> None:
        """Own the line until cancelled."""
        wait = BACKOFF[0]
        while True:
            try:
                self._open()
            except (serial.SerialException, OSError, ValueError) as error:
                self._note_down(str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, BACKOFF[1])
                continue
            wait = BACKOFF[0]
            try:
                await self._serve()
            finally:
                self._close()
            self._note_down("the line hung up")
            await asyncio.sleep(wait)

    async def _serve(self) -> None:
        jobs = [self._take_turns()] if self._port.shared else [self._beat()]
        tasks = [asyncio.ensure_future(job) for job in [*jobs, self._lost.wait(), self._mind_the_inbox()]]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _open(self) -> None:
        tty = serial.Serial(self._port.path, self._port.baud, timeout=0, write_timeout=0, exclusive=True)
        self._tty, self._rest = tty, b""
        self._waiting.clear()
        self._lost.clear()
        self._full.clear()
        self._reader = asyncio.get_running_loop()
        self._reader.add_reader(tty.fileno(), self._readable)
        if self._down_for or self._first:
            log.info("port %s is up (%s)", self.name, self._port.path)
            self._inbox.put(report(self._now(), f"gateway:{self.name}", port_down=False))
        self._down_for, self._first = "", False
        if self._driver.query is not None and not self._port.shared:
            for address in self._addresses:
                self.send(self._driver.query(address))

    def _close(self) -> None:
        if self._tty is None:
            return
        fd = self._tty.fileno()
        self._reader.remove_reader(fd)
        self._reader.remove_writer(fd)
        self._tty.close()
        self._tty = None

    def _note_down(self, why: str) -> None:
        if not self._down_for:
            log.error("port %s is down: %s", self.name, why)
            self._inbox.put(report(self._now(), f"gateway:{self.name}", port_down=True))
        self._down_for, self._first = why, False

    def _readable(self) -> None:
        assert self._tty is not None
        try:
            data = os.read(self._tty.fileno(), CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            log.debug("port %s: %s", self.name, error)
            data = b""
        if not data:
            self._reader.remove_reader(self._tty.fileno())
            self._lost.set()
            return
        self.received += len(data)
        frames, self._rest = self._driver.cut(self._rest + data)
        at = self._now()
        for frame in frames:
            if not self._inbox.put(Frame(self.name, at, frame)):
                self._full.set()
        if frames:
            self._heard.set()

    async def _mind_the_inbox(self) -> None:
        """Stop reading while the inbox is full: the wire's own buffer holds the rest, and nodes repeat alarms."""
        while True:
            await self._full.wait()
            if self._tty is not None:
                self._reader.remove_reader(self._tty.fileno())
            await self._inbox.room()
            self._full.clear()
            if self._tty is not None and not self._lost.is_set():
                self._reader.add_reader(self._tty.fileno(), self._readable)

    def _write(self) -> None:
        tty = self._tty
        while tty is not None and self._waiting:
            data = self._waiting[0]
            try:
                count = os.write(tty.fileno(), data)
            except BlockingIOError:
                count = 0
            except OSError:
                self._lost.set()
                return
            self.sent += count
            if count < len(data):
                self._waiting[0] = data[count:]
                self._reader.add_writer(tty.fileno(), self._write)
                return
            self._waiting.popleft()
        if tty is not None:
            self._reader.remove_writer(tty.fileno())

    async def _beat(self) -> None:
        while True:
            if self._driver.beat is not None:
                self.send(self._driver.beat(BEAT))
            await asyncio.sleep(BEAT)

    async def _take_turns(self) -> None:
        """Shared line: speak to one node at a time and wait for its one frame."""
        wire_byte = 10 / self._port.baud
        answer_time = 260 * wire_byte + 0.03
        turn, last_beat = 0, -BEAT * 1.0
        round_began = self._now()
        while True:
            if turn and turn % max(1, len(self._addresses)) == 0:
                await asyncio.sleep(max(0.0, round_began + ROUND - self._now()))
                round_began = self._now()
            if self._now() - last_beat >= BEAT:
                last_beat = self._now()
                if self._driver.beat is not None:
                    self._waiting.append(self._driver.beat(BEAT))
            ours = sum(map(len, self._waiting))
            self._write()
            await asyncio.sleep(ours * wire_byte)
            if not self._addresses or self._driver.poll is None:
                await asyncio.sleep(BEAT)
                continue
            question = self._driver.poll(self._addresses[turn % len(self._addresses)])
            turn += 1
            self._heard.clear()
            self._waiting.append(question)
            self._write()
            try:
                async with asyncio.timeout(len(question) * wire_byte + answer_time):
                    await self._heard.wait()
            except TimeoutError:
                continue
