"""The commands that show which devices are there, for whoever installs them."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli import lines
from gateway.cli.command import (
    NO,
    OK,
    Commands,
    as_json,
    command,
    could_not_run,
    dump,
    in_words,
    mistaken,
    why_refused,
)
from gateway.words import Language, padded, say

if TYPE_CHECKING:
    from gateway.ports.ble.survey import Heard, Survey

SCAN = """\
Show which devices are there: who they are, what they say, how well they are heard.
"""
SCAN_END = """\
examples:
  anju scan ble                          everything that sensors broadcast here, for ten seconds
  anju scan serial --port /dev/ttyUSB0   who is on this line, by five protocols

`anju scan COMMAND --help` tells more, with examples.
"""
BLE = """\
Listen to what sensors broadcast over Bluetooth LE. In a terminal the table is live. Senders that no driver knows, such
as phones and lamps, are only counted, unless --all. The gateway may go on running meanwhile.
"""
BLE_END = """\
examples:
  anju scan ble
  anju scan ble --seconds 60 --site site.toml      with the site's names and keys
  anju scan ble --json | jq -r 'select(.driver == "bthome") | .address'

output, one line a sender: its address, what it is believed to be, its name (in the site, else as it says), strength in
dBm (-50 is near, below -90 is too far), seconds since it was heard, values. With --json one object a sender:
  {"address": "a4:c1:38:00:00:01", "driver": "bthome", "device": "", "name": "SBDW-002C", "rssi_dbm": -61,
   "ago_s": 0.4, "adverts": 12, "values": {"door_open": true, "battery_pct": 98}}
  "error" says why nothing can be read: an encrypted sensor needs its key in site.toml.

exit status: 0 a sensor was heard, 1 none was, 3 there is no Bluetooth here
"""
COLUMNS = ("scan-address", "scan-driver", "scan-name", "scan-dbm", "scan-ago", "scan-values")
SCREEN = "\x1b[H\x1b[J"
"""Brings the cursor home and clears what is below."""


def add(commands: Commands) -> None:
    """`anju scan`."""
    scan = command(commands, "scan", None, "show which devices are there", SCAN, SCAN_END)
    inner = scan.add_subparsers(title="commands", metavar="COMMAND", required=True)
    ble = command(inner, "ble", _ble, "listen to what sensors broadcast over Bluetooth LE", BLE, BLE_END)
    ble.add_argument("--seconds", type=_seconds, default=10.0, metavar="N", help="how long (10)")
    ble.add_argument("--adapter", action="append", default=[], metavar="HCI", help="hci0 or an address (all)")
    ble.add_argument("--site", type=Path, metavar="SITE", help="a site file: its names, and its keys to decrypt with")
    ble.add_argument("--all", action="store_true", help="also senders that no driver knows")
    as_json(ble)
    lines.offer(inner)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError("more than 0, and not more than a day")
    return seconds


def _ble(arguments: argparse.Namespace) -> int:
    import asyncio

    from drivers.shipped import shipped
    from gateway.clock import boot_time
    from gateway.ports.ble.bluez import NoBluez
    from gateway.ports.ble.survey import Survey, survey
    from gateway.site import load
    from rules.document import Mistakes

    try:
        site = load(arguments.site) if arguments.site else None
    except Mistakes as found:
        return mistaken(found, arguments.lang)
    heard = Survey(site.drivers if site else shipped(), boot_time, site)
    live = sys.stdout.isatty() and not arguments.json

    def tell(so_far: "Survey") -> None:
        if live:
            print(SCREEN + "\n".join(_table(so_far, arguments)), flush=True)

    try:
        adapters = asyncio.run(survey(heard, arguments.seconds, [one.lower() for one in arguments.adapter], tell))
    except NoBluez as error:
        why = in_words(str(error), arguments.lang)
        return could_not_run(say("scan-deaf", arguments.lang, why=why), arguments.lang)
    except KeyboardInterrupt:
        adapters = ()
    _tell_all(heard, arguments, live)
    if any(not adapter.passive for adapter in adapters):
        print(f"anju: {say('scan-active', arguments.lang)}", file=sys.stderr)
    return OK if any(one.driver for one in heard.senders()) else NO


def _tell_all(heard: "Survey", arguments: argparse.Namespace, live: bool) -> None:
    if arguments.json:
        for one in _shown(heard, arguments):
            print(dump(one.told(heard.now())))
    elif not live:
        print("\n".join(_table(heard, arguments)))


def _shown(heard: "Survey", arguments: argparse.Namespace) -> "list[Heard]":
    return [one for one in heard.senders() if one.driver or arguments.all]


def _table(heard: "Survey", arguments: argparse.Namespace) -> list[str]:
    lang: Language = arguments.lang
    shown, now = _shown(heard, arguments), heard.now()
    lines = [_line(*(say(column, lang) for column in COLUMNS))]
    for one in shown:
        values = "  ".join(f"{point}={value}" for point, value in one.values.items())
        strength = "" if one.rssi is None else str(one.rssi)
        name = one.device or one.name
        told = why_refused(one.error, lang) or values
        lines.append(_line(one.address, one.driver, name, strength, f"{now - one.at:.0f}", told))
    others = len(heard.senders()) - len(shown)
    return [*lines, *([say("scan-others", lang, count=others)] if others else [])]


def _line(address: str, driver: str, name: str, strength: str, ago: str, values: str) -> str:
    cells = (padded(address, 17), padded(driver, 8), padded(f"{name:.20}", 20), padded(strength, -4), padded(ago, -4))
    return "  ".join((*cells, values)).rstrip()
