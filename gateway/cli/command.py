"""What all commands are made with: their place in the parser, their exit status, what they say of mistakes."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from gateway.cli.page import Page
from gateway.words import Language, printable, say

if TYPE_CHECKING:
    from rules.document import Mistake, Mistakes

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What the commands of one level are added to: see `command`."""
OK, NO, USAGE, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 3, 130


def command(
    commands: Commands,
    name: str,
    do: Callable[[argparse.Namespace], int] | None,
    short: str,
    text: str,
    end: str,
) -> argparse.ArgumentParser:
    """Add a command to these -> its parser, for its arguments.

    ``do`` gets them with ``lang`` and gives the exit status; None if it has commands of its own only. ``short`` is its
    line on the page of all commands; ``text`` and ``end`` (examples, output, exit status) are its own help page. The
    Chinese of all these, and of each argument's ``help``, stands in gateway/chinese/help.
    """
    made = commands.add_parser(name, help=short, description=text, epilog=end, formatter_class=Page)
    dest = "lang" if do else "first"  # of words before the command; the last one counts, wherever it stands
    made.add_argument("--lang", dest=dest, choices=("zh", "en"), help="language of what is said (by LANG)")
    if do:
        made.set_defaults(do=do)
    return made


def as_json(made: argparse.ArgumentParser) -> None:
    """Give a command the option --json."""
    made.add_argument("--json", action="store_true", help="one JSON object a line, for a script")


def dump(value: object) -> str:
    """A JSON object on one line, with Chinese as it is; what would steer a terminal stands as its number."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    return json.dumps(sign)[1:-1]


def tell(errors: "Iterable[Mistake]", warnings: "Iterable[Mistake]", as_objects: bool, lang: Language) -> None:
    """Say each mistake; in words on stderr, with their number after them, or as JSON on stdout."""
    counts = {"error": 0, "warning": 0}
    for severity, found in (("error", errors), ("warning", warnings)):
        for file, line, what, remedy in found:
            counts[severity] += 1
            if as_objects:
                chinese = {"what": in_words(what, "zh"), "remedy": in_words(remedy, "zh")}
                told = {"severity": severity, "file": file, "line": line, "what": what, "remedy": remedy}
                print(dump({**told, "zh": chinese}))
            else:
                words = {"what": in_words(what, lang), "remedy": in_words(remedy, lang)}
                print(
                    say("mistake", lang, file=file, line=line, severity=say(severity, lang), **words), file=sys.stderr
                )
    if any(counts.values()) and not as_objects:
        print(say("mistakes", lang, errors=counts["error"], warnings=counts["warning"]), file=sys.stderr)


def in_words(text: str, lang: Language) -> str:
    """A sentence of a mistake or a story in the reader's language; the catalogue is loaded only when it is needed."""
    if lang == "en":
        return str(text)
    from gateway.chinese import CATALOGUE

    return CATALOGUE.chinese(text)


def why_refused(why: str, lang: Language) -> str:
    """What a driver says of a frame that it can't read, in the reader's language."""
    if lang == "en" or not why:
        return why
    from gateway.chinese.frames import WHYS

    return WHYS.chinese(why)


def tell_story(passed: bool, head: str, lines: Iterable[str], lang: Language) -> None:
    """Say how a story went, and below it what was otherwise."""
    print(f"{say('passed' if passed else 'failed', lang)}  {printable(head)}")
    for line in lines:
        print(f"    {printable(in_words(line, lang))}")


def mistaken(found: "Mistakes", lang: Language) -> int:
    """Say on stderr what is wrong with a file that a command needs -> its exit status."""
    tell(found.mistakes, (), False, lang)
    return COULD_NOT_RUN


def could_not_run(why: str, lang: Language) -> int:
    """Say on stderr why a command could not do its work -> its exit status."""
    print(f"anju: {printable(say('could-not-run', lang, why=in_words(why, lang)))}", file=sys.stderr)
    return COULD_NOT_RUN
