"""The same line without a tty or a thread: inside an event loop and by its time, which may leap (gateway/sim/leap.py).

The gateway opens it as one of its wires, with ``end()``. What is about a real tty (exclusive use, parities that it
refuses, a descriptor that fails) needs line.py.
"""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Self

from drivers.driver import Settings
from gateway.sim.bus.medium import Medium
from gateway.sim.bus.unit import Speed, Unit

_CHUNK: Final = 65_536
_IDLE: Final = 0.05
"""Seconds between two looks while nothing is under way: somebody may have broken a unit meanwhile."""


class LoopLine:
    """Open it within a running loop. Units may be changed and broken meanwhile."""

    lines: ClassVar[dict[str, "LoopLine"]] = {}
    """Those that are open, by their path."""

    def __init__(
        self,
        folder: Path,
        units: Sequence[Unit],
        name: str = "line-1",
        *,
        echo: bool = False,
        late: float = 0.001,
        seed: int = 1,
    ) -> None:
        self.path = folder / name
        """A name only: there is no such file."""
        self.medium = Medium(units, echo=echo, late=late, seed=seed)
        self._plugged = True
        self._far: socket.socket | None = None
        self._speed = Speed(9600)

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._next = self._loop.call_soon(self._turn)
        self.lines[str(self.path)] = self
        return self

    def __exit__(self, *exc: object) -> None:
        del self.lines[str(self.path)]
        self._next.cancel()
        self.hang_up()

    def now(self) -> float:
        """Seconds since the line was opened."""
        return self._loop.time() - self._began

    def unplug(self) -> None:
        """Whoever has it open reads its end, and nobody can open it."""
        self._plugged = False
        self.hang_up()

    def replug(self) -> None:
        """It can be opened again."""
        self._plugged = True

    def end(self) -> "End":
        """The gateway's end of it."""
        return End(self)

    def open(self, settings: Settings) -> socket.socket:
        """-> what the gateway reads and writes; raises OSError when unplugged."""
        if not self._plugged:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path))
        if self._far is not None:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(self.path))
        near, self._far = socket.socketpair()
        near.setblocking(False)
        self._far.setblocking(False)
        self._loop.add_reader(self._far, self._turn)
        self.set(settings)
        return near

    def set(self, settings: Settings) -> None:
        """How the gateway has set its end."""
        self._speed = Speed(settings.baud, settings.parity, settings.stop_bits)

    def hang_up(self) -> None:
        """Nobody has it open any more."""
        if self._far is not None:
            self._loop.remove_reader(self._far)
            self._far.close()
            self._far = None

    def _turn(self) -> None:
        """Give the medium what was written, and the gateway what is there by now."""
        self._next.cancel()
        now = self.now()
        if self._far is not None:
            with contextlib.suppress(OSError):
                self.medium.write(self._far.recv(_CHUNK), self._speed, now)
        heard = self.medium.take(now, self._speed.baud)
        if heard and self._far is not None:
            with contextlib.suppress(OSError):  # a full buffer: overrun, as on a UART
                self._far.send(heard)
        due = self.medium.due(now)
        wait = _IDLE if due is None else min(_IDLE, max(1e-6, due - now))
        self._next = self._loop.call_later(wait, self._turn)


class End:
    """What the gateway calls a Wire."""

    delay = 0.0
    pace = (_CHUNK, 0.0)

    def __init__(self, line: LoopLine) -> None:
        self._line = line
        self._near: socket.socket | None = None

    async def open(self, settings: Settings) -> None:
        """Open and set it; raises OSError."""
        self._near = self._line.open(settings)

    async def set(self, settings: Settings) -> None:
        """Set speed, parity and stop bits."""
        self._line.set(settings)

    def fileno(self) -> int:
        """For a selector."""
        assert self._near is not None
        return self._near.fileno()

    def read(self) -> bytes:
        """What is there."""
        assert self._near is not None
        return self._near.recv(_CHUNK)

    def write(self, data: bytes) -> int:
        """-> how much of it was taken."""
        assert self._near is not None
        return self._near.send(data)

    def close(self) -> None:
        """Close it, now."""
        if self._near is not None:
            self._near.close()
            self._line.hang_up()
            self._near = None
