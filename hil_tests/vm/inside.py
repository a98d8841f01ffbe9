"""What a guest talks to: the program outside that plays the air, and the daemons beside it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

BLUETOOTHD: Final = "/usr/libexec/bluetooth/bluetoothd"
BUS: Final = "/run/dbus/system_bus_socket"
ROOM: Final = Path("/proc/sys/net/core/rmem_default")
PORTS: Final = Path("/sys/class/virtio-ports")


class Radio:
    """What outside plays the air: ``await radio("advert", address=…, data=…)``."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._count, self._rest = 0, b""
        asyncio.get_running_loop().add_reader(self._file, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._file, 1 << 16)
        except BlockingIOError:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            said = json.loads(line)
            waiting = self._waiting.pop(said.pop("id"))
            if "error" in said:
                waiting.set_exception(RuntimeError(said["error"]))
            else:
                waiting.set_result(said)

    async def __call__(self, do: str, **asked: Any) -> dict[str, Any]:
        """Have it done -> what it says to that."""
        self._count += 1
        answer = self._waiting[self._count] = asyncio.get_running_loop().create_future()
        os.write(self._file, json.dumps({"id": self._count, "do": do, **asked}).encode() + b"\n")
        return await asyncio.wait_for(answer, 120)

    async def ahead(self) -> float:
        """Seconds by which the clock outside is ahead of ours, by the quickest of some questions."""
        best = (1e9, 0.0)
        for _ in range(20):
            before = time.monotonic()
            at = (await self("time"))["at"]
            took = time.monotonic() - before
            best = min(best, (took, at - before - took / 2))
        return best[1]


class Daemons:
    """dbus-daemon, bluetoothd and the bridge, as children."""

    def __init__(self, *, experimental: bool, room: str = "") -> None:
        """``room``: bytes that may wait for a socket; the kernel's own default is 212,992."""
        self.experimental = experimental
        if room:
            ROOM.write_text(room)
        self._bluetoothd: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """All of them; returns when the bus is there."""
        for folder in ("/run/dbus", "/var/lib/bluetooth", "/var/lib/dbus"):
            Path(folder).mkdir(parents=True, exist_ok=True)
        subprocess.run(["dbus-uuidgen", "--ensure=/etc/machine-id"], check=False)
        address = f"--address=unix:path={BUS}"
        subprocess.Popen(["dbus-daemon", "--system", "--nofork", "--nopidfile", address])
        while not Path(BUS).exists():
            time.sleep(0.02)
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={BUS}"
        self.start_bluetoothd()
        subprocess.Popen([sys.executable, "-m", "hil_tests.vm.bridge", str(port("hci"))])

    def start_bluetoothd(self) -> None:
        """With what it was started with before."""
        options = ["--experimental"] if self.experimental else []
        self._bluetoothd = subprocess.Popen(
            [BLUETOOTHD, "--nodetach", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill_bluetoothd(self) -> None:
        """SIGKILL."""
        assert self._bluetoothd is not None
        self._bluetoothd.kill()
        self._bluetoothd.wait()

    @asynccontextmanager
    async def overhear(self) -> AsyncIterator[dict[str, list[int]]]:
        """Follow the crowd's adverts on their way (overheard.py) -> filled at the end."""
        program, pipe = (sys.executable, "-m", "hil_tests.vm.overheard"), asyncio.subprocess.PIPE
        there = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe, limit=1 << 22)
        assert there.stdout is not None
        async with asyncio.timeout(30.0):
            if await there.stdout.readline() != b"ready\n":
                raise RuntimeError("nobody can overhear the way of an advert here")
        found: dict[str, list[int]] = {}
        yield found
        async with asyncio.timeout(30.0):
            said, _ = await there.communicate(b"")
        found.update(json.loads(said))

    def hold_bluetoothd(self, on: bool) -> None:
        """It gets no processor time, as on an overloaded machine; or goes on."""
        assert self._bluetoothd is not None
        self._bluetoothd.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def version(self) -> str:
        """Of bluetoothd."""
        return subprocess.run([BLUETOOTHD, "--version"], capture_output=True, text=True, check=False).stdout.strip()


def port(name: str) -> Path:
    """The device file of a port to the outside; udev isn't here to name it."""
    for entry in PORTS.iterdir():
        if (entry / "name").exists() and (entry / "name").read_text().strip() == name:
            return Path("/dev") / entry.name
    raise FileNotFoundError(f"no virtio port {name}")
