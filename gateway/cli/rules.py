"""The commands about rules: check them, run their stories."""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli import explain, listing
from gateway.cli.command import NO, OK, Commands, as_json, command, dump, in_words, tell, tell_story
from gateway.words import Language, printable, say

if TYPE_CHECKING:
    from gateway.site import Site
    from rules.coverage import Coverage
    from rules.document import Document, Mistake
    from rules.rule import Rule
    from rules.story import Result


RULES = "Check rule files, run the stories in them, or say what a rule does. Without a PATH: the shipped rules."
RULES_END = """\
examples:
  anju rules check my-rules.toml
  anju rules test                        the stories of the shipped rules
  anju rules explain gas-leak            what a rule does, in plain words
  anju rules list --lang zh              all of them, with the reason for each number
"""

RULES_CHECK = """\
Check rule files: all mistakes at once, each with file, line and remedy. What is right word by word and probably not
meant is a warning: a test that no value passes, limits that exclude each other, a rule that fires whenever another one
does. With a site its own rules are checked, and those that can't fire there for want of a sensor are named.
"""
RULES_CHECK_END = """\
examples:
  anju rules check
  anju rules check my-rules.toml /etc/anju/rules --json
  anju rules check --site /etc/anju/site.toml

A PATH is a file, a folder whose *.toml are taken, or a shipped pack such as water. Output and --json are those of
`anju check`.

exit status: 0 no mistakes, 1 mistakes
"""

RULES_TEST = """\
Run the stories of rule files. A story gives readings at moments and names the alert changes to expect; it runs in
virtual time, days in milliseconds. At last stands how many conditions some story made true, and how many hours and
modes (while) some story shut; --coverage names the others.
"""
RULES_TEST_END = """\
examples:
  anju rules test
  anju rules test my-rules.toml --json | jq 'select(.passed | not)'
  anju rules test --coverage

A PATH is a file, a folder whose *.toml are taken, or a shipped pack such as water.
With --json one object a line: {"story", "file", "line", "passed", "failures", "zh"}, where "zh" are the failures
in Chinese; with --coverage then one for each condition that no story reached:
{"uncovered", "rule", "file", "line", "zh"}

exit status: 0 all passed, 1 one failed, or a file has mistakes
"""


RULES_SCHEMA = """\
Print the JSON Schema of rule files: an editor that knows it (with taplo, say) completes words and tells what they mean.
"""
RULES_SCHEMA_END = """\
examples:
  anju rules schema > rules.schema.json

Then write this as the first line of a rule file:  #:schema ./rules.schema.json

exit status: 0 done
"""


def add(commands: Commands) -> None:
    """`anju rules …`."""
    rules = command(commands, "rules", None, "check, test and explain rules", RULES, RULES_END)
    inner = rules.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, do, short, text, end in (
        ("check", _rules_check, "find every mistake in rule files", RULES_CHECK, RULES_CHECK_END),
        ("test", _rules_test, "run the stories of rule files", RULES_TEST, RULES_TEST_END),
    ):
        made = command(inner, name, do, short, text, end)
        made.add_argument("paths", type=Path, nargs="*", metavar="PATH", help="file or folder (the shipped rules)")
        as_json(made)
        if name == "test":
            made.add_argument("--coverage", action="store_true", help="name the conditions that no story reached")
        else:
            made.add_argument("--site", type=Path, metavar="SITE", help="check the rules of this site instead")
    explain.add_to(inner)
    listing.add_to(inner)
    command(inner, "schema", _rules_schema, "print the JSON Schema for editors", RULES_SCHEMA, RULES_SCHEMA_END)


def _rules_schema(arguments: argparse.Namespace) -> int:
    from rules.schema import schema

    print(json.dumps(schema(), ensure_ascii=False, indent=1))
    return OK


def _rules_check(arguments: argparse.Namespace) -> int:
    from rules.rulefile import read_rules

    if arguments.site is not None:
        return _site_check(arguments)
    count = 0
    mistakes: list[Mistake] = []
    warnings: list[Mistake] = []
    for document in _documents(arguments.paths, mistakes):
        with _noting(mistakes):
            rules = read_rules(document)
            count += len(rules)
            warnings += _doubts([rule for rule in rules if not rule.optional], document)
    return _verdict(mistakes, warnings, count, arguments)


def _site_check(arguments: argparse.Namespace) -> int:
    from gateway.site.ladders import homebound
    from gateway.site.says import unsaid
    from gateway.site.sensors import idle, unchosen
    from gateway.site.texts import load_document
    from rules.document import Mistake, Mistakes
    from rules.lint import doubts as lint
    from rules.lint import hasty
    from rules.sentence import Sentence

    file = str(arguments.site)
    try:
        site, document = load_document(arguments.site)
    except Mistakes as found:
        return _verdict(found.mistakes, (), 0, arguments)
    doubts = [*idle(site), *unchosen(site), *hasty(site.rules, site.places), *lint(site.rules)]
    doubts += homebound(site.rules, site.ladders)
    places = _places(site, arguments.site.parent)
    placed = [(*places.get(rule.partition("@")[0], (file, 1)), rule, what, remedy) for rule, what, remedy in doubts]
    placed.sort(key=lambda one: one[0].startswith("rules/packs/"))  # what somebody wrote here comes first
    warnings = [
        Mistake(where, line, Sentence("{rule}: {what}", rule=rule, what=Sentence(what)), remedy)
        for where, line, rule, what, remedy in placed
    ]
    warnings += unsaid(document, site)
    return _verdict((), warnings, len(site.rules), arguments)


def _places(site: "Site", folder: Path) -> dict[str, tuple[str, int]]:
    """Name of each rule of a site -> the file and the line where it stands."""
    from rules.document import read

    held = json.loads(site.text)
    texts = {f"rules/packs/{name}.toml": text for name, text in held["packs"].items()}
    texts |= {str(folder / name): text for name, text in held["files"].items()}
    documents = [read(text, file) for file, text in texts.items()]
    return {name: (document.file, document.line(name)) for document in documents for name in document.data}


def _doubts(rules: "Sequence[Rule]", document: "Document") -> "list[Mistake]":
    from gateway.ladder.policy import load as load_ladders
    from gateway.site.ladders import homebound
    from rules.document import Mistake
    from rules.lint import doubts
    from rules.sentence import Sentence

    return [
        Mistake(document.file, document.line(rule), Sentence("{rule}: {what}", rule=rule, what=Sentence(what)), remedy)
        for rule, what, remedy in [*doubts(rules), *homebound(rules, load_ladders({}))]
    ]


def _verdict(
    mistakes: "Sequence[Mistake]", warnings: "Sequence[Mistake]", count: int, arguments: argparse.Namespace
) -> int:
    tell(mistakes, warnings, arguments.json, arguments.lang)
    if not mistakes and not arguments.json:
        print(say("rules-sound", arguments.lang, rules=count))
    return NO if mistakes else OK


def _rules_test(arguments: argparse.Namespace) -> int:
    from rules import story
    from rules.coverage import Coverage

    count = failed = 0
    mistakes: list[Mistake] = []
    coverage = Coverage()
    for document in _documents(arguments.paths, mistakes):
        with _noting(mistakes):
            for result in story.run(document, coverage):
                count += 1
                failed += not result.ok
                _tell_story(result, arguments.json, arguments.lang)
    tell(mistakes, (), arguments.json, arguments.lang)
    if not arguments.json:
        print(say("stories" if count else "no-stories", arguments.lang, stories=count, failed=failed))
    _tell_coverage(coverage, arguments)
    return NO if failed or mistakes else OK


def _tell_coverage(coverage: "Coverage", arguments: argparse.Namespace) -> None:
    missed = coverage.missed()
    for file, line, rule, zh, en, _ in missed if arguments.coverage else ():
        if arguments.json:
            print(dump({"uncovered": en, "rule": rule, "file": file, "line": line, "zh": zh}))
        else:
            told = say("uncovered", arguments.lang, clause=zh if arguments.lang == "zh" else en)
            print(f"{printable(file)}:{line}: {rule}: {told}")
    if coverage.spots and not arguments.json:
        whole = len(coverage.spots)
        print(say("coverage", arguments.lang, reached=whole - len(missed), whole=whole))


def _tell_story(result: "Result", as_object: bool, lang: Language) -> None:
    if as_object:
        told = {"story": result.story, "file": result.file, "line": result.line, "passed": result.ok}
        print(dump({**told, "failures": result.wrong, "zh": [in_words(line, "zh") for line in result.wrong]}))
    else:
        tell_story(result.ok, f"{result.file}:{result.line}: {result.story}", result.told(), lang)


def _documents(paths: list[Path], mistakes: "list[Mistake]") -> "Iterator[Document]":
    """The rule files at these paths, folders opened; the shipped ones if there is no path."""
    from rules.document import Mistake, Mistakes, read
    from rules.rulefile import opened, packs

    if not paths:
        yield from (read(text, f"rules/packs/{name}.toml") for name, text in packs().items())
    shipped = packs()
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if path.name in shipped and str(path) == path.name and not path.exists():
            yield read(shipped[path.name], f"rules/packs/{path.name}.toml")
            continue
        if not files:
            mistakes.append(Mistake(str(path), 1, "no *.toml in this folder", "name a rule file, or a folder of them"))
        for file in files:
            with _noting(mistakes):
                document = opened(file, shipped)
                if "gateway" in document.data:
                    line = document.line("gateway")
                    raise Mistakes(
                        [Mistake.of(str(file), line, "this is a site file", "write `anju check {file}`", file=file)]
                    )
                yield document


@contextmanager
def _noting(mistakes: "list[Mistake]") -> Iterator[None]:
    from rules.document import Mistakes

    try:
        yield
    except Mistakes as found:
        mistakes += found.mistakes
