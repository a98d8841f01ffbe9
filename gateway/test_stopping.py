"""A gateway that is told to stop was listening until then: not until its last sensor spoke."""

import asyncio
import json
from pathlib import Path

from gateway.control.conftest import running
from gateway.store.look import look

QUIET = 0.4
"""Seconds in which nobody says anything before it is told to stop."""


async def test_the_time_off_begins_when_it_stops(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await gateway.smoke()
        heard = gateway.app.booted.fold.now
        await asyncio.sleep(QUIET)
        stopped = gateway.app.clock.now()
    async with running(tmp_path) as gateway:
        fold = gateway.app.booted.fold
        await gateway.until(lambda: fold.now > stopped)
        at = fold.now
    frames = [frame for _, frame in (await look(tmp_path / "data/anju.db")).frames]
    boots = [json.loads(frame.data) for frame in frames if frame.port == "boot"]
    assert len(boots) == 2
    assert boots[1]["downtime"] <= at - stopped, "the quiet before is no time off"
    assert boots[1]["downtime"] < at - heard - QUIET / 2
