"""Health devices over connections, on the stand-in for BlueZ: cuff, strap, tag, and one that never answers."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.clock import boot_time
from gateway.ports.ble import gatt
from gateway.ports.ble.conftest import TOML, A, Life
from gateway.sim.bluez import Bluetoothd, Bus, Characteristic, Peripheral, bthome
from gateway.sim.bluez.adapter import Behaviour

CUFF, STRAP = "A4:C1:38:AA:00:01", "A4:C1:38:AA:00:02"
HEALTH = (
    TOML
    + """
[devices.cuff]
home = "flat"
port = "ble"
driver = "health"
address = "a4:c1:38:aa:00:01"
[devices.strap]
home = "flat"
port = "ble"
driver = "health"
address = "a4:c1:38:aa:00:02"
"""
)
MEASURED = tuple(bytes.fromhex(f"04{high:02x}0050005d004800") for high in (0x78, 0x79, 0x7A))
NAMED = bytes.fromhex("020106") + b"\x05\x09cuff"
"""An advert with flags and a name: that is all such devices say."""


@pytest.fixture
async def bluez(bus: Bus) -> AsyncIterator[Bluetoothd]:
    async with Bluetoothd(bus) as bluez:
        yield bluez


async def listening(life: Life, bluez: Bluetoothd) -> None:
    adapter = bluez.adapters["hci0"]
    await life.until(lambda: adapter.sessions and adapter.monitors)


def health(life: Life) -> list[str]:
    """What came of health devices: address and body."""
    frames = [frame for frame in life.frames() if frame.port == "ble:health"]
    return [f"{frame.data[:6].hex(':')} {frame.data[7:].hex()}" for frame in frames]


async def test_a_cuff_that_has_measured_is_visited_once_and_tells_every_measurement(bluez: Bluetoothd) -> None:
    battery = Characteristic(0x2A19, ("read",), b"\x4d")
    pressure = Characteristic(0x2A35, ("indicate",), tells=MEASURED)
    cuff = Peripheral({0x180F: (battery,), 0x1810: (pressure,)}, goes=0.02)
    bluez.adapters["hci0"].peripherals[CUFF] = cuff
    async with Life(HEALTH) as life:
        await listening(life, bluez)
        for strength in range(5):
            bluez.hear(CUFF, NAMED, -60 - strength)
        await life.until(lambda: len(health(life)) == 4)
        name = CUFF.lower()
        assert sorted(health(life)) == sorted([f"{name} 2a194d", *(f"{name} 2a35{one.hex()}" for one in MEASURED)])
        await asyncio.sleep(0.1)
        bluez.hear(CUFF, NAMED, -50)
        await asyncio.sleep(0.1)
        assert cuff.connections == 1, "what it sends right after it hung up is no second measurement"


async def test_a_strap_that_goes_on_and_on_is_thinned_and_smoke_is_heard_meanwhile(bluez: Bluetoothd) -> None:
    beats = (*(bytes((0, 70 + number % 3)) for number in range(60)), bytes((0, 140)))
    strap = Peripheral({0x180D: (Characteristic(0x2A37, ("notify",), tells=beats),)})
    bluez.adapters["hci0"].peripherals[STRAP] = strap
    async with Life(HEALTH) as life:
        await listening(life, bluez)
        bluez.hear(STRAP, NAMED)
        await life.until(lambda: health(life))
        bluez.hear(A, bthome(bytes((0, 1, 0x29, 1))))
        await life.until(lambda: any(frame.port == "ble:bthome" for frame in life.frames()))
        await life.until(lambda: health(life)[-1].endswith("2a37008c"))
        assert len(health(life)) < 10, "the pulse that doubled was told at once, not what stayed as it was"


async def test_one_that_never_answers_costs_the_others_nothing_and_is_left_alone_for_longer(
    bluez: Bluetoothd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gatt, "CONNECT", 0.1)
    monkeypatch.setattr(gatt, "BACKOFF", (0.2, 1.0))
    bluez.adapters["hci0"].peripherals[STRAP] = Peripheral({}, absent=True)
    cuff = Peripheral({0x1810: (Characteristic(0x2A35, ("indicate",), tells=MEASURED[:1]),)}, goes=0.02)
    bluez.adapters["hci0"].peripherals[CUFF] = cuff
    async with Life(HEALTH) as life:
        await listening(life, bluez)
        bluez.hear(STRAP, NAMED)
        bluez.hear(CUFF, NAMED)
        for packet in range(20):
            bluez.hear(A, bthome(bytes((0, packet, 0x3A, 1))))
            bluez.hear(STRAP, NAMED, -40 - packet)
            await asyncio.sleep(0.02)
        await life.until(lambda: health(life))
        presses = [advert for advert in life.adverts() if advert.address == A.lower()]
        assert len(presses) == 20, "no press was missed"


async def test_nobody_connects_to_a_stranger(bluez: Bluetoothd) -> None:
    stranger = Peripheral({0x1810: (Characteristic(0x2A35, ("indicate",), tells=MEASURED),)})
    bluez.adapters["hci0"].peripherals["C0:FF:EE:00:00:01"] = stranger
    async with Life(HEALTH) as life:
        await listening(life, bluez)
        bluez.hear("C0:FF:EE:00:00:01", NAMED)
        bluez.hear(A, bthome(bytes((0, 1, 0x29, 1))))
        await life.until(life.adverts)
        await asyncio.sleep(0.05)
        assert stranger.connections == 0


async def test_a_connection_that_breaks_off_leaves_the_port_listening(bluez: Bluetoothd) -> None:
    strap = Peripheral({0x180D: (Characteristic(0x2A37, ("notify",), tells=(b"\x00\x46",)),)})
    bluez.adapters["hci0"].peripherals[STRAP] = strap
    async with Life(HEALTH) as life:
        await listening(life, bluez)
        bluez.hear(STRAP, NAMED)
        await life.until(lambda: health(life))
        bluez.unplug()
        await life.until(lambda: life.down)
        bluez.plug()
        await listening(life, bluez)
        bluez.hear(A, bthome(bytes((0, 1, 0x29, 1))))
        await life.until(lambda: any(frame.port == "ble:bthome" for frame in life.frames()))


BATTERIES = TOML.replace('silent_after = "10m"\n', 'silent_after = "10m"\nbattery_every = "1d"\n') + """
[devices.door]
home = "flat"
port = "ble"
address = "a4:c1:38:bb:00:01"
battery_every = "1d"
"""
DOOR = "A4:C1:38:BB:00:01"


def tells_its_battery(percent: int) -> Peripheral:
    return Peripheral({0x180F: (Characteristic(0x2A19, ("read", "notify"), bytes((percent,))),)})


def batteries(life: Life) -> list[str]:
    """What came of sensors' batteries: address and body."""
    frames = [frame for frame in life.frames() if frame.port == "ble:bthome:battery"]
    return [f"{frame.data[:6].hex(':')} {frame.data[7:].hex()}" for frame in frames]


async def test_a_sensors_battery_is_read_once_a_day_one_after_the_other(bluez: Bluetoothd) -> None:
    smoke, door = tells_its_battery(77), tells_its_battery(55)
    bluez.adapters["hci0"].peripherals |= {A: smoke, DOOR: door}
    skew = [0.0]
    async with Life(BATTERIES, now=lambda: boot_time() + skew[0]) as life:
        await listening(life, bluez)

        async def hours(number: int) -> None:
            for _ in range(number * 4):
                skew[0] += 900.0
                for address in (A, DOOR):
                    bluez.hear(address, bthome(bytes((0, int(skew[0] / 900) % 256, 0x02, 0x34, 8))), -50)
                await asyncio.sleep(0.01)

        await hours(2)
        await life.until(lambda: len(batteries(life)) == 2)
        assert sorted(batteries(life)) == [f"{A.lower()} 2a194d", f"{DOOR.lower()} 2a1937"]
        await hours(20)
        assert [smoke.connections, door.connections] == [1, 1]
        await hours(8)
        await life.until(lambda: [smoke.connections, door.connections] == [2, 2])


async def test_no_battery_is_read_while_somebody_calls_for_help(bluez: Bluetoothd) -> None:
    smoke, door = tells_its_battery(77), tells_its_battery(55)
    bluez.adapters["hci0"].peripherals |= {A: smoke, DOOR: door}
    skew = [0.0]
    async with Life(BATTERIES, now=lambda: boot_time() + skew[0]) as life:
        await listening(life, bluez)
        for packet in range(100):
            skew[0] += 100.0
            bluez.hear(A, bthome(bytes((0, packet, 0x3A, 1))), -50)
            bluez.hear(DOOR, bthome(bytes((0, packet, 0x02, 0x34, 8))), -50)
            await asyncio.sleep(0.01)
        presses = [advert for advert in life.adverts() if advert.address == A.lower()]
        assert len(presses) == 100
        assert [smoke.connections, door.connections] == [0, 0]


async def test_a_sensor_that_lets_nobody_connect_is_tried_rarely_and_heard_all_the_same(
    bluez: Bluetoothd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gatt, "BRIEFLY", 0.05)
    smoke = Peripheral({}, absent=True)
    bluez.adapters["hci0"].peripherals[A] = smoke
    skew = [0.0]
    async with Life(BATTERIES, now=lambda: boot_time() + skew[0]) as life:
        await listening(life, bluez)
        for packet in range(100):
            skew[0] += 100.0
            bluez.hear(A, bthome(bytes((0, packet, 0x02, 0x34, 8))), -50 - packet % 2)
            await asyncio.sleep(0.02)
        assert 1 <= smoke.attempts <= 4, "in 10,000 seconds"


@pytest.mark.parametrize("absent", [False, True])
async def test_bluez_forgets_whom_a_battery_was_asked_of_so_that_an_old_press_does_not_ring(
    bus: Bus, absent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BlueZ keeps for good what it was told to connect to, its last advert too, and tells it again with any other one."""
    monkeypatch.setattr(gatt, "BRIEFLY", 0.1)
    skew = [0.0]

    def now() -> float:
        return boot_time() + skew[0]

    async with Bluetoothd(bus, Behaviour(now=now)) as bluez, Life(BATTERIES, now=now) as life:
        smoke = tells_its_battery(77)
        smoke.absent = absent
        adapter = bluez.adapters["hci0"]
        adapter.peripherals[A] = smoke
        await listening(life, bluez)
        skew[0] += 4000.0
        bluez.hear(A, bthome(bytes((0x3A, 1))))
        await life.until(life.adverts)
        skew[0] += 200.0
        adapter.forget_unheard(100)
        bluez.hear(A, NAMED, -50)
        await life.until(lambda: smoke.attempts and not adapter.kept)
        for _ in range(3):
            skew[0] += 200.0
            adapter.forget_unheard(100)
            bluez.hear(A, NAMED, -60)
            await asyncio.sleep(0.05)
        presses = [advert for advert in life.adverts() if advert.address == A.lower() and advert.body[:2] == b"\x40\x3a"]
        assert len(presses) == 1
