"""[ports.NAME] with type = "ble": Bluetooth LE adapters of this computer, and addresses as radios have them.

    [ports.NAME]  type = "ble", adapters = [..] (all there are; hci0, or an adapter's address), driver

Several adapters hear the same air; what comes twice is told once.
"""

import re
from collections.abc import Mapping

from drivers.driver import Driver
from gateway.site.model import BlePort
from rules.document import Mistake, Table

LINKS = ("advert", "gatt")
"""How the drivers of such a port are spoken to."""
_ADAPTER = re.compile(r"hci[0-7]")
_ADDRESS = re.compile(r"[0-9a-f]{12}")


def ble(name: str, table: Table, drivers: Mapping[str, Driver]) -> BlePort:
    """[ports.NAME] of a radio."""
    able = sorted(one.name for one in drivers.values() if one.link in LINKS)
    return BlePort(name, table.text("driver", "", choices=able), _adapters(table))


def _adapters(table: Table) -> tuple[str, ...]:
    found = []
    for index, text in enumerate(table.texts("adapters")):
        adapter = text.strip().lower()
        if not _ADAPTER.fullmatch(adapter):
            adapter = radio_address(text)
        if not adapter:
            line = table.document.line(*table.path, "adapters", index)
            remedy = 'write "hci0", or its address as `bluetoothctl list` shows it'
            table.mistakes.append(Mistake(table.document.file, line, f'"{text:.40}" is no adapter', remedy))
        found.append(adapter)
    return tuple(found)


def radio_address(text: str) -> str:
    """An address as printed, with or without colons -> ``aa:bb:cc:dd:ee:ff``; "" for what is none."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    return ":".join(re.findall("..", digits)) if _ADDRESS.fullmatch(digits) else ""
