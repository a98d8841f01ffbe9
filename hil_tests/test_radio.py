"""Presses over Bluetooth, in the clear and encrypted: each rings once, whoever says it again and whenever the gateway dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from gateway.sim.bluez import Bluetoothd, Bus, bthome, find_dbus_daemon
from gateway.sim.bluez.bus import VARIABLE
from gateway.sim.platform import Platform
from hil_tests.broker import Mosquitto
from hil_tests.gateway import Gateway

pytestmark = pytest.mark.usefixtures("simulated_only")
PLAIN, SEALED = "A4:C1:38:00:00:01", "54:48:E6:8F:80:A5"
KEY = "231d39c1d7cc1ab1aee224cd096db932"
SITE = """
gateway = {{id = "gw-1", site = "estate"}}
homes.flat = {{}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1", port = {port}}}
ports.radio = {{type = "ble", driver = "bthome"}}
devices.plain = {{home = "flat", port = "radio", address = "a4:c1:38:00:00:01"}}
devices.sealed = {{home = "flat", port = "radio", address = "54:48:e6:8f:80:a5", key_env = "ANJU_KEY_SEALED"}}
"""
PRESS, CALM = bytes.fromhex("3a01"), bytes.fromhex("020a08")


def sealed(counter: int, said: bytes = PRESS) -> bytes:
    """An encrypted BTHome advert (bthome.io/encryption)."""
    count, address = counter.to_bytes(4, "little"), bytes.fromhex(SEALED.replace(":", ""))
    nonce = address + bytes.fromhex("d2fc41") + count
    text = AESCCM(bytes.fromhex(KEY), tag_length=4).encrypt(nonce, said, None)
    return bthome(text[:-4] + count + text[-4:], info=0x41)


def plain(packet: int) -> bytes:
    return bthome(bytes((0, packet)) + PRESS)


class Street:
    """A stand-in for BlueZ with two adapters, a gateway that can be killed, and a platform."""

    def __init__(self, bluez: Bluetoothd, gateway: Gateway, platform: Platform) -> None:
        self.bluez, self.gateway, self.platform = bluez, gateway, platform

    async def up(self) -> None:
        """Start the gateway, and return when both adapters listen for it."""
        await asyncio.to_thread(self.gateway.up)
        async with asyncio.timeout(15):
            while not all(one.sessions and one.monitors for one in self.bluez.adapters.values()):
                await asyncio.sleep(0.02)

    async def restart(self) -> None:
        """SIGKILL, and up again."""
        await asyncio.to_thread(self.gateway.kill)
        async with asyncio.timeout(5):
            while any(one.sessions for one in self.bluez.adapters.values()):
                await asyncio.sleep(0.02)
        await self.up()

    async def say(self, address: str, data: bytes, copies: int = 3) -> None:
        """Both adapters hear it, each a few times and in strengths of its own."""
        for copy in range(copies):
            for adapter, rssi in (("hci0", -50), ("hci1", -70)):
                self.bluez.hear(address, data, rssi - copy, adapter)
            await asyncio.sleep(0.02)

    def calls(self, device: str) -> list[int]:
        """n of each change of its call for help."""
        return [one.body["n"] for one in self.platform.events(kind="alert", rule="emergency-call", device=device)]

    async def rings(self, device: str, times: int) -> None:
        """It has rung so often, and no more."""
        async with asyncio.timeout(10):
            while len(self.calls(device)) < times:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        assert self.calls(device) == list(range(1, times + 1))


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    if find_dbus_daemon() is None:
        pytest.skip("dbus-daemon isn't installed: make test brings it")
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(tmp_path / "broker"))
        platform = stack.enter_context(Platform(broker.host, broker.port))
        (tmp_path / "site.toml").write_text(SITE.format(port=broker.port))
        async with Bus() as bus, Bluetoothd(bus) as bluez:
            bluez.plug("hci1")
            gateway = Gateway(tmp_path / "site.toml", {VARIABLE: bus.address, "ANJU_KEY_SEALED": KEY})
            stack.callback(gateway.stop)
            street = Street(bluez, gateway, platform)
            await street.up()
            yield street
            await asyncio.to_thread(gateway.stop)


async def test_a_recorded_press_rings_nobody_over_kills_and_a_changed_battery(street: Street) -> None:
    await street.say(SEALED, sealed(1000))
    await street.rings("sealed", 1)
    await street.restart()
    await street.say(SEALED, sealed(1000))
    await street.say(SEALED, sealed(1001))
    await street.rings("sealed", 2)
    await street.say(SEALED, sealed(5))  # a new battery: its counter begins anew, and its first word is a call
    await street.rings("sealed", 3)
    await street.restart()
    for recorded in (5, 1000, 1001, 5):
        await street.say(SEALED, sealed(recorded))
    await street.say(SEALED, sealed(6))
    await street.rings("sealed", 4)
    for counter in (7, 8):
        await street.say(SEALED, sealed(counter, CALM))
    for recorded in (6, 1001, 5, 1000):
        await street.say(SEALED, sealed(recorded))
    await street.say(SEALED, sealed(9))
    await street.rings("sealed", 5)


async def test_a_press_in_the_clear_rings_once_by_its_packet_id_over_kills(street: Street) -> None:
    for packet in (1, 2, 3):
        await street.say(PLAIN, plain(packet))
    await street.rings("plain", 3)
    await street.restart()
    await street.say(PLAIN, plain(3))
    await street.say(PLAIN, plain(4))
    await street.rings("plain", 4)


async def test_with_active_scanning_alone_a_press_that_is_said_on_rings_once(street: Street) -> None:
    """Without Experimental each sender is told of once in 10.4 s; one adapter is replugged in the midst of it."""
    street.bluez.how.experimental = False
    for adapter in ("hci0", "hci1"):
        street.bluez.unplug(adapter)
        street.bluez.plug(adapter)
    async with asyncio.timeout(15):
        while not all(one.sessions for one in street.bluez.adapters.values()):
            await asyncio.sleep(0.02)
    await street.say(PLAIN, plain(9))
    street.bluez.unplug("hci0")
    street.bluez.plug("hci0")
    async with asyncio.timeout(15):
        while not street.bluez.adapters["hci0"].sessions:
            await asyncio.sleep(0.02)
    await street.say(PLAIN, plain(9))
    await street.rings("plain", 1)
