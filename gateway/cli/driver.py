"""The commands about drivers: which there are, and whether one is sound."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import NO, OK, Commands, as_json, command, could_not_run, dump, in_words
from gateway.words import Language, say

if TYPE_CHECKING:
    from gateway.guests.trial import Verdict

DRIVER = "Which drivers there are, and whether one of your own is sound. README.md tells how a driver is written."
DRIVER_END = """\
examples:
  anju driver list
  anju driver test thermo.py
"""
LIST = """\
Which drivers there are: those of this distribution, and those that other packages bring by the entry-point group
anju.drivers. These run in a process of their own, and are loaded here to see whether they can be.
"""
LIST_END = """\
examples:
  anju driver list
  anju driver list --json | jq -r 'select(.package != "anju") | .name'

output, one line a driver: name, link (serial, advert, mqtt), seconds of silence after which a device is lost, package.
With --json one object a line: {"name", "link", "silent_after", "package", "error"}

exit status: 0 all can be loaded, 1 one can't
"""
TEST = """\
Put a driver to the test: its captured frames whole, byte by byte, glued, cut short, behind noise, with every bit
flipped; then rubbish; then what the gateway asks of it. PATH is a module (thermo.py), a register or topic map
(my-detector.toml), a folder of them, or the name of an installed driver. Its frames are NAME.toml beside it or in
frames/, NAME being the driver's.
"""
TEST_END = """\
examples:
  anju driver test thermo.py
  anju driver test my-drivers/ --json

output, a paragraph a driver; the first thing that is wrong is named with its frame.
With --json one object a line: {"name", "place", "passed", "failed", "asked", "slowest_ms", "notes"}

exit status: 0 all passed, 1 one failed, 3 there is no driver to test
"""


def add(commands: Commands) -> None:
    """`anju driver`."""
    driver = command(commands, "driver", None, "list drivers, or test one", DRIVER, DRIVER_END)
    inner = driver.add_subparsers(title="commands", metavar="COMMAND", required=True)
    as_json(command(inner, "list", _list, "which drivers there are", LIST, LIST_END))
    test = command(inner, "test", _test, "test a driver by its captured frames", TEST, TEST_END)
    test.add_argument("path", metavar="PATH", help="a module, a map, a folder, or the name of an installed driver")
    as_json(test)


def _list(arguments: argparse.Namespace) -> int:
    from drivers.shipped import shipped
    from gateway.guests.entries import NoDriver, installed, load

    ours = shipped()
    status = OK
    for name in [*ours, *sorted(installed().keys() - ours.keys())]:
        package = "anju" if name in ours else installed()[name].package
        said: dict[str, object] = {"name": name, "package": package}
        try:
            driver = ours[name] if name in ours else load(name)
            said |= {"link": driver.link, "silent_after": driver.silent_after}
        except NoDriver as error:
            said["error"], status = error.args[0], NO
        if arguments.json:
            print(dump(said))
        elif "error" in said:
            why = in_words(str(said["error"]), arguments.lang)
            print(f"{name:<24}  {say('driver-broken', arguments.lang, why=why)}")
        else:
            print(f"{name:<24}  {said['link']:<7}  {said['silent_after']:>8g} s  {package}")
    return status


def _test(arguments: argparse.Namespace) -> int:
    from gateway.guests.entries import NoDriver
    from gateway.guests.found import below, is_path, of_package
    from gateway.guests.trial import trial

    try:
        found = list(below(Path(arguments.path))) if is_path(arguments.path) else [of_package(arguments.path)]
    except NoDriver as error:
        return could_not_run(error.args[0], arguments.lang)
    if not found:
        return could_not_run(say("no-driver-there", arguments.lang, path=arguments.path), arguments.lang)
    verdicts = [trial(one) for one in found]
    for verdict in verdicts:
        if arguments.json:
            print(dump(_object(verdict)))
        else:
            print(_paragraph(verdict, arguments.lang))
    return NO if any(verdict.failed for verdict in verdicts) else OK


def _object(verdict: "Verdict") -> dict[str, object]:
    return {
        "name": verdict.name,
        "place": verdict.place,
        "passed": not verdict.failed,
        "failed": verdict.failed,
        "asked": dict(verdict.asked),
        "slowest_ms": round(1000 * verdict.slowest, 3),
        "notes": verdict.notes,
    }


def _paragraph(verdict: "Verdict", lang: Language) -> str:
    asked = "  ".join(f"{_asked(question, lang)} {count}" for question, count in verdict.asked.items())
    lines = [f"{verdict.name} ({verdict.place})"]
    lines += [f"  {say('driver-asked', lang, asked=asked)}"] if asked else []
    lines += [f"  {say('driver-slowest', lang, ms=1000 * verdict.slowest)}"] if verdict.slowest else []
    lines += [f"  {say('driver-note', lang)}: {in_words(note, lang)}" for note in verdict.notes]
    end = f"{say('failed', lang)}: {in_words(verdict.failed, lang)}" if verdict.failed else say("passed", lang)
    return "\n".join([*lines, f"  {end}"])


def _asked(question: str, lang: Language) -> str:
    if lang == "en":
        return question
    from gateway.chinese.drivers import ASKED

    return ASKED.get(question, question)
