"""Ble: one task owns the radio. It keeps every adapter listening, sifts what is heard and delivers it to the hub.

Each adapter has a task that starts its scans, ends them and starts them anew: when D-Bus says that bluetoothd or the
adapter came back, and when ``watch`` holds a silent scan for dead. Nothing that goes wrong in a start or a stop ends
that task; two starts are a second apart at least, then twice as long, up to half a minute.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from gateway.health import report
from gateway.inbox import Inbox
from gateway.ports.ble.ask import SWITCH_ON
from gateway.ports.ble.bluez import Adapter, Bluez, why
from gateway.ports.ble.ear import Ear
from gateway.ports.ble.gatt import Gatt, Peer
from gateway.ports.ble.sift import Sender, Sift, Taken
from gateway.ports.ble.watch import Step, Watch
from gateway.site import BlePort, Site

log = logging.getLogger(__name__)


class Pace(NamedTuple):
    """Times in seconds."""

    first: float = 1.0
    """Before the first repetition of what failed, and between two starts of a scan at least."""
    longest: float = 30.0
    """Before any later one, at most."""
    steady: float = 60.0
    """After which what ran is held for sound."""
    tick: float = 1.0
    """Between two looks at what no signal tells."""
    grace: float = 10.0
    """That a start of a scan may take before it is told."""
    lacking: float = 300.0
    """Before another attempt to start the second of an adapter's scans, at most."""


class Ble:
    """All adapters of a port."""

    def __init__(
        self, port: BlePort, site: Site, inbox: Inbox, now: Callable[[], float], pace: Pace | None = None
    ) -> None:
        self.name = port.name
        self._wanted, self._pace = port.adapters, pace or Pace()
        self._inbox, self._now = inbox, now
        self._sift = Sift(senders(site, port.name), now)
        self._gatt = Gatt(peers(site, port.name), self._deliver, now)
        self._loads = [site.drivers[name].load for name in site.drivers_of(port.name)]
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ears: dict[str, Ear] = {}
        self._watches: dict[str, Watch] = {}
        self._said: dict[str, str] = {}
        """Adapter -> what was logged of it last."""
        self._listened: dict[str, float] = {}
        """Adapter -> when its scan ran last."""
        self._full = False
        self._told: dict[str, bool] = {}
        self.dropped = 0
        """Frames for which the inbox had no room."""

    @property
    def up(self) -> bool:
        """Whether any adapter listens."""
        return bool(self._ears)

    @property
    def strangers(self) -> int:
        """Adverts heard of senders that nobody registered."""
        return self._sift.strangers

    def remembered(self) -> int:
        """Senders that bleak keeps something of, for all adapters: bluetoothd forgets one that it doesn't hear."""
        return sum(ear.remembered() for ear in self._ears.values())

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
        await self._again_and_again("the bus", self._connected)

    async def _again_and_again(self, what: str, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Whatever it ends with: said once, and begun anew, later each time unless it ran for long."""
        wait, said = self._pace.first, ""
        while True:
            began = self._now()
            try:
                await do()
                said = ""
            except Exception as error:  # bleak and D-Bus raise much; none of it may end the listening
                if why(error) != said:
                    said = why(error)
                    log.warning("port %s: %s: %s", self.name, what, said)
            if self._now() - began > self._pace.steady:
                wait = self._pace.first
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._pace.longest)

    async def _connected(self) -> None:
        try:
            async with Bluez() as bluez:
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
        """A task for each adapter that is ours; it stays when the adapter goes, and waits for it."""
        for adapter in bluez.adapters.values():
            if adapter.name not in self._tasks and self._is_ours(adapter):
                self._watches.setdefault(adapter.name, Watch(self._now()))
                listen = partial(self._listen, bluez, adapter.name)
                self._tasks[adapter.name] = asyncio.create_task(self._again_and_again(adapter.name, listen))

    def _is_ours(self, adapter: Adapter) -> bool:
        return not self._wanted or adapter.name in self._wanted or adapter.address in self._wanted

    async def _listen(self, bluez: Bluez, name: str) -> None:
        """From a start to the end of what was started: the adapter is gone or another one, or its scan is dead."""
        await self._until_powered(bluez, name)
        ear = Ear(name, self._heard)
        born, passive = bluez.born.get(name, 0), bluez.adapters[name].passive
        try:
            await ear.start(passive=passive)
            self._watches[name].began(self._now())
            self._ears[name] = ear
            self._note_start(ear)
            step = await self._until_dead(bluez, ear, born)
        finally:
            self._ears.pop(name, None)
            await ear.stop()
        if step == "reset":
            await bluez.power(name, False)
            await bluez.power(name, True)

    def _note_start(self, ear: Ear) -> None:
        said = f"{ear.adapter}, {'passively and actively' if ear.passive else 'actively alone'}"
        said = f"{ear.adapter}: {ear.lacks}" if ear.lacks else said
        if self._said.get(ear.adapter) != said:
            log.log(logging.WARNING if ear.lacks else logging.INFO, "port %s listens on %s", self.name, said)
        self._said[ear.adapter] = said

    async def _until_dead(self, bluez: Bluez, ear: Ear, born: int) -> Step:
        """What is to be done about its silence; nothing where the adapter went. A scan that lacks is tried again."""
        name, wait = ear.adapter, self._pace.first
        again = self._now() + wait
        while self._is_there(bluez, name, born):
            step = self._watches[name].step(self._now())
            if step:
                log.warning("port %s: nothing is heard on %s: %s", self.name, name, _DOING[step])
                return step
            if ear.lacks and self._now() >= again:
                await ear.complete()
                self._note_start(ear)
                wait = min(wait * 2, self._pace.lacking)
                again = self._now() + wait
            await bluez.change(self._pace.tick)
        return ""

    async def _until_powered(self, bluez: Bluez, name: str) -> None:
        while True:
            adapter = bluez.adapters.get(name)
            if adapter is not None and adapter.powered:
                return
            if adapter is not None:
                await bluez.power(name, True)
            await bluez.change(self._pace.tick)

    def _is_there(self, bluez: Bluez, name: str, born: int) -> bool:
        adapter = bluez.adapters.get(name)
        return adapter is not None and adapter.powered and bluez.born.get(name) == born

    # -- what is heard --

    def _heard(self, adapter: str, device: Any, data: Mapping[str, bytes], rssi: int | None) -> None:
        address = device.address
        spoken_to = address in self._gatt
        if spoken_to:
            self._gatt.heard(device, rssi)
        if not spoken_to and address not in self._sift:
            self._sift.strangers += 1
            if rssi is not None:
                self._watches[adapter].stranger(self._now())
            return
        if rssi is not None:
            self._watches[adapter].own(self._now())
        if address in self._sift:
            for taken in self._sift.take(adapter, address, data, rssi):
                self._deliver(taken)

    def _deliver(self, taken: Taken) -> None:
        """What calls for help is delivered always; the rest waits for nobody: its sender says it again."""
        if self._full and not taken.calls:
            self.dropped += 1
        elif not self._inbox.put(taken.frame) and not self._full:
            self._full = True
            asyncio.get_running_loop().create_task(self._await_room())

    async def _await_room(self) -> None:
        await self._inbox.room()
        self._full = False

    # -- how the port is --

    def _tell(self, bluez: Bluez) -> None:
        amiss = [f"{name}: {said}" for name in self._tasks if (said := self._amiss(bluez, name))]
        there = {name for adapter in bluez.adapters.values() for name in adapter[:2]}
        amiss += [f"{name}: not there" for name in self._wanted if name not in there and name not in self._tasks]
        if not self._tasks and not amiss:
            amiss = ["there is no adapter, or bluetoothd doesn't run"]
        if amiss:
            self._tell_down("; ".join(amiss))
        elif self._ears:
            self._say("port_down", False)
        self._say("passive_off", any(not bluez.adapters[name].passive for name in self._ears if name in bluez.adapters))

    def _amiss(self, bluez: Bluez, name: str) -> str:
        """What is wrong with an adapter; at once what D-Bus shows."""
        adapter = bluez.adapters.get(name)
        if adapter is None:
            return "not there, or bluetoothd doesn't run"
        if not adapter.powered:
            return "not powered"
        if self._watches[name].trouble:
            return "none of our own senders is heard, and neither a restart nor a reset of it helps"
        if name in self._ears:
            self._listened[name] = self._now()
        slow = self._now() - self._listened.setdefault(name, self._now()) > self._pace.grace
        return "its scan doesn't start" if slow else ""

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
        elif quantity == "port_down":
            log.log(
                logging.ERROR if value else logging.INFO, "port %s is %s %s", self.name, "down:" if value else "up", why
            )


_DOING: Final = {"restart": "the scan is started anew", "reset": "the adapter is switched off and on"}


def senders(site: Site, port: str) -> Iterable[tuple[int, Sender]]:
    """The registered senders of adverts on a port, each with the UUID of its service data."""
    for device in site.devices.values():
        driver = site.drivers[device.driver]
        if device.port == port and driver.link == "advert":
            key = site.keys.get(device.name, "")
            yield driver.service, Sender(f"{port}:{driver.name}", device.address, driver, key, device.silent_after)


def peers(site: Site, port: str) -> Iterable[Peer]:
    """The registered devices of a port that are spoken to over connections."""
    for device in site.devices.values():
        driver = site.drivers[device.driver]
        if device.port == port and driver.link == "gatt":
            sender = Sender(f"{port}:{driver.name}", device.address, driver, "", device.silent_after)
            yield Peer(sender, driver.characteristics, device.every)
