"""Which quantities the devices of a site say: by their drivers where those know, else by what the store remembers."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace

from gateway.site.model import Site
from gateway.store.look import state
from rules.conditions.among import Among
from rules.conditions.condition import parts
from rules.conditions.held import Held
from rules.document import nearest
from rules.lint import Doubt, scattered, wanting
from rules.quantities import GATEWAY, KNOWN, MOMENTARY
from rules.rule import Rule
from rules.sentence import Sentence


def said_by(site: Site) -> dict[str, frozenset[str]]:
    """Device -> all that it has said or may say.

    One whose driver takes anything, and which never spoke here, may say everything.
    """
    found, kept = {}, _kept(site)
    for device in site.devices.values():
        told = site.drivers[device.driver].says if device.driver in site.drivers else None
        found[device.name] = told or kept.get(device.name) or KNOWN
    return found


def idle(site: Site) -> list[Doubt]:
    """Rules that can't fire for want of a sensor; the gateway's own parts say what they say."""
    found, said = [], said_by(site)
    for rule in site.rules:
        for home in sorted(rule.homes) if rule.homes is not None else [""]:
            here = [name for name in said if not home or site.devices[name].home == home]
            heard = [said[name] for name in here if name in rule.picked]
            if rule.picked and not heard:
                found.append(_unmet(rule, here, home))
            else:
                own = frozenset[str]() if rule.picked else GATEWAY
                lacking = wanting([rule], own.union(*heard), home)
                found += lacking or scattered(rule, [own, *heard], home) or _amid(rule, said, here, home)
    return found


def _amid(rule: Rule, said: Mapping[str, frozenset[str]], here: list[str], home: str) -> list[Doubt]:
    """Conditions of it that name devices of which none is here, or says what it asks for."""
    found = []
    for part in parts(rule.when):
        if isinstance(part, Among):
            heard = [said[name] for name in here if name in part.picked and name in rule.picked]
            lacking = wanting([replace(rule, when=Held(part.inner, 0.0))], frozenset().union(*heard), home)
            found += lacking if heard else [_unmet(replace(rule, picked=part.picked), here, home)]
    return found


def _unmet(rule: Rule, here: list[str], home: str) -> Doubt:
    """None of the devices here is one that it looks at."""
    if not rule.picked.only:
        there = Sentence("it can't fire in {home}: it leaves out each device there", home=home)
        return Doubt(rule.id, there if home else "it can't fire here: it leaves out each device", "leave the rule out")
    names = ", ".join(rule.picked.only)
    lacking = "it can't fire in {home}: no device is called {names}"
    what = lacking if home else "it can't fire here: no device is called {names}"
    remedy = nearest(names, here) if here else "leave the rule out"
    return Doubt(rule.id, Sentence(what, home=home, names=names), remedy)


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
