"""The sensor node: its own firmware as a process on this machine, or a real board behind its USB console.

Both keep an account of what they made and did, apart from the gateway's, as JSON lines: it is one side of the ledger.
"""

import os
import shutil
import sys
import threading
import time
import tty
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, Self

from hil_tests.ledger import Key, Made
from hil_tests.process import ROOT, Line, Process
from hil_tests.record import Missing, Record

MAIN = ROOT / "firmware" / "main.py"


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
        self._console = console
        self._same_clock = same_clock
        self._absorbed = 0
        self._boot = 0
        self._events: list[dict[str, Any]] = []
        self._frames: dict[Key, Made] = {}
        self._waiting: set[Key] = set()

    def set(self, quantity: str, value: float | str) -> None:
        """A sensor of this node now says so."""
        self._console.say(f"set {quantity} {value:g}" if isinstance(value, float) else f"set {quantity} {value}")

    def press(self, code: int = 1, button: str = "button") -> None:
        """1 press, 2 long press, 3 double press."""
        self._console.say(f"press {button} {code}")

    def test(self) -> None:
        """The node's test button."""
        self._console.say("test")

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """All entries of its account, or those of one name; each with ``at`` in monotonic seconds of this machine."""
        self._absorb()
        return [said for said in self._events if not name or said["ev"] == name]

    def wait_event(self, name: str, timeout: float, *, after: int = 0, **want: object) -> dict[str, Any]:
        """The first such entry from line ``after`` on: ``wait_event("sounder", 2, on=True)``; raises Missing."""

        def wanted(line: Line) -> bool:
            said = line.event()
            return said.get("ev") == name and all(said.get(key) == value for key, value in want.items())

        line = self._console.lines.wait(wanted, timeout, after=after)
        return {**line.event(), "at": self._at(line, line.event())}

    @property
    def mark(self) -> int:
        """Number of lines so far, for ``after``."""
        return len(self._console.lines)

    def made(self) -> list[Made]:
        """Every frame that it repeats until acknowledged. What it shed, or took into the dark, is forgotten."""
        self._absorb()
        return list(self._frames.values())

    def lines_quiet(self, seconds: float) -> None:
        """Let so much time pass, or less if it says something."""
        with suppress(Missing):
            self._console.lines.wait(lambda _: True, seconds, after=self.mark)

    def waiting(self) -> int:
        """Frames that were sent and not acknowledged yet. Its queue holds 32; a full one sheds, and says "dropped"."""
        self._absorb()
        return len(self._waiting)

    def wait_acknowledged(self, timeout: float, most: int = 0) -> None:
        """Return once at most so many frames wait for a durable acknowledgement; raises Missing."""
        self._console.lines.wait(lambda _: self.waiting() <= most, timeout, after=max(0, self.mark - 1))

    def _absorb(self) -> None:
        """Read on in the account, from where the last reading ended."""
        for line in self._console.lines.all(self._absorbed):
            self._absorbed += 1
            said = line.event()
            if "ev" in said:
                self._events.append({**said, "at": self._at(line, said)})
                self._note(self._events[-1])

    def _note(self, said: dict[str, Any]) -> None:
        key = Key(self.device, self._boot, said.get("seq") or 0)
        if said["ev"] == "boot":
            self._boot = said["boot"]
            for one in self._waiting:
                self._frames[one] = self._frames[one]._replace(forgotten=True)
            self._waiting.clear()
        elif said["ev"] == "sent":
            self._frames[key] = Made(key, said["at"])
            self._waiting.add(key)
        elif said["ev"] == "acked" and said["status"] == "durable":
            self._frames[key] = self._frames[key]._replace(acked_at=said["at"])
            self._waiting.discard(key)
        elif said["ev"] == "dropped" and said["seq"] is not None:
            self._frames[key] = self._frames[key]._replace(forgotten=True)
            self._waiting.discard(key)

    def _at(self, line: Line, said: dict[str, Any]) -> float:
        return said["t_us"] / 1e6 if self._same_clock and "t_us" in said else line.at


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
        """Power on; returns when the firmware lives."""
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


class Board:
    """The console of a real board on a USB tty: a Console."""

    def __init__(self, path: Path) -> None:
        self.lines: Record[Line] = Record(f"board at {path}")
        self._tty = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._tty)
        threading.Thread(target=self._read, daemon=True).start()

    def say(self, text: str) -> None:
        """One command."""
        os.write(self._tty, text.encode() + b"\n")

    def close(self) -> None:
        """Let go of the tty."""
        os.close(self._tty)

    def _read(self) -> None:
        rest = b""
        try:
            while data := os.read(self._tty, 4096):
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    self.lines.add(Line(time.monotonic(), line.decode(errors="replace").rstrip("\r")))
        except OSError:  # Unplugged or closed: its account ends here.
            return
