"""Who is heard that nobody registered: a bounded list for whoever looks, and nothing in the journal."""

import asyncio
import tracemalloc
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest

from drivers.shipped import shipped
from gateway.cli import OK, main
from gateway.control.conftest import asked, running
from gateway.ports.ble.conftest import A
from gateway.ports.ble.strangers import MOST, Strangers, long_uuid
from gateway.sim.bluez import Bluetoothd, Bus, bthome

UUID = long_uuid(0xFCD2)
NEIGHBOUR = "C0:FF:EE:00:00:01"
WARM = bytes((0x40, 0, 7, 0x02, 0x34, 0x08))
RADIO = """
[ports.ble]
type = "ble"
driver = "bthome"
[devices.button]
home = "flat"
port = "ble"
address = "a4:c1:38:00:00:01"
"""


def test_a_stranger_is_told_with_what_it_says_and_one_that_hides_it_with_why() -> None:
    now = [0.0]
    strangers = Strangers(shipped().values(), lambda: now[0], loaded=["bthome"])
    strangers.note(NEIGHBOUR, {UUID: WARM}, -70)
    now[0] = 5.0
    strangers.note(NEIGHBOUR, {UUID: WARM}, -71)
    strangers.note("C0:FF:EE:00:00:02", {UUID: bytes.fromhex("41a47266c95f730011223378237214")}, None)
    strangers.note("C0:FF:EE:00:00:03", {long_uuid(0x1234): WARM}, -50)
    now[0] = 6.0
    sealed, warm = strangers.told()
    assert sealed["error"] == "encrypted, and there is no key"
    assert warm == {
        "address": NEIGHBOUR.lower(), "driver": "bthome", "rssi_dbm": -71, "ago_s": 1.0, "adverts": 2,
        "values": {"temperature_c": 21.0},
    }  # fmt: skip


def test_who_changes_its_address_all_the_time_costs_a_fixed_room() -> None:
    strangers = Strangers(shipped().values(), lambda: 0.0)
    body = {UUID: bytes((0x40, 0, 7, 0x53, 200)) + b"\x1b" * 1600}
    for number in range(MOST):
        strangers.note(f"{number:012X}", body, -70)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20_000):
        strangers.note(number.to_bytes(6, "big").hex(":"), {UUID: body[UUID] + bytes((number % 256,))}, -70)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 64_000
    told = strangers.told()
    assert len(told) == MOST
    assert "\x1b" not in str(told)


async def test_a_neighbours_sensor_is_shown_and_costs_the_journal_nothing(
    bus: Bus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Bluetoothd(bus) as bluez, running(tmp_path, RADIO) as gateway:
        adapter = bluez.adapters["hci0"]
        await gateway.until(lambda: bool(adapter.sessions and adapter.monitors))
        for number in range(20):
            bluez.hear(NEIGHBOUR, bthome(bytes((0, number, 0x3A, 1))), -80)
        bluez.hear(A, bthome(bytes((0, 1, 0x3A, 1))))
        await gateway.until(lambda: gateway.told("emergency-call"))
        answer = await asked(tmp_path, "strangers")
        assert answer["result"]["strangers"] == [
            {"port": "ble", "address": NEIGHBOUR.lower(), "driver": "bthome", "rssi_dbm": -80, "ago_s": ANY,
             "adverts": 20, "values": {"button": "press"}}
        ]  # fmt: skip
        there = str(tmp_path / "site.toml")
        assert await asyncio.to_thread(main, ["status", "--strangers", "--site", there, "--lang", "en"]) == OK
        assert f"ble  {NEIGHBOUR.lower()}  bthome  -80 dBm" in capsys.readouterr().out
        assert len(gateway.app.booted.fold.strangers) == 0


def test_no_library_is_imported_for_a_stranger() -> None:
    """That takes a second on a small computer, in which nobody would hear an alarm: its driver is named, no more."""
    xiaomi = replace(shipped()["xiaomi"], decode=lambda head, memory: pytest.fail("it was read"))
    strangers = Strangers([xiaomi], lambda: 0.0)
    strangers.note(NEIGHBOUR, {long_uuid(xiaomi.service): bytes.fromhex("5020aa01a964aed0a8654c0610025d01")}, -70)
    assert [(one["driver"], one["values"]) for one in strangers.told()] == [("xiaomi", {})]
