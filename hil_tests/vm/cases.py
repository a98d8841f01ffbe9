"""What is asked of the gateway's own Bluetooth port where BlueZ and the kernel are real."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any, Final

from drivers.advert import Advert, unpacked
from drivers.reading import Frame
from gateway.clock import boot_time
from gateway.inbox import Inbox
from gateway.ports.ble.bluez import Bluez
from gateway.ports.ble.pace import Pace
from gateway.ports.ble.port import Ble
from gateway.sim.bluez.air import bthome
from gateway.site import Site, loads
from hil_tests.vm.inside import Daemons, Radio
from hil_tests.vm.overheard import number_of

SMOKE, TAG, CUFF = "A4:C1:38:00:00:01", "A4:C1:38:00:00:02", "A4:C1:38:AA:00:01"
PRESSURE = "04780050005d004800"
HEAD = """
[gateway]
id = "vm"
site = "vm"
[homes.flat]
[ports.ble]
type = "ble"
driver = "bthome"
"""
DEVICE = """[devices.{name}]
home = "flat"
port = "ble"
driver = "{driver}"
address = "{address}"
"""
CROWD: Final = 200
BEHIND: Final = 4000.0
"""Milliseconds by which a machine is late that is too slow for what is asked of it here."""
APART: Final = 1.0
"""Seconds between two adverts that say the same press."""

Figures = Mapping[str, Any]


def site(senders: int = 0) -> Site:
    """Smoke sensor, a tag whose battery is to be read, cuff, and so many of the crowd."""
    devices = [("smoke", "bthome", SMOKE), ("tag", "bthome", TAG), ("cuff", "health", CUFF)]
    devices += [(f"s{n}", "bthome", f"A4:C1:38:01:{n >> 8:02X}:{n & 255:02X}") for n in range(senders)]
    text = HEAD + "".join(DEVICE.format(name=name, driver=kind, address=at) for name, kind, at in devices)
    text = text.replace("[devices.cuff]", 'battery_every = "1h"\n[devices.cuff]')  # of the one before it
    return loads(json.dumps({"format": 1, "site": text, "packs": {}, "files": {}}))


class Bench:
    """The air, the daemons, and a port that listens."""

    def __init__(self, radio: Radio, daemons: Daemons) -> None:
        self.radio, self.daemons = radio, daemons
        self.frames: list[Frame] = []
        self.inbox = Inbox(100_000)

    @asynccontextmanager
    async def listening(self, senders: int = 0, now: Callable[[], float] = boot_time) -> AsyncIterator["Bench"]:
        """With the gateway's port at work, from when it says that it is up."""
        there = site(senders)
        port = Ble(there.radios["ble"], there, self.inbox, now, Pace(first=0.5, longest=5.0, tick=0.5))
        task = asyncio.create_task(port.run())
        try:
            await self.until(lambda: self.down is False or task.done(), 30)
            if task.done():
                task.result()
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def look(self) -> list[Frame]:
        """All Frames so far."""
        self.frames += self.inbox.take(1_000_000)
        return self.frames

    def adverts(self) -> list[tuple[float, Advert]]:
        """Of them, what was heard."""
        return [(frame.at, unpacked(frame.data)) for frame in self.look() if frame.port.startswith("ble:")]

    def said(self, quantity: str) -> bool | None:
        """How the port last said that it is."""
        told = [json.loads(frame.data)["values"] for frame in self.look() if frame.port == "health"]
        values: list[bool] = [values[quantity] for values in told if quantity in values]
        return values[-1] if values else None

    @property
    def down(self) -> bool | None:
        """Whether it last said so."""
        return self.said("port_down")

    async def until(self, condition: Callable[[], Any], seconds: float = 15.0) -> float:
        """Wait -> seconds waited; raises TimeoutError with what came."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"after {seconds} s; the last Frames: {self.look()[-5:]}")
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def smoke(self, packet: int, rssi: int = -60) -> None:
        """One frame of the smoke sensor, an alarm."""
        await self.radio("advert", address=SMOKE, data=bthome(bytes((0, packet, 0x29, 1))).hex(), rssi=rssi)

    def packets(self) -> list[int]:
        """The packet ids of the smoke sensor that came, in order."""
        return [advert.body[2] for _, advert in self.adverts() if advert.address == SMOKE.lower() and advert.body]

    async def hears(self, packet: int, seconds: float = 20.0) -> float:
        """Send a frame now and then until it came -> seconds."""
        began = time.monotonic()
        while packet not in self.packets():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"packet {packet} never came in {seconds} s")
            await self.smoke(packet)
            await asyncio.sleep(0.2)
        return round(time.monotonic() - began, 2)


async def every_frame(bench: Bench) -> Figures:
    """Every frame of a sensor arrives, in order, though they come 50 ms apart."""
    async with bench.listening():
        await asyncio.sleep(0.5)
        for packet in range(20):
            await bench.smoke(packet)
            await asyncio.sleep(0.05)
        await bench.until(lambda: len(bench.packets()) >= 20)
        assert bench.packets() == list(range(20)), bench.packets()
        assert bench.said("passive_off") is False
    return {"frames": 20}


async def cuff(bench: Bench) -> Figures:
    """A blood pressure cuff that comes near is visited, and its measurement arrives; a vanished one harms nobody."""
    async with bench.listening():
        await bench.radio("peripheral", address=CUFF, service="1810", characteristic="2A35", value=PRESSURE)

        def measured() -> bool:
            return any(advert.body == bytes.fromhex("2a35" + PRESSURE) for _, advert in bench.adverts())

        took = await bench.until(measured, 30)
        await bench.radio("vanish", address=CUFF)
        heard = await bench.hears(77)
    return {"measured_s": round(took, 1), "heard_after_s": heard}


async def battery(bench: Bench) -> Figures:
    """A sensor's battery is read over a connection; BlueZ forgets the sensor after that, and the scan goes on."""
    skew = [0.0]
    async with bench.listening(now=lambda: boot_time() + skew[0]), Bluez() as bluez:
        skew[0] += 4000.0
        await bench.radio("peripheral", address=TAG, service="180F", characteristic="2A19", value="4d", read=True)
        read = [f"{TAG.lower()} 2a194d"]

        def batteries() -> list[str]:
            heard = [unpacked(frame.data) for frame in bench.look() if frame.port == "ble:bthome:battery"]
            return [f"{advert.address} {advert.body.hex()}" for advert in heard]

        took = await bench.until(lambda: batteries() == read, 30)
        await bench.radio("vanish", address=TAG)
        heard = await bench.hears(88)
        gone = await _until_forgotten(bluez, TAG)
        assert batteries() == read
    return {"read_s": round(took, 1), "heard_after_s": heard, "forgotten_after_s": gone}


async def _until_forgotten(bluez: Bluez, address: str) -> float:
    """Seconds until BlueZ has no such device; it keeps one for 30 s unheard, and whom it connected to for good."""
    began, path = time.monotonic(), f"/org/bluez/hci0/dev_{address.replace(':', '_')}"
    async with asyncio.timeout(60):
        while True:
            (objects,) = await bluez._call("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            if path not in objects:
                return round(time.monotonic() - began, 1)
            await asyncio.sleep(1.0)


async def replug(bench: Bench) -> Figures:
    """An adapter that is pulled out is told at once, and heard again when it is back."""
    async with bench.listening():
        await bench.hears(1)
        await bench.radio("unplug")
        told = await bench.until(lambda: bench.down, 5)
        await asyncio.sleep(0.5)
        await bench.radio("plug")
        again = await bench.hears(2)
        await bench.until(lambda: bench.down is False)
    return {"told_s": round(told, 2), "heard_again_s": again}


async def killed(bench: Bench) -> Figures:
    """A bluetoothd that is killed is told at once, and heard again when it is back."""
    async with bench.listening():
        await bench.hears(3)
        bench.daemons.kill_bluetoothd()
        told = await bench.until(lambda: bench.down, 5)
        bench.daemons.start_bluetoothd()
        again = await bench.hears(4)
        await bench.until(lambda: bench.down is False)
    return {"told_s": round(told, 2), "heard_again_s": again}


async def power(bench: Bench) -> Figures:
    """An adapter that somebody switches off is switched on again, and heard."""
    async with bench.listening(), Bluez() as bluez:
        await bench.hears(5)
        await bluez.power("hci0", False)
        again = await bench.hears(6)
    return {"heard_again_s": again}


async def wedged(bench: Bench) -> Figures:
    """A controller that hangs is found by silence, with nothing raised by anybody; replugged, it is heard at once."""
    skew = [0.0]
    async with bench.listening(now=lambda: boot_time() + skew[0]):
        for packet in range(10, 16):
            await bench.hears(packet)
            skew[0] += 10.0
        before = bench.look()[-1].at
        await bench.radio("wedge", on=True)
        for _ in range(60):
            skew[0] += 10.0
            await asyncio.sleep(0.5)
            if bench.down:
                break
        assert bench.down, "a trouble, after restart and reset"
        told = bench.look()[-1].at - before
        await bench.radio("unplug")
        await asyncio.sleep(0.5)
        await bench.radio("plug")
        again = await bench.hears(40, 30)
    return {"trouble_after_s": round(told), "heard_again_s": again}


async def plain(bench: Bench) -> Figures:
    """Without Experimental it says what is to be switched on, and hears all the same."""
    async with bench.listening():
        await bench.until(lambda: bench.said("passive_off"))
        heard = await bench.hears(50)
    return {"heard_s": heard}


async def _pressed(bench: Bench, rate: float, copies: int, held: float = 0.0) -> Figures:
    """200 sensors press for 20 s -> how far each press came on its way, and how late."""
    async with bench.listening(CROWD):
        await asyncio.sleep(1.0)
        ahead = await bench.radio.ahead()
        async with bench.daemons.overhear() as way:
            asked = bench.radio("crowd", senders=CROWD, rate=rate, seconds=20.0, copies=copies, apart=APART)
            pressing = asyncio.create_task(asked)
            await asyncio.sleep(8.0)
            if held:
                bench.daemons.hold_bluetoothd(True)
                await asyncio.sleep(held)
                bench.daemons.hold_bluetoothd(False)
            told = await pressing
            before = -1
            while (now := len(bench.look())) > before:  # an emulated processor is behind for a while
                before = now
                await asyncio.sleep(4.0)
        skew, times = boot_time() - time.monotonic(), told["times"]
        frames = {
            number_of(advert.body): at - skew for at, advert in reversed(bench.adverts()) if len(advert.body) == 10
        }
        lost_by_us = set(way["bus"]) - frames.keys()
        assert not lost_by_us, f"told by bluetoothd, and no Frame: {sorted(lost_by_us)}"
        delays = sorted((frames[number] + ahead - at) * 1000 for number, at in enumerate(times) if number in frames)
    return {
        "presses": len(times), "adverts": told["adverts"], "kernel": len(way["kernel"]), "bus": len(way["bus"]),
        "frames": len(delays), "p50_ms": round(statistics.median(delays), 1),
        "p99_ms": round(delays[int(len(delays) * 0.99)], 1),
    }  # fmt: skip


async def crowd(bench: Bench) -> Figures:
    """200 sensors press 100 times a second, each press said once: what bluetoothd tells of arrives, in time."""
    return await _pressed(bench, 100.0, 1)


async def repeats(bench: Bench) -> Figures:
    """200 sensors say each press four times, a second apart, 100 adverts a second in all: no press is lost."""
    return _none_lost(await _pressed(bench, 25.0, 4))


async def starved(bench: Bench) -> Figures:
    """The same, while bluetoothd gets no processor for two and a half seconds: no press is lost."""
    return _none_lost(await _pressed(bench, 25.0, 4, held=2.5))


async def starved_once(bench: Bench) -> Figures:
    """Presses said once while bluetoothd gets no processor for six seconds: what the kernel keeps for it arrives."""
    return await _pressed(bench, 100.0, 1, held=6.0)


async def roomy(bench: Bench) -> Figures:
    """The same where net.core.rmem_default is 4 MB: the kernel keeps all of it."""
    figures = await starved_once(bench)
    assert figures["kernel"] == figures["bus"] == figures["frames"], figures
    return figures


async def deaf(bench: Bench) -> Figures:
    """For how long an adapter hears nobody else while it connects: to a cuff that answers, to one that is gone."""
    skew = [0.0]
    async with bench.listening(1, now=lambda: boot_time() + skew[0]):
        figures = {}
        for name, comes in (("answered", True), ("gone", False)):
            pressing = asyncio.create_task(bench.radio("crowd", senders=1, rate=10.0, seconds=20.0))
            await asyncio.sleep(3.0)
            if comes:
                await bench.radio("peripheral", address=CUFF, service="1810", characteristic="2A35", value=PRESSURE)
                await asyncio.sleep(8.0)
                await bench.radio("vanish", address=CUFF)
            else:
                await bench.radio("advert", address=CUFF, data="020106", rssi=-50)
            times = (await pressing)["times"]
            await asyncio.sleep(2.0)
            heard = {number_of(advert.body) for _, advert in bench.adverts() if len(advert.body) == 10}
            sent = [at for number, at in enumerate(times) if number in heard]
            figures[f"{name}_deaf_s"] = round(max(later - at for at, later in pairwise(sent)), 1)
            bench.frames.clear()
            skew[0] += 120.0
    return figures


def _none_lost(figures: Figures) -> Figures:
    """Of a machine that keeps up: one whose processor others take away loses for BlueZ what it is never given."""
    assert figures["frames"] == figures["presses"] or figures["p99_ms"] > BEHIND, figures
    return figures


CASES: Final[Mapping[str, Callable[[Bench], Awaitable[Figures]]]] = {
    "every-frame": every_frame, "cuff": cuff, "replug": replug, "killed": killed, "power": power, "wedged": wedged,
    "plain": plain, "crowd": crowd, "repeats": repeats, "starved": starved, "starved-once": starved_once,
    "roomy": roomy, "deaf": deaf, "battery": battery,
}  # fmt: skip
SMOKE_TEST: Final = ("every-frame", "cuff", "replug", "killed")
"""What CI asks; about half a minute on an emulated processor."""
WHOLE: Final = (*SMOKE_TEST, "power", "battery", "wedged", "crowd", "repeats", "starved", "starved-once", "deaf")
"""On demand. ``plain`` (without Experimental) and ``roomy`` (more room for sockets) need machines of their own."""
