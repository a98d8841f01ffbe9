"""The console of a real board on a USB tty: a ``Console`` for the account of its node."""

import os
import threading
import time
import tty
from pathlib import Path

from gateway.sim.process import Line
from gateway.sim.record import Record


class Board:
    """Open from the start; ``close`` lets go of the tty."""

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
