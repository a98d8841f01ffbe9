"""A site with a radio, a stand-in for BlueZ, and a port that listens to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.advert import Advert, unpacked
from drivers.reading import Frame
from gateway.clock import boot_time
from gateway.inbox import Inbox
from gateway.ports.ble.pace import Pace
from gateway.ports.ble.port import Ble
from gateway.sim.bluez import Bus, find_dbus_daemon
from gateway.site import Site, loads

A, B, STRANGER = "A4:C1:38:00:00:01", "A4:C1:38:00:00:02", "C0:FF:EE:00:00:01"
KEY = "231d39c1d7cc1ab1aee224cd096db932"
TOML = """
[gateway]
id = "gw"
site = "estate"
[homes.flat]
[ports.ble]
type = "ble"
driver = "bthome"
[devices.smoke]
home = "flat"
port = "ble"
address = "a4:c1:38:00:00:01"
silent_after = "10m"
[devices.button]
home = "flat"
port = "ble"
address = "a4:c1:38:00:00:02"
[devices.sealed]
home = "flat"
port = "ble"
address = "54:48:e6:8f:80:a5"
"""
QUICK = Pace(first=0.02, longest=0.1, tick=0.02, grace=0.3)


def site_of(toml: str = TOML) -> Site:
    """A site of this text, with the key of its encrypted device."""
    site = loads(json.dumps({"format": 1, "site": toml, "packs": {}, "files": {}}))
    return replace(site, keys={"sealed": KEY})


@pytest.fixture
async def bus() -> AsyncIterator[Bus]:
    """A private bus, which bleak takes for the system's."""
    if find_dbus_daemon() is None:
        pytest.skip("dbus-daemon isn't installed: make test brings it")
    async with Bus() as bus:
        yield bus


class Life:
    """A port at work, and what the hub would get of it."""

    def __init__(self, toml: str = TOML, pace: Pace = QUICK, now: Callable[[], float] = boot_time) -> None:
        self.inbox = Inbox()
        site = site_of(toml)
        self.port = Ble(site.radios["ble"], site, self.inbox, now, pace)
        self._frames: list[Frame] = []

    async def __aenter__(self) -> "Life":
        self._task = asyncio.create_task(self.port.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def frames(self) -> list[Frame]:
        """All that came so far."""
        self._frames += self.inbox.take(100_000)
        return self._frames

    def adverts(self) -> list[Advert]:
        """Of them, what was heard."""
        return [unpacked(frame.data) for frame in self.frames() if frame.port.startswith("ble:")]

    def health(self) -> list[dict[str, Any]]:
        """Of them, how the port says it is."""
        return [json.loads(frame.data)["values"] for frame in self.frames() if frame.port == "health"]

    @property
    def down(self) -> bool | None:
        """As last said."""
        said: list[bool] = [values["port_down"] for values in self.health() if "port_down" in values]
        return said[-1] if said else None

    async def until(self, condition: Callable[[], Any], seconds: float = 5.0) -> None:
        """Raises AssertionError with what came."""
        for _ in range(int(seconds / 0.005)):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"never; the last of {len(self.frames())} frames: {self.frames()[-8:]}")
