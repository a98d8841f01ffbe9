"""One task owns one serial line: it opens its wire, reads, writes, says how the line is, and finds it again.

A line that goes (unplugged, hung up, failing) is logged once, troubled, tried again with a back-off of at most 30 s,
and logged once when it is back. What goes on while it is open is another's: `Listening` where devices speak by
themselves, `Turns` where they are asked.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from drivers.driver import Driver, Settings
from drivers.reading import Frame
from gateway.health import report
from gateway.inbox import Inbox
from gateway.ports.serial.faults import WHAT, Change, Faults
from gateway.ports.serial.figures import Device, Figures
from gateway.ports.serial.listening import Listening
from gateway.ports.serial.member import Member
from gateway.ports.serial.turns import Turns
from gateway.ports.serial.wire import Wire, wire
from gateway.site import SerialPort

log = logging.getLogger(__name__)

BACKOFF = (0.2, 30.0)
"""Seconds before the first and at most before any later attempt to open the line."""
HELD, LOOSE = 10.0, 5.0
"""A line that was open for less than so many seconds hangs on a loose contact: it is tried again after so many seconds
at the most, so that it neither fills the log nor is left alone for long."""
BACKLOG = 256
"""Writes waiting for a line that doesn't take them; the oldest is dropped, outputs are reconciled anyway."""
DRAINED = 5.0
"""Seconds for which a line may take none of what waits for it."""


class Stalled(Exception):
    """The port is open and says nothing is wrong, but nothing comes or goes."""


class Line:
    """A serial line with our own end of it; ``send`` never waits."""

    def __init__(
        self, port: SerialPort, driver: Driver | None, members: Sequence[Member], inbox: Inbox, now: Callable[[], float]
    ) -> None:
        self.name = port.name
        self.figures = Figures(devices={member.name: Device() for member in members})
        self.faults = Faults()
        self.inbox, self.now = inbox, now
        self.settings = members[0].settings if members else Settings(port.baud, port.parity, port.stop_bits)
        self.place = port.path or port.url
        self._wire: Wire = wire(port.path, port.url, port.rs485)
        asked = port.shared or any(member.driver.ask for member in members)
        self._talk: Turns | Listening = Turns(self, driver, members) if asked else Listening(self, driver, members)
        self._waiting: deque[bytes] = deque(maxlen=BACKLOG)
        self._blocked_since: float | None = None
        self._lost = asyncio.Event()
        self._full = asyncio.Event()
        self._down_for = ""
        self._first = True
        self._stalls = 0

    @property
    def up(self) -> bool:
        """Whether the line is open."""
        return self.figures.up

    @property
    def delay(self) -> float:
        """Seconds that an answer may need on its way, beside the line itself."""
        return self._wire.delay

    def send(self, driver: str, data: bytes, address: str) -> bool:
        """Say this to a device now, or as soon as the line is free; False when it is down (it isn't kept for later)."""
        if not self.up:
            return False
        self._talk.send(driver, data, address)
        return True

    async def run(self) -> None:
        """Own the line until cancelled."""
        if not self.faults:  # of an earlier life nobody else would say that they are over
            self.inbox.put(report(self.now(), f"gateway:{self.name}", **dict.fromkeys(WHAT, False)))
        wait = BACKOFF[0]
        while True:
            try:
                await self._wire.open(self.settings)
            except OSError as error:
                self._note_down(str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, BACKOFF[1])
                continue
            opened, why = self.now(), "the line hung up"
            try:
                self._begin()
                await self._serve()
            except Stalled as error:
                why = ""
                self._stalls += 1
                self.tell(self.faults.sign("line_stalled", self.now(), str(error)))
            except OSError as error:
                why = str(error)
            finally:
                self._close()
            if why:
                self._note_down(why)
            wait = BACKOFF[0] if self.now() - opened >= HELD else min(wait * 2, LOOSE)
            await asyncio.sleep(wait)

    async def _serve(self) -> None:
        tasks = [asyncio.ensure_future(job) for job in (self._talk.run(), self._lost.wait(), self._mind_the_inbox())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self) -> None:
        self.figures.up = True
        self._waiting.clear()
        self._blocked_since = None
        self._lost.clear()
        self._full.clear()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._wire.fileno(), self._readable)
        if self._down_for or self._first:
            log.info("port %s is up (%s)", self.name, self.place)
            self.inbox.put(report(self.now(), f"gateway:{self.name}", port_down=False))
        self._down_for, self._first = "", False
        self._talk.begin()

    def _close(self) -> None:
        if self.figures.up:
            self.figures.up = False
            with suppress(OSError, ValueError):
                self._loop.remove_reader(self._wire.fileno())
                self._loop.remove_writer(self._wire.fileno())
        self._wire.close()

    def _note_down(self, why: str) -> None:
        if not self._down_for:
            log.error("port %s is down: %s", self.name, why)
            self.inbox.put(report(self.now(), f"gateway:{self.name}", port_down=True))
        self._down_for, self._first = why, False

    def tell(self, changes: Sequence[Change]) -> None:
        """Log what is wrong, or over, and say it as a trouble."""
        for fault, on, text in changes:
            (log.warning if on else log.info)("port %s: %s", self.name, text)
            self.inbox.put(report(self.now(), f"gateway:{self.name}", **{fault: on}))

    def deliver(self, port: str, frame: bytes, at: float) -> None:
        """Hand a frame to the hub."""
        if not self.inbox.put(Frame(port, at, frame)):
            self._full.set()

    async def set(self, settings: Settings) -> None:
        """Set the line; raises OSError."""
        await self._wire.set(settings)

    def write(self, data: bytes) -> None:
        """Write as soon as the line takes it."""
        self._waiting.append(data)
        self._write()

    def look(self, silent: float) -> None:
        """Now and then: end faults that are over; raises Stalled when nothing came for too long, or nothing goes."""
        now = self.now()
        self.tell(self.faults.look(now))
        if self._blocked_since is not None and now - self._blocked_since > DRAINED:
            raise Stalled(f"{DRAINED:.0f} s (it takes nothing)")
        longest = self._talk.longest_silence
        if silent > max(longest, min(longest * 2**self._stalls, BACKOFF[1])):
            raise Stalled(f"{silent:.0f} s")

    def _readable(self) -> None:
        try:
            data = self._wire.read()
        except BlockingIOError:
            return
        except OSError as error:
            log.debug("port %s: %s", self.name, error)
            data = b""
        if not data:
            self._loop.remove_reader(self._wire.fileno())
            self._lost.set()
            return
        if len(data) >= self._wire.pace[0] and self._wire.pace[1]:
            self._loop.remove_reader(self._wire.fileno())
            self._loop.call_later(self._wire.pace[1], self._read_on, self._wire.fileno())
        self.figures.received += len(data)
        if self._stalls:
            self._stalls = 0
            self.tell(self.faults.over("line_stalled"))
        self._talk.heard(data, self.now())

    def _read_on(self, fd: int) -> None:
        """After a pause, unless the line was lost or the inbox got full meanwhile."""
        if self.up and self._wire.fileno() == fd and not self._lost.is_set() and not self._full.is_set():
            self._loop.add_reader(fd, self._readable)

    async def _mind_the_inbox(self) -> None:
        """Stop reading while the inbox is full: the wire's own buffer holds the rest, and nodes repeat alarms."""
        while True:
            await self._full.wait()
            if self.up:
                self._loop.remove_reader(self._wire.fileno())
            await self.inbox.room()
            self._full.clear()
            if self.up and not self._lost.is_set():
                self._loop.add_reader(self._wire.fileno(), self._readable)

    def _write(self) -> None:
        while self.up and self._waiting:
            data = self._waiting[0]
            try:
                count = self._wire.write(data)
            except BlockingIOError:
                count = 0
            except OSError:
                self._lost.set()
                return
            self.figures.sent += count
            if count < len(data):
                self._waiting[0] = data[count:]
                if count or self._blocked_since is None:
                    self._blocked_since = self.now()
                self._loop.add_writer(self._wire.fileno(), self._write)
                return
            self._waiting.popleft()
        if self.up and self._blocked_since is not None:
            self._blocked_since = None
            self._loop.remove_writer(self._wire.fileno())
