"""`anju rules explain`: a rule in plain sentences."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import COULD_NOT_RUN, OK, USAGE, Commands, as_json, command, dump, tell
from gateway.words import say

if TYPE_CHECKING:
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
        rules = _rules(arguments.rule, arguments.paths, arguments.site)
    except Mistakes as found:
        tell(found.mistakes, (), arguments.json, arguments.lang)
        return COULD_NOT_RUN
    rule = rules.get(arguments.rule)
    if rule is None:
        known = nearest(arguments.rule, rules)
        print(f"anju: {say('no-rule', arguments.lang, name=arguments.rule, known=known)}", file=sys.stderr)
        return USAGE
    told = explain(rule)
    if arguments.json:
        print(dump({"rule": rule.id, **told}))
        return OK
    for language in (arguments.lang, "en" if arguments.lang == "zh" else "zh"):
        print(f"{rule.id}\n" if language == arguments.lang else "", *(f"  {line}" for line in told[language]), sep="\n")
    return OK


def _rules(name: str, paths: list[Path], site: Path | None) -> "dict[str, Rule]":
    from rules.rule import load, packs

    if site is not None:
        from gateway.site import load as load_site

        return dict(load_site(site).by_id)
    if paths:
        files = [file for path in paths for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
        return {rule.id: rule for rule in load(files)}
    rules = {rule.id: rule for rule in load(packs())}
    base, _, chosen = name.partition("@")
    if chosen and base in rules:
        rules |= {rule.id: rule for rule in _with_set(chosen)}
    return rules


def _with_set(chosen: str) -> "list[Rule]":
    """The shipped rules that have other numbers under this name."""
    from rules.document import read
    from rules.rule import packs, read_rules

    documents = [read(text, f"{name}.toml") for name, text in packs().items()]
    having = [document for document in documents if any(chosen in _sets(rule) for rule in document.data.values())]
    return [rule for document in having for rule in read_rules(document, chosen)]


def _sets(rule: object) -> list[str]:
    return list(rule.get("sets", ())) if isinstance(rule, dict) else []
