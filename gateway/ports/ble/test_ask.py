"""What `anju check` says of the radio."""

import asyncio
import json
from pathlib import Path

import pytest
from dbus_fast import Message, MessageType

from gateway.ports.ble import ask
from gateway.ports.ble.ask import amiss
from gateway.ports.ble.bluez import OBJECTS, Bluez
from gateway.ports.ble.conftest import TOML
from gateway.sim.bluez import Bluetoothd, Bus
from gateway.sim.bluez.adapter import Behaviour
from gateway.site import check


async def asked(*wanted: str) -> list[str]:
    return [what for _, what, _ in await asyncio.to_thread(amiss, wanted)]


async def test_nothing_is_amiss_with_a_radio_that_scans_both_ways(bus: Bus) -> None:
    async with Bluetoothd(bus, adapters=2):
        assert await asked() == []
        assert await asked("hci1") == []
        assert await asked("02:00:00:00:00:01") == []
        assert await asked("hci1", "hci3") == ["hci3 is not there now"]


async def test_what_is_missing_is_said_with_its_remedy(bus: Bus, tmp_path: Path) -> None:
    assert await asked() == ["there is no Bluetooth adapter now"]
    site = tmp_path / "site.toml"
    site.write_text(TOML)
    async with Bluetoothd(bus, Behaviour(experimental=False)):
        found = await asyncio.to_thread(check, site)
        (warning,) = [one for one in found.warnings if "passively" in one.what]
        assert warning.what == "hci0 can't scan passively: an alarm may be lost"
        assert "Experimental = true" in warning.remedy
        assert site.read_text().splitlines()[warning.line - 1] == 'type = "ble"'


async def test_a_bluetoothd_that_does_not_answer_is_not_waited_for(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "ANSWER", 0.1)
    async with Bluetoothd(bus) as bluez:
        bluez.hung = True
        (said,) = await asked()
        assert "can't be asked" in said


async def test_a_machine_without_a_bus_is_told(bus: Bus) -> None:
    await bus.stop()
    (said,) = await asked()
    assert said.startswith("Bluetooth can't be asked")
    assert json.dumps(said)


async def test_a_signal_that_comes_in_the_moment_of_closing_starts_nothing(bus: Bus) -> None:
    """A look at a bus that is closed would end in an error that nobody hears, on a number another file may have."""
    async with Bluetoothd(bus):
        async with Bluez() as bluez:
            there = bluez._bus
        assert there is not None
        late = Message(path="/", interface=OBJECTS, member="InterfacesAdded", message_type=MessageType.SIGNAL,
                       signature="oa{sa{sv}}", body=["/org/bluez/hci1", {}])  # fmt: skip
        there._process_message(late)  # read before the bus was closed
        assert [task for task in asyncio.all_tasks() if "_reread" in str(task.get_coro())] == []
