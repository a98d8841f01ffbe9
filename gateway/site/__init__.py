"""site.toml -> Site: homes, ports, devices, outputs, uplinks and rules, with every mistake at once.

model.py         Site and its parts, frozen
tables.py        the format of site.toml: each table and key, each mistake with line and remedy
texts.py         load from disk, loads from a text, and the texts that make a Site up
surroundings.py  check: what the machine around the file says (ttys, passwords, certificates, the store's folder)
"""

from gateway.site.model import (
    Device,
    GatewayConfig,
    Gpio,
    Home,
    Output,
    SerialPort,
    Site,
    StoreConfig,
    Tls,
    Uplink,
)
from gateway.site.surroundings import Checked, check
from gateway.site.texts import load, loads

__all__ = [
    "Checked",
    "Device",
    "GatewayConfig",
    "Gpio",
    "Home",
    "Output",
    "SerialPort",
    "Site",
    "StoreConfig",
    "Tls",
    "Uplink",
    "check",
    "load",
    "loads",
]
