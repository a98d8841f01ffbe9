"""A changed site while the gateway runs: devices of a third party's driver come and go, and so does its worker."""

import asyncio
from pathlib import Path

import pytest

from drivers.reading import Frame
from gateway.control.conftest import Running, running
from gateway.reload import take
from gateway.site import load

HEAD = """
gateway = {id = "g", site = "s"}
homes.flat = {}
ports.line-1 = {type = "serial", path = "/dev/nothing-1", driver = "node"}
devices.kitchen = {home = "flat", port = "line-1", address = "a1b2c3d4"}
"""
TWO, THREE = (
    f'ports.line-{n} = {{type = "serial", path = "/dev/nothing-{n}", driver = "odd"}}\n' for n in (2, 3)
)
WARM, COLD, FAR = (
    'devices.warm = {home = "flat", port = "line-2", address = "t1"}\n',
    'devices.cold = {home = "flat", port = "line-2", address = "t2"}\n',
    'devices.far = {home = "flat", port = "line-3", address = "t3"}\n',
)


class Stage:
    def __init__(self, folder: Path, gateway: Running) -> None:
        self.folder, self.gateway, self.app = folder, gateway, gateway.app

    async def change(self, *devices: str) -> None:
        (self.folder / "site.toml").write_text(HEAD + "".join(devices), encoding="utf-8")
        await take(self.app, await asyncio.to_thread(load, self.folder / "site.toml"))

    async def heard(self, device: str, port: str, address: str, value: float) -> None:
        """It says something, and that is folded under its name."""
        at = self.app.clock.now()
        self.app.inbox.put(Frame(port, at, f"{address} {value}\n".encode()))
        await self.gateway.until(lambda: (self.app.booted.fold.engine.heard(device) or 0.0) >= at)

    def worker(self) -> int:
        return self.app.guests["odd"].pid if "odd" in self.app.guests else 0


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]


@pytest.mark.usefixtures("odd")
async def test_devices_of_a_third_partys_driver_come_and_go_while_the_gateway_runs(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    async with running(folder, toml=HEAD) as gateway, asyncio.timeout(20):
        stage = Stage(folder, gateway)
        assert not stage.worker()
        await stage.change(TWO, WARM)
        await stage.heard("warm", "line-2", "t1", 20.5)
        first = stage.worker()
        await stage.change(TWO, WARM, COLD)
        await stage.heard("cold", "line-2", "t2", 3.5)
        await stage.heard("warm", "line-2", "t1", 21.5)
        await stage.change(TWO, WARM, COLD, THREE, FAR)
        await stage.heard("far", "line-3", "t3", 7.5)
        await stage.change(TWO, COLD, THREE, FAR)
        await stage.heard("far", "line-3", "t3", 8.5)
        assert lives(stage.worker())
        last = stage.worker()
        await stage.change()
        assert "odd" not in gateway.app.guests
        await gateway.until(lambda: not lives(last) and not lives(first))
        assert not gateway.app.inbox.diverted
        await stage.change(TWO, WARM)
        await stage.heard("warm", "line-2", "t1", 22.5)
