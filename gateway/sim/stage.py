"""The stage: flat, lines, broker, link, platform and a whole gateway, opened and closed together.

Broker and gateway live in the event loop; nodes are processes; lines, link and platform have a thread each.
"""

import asyncio
from contextlib import AbstractContextManager, AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Self

from drivers.shipped import shipped
from gateway import lives
from gateway.app import App
from gateway.hub.boot import lock
from gateway.sim import flat
from gateway.sim.broker import Broker
from gateway.sim.ledger import Made
from gateway.sim.link import LOOPBACK, Link
from gateway.sim.node import Node
from gateway.sim.platform import Platform
from gateway.sim.tap import Tap
from gateway.sim.wire import Wire
from gateway.site import Site, load
from gateway.words import Language

GROUP = 1.0
"""Seconds that telemetry waits for its commit here: a real gateway waits longer, a spectator doesn't."""
STORE = ("anju.db", "anju.db-wal", "anju.db-shm", "anju.vital", "anju.suspects")


class Stage:
    """An async context manager; raises gateway.hub.boot.Busy if another demo runs in the same folder."""

    def __init__(self, folder: Path, lang: Language) -> None:
        self.folder, self.lang = folder, lang
        self.broker = Broker()
        self.taps: dict[str, Tap] = {}
        self.nodes: dict[str, Node] = {}
        self.link: Link
        self.platform: Platform
        self.site: Site
        self.app: App | None = None
        """The gateway's present life: to look at, not to touch."""
        self.gateway: asyncio.Task[None]
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._build()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._open.aclose()

    async def _build(self) -> None:
        self._open.enter_context(lock(self.folder / STORE[0]))
        for name in STORE:
            (self.folder / name).unlink(missing_ok=True)
        self._open.push_async_callback(self.broker.close)
        await self.broker.open()
        self.link = Link(LOOPBACK, self.broker.port)
        self.platform = Platform(LOOPBACK, self.broker.port, f"{flat.PREFIX}/#")
        wires = {plan.device: self._lay(plan) for plan in flat.PLANS}
        ttys = {device: wire.gateway_path for device, wire in wires.items()}
        for piece in (self.link, self.platform):
            await self._enter(piece)
        await asyncio.gather(*map(self._enter, wires.values()))
        self.site = load(flat.write_site(self.folder, self.lang, ttys, self.link.port))
        self.gateway = asyncio.create_task(lives.live(self.site, group=GROUP, opened=self._opened), name="gateway")
        self._open.push_async_callback(self._stop_gateway)
        for plan in flat.PLANS:
            node = Node(wires[plan.device].node_path, plan.address, plan.device, *plan.options())
            self.nodes[plan.device] = node
        await asyncio.gather(*map(self._enter, self.nodes.values()))

    def _lay(self, plan: flat.Plan) -> Wire:
        tap = self.taps[plan.device] = Tap(shipped()["node"])
        wire = Wire(self.folder.resolve() / "tty", plan.device)
        wire.tape.listen(tap.hear)
        return wire

    async def _enter(self, piece: AbstractContextManager[Any]) -> None:
        """Opening and closing may wait for the broker or the gateway, which live in this loop."""
        await asyncio.to_thread(piece.__enter__)
        self._open.push_async_callback(asyncio.to_thread, piece.__exit__, None, None, None)

    def made(self) -> list[Made]:
        """What all nodes repeat until acknowledged."""
        return [one for node in self.nodes.values() for one in node.made()]

    def _opened(self, life: App) -> None:
        self.app = life

    async def _stop_gateway(self) -> None:
        self.gateway.cancel()
        with suppress(asyncio.CancelledError):
            await self.gateway
