"""`anju scan serial`: who is on a serial line."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import (
    INTERRUPTED,
    NO,
    OK,
    Commands,
    as_json,
    command,
    could_not_run,
    dump,
    in_words,
    mistaken,
)
from gateway.words import Language, say

if TYPE_CHECKING:
    from drivers.driver import Driver
    from gateway.ports.serial.search import Device
    from gateway.site import Site

PROTOCOLS = ("node", "modbus", "dlt645", "cjt188", "mbus")
SERIAL = """\
Look who is on a serial line: our own nodes by listening, and Modbus, DL/T 645, CJ/T 188 and M-Bus devices by each
protocol's own questions for an address, at the speeds that they usually have, what is quick and usual first. Nothing is
changed on the line. With somebody found it takes a minute, on a dumb line three: say what you know. All units at all
speeds are asked only if you name the speeds. A gateway that runs holds its lines: stop it, or scan before it starts.
"""
SERIAL_END = """\
examples:
  anju scan serial --port /dev/ttyUSB0
  anju scan serial --port /dev/ttyUSB0 --protocol modbus --speed 9600 --addresses 1-32
  anju scan serial --port socket://192.168.1.9:8899 --protocol dlt645 --json | jq -r .address

output, one line a device: driver, address, speed, values. What driver a Modbus device needs is a guess by the register
maps that fit: all that do are named, look into its manual. With --json one object a device:
  {"driver": "modbus-xy-md02", "address": "1", "baud": 9600, "parity": "N", "stop_bits": 1, "device": "",
   "values": {"temperature_c": 20.5}, "also": [], "note": ""}

exit status: 0 a device was found, 1 none was, 3 the line can't be opened, 130 ended by Ctrl-C
"""
SCREEN = "\x1b[H\x1b[J"
"""Brings the cursor home and clears what is below."""


def offer(commands: Commands) -> None:
    """`anju scan serial`."""
    serial = command(commands, "serial", _serial, "look who is on a serial line", SERIAL, SERIAL_END)
    serial.add_argument("--port", required=True, metavar="PORT", help="a tty, a URL, or a name of [ports] with --site")
    serial.add_argument("--protocol", action="append", choices=PROTOCOLS, help="only this one; may come again (all)")
    serial.add_argument("--speed", action="append", type=int, default=[], metavar="BAUD", help="only at this speed")
    units = ("--units", "--addresses")
    serial.add_argument(*units, type=_units, default=range(1, 248), metavar="N-M", help="of Modbus (1-247)")
    serial.add_argument("--site", type=Path, metavar="SITE", help="a site file: its names, and its register maps")
    as_json(serial)


def _units(text: str) -> range:
    first, _, last = text.partition("-")
    found = range(int(first), int(last or first) + 1)
    if not found or found[0] < 1 or found[-1] > 247:
        raise argparse.ArgumentTypeError("a unit, or two with - between, of 1 to 247")
    return found


def _serial(arguments: argparse.Namespace) -> int:
    import asyncio

    from drivers.shipped import shipped
    from gateway.site import load
    from rules.document import Mistakes

    try:
        site = load(arguments.site) if arguments.site else None
    except Mistakes as found:
        return mistaken(found, arguments.lang)
    table = _Table(arguments, site)
    status = OK
    try:
        asyncio.run(_scan(arguments, site.drivers if site else shipped(), table))
    except OSError as error:
        return could_not_run(_why_not(arguments.port, error, arguments.lang), arguments.lang)
    except KeyboardInterrupt:
        status = INTERRUPTED
    table.end()
    return status or (OK if table.devices else NO)


def _why_not(port: str, error: OSError, lang: Language) -> str:
    held = "exclusively lock" in str(error) or "busy" in str(error).lower()
    told = in_words(f"{port}: {error}", lang)
    return f"{told} ({say('remedy', lang)}: {say('scan-held', lang)})" if held else told


async def _scan(arguments: argparse.Namespace, drivers: "Mapping[str, Driver]", table: "_Table") -> None:
    from gateway.clock import boot_time
    from gateway.ports.serial.probe import Probe
    from gateway.ports.serial.search import Search

    port = table.site.lines.get(arguments.port) if table.site else None
    url = port.url if port else arguments.port if "://" in arguments.port else ""
    path = port.path if port else "" if url else arguments.port
    async with Probe(path, url, boot_time) as probe:
        search = Search(probe, drivers, arguments.units, lambda: table.show(search.doing, search.left))
        async for device in search.run(arguments.protocol or PROTOCOLS, arguments.speed):
            table.add(device)


class _Table:
    """Live in a terminal, a line as it comes elsewhere, objects for a script."""

    def __init__(self, arguments: argparse.Namespace, site: "Site | None") -> None:
        self.site = site
        self.devices: list[Device] = []
        self._lang: Language = arguments.lang
        self._objects: bool = arguments.json
        self._live = sys.stdout.isatty() and not arguments.json
        self._names = {(one.driver, one.address): one.name for one in site.devices.values()} if site else {}

    def add(self, device: "Device") -> None:
        """One more was found."""
        self.devices.append(device)
        if self._objects:
            print(dump(self._object(device)), flush=True)
        elif not self._live:
            print(self._line(device), flush=True)

    def show(self, doing: str, left: float) -> None:
        """What is asked just now, and how long the rest takes: in a terminal alone."""
        if self._live:
            rows = [self._line(device) for device in self.devices]
            print(SCREEN + "\n".join([*rows, say("scan-doing", self._lang, what=doing, left=left)]), flush=True)

    def end(self) -> None:
        """The search is over."""
        if self._live:
            print(SCREEN + "\n".join(self._line(device) for device in self.devices))
        if not self.devices and not self._objects:
            print(say("scan-nobody", self._lang), file=sys.stderr)

    def _object(self, device: "Device") -> dict[str, object]:
        baud, parity, stop_bits = device.settings
        name = self._names.get((device.driver, device.address), "")
        return {
            "driver": device.driver, "address": device.address, "baud": baud, "parity": parity, "stop_bits": stop_bits,
            "device": name, "values": device.values, "also": device.also, "note": device.note,
        }  # fmt: skip

    def _line(self, device: "Device") -> str:
        baud, parity, stop_bits = device.settings
        values = "  ".join(f"{name}={value}" for name, value in device.values.items())
        name = self._names.get((device.driver, device.address), "")
        or_else = say("scan-also", self._lang, drivers=", ".join(device.also)) if device.also else ""
        note = say("scan-several", self._lang) if device.note else ""
        speed = f"{baud} 8{parity}{stop_bits}"
        parts = (f"{device.driver:<20}  {device.address:<16}  {speed:<10}", name, values, or_else, note)
        return "  ".join(filter(None, parts))
