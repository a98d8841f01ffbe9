"""Outputs over real lines with no disk and no network: commanded, confirmed by what is read back, else a trouble."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.reading import Frame
from gateway.app import App
from gateway.clock import Clock
from gateway.crew import end
from gateway.hub.boot import boot
from gateway.hub.conftest import say
from gateway.hub.suspects import Suspects
from gateway.sim.bus.cjt188 import Cjt188
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Speed
from gateway.site import load

SITE = """
gateway = {{id = "g", site = "s"}}
store = {{path = "/proc/no-disk-here/anju.db"}}
homes.flat = {{}}
ports.nodes = {{type = "serial", path = "/dev/nothing-here", driver = "node"}}
ports.relays = {{type = "serial", path = "{relays}", driver = "modbus-waveshare-relay-8", baud = 9600}}
ports.meters = {{type = "serial", path = "{meters}", driver = "cjt188-gas"}}
devices.kitchen = {{home = "flat", port = "nodes", address = "a1b2c3d4"}}
devices.board = {{home = "flat", port = "relays", address = "9"}}
devices.gas = {{home = "flat", port = "meters", address = "12345678901234"}}
outputs.horn = {{home = "flat", kind = "siren", device = "board", line = 2}}
outputs.light = {{home = "flat", kind = "strobe", device = "board", line = 3}}
outputs.door = {{home = "flat", kind = "door-release", device = "board", line = 5}}
outputs.valve = {{home = "flat", kind = "gas-valve", device = "gas", line = 0}}
outputs.bell = {{home = "flat", kind = "siren", gpio = {{chip = "/dev/no-chip", line = 17}}}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1", port = 1}}
"""


class Flat:
    """A gateway whose disk takes nothing and whose platform isn't there, with a relay board and a meter's valve."""

    def __init__(self, app: App, clock: Clock, board: Modbus, meter: Cjt188, relays: BusLine) -> None:
        self.app, self._clock, self.board, self.meter, self.relays = app, clock, board, meter, relays

    def hear(self, seq: int, **values: float) -> None:
        self.app.inbox.put(Frame("nodes", self._clock.now(), say("ALARM", seq, values=values)))

    async def until(self, true: Callable[[], bool], seconds: float = 15) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.01)

    def is_up(self) -> bool:
        return self.app.ways["relays"].up and self.app.ways["meters"].up

    def coil(self, number: int) -> object:
        return self.board.values[f"output_on#{number + 1}"]

    def state(self, name: str) -> tuple[bool, bool | None, bool]:
        one = self.app.outputs.state[name]
        return one.on, one.seen, one.ok


@asynccontextmanager
async def flat(folder: Path) -> AsyncIterator[Flat]:
    coils = {f"output_on{f'#{n}' * (n > 1)}": False for n in range(1, 9)}
    board = Modbus("waveshare-relay-8", 9, coils, Speed(9600))
    meter = Cjt188("12345678901234", {"gas_m3": 1.0}, kind=0x30)
    meter.travel = 0.2
    with BusLine(folder, [board], "relays") as relays, BusLine(folder, [meter], "meters") as meters:
        (folder / "site.toml").write_text(SITE.format(relays=relays.path, meters=meters.path), encoding="utf-8")
        site, clock = load(folder / "site.toml"), Clock()
        suspects = Suspects(folder / "suspects")
        app = App(site, await boot(site, clock, suspects), clock, suspects, 60.0)
        task = asyncio.create_task(app.run())
        there = Flat(app, clock, board, meter, relays)
        try:
            assert not app.booted.durable
            await there.until(there.is_up)
            yield there
        finally:
            await end([task])
            await app.booted.store.close()


@pytest.mark.timeout(120)
async def test_without_disk_and_network_each_output_acts_is_confirmed_or_is_a_trouble(tmp_path: Path) -> None:
    async with flat(tmp_path) as there:
        assert not there.app.uplinks["platform"].up
        there.hear(1, smoke=1, gas_alarm=1)
        await there.until(lambda: there.coil(2) is True and there.coil(3) is True)
        await there.until(lambda: there.state("horn") == (True, True, True) == there.state("light"))
        await there.until(lambda: there.state("valve") == (True, True, True), 60)
        await there.until(lambda: there.state("bell")[2] is False)  # a chip that isn't there
        there.relays.unplug()
        there.app.outputs.state["horn"].seen = None  # what it does now nobody knows
        await there.until(lambda: there.state("horn")[2] is False)
        there.relays.replug()
        await there.until(lambda: there.state("horn") == (True, True, True), 30)
        assert there.state("valve")[0] is True
