"""``says`` of [devices.NAME]: what an installer promises of a device, because nobody else knows before it speaks.

    says = ["motion", "battery_pct"]

A register map and a map of topics know it of their devices. Of a BTHome sensor, one behind a Zigbee bridge or a node
nobody does: without a promise it is no sensor of anything until its first word, and if it dies before, rules about
absence go by the others. It is the least that the device says, not all. `anju add` and `anju walk-test` write it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from drivers.bthome_objects import OBJECTS
from drivers.driver import Driver
from gateway.site.model import Device, Site
from rules.document import Document, Mistake, Table, nearest
from rules.quantities import KNOWN, PLAIN
from rules.rule import Rule
from rules.sentence import Sentence


def slips(root: Table, devices: Iterable[Device], drivers: Iterable[Driver], rules: Iterable[Rule]) -> None:
    """Note each promised word that is none: Anju doesn't know it, and neither does a driver or a rule of the site."""
    devices = [device for device in devices if device.says - KNOWN]
    if not devices:
        return
    known = KNOWN.union((one.quantity for one in OBJECTS.values()), *(one.says or () for one in drivers))
    known = known.union(*(rule.needs for rule in rules)) - {""}
    for device in devices:
        for name in _said(root.document, device):
            if name not in known:
                line, what = (
                    _line(root.document, device, name),
                    Sentence('there is no quantity "{name:.60}"', name=name),
                )
                root.mistakes.append(Mistake(root.document.file, line, what, nearest(name, known)))


def promise(driver: Driver | None, heard: Iterable[str], before: Iterable[str] = ()) -> list[str]:
    """The points that a device was heard to say -> what to promise of it beside an earlier promise.

    Nothing where its driver knows, and no event that nobody waits for.
    """
    words = {point.partition("#")[0] for point in heard} & (PLAIN | {"button"})
    return sorted(words.union(before)) if words and driver and driver.says is None else []


def unsaid(document: Document, site: Site) -> Iterator[Mistake]:
    """Promises of a sound site that the device's driver can't keep."""
    for device in [one for one in site.devices.values() if one.driver in site.drivers]:
        driver = site.drivers[device.driver]
        able = driver.words if driver.says is None else driver.says
        for name in _said(document, device) if able is not None else ():
            if able is not None and name not in able:
                what = Sentence(
                    'devices.{device}: its driver "{driver}" never says {name}: it is waited for in vain',
                    device=device.name,
                    driver=driver.name,
                    name=name,
                )
                yield Mistake(document.file, _line(document, device, name), what, nearest(name, able))


def _said(document: Document, device: Device) -> list[str]:
    """In their order in the file."""
    data: Any = document.data
    return [str(name) for name in data["devices"][device.name].get("says", ())] if device.says else []


def _line(document: Document, device: Device, name: str) -> int:
    return document.line("devices", device.name, "says", _said(document, device).index(name))
