"""One sensor node: its own firmware as a process, and its account of what it made, apart from the gateway's.

The firmware's clock and ours are the same (CLOCK_MONOTONIC), so its times can be compared with the platform's.
"""

import asyncio
import contextlib
import json
import logging
import shutil
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from gateway.sim.ledger import Key, Made
from gateway.sim.record import Record

log = logging.getLogger(__name__)

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware" / "main.py"
Said = dict[str, Any]
"""One entry of a node's account: ``ev``, ``at`` (monotonic seconds), and what belongs to that event."""


def find_micropython() -> str | None:
    """Beside this Python, or in PATH; None where there is no wheel of it."""
    return shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")


class Node:
    """The firmware under a real MicroPython, or under this CPython where there is none."""

    def __init__(self, device: str, address: str, port: str, *options: str) -> None:
        self.device = device
        self.account: Record[Said] = Record(f"node {device}")
        self._command = [
            find_micropython() or sys.executable, str(FIRMWARE),
            "--port", port, "--id", address, "--exit-on-eof", *options,
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None
        self.life: asyncio.Task[None]
        """Ends when the process does."""

    async def open(self) -> None:
        """Power on; returns when the firmware lives, raises Missing if it doesn't within 10 s."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; the node ends when we say so.
        )
        self.life = asyncio.create_task(self._read(), name=f"node {self.device}")
        await self.account.wait(lambda said: said["ev"] == "boot", 10)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = None
            with contextlib.suppress(ValueError):
                said = json.loads(line)
            if isinstance(said, dict) and "ev" in said:
                self.account.add({**said, "at": said["t_us"] / 1e6 if "t_us" in said else time.monotonic()})
            else:
                log.warning("node %s: %s", self.device, line.decode(errors="replace").rstrip())

    def set(self, quantity: str, value: float) -> None:
        """A sensor of this node now says so."""
        self._say(f"set {quantity} {value:g}")

    def press(self) -> None:
        """Its call button, once."""
        self._say("press button 1")

    def _say(self, text: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode() + b"\n")

    def made(self) -> list[Made]:
        """Every frame that it repeats until acknowledged."""
        boot = 0
        frames: dict[Key, Made] = {}
        for said in self.account.entries:
            if said["ev"] == "boot":
                boot = said["boot"]
            elif said["ev"] == "sent":
                key = Key(self.device, boot, said["seq"])
                frames[key] = Made(key, said["at"])
            elif said["ev"] == "acked" and said["status"] == "durable":
                key = Key(self.device, boot, said["seq"])
                frames[key] = frames[key]._replace(acked_at=said["at"])
        return list(frames.values())

    def reactions(self, points: Collection[str], output: int) -> list[float]:
        """Seconds from the first sending of each alarm of ``points`` to this node's output coming on for it."""
        found, since = [], None
        for said in self.account.entries:
            if said["ev"] == "sent" and any(said["values"].get(point) is True for point in points):
                since = said["at"]
            elif said["ev"] == "output" and said["output"] == output:
                if said["on"] and since is not None:
                    found.append(said["at"] - since)
                since = None
        return found

    async def close(self) -> None:
        """Close its stdin, which ends it; SIGKILL if that isn't heard in 2 s."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(2):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self.life
