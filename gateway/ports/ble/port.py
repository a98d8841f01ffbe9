"""Ble: one task owns the radio. It has a station for each adapter, sifts what is heard and delivers it to the hub.

What D-Bus shows (bluetoothd, adapters that come and go) it learns from ``bluez``; it tells at once what is amiss, and
once. Nothing that goes wrong with one adapter or one start ends the listening.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, Final

from bleak.backends.device import BLEDevice

from drivers.health import BATTERY
from gateway.health import report
from gateway.hub.routes import BATTERIES, battery
from gateway.inbox import Inbox
from gateway.ports.ble.ask import SWITCH_ON
from gateway.ports.ble.bluez import Adapter, Bluez, why
from gateway.ports.ble.gatt import Gatt, Peer
from gateway.ports.ble.pace import Pace, again_and_again
from gateway.ports.ble.sift import Lags, Sender, Sift, Taken
from gateway.ports.ble.station import Station
from gateway.ports.ble.strangers import Strangers
from gateway.site import BlePort, Site

log = logging.getLogger(__name__)

CALM: Final = 120.0
"""Seconds after a call for help before anybody is connected to for something that can wait."""
LATE: Final = 8
"""Frames of a sender that wait for room in the inbox; of more than that the last."""


class Ble:
    """All adapters of a port."""

    def __init__(
        self, port: BlePort, site: Site, inbox: Inbox, now: Callable[[], float], pace: Pace | None = None
    ) -> None:
        self.name = port.name
        self._wanted, self._pace = port.adapters, pace or Pace()
        self._inbox, self._now = inbox, now
        self._sift = Sift(senders(site, port.name), now)
        self._gatt = Gatt(peers(site, port.name), self._deliver, now, self._calm)
        self._called = -CALM
        """When somebody called for help last."""
        self._strange = Strangers(site.drivers.values(), now, site.drivers_of(port.name))
        self._loads = [site.drivers[name].load for name in site.drivers_of(port.name)]
        self._stations: dict[str, Station] = {}
        """Address of an adapter -> who keeps it listening."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._late: dict[Sender, deque[Taken]] = {}
        """What the inbox had no room for."""
        self._full = False
        self._told: dict[str, bool] = {}
        self._unread: Mapping[str, str] = {}
        self._said = 0.0
        """When it was known last which adapters there are."""
        self.dropped = 0
        """Frames that had to wait for room in the inbox, or waited in vain."""

    @property
    def up(self) -> bool:
        """Whether any adapter listens."""
        return any(station.ear for station in self._stations.values())

    @property
    def strangers(self) -> int:
        """Adverts heard of senders that nobody registered."""
        return self._sift.strangers

    def strange(self) -> list[dict[str, Any]]:
        """Those of them that a driver would understand, the last heard first; see strangers.py."""
        return self._strange.told()

    def remembered(self) -> int:
        """Senders that bleak keeps something of, for all adapters: bluetoothd forgets one that it doesn't hear."""
        return sum(station.ear.remembered() for station in self._stations.values() if station.ear)

    def send(self, driver: str, data: bytes, address: str) -> bool:
        """Nothing is said by radio."""
        return False

    async def run(self) -> None:
        """Own the radio until cancelled."""
        for load in filter(None, self._loads):
            try:
                await asyncio.to_thread(load)
            except Exception as error:  # then those of its frames that need it are refused, each with the reason
                log.error("port %s: %s", self.name, why(error))
        await self._keep("the bus", self._connected)

    async def _keep(self, what: str, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await again_and_again(do, self._pace, self._now, partial(log.warning, "port %s: %s: %s", self.name, what))

    async def _connected(self) -> None:
        try:
            async with Bluez((self._pace.first, self._pace.longest)) as bluez:
                await self._serve(bluez)
        except Exception as error:
            self._tell_down(why(error))
            raise

    async def _serve(self, bluez: Bluez) -> None:
        """As long as the bus lasts."""
        lost = asyncio.create_task(bluez.lost())
        woken, wait = self._now(), self._pace.first
        try:
            while not lost.done():
                self._begin_tasks(bluez)
                self._tell(bluez)
                for taken in self._sift.held():
                    self._deliver(taken)
                self._tell_unread(self._sift.unread())
                if not bluez.adapters and self._now() - woken >= wait:
                    await bluez.wake()
                    woken, wait = self._now(), min(wait * 2, self._pace.longest)
                await bluez.change(self._pace.tick)
            lost.result()
        finally:
            lost.cancel()
            tasks = list(self._tasks.values())
            self._tasks.clear()
            await self._gatt.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(lost, *tasks, return_exceptions=True)

    def _begin_tasks(self, bluez: Bluez) -> None:
        """A task for each adapter that is ours; it stays when the adapter goes, and waits for it.

        Unless another one took its name: then somebody exchanged it.
        """
        for station in list(self._stations.values()):
            named = bluez.adapters.get(station.name)
            gone = named is not None and named.address != station.address
            if gone and bluez.by_address(station.address) is None and station.address not in self._wanted:
                log.info("port %s: %s is another adapter now", self.name, station.name)
                del self._stations[station.address]
                if task := self._tasks.pop(station.address, None):
                    task.cancel()
        for adapter in bluez.adapters.values():
            if adapter.address not in self._tasks and self._is_ours(adapter):
                fresh = Station(self.name, adapter, self._heard, self._pace, self._now)
                station = self._stations.setdefault(adapter.address, fresh)
                listen = partial(station.listen, bluez)
                self._tasks[adapter.address] = asyncio.create_task(self._keep(adapter.name, listen))

    def _is_ours(self, adapter: Adapter) -> bool:
        return not self._wanted or adapter.name in self._wanted or adapter.address in self._wanted

    # -- what is heard --

    def _heard(self, station: Station, device: BLEDevice, data: Mapping[str, bytes], rssi: int | None) -> None:
        address = device.address
        spoken_to, broadcasts = address in self._gatt, address in self._sift
        if rssi is not None:
            (station.watch.own if spoken_to or broadcasts else station.watch.stranger)(self._now())
        if broadcasts:
            for taken in self._sift.take(station.address, address, data, rssi):
                self._deliver(taken)
        if spoken_to and rssi is not None:
            self._gatt.heard(device, rssi)  # after what it says: a press is no moment to ask for a battery
        if not spoken_to and not broadcasts:
            self._sift.strangers += 1
            if data:
                self._strange.note(address, data, rssi)

    def _calm(self) -> bool:
        """Whether nobody called for help for a while."""
        return self._now() - self._called >= CALM

    def _deliver(self, taken: Taken) -> None:
        """What calls for help is delivered always; of the rest the last of each sender waits until there is room."""
        if taken.calls:
            self._called = taken.frame.at
        if self._full and not taken.presses:
            self._late.setdefault(taken.sender, deque(maxlen=LATE)).append(taken)
            self.dropped += 1
        elif not self._inbox.put(taken.frame) and not self._full:
            self._full = True
            self._room = asyncio.get_running_loop().create_task(self._await_room())

    async def _await_room(self) -> None:
        await self._inbox.room()
        self._full = False
        late, self._late = self._late, {}
        for waited in late.values():
            for taken in waited:
                self._deliver(taken)

    # -- how the port is --

    def _tell(self, bluez: Bluez) -> None:
        amiss = [f"{one.name}: {said}" for one in self._stations.values() if (said := one.amiss(bluez))]
        known = {name for one in self._stations.values() for name in (one.name, one.address)}
        amiss += [f"{name}: not there" for name in self._wanted if name not in known]
        self._said = self._now() if not bluez.unsaid else self._said
        if self._now() - self._said > self._pace.grace:
            amiss.append(f"bluetoothd doesn't say which adapters there are: {bluez.unsaid}")
        if not self._stations and not amiss:
            amiss = ["there is no adapter, or bluetoothd doesn't run"]
        if amiss:
            self._tell_down("; ".join(amiss))
        elif self.up:
            self._say("port_down", False)
        listening = [bluez.by_address(one.address) for one in self._stations.values() if one.ear]
        if listening:
            self._say("passive_off", any(one is not None and not one.passive for one in listening))

    def _tell_unread(self, unread: Mapping[str, str]) -> None:
        """For whoever installs them; that such a sensor protects nobody is told by its own silence."""
        before, self._unread = self._unread, unread
        for address in unread.keys() - before.keys():
            log.warning("port %s: %s can't be read: %s", self.name, address, unread[address])
        for address in before.keys() - unread.keys():
            log.info("port %s: %s is read again", self.name, address)

    def _tell_down(self, why: str) -> None:
        self._say("port_down", True, why)

    def _say(self, quantity: str, value: bool, why: str = "") -> None:
        """Tell the hub and the log, once."""
        if self._told.get(quantity) is value:
            return
        self._told[quantity] = value
        self._inbox.put(report(self._now(), f"gateway:{self.name}", **{quantity: value}))
        if quantity == "passive_off" and value:
            log.error("port %s: no passive scanning, alarms may be lost: %s", self.name, SWITCH_ON)
        elif quantity == "port_down" and value:
            log.error("port %s is down: %s", self.name, why)
        elif quantity == "port_down":
            log.info("port %s is up", self.name)


def senders(site: Site, port: str) -> Iterable[tuple[int, Sender]]:
    """The registered senders of adverts on a port, each with the UUID of its service data."""
    lags = Lags()
    for device in site.devices.values():
        driver = site.drivers[device.driver]
        if device.port == port and driver.link == "advert":
            key = site.keys.get(device.name, "")
            said = f"{port}:{driver.name}"
            yield driver.service, Sender(said, device.address, driver, key, device.silent_after, lags)


def peers(site: Site, port: str) -> Iterable[Peer]:
    """The registered devices of a port that are spoken to over connections, be it for their battery alone."""
    for device in site.devices.values():
        driver = site.drivers[device.driver]
        if device.port == port and driver.link == "gatt":
            sender = Sender(f"{port}:{driver.name}", device.address, driver, "", device.silent_after)
            yield Peer(sender, driver.characteristics, device.every)
        elif device.port == port and device.battery_every:
            reader = site.drivers[BATTERIES]
            sender = Sender(battery(port, driver.name), device.address, reader, "", device.silent_after)
            yield Peer(sender, (BATTERY,), device.battery_every, patient=True)
