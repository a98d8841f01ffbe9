"""Survey: who is on the air now, what each sender is believed to be and what it says. For commissioning; keeps nothing.

A sender is believed to be what the UUID of its service data says, or the health profiles that it names. Of strangers
the strongest are kept, so that a full street fits in memory.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from drivers.driver import BadFrame, Driver
from drivers.reading import Scalar
from gateway.ports.ble.bluez import Adapter, Bluez, NoBluez, why
from gateway.ports.ble.ear import Ear
from gateway.ports.ble.strangers import long_uuid, named, printable
from gateway.site import Site

MOST: Final = 1000
"""Senders kept."""
REFRESH: Final = 1.0
"""Seconds between two tellings."""
_PROFILES: Final = {0x1810: "health", 0x180D: "health", 0x1822: "health", 0x1809: "health"}
"""Services of blood pressure, heart rate, pulse oximeter, thermometer -> driver."""


@dataclass(slots=True)
class Heard:
    """One sender. ``device`` and key are those of the site, where it is registered there."""

    address: str
    name: str = ""
    driver: str = ""
    device: str = ""
    rssi: int | None = None
    at: float = 0.0
    adverts: int = 0
    values: dict[str, Scalar] = field(default_factory=dict)
    error: str = ""

    def told(self, now: float) -> dict[str, object]:
        """As an object for a script."""
        said: dict[str, object] = {
            "address": self.address, "driver": self.driver, "device": self.device, "name": self.name,
            "rssi_dbm": self.rssi, "ago_s": round(now - self.at, 1), "adverts": self.adverts, "values": self.values,
        }  # fmt: skip
        return {**said, "error": self.error} if self.error else said


class Survey:
    """What was heard so far: ``senders``, the known and the strongest first."""

    def __init__(self, drivers: Mapping[str, Driver], now: Callable[[], float], site: Site | None = None) -> None:
        self.now = now
        self._heard: dict[str, Heard] = {}
        self._services = {long_uuid(one.service): one for one in drivers.values() if one.link == "advert"}
        self._profiles = {long_uuid(service): driver for service, driver in _PROFILES.items()}
        devices = site.devices.values() if site else ()
        self._devices = {one.address: one for one in devices if site and one.port in site.radios}
        self._keys = site.keys if site else {}

    def senders(self) -> list[Heard]:
        """Registered ones first, then those that a driver knows, then the strongest."""
        weight = {True: 0, False: 1}
        return sorted(
            self._heard.values(),
            key=lambda one: (weight[bool(one.device)], weight[bool(one.driver)], -(one.rssi or -128), one.address),
        )

    def hear(self, _: str, device: Any, data: Mapping[str, bytes], rssi: int | None, services: Sequence[str]) -> None:
        """One advert."""
        address = device.address.lower()
        one = self._heard.get(address) or self._admitted(address)
        one.name = printable(device.name or one.name)
        one.adverts += 1
        if rssi is not None:
            one.rssi, one.at = rssi, self.now()
        for uuid, body in data.items():
            driver = self._services.get(uuid)
            if driver is not None:
                self._read(one, driver, body)
        if not one.driver:
            one.driver = next((self._profiles[uuid] for uuid in services if uuid in self._profiles), "")

    def _admitted(self, address: str) -> Heard:
        if len(self._heard) >= MOST:
            del self._heard[self.senders()[-1].address]
        device = self._devices.get(address)
        one = self._heard[address] = Heard(address, at=self.now())
        if device is not None:
            one.device, one.driver = device.name, device.driver
        return one

    def _read(self, one: Heard, driver: Driver, body: bytes) -> None:
        one.driver = driver.name
        key = self._keys.get(one.device, "")
        try:
            head = driver.head(body)._replace(address=one.address)
            values = driver.decode(head, {"key": key} if key else {}).values
        except BadFrame as bad:
            one.error = bad.why
            return
        one.error = ""
        one.values.update(named(values))


async def survey(
    found: Survey, seconds: float, wanted: Sequence[str], tell: Callable[[Survey], None]
) -> Iterable[Adapter]:
    """Listen for so long, telling each second -> the adapters that listened; raises NoBluez where there is none."""
    async with Bluez() as bluez:
        ours = [one for one in bluez.adapters.values() if not wanted or {one.name, one.address} & set(wanted)]
        powered = [one for one in ours if one.powered]
        if not powered:
            raise NoBluez("no such adapter" if wanted else "there is no Bluetooth adapter that is switched on")
        ears = [Ear(one.name, _hears(found)) for one in powered]
        try:
            for ear, adapter in zip(ears, powered, strict=True):
                await _start(ear, adapter)
            end = found.now() + seconds
            while (left := end - found.now()) > 0:
                await asyncio.sleep(min(REFRESH, left))
                tell(found)
        finally:
            for ear in ears:
                await ear.stop()
        return powered


async def _start(ear: Ear, adapter: Adapter) -> None:
    try:
        await ear.start(passive=adapter.passive)
    except Exception as error:  # whatever bleak makes of what BlueZ says
        raise NoBluez(f"{adapter.name}: {why(error)}") from error


def _hears(found: Survey) -> Callable[[str, Any, Mapping[str, bytes], int | None], None]:
    def hear(adapter: str, device: Any, data: Mapping[str, bytes], rssi: int | None) -> None:
        services = device.details["props"].get("UUIDs", ())
        found.hear(adapter, device, data, rssi, services)

    return hear
