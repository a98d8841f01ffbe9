"""Which rules count in which home, and with which numbers: [rules] and [homes.NAME.rules] of site.toml.

    also = ["water-24h"]             rules that are optional
    sets = ["water-24h@zhenhai"]     a named set of numbers of a rule
    off = ["door-left-open"]         rules that don't count here; none that saves lives or watches sensors (grave.py)
    [rules.water-24h]                single values of a rule, in the shape in which the rule says them
    when = {used_below = 0.008}
    except_devices = ["freezer-*"]   devices it doesn't look at; of rules that save lives none that protects (grave.py)

What a home says goes over what the site says.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gateway.site.grave import WATCHMEN, keep_devices, keep_grave, keep_sharp
from gateway.site.values import names
from rules.document import Document, Mistake, Table, nearest
from rules.rule import Rule
from rules.rulefile import read_rule
from rules.sentence import Sentence
from rules.variant import vary

KEYS = frozenset({"packs", "files", "also", "sets", "off"})
"""Of these tables; every other one is the name of a rule."""


class _Scope:
    """What one of the tables says. ``devices``: those that it is about, and whether each of them protects."""

    def __init__(
        self,
        table: Table,
        shipped: Mapping[str, Rule],
        tables: Mapping[str, Table],
        ladders: Collection[str],
        devices: Mapping[str, bool],
    ) -> None:
        optional = {name for name, rule in shipped.items() if rule.optional}
        self.also = names(table, "also", Sentence("optional rule"), optional) if "also" in table else ()
        chosen = table.texts("sets") if "sets" in table else ()
        sets = [name for name in tables if "@" in name]
        for name in chosen:
            if name not in sets:
                table.mistake("sets", 'there is no set "{name}"', nearest(name, sets), name=name)
        self.sets: dict[str, str] = {}
        for name in (name for name in chosen if name in sets):
            other = self.sets.setdefault(name.partition("@")[0], name)
            if other != name:
                table.mistake("sets", "{other} and {name} are sets of one rule", "keep one", other=other, name=name)
        self.off = names(table, "off", Sentence("rule"), shipped) if "off" in table else ()
        for name in self.off:
            if name in shipped and shipped[name].severity == "emergency":
                table.mistake("off", "{name} saves lives, it can't be switched off", "remove it", name=name)
            elif name in WATCHMEN:
                what = "without {name} nobody would be told that a sensor protects nobody"
                remedy = "remove it; of a device that protects nobody write protects = false"
                table.mistake("off", what, remedy, name=name)
            elif name in self.also or name in self.sets:
                table.mistake("off", "{name} is chosen and switched off in one table", "keep one of the two", name=name)
        self.off = tuple(name for name in self.off if name in shipped and not _watches(shipped[name]))
        table.known |= KEYS
        self.own: dict[str, Table] = {}
        self.void: set[str] = set()
        """Of these what it says counts nowhere: a site that was in use goes on without it (texts.py)."""
        for name, inner in table.named():
            if name in shipped:
                self.own[name], so_far = inner, len(table.mistakes)
                keep_grave(shipped[name], inner)
                keep_devices(shipped[name], inner, devices)
                ladder = inner.data.get("ladder")
                if ladder is not None and ladders and ladder not in ladders:
                    inner.mistake(
                        "ladder", 'there is no ladder "{ladder!s:.60}"', nearest(str(ladder), ladders), ladder=ladder
                    )
                self.void |= {name} if len(table.mistakes) > so_far else set()
            else:
                inner.known |= inner.data.keys()
                table.mistake(name, 'there is no rule "{name}"', nearest(name, {*shipped, *KEYS}), name=name)

    @property
    def touched(self) -> set[str]:
        """The rules of which it says anything."""
        return {*self.also, *self.sets, *self.off, *self.own}


def choose(
    table: Table,
    lived: Mapping[str, Table],
    rules: Iterable[Rule],
    tables: Mapping[str, Table],
    ladders: Collection[str] = (),
    devices: Mapping[str, tuple[str, bool]] = MappingProxyType({}),
) -> tuple[Rule, ...]:
    """The rules of a site, of [rules] and of the tables of its homes; ``tables`` are those of all rule files by id.
    ``devices``: each one's home, and whether it protects.

    A rule that is another one in some homes is there twice or oftener, each saying for which homes it is.
    """
    shipped = {rule.id: rule for rule in rules}
    site = _Scope(table, shipped, tables, ladders, {name: protects for name, (_, protects) in devices.items()})
    general = {name: _made(name, [site], shipped, tables) for name in shipped}
    everywhere = {name for name, rule in shipped.items() if not rule.optional or name in (*site.also, *site.sets)}
    everywhere |= {name for name, rule in shipped.items() if not everywhere.isdisjoint(rule.beside)}
    everywhere -= set(site.off)
    own: dict[tuple[str, str], Rule] = {}
    elsewhere: dict[str, set[str]] = {name: set() for name in shipped}
    for home, said in lived.items():
        here = {name: protects for name, (its, protects) in devices.items() if its == home}
        scope = _Scope(said, shipped, tables, ladders, here)
        said_here = {*scope.also, *scope.sets}
        said_here |= {name for name, rule in shipped.items() if not said_here.isdisjoint(rule.beside)}
        for name in sorted((scope.touched | said_here) & shipped.keys()):
            elsewhere[name].add(home)
            wanted = name in everywhere or name in said_here
            rule = _made(name, [site, scope] if name not in scope.sets else [scope], shipped, tables)
            if name in scope.off or not wanted:
                continue
            same = own.get((rule.id, rule.hash))
            own[rule.id, rule.hash] = replace(rule, homes=(same.homes or frozenset() if same else frozenset()) | {home})
    chosen = [replace(general[name], except_homes=frozenset(elsewhere[name])) for name in shipped if name in everywhere]
    return (*chosen, *(own[key] for key in sorted(own)))


def _made(name: str, scopes: list[_Scope], shipped: Mapping[str, Rule], tables: Mapping[str, Table]) -> Rule:
    """A rule with the numbers of these scopes, the last one over the others."""
    chosen = next((one.sets[name] for one in reversed(scopes) if name in one.sets), name)
    table = tables[chosen]
    before = rule = shipped[name] if chosen == name else read_rule(chosen, table) or shipped[name]
    for one in scopes:
        if name in one.own:
            own, so_far = one.own[name], len(one.own[name].mistakes)
            varied, other = vary(chosen, table, own)
            keep_sharp(before, varied or rule, own)
            if varied and len(own.mistakes) == so_far and name not in one.void:
                rule, table = varied, other
    return rule


def _watches(rule: Rule) -> bool:
    """Is it one that no site can switch off?"""
    return rule.severity == "emergency" or rule.id in WATCHMEN


def idle(document: Document, rules: Sequence[Rule]) -> Iterator[Mistake]:
    """Numbers that a sound site file gives a rule which counts nowhere, as an optional one does that nobody named."""
    data: Any = document.data
    said: list[tuple[tuple[str, ...], str, Any]] = [(("rules",), "", data.get("rules", {}))]
    said += [(("homes", home, "rules"), home, one.get("rules", {})) for home, one in data.get("homes", {}).items()]
    for path, home, table in said:
        for name in [name for name, numbers in table.items() if isinstance(numbers, dict)]:
            if not any(_is_meant(rule, name, home) for rule in rules):
                nowhere = "{name} counts in no home, so its numbers mean nothing"
                what = Sentence(
                    "{name} counts not in {home}, so its numbers mean nothing" if home else nowhere,
                    name=name,
                    home=home,
                )
                yield Mistake.of(
                    document.file, document.line(*path, name), what, 'write also = ["{name}"], or remove it', name=name
                )


def _is_meant(rule: Rule, name: str, home: str) -> bool:
    """Is it the rule of this name; in one home, whichever of its sets counts there?"""
    return rule.counts_in(home) and rule.id.partition("@")[0] == name if home else rule.id == name
