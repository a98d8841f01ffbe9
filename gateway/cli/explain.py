"""`anju rules explain`: a rule in plain sentences."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import COULD_NOT_RUN, OK, USAGE, Commands, as_json, command, dump, in_words, tell
from gateway.words import printable, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.document import Document
    from rules.rule import Rule

EXPLAIN = """\
Say in plain Chinese and English what a rule looks for, what ends it, what it does, and why its numbers are as they
are. The sentences are made from what the rule does, so they can't be out of date.
"""
EXPLAIN_END = """\
examples:
  anju rules explain gas-leak
  anju rules explain water-24h@zhenhai
  anju rules explain gas-leak --site /etc/anju/site.toml
  anju rules explain my-rule my-rules.toml --json

RULE is the name of a rule. It is looked for in the files or folders named, or among the rules of the site, or among
the shipped ones. With a site, a rule that has other numbers in some homes is told again for those, and homes in which
it doesn't count are named.
With --json an object a line: {"rule", "zh": ["…"], "en": ["…"]}, "homes" where it is for these alone, "not_in" where it
is for all but these, and "off_in": the homes in which neither it nor a set of it counts

exit status: 0 done, 2 no such rule, 3 could not run (a file with mistakes)
"""


def add_to(commands: Commands) -> None:
    """Add it to `anju rules`."""
    made = command(commands, "explain", _explain, "say in plain words what a rule does", EXPLAIN, EXPLAIN_END)
    made.add_argument("rule", metavar="RULE", help="its name, such as gas-leak")
    made.add_argument("paths", type=Path, nargs="*", metavar="PATH", help="file or folder (the shipped rules)")
    made.add_argument("--site", type=Path, metavar="SITE", help="the rule as this site has it")
    as_json(made)


def _explain(arguments: argparse.Namespace) -> int:
    from rules.document import Mistakes, nearest
    from rules.explain import explain

    try:
        rules = _rules(arguments.paths, arguments.site)
    except Mistakes as found:
        tell(found.mistakes, (), arguments.json, arguments.lang)
        return COULD_NOT_RUN
    chosen = [rule for rule in rules if rule.id == arguments.rule]
    if not chosen and arguments.site is not None:  # it has a set of that rule's numbers
        chosen = [rule for rule in rules if rule.id.partition("@")[0] == arguments.rule]
    base = arguments.rule.partition("@")[0]
    if not chosen and arguments.site is not None and base in {rule.id for rule in _rules([], None)}:
        print(f"anju: {say('rule-off', arguments.lang, name=arguments.rule, base=base)}", file=sys.stderr)
        return USAGE
    if not chosen:
        known = nearest(arguments.rule, _kin(arguments.rule, sorted({rule.id for rule in rules})))
        known = in_words(known, arguments.lang)
        print(f"anju: {say('no-rule', arguments.lang, name=arguments.rule, known=known)}", file=sys.stderr)
        return USAGE
    plain = {} if arguments.site is None else {rule.id: rule.hash for rule in _rules([], None)}
    off = _off(arguments.site, rules, chosen) if arguments.site is not None else []
    for rule in chosen:
        told = explain(rule, bool(plain), plain.get(rule.id, rule.hash) != rule.hash)
        if arguments.json:
            where = {"homes": rule.homes or (), "not_in": rule.except_homes, "off_in": off}
            print(dump({"rule": rule.id, **{key: sorted(homes) for key, homes in where.items() if homes}, **told}))
            continue
        head = rule.id
        if rule.homes or rule.except_homes:
            word = "in-homes" if rule.homes else "in-other-homes"
            homes = ", ".join(sorted(rule.homes or rule.except_homes))
            head = f"{rule.id} {say(word, arguments.lang, homes=homes)}"
        for language in (arguments.lang, "en" if arguments.lang == "zh" else "zh"):
            lines = (f"  {printable(line)}" for line in told[language])
            print(f"{head}\n" if language == arguments.lang else "", *lines, sep="\n")
        print(end="" if rule is chosen[-1] else "\n")
    if off and not arguments.json:
        print(f"\n{say('off-in', arguments.lang, rule=base, homes=', '.join(off))}")
    return OK


def _off(site: Path, rules: "list[Rule]", chosen: "list[Rule]") -> list[str]:
    """The homes of a site in which a rule, or any set of it, doesn't count."""
    from gateway.site import load as load_site

    names = {rule.id.partition("@")[0] for rule in chosen}
    kin = [rule for rule in rules if rule.id.partition("@")[0] in names]
    return [home for home in load_site(site).homes if not any(rule.counts_in(home) for rule in kin)]


def _kin(name: str, rules: list[str]) -> list[str]:
    """What somebody may have meant: of a rule that is there, one of its own sets."""
    base = name.partition("@")[0]
    return [one for one in rules if one.partition("@")[0] == base] if base in rules else rules


def _rules(paths: list[Path], site: Path | None) -> "list[Rule]":
    """Those with other numbers as ``RULE@SET``; of a site, each with the homes for which it is another one."""
    from rules.document import open_document, read
    from rules.rulefile import load, packs

    if site is not None:
        from gateway.site import load as load_site

        return sorted(load_site(site).rules, key=lambda rule: rule.homes is not None)
    if not paths:
        documents = [read(text, f"{name}.toml") for name, text in packs().items()]
        return [rule for document in documents for rule in all_of(document)]
    files = [file for path in paths for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    load(files)  # all mistakes of all of them at once
    return [rule for file in files for rule in all_of(open_document(file))]


def all_of(document: "Document") -> "Iterator[Rule]":
    """Its rules, and each of them with the numbers of each of its sets."""
    from rules.rulefile import read_rules

    tables = [table for table in document.data.values() if isinstance(table, dict)]
    yield from read_rules(document)
    for chosen in sorted({name for table in tables for name in table.get("sets", ())}):
        yield from [rule for rule in read_rules(document, chosen) if "@" in rule.id]
