"""The flat: which sensors stand where, and the site.toml that tells a gateway of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.words import Language

GATEWAY, SITE, HOME, UPLINK = "demo", "anju-demo", "flat-501", "platform"
PREFIX = f"anju/v1/{SITE}/{GATEWAY}"
SIREN, VALVE = 1, 2
"""Relays of the kitchen's node."""
ALARMS = frozenset({"smoke", "gas_alarm"})
"""What sounds the siren."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One node: where it hangs and what its sensors say at the start."""

    device: str
    address: str
    room: Mapping[Language, str]
    start: Mapping[str, float]
    relays: int = 0

    def options(self) -> list[str]:
        """For its firmware: a heartbeat every 10 s keeps the table on the screen fresh."""
        sets = [option for point, value in self.start.items() for option in ("--set", f"{point}={value:g}")]
        return ["--heartbeat", "10", "--relays", str(self.relays), *sets]


KITCHEN = Plan(
    "kitchen",
    "0000c001",
    {"zh": "厨房", "en": "Kitchen"},
    {"smoke": 0, "gas_alarm": 0, "gas_lel_pct": 0.3, "temperature_c": 22.5},
    relays=2,
)
HALL = Plan("hall", "0000c002", {"zh": "玄关", "en": "Hall"}, {"door_open": 0, "motion": 0})
BATHROOM = Plan(
    "bathroom", "0000c003", {"zh": "卫生间", "en": "Bathroom"}, {"flood": 0, "humidity_pct": 48, "temperature_c": 23.1}
)
PLANS = (KITCHEN, HALL, BATHROOM)
TITLE: Mapping[Language, str] = {"zh": "5 号楼 501 室", "en": "Building 5, flat 501"}


def write_site(folder: Path, lang: Language, ttys: Mapping[str, Path], mqtt_port: int) -> Path:
    """Write ``site.toml`` for these ttys (by device) and this port of the loopback; returns its path."""
    parts = [_HEAD.format(gateway=GATEWAY, site=SITE, lang=lang, home=HOME, title=TITLE[lang])]
    for plan in PLANS:
        names = {"device": plan.device, "home": HOME, "room": plan.room[lang], "address": plan.address}
        parts.append(_DEVICE.format(**names, tty=ttys[plan.device]))
    parts.append(_TAIL.format(home=HOME, siren=SIREN, valve=VALVE, uplink=UPLINK, port=mqtt_port))
    path = folder / "site.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


_HEAD = """\
# Written by `anju demo` at each start: the gateway of a simulated flat. examples/site.toml explains every key.

[gateway]
id = "{gateway}"
site = "{site}"
language = "{lang}"

[store]
path = "anju.db"

[homes.{home}]
title = "{title}"
# Raw readings stay in the home unless they are named here; the demo shows them travelling.
share = ["door_open", "motion", "temperature_c", "humidity_pct", "gas_lel_pct"]
"""
_DEVICE = """\
[ports.{device}-line]
type = "serial"
path = "{tty}"
driver = "node"

[devices.{device}]
home = "{home}"
room = "{room}"
port = "{device}-line"
address = "{address}"
"""
_TAIL = """\
[outputs.siren]
home = "{home}"
kind = "siren"
device = "kitchen"
line = {siren}

[outputs.gas-valve]
home = "{home}"
kind = "gas-valve"
device = "kitchen"
line = {valve}

[uplinks.{uplink}]
type = "mqtt"
host = "127.0.0.1"
port = {port}
version = 3          # the broker inside the demo speaks MQTT 3.1.1
keepalive = 5
"""
