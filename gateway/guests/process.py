"""A worker from outside: started, and killed with all that it may have started itself. Never trusted."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""Where our own packages are."""
KEPT: Final = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV")
"""Variables that a worker gets; passwords of the gateway may stand in others."""
TICKS: Final = os.sysconf("SC_CLK_TCK")
PATIENCE: Final = 0.05
"""Seconds for a killed worker to be gone."""
_DYING: Final[list["subprocess.Popen[bytes]"]] = []
"""Killed ones that were not gone in time; looked after when the next one starts."""
LONGEST: Final = 1 << 20
"""Bytes of one answer; more is none."""


class Broke(Exception):
    """The worker ended, hung or said nonsense; the text says which."""


class Starved(Broke):
    """The machine didn't let it, or somebody stopped it: no fault of the driver, nor of what it was asked."""


class Process:
    """One life of one worker. ``socket`` asks it, ``prints`` is a file descriptor with what it prints."""

    def __init__(self, name: str) -> None:
        _DYING[:] = [one for one in _DYING if one.poll() is None]
        self.socket, theirs = socket.socketpair()
        self.prints, printed = os.pipe()
        places = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        environment = {key: os.environ[key] for key in KEPT if key in os.environ}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.guests.worker", name, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                pass_fds=[theirs.fileno()],
                env={**environment, "PYTHONPATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1"},
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            self.socket.close()
            os.close(self.prints)
            raise
        finally:
            theirs.close()
            os.close(printed)

    @property
    def pid(self) -> int:
        """Its number, for who measures it."""
        return self._process.pid

    def spent(self) -> tuple[float, str]:
        """-> (seconds of CPU that it used so far, its state as proc(5) has it: R, S, D, T …); (0, "X") unknown."""
        try:
            said = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(said[11]) + int(said[12])) / TICKS, said[0]
        except (OSError, ValueError, IndexError):
            return 0.0, "X"

    def ended(self) -> bool:
        """Whether it is no more."""
        return self._process.poll() is not None

    def kill(self) -> str:
        """End it -> how it ended: by itself before, or by this."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        try:
            code: int | None = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # It sleeps in the kernel: it ends when it wakes, and nobody waits for that.
            code = None
            _DYING.append(self._process)
        self.socket.close()
        if self.prints >= 0:
            os.close(self.prints)
            self.prints = -1
        if code is None:
            return "it does not end"
        return f"it was ended by signal {-code}" if code < 0 else f"it ended with status {code}"
