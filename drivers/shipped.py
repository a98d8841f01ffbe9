"""The drivers in this distribution, named by hand: one line more than finding modules, and nobody has to search."""

from drivers import (
    bthome,
    cjt188,
    dlt645,
    health,
    mbus,
    modbus,
    node,
    shelly,
    tasmota,
    topic_map,
    xiaomi,
    zigbee2mqtt,
)
from drivers.driver import Driver

_MODULES = (bthome, dlt645, health, mbus, node, shelly, tasmota, xiaomi, zigbee2mqtt)


def shipped() -> dict[str, Driver]:
    """All of them by name, those of shipped maps as well."""
    drivers = [module.DRIVER for module in _MODULES]
    return {driver.name: driver for driver in (*drivers, *cjt188.DRIVERS, *modbus.shipped(), *topic_map.shipped())}
