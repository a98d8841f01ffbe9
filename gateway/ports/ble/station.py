"""Station: keeps one adapter listening, by whatever name the kernel gives it next.

It starts the scans, ends them and starts them anew: when D-Bus says that bluetoothd or the adapter came back, and when
``watch`` holds a silent scan for dead. An adapter that somebody switched off is switched on.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from bleak.backends.device import BLEDevice

from gateway.ports.ble.bluez import Adapter, Bluez
from gateway.ports.ble.ear import Ear
from gateway.ports.ble.pace import Pace
from gateway.ports.ble.watch import Step, Watch

log = logging.getLogger(__name__)

_DOING: Final = {"restart": "the scan is started anew", "reset": "the adapter is switched off and on"}

Heard = Callable[["Station", BLEDevice, Mapping[str, bytes], int | None], None]


class Station:
    """One adapter of ours, known by its address."""

    def __init__(self, port: str, adapter: Adapter, heard: Heard, pace: Pace, now: Callable[[], float]) -> None:
        self.name, self.address = adapter.name, adapter.address
        self.watch = Watch(now())
        self.ear: Ear | None = None
        """While it listens."""
        self._port, self._heard, self._pace, self._now = port, heard, pace, now
        self._listened = now()
        """When it listened last."""
        self._said = ""

    async def listen(self, bluez: Bluez) -> None:
        """From a start to the end of what was started: the adapter is gone, or came anew, or its scan is dead."""
        adapter = await self._powered(bluez)
        ear, born = Ear(adapter.name, self._note), bluez.born.get(adapter.name)
        try:
            await ear.start(passive=adapter.passive)
            self.watch.began(self._now())
            self.ear = ear
            self._note_start(ear)
            step = await self._until_dead(bluez, ear, adapter, born)
        finally:
            self.ear = None
            await ear.stop()
        if step == "reset":
            await bluez.power(adapter.name, False)
            await bluez.power(adapter.name, True)

    def amiss(self, bluez: Bluez) -> str:
        """What is wrong with it; at once what D-Bus shows."""
        adapter = bluez.by_address(self.address)
        if adapter is None:
            return "not there, or bluetoothd doesn't run"
        if not adapter.powered:
            return "not powered (`rfkill list` says whether it is blocked)"
        if self.watch.trouble:
            return "none of our own senders is heard, and neither a restart nor a reset of it helps"
        if self.ear is not None:
            self._listened = self._now()
        return "its scan doesn't start" if self._now() - self._listened > self._pace.grace else ""

    def _note(self, _: str, device: BLEDevice, data: Mapping[str, bytes], rssi: int | None) -> None:
        self._heard(self, device, data, rssi)

    def _note_start(self, ear: Ear) -> None:
        said = f"{ear.adapter}, {'passively and actively' if ear.passive else 'actively alone'}"
        said = f"{ear.adapter}: {ear.lacks}" if ear.lacks else said
        if said != self._said:
            log.log(logging.WARNING if ear.lacks else logging.INFO, "port %s listens on %s", self._port, said)
        self._said = said

    async def _powered(self, bluez: Bluez) -> Adapter:
        """Wait for it -> the adapter as it is now; raises NoBluez where it can't be switched on."""
        while True:
            adapter = bluez.by_address(self.address)
            if adapter is not None and adapter.powered:
                self.name = adapter.name
                return adapter
            if adapter is not None:
                await bluez.power(adapter.name, True)
            await bluez.change(self._pace.tick)

    async def _until_dead(self, bluez: Bluez, ear: Ear, adapter: Adapter, born: int | None) -> Step:
        """What is to be done about its silence; nothing where the adapter went. A scan that lacks is tried again."""
        wait = self._pace.first
        again = self._now() + wait
        while bluez.adapters.get(adapter.name) == adapter and bluez.born.get(adapter.name) == born:
            step = self.watch.step(self._now())
            if step:
                log.warning("port %s: nothing is heard on %s: %s", self._port, adapter.name, _DOING[step])
                return step
            if ear.lacks and self._now() >= again:
                await ear.complete()
                self._note_start(ear)
                wait = min(wait * 2, self._pace.lacking)
                again = self._now() + wait
            await bluez.change(self._pace.tick)
        return ""
