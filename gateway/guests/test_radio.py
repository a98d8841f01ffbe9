"""A third party's driver on a radio: every press rings, nothing is written that is no news, and its key is lent to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.reading import Frame
from gateway.control.conftest import Running, running
from gateway.guests import cards, host
from gateway.guests.conftest import install
from gateway.sim.bluez import Bluetoothd, Bus, find_dbus_daemon
from gateway.sim.bluez.air import service_data

SOURCE = '''
"""Service data ABCD: a number, then b (button), t (temperature) and its degrees, k (is there a key?), h (hangs)."""

import time
from drivers.driver import BadFrame, Decoded, Driver, Head
from drivers.reading import Value


def cut(buffer):
    return [buffer], b""


def head(frame):
    if len(frame) < 2:
        raise BadFrame("too short", frame)
    return Head("", frame)


def decode(head, memory):
    number, kind = head.body[0], head.body[1:2]
    if kind == b"h":
        time.sleep(60)
    if kind == b"b":
        said = [Value("button", "press")]
    elif kind == b"t":
        said = [Value("temperature_c", head.body[2])]
    elif kind == b"k":
        said = [Value("model", memory.get("key", "none"))]
    else:
        raise BadFrame("unknown", head.body)
    if memory.get("number") == number:
        return Decoded([], memory, False)
    return Decoded(said, {"number": number})


DRIVER = Driver(name="pendant", link="advert", cut=cut, head=head, decode=decode, silent_after=600, service=0xABCD)
'''
TOML = """
[ports.radio]
type = "ble"
driver = "bthome"
[devices.pendant]
home = "flat"
port = "radio"
driver = "pendant"
address = "a4:c1:38:00:00:09"
key_env = "ANJU_KEY_PENDANT"
[devices.smoke]
home = "flat"
port = "radio"
address = "a4:c1:38:00:00:01"
"""
PENDANT, SMOKE = "A4:C1:38:00:00:09", "A4:C1:38:00:00:01"
KEY = "00112233445566778899aabbccddeeff"


class Air:
    """A gateway with a radio that hears it, and every Frame that its hub got."""

    def __init__(self, bluez: Bluetoothd, gateway: Running) -> None:
        self.bluez, self.gateway = bluez, gateway
        self.frames: list[Frame] = []
        gateway.app.hub.listeners.append(lambda out: self.frames.append(out.frame))

    def say(self, number: int, what: bytes) -> None:
        self.bluez.hear(PENDANT, service_data(0xABCD, bytes((number,)) + what), -60)

    def values(self) -> list[object]:
        """First value of each Frame of the pendant that says one."""
        said = [json.loads(frame.data) for frame in self.frames if frame.port == "radio:pendant"]
        return [one["values"][0][1] for one in said if one.get("values")]


@pytest.fixture
async def air(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Air]:
    if find_dbus_daemon() is None:
        pytest.skip("dbus-daemon isn't installed: make test brings it")
    packages = tmp_path / "site-packages"
    packages.mkdir()
    install(packages, SOURCE, "pendant = odd_driver:DRIVER")
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.setenv("PYTHONPATH", str(packages))
    monkeypatch.setenv("ANJU_KEY_PENDANT", KEY)
    monkeypatch.setattr(host, "BACKOFF", (0.02, 0.05))
    cards.forget()
    async with _air(tmp_path) as made:
        yield made
    cards.forget()


@asynccontextmanager
async def _air(folder: Path) -> AsyncIterator[Air]:
    async with Bus() as bus, Bluetoothd(bus) as bluez, running(folder, TOML) as gateway:
        adapter = bluez.adapters["hci0"]
        await gateway.until(lambda: bool(adapter.sessions and adapter.monitors))
        await gateway.until(lambda: gateway.app.guests["pendant"].up)
        yield Air(bluez, gateway)


async def test_every_press_rings_once_however_often_it_is_said(air: Air) -> None:
    for number in range(20):
        for _ in range(3):
            air.say(number, b"b")
        await asyncio.sleep(0.01)
    await air.gateway.until(lambda: air.values() == ["press"] * 20)
    await air.gateway.until(lambda: air.gateway.told("emergency-call"))


async def test_what_is_measured_again_and_again_is_thinned_and_its_state_is_not(air: Air) -> None:
    for number in range(100):
        air.say(number, b"t\x15")
        await asyncio.sleep(0.002)
    air.say(200, b"t\x28")
    await air.gateway.until(lambda: 0x28 in air.values())
    assert len(air.values()) < 10
    air.say(201, b"b")
    await air.gateway.until(lambda: air.values()[-1] == "press")


async def test_its_key_is_lent_to_it_and_stands_in_no_memory(air: Air) -> None:
    air.say(1, b"k")
    await air.gateway.until(lambda: air.values() == [KEY])
    fold = air.gateway.app.booted.fold
    assert all(KEY not in str(memory) for memory in fold.memories.values())


async def test_while_it_hangs_smoke_beside_it_is_heard(air: Air) -> None:
    for number in range(30):
        air.say(number, b"h")
    air.bluez.hear(SMOKE, service_data(0xFCD2, bytes.fromhex("40000129") + b"\x01"), -60)
    async with asyncio.timeout(1.0):
        await air.gateway.until(lambda: air.gateway.told("smoke"))
    assert air.values() == []
