"""Sensors that nobody has triggered and signed off yet: readings that the site's own word makes. Pure.

A device whose table says `tested` is asked for one by one (``untested``). One that was written by hand without it is
asked for as soon as it is known to be about life: by what its driver can say, by what the site
promises of it, or by what it said. That is
``unsigned``, which one trouble a home gathers.
"""

from collections.abc import Iterable

from drivers.reading import HEARSAY, Reading
from gateway.site import Device, Site
from rules.quantities import LIFE


def untested(before: Site | None, site: Site, at: float, n: int) -> list[Reading]:
    """What the site says of its devices' walk-tests; of one that is no longer asked for that nothing is amiss.

    It is the site's word, not the sensor's: it shows no life.
    """
    earlier = {} if before is None else before.devices
    asked = {one.name for one in earlier.values() if one.tested is not None}
    found = []
    for one in site.devices.values():
        if one.tested is not None or one.name in asked:
            found.append(Reading(one.name, "untested", "untested", one.tested is False, at, (HEARSAY,), n))
        if one.tested is None and LIFE & site.promised(one):
            found.append(_unsigned(one.name, True, at, n))
        elif one.tested is not None:
            found.append(_unsigned(one.name, False, at, n))
    return found


def unsigned(device: Device, readings: Iterable[Reading]) -> list[Reading]:
    """What follows from what a device said, if that shows that it is about life and nobody signed it off."""
    if device.tested is not None:
        return []
    return [_unsigned(one.device, True, one.at, one.n) for one in readings if one.quantity in LIFE][:1]


def _unsigned(device: str, true: bool, at: float, n: int) -> Reading:
    return Reading(device, "unsigned", "unsigned", true, at, (HEARSAY,), n)
