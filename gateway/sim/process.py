"""A program under test: its lines as they come, and the signals it gets."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from gateway.sim.record import Record

ROOT = Path(__file__).resolve().parents[2]
"""Of the checkout; where the wheel is installed, of its packages."""
ANJU = (sys.executable, "-c", "import sys; from gateway.cli import main; sys.exit(main())")
"""The command ``anju`` of this checkout, installed or not."""


class Line(NamedTuple):
    """One line that a program wrote."""

    at: float
    """Monotonic seconds."""
    text: str

    def event(self) -> dict[str, Any]:
        """The line as a JSON object; empty if it isn't one."""
        with contextlib.suppress(ValueError):
            said = json.loads(self.text)
            if isinstance(said, dict):
                return said
        return {}


class Process:
    """A program in a process group of its own. Lines of all its lives stay in one Record."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.lines: Record[Line] = Record(name)
        self.lives = 0
        self._command = list(command)
        self._env = {**os.environ, **(env or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of the life that runs now, or ran last."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """True from start() until its end by whatever cause."""
        return self._process is not None and self._process.poll() is None

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Begin a life (``env`` for this one only); stderr is read together with stdout."""
        assert not self.running, f"{self.name} is running already"
        self.lives += 1
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env={**self._env, **(env or {})}, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self.lines.add(Line(time.monotonic(), line.decode(errors="replace").rstrip("\r\n")))

    def tail(self, count: int = 30) -> str:
        """The end of what it wrote."""
        return "\n".join(line.text for line in self.lines.all()[-count:])

    def say(self, text: str) -> None:
        """Write a line to its stdin."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode() + b"\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL, as a power cut: returns when it is gone and all it wrote is read."""
        self.signal(signal.SIGKILL)
        self.wait(10)

    def freeze(self) -> None:
        """SIGSTOP."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.signal(signal.SIGCONT)

    def signal(self, number: int) -> None:
        """To the process itself; nothing happens if it has ended."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises subprocess.TimeoutExpired. The pipes are closed and read to their end."""
        assert self._process is not None
        code = self._process.wait(timeout)
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._reader is not None:
            self._reader.join(timeout)
        return code

    def stop(self, timeout: float = 10) -> int | None:
        """SIGTERM (SIGKILL if that isn't heard in ``timeout`` seconds); the exit code, None if it never started."""
        if self._process is None:
            return None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode
