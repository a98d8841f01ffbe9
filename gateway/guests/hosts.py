"""The hosts of a site: one for each third party's driver that it names, and what is diverted to it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from gateway.hub.routes import joined, routes
from gateway.inbox import Inbox
from gateway.ports.thin import Thin

if TYPE_CHECKING:
    from gateway.guests.host import Host
    from gateway.hub.fold import Fold
    from gateway.site import Site


def hosts(site: "Site", fold: "Fold", inbox: Inbox, now: Callable[[], float]) -> "dict[str, Host]":
    """Driver -> its host; the Frames of its devices go to it first from now on."""
    if not site.guests:
        return {}
    from gateway.guests.host import Host

    found: dict[str, Host] = {}
    for name, (known, keys, budgets) in goes_by(site).items():
        thins = {address: Thin(budget) for address, budget in budgets.items()}
        host = Host(
            name,
            known,
            inbox=inbox,
            now=now,
            memories=fold.memories,
            keys=keys,
            asked=site.drivers[name].ask is not None,
            thins=thins,
            lacking=bool(site.guests[name].get("broken")),
        )
        inbox.diverted |= dict.fromkeys(known, host.take)
        found[name] = host
    return found


class GoesBy(NamedTuple):
    """What one host is made of; another one is needed where any of it changed."""

    known: dict[str, str]
    """Port of a Frame -> name of the port in the fold's memories."""
    keys: dict[str, str]
    """By that and the address."""
    budgets: dict[str, float]
    """Of a radio's sensors, by that and the address: seconds for which one may be silent."""


def goes_by(site: "Site") -> dict[str, GoesBy]:
    """Driver of a third party -> what its host is made of. Its own card apart."""
    found: dict[str, GoesBy] = {}
    ways = routes(site) if site.guests else {}
    for name in site.guests:
        known = {port: way for port, (way, driver) in ways.items() if driver.name == name}
        mine = [device for device in site.devices.values() if device.driver == name]
        keys = {
            f"{way}/{device.address}": site.keys[device.name]
            for port, way in known.items()
            for device in mine
            if port.partition(":")[0] == device.port and device.name in site.keys
        }
        budgets = {
            f"{joined(site, device.port, name)}/{device.address}": device.silent_after
            for device in mine
            if site.drivers[name].link == "advert"
        }
        found[name] = GoesBy(known, keys, budgets)
    return found
