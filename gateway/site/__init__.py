"""site.toml -> Site: homes, ports, devices, outputs, uplinks and rules, with every mistake at once.

model.py         Site and its parts, frozen
tables.py        the format of site.toml: each table and key, each mistake with line and remedy
values.py        the kinds of values that several tables hold: names, paths, hosts, secrets, hours
people.py        [people]: who is told, what they may do, how they are reached; channels.py: [channels]
voice.py         [voice] [speakers] [answers] [control]: what is said aloud, and where people answer
radio.py         its Bluetooth ports, and addresses on them
brokers.py       its ports that are brokers, and how any broker is reached
devices.py       its ports and devices; maps.py: register and topic maps of the site's own
keys.py          where devices' secrets are, and how they are read
sensors.py       which quantities its devices say; says.py: which ones its installer promises
living.py        how a home is lived in, and holidays: what modes and guards go by
ladders.py       [ladders]: its own ladders beside the shipped ones
choice.py        which rules count in which home, and with which numbers
grave.py         what it can't take away: rules that save lives, and those that watch the sensors
difference.py    what a changed site changes
edit.py          a site file changed by a command; the only user of tomlkit
texts.py         load from disk, loads from a text, and the texts that make a Site up
last.py          the site that was in use last, by which a gateway starts whose file is broken
overrated.py     what is sound there and protects less than it seems
surroundings.py  check: what the machine around the file says (ttys, passwords, certificates, the store's folder)
"""

from gateway.site.channels import Channel
from gateway.site.model import (
    BlePort,
    Device,
    GatewayConfig,
    Gpio,
    Home,
    MqttPort,
    Output,
    Port,
    SerialPort,
    Site,
    StoreConfig,
    Tls,
    Uplink,
)
from gateway.site.people import Person
from gateway.site.surroundings import Checked, check
from gateway.site.texts import load, loads, once_sound
from gateway.site.voice import Answers, Speaker, Voice

__all__ = [
    "Answers",
    "BlePort",
    "Channel",
    "Checked",
    "Device",
    "GatewayConfig",
    "Gpio",
    "Home",
    "MqttPort",
    "Output",
    "Person",
    "Port",
    "SerialPort",
    "Site",
    "Speaker",
    "StoreConfig",
    "Tls",
    "Uplink",
    "Voice",
    "check",
    "load",
    "loads",
    "once_sound",
]
