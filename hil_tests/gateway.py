"""``anju run`` as a process that can be killed at any instant and started again on the same store."""

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gateway.sim.process import ANJU, Process
from gateway.sim.record import Missing

READY = "anju is up"


class Gateway(Process):
    """Runs one site file; ``env`` holds for all its lives."""

    def __init__(self, site: Path, env: Mapping[str, str] | None = None) -> None:
        super().__init__("gateway", [*ANJU, "run", "--site", str(site)], {"PYTHONUNBUFFERED": "1", **(env or {})})
        self.site = site

    def up(self, timeout: float = 15, env: Mapping[str, str] | None = None) -> float:
        """Start (``env`` for this life only); return the monotonic second at which it said that it is up."""
        before = len(self.lines)
        self.start(env)
        return self._ready(before, timeout)

    def _ready(self, before: int, timeout: float) -> float:
        try:
            return self.lines.wait(lambda line: READY in line.text, timeout, after=before).at
        except Missing:
            raise Missing(f"the gateway isn't up after {timeout} s:\n{self.tail()}") from None

    def restart(self, timeout: float = 15) -> float:
        """SIGKILL and start again."""
        self.kill()
        return self.up(timeout)

    def interrupt(self, timeout: float = 10) -> int:
        """SIGINT, as Ctrl-C: the exit code."""
        self.signal(signal.SIGINT)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Missing(f"the gateway didn't stop in {timeout} s:\n{self.tail()}") from None
