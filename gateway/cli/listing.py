"""`anju rules list`: every rule in plain sentences, as the page that docs/presets.md holds."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import COULD_NOT_RUN, OK, Commands, as_json, command, dump, tell
from gateway.words import Language, printable, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.rule import Rule

LIST = """\
List rules with what they look for, what ends them, what they do, and the reason for each of their numbers: a page in
Markdown. A set of other numbers is listed below its rule, with what is otherwise.
"""
LIST_END = """\
examples:
  anju rules list > rules.md
  anju rules list --lang zh water gas
  anju rules list my-rules.toml
  anju rules list --json | jq -r 'select(.severity == "emergency") | .rule'

A PATH is a file, a folder whose *.toml are taken, or a shipped pack such as water. Without one: the shipped rules.

With --json an object a line, sets of numbers too: {"rule", "pack", "title", "severity", "per", "optional", "latch",
"ladder", "act", "zh": ["…"], "en": ["…"]}

exit status: 0 done, 3 could not run (a file with mistakes)
"""


def add_to(commands: Commands) -> None:
    """Add it to `anju rules`."""
    made = command(commands, "list", _list, "list rules with the reason for each number", LIST, LIST_END)
    made.add_argument("paths", type=Path, nargs="*", metavar="PATH", help="file, folder or pack (the shipped rules)")
    as_json(made)


def _list(arguments: argparse.Namespace) -> int:
    from rules.document import Mistakes

    try:
        if arguments.json:
            print(*(dump(_told(name, rule)) for name, rules in _files(arguments.paths) for rule in rules), sep="\n")
        else:
            print("\n\n".join(paragraphs(arguments.paths, arguments.lang)))
    except Mistakes as found:
        tell(found.mistakes, (), arguments.json, arguments.lang)
        return COULD_NOT_RUN
    return OK


def paragraphs(paths: list[Path], language: Language) -> "Iterator[str]":
    """The paragraphs of the page."""
    for name, rules in _files(paths):
        yield f"### {printable(name)}"
        yield from _of_file(rules, language)


def _told(pack: str, rule: "Rule") -> dict[str, object]:
    from rules.explain import explain

    said: dict[str, object] = {"rule": rule.id, "pack": pack, "title": rule.title}
    said |= {key: getattr(rule, key) for key in ("severity", "per", "optional", "latch", "ladder", "act")}
    return {**said, **explain(rule)}


def _files(paths: list[Path]) -> "Iterator[tuple[str, list[Rule]]]":
    """Name of each file or pack, and its rules with all their sets; raises Mistakes."""
    from gateway.cli.explain import all_of
    from rules.document import open_document, read
    from rules.rulefile import load, packs

    shipped = packs()
    own = [path for path in paths if path.is_dir() or str(path) not in shipped]
    load(own)  # all mistakes of all of them at once
    files = [file for path in own for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    chosen = [name for name in shipped if Path(name) in paths or not paths]
    documents = [read(shipped[name], f"{name}.toml") for name in chosen] + [open_document(file) for file in files]
    for name, document in zip([*chosen, *(file.stem for file in files)], documents, strict=True):
        yield name, list(all_of(document))


def _of_file(rules: "list[Rule]", language: Language) -> "Iterator[str]":
    """Of each rule two, what it does and why; of a set what it does otherwise."""
    from rules.explain import explain

    space = "" if language == "zh" else " "
    for plain in [rule for rule in rules if "@" not in rule.id]:
        sentences = [printable(sentence) for sentence in explain(plain)[language]]
        does = sentences[:-1] if plain.why else sentences
        yield f"**`{plain.id}`** {space.join(does)}"
        yield from sentences[len(does) :]
        for rule in rules:
            if rule.id.startswith(f"{plain.id}@"):
                otherwise = [one for one in map(printable, explain(rule)[language]) if one not in sentences]
                yield f"`{rule.id}`: {space.join(otherwise) or say('list-same', language)}"
