"""A line for somebody who looks what is on it: one question, then all that is heard until it is quiet again."""

import asyncio
from collections.abc import Callable
from typing import Final

from drivers.driver import Settings
from gateway.ports.serial.wire import wire

GAP: Final = 0.04
"""Seconds without a byte that end an answer; meters pause within one, and USB adapters hold bytes back for 16 ms."""
QUIET: Final = 0.02
"""Seconds of silence before each question."""
LONGEST: Final = 1.5
"""Seconds for one answer, whoever babbles."""
MOST: Final = 4096
RESTLESS: Final = 3
"""Questions in a row that found no silence."""


class Restless(OSError):
    """The line is never quiet."""


class Probe:
    """An open line. ``asked`` counts the questions."""

    def __init__(self, path: str, url: str, now: Callable[[], float]) -> None:
        self.asked = 0
        self._wire, self._now = wire(path, url), now
        self._settings: Settings | None = None
        self._heard = b""
        self._heard_at = 0.0
        self._restless = 0
        self._came = asyncio.Event()

    async def __aenter__(self) -> "Probe":
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._close()

    async def ask(self, settings: Settings, request: bytes, patience: float) -> bytes:
        """Say this -> what was heard: of an adapter that hears itself without the request. Raises OSError."""
        await self._set(settings)
        await self._until_quiet()
        self._heard = b""
        self.asked += 1
        self._write(request)
        sending = len(request) * settings.byte
        heard = await self._listen(sending + patience + self._wire.delay, GAP + 2 * settings.byte + self._wire.delay)
        return heard.removeprefix(request) if request else heard

    async def listen(self, settings: Settings, seconds: float) -> bytes:
        """What somebody says unasked within so many seconds."""
        await self._set(settings)
        self._heard = b""
        return await self._listen(seconds, seconds)

    async def _set(self, settings: Settings) -> None:
        if self._settings is None:
            await self._wire.open(settings)
            asyncio.get_running_loop().add_reader(self._wire.fileno(), self._readable)
        elif self._settings != settings:
            await self._wire.set(settings)
        self._settings = settings

    async def _until_quiet(self) -> None:
        """Raises Restless on a line on which somebody speaks all the time."""
        began = self._now()
        while True:
            left = self._heard_at + QUIET - self._now()
            if left <= 0:
                self._restless = 0
                return
            if self._now() - began > LONGEST:
                self._restless += 1
                if self._restless >= RESTLESS:
                    raise Restless("somebody speaks all the time on this line: nobody else can be heard")
                return
            await asyncio.sleep(left)

    async def _listen(self, patience: float, gap: float) -> bytes:
        """Until nothing comes for so long: at first ``patience``, then ``gap``."""
        began = self._now()
        due, end = began + patience, began + patience + LONGEST
        while (left := min(due, end) - self._now()) > 0 and len(self._heard) < MOST:
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), left)
            except TimeoutError:
                break
            due = max(self._heard_at + gap, due if gap >= patience else 0.0)
        return self._heard

    def _readable(self) -> None:
        try:
            data = self._wire.read()
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._wire.fileno())
            return
        self._heard = (self._heard + data)[-MOST:]
        self._heard_at = self._now()
        self._came.set()

    def _write(self, data: bytes) -> None:
        try:
            taken = self._wire.write(data)
        except BlockingIOError:
            taken = 0
        if taken < len(data):
            raise OSError("the line takes nothing")

    def _close(self) -> None:
        if self._settings is not None:
            asyncio.get_running_loop().remove_reader(self._wire.fileno())
            self._wire.close()
            self._settings = None
