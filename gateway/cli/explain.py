"""`anju rules explain`: a rule in plain sentences."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import COULD_NOT_RUN, OK, USAGE, Commands, as_json, command, dump, tell
from gateway.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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
the shipped ones. With --json one object: {"rule", "zh": ["…"], "en": ["…"]}

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
    rule = rules.get(arguments.rule)
    if rule is None:
        known = nearest(arguments.rule, _kin(arguments.rule, rules))
        print(f"anju: {say('no-rule', arguments.lang, name=arguments.rule, known=known)}", file=sys.stderr)
        return USAGE
    told = explain(rule)
    if arguments.json:
        print(dump({"rule": rule.id, **told}))
        return OK
    for language in (arguments.lang, "en" if arguments.lang == "zh" else "zh"):
        print(f"{rule.id}\n" if language == arguments.lang else "", *(f"  {line}" for line in told[language]), sep="\n")
    return OK


def _kin(name: str, rules: "Collection[str]") -> "Collection[str]":
    """What somebody may have meant: of a rule that is there, one of its own sets."""
    base = name.partition("@")[0]
    return [one for one in rules if one.partition("@")[0] == base] if base in rules else rules


def _rules(paths: list[Path], site: Path | None) -> "dict[str, Rule]":
    """By name; those with other numbers as ``RULE@SET``."""
    from rules.document import open_document, read
    from rules.rule import load, packs

    if site is not None:
        from gateway.site import load as load_site

        return dict(load_site(site).by_id)
    if not paths:
        documents = [read(text, f"{name}.toml") for name, text in packs().items()]
        return {rule.id: rule for document in documents for rule in _all(document)}
    files = [file for path in paths for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    load(files)  # all mistakes of all of them at once
    return {rule.id: rule for file in files for rule in _all(open_document(file))}


def _all(document: "Document") -> "Iterator[Rule]":
    """Its rules, and each of them with the numbers of each of its sets."""
    from rules.rule import read_rules

    tables = [table for table in document.data.values() if isinstance(table, dict)]
    for chosen in ("", *sorted({name for table in tables for name in table.get("sets", ())})):
        yield from read_rules(document, chosen)
