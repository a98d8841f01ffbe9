"""`anju scan ble` as a process, beside the stand-in for BlueZ."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from drivers.shipped import shipped
from gateway.ports.ble.conftest import TOML, A, B
from gateway.ports.ble.survey import MOST, Survey
from gateway.sim.bluez import Bluetoothd, Bus, bthome, service_data
from gateway.sim.bluez.adapter import Behaviour
from gateway.sim.bluez.air import NAME, UUIDS, element

BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"


async def scanned(
    *options: str, play: Callable[[Bluetoothd], Any] | None = None, bluez: Bluetoothd | None = None
) -> tuple[int, str, str]:
    """Run the command; ``play`` is called again and again while it listens -> status, output, what it complained of."""
    command = [sys.executable, "-m", "gateway.cli", "scan", "ble", "--seconds", "0.6", "--lang", "en", *options]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    talking = asyncio.create_task(process.communicate())
    while not talking.done():
        if play and bluez and any(one.sessions for one in bluez.adapters.values()):
            play(bluez)
        await asyncio.wait({talking}, timeout=0.05)
    out, err = talking.result()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def street(bluez: Bluetoothd) -> None:
    bluez.hear(A, bthome(bytes((0, 1, 0x01, 98, 0x1A, 1))) + element(NAME, b"SBDW\x1b[2J"), -61)
    bluez.hear(B, bthome(bytes.fromhex("a47266c95f730011223378237214"), 0x41), -70)
    bluez.hear("A4:C1:38:00:00:09", bytes.fromhex("020106") + element(UUIDS, b"\x10\x18"), -75)
    bluez.hear("C0:FF:EE:00:00:01", bytes.fromhex("020106"), -30)
    bluez.hear("C0:FF:EE:00:00:02", service_data(0xFEAA, b"\x00"), -40)


async def test_the_table_says_who_is_there_and_what_they_say(bus: Bus) -> None:
    async with Bluetoothd(bus) as bluez:
        status, out, err = await scanned(play=street, bluez=bluez)
        assert (status, err) == (0, "")
        header, *lines = out.splitlines()
        assert header.split() == ["address", "driver", "name", "dBm", "s", "values"]
        assert lines[0].startswith("a4:c1:38:00:00:01  bthome    SBDW[2J")
        assert "battery_pct=98  door_open=True" in lines[0]
        assert "encrypted, and there is no key" in lines[1]
        assert lines[2].split()[:2] == ["a4:c1:38:00:00:09", "health"]
        assert lines[3] == "Senders that no driver knows: 2 (--all shows them)"
        assert "\x1b" not in out, "nobody broadcasts into a terminal"


async def test_for_a_script_with_the_sites_names(bus: Bus, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(TOML)
    async with Bluetoothd(bus) as bluez:
        status, out, _ = await scanned("--json", "--all", "--site", str(site), play=street, bluez=bluez)
        told = [json.loads(line) for line in out.splitlines()]
        assert (status, len(told)) == (0, 5)
        assert [one["device"] for one in told[:3]] == ["smoke", "button", ""]
        assert told[0]["values"] == {"battery_pct": 98, "door_open": True}
        assert told[0]["rssi_dbm"] == -61
        assert "error" in told[1]


async def test_nobody_heard_no_bluetooth_and_active_scanning_alone_are_told_apart(bus: Bus) -> None:
    status, out, err = await scanned()
    assert (status, out) == (3, "")
    assert "apt-get install bluez" in err
    async with Bluetoothd(bus, Behaviour(experimental=False)):
        status, out, err = await scanned("--json")
        assert (status, out) == (1, "")
        assert "passive scanning is off" in err
        status, _, err = await scanned("--adapter", "hci7")
        assert status == 3


def test_a_full_street_fits_in_memory_and_the_registered_stay() -> None:
    found = Survey(shipped(), lambda: 0.0)
    found.hear("hci0", SimpleNamespace(address=A, name=None), {BTHOME: bytes((0x40, 1, 50))}, -99, ())
    for number in range(MOST + 200):
        address = f"C0:FF:EE:00:{number >> 8:02X}:{number & 255:02X}"
        found.hear("hci0", SimpleNamespace(address=address, name="x"), {}, -40 - number % 50, ())
    assert len(found.senders()) == MOST
    assert found.senders()[0].address == A.lower()
