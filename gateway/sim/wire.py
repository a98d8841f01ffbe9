"""The line between node and gateway: two ptys and a pump between them, which can be noisy, deaf or unplugged."""

import os
import random
import select
import socket
import termios
import threading
import time
import tty
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Self

from gateway.sim.record import Record

Side = Literal["node", "gateway"]
_CHUNK = 4096


class Taken(NamedTuple):
    """What the pump took from one side, and what of it arrived at the other."""

    at: float
    """Monotonic seconds."""
    source: Side
    sent: bytes
    delivered: bytes


@dataclass(frozen=True, slots=True)
class Noise:
    """How likely each byte is to be hurt. The same seed hurts the same bytes of the same stream."""

    flip: float = 0.0
    """One random bit of it is inverted."""
    drop: float = 0.0
    insert: float = 0.0
    """A random byte comes before it."""
    burst: float = 0.0
    """It and the next ones, ``burst_length`` in all, become random bytes."""
    burst_length: int = 8
    seed: int = 0

    def hurt(self, data: bytes, dice: random.Random) -> bytes:
        """``data`` as the far end hears it."""
        out = bytearray()
        burst = 0
        for byte in data:
            if dice.random() < self.burst:
                burst = self.burst_length
            if burst:
                burst -= 1
                out.append(dice.randrange(256))
                continue
            if dice.random() < self.insert:
                out.append(dice.randrange(256))
            if dice.random() < self.drop:
                continue
            out.append(byte ^ 1 << dice.randrange(8) if dice.random() < self.flip else byte)
        return bytes(out)


SILENCE = Noise()


def open_pty() -> tuple[int, str]:
    """A raw pty without echo: (our non-blocking end, the path of the other)."""
    ours, theirs = os.openpty()
    tty.setraw(theirs, termios.TCSANOW)
    path = os.ttyname(theirs)
    os.close(theirs)
    os.set_blocking(ours, False)
    return ours, path


def listening(ours: int) -> bool:
    """True while somebody has the other end of this pty open. A real UART also drops what nobody listens to."""
    poll = select.poll()
    poll.register(ours, 0)
    return not poll.poll(0)


class Wire:
    """A line with a stable path at each end; the paths are links, so a replugged line has its old name.

    With ``direct=True`` there is no node side and no pump: ``direct_fd`` is the far end of the gateway's tty.
    """

    def __init__(self, folder: Path, name: str = "line-1", *, direct: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.gateway_path = folder / name
        self.node_path = folder / f"{name}.node"
        self.tape: Record[Taken] = Record(f"wire {name}")
        self.direct_fd = -1
        self._direct = direct
        self._paths: dict[Side, Path] = {"gateway": self.gateway_path, "node": self.node_path}
        self._ends: dict[Side, int] = {}
        self._lock = threading.Lock()
        self._noise: dict[Side, Noise] = {"node": SILENCE, "gateway": SILENCE}
        self._dice: dict[Side, random.Random] = {}
        self._deaf: frozenset[Side] = frozenset()
        self._wake, self._woken = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._pump, name=f"wire {name}", daemon=True)

    def __enter__(self) -> Self:
        self._plug("gateway")
        if self._direct:
            self.direct_fd = self._ends["gateway"]
        else:
            self._plug("node")
            self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping = True
        self._nudge()
        if not self._direct:
            self._thread.join(5)
        for side in list(self._ends):
            self._unplug(side)
        self._wake.close()
        self._woken.close()

    def noise(self, noise: Noise, *sources: Side) -> None:
        """Hurt what comes from ``sources`` (both sides by default) from now on; ``SILENCE`` ends it."""
        for side in sources or ("node", "gateway"):
            self._dice[side] = random.Random(f"{noise.seed}/{side}")
            self._noise[side] = noise

    def mute(self, *sources: Side) -> None:
        """Drop all that comes from ``sources`` (both by default), as a broken core does. Nobody is told."""
        self._deaf = frozenset(sources or ("node", "gateway"))

    def unmute(self) -> None:
        """Both sides are heard again; what was dropped stays dropped."""
        self._deaf = frozenset()

    def unplug(self) -> None:
        """Take the gateway's tty away: its reads hang up (EIO or end of file) and its path is gone."""
        self._unplug("gateway")
        self._nudge()

    def replug(self) -> None:
        """A new tty under the old path."""
        self._plug("gateway")
        self._nudge()

    def _plug(self, side: Side) -> None:
        ours, path = open_pty()
        with self._lock:
            self._ends[side] = ours
        link = self._paths[side]
        link.unlink(missing_ok=True)
        link.symlink_to(path)

    def _unplug(self, side: Side) -> None:
        self._paths[side].unlink(missing_ok=True)
        with self._lock:
            ours = self._ends.pop(side, -1)
            if ours >= 0:
                os.close(ours)

    def _nudge(self) -> None:
        self._wake.send(b"x")

    def _pump(self) -> None:
        other: dict[Side, Side] = {"node": "gateway", "gateway": "node"}
        while not self._stopping:
            for side in self._readable():
                with self._lock:
                    data = _read(self._ends.get(side, -1))
                    if data:
                        self._pass_on(side, data, self._ends.get(other[side], -1))

    def _readable(self) -> list[Side]:
        """The sides with bytes. A side that nobody has open is asked again every 2 ms: poll can't wait for it."""
        with self._lock:
            ends = dict(self._ends)
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        closed = [side for side, end in ends.items() if not listening(end)]
        for side, end in ends.items():
            if side not in closed:
                poll.register(end, select.POLLIN)
        ready = {fd for fd, _ in poll.poll(2 if closed else 1000)}
        if self._woken.fileno() in ready:
            self._woken.recv(_CHUNK)
        # What a process wrote just before it died is still to be read.
        return [side for side, end in ends.items() if end in ready or side in closed]

    def _pass_on(self, source: Side, data: bytes, end: int) -> None:
        heard = b"" if source in self._deaf else data
        noise = self._noise[source]
        if noise is not SILENCE:
            heard = noise.hurt(heard, self._dice[source])
        delivered = _write(end, heard) if heard and end >= 0 and listening(end) else b""
        self.tape.add(Taken(time.monotonic(), source, data, delivered))


def _read(end: int) -> bytes:
    try:
        return os.read(end, _CHUNK) if end >= 0 else b""
    except OSError:  # Nothing there (EAGAIN), or nobody has the other end open (EIO).
        return b""


def _write(end: int, data: bytes) -> bytes:
    """What a full buffer takes of ``data``; the rest is overrun, as on a UART."""
    try:
        return data[: os.write(end, data)]
    except OSError:
        return b""
