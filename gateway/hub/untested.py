"""Sensors that nobody has triggered yet: a reading of each when the site says so, and when it is signed off. Pure."""

from drivers.reading import HEARSAY, Reading
from gateway.site import Site


def untested(before: Site | None, site: Site, at: float, n: int) -> list[Reading]:
    """What the site says of its devices' walk-tests; of one that is no longer asked for that nothing is amiss.

    It is the site's word, not the sensor's: it shows no life.
    """
    asked = {one.name for one in before.devices.values() if one.tested is not None} if before else set()
    return [
        Reading(one.name, "untested", "untested", one.tested is False, at, (HEARSAY,), n)
        for one in site.devices.values()
        if one.tested is not None or one.name in asked
    ]
