"""One life of a worker, talked to from the event loop: asked with a deadline, its prints heard, ended.

A deadline is of wall time. A worker that is late because the machine lets others run first is given more, as long as it
hasn't used as much time of a processor: it did nothing wrong. So is one that somebody stopped, for a while. What it
said while nobody could listen, since the gateway itself got no turn, was said in time.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from gateway.guests.process import LONGEST, Broke, Process, Starved

log = logging.getLogger(__name__)

GLANCE: Final = 0.05
"""Seconds in which the answer of a worker that sleeps may still be found: it was on its way."""
STARVED = 2.0
"""Seconds without a turn after which that is told, and a stopped worker is replaced."""
LEFT = 60.0
"""Seconds without a turn after which any is replaced; another one would get none either."""
LET_ON: Final = "RD"
"""States in which a process goes on as soon as the machine lets it."""
STOPPED: Final = "Tt"
"""States in which somebody stopped it."""
PRINTED: Final = (20, 1 << 18)
"""Lines of one life that are logged; bytes of one life after which nobody listens any more."""
PIECE: Final = 65_536


class Talk:
    """A worker that was just started. ``late`` is told when it gets no turn on this machine."""

    def __init__(self, name: str, late: Callable[[str], None] = lambda why: None) -> None:
        self._name, self._late = name, late
        self._process = Process(name)
        self.pid = self._process.pid
        self._heard = b""
        self._over = False
        """It says no more, or nobody listens to more of it."""
        self._news = asyncio.Event()
        self._lines = self._printed = 0
        self._loop = asyncio.get_running_loop()
        self._process.socket.setblocking(False)
        os.set_blocking(self._process.prints, False)
        self._loop.add_reader(self._process.socket, self._listen)
        self._loop.add_reader(self._process.prints, self._print)

    def ended(self) -> bool:
        """Whether it is no more."""
        return self._process.ended()

    def end(self) -> str:
        """End it -> how it ended, by itself or so."""
        self._print()
        self._unlisten()
        if self._process.socket.fileno() >= 0:
            self._loop.remove_reader(self._process.socket)
        return self._process.kill()

    async def say(self, what: object, patience: float) -> dict[str, Any]:
        """Ask, or only hear (None) -> its answer; raises Broke, and EOFError or ConnectionError if it has ended."""
        if self._heard:
            raise Broke("it speaks unasked")
        if what is not None:
            try:
                async with asyncio.timeout(patience):
                    await self._loop.sock_sendall(self._process.socket, json.dumps(what).encode() + b"\n")
            except TimeoutError:
                raise Broke("it takes nothing") from None
        await self._answered(patience)
        line, _, self._heard = self._heard.partition(b"\n")
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            raise Broke("what it says is no JSON") from None
        if not isinstance(said, dict):
            raise Broke("what it says is no object")
        return said

    async def _answered(self, patience: float) -> None:
        began, waited, told = self._process.spent()[0], 0.0, False
        while not await self._hears(patience):
            waited += patience
            spent, state = self._process.spent()
            if state not in LET_ON + STOPPED:
                if await self._hears(GLANCE):
                    return
                raise Broke(f"it hung for {patience:g} s")
            if spent - began > patience:
                raise Broke(f"it ran for {patience:g} s without an end")
            if waited >= LEFT or (state in STOPPED and waited >= STARVED):
                raise Starved(f"it {'was stopped' if state in STOPPED else 'got no turn'} for {waited:g} s")
            if waited >= STARVED and not told:
                told = True
                self._late(f"it got no turn on this machine for {waited:g} s")

    async def _hears(self, seconds: float) -> bool:
        """Whether a whole line is there within so many seconds; raises EOFError when there will be none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while b"\n" not in self._heard and not self._over:
                    self._news.clear()
                    await self._news.wait()
        if b"\n" in self._heard:
            return True
        if len(self._heard) > LONGEST:
            raise Broke("it says more than an answer can hold")
        if self._over:
            raise EOFError
        return False

    def _listen(self) -> None:
        """What it says is taken in at once, whoever waits for it or gave up just now."""
        try:
            piece = self._process.socket.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self._heard += piece
        if not piece or len(self._heard) > LONGEST:
            self._over = True
            self._loop.remove_reader(self._process.socket)
        self._news.set()

    def _print(self) -> None:
        """What the driver prints: some of it for the log. Who prints without end is no longer listened to."""
        if self._process.prints < 0:
            return
        try:
            said = os.read(self._process.prints, PIECE)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        for line in said.decode(errors="replace").splitlines()[: max(0, PRINTED[0] - self._lines)]:
            log.info('driver "%s" says: %s', self._name, printable(line))
            self._lines += 1
        self._printed += len(said)
        if not said or self._printed > PRINTED[1]:
            self._unlisten()

    def _unlisten(self) -> None:
        if self._process.prints >= 0:
            self._loop.remove_reader(self._process.prints)
            os.close(self._process.prints)
            self._process.prints = -1


def printable(text: str) -> str:
    """At most 200 characters that may stand in a log."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])
