"""The commands about ladders: check them, run their stories."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import NO, OK, Commands, as_json, command, dump, in_words, tell, tell_story
from gateway.words import say

if TYPE_CHECKING:
    from gateway.ladder.story import Result
    from rules.document import Document, Mistake

LADDERS = """\
Check ladder files, or run the stories in them. A ladder says who is told of an alert, by which channel, how long to
wait for an answer, and who comes next. Without a PATH: the shipped ladders.
"""
LADDERS_END = """\
examples:
  anju ladders check my-ladders.toml
  anju ladders test                      the stories of the shipped ladders

docs/ladders.md tells every word. The people that a ladder names are looked up in the site: `anju check site.toml`.
"""

CHECK = "Check ladder files: all mistakes at once, each with file, line and remedy."
CHECK_END = """\
examples:
  anju ladders check
  anju ladders check my-ladders.toml --json

A PATH is a file, or a folder whose *.toml are taken. Output and --json are those of `anju check`.

exit status: 0 no mistakes, 1 mistakes
"""

TEST = """\
Run the stories of ladder files. A story says what fires, who answers and what fails, and names each message to expect;
it runs in virtual time, nights in milliseconds.
"""
TEST_END = """\
examples:
  anju ladders test
  anju ladders test my-ladders.toml --json | jq 'select(.passed | not)'

A PATH is a file, or a folder whose *.toml are taken.
With --json one object a line: {"story", "file", "line", "passed", "failures", "zh"}; "zh" are the failures in Chinese

exit status: 0 all passed, 1 one failed, or a file has mistakes
"""


def add(commands: Commands) -> None:
    """`anju ladders …`."""
    ladders = command(commands, "ladders", None, "check ladders, or run their stories", LADDERS, LADDERS_END)
    inner = ladders.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, do, short, text, end in (
        ("check", _check, "find every mistake in ladder files", CHECK, CHECK_END),
        ("test", _test, "run the stories of ladder files", TEST, TEST_END),
    ):
        made = command(inner, name, do, short, text, end)
        made.add_argument("paths", type=Path, nargs="*", metavar="PATH", help="file or folder (the shipped ladders)")
        as_json(made)


def _check(arguments: argparse.Namespace) -> int:
    from gateway.ladder import story
    from rules.document import Mistakes

    count = 0
    mistakes: list[Mistake] = []
    for document in _documents(arguments.paths, mistakes):
        try:
            count += story.check(document)
        except Mistakes as found:
            mistakes += found.mistakes
    tell(mistakes, (), arguments.json, arguments.lang)
    if not mistakes and not arguments.json:
        print(say("ladders-sound", arguments.lang, ladders=count))
    return NO if mistakes else OK


def _test(arguments: argparse.Namespace) -> int:
    from gateway.ladder import story
    from rules.document import Mistakes

    count = failed = 0
    mistakes: list[Mistake] = []
    for document in _documents(arguments.paths, mistakes):
        try:
            results = story.run(document)
        except Mistakes as found:
            mistakes += found.mistakes
            continue
        for result in results:
            count += 1
            failed += not result.ok
            _tell(result, arguments)
    tell(mistakes, (), arguments.json, arguments.lang)
    if not arguments.json:
        print(say("stories" if count else "no-stories", arguments.lang, stories=count, failed=failed))
    return NO if failed or mistakes else OK


def _tell(result: "Result", arguments: argparse.Namespace) -> None:
    if arguments.json:
        told = {"story": result.story, "file": result.file, "line": result.line, "passed": result.ok}
        print(dump({**told, "failures": result.wrong, "zh": [in_words(line, "zh") for line in result.wrong]}))
    else:
        head = f"{result.file}:{result.line}: {result.story}"
        tell_story(result.ok, head, result.lines(), arguments.lang)


def _documents(paths: list[Path], mistakes: "list[Mistake]") -> "Iterator[Document]":
    """The ladder files at these paths, folders opened; the shipped ones if there is no path."""
    from gateway.ladder.policy import shipped
    from rules.document import Mistake, Mistakes, open_document, read

    if not paths:
        yield from (read(text, f"gateway/ladder/ladders/{name}.toml") for name, text in shipped().items())
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not files:
            remedy = "name a ladder file, or a folder of them"
            mistakes.append(Mistake(str(path), 1, "no *.toml in this folder", remedy))
        for file in files:
            try:
                yield open_document(file)
            except Mistakes as found:
                mistakes += found.mistakes
