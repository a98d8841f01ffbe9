"""A household as the gateway hears it: the same life as Frames, in the bytes of real drivers, and the site they fit.

The front door, motion and the button speak BTHome over Bluetooth, the kettle's plug over zigbee2mqtt, the water meter
CJ/T 188 on a line; each with what its radio or its line adds. Days of it go through the whole gateway: decoding,
rules, ladders and store. Pure: a seed is a life, byte for byte.
"""

import json
from collections.abc import Iterator
from typing import Final

from drivers import cjt188
from drivers.advert import Advert
from drivers.advert import packed as adverted
from drivers.reading import Frame, Scalar
from drivers.topics import Publication
from drivers.topics import packed as published
from gateway.sim.bus.cjt188 import Cjt188
from gateway.sim.household import BUTTON, DOOR, KETTLE, METER, ROOMS, Household
from rules.csvrows import Row

METER_ADDRESS: Final = "00000000000034"
RADIOS: Final = {
    name: f"a4:c1:38:00:00:{number:02x}"
    for number, name in enumerate((DOOR, BUTTON, *(f"{room}-motion" for room in ROOMS)), 1)
}
"""Device -> its Bluetooth address."""
_OBJECTS: Final = {DOOR: 0x1A, BUTTON: 0x01}
_MOTION: Final = 0x21
_PLAIN: Final = 0x40
"""BTHome v2, not encrypted."""


def site(home: str = "home-1") -> str:
    """The text of a site with this household's sensors; a gateway of its own and rules for one who lives alone."""
    tables = [
        '[gateway]\nid = "sim"\nsite = "sim"\ntimezone = "UTC"\n[rules]\nalso = ["inactivity", "water-12h"]',
        f"[homes.{home}]\npersons = 1",
        '[ports.radio]\ntype = "ble"\ndriver = "bthome"',
        '[ports.wifi]\ntype = "mqtt"\nhost = "127.0.0.1"\ndriver = "zigbee2mqtt"',
        '[ports.line-1]\ntype = "serial"\npath = "/dev/ttyUSB0"\ndriver = "cjt188"',
        *(_device(name, home, "radio", address) for name, address in RADIOS.items()),
        _device(KETTLE, home, "wifi", KETTLE),
        _device(METER, home, "line-1", METER_ADDRESS),
    ]
    return "\n".join(tables) + "\n"


def _device(name: str, home: str, port: str, address: str) -> str:
    return f'[devices.{name}]\nhome = "{home}"\nport = "{port}"\naddress = "{address}"\nsilent_after = "8h"'


def frames(of: Household, begin: float = 0.0) -> Iterator[Frame]:
    """All that is said in this life; gateway time ``begin`` is the start of its first day."""
    packets = dict.fromkeys(RADIOS, 0)
    for number, row in enumerate(of.rows(), 1):
        at = begin + row.at - of.start
        if row.device == METER:
            yield Frame("line-1", at, _metered(row.value))
        elif row.device == KETTLE:
            yield Frame("wifi", at, _plugged(row, number))
        else:
            packets[row.device] = (packets[row.device] + 1) % 256
            yield Frame("radio", at, _broadcast(row, packets[row.device]))


def _metered(value: Scalar) -> bytes:
    """The answer of a meter to the driver's own question."""
    meter = Cjt188(METER_ADDRESS, {"water_m3": float(value)})
    assert cjt188.DRIVERS[0].ask is not None
    heard = (meter.hear(request, 0.0) for request in cjt188.DRIVERS[0].ask(METER_ADDRESS))
    return next(answer.data for answer in heard if answer is not None)


def _plugged(row: Row, number: int) -> bytes:
    said = {"state": "ON", "power": row.value, "linkquality": 90}
    return published(Publication(KETTLE, json.dumps(said).encode(), number=1 + number % 65_535))


def _broadcast(row: Row, packet: int) -> bytes:
    name = _OBJECTS.get(row.device, _MOTION)
    body = bytes((_PLAIN, 0x00, packet, name, int(row.value)))
    return adverted(Advert(RADIOS[row.device], -60, body))
