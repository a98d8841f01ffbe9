"""The radio's port on the stand-in for BlueZ: what arrives, and every way in which it goes deaf and hears again."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from drivers.advert import unpacked
from drivers.reading import Frame
from drivers.test_bthome import MAC, seal
from gateway.ports.ble.conftest import QUICK, STRANGER, TOML, A, B, Life
from gateway.sim.bluez import Bluetoothd, Bus, bthome
from gateway.sim.bluez.adapter import Behaviour

SMOKE = bytes((0, 1, 0x29, 1))


@pytest.fixture
async def bluez(bus: Bus) -> AsyncIterator[Bluetoothd]:
    async with Bluetoothd(bus) as bluez:
        yield bluez


async def listening(life: Life, bluez: Bluetoothd, adapter: str = "hci0") -> None:
    def listens() -> bool:
        there = bluez.adapters.get(adapter)
        return there is not None and bool(there.sessions) and (bool(there.monitors) or not bluez.how.experimental)

    await life.until(listens)


async def hears(life: Life, bluez: Bluetoothd, packet: int, adapter: str = "hci0") -> None:
    """Send a new frame until it arrives: a scan may be about to start."""
    body = bytes((0x40, 0, packet, 0x29, 1))
    for _ in range(500):
        bluez.hear(A, bthome(body[1:]), adapter=adapter)
        await asyncio.sleep(0.01)
        if any(advert.body == body for advert in life.adverts()):
            return
    raise AssertionError(f"packet {packet} never came")


async def test_what_a_registered_sensor_says_goes_on_once_and_a_stranger_costs_nothing(bluez: Bluetoothd) -> None:
    async with Life() as life:
        await listening(life, bluez)
        bluez.hear(STRANGER, bthome(SMOKE))
        bluez.hear(A, bthome(SMOKE), -63)
        await life.until(life.adverts)
        await asyncio.sleep(0.05)
        (advert,) = life.adverts()
        assert advert == ("a4:c1:38:00:00:01", -63, b"\x40" + SMOKE)
        assert "ble:bthome" in {frame.port for frame in life.frames()}
        await life.until(lambda: life.down is False)
        assert life.port.up


async def test_an_alarm_right_behind_another_frame_isnt_swallowed(bluez: Bluetoothd) -> None:
    """An active scan alone would report the sender once in 10.4 s."""
    async with Life() as life:
        await listening(life, bluez)
        for packet in range(10):
            bluez.hear(A, bthome(bytes((0, packet, 0x29, packet % 2))))
        await life.until(lambda: len(life.adverts()) == 10)
        assert [advert.body[2] for advert in life.adverts()] == list(range(10))


@pytest.mark.parametrize("version", [(5, 66), (5, 82)])
@pytest.mark.parametrize("info", [0x40, 0x44])
async def test_the_seven_patterns_hear_without_flags_on_every_bluez(
    bus: Bus, version: tuple[int, int], info: int
) -> None:
    async with Bluetoothd(bus, Behaviour(version)) as bluez, Life() as life:
        await listening(life, bluez)
        bluez.hear(A, bthome(SMOKE, info, flags=None))
        await life.until(life.adverts)


async def test_two_adapters_tell_once_what_both_hear(bus: Bus) -> None:
    async with Bluetoothd(bus, adapters=2) as bluez, Life() as life:
        await listening(life, bluez)
        await listening(life, bluez, "hci1")
        for packet in (1, 2, 3):
            bluez.hear(A, bthome(bytes((0, packet, 0x3A, 1))), adapter="hci0")
        for packet in (1, 2, 3):
            bluez.hear(A, bthome(bytes((0, packet, 0x3A, 1))), adapter="hci1")
        bluez.hear(B, bthome(bytes((0, 9, 0x3A, 1))), adapter="hci1")
        await life.until(lambda: len(life.adverts()) >= 4)
        await asyncio.sleep(0.05)
        assert [advert.body[2] for advert in life.adverts()] == [1, 2, 3, 9]


async def test_only_the_adapters_of_the_site_are_used(bus: Bus) -> None:
    toml = TOML.replace('type = "ble"', 'type = "ble"\nadapters = ["02:00:00:00:00:02"]')
    async with Bluetoothd(bus, adapters=2) as bluez, Life(toml) as life:
        await listening(life, bluez, "hci1")
        await life.until(lambda: life.down is False)
        assert not bluez.adapters["hci0"].sessions
        bluez.unplug("hci1")
        await life.until(lambda: life.down)


@pytest.mark.parametrize("fault", ["restart", "replug", "power", "powered off for good", "bus"])
async def test_it_hears_again_after_whatever_d_bus_shows(bus: Bus, bluez: Bluetoothd, fault: str) -> None:
    """No scanner raises anything in any of them. (DroneAware PR #89: silent after bluetoothd restarted.)"""
    async with Life() as life:
        await hears(life, bluez, 1)
        if fault == "restart":
            await bluez.restart()
        elif fault == "replug":
            bluez.unplug()
            await life.until(lambda: life.down)
            bluez.plug()
        elif fault == "power":
            bluez.adapters["hci0"].power(False)
            bluez.adapters["hci0"].power(True)
        elif fault == "powered off for good":
            bluez.adapters["hci0"].power(False)
        else:
            await bus.stop()
            await life.until(lambda: life.down)
            await bluez.kill()
            await bus.start()
            await bluez.revive()
            bluez.plug()
        await hears(life, bluez, 2)
        await life.until(lambda: life.down is False)


async def test_an_adapter_is_known_by_its_address_and_one_in_its_place_is_taken_for_it(bus: Bus) -> None:
    toml = TOML.replace('type = "ble"', 'type = "ble"\nadapters = ["02:00:00:00:00:01"]')
    async with Bluetoothd(bus) as bluez, Life(toml) as life:
        await hears(life, bluez, 1)
        bluez.unplug()
        await life.until(lambda: life.down)
        bluez.plug("hci0", "02:00:00:00:00:99")
        bluez.plug("hci3", "02:00:00:00:00:01")
        await hears(life, bluez, 2, "hci3")
        await life.until(lambda: life.down is False)
        assert not bluez.adapters["hci0"].sessions, "a name is nobody's own"
    async with Bluetoothd(bus) as bluez, Life() as life:
        await hears(life, bluez, 3)
        bluez.unplug()
        await life.until(lambda: life.down)
        bluez.plug("hci0", "02:00:00:00:00:77")
        await hears(life, bluez, 4)
        await life.until(lambda: life.down is False)
        await bus.stop()
        await life.until(lambda: life.down)
        await bluez.kill()
        await bus.start()
        await bluez.revive()
        bluez.plug("hci0", "02:00:00:00:00:66")
        await hears(life, bluez, 5)
        await life.until(lambda: life.down is False)


async def test_it_waits_for_a_bluetoothd_and_an_adapter_that_come_later(bus: Bus) -> None:
    """(core #76544: recovery that never starts.)"""
    await bus.stop()
    async with Life() as life:
        await life.until(lambda: life.down)
        await bus.start()
        async with Bluetoothd(bus, adapters=0) as bluez:
            await asyncio.sleep(0.1)
            bluez.plug("hci0", powered=False)
            await hears(life, bluez, 1)
            await life.until(lambda: life.down is False)


async def test_a_bluetoothd_that_is_gone_is_told_at_once(bluez: Bluetoothd) -> None:
    async with Life() as life:
        await hears(life, bluez, 1)
        await bluez.kill()
        await life.until(lambda: life.down, 1.0)


async def test_a_bluetoothd_that_answers_nobody_holds_nothing_up(
    bluez: Bluetoothd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ports.ble.ear.LIMIT", 0.1)
    monkeypatch.setattr("gateway.ports.ble.bluez.ANSWER", 0.1)
    async with Life() as life:
        await hears(life, bluez, 1)
        bluez.hung = True
        bluez.adapters["hci0"].power(False)
        bluez.adapters["hci0"].power(True)
        await life.until(lambda: life.down)
        bluez.hung = False
        await hears(life, bluez, 2)


async def test_a_bluetoothd_that_tells_no_adapters_is_told_once_and_asked_ever_more_seldom(
    bluez: Bluetoothd, caplog: pytest.LogCaptureFixture
) -> None:
    """The old adapter listens on; of the new one nobody would know."""
    caplog.set_level(logging.INFO)
    async with Life() as life:
        await hears(life, bluez, 1)
        await life.until(lambda: life.down is False)
        bluez.refuses.add("GetManagedObjects")
        bluez.called.clear()
        bluez.plug("hci1")
        await asyncio.sleep(QUICK.grace / 2)
        assert life.down is False, "not yet a trouble"
        await life.until(lambda: life.down)
        assert 3 <= bluez.called["GetManagedObjects"] <= 10, "after 0.02, 0.04, 0.08 and then each 0.1 s"
        await hears(life, bluez, 2)
        bluez.refuses.clear()
        await hears(life, bluez, 3, "hci1")
        await life.until(lambda: life.down is False)
    said = [record.message for record in caplog.records if "adapters there are" in record.message]
    assert len([one for one in said if "Not enough memory" in one]) == 2, "when it begins, and as a trouble"
    assert len(said) == 3, "and when it is over"


async def test_a_bluetoothd_that_starts_anew_is_asked_at_once_however_long_the_old_one_said_nothing(
    bluez: Bluetoothd,
) -> None:
    async with Life(pace=QUICK._replace(longest=60.0)) as life:
        await hears(life, bluez, 1)
        bluez.refuses.add("GetManagedObjects")
        bluez.plug("hci1")
        await life.until(lambda: bluez.called["GetManagedObjects"] >= 6)  # the next one would come after 0.6 s and more
        bluez.refuses.clear()
        await bluez.restart()
        await hears(life, bluez, 2, "hci1")


class Time:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


async def settled(time: Time, seconds: float) -> None:
    """Let time pass, second after second, with a moment for the port in each."""
    for _ in range(round(seconds)):
        time.at += 1.0
        await asyncio.sleep(0.003)


async def test_a_wedged_controller_is_found_by_its_silence_and_reset(bus: Bus) -> None:
    """Nothing on D-Bus shows it: calls succeed, nothing is heard."""
    time = Time()
    pace = QUICK._replace(tick=0.002)
    async with Bluetoothd(bus, Behaviour(hang=0.005, now=time)) as bluez, Life(pace=pace, now=time) as life:
        await listening(life, bluez)
        for packet in range(12):
            await settled(time, 10)
            bluez.hear(A, bthome(bytes((0, packet, 0x29, 0))))
        adapter = bluez.adapters["hci0"]
        adapter.wedged = "power"
        resets = adapter.resets
        await settled(time, 90)
        assert adapter.starts >= 4, "the scan was started anew within 90 s"
        for _ in range(200):
            await settled(time, 1)
            if adapter.resets > resets:
                break
        assert adapter.resets == resets + 1
        assert not adapter.wedged
        await hears(life, bluez, 99)
        assert life.down is False, "cured before anybody had to know"


async def test_recovery_that_brings_nothing_is_tried_ever_more_seldom_and_told_once(bus: Bus) -> None:
    """(core #76544: it rebuilt the scanner every second.)"""
    time = Time()
    pace = QUICK._replace(tick=0.002)
    async with Bluetoothd(bus, Behaviour(hang=0.0, now=time)) as bluez, Life(pace=pace, now=time) as life:
        await listening(life, bluez)
        for packet in range(6):
            await settled(time, 10)
            bluez.hear(A, bthome(bytes((0, packet, 0x29, 0))))
        adapter = bluez.adapters["hci0"]
        adapter.wedged = "replug"
        starts = adapter.starts
        await settled(time, 700)
        assert 4 <= adapter.starts - starts <= 4 * 3, "two or three calls each, after 60, 60, 120, 240 s"
        assert [values["port_down"] for values in life.health() if "port_down" in values][-2:] == [False, True]
        bluez.unplug()
        bluez.plug()
        await hears(life, bluez, 99)
        await life.until(lambda: life.down is False)


async def test_recovery_outlives_whatever_bleak_raises(
    bluez: Bluetoothd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """(DroneAware PR #89: the recovery code itself crashed.)"""
    from bleak import BleakScanner

    broken = [AttributeError("NoneType"), KeyError("path"), AssertionError(), EOFError(), OSError(9, "bad")]
    real = BleakScanner.start

    async def start(self: BleakScanner) -> None:
        if broken:
            raise broken.pop()
        await real(self)

    async def stop(self: BleakScanner) -> None:
        raise AttributeError("'NoneType' object has no attribute 'call'")

    async with Life() as life:
        await hears(life, bluez, 1)
        monkeypatch.setattr(BleakScanner, "start", start)
        monkeypatch.setattr(BleakScanner, "stop", stop)
        await bluez.restart()
        await hears(life, bluez, 2)
        assert not broken
    assert not [record for record in caplog.records if record.levelno > logging.ERROR]


async def test_without_experimental_it_hears_actively_and_tells_what_to_switch_on(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with Bluetoothd(bus, Behaviour(experimental=False)) as bluez, Life() as life:
        await listening(life, bluez)
        bluez.hear(A, bthome(SMOKE))
        await life.until(life.adverts)
        await life.until(lambda: {"passive_off": True} in life.health())
        bluez.how.experimental = True
        await bluez.restart()
        await life.until(lambda: life.health()[-1] == {"passive_off": False})
    said = [record.message for record in caplog.records if "Experimental" in record.message]
    assert len(said) == 1
    assert "/etc/bluetooth/main.conf" in said[0]


async def test_a_driver_whose_library_does_not_load_keeps_nobody_from_listening(
    bluez: Bluetoothd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load() -> None:
        raise ImportError("libcrypto.so.3: wrong architecture")

    life = Life()
    monkeypatch.setattr(life.port, "_loads", [load])
    async with life:
        await hears(life, bluez, 1)


async def test_a_full_inbox_takes_calls_for_help_alone(bluez: Bluetoothd) -> None:
    async with Life() as life:
        await listening(life, bluez)
        while life.inbox.put(Frame("line-1", 0.0, b"")):
            pass
        bluez.hear(A, bthome(bytes((0, 1, 0x02, 1, 2))))
        bluez.hear(A, bthome(bytes((0, 2, 0x1A, 1))))
        bluez.hear(B, bthome(bytes((0, 3, 0x29, 1))))
        await life.until(lambda: life.port.dropped)
        await asyncio.sleep(0.05)
        taken = [unpacked(frame.data) for frame in life.inbox.take(100_000) if frame.port == "ble:bthome"]
        assert [advert.body[2] for advert in taken] == [1, 3], "one finds it full; after that a call for help alone"
        await life.until(lambda: [advert.body[2] for advert in life.adverts()] == [2])  # and there is room again


async def test_a_sensor_that_cannot_be_read_is_logged_once_and_once_when_it_can(
    bluez: Bluetoothd, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong key: its silence would be told after hours, and nobody would know why."""
    caplog.set_level(logging.INFO)
    good = seal(b"\x29\x00", 5)
    async with Life() as life:
        await listening(life, bluez)
        for number in range(20):
            bluez.hear(MAC.upper(), bthome(seal(b"\x29\x00", number, b"x" * 16)[1:], 0x41))
            await asyncio.sleep(0.01)
        await life.until(lambda: "can't be read" in caplog.text)
        bluez.hear(MAC.upper(), bthome(good[1:], 0x41))
        await life.until(lambda: "is read again" in caplog.text)
        for number in range(20):
            bluez.hear(MAC.upper(), bthome(seal(b"\x29\x00", number, b"y" * 16)[1:], 0x41))
            await asyncio.sleep(0.01)
    told = [record.message for record in caplog.records if " read" in record.message]
    assert told == [
        f"port ble: {MAC} can't be read: the check (MIC) differs: another key or address, or damaged",
        f"port ble: {MAC} is read again",
    ], "once an hour: anybody can send rubbish in its name"


async def test_thousands_of_strangers_leave_nothing_behind(bus: Bus) -> None:
    async with Bluetoothd(bus, Behaviour(forget=0.2)) as bluez, Life() as life:
        await listening(life, bluez)
        for number in range(3000):
            bluez.hear(f"C0:FF:EE:00:{number >> 8:02X}:{number & 255:02X}", bthome(SMOKE))
            if number % 50 == 49:
                await bluez.settle()
        await hears(life, bluez, 1)
        await life.until(lambda: life.port.strangers >= 3000)
        await life.until(lambda: life.port.remembered() == 0, 20.0)
        assert len(life.adverts()) == 1
