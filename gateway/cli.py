"""The command `anju`: thin. Each command imports what it needs, so that `anju run` is up within its second."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import __version__, manual
from gateway.words import Language, language, say

if TYPE_CHECKING:
    from rules.alert import Alert
    from rules.document import Document, Mistake
    from rules.story import Result

OK, NO, USAGE, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: list[str] | None = None) -> int:
    """Run one command -> its exit status; see `anju --help` for what they mean."""
    arguments = parser().parse_args(argv)
    arguments.lang = arguments.lang or language(os.environ)
    do: Callable[[argparse.Namespace], int] = arguments.do
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Chinese still gets its line
    try:
        status = do(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nobody is left to tell, and Python's own flush must not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _could_not_run(f"{name}{error.strerror or error}", arguments.lang)
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def parser() -> argparse.ArgumentParser:
    """All commands with their help pages."""
    top = argparse.ArgumentParser(
        "anju", description=manual.TOP, epilog=manual.TOP_END, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=f"anju {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run = _command(commands, "run", _run, "run the gateway", manual.RUN, manual.RUN_END)
    run.add_argument("--site", type=Path, required=True, metavar="SITE", help="the site file")
    run.add_argument("--verbose", action="store_true", help="log more: each attempt, and what the MQTT client says")

    check = _command(commands, "check", _check, "find every mistake in a site file", manual.CHECK, manual.CHECK_END)
    check.add_argument("site", type=Path, metavar="SITE", help="the site file")
    _json(check)

    replay = _command(commands, "replay", _replay, "fold a journal into its alerts", manual.REPLAY, manual.REPLAY_END)
    replay.add_argument("journal", type=Path, metavar="JOURNAL", help="the store's file, such as data/anju.db")
    _json(replay)

    decode = _command(commands, "decode", _decode, "tell what a frame says", manual.DECODE, manual.DECODE_END)
    decode.add_argument("driver", metavar="DRIVER", help="kind of device, such as node")
    decode.add_argument("hex", metavar="HEX", help="the frame, or - for one HEX a line from the standard input")
    decode.add_argument("--key", type=_key, default=b"", metavar="HEX", help="key of devices that encrypt")
    decode.add_argument("--address", default="", metavar="ADDR", help="sender of a frame that does not carry it")

    demo = _command(commands, "demo", _demo, "play a story in a simulated flat", manual.DEMO, manual.DEMO_END)
    demo.add_argument("--once", action="store_true", help="play the story once and end")
    demo.add_argument("--plain", action="store_true", help="plain lines instead of a live view")

    _rules(commands)
    return top


def _rules(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    rules = _command(commands, "rules", None, "check rules, or run their stories", manual.RULES, manual.RULES_END)
    inner = rules.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, do, short, text, end in (
        ("check", _rules_check, "find every mistake in rule files", manual.RULES_CHECK, manual.RULES_CHECK_END),
        ("test", _rules_test, "run the stories of rule files", manual.RULES_TEST, manual.RULES_TEST_END),
    ):
        command = _command(inner, name, do, short, text, end)
        command.add_argument("paths", type=Path, nargs="*", metavar="PATH", help="file or folder (the shipped rules)")
        _json(command)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    do: Callable[[argparse.Namespace], int] | None,
    short: str,
    text: str,
    end: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=short, description=text, epilog=end, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if do:
        command.set_defaults(do=do)
        command.add_argument("--lang", choices=("zh", "en"), help="language of what is said (by LANG)")
    return command


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object a line, for a script")


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not hexadecimal") from None


def _run(arguments: argparse.Namespace) -> int:
    from gateway import app, opening
    from rules.document import Mistakes

    opening.begin_log(verbose=arguments.verbose)
    try:
        opening.say_what_is_there(arguments.site)
        return opening.say_goodbye(app.run(arguments.site))
    except Mistakes as found:
        _tell(found.mistakes, (), False, arguments.lang)
        return COULD_NOT_RUN


def _check(arguments: argparse.Namespace) -> int:
    from gateway.site import check

    found = check(arguments.site)
    _tell(found.errors, found.warnings, arguments.json, arguments.lang)
    if found.site and not arguments.json:
        site = found.site
        counts = {name: len(getattr(site, name)) for name in ("homes", "devices", "outputs", "rules")}
        print(say("site-sound", arguments.lang, path=arguments.site, **counts))
    return NO if found.errors else OK


def _replay(arguments: argparse.Namespace) -> int:
    import errno

    from gateway import app

    if not arguments.journal.is_file():
        return _could_not_run(f"{arguments.journal}: {os.strerror(errno.ENOENT)}", arguments.lang)
    count = 0
    try:
        for alert in app.replay(arguments.journal):
            print(_dump(_alert(alert)) if arguments.json else _line(alert))
            count += 1
    except ValueError as error:
        return _could_not_run(str(error), arguments.lang)
    if not arguments.json:
        print(say("alerts", arguments.lang, alerts=count))
    return OK


def _alert(alert: "Alert") -> dict[str, object]:
    evidence = [
        {**reading._asdict(), "source": reading.source and reading.source._asdict()} for reading in alert.evidence
    ]
    return {**alert._asdict(), "evidence": evidence, "sources": [source._asdict() for source in alert.sources]}


def _line(alert: "Alert") -> str:
    subject = "/".join(filter(None, (alert.home, alert.device)))
    words = (alert.rule, subject, alert.reason, f"{alert.id}/{alert.n}")
    return f"{alert.at:12.3f}  {alert.severity:<9}  {alert.state:<8}  {'  '.join(words)}"


def _decode(arguments: argparse.Namespace) -> int:
    from drivers.driver import shipped
    from gateway.decode import Decoder

    drivers = shipped()
    if arguments.driver not in drivers:
        names = ", ".join(sorted(drivers))
        print(f"anju: {say('no-driver', arguments.lang, name=arguments.driver, known=names)}", file=sys.stderr)
        return USAGE
    decoder = Decoder(drivers[arguments.driver], arguments.lang, arguments.address, arguments.key)
    status = OK
    for text in _standard_input() if arguments.hex == "-" else [arguments.hex]:
        for frame in decoder.text(text):
            print(_dump(frame))
            status = NO if "error" in frame else status
    return status


def _demo(arguments: argparse.Namespace) -> int:
    from gateway.sim import demo

    return demo.main(once=arguments.once, lang=arguments.lang, plain=arguments.plain)


def _rules_check(arguments: argparse.Namespace) -> int:
    from rules.rule import read_rules

    count = 0
    mistakes: list[Mistake] = []
    for document in _documents(arguments.paths, mistakes):
        with _noting(mistakes):
            count += len(read_rules(document))
    _tell(mistakes, (), arguments.json, arguments.lang)
    if not mistakes and not arguments.json:
        print(say("rules-sound", arguments.lang, rules=count))
    return NO if mistakes else OK


def _rules_test(arguments: argparse.Namespace) -> int:
    from rules import story

    count = failed = 0
    mistakes: list[Mistake] = []
    for document in _documents(arguments.paths, mistakes):
        with _noting(mistakes):
            for result in story.run(document):
                count += 1
                failed += not result.ok
                _tell_story(result, arguments.json, arguments.lang)
    _tell(mistakes, (), arguments.json, arguments.lang)
    if not arguments.json:
        print(say("stories" if count else "no-stories", arguments.lang, stories=count, failed=failed))
    return NO if failed or mistakes else OK


def _tell_story(result: "Result", as_json: bool, lang: Language) -> None:
    if as_json:
        told = {"story": result.story, "file": result.file, "line": result.line, "passed": result.ok}
        print(_dump({**told, "failures": result.wrong}))
    else:
        print(f"{say('passed' if result.ok else 'failed', lang)}  {result}")


def _documents(paths: list[Path], mistakes: "list[Mistake]") -> "Iterator[Document]":
    """The rule files at these paths, folders opened; the shipped ones if there is no path."""
    from rules.document import Mistake, Mistakes, open_document, read
    from rules.rule import packs

    if not paths:
        yield from (read(text, f"rules/packs/{name}.toml") for name, text in packs().items())
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not files:
            mistakes.append(Mistake(str(path), 1, "no *.toml in this folder", "name a rule file, or a folder of them"))
        for file in files:
            with _noting(mistakes):
                document = open_document(file)
                if "gateway" in document.data:
                    line = document.line("gateway")
                    raise Mistakes([Mistake(str(file), line, "this is a site file", f"write `anju check {file}`")])
                yield document


@contextmanager
def _noting(mistakes: "list[Mistake]") -> Iterator[None]:
    from rules.document import Mistakes

    try:
        yield
    except Mistakes as found:
        mistakes += found.mistakes


def _standard_input() -> Iterator[str]:
    with open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False) as lines:
        yield from (line for line in lines if line.strip())


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _tell(errors: "Iterable[Mistake]", warnings: "Iterable[Mistake]", as_json: bool, lang: Language) -> None:
    """Say each mistake; in words on stderr, with their number after them, or as JSON on stdout."""
    counts = {"error": 0, "warning": 0}
    for severity, found in (("error", errors), ("warning", warnings)):
        for file, line, what, remedy in found:
            counts[severity] += 1
            if as_json:
                print(_dump({"severity": severity, "file": file, "line": line, "what": what, "remedy": remedy}))
            else:
                told = f"{file}:{line}: {say(severity, lang)}: {what} ({say('remedy', lang)}: {remedy})"
                print(told, file=sys.stderr)
    if any(counts.values()) and not as_json:
        print(say("mistakes", lang, errors=counts["error"], warnings=counts["warning"]), file=sys.stderr)


def _could_not_run(why: str, lang: Language) -> int:
    print(f"anju: {say('could-not-run', lang, why=why)}", file=sys.stderr)
    return COULD_NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
