"""[ports.NAME] with type = "ble": Bluetooth LE adapters of this computer, and addresses as radios have them.

    [ports.NAME]    type = "ble", adapters = [..] (all there are; hci0, or an adapter's address), driver
    [devices.NAME]  battery_every = "1d" (not at all): connect to a sensor that broadcasts no battery, and read it

Several adapters hear the same air; what comes twice is told once.
"""

import re
from collections.abc import Mapping

from drivers.driver import Driver
from gateway.site.model import BlePort, Port
from rules.document import Mistake, Table

LINKS = ("advert", "gatt")
"""How the drivers of such a port are spoken to."""
RARELY = 3600.0
"""Seconds; nobody is connected to more often for its battery: each connection costs the sensor some of it."""
_ADAPTER = re.compile(r"hci[0-7]")
_ADDRESS = re.compile(r"[0-9a-f]{12}")


def ble(name: str, table: Table, drivers: Mapping[str, Driver]) -> BlePort:
    """[ports.NAME] of a radio."""
    able = sorted(one.name for one in drivers.values() if one.link in LINKS)
    return BlePort(name, table.text("driver", "", choices=able), _adapters(table))


def battery_every(table: Table, driver: Driver | None, on: Port | None) -> float:
    """Seconds between two reads of a sensor's battery; 0 where it isn't asked for."""
    if "battery_every" not in table:
        return 0.0
    if not isinstance(on, BlePort) or (driver and driver.link != "advert"):
        anyway = driver and driver.link == "gatt"
        read = '"battery_every" is of no use: the device reads its battery anyway'
        silent = '"battery_every" is of no use: the device is no sensor that broadcasts'
        table.mistake("battery_every", read if anyway else silent, "remove it")
    return table.seconds("battery_every", low=RARELY)


def _adapters(table: Table) -> tuple[str, ...]:
    found = []
    for index, text in enumerate(table.texts("adapters")):
        adapter = text.strip().lower()
        if not _ADAPTER.fullmatch(adapter):
            adapter = radio_address(text)
        if not adapter:
            line = table.document.line(*table.path, "adapters", index)
            remedy = 'write "hci0", or its address as `bluetoothctl list` shows it'
            table.mistakes.append(
                Mistake.of(table.document.file, line, '"{text:.40}" is no adapter', remedy, text=text)
            )
        found.append(adapter)
    return tuple(found)


def radio_address(text: str) -> str:
    """An address as printed, with or without colons -> ``aa:bb:cc:dd:ee:ff``; "" for what is none."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    return ":".join(re.findall("..", digits)) if _ADDRESS.fullmatch(digits) else ""
