"""One sensor node: its own firmware as a process, and its account of what it made, apart from the gateway's.

The account is JSON lines on the node's console; a real board writes the same ones. The firmware's clock on this machine
is ours (CLOCK_MONOTONIC), so its times can be compared with the platform's.
"""

import logging
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol, Self

from gateway.sim.ledger import Key, Made
from gateway.sim.process import ROOT, Line, Process
from gateway.sim.record import Record

log = logging.getLogger(__name__)

MAIN = ROOT / "firmware" / "main.py"
Said = dict[str, Any]
"""One entry of a node's account: ``ev``, ``at`` (monotonic seconds of this machine), what belongs to that event."""


def find_micropython() -> str | None:
    """Beside this Python, or in PATH; None where there is no wheel of it."""
    return shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")


class Console(Protocol):
    """Where a node's account comes out and commands go in."""

    lines: Record[Line]

    def say(self, text: str) -> None:
        """One command."""


class Account:
    """What a node said on its console, and what it is told there."""

    def __init__(self, console: Console, device: str, *, same_clock: bool) -> None:
        self.device = device
        self.said: Record[Said] = Record(f"node {device}")
        self._console = console
        self._same_clock = same_clock
        self._boot = 0
        self._frames: dict[Key, Made] = {}
        self._waiting: set[Key] = set()
        for line in console.lines.listen(self._hear):
            self._hear(line)

    def set(self, quantity: str, value: float | None) -> None:
        """A sensor of this node now says so; None: it has no reading."""
        self._console.say(f"set {quantity} {'none' if value is None else value}")

    def press(self, code: int = 1, button: str = "button") -> None:
        """1 press, 2 long press, 3 double press."""
        self._console.say(f"press {button} {code}")

    def test(self) -> None:
        """The node's test button."""
        self._console.say("test")

    def events(self, name: str = "") -> list[Said]:
        """All entries of its account, or those of one name."""
        return [said for said in self.said.all() if not name or said["ev"] == name]

    def wait_event(self, name: str, timeout: float, *, after: int = 0, **want: object) -> Said:
        """The first such entry from index ``after`` on: ``wait_event("sounder", 2, on=True)``; raises Missing."""
        return self.said.wait(lambda said: is_event(said, name, **want), timeout, after=after)

    @property
    def mark(self) -> int:
        """Number of entries so far, for ``after``."""
        return len(self.said)

    def made(self) -> list[Made]:
        """Every frame that it repeats until acknowledged. What it shed, or took into the dark, is forgotten."""
        return list(self._frames.values())

    def waiting(self) -> int:
        """Frames that were sent and not acknowledged yet. Its queue holds 32; a full one sheds, and says "dropped"."""
        return len(self._waiting)

    def wait_acknowledged(self, timeout: float, most: int = 0) -> None:
        """Return once at most so many frames wait for a durable acknowledgement; raises Missing."""
        self.said.wait(lambda _: self.waiting() <= most, timeout, after=max(0, self.mark - 1))

    def reactions(self, points: Collection[str], output: int) -> list[float]:
        """Seconds from the first sending of each alarm of ``points`` to this node's output coming on for it."""
        found, since = [], None
        for said in self.said.all():
            if said["ev"] == "sent" and any(said["values"].get(point) is True for point in points):
                since = said["at"]
            elif is_event(said, "output", output=output):
                if said["on"] and since is not None:
                    found.append(said["at"] - since)
                since = None
        return found

    def _hear(self, line: Line) -> None:
        said = line.event()
        if "ev" not in said:
            log.warning("node %s: %s", self.device, line.text)
            return
        at = said["t_us"] / 1e6 if self._same_clock and "t_us" in said else line.at
        self._note({**said, "at": at})
        self.said.add({**said, "at": at})

    def _note(self, said: Said) -> None:
        key = Key(self.device, self._boot, said.get("seq") or 0)
        if said["ev"] == "boot":
            self._boot = said["boot"]
            for one in self._waiting:
                self._frames[one] = self._frames[one]._replace(forgotten=True)
            self._waiting.clear()
        elif said["ev"] == "sent":
            self._frames[key] = Made(key, said["at"])
            self._waiting.add(key)
        elif key not in self._frames:  # Of a board that lived before somebody listened.
            return
        elif said["ev"] == "acked" and said["status"] == "durable":
            self._frames[key] = self._frames[key]._replace(acked_at=said["at"])
            self._waiting.discard(key)
        elif said["ev"] == "dropped" and said["seq"] is not None:
            self._frames[key] = self._frames[key]._replace(forgotten=True)
            self._waiting.discard(key)


def is_event(said: Said, name: str, **want: object) -> bool:
    """Whether an entry is of this name and says all this."""
    return bool(said["ev"] == name) and all(said.get(key) == value for key, value in want.items())


class Node(Account):
    """The firmware under a real MicroPython; under CPython where there is none (``program`` tells which)."""

    def __init__(
        self, port: Path, address: str = "a1b2c3d4", device: str = "kitchen", *options: str, cpython: bool = False
    ) -> None:
        micropython = None if cpython else find_micropython()
        self.program = "MicroPython" if micropython else "CPython"
        self.process = Process(
            f"node {device}",
            [micropython or sys.executable, str(MAIN), "--port", str(port), "--id", address, "--exit-on-eof", *options],
        )
        super().__init__(self.process, device, same_clock=True)
        self.address = address

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.stop(2)

    def start(self) -> None:
        """Power on; returns when the firmware lives, raises Missing if it doesn't within 10 s."""
        before = self.mark
        self.process.start()
        self.wait_event("boot", 10, after=before)

    def power_cut(self) -> None:
        """SIGKILL: what it didn't get acknowledged is forgotten."""
        self.process.kill()

    def freeze(self) -> None:
        """The node hangs (SIGSTOP)."""
        self.process.freeze()

    def thaw(self) -> None:
        """It goes on."""
        self.process.thaw()
