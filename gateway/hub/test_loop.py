"""The hub's loop: deadlines are met while a line babbles."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

from drivers.reading import Frame
from drivers.shipped import shipped
from gateway.clock import Clock
from gateway.hub.boot import boot
from gateway.hub.committer import Committer
from gateway.hub.conftest import SITE, say
from gateway.hub.loop import TURN, Hub
from gateway.hub.suspects import Suspects
from gateway.inbox import Inbox
from gateway.outputs import Outputs


class Babble(Inbox):
    """An inbox that is never empty: garbage comes in as fast as it is taken out."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def take(self, most: int) -> list[Frame]:
        for _ in range(2 * TURN - len(self)):
            self.put(Frame("line-1", self._clock.now(), os.urandom(9)))
        return super().take(most)


async def test_a_deadline_is_met_though_garbage_never_ends(tmp_path: Path) -> None:
    time = 0.0
    clock = Clock(lambda: time, lambda: 1.8e9 + time, lambda: True)
    site = replace(SITE, store=replace(SITE.store, path=tmp_path / "anju.db"))
    suspects = Suspects(tmp_path / "anju.suspects")
    booted = await boot(site, clock, suspects)
    inbox = Babble(clock)

    def send(port: str, data: bytes, address: str) -> bool:
        return True

    committer = Committer(
        booted,
        clock=clock,
        inbox=inbox,
        outboxes={},
        send=send,
        path=site.store.path,
        keep_days=30,
        max_bytes=10**9,
        group=60.0,
    )
    outputs = Outputs(site, shipped(), send)
    hub = Hub(booted.fold, clock=clock, inbox=inbox, outputs=outputs, committer=committer, suspects=suspects, send=send)
    hub.step(Frame("line-1", clock.now(), say("READING", 1, temperature_c=20)))
    inbox.take(0)
    task = asyncio.create_task(hub.run())
    for _ in range(10):
        await asyncio.sleep(0)
    assert hub.fold.engine.open() == []
    while time < 700.0:
        time += 4.0  # more at once would be a sleep, in which nobody listens
        for _ in range(3):
            await asyncio.sleep(0)
    silent = [alert for alert in hub.fold.engine.open() if alert.rule == "sensor-silent"]
    assert [(alert.state, alert.at) for alert in silent] == [("firing", 600.0)]
    assert len(inbox) >= TURN
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await booted.store.close()
