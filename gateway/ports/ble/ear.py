"""Ear: one adapter's two scans by bleak, a passive and an active one together.

Alone, neither hears all: an active scan reports a sender once in 10.4 s whatever it says (and BlueZ 5.82 then rests
5.4 s, and drops frames without the discoverable flag); a passive one hears only what its patterns match. Together every
changed frame comes, at once; BlueZ calls both back with it, so one of them is listened to.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bleak import BleakScanner
from bleak.args.bluez import OrPatternLike
from bleak.assigned_numbers import AdvertisementDataType as Kind
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from gateway.ports.ble.bluez import why

log = logging.getLogger(__name__)

PATTERNS: Final[list[OrPatternLike]] = [
    (0, Kind.SERVICE_DATA_UUID16, b"\xd2\xfc"),
    (0, Kind.SERVICE_DATA_UUID16, b"\x40"),
    (0, Kind.SERVICE_DATA_UUID16, b"\x44"),
    (0, Kind.SERVICE_DATA_UUID16, b"\x41"),
    (0, Kind.SERVICE_DATA_UUID16, b"\x45"),
    (0, Kind.FLAGS, b"\x06"),
    (0, Kind.FLAGS, b"\x04"),
]
"""BlueZ 5.66 compares service data with its UUID in front, 5.82 without: a BTHome frame then begins with its device
info. Flags match with all versions. These seven work everywhere; an eighth would crash bluetoothd."""
LIMIT: Final = 15.0
"""Seconds that bluetoothd may take to start or stop a scan."""
NO_RSSI: Final = -127
"""What bleak says for a strength that BlueZ doesn't know (any more)."""

Heard = Callable[[str, BLEDevice, Mapping[str, bytes], int | None], None]
"""(adapter, device, service data by UUID, strength in dBm)."""


class Ear:
    """``start``, ``stop``, and again with a new one."""

    def __init__(self, adapter: str, heard: Heard) -> None:
        self.adapter = adapter
        self.passive = self.active = False
        """Which scans run."""
        self.lacks = ""
        """Why one of the two doesn't run though it could; empty when all is well."""
        self._heard = heard
        self._scanners: list[BleakScanner] = []

    async def start(self, *, passive: bool) -> None:
        """Start both scans, or the active one alone; raises what bleak raises when there is none then."""
        if passive:
            await self._try(self._begin_passive, "passive")
        try:
            await self._begin_active()
        except Exception as error:
            if not self.passive:
                raise
            self.lacks = f"no active scan: {why(error)}"

    async def complete(self) -> None:
        """Try again what ``lacks``, while the other scan goes on."""
        self.lacks = ""
        if not self.passive:
            await self._try(self._begin_passive, "passive")
        if not self.active:
            await self._try(self._begin_active, "active")

    async def _try(self, begin: Callable[[], Awaitable[None]], kind: str) -> None:
        try:
            await begin()
        except Exception as error:  # the other one alone still hears a little
            self.lacks = f"no {kind} scan: {why(error)}"

    async def _begin_passive(self) -> None:
        await self._begin(self._note, scanning_mode="passive", bluez={"adapter": self.adapter, "or_patterns": PATTERNS})
        self.passive = True

    async def _begin_active(self) -> None:
        await self._begin(None if self.passive else self._note, scanning_mode="active", bluez={"adapter": self.adapter})
        self.active = True

    async def stop(self) -> None:
        """End what runs. A scan that is dead already can't be stopped, and needn't be: nothing is raised."""
        while self._scanners:
            scanner = self._scanners.pop()
            try:
                async with asyncio.timeout(LIMIT):
                    await scanner.stop()
            except Exception as error:
                log.debug("adapter %s: a scan didn't stop: %s", self.adapter, why(error))
        self.passive = self.active = False

    def remembered(self) -> int:
        """Senders that its scanners keep something of."""
        return sum(len(scanner.discovered_devices) for scanner in self._scanners)

    async def _begin(self, note: Any, *, scanning_mode: Any, bluez: Any) -> None:
        scanner = BleakScanner(note, scanning_mode=scanning_mode, bluez=bluez)
        async with asyncio.timeout(LIMIT):
            await scanner.start()
        self._scanners.append(scanner)

    def _note(self, device: BLEDevice, advert: AdvertisementData) -> None:
        rssi = advert.rssi if advert.rssi != NO_RSSI else None
        self._heard(self.adapter, device, advert.service_data, rssi)
