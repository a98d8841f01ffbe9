"""Outputs on a sensor node, its real firmware behind a line: switched, read back, else a trouble; no disk, no network."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway import outputs
from gateway.app import App
from gateway.clock import Clock
from gateway.crew import end
from gateway.hub.boot import boot
from gateway.hub.suspects import Suspects
from gateway.sim.node import MAIN, Node
from gateway.sim.wire import Wire
from gateway.site import load

SITE = """
gateway = {{id = "g", site = "s"}}
store = {{path = "/proc/no-disk-here/anju.db"}}
homes.flat = {{}}
ports.line = {{type = "serial", path = "{tty}", driver = "node"}}
devices.kitchen = {{home = "flat", port = "line", address = "a1b2c3d4"}}
outputs.horn = {{home = "flat", kind = "siren", device = "kitchen", line = 0}}
outputs.valve = {{home = "flat", kind = "gas-valve", device = "kitchen", line = 1}}
outputs.door = {{home = "flat", kind = "door-release", device = "kitchen", line = 2}}
outputs.light = {{home = "flat", kind = "strobe", device = "kitchen", line = 3}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1", port = 1}}
"""
RELAYS = {"valve": 1, "door": 2}
NO_RELAY = "light"
"""Wired in the site to a relay that this node doesn't have."""


class Flat:
    def __init__(self, app: App, node: Node, wire: Wire) -> None:
        self.app, self.node, self.wire = app, node, wire

    async def until(self, true: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.005)

    def state(self, name: str) -> tuple[bool, bool | None, bool]:
        one = self.app.outputs.state[name]
        return one.on, one.seen, one.ok

    def hear(self, **values: int) -> None:
        for quantity, value in values.items():
            self.node.set(quantity, value)

    def done(self, relay: int) -> list[Any]:
        return [said["on"] for said in self.node.events("output") if said["output"] == relay]


@asynccontextmanager
async def flat(folder: Path) -> AsyncIterator[Flat]:
    with Wire(folder) as wire, Node(wire.node_path) as node:
        (folder / "site.toml").write_text(SITE.format(tty=wire.gateway_path), encoding="utf-8")
        site, clock = load(folder / "site.toml"), Clock()
        suspects = Suspects(folder / "suspects")
        app = App(site, await boot(site, clock, suspects), clock, suspects, 60.0)
        task = asyncio.create_task(app.run())
        there = Flat(app, node, wire)
        try:
            assert not app.booted.durable
            await there.until(lambda: app.ways["line"].up)
            yield there
        finally:
            await end([task])
            await app.booted.store.close()


@pytest.mark.skipif(not MAIN.exists(), reason="the firmware isn't in this checkout")
@pytest.mark.timeout(120)
async def test_without_disk_and_network_a_nodes_relays_act_and_are_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in outputs.PATIENCE:
        monkeypatch.setitem(outputs.PATIENCE, kind, (0.1, 0.5))
    async with flat(tmp_path) as there:
        assert not there.app.uplinks["platform"].up
        there.hear(smoke=1, gas_alarm=1)
        await there.until(lambda: there.state("valve") == (True, True, True) == there.state("horn"))
        assert there.done(RELAYS["valve"]) == [True], "once, whatever was sent again"
        await there.until(lambda: there.state(NO_RELAY)[1] is False)  # the node says that it has no such relay
        there.node.freeze()  # it hangs: what it does now nobody knows
        there.app.outputs.state["horn"].seen = None
        await there.until(lambda: not there.state("horn")[2] and not there.state(NO_RELAY)[2])
        there.node.thaw()
        await there.until(lambda: there.state("horn") == (True, True, True))
        before = len(there.done(RELAYS["valve"]))
        there.node.power_cut()  # its relays fall back
        there.node.start()
        there.hear(smoke=1, gas_alarm=1)
        await there.until(lambda: there.done(RELAYS["valve"])[before:] == [True])
        await there.until(lambda: there.state("valve") == (True, True, True) == there.state("horn"))
