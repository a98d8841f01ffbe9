"""Which quantities the devices of a site say: by their drivers where those know, else by what the store remembers."""

import asyncio
import json
from collections.abc import Mapping

from gateway.site.model import Site
from gateway.store.look import state
from rules.quantities import GATEWAY, KNOWN, MOMENTARY


def said(site: Site) -> frozenset[str]:
    """All that some device of the site has said or may say; the gateway's own parts say what they say."""
    return frozenset(GATEWAY).union(*said_in(site).values())


def said_in(site: Site) -> dict[str, frozenset[str]]:
    """Home -> all that some device of it has said or may say.

    A device whose driver takes anything, and which never spoke here, may say everything.
    """
    found, kept = dict.fromkeys(site.homes, frozenset[str]()), _kept(site)
    for device in site.devices.values():
        told = site.drivers[device.driver].says if device.driver in site.drivers else None
        found[device.home] = found.get(device.home, frozenset()) | (told or kept.get(device.name) or KNOWN)
    return found


def _kept(site: Site) -> Mapping[str, frozenset[str]]:
    """Device -> what the store knows that it said; an event leaves no trace, so each of them is possible.

    A store remembers what its own rules ask for, so it is believed only if it runs with this very site.
    """
    kept: dict[str, frozenset[str]] = {}
    try:
        rows = asyncio.run(state(site.store.path)) if site.store.path.is_file() else {}
        if not rows or json.loads(rows["hub"])["site"] != site.hash:
            return {}
        for key, row in rows.items():
            if key.startswith("e:d:"):
                kept[key.removeprefix("e:d:")] = frozenset(str(reading[2]) for reading in json.loads(row)) | MOMENTARY
    except (ValueError, TypeError, LookupError):
        return {}
    return kept
