"""A whole gateway in the test's own loop, on a store in a folder: what the tests of control and people ask."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from drivers.reading import Frame
from gateway.app import App
from gateway.cli import main
from gateway.clock import Clock
from gateway.control.client import ask
from gateway.control.name import socket_of
from gateway.crew import end
from gateway.hub.boot import boot
from gateway.hub.conftest import say
from gateway.hub.suspects import Suspects
from gateway.site import load

TOML = """
[gateway]
id = "gw-1"
site = "estate"
language = "en"
[homes.flat]
title = "Flat 501"
[homes.other]
title = "Flat 502"
[ports.line-1]
type = "serial"
path = "/dev/nothing-here"
driver = "node"
[devices.kitchen]
home = "flat"
room = "kitchen"
port = "line-1"
address = "a1b2c3d4"
[devices.hall]
home = "other"
port = "line-1"
address = "000000aa"
[channels.push]
type = "ntfy"
url = "http://127.0.0.1:9"
[people.wang]
title = "Mrs Wang"
role = "carer"
homes = ["flat"]
channels = ["push"]
addresses = {push = "wang"}
[people.desk]
role = "property"
channels = ["push"]
addresses = {push = "desk"}
"""


class Running:
    """One gateway that runs; its line is fed by hand."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app, self._clock = app, clock

    def hear(self, data: bytes) -> None:
        """The kitchen's node says this."""
        self.app.inbox.put(Frame("line-1", self._clock.now(), data))

    async def smoke(self) -> str:
        """Smoke in the kitchen -> the id of its alert."""
        self.hear(say("ALARM", 1, smoke=1))
        await self.until(lambda: any(one.rule == "smoke" for one in self.app.booted.fold.engine.open()))
        return next(one.id for one in self.app.booted.fold.engine.open() if one.rule == "smoke")

    def told(self, rule: str) -> bool:
        """Whether an alert of this rule is open and was told."""
        return any(one.rule == rule and one.n for one in self.app.booted.fold.engine.open())

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110 - many things are waited for
                await asyncio.sleep(0.002)


@asynccontextmanager
async def running(
    folder: Path, more: str = "", toml: str = TOML, clock: Clock | None = None
) -> AsyncIterator[Running]:
    """A gateway with this site on a store in this folder."""
    (folder / "site.toml").write_text(toml + more, encoding="utf-8")
    site, clock = load(folder / "site.toml"), clock or Clock()
    suspects = Suspects(site.store.path.with_suffix(".suspects"))
    app = App(site, await boot(site, clock, suspects), clock, suspects, 60.0)
    task = asyncio.create_task(app.run())
    gateway = Running(app, clock)
    try:
        await gateway.until(lambda: task.done() or app.control.path.exists())
        yield gateway
        if task.done():
            task.result()
    finally:
        await end([task])
        await app.booted.store.close()


def path_of(folder: Path) -> Path:
    """The socket of the gateway there."""
    return socket_of(folder / "data/anju.db")


async def asked(folder: Path, call: str, **said: Any) -> dict[str, Any]:
    """What the gateway there answers."""
    return dict(await asyncio.to_thread(ask, path_of(folder), call, **said))


async def command(folder: Path, *words: str) -> int:
    """The exit status of ``anju`` beside the gateway there."""
    return await asyncio.to_thread(main, [*words, "--site", str(folder / "site.toml"), "--lang", "en"])
