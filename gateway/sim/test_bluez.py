"""The stand-in for BlueZ, asked by unmodified bleak what the real one was asked in the virtual machine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.args.bluez import OrPattern
from bleak.assigned_numbers import AdvertisementDataType as Kind
from bleak.exc import BleakError

from gateway.sim.bluez import Bluetoothd, Bus, Characteristic, Peripheral, bthome, find_dbus_daemon, service_data
from gateway.sim.bluez.adapter import Behaviour

pytestmark = pytest.mark.skipif(find_dbus_daemon() is None, reason="dbus-daemon isn't installed: make test brings it")

A, B = "A4:C1:38:00:00:01", "A4:C1:38:AA:00:01"
BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"
SMOKE = bytes((0, 1, 0x29, 1))
PASSIVE: dict[str, Any] = {
    "scanning_mode": "passive",
    "bluez": {"or_patterns": [OrPattern(0, Kind.SERVICE_DATA_UUID16, b"\xd2\xfc")]},
}
both = pytest.mark.parametrize("how", [{}, PASSIVE], ids=["active", "passive"])


@pytest.fixture
async def bus() -> AsyncIterator[Bus]:
    async with Bus() as bus:
        yield bus


@pytest.fixture
async def bluez(bus: Bus) -> AsyncIterator[Bluetoothd]:
    async with Bluetoothd(bus) as bluez:
        yield bluez


class Ear:
    """What one scanner of bleak calls back with."""

    def __init__(self, **how: Any) -> None:
        self.heard: list[tuple[str, bytes, int]] = []
        self.devices: dict[str, Any] = {}
        self.scanner = BleakScanner(self._note, **how)
        self._passive = "scanning_mode" in how

    def _note(self, device: Any, advert: Any) -> None:
        self.devices[device.address] = device
        self.heard.append((device.address, advert.service_data.get(BTHOME, b""), advert.rssi))

    async def start(self, bluez: Bluetoothd) -> "Ear":
        await self.scanner.start()
        await until(lambda: any(one.monitors if self._passive else one.sessions for one in bluez.adapters.values()))
        return self

    async def count(self, wanted: int) -> int:
        """How many adverts came, when nothing was under way any more."""
        await until(lambda: len(self.heard) >= wanted)
        await asyncio.sleep(0.02)
        return len(self.heard)


async def until(condition: Callable[[], bool], seconds: float = 2.0) -> bool:
    async def wait() -> None:
        while not condition():
            await asyncio.sleep(0.002)

    try:
        await asyncio.wait_for(wait(), seconds)
    except TimeoutError:
        return False
    return True


@both
async def test_an_advert_arrives_with_sender_data_and_strength(bluez: Bluetoothd, how: Any) -> None:
    ear = await Ear(**how).start(bluez)
    bluez.hear(A, bthome(SMOKE), -63)
    await ear.count(1)
    assert ear.heard == [(A, b"\x40" + SMOKE, -63)]
    await ear.scanner.stop()


async def test_discovery_alone_swallows_all_but_one_frame_of_a_cycle(bluez: Bluetoothd) -> None:
    ear = await Ear().start(bluez)
    told = [bluez.hear(A, bthome(bytes((0, number, 0x29, 1)))) for number in range(20)]
    assert (sum(told), await ear.count(1)) == (1, 1)
    await ear.scanner.stop()


async def test_the_next_cycle_reports_again_and_the_newer_bluez_rests_in_between(bus: Bus) -> None:
    now = [100.0]
    for version, heard in (((5, 66), [True, False, True, True]), ((5, 82), [True, False, False, True])):
        async with Bluetoothd(bus, Behaviour(version, now=lambda: now[0])) as bluez:
            ear = await Ear().start(bluez)
            told = []
            for packet, step in enumerate((0.0, 5.0, 6.0, 12.0)):
                now[0] += step
                told.append(bluez.hear(A, bthome(bytes((0, packet)))))
            assert told == heard, version
            await ear.scanner.stop()


async def test_a_monitor_tells_changes_alone(bluez: Bluetoothd) -> None:
    ear = await Ear(**PASSIVE).start(bluez)
    for packet, strength in ((1, -60), (1, -60), (1, -63), (1, -72), (2, -72)):
        bluez.hear(A, bthome(bytes((0, packet))), strength)
    assert await ear.count(3) == 3
    assert [(data[2], strength) for _, data, strength in ear.heard] == [(1, -60), (1, -72), (2, -72)]
    await ear.scanner.stop()


async def test_a_monitor_and_a_discovery_together_hear_every_frame(bluez: Bluetoothd) -> None:
    passive, active = await Ear(**PASSIVE).start(bluez), await Ear().start(bluez)
    for packet in range(20):
        bluez.hear(A, bthome(bytes((0, packet))))
    assert (await passive.count(20), await active.count(20)) == (20, 20)
    await active.scanner.stop()
    assert passive.heard[-1][2] == -127, "the end of a discovery takes all strengths away"
    await passive.scanner.stop()


async def test_without_experimental_there_is_no_passive_scanning(bus: Bus) -> None:
    async with Bluetoothd(bus, Behaviour(experimental=False)):
        with pytest.raises(BleakError, match="experimental"):
            await BleakScanner(lambda device, advert: None, **PASSIVE).start()


@both
@pytest.mark.parametrize("fault", ["unplug", "restart"])
async def test_a_scanner_goes_deaf_in_silence(bluez: Bluetoothd, fault: str, how: Any) -> None:
    ear = await Ear(**how).start(bluez)
    bluez.hear(A, bthome(SMOKE))
    assert await ear.count(1) == 1
    if fault == "unplug":
        bluez.unplug()
        bluez.plug()
    else:
        await bluez.restart()
    assert not bluez.hear(A, bthome(bytes((0, 2))))
    with pytest.raises(BleakError, match=r"No discovery started|Does Not Exist"):
        await ear.scanner.stop()
    again = await Ear(**how).start(bluez)
    bluez.hear(A, bthome(bytes((0, 3))))
    assert await again.count(1) == 1
    await again.scanner.stop()


@pytest.mark.parametrize(("how", "heard"), [({}, False), (PASSIVE, True)], ids=["active", "passive"])
async def test_after_a_power_cycle_only_the_discovery_is_deaf(bluez: Bluetoothd, how: Any, heard: bool) -> None:
    ear = await Ear(**how).start(bluez)
    bluez.adapters["hci0"].power(False)
    bluez.adapters["hci0"].power(True)
    assert bluez.hear(A, bthome(SMOKE)) is heard
    await ear.count(int(heard))


async def test_a_wedged_controller_refuses_to_stop_and_starts_in_vain(bus: Bus) -> None:
    async with Bluetoothd(bus, Behaviour(hang=0.05)) as bluez:
        ear = await Ear().start(bluez)
        bluez.adapters["hci0"].wedged = "power"
        with pytest.raises(BleakError, match="InProgress"):
            await ear.scanner.stop()
        again = await Ear().start(bluez)
        assert not bluez.hear(A, bthome(SMOKE))
        bluez.adapters["hci0"].power(False)
        bluez.adapters["hci0"].power(True)
        with pytest.raises(BleakError, match="No discovery"):
            await again.scanner.stop()
        third = await Ear().start(bluez)
        assert bluez.hear(A, bthome(SMOKE))
        await third.scanner.stop()


@pytest.mark.parametrize(
    ("version", "content", "heard"),
    [((5, 66), b"\xd2\xfc", True), ((5, 66), b"\x40", False), ((5, 70), b"\x40", False), ((5, 82), b"\xd2\xfc", False),
     ((5, 82), b"\x40", True)],
)  # fmt: skip
async def test_what_a_pattern_matches_is_the_versions_own(
    bus: Bus, version: tuple[int, int], content: bytes, heard: bool
) -> None:
    async with Bluetoothd(bus, Behaviour(version)) as bluez:
        how: Any = {
            "scanning_mode": "passive",
            "bluez": {"or_patterns": [OrPattern(0, Kind.SERVICE_DATA_UUID16, content)]},
        }
        ear = await Ear(**how).start(bluez)
        assert bluez.hear(A, bthome(SMOKE)) is heard
        await ear.scanner.stop()


async def test_eight_patterns_kill_the_daemon(bluez: Bluetoothd) -> None:
    patterns: list[Any] = [OrPattern(0, Kind.FLAGS, bytes((number,))) for number in range(8)]
    scanner = BleakScanner(lambda device, advert: None, scanning_mode="passive", bluez={"or_patterns": patterns})
    await scanner.start()
    assert await until(lambda: not bluez.adapters)
    with pytest.raises(BleakError):
        await scanner.stop()


async def test_the_newer_bluez_wants_the_discoverable_flag_in_discovery(bus: Bus) -> None:
    async with Bluetoothd(bus, Behaviour((5, 82))) as bluez:
        ear = await Ear().start(bluez)
        assert not bluez.hear(A, bthome(SMOKE, flags=None))
        assert bluez.hear(A, bthome(SMOKE))
        await ear.scanner.stop()


async def test_data_of_another_service_stays_and_a_sender_not_heard_is_forgotten(bus: Bus) -> None:
    async with Bluetoothd(bus, Behaviour(forget=0.05)) as bluez:
        ear = await Ear().start(bluez)
        passive = await Ear(**PASSIVE).start(bluez)
        bluez.hear(A, bthome(SMOKE))
        bluez.hear(A, service_data(0xFE95, b"\x30\x58"))
        assert await ear.count(2) == 2
        assert ear.heard[1] == ear.heard[0], "and bleak calls back with what was said before"
        assert await until(lambda: not bluez.adapters["hci0"].seen)
        await ear.scanner.stop()
        await passive.scanner.stop()


async def test_connect_read_write_be_notified_and_dropped(bluez: Bluetoothd) -> None:
    battery = Characteristic(0x2A19, ("read",), b"\x4d")
    pressure = Characteristic(0x2A35, ("indicate", "write"), tells=(b"\x01", b"\x02"))
    peripheral = Peripheral({0x180F: (battery,), 0x1810: (pressure,)})
    bluez.adapters["hci0"].peripherals[B] = peripheral
    ear = await Ear(**PASSIVE).start(bluez)
    bluez.hear(B, bthome(SMOKE))
    await ear.count(1)
    notes: list[bytes] = []
    gone = asyncio.Event()
    async with BleakClient(ear.devices[B], disconnected_callback=lambda _: gone.set()) as client:
        assert (await client.read_gatt_char("2a19"))[0] == 77
        await client.start_notify("2a35", lambda _, data: notes.append(bytes(data)))
        await client.write_gatt_char("2a35", b"ack", response=True)
        assert await until(lambda: len(notes) == 2)
        bluez.drop(B)
        await asyncio.wait_for(gone.wait(), 1)
    assert notes == [b"\x01", b"\x02"]
    assert [value for _, value in peripheral.written] == [b"ack"]
    await ear.scanner.stop()


async def test_a_thousand_senders_are_told_of_without_loss(bluez: Bluetoothd) -> None:
    ear = await Ear(**PASSIVE).start(bluez)
    for number in range(3000):
        packet = bytes((0, number // 1000, 0x3E)) + number.to_bytes(4, "little")
        assert bluez.hear(f"A4:C1:38:00:{number % 1000 >> 8:02X}:{number % 1000 & 255:02X}", bthome(packet))
        if number % 50 == 49:
            await bluez.settle()
    assert await ear.count(3000) == 3000
    await ear.scanner.stop()
