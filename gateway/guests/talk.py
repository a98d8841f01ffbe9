"""One life of a worker, talked to from the event loop: asked with a deadline, its prints heard, ended.

A deadline is of wall time. A worker that is late because the machine lets others run first is given another one: it
did nothing wrong, and a false trouble is the second worst thing.
"""

import asyncio
import json
import logging
import os
from contextlib import suppress
from typing import Any, Final

from gateway.guests.process import LONGEST, Broke, Process

log = logging.getLogger(__name__)

GLANCE: Final = 0.05
"""Seconds in which it shows whether a worker that is late runs, or waits for its turn."""
STARVED: Final = 10
"""So many deadlines are granted while it would go on but the machine doesn't let it, before it counts as hung."""
PRINTED: Final = (20, 1 << 18)
"""Lines of one life that are logged; bytes of one life after which nobody listens any more."""
PIECE: Final = 65_536


class Talk:
    """A worker that was just started."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._process = Process(name)
        self.pid = self._process.pid
        self._heard = b""
        self._lines = self._printed = 0
        self._loop = asyncio.get_running_loop()
        self._process.socket.setblocking(False)
        os.set_blocking(self._process.prints, False)
        self._loop.add_reader(self._process.prints, self._print)

    def ended(self) -> bool:
        """Whether it is no more."""
        return self._process.ended()

    def end(self) -> str:
        """End it -> how it ended, by itself or so."""
        self._print()
        self._unlisten()
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
        for _ in range(STARVED):
            if await self._hears(patience):
                return
            spent, willing = self._process.spent()
            if not willing:
                raise Broke(f"it hung for {patience:g} s")
            if await self._hears(GLANCE):
                return
            if self._process.spent()[0] - spent > GLANCE / 2:
                raise Broke(f"it ran for {patience:g} s without an end")
        raise Broke(f"it got no turn on this machine for {STARVED * patience:g} s")

    async def _hears(self, seconds: float) -> bool:
        """Whether a whole line is there within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while b"\n" not in self._heard:
                    piece = await self._loop.sock_recv(self._process.socket, PIECE)
                    if not piece:
                        raise EOFError
                    self._heard += piece
                    if len(self._heard) > LONGEST:
                        raise Broke("it says more than an answer can hold")
        return b"\n" in self._heard

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
