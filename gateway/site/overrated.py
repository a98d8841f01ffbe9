"""What is sound in a site file and protects less than it seems: warnings of `anju check`."""

from collections.abc import Iterator
from itertools import chain

from gateway.site.ladders import homebound
from gateway.site.model import Site
from rules.document import Document, Mistake
from rules.lint import Doubt
from rules.nouns import how_long
from rules.rulefile import load, packs
from rules.sentence import Sentence

SILENT_AT_MOST = 2 * 86400.0
"""Seconds, where a driver says no more: a sensor that speaks once a day, as GB 20517-2025 checks it, misses one."""


def overrated(document: Document, site: Site) -> Iterator[Mistake]:
    """Alarms that nobody hears of, sensors that may be dead for days, lists that took the place of a rule's own."""
    yield from chain(_untold(document, site), _patient(document, site), _again(document, site))


def _again(document: Document, site: Site) -> Iterator[Mistake]:
    """Devices that a shipped rule leaves out by their names, and looks at since the site wrote a list of its own."""
    shipped = {rule.id: rule for rule in load(packs())}
    for rule in site.rules:
        before = shipped.get(rule.id, rule).picked
        here = [one.name for one in site.devices.values() if rule.counts_in(one.home)]
        names = [name for name in here if name not in before and name in rule.picked]
        if names and not rule.picked.only:
            homes = sorted(rule.homes or ())
            path: tuple[str, ...] = ("homes", homes[0], "rules", rule.id) if homes else ("rules", rule.id)
            what = "this list stands in place of that of {rule}, which looks at {names} now"
            line = document.line(*path, "except_devices")
            yield Mistake.of(document.file, line, what, "name them there as well", rule=rule.id, names=names[:3])


def _patient(document: Document, site: Site) -> Iterator[Mistake]:
    """Devices that may be dead for days before anybody is told."""
    for device in site.devices.values():
        usual = site.drivers[device.driver].silent_after if device.driver in site.drivers else 0.0
        if device.protects and device.silent_after > max(usual, SILENT_AT_MOST):
            what = "{device} may be dead for {time} before anybody is told"
            yield Mistake.of(
                document.file,
                document.line("devices", device.name, "silent_after"),
                what,
                "write a shorter silent_after, or remove it: {usual} is its driver's",
                device=device.name,
                time=how_long(device.silent_after),
                usual=how_long(usual),
            )


def _untold(document: Document, site: Site) -> Iterator[Mistake]:
    """Alarms that no rule takes, and grave rules whose ladder brings nobody."""
    from gateway.site.sensors import unchosen, unheeded  # it reads a store: a check alone needs that

    for what, remedy in unheeded(site):
        yield Mistake(document.file, document.line("rules", "packs"), what, remedy)
    placed: list[tuple[tuple[str, ...], Doubt]] = [(("rules", "files"), doubt) for doubt in unchosen(site)]
    for rule in site.rules:
        homes = sorted(rule.homes or ())
        path: tuple[str, ...] = ("homes", homes[0], "rules", rule.id) if homes else ("rules", rule.id)
        placed += [(path, doubt) for doubt in homebound([rule], site.ladders)]
    for path, doubt in placed:
        what = Sentence("{rule}: {what}", rule=doubt.rule, what=Sentence(doubt.what))
        yield Mistake(document.file, document.line(*path), what, doubt.remedy)
