"""What the third parties' drivers that a site names say of themselves. Asked when the site is read, once a process."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from drivers import guest

log = logging.getLogger(__name__)

LINKS: Final = {"serial": "serial", "ble": "advert", "mqtt": "mqtt"}
"""Type of a port -> link of the drivers on it."""
MOST: Final = 64
"""Cards that are kept."""
_cards: Final[dict[tuple[str, str, tuple[str, ...]], guest.Card]] = {}
_told: Final[dict[str, str]] = {}
"""Driver -> why it couldn't be had, as it was logged."""


def cards(site: Mapping[str, Any], ours: Iterable[str]) -> dict[str, guest.Card]:
    """A parsed site.toml -> the cards of the drivers that it names, aren't ours, and are installed.

    One whose worker breaks has a card that says why: its devices are not heard, and that is all that is lost.
    """
    named = _named(site)
    strange = named.keys() - set(ours)
    if not strange:
        return {}
    from gateway.guests.entries import installed

    there = installed()
    return {name: _card(name, *named[name]) for name in sorted(strange) if name in there}


def _named(site: Mapping[str, Any]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Driver -> (link by the type of its port, addresses of its devices), for every driver that is named at all."""
    ports = {name: table for name, table in _tables(site, "ports")}
    found: dict[str, tuple[str, set[str]]] = {}
    for name, table in ports.items():
        if isinstance(table.get("driver"), str):
            found.setdefault(table["driver"], (_link(ports, name), set()))
    for _, table in _tables(site, "devices"):
        port = table.get("port")
        driver = table.get("driver", ports.get(port, {}).get("driver") if isinstance(port, str) else None)
        if isinstance(driver, str) and isinstance(port, str):
            addresses = found.setdefault(driver, (_link(ports, port), set()))[1]
            if isinstance(table.get("address"), str):
                addresses.add(table["address"].strip().lower())
    return {name: (link, tuple(sorted(addresses))) for name, (link, addresses) in found.items()}


def _tables(site: Mapping[str, Any], kind: str) -> list[tuple[str, Mapping[str, Any]]]:
    tables = site.get(kind)
    found = tables.items() if isinstance(tables, Mapping) else ()
    return [(name, table) for name, table in found if isinstance(table, Mapping)]


def _link(ports: Mapping[str, Mapping[str, Any]], port: str) -> str:
    return LINKS.get(str(ports.get(port, {}).get("type")), "serial")


def forget(*, broken: bool = False) -> None:
    """Ask again next time: packages were installed meanwhile. ``broken``: only those that couldn't be had."""
    for key in [key for key, card in _cards.items() if not broken or card.get("broken")]:
        del _cards[key]


def _card(name: str, link: str, addresses: tuple[str, ...]) -> guest.Card:
    key = (name, link, addresses)
    if key not in _cards:
        while len(_cards) >= MOST:
            del _cards[next(iter(_cards))]
        _cards[key] = _asked(name, link, addresses)
    return _cards[key]


def _asked(name: str, link: str, addresses: tuple[str, ...]) -> guest.Card:
    from gateway.guests.process import Broke
    from gateway.guests.question import ask

    try:
        said = ask(name, addresses)
        guest.stand_in(said)
    except (Broke, guest.Wrong) as error:
        if _told.get(name) != str(error):
            log.error('driver "%s" can\'t be had: %s', name, error)
        _told[name] = str(error)
        return guest.broken(name, link, str(error))
    if _told.pop(name, None):
        log.info('driver "%s" can be had now', name)
    return said
