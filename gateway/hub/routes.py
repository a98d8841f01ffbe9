"""Routes: which driver reads a Frame, under which name its device is known, and what that driver is lent for it."""

from typing import TYPE_CHECKING

from drivers import advert, guest
from drivers.driver import Decoded, Driver, Head, Memory
from drivers.reading import Value

if TYPE_CHECKING:
    from gateway.site import Site


def routes(site: "Site") -> dict[str, tuple[str, Driver]]:
    """What a Frame's port may be, ``PORT`` or ``PORT:DRIVER`` -> (the name its devices are known under, the driver).

    ``PORT`` alone is the driver that the port names, or the only one on it. ``PORT:DRIVER:battery`` is of the same
    devices, said in another language.
    """
    found: dict[str, tuple[str, Driver]] = {}
    for port in site.ports:
        spoken = site.drivers_of(port)
        ways = {driver: (joined(site, port, driver), site.drivers[driver]) for driver in spoken}
        found |= {f"{port}:{driver}": way for driver, way in ways.items()}
        if len(spoken) == 1 or site.ports[port].driver:
            found[port] = ways[spoken[0]]
    for device in site.devices.values():
        if device.battery_every:
            way = joined(site, device.port, device.driver)
            found[battery(device.port, device.driver)] = (way, site.drivers[BATTERIES])
    return found


BATTERIES = "health"
"""The driver that reads what a connection to a sensor says of its battery."""


def battery(port: str, driver: str) -> str:
    """The port of Frames with the battery of that driver's devices, read over a connection."""
    return f"{port}:{driver}:battery"


def joined(site: "Site", port: str, driver: str) -> str:
    """The name under which a driver's devices on a port are known.

    It is the port's alone for the driver that the port itself names: a second driver on a line makes strangers of
    nobody.
    """
    return port if site.ports[port].driver == driver else f"{port}:{driver}"


RADIO = ("advert", "gatt")
"""Links whose Frames name the sender and its strength before what the driver reads (drivers/advert.py)."""


def head_of(driver: Driver, data: bytes) -> Head:
    """As the driver says; what comes by radio doesn't name its sender, so its Frame does. Raises BadFrame.

    ``kind`` of a Frame that only says that its sender is there is the strength, in dBm.
    """
    if driver.link not in RADIO or driver.head is guest.head:
        return driver.head(data)
    heard = advert.unpacked(data)
    if not heard.body:
        return Head(heard.address, b"", heard.rssi or 0)
    return driver.head(heard.body)._replace(address=heard.address)


def decode(driver: Driver, head: Head, memory: Memory, secret: str) -> Decoded:
    """A device's secret (hex digits, or "") is lent to its driver for this frame; nothing that is kept has it."""
    if not head.body and driver.link in RADIO:
        return Decoded((Value("rssi_dbm", head.kind),) if head.kind else (), memory)
    decoded = driver.decode(head, {**memory, "key": secret} if secret else memory)
    if "key" not in decoded.memory:
        return decoded
    return decoded._replace(memory={name: value for name, value in decoded.memory.items() if name != "key"})
