"""Concern: whom a trouble is about, and whether anybody is less protected by it. Pure."""

from gateway.site import Device, Site
from rules.alert import Alert

COMFORT = frozenset({"water-valve"})
"""Kinds of output that keep floors dry and save nobody."""


def concerned(alert: Alert, site: Site) -> tuple[str, ...]:
    """The homes that an alert concerns: that of its device today, its own, or those that a part of the gateway serves.

    A port serves the homes of its devices, an output its own, the gateway itself all.
    """
    device = site.devices.get(alert.device)
    home = device.home if device else alert.home
    if home:
        return (home,) if home in site.homes else ()
    part = alert.device.partition(":")[2]
    if part in site.outputs:
        return (site.outputs[part].home,)
    if part in site.speakers:
        return (site.speakers[part].home,)
    if part in site.people:
        return site.people[part].homes
    if part in site.ports:
        return tuple(dict.fromkeys(device.home for device in site.devices.values() if device.port == part))
    if part in site.guests:
        return tuple(dict.fromkeys(device.home for device in site.devices.values() if device.driver == part))
    return tuple(site.homes)


def bares(alert: Alert, home: str, site: Site) -> bool:
    """Whether such a trouble leaves this home, which it concerns, less protected: not where all that it is about
    protects nobody, as a plug of which the site says so."""
    device, part = site.devices.get(alert.device), alert.device.partition(":")[2]
    if device is not None:
        return device.protects
    if part in site.outputs:
        return site.outputs[part].kind not in COMFORT
    if part in site.ports or part in site.guests:
        return any(one.protects for one in site.devices.values() if one.home == home and part in _ways(one))
    return True


def _ways(device: Device) -> tuple[str, str]:
    return device.port, device.driver
