"""In the guest: D-Bus, bluetoothd, the bridge to the air, then cases: ``python -m hil_tests.vm.guest [--plain] CASE…``.

Each case says one JSON object on a line of its own: {"case": …, "ok": true, "figures": {…}}, with "why" if it isn't.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

BLUETOOTHD: Final = "/usr/libexec/bluetooth/bluetoothd"
BUS: Final = "/run/dbus/system_bus_socket"
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

    def __init__(self, *, experimental: bool) -> None:
        self.experimental = experimental
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

    def version(self) -> str:
        """Of bluetoothd."""
        return subprocess.run([BLUETOOTHD, "--version"], capture_output=True, text=True, check=False).stdout.strip()


def port(name: str) -> Path:
    """The device file of a port to the outside; udev isn't here to name it."""
    for entry in PORTS.iterdir():
        if (entry / "name").exists() and (entry / "name").read_text().strip() == name:
            return Path("/dev") / entry.name
    raise FileNotFoundError(f"no virtio port {name}")


async def ask(names: list[str], daemons: Daemons) -> bool:
    """All cases, one after the other; True when all are well."""
    from hil_tests.vm.cases import CASES, Bench

    radio = Radio(str(port("control")))
    await radio("plug")
    kernel = os.uname().release
    say(case="machine", ok=True, figures={"bluez": daemons.version(), "kernel": kernel, "up_s": uptime()})
    well = True
    for name in names:
        began = time.monotonic()
        try:
            figures = await asyncio.wait_for(CASES[name](Bench(radio, daemons)), 150)
            say(case=name, ok=True, figures={**figures, "took_s": round(time.monotonic() - began, 1)})
        except Exception as error:
            say(case=name, ok=False, why=f"{type(error).__name__}: {error}", figures={})
            well = False
    return well


def say(**words: Any) -> None:
    """One line to the outside."""
    print(json.dumps(words), flush=True)


def uptime() -> float:
    """Seconds since the kernel began."""
    return float(Path("/proc/uptime").read_text().split()[0])


def main() -> int:
    """0 when all is well."""
    names = [name for name in sys.argv[1:] if name != "--plain"]
    daemons = Daemons(experimental="--plain" not in sys.argv)
    daemons.start()
    return 0 if asyncio.run(ask(names, daemons)) else 1


if __name__ == "__main__":
    sys.exit(main())
