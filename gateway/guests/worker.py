"""The worker's program: ``python -m gateway.guests.worker NAME FD``. It runs one third party's driver and nothing else.

On the socket FD one JSON object a line each way:

    {"do": "card", "addresses": […]}             -> the driver's card (drivers/guest.py)
    {"do": "begin", "memories": {…}, "keys": {…}}-> {}      what its devices left in memory, and their secrets
    {"do": "cut", "data": HEX}                   -> {"frames": [HEX], "rest": HEX}
    {"do": "read", "port": …, "frame": HEX}      -> what it says, or {"bad": why} for no frame, {"raised": …} for a bug

It limits itself before a line of the driver runs: memory, files, priority; and it dies with the gateway.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import sys
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from drivers import guest
from drivers.driver import BadFrame, Driver, Memory
from gateway.guests.entries import NoDriver, load
from gateway.hub.routes import decode, head_of

MEMORY: Final = 256 << 20
"""Bytes of data that it may hold."""
FILES: Final = 64
NICE: Final = 10
DEVICES: Final = 1024
"""Devices whose memory is kept; beyond it that of the one not heard for longest is dropped."""
_DIE_WITH_PARENT: Final = 1


def main(name: str, fd: int) -> None:
    """Serve until the gateway closes the socket."""
    limit()
    with socket.socket(fileno=fd) as connection, connection.makefile("rwb") as lines:
        try:
            worker = Worker(load(name))
        except NoDriver as error:
            lines.write(json.dumps({"broken": str(error)}).encode() + b"\n")
            return
        lines.write(b"{}\n")
        lines.flush()
        # What it prints goes to the log; what it would write to a disk goes nowhere.
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        for line in lines:
            lines.write(json.dumps(worker.answer(json.loads(line))).encode() + b"\n")
            lines.flush()
            sys.stdout.flush()


def limit() -> None:
    """Bound what this process may take; the gateway's end ends it too."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    with suppress(OSError):  # When the machine runs out of memory, this process goes first.
        Path("/proc/self/oom_score_adj").write_text("1000")


class Worker:
    """One driver and what its devices left in memory."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._memories: OrderedDict[str, Memory] = OrderedDict()
        self._keys: dict[str, str] = {}

    def answer(self, said: dict[str, Any]) -> dict[str, Any]:
        """One request; whatever the driver raises is an answer too."""
        try:
            match said["do"]:
                case "card":
                    return guest.card(self._driver, said["addresses"])
                case "begin":
                    self._memories, self._keys = OrderedDict(said["memories"]), said["keys"]
                    return {}
                case "cut":
                    return self._cut(bytes.fromhex(said["data"]))
                case _:
                    return self._read(said["port"], bytes.fromhex(said["frame"]))
        except BadFrame as bad:
            return {"bad": str(bad.why)[:200]}
        except Exception as error:
            return {"raised": f"{type(error).__name__}: {error}"[:200]}

    def _cut(self, data: bytes) -> dict[str, Any]:
        if self._driver.link != "serial":
            return {"frames": [data.hex()], "rest": ""}
        frames, rest = self._driver.cut(data)
        return {"frames": [frame.hex() for frame in frames], "rest": rest.hex()}

    def _read(self, port: str, frame: bytes) -> dict[str, Any]:
        """As the fold does it with a driver of ours: a memory is kept if there was news."""
        head = head_of(self._driver, frame)
        key = f"{port}/{head.address}"
        decoded = decode(self._driver, head, self._memories.get(key, {}), self._keys.get(key, ""))
        if decoded.fresh and (decoded.values or head.alarm):
            self._memories[key] = decoded.memory
            self._memories.move_to_end(key)
            while len(self._memories) > DEVICES:
                self._memories.popitem(last=False)
        return guest.said_of(head, decoded)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
