"""What a changed site changes: told in the log and to the platform, and asked before anything is taken down."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gateway.site.model import Site
from rules.sentence import Sentence

TABLES = ("homes", "devices", "ports", "outputs", "uplinks", "people", "channels", "speakers")
SINGLE = ("calendar", "voice", "answers", "control_group")


class Difference(NamedTuple):
    """One thing that isn't as it was."""

    kind: str
    """rule, or the table of site.toml."""
    name: str
    home: str
    """Of a rule that is different in one home."""
    what: str
    """added, removed or changed."""

    def __str__(self) -> str:
        where = f" in {self.home}" if self.home else ""
        return f"{self.kind} {self.name}{where}: {self.what}"


def differences(old: Site, new: Site) -> list[Difference]:
    """All of them, rules first."""
    found: list[Difference] = []
    before, after = _rules(old), _rules(new)
    for one in _compared("rule", before, after):
        was, now = (rules.get((one.name, one.home), rules.get((one.name, ""), ())) for rules in (before, after))
        if was != now:
            found.append(one._replace(what="changed" if was and now else "added" if now else "removed"))
    for table in TABLES:
        found += _compared(table, _table(old, table), _table(new, table))
    for name in SINGLE:
        if getattr(old, name) != getattr(new, name):
            found.append(Difference(name, name, "", "changed"))
    if old.gateway != new.gateway:
        found.append(Difference("gateway", new.gateway.id, "", "changed"))
    if dict(old.guests) != dict(new.guests):
        found.append(Difference("drivers", "guests", "", "changed"))
    return found


def obstacle(old: Site, new: Site) -> str:
    """Why the new site can't be taken into use without a restart; "" if it can."""
    if (old.gateway.id, old.gateway.site) != (new.gateway.id, new.gateway.site):
        return Sentence("[gateway] id or site changed: every topic would be another one")
    if old.store != new.store:
        return Sentence("[store] changed")
    return ""


def _rules(site: Site) -> dict[tuple[str, str], tuple[object, ...]]:
    """(rule, home or "" for all others) -> what it does and says; () where it doesn't count."""
    found: dict[tuple[str, str], tuple[object, ...]] = {
        (rule.id, home): () for rule in site.rules for home in rule.except_homes
    }
    for rule in site.rules:
        said = (rule.hash, dict(rule.title), dict(rule.advice or {}))
        for home in sorted(rule.homes) if rule.homes is not None else [""]:
            found[rule.id, home] = said
    return found


def _table(site: Site, name: str) -> dict[tuple[str, str], object]:
    table: Mapping[str, object] = getattr(site, name)
    if name == "homes":
        return {(key, ""): (value, site.living.get(key)) for key, value in table.items()}
    if name == "devices":  # what a port goes by is alike all the same
        return {(key, ""): (one, one.protects, one.tested, one.says) for key, one in site.devices.items()}
    return {(key, ""): value for key, value in table.items()}


def _compared(
    kind: str, old: Mapping[tuple[str, str], object], new: Mapping[tuple[str, str], object]
) -> Iterator[Difference]:
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            yield Difference(kind, *key, "added")
        elif key not in new:
            yield Difference(kind, *key, "removed")
        elif old[key] != new[key]:
            yield Difference(kind, *key, "changed")
