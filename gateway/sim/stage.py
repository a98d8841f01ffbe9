"""The stage: flat, lines, broker, link, platform and a whole gateway in one event loop, opened and closed together."""

import asyncio
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Self

from drivers.driver import shipped
from gateway import app
from gateway.hub.boot import lock
from gateway.sim import flat
from gateway.sim.broker import Broker
from gateway.sim.line import Line, Tap
from gateway.sim.link import Link
from gateway.sim.node import Node
from gateway.sim.platform import Platform
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
        self.app: app.App | None = None
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
        self.link = Link(self.broker.port)
        self._open.push_async_callback(self.link.close)
        await self.link.open()
        self.platform = Platform(self.broker.port, flat.PREFIX)
        self._open.push_async_callback(self.platform.close)
        await self.platform.open()
        lines = {plan.device: self._lay(plan) for plan in flat.PLANS}
        ttys = {device: line.gateway_path for device, line in lines.items()}
        self.site = load(flat.write_site(self.folder, self.lang, ttys, self.link.port))
        self.gateway = asyncio.create_task(app.live(self.site, group=GROUP, opened=self._opened), name="gateway")
        self._open.push_async_callback(self._stop_gateway)
        for plan in flat.PLANS:
            node = Node(plan.device, plan.address, lines[plan.device].node_path, *plan.options())
            self.nodes[plan.device] = node
            self._open.push_async_callback(node.close)
        await asyncio.gather(*(node.open() for node in self.nodes.values()))

    def _lay(self, plan: flat.Plan) -> Line:
        tap = self.taps[plan.device] = Tap(shipped()["node"])
        line = Line(tap)
        self._open.callback(line.close)
        return line

    def _opened(self, life: app.App) -> None:
        self.app = life

    async def _stop_gateway(self) -> None:
        self.gateway.cancel()
        with suppress(asyncio.CancelledError):
            await self.gateway
