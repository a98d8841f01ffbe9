"""Which quantities the devices of a site say: by their drivers where those know, else by what the store remembers.

And what follows from it: rules that can't fire here, and alarms that no rule takes.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping

from gateway.ladder.policy import URGENT
from gateway.site.model import Device, Site
from gateway.store.look import state
from rules.conditions.among import Among
from rules.conditions.condition import parts
from rules.conditions.silent import Silent
from rules.document import nearest, read
from rules.lint import Doubt, scattered, wanting
from rules.picked import Picked
from rules.quantities import GATEWAY, KNOWN, MOMENTARY
from rules.rule import Rule
from rules.rulefile import read_rules
from rules.sentence import Sentence

ALARMS = {"smoke": "fire", "heat_alarm": "fire", "gas_alarm": "gas", "co_alarm": "gas", "button": "elder"}
"""What a detector calls, and the shipped pack that takes it."""


def said_by(site: Site) -> dict[str, frozenset[str]]:
    """Device -> all that it has said or may say.

    One whose driver takes anything, and which never spoke here, may say everything: what the site promises of it
    (says.py) is the least.
    """
    found, kept = {}, _kept(site)
    for device in site.devices.values():
        told = site.drivers[device.driver].says if device.driver in site.drivers else None
        heard = kept.get(device.name)
        found[device.name] = told or (heard | device.says if heard else KNOWN)
    return found


def idle(site: Site) -> list[Doubt]:
    """Rules that can't fire for want of a sensor; the gateway's own parts say what they say."""
    found, said = [], said_by(site)
    for rule in site.rules:
        for home in sorted(rule.homes) if rule.homes is not None else [""]:
            here = [name for name in said if not home or site.devices[name].home == home]
            named = [rule.picked, *(part.picked for part in parts(rule.when) if isinstance(part, Among))]
            unmet = [picked for picked in named if picked and not any(name in picked for name in here)]
            if unmet:
                found.append(_unmet(rule, unmet[0], here, home))
            else:
                heard = {name: said[name] for name in here if name in rule.picked}
                heard |= {} if rule.picked else {"gateway": GATEWAY}
                found += (
                    wanting([rule], heard, home) or scattered(rule, heard.values(), home) or _apart(rule, heard, site)
                )
    return found


def unchosen(site: Site) -> Iterator[Doubt]:
    """Rules of the site's own files that are optional, and that it names nowhere: they are read and never count."""
    counting = {rule.id.partition("@")[0] for rule in site.rules}
    for name, text in json.loads(site.text)["files"].items():
        for rule in read_rules(read(text, name)):
            if rule.optional and rule.id not in counting:
                what = "it is optional, and nothing names it: it counts nowhere"
                remedy = 'write also = ["{name}"], or remove optional'
                yield Doubt(rule.id, Sentence(what), Sentence(remedy, name=rule.id))


def _apart(rule: Rule, heard: Mapping[str, frozenset[str]], site: Site) -> list[Doubt]:
    """A rule per home, of which the devices of no single home say all that it asks for, though together they do."""
    homes = {site.devices[name].home for name in heard if name in site.devices}
    if rule.per != "home" or rule.homes is not None or len(homes) < 2:
        return []
    found = []
    for home in sorted(homes):
        here = {name: heard[name] for name in heard.keys() & site.devices if site.devices[name].home == home}
        lacking = wanting([rule], here, home)
        if not lacking:
            return []
        found += lacking
    return found


def unheeded(site: Site) -> list[tuple[Sentence, Sentence]]:
    """What is amiss, and the remedy, where ``packs`` leaves out what takes an alarm, or tells of a silence."""
    said = said_by(site)
    found = []
    devices = [device for device in site.devices.values() if device.protects]
    lost = {
        (quantity, device.name)
        for device in devices
        for quantity in said[device.name] & ALARMS.keys()
        if not any(_looks(rule, device) and quantity in rule.needs and rule.severity in URGENT for rule in site.rules)
    }
    if lost:
        packs = sorted({ALARMS[quantity] for quantity, _ in lost})
        what = Sentence(
            "no rule takes {quantities}, which {names} may say: such an alarm would tell nobody",
            quantities=", ".join(sorted({quantity for quantity, _ in lost})), names=_few(name for _, name in lost),
        )  # fmt: skip
        found.append((what, Sentence("add to packs: {packs}", packs=", ".join(packs))))
    if deaf := [one.name for one in devices if not any(_looks(rule, one) and _waits(rule) for rule in site.rules)]:
        what = Sentence("no rule tells that {names} fell silent", names=_few(deaf))
        found.append((what, Sentence("add to packs: {packs}", packs="trouble")))
    return found


def _looks(rule: Rule, device: Device) -> bool:
    return rule.counts_in(device.home) and device.name in rule.picked


def _waits(rule: Rule) -> bool:
    """Does it tell of devices that aren't heard for longer than their own budget?"""
    return any(isinstance(part, Silent) and part.budget is None for part in parts(rule.when))


def _few(names: Iterable[str]) -> str:
    some = sorted(set(names))
    return ", ".join(some[:3]) + (" …" if len(some) > 3 else "")


def _unmet(rule: Rule, picked: Picked, here: list[str], home: str) -> Doubt:
    """None of the devices here is one that it, or a condition of it, looks at."""
    if not picked.only:
        there = Sentence("it can't fire in {home}: it leaves out each device there", home=home)
        return Doubt(rule.id, there if home else "it can't fire here: it leaves out each device", "leave the rule out")
    names = ", ".join(picked.only)
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
