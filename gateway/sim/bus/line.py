"""A line of simulated devices on a pty: its thread gives the Medium the time and the bytes."""

import contextlib
import os
import select
import socket
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

from gateway.sim.bus.medium import Medium
from gateway.sim.bus.unit import Speed, Unit
from gateway.sim.record import Record
from gateway.sim.wire import listening, open_pty

_BAUDS: Final = {
    getattr(termios, name): int(name[1:]) for name in dir(termios) if name[:1] == "B" and name[1:].isdigit()
}
_CHUNK = 4096
_IDLE = 0.25
"""Seconds between two looks while nothing is under way."""
_CLOSED = 0.005
"""The same while nobody has the tty open: the system can't tell when somebody opens it."""


class Passed(NamedTuple):
    """Bytes that the gateway wrote or received, and when (seconds since the line was opened)."""

    at: float
    source: Literal["gateway", "line"]
    speed: Speed
    data: bytes


class BusLine:
    """Open it, let a gateway open the tty at ``path``, close it. Units may be changed and broken meanwhile."""

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
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        """A link, so that a replugged line has its old name."""
        self.medium = Medium(units, echo=echo, late=late, seed=seed)
        self.units = units
        self.tape: Record[Passed] = Record(f"line {name}")
        self._far = -1
        self._lock = threading.Lock()
        self._wake, self._woken = socket.socketpair()
        self._stopping = False
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"line {name}", daemon=True)

    def __enter__(self) -> Self:
        self.replug()
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping = True
        self._nudge()
        self._thread.join(5)
        self.unplug()
        self._wake.close()
        self._woken.close()

    def now(self) -> float:
        """Seconds since the line was opened."""
        return time.monotonic() - self._began

    def unplug(self) -> None:
        """Take the tty away: its reads hang up and its path is gone."""
        self.path.unlink(missing_ok=True)
        with self._lock:
            if self._far >= 0:
                os.close(self._far)
            self._far = -1

    def replug(self) -> None:
        """A new tty under the old path."""
        far, path = open_pty()
        with self._lock:
            self._far = far
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(path)
        self._nudge()

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):
            self._wake.send(b"x")

    def _run(self) -> None:
        while not self._stopping:
            with self._lock:
                far = self._far
                opened = far >= 0 and listening(far)
            self._wait(far if opened else -1)
            with self._lock:
                if self._far >= 0:
                    self._turn(self._far)

    def _wait(self, far: int) -> None:
        """Until the gateway writes, or the medium is due."""
        now = self.now()
        due = self.medium.due(now)
        most = _CLOSED if far < 0 else _IDLE
        wait = most if due is None else min(most, max(0.0, due - now))
        watched: list[socket.socket | int] = [self._woken, *([far] if far >= 0 else [])]
        try:
            ready = select.select(watched, [], [], wait)[0]
        except OSError:  # Unplugged this very moment.
            return
        if self._woken in ready:
            self._woken.recv(_CHUNK)

    def _turn(self, far: int) -> None:
        speed = _speed(far)
        now = self.now()
        with contextlib.suppress(OSError):  # Nothing there (EAGAIN), or nobody has the other end open (EIO).
            data = os.read(far, _CHUNK)
            self.tape.add(Passed(now, "gateway", speed, data))
            self.medium.write(data, speed, now)
        heard = self.medium.take(now, speed.baud)
        if heard and listening(far):
            self.tape.add(Passed(now, "line", speed, heard))
            with contextlib.suppress(OSError):  # A full buffer: overrun, as on a UART.
                os.write(far, heard)


def _speed(far: int) -> Speed:
    """What the gateway has set its tty to; a pty shows no even parity."""
    _, _, control, _, _, out, _ = termios.tcgetattr(far)
    parity: Literal["N", "O"] = "O" if control & termios.PARODD else "N"
    return Speed(_BAUDS.get(out, 0) or 9600, parity, 2 if control & termios.CSTOPB else 1)
