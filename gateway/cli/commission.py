"""`anju add` and `anju walk-test`: a sensor is put up, registered, triggered, heard, and signed off."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.cli.asking import WHERE, actor, acts, answered, ask
from gateway.cli.command import COULD_NOT_RUN, NO, OK, USAGE, Commands, command, could_not_run, dump, tell
from gateway.words import Language, say

if TYPE_CHECKING:
    from gateway.site import Site

ADD = f"""\
Register a device: its table is written into site.toml, whose comments stay, the running gateway takes it into use, and
a walk-test follows (see anju walk-test --help). What isn't said by an option is asked for, in a terminal; there the
senders that nobody registered are shown as they speak. Until it is signed off it is a trouble.
{WHERE}"""
ADD_END = """\
examples:
  anju add
  anju add smoke-501 --port radio --driver bthome --address a4:c1:38:00:00:01 --home flat-501 --room kitchen
  anju add meter-7 --port basement --driver dlt645 --address 000012345678 --home flat-7 --later

exit status: 0 added (and signed off, unless --later), 1 not heard, or refused; 2 something is not said and nobody is
there to ask; 3 no gateway answers, or site.toml has mistakes: then nothing was written
"""
WALK = f"""\
Trigger a sensor and see it arrive: press its test button, use smoke, a magnet, water. While it lasts the home is in
walk-test: sirens sound for two seconds and nobody is called. What counts is an alarm, its test button, a press, an open
door, motion; of a meter any word, of a thermometer with --any. Then site.toml says who tested it, and the walk-test
ends when nothing alarms any more: what still does after five minutes counts as real.
{WHERE}"""
WALK_END = """\
examples:
  anju walk-test smoke-501 --as wang
  anju walk-test smoke-501 --seconds 300 --json

output: what the sensor says, a line each; with --json one object a line, {"device", "values", "passed"}.

exit status: 0 heard and signed off, 1 not heard in time, 3 no gateway answers
"""
PROOFS = (
    "smoke",
    "heat_alarm",
    "gas_alarm",
    "co_alarm",
    "flood",
    "test",
    "button",
    "tamper",
    "door_open",
    "window_open",
    "motion",
    "occupied",
    "vibration",
)
"""What a sensor says when it was triggered."""
QUESTIONS = {"name": "add-name", "port": "add-port", "address": "add-address", "home": "add-home", "room": "add-room"}
GRAVE = ("emergency", "urgent")
CALM, MARGIN = 300.0, 60.0
"""Seconds that a walk-test lasts beyond the waiting, so that a triggered detector can calm down; what is left of them
when nobody waits any longer."""
LOOK = 1.0
SHOWN = 10.0
"""Seconds for which senders are looked for, before a person is asked which it is."""


def add(commands: Commands) -> None:
    """`anju add` and `anju walk-test`."""
    made = command(commands, "add", answered(_add), "register a device and test it", ADD, ADD_END)
    made.add_argument("name", nargs="?", default="", metavar="NAME", help="its name in site.toml, such as smoke-501")
    for key, text in (
        ("port", "a name of [ports]"),
        ("driver", "what it is (its port's)"),
        ("address", "as on its label, or as anju scan shows it"),
        ("home", "a name of [homes]"),
        ("room", "where it is"),
    ):
        made.add_argument(f"--{key}", default="", metavar=key.upper(), help=text)
    made.add_argument("--later", action="store_true", help="no walk-test now: a trouble until there was one")
    _testing(made)
    walk = command(commands, "walk-test", answered(_walk), "trigger a sensor and sign it off", WALK, WALK_END)
    walk.add_argument("device", metavar="DEVICE", help="a name of [devices]")
    _testing(walk)


def _testing(made: argparse.ArgumentParser) -> None:
    made.add_argument("--seconds", type=float, default=120.0, metavar="N", help="how long to wait for it (120)")
    made.add_argument("--any", action="store_true", help="any word of it counts, also one that shows no trigger")
    acts(made)


def _add(arguments: argparse.Namespace) -> int:
    from gateway.control.client import find_site
    from gateway.site import load
    from gateway.site.edit import add_device
    from rules.document import Mistakes

    path = find_site(arguments.site)
    try:
        site = load(path)
        missing = _complete(arguments, site)
        if missing:
            print(f"anju: {say('add-missing', arguments.lang, keys=' '.join(missing))}", file=sys.stderr)
            return USAGE
        keys = ("home", "room", "port", "driver", "address")
        said = {key: getattr(arguments, key) for key in keys if getattr(arguments, key)}
        add_device(path, arguments.name, {**said, "tested": False})
    except Mistakes as found:
        tell(found.mistakes, (), False, arguments.lang)
        return COULD_NOT_RUN
    _say(arguments, "add-written", device=arguments.name, path=path)
    ask(arguments, "reload")
    if arguments.later:
        return OK
    return _test(arguments, path, arguments.name)


def _complete(arguments: argparse.Namespace, site: "Site") -> list[str]:
    """Ask a person for what isn't said -> what is still missing."""
    needed = ["name", "port", "address", "home"]
    if sys.stdin.isatty() and not arguments.json:
        if not (arguments.port and arguments.address):
            _choose(arguments)
        for key in (*needed, *([] if arguments.room else ["room"])):
            if not getattr(arguments, key):
                known = sorted(getattr(site, f"{key}s", {})) if key in ("port", "home") else []
                hint = f" ({', '.join(known)})" if known else ""
                setattr(arguments, key, input(f"{say(QUESTIONS[key], arguments.lang)}{hint}: ").strip())
    return [f"--{key}" if key != "name" else "NAME" for key in needed if not getattr(arguments, key)]


def _choose(arguments: argparse.Namespace) -> None:
    """Show who speaks and isn't registered; a person says which it is."""
    print(say("add-listening", arguments.lang, seconds=SHOWN))
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in _words(arguments, SHOWN):
        key = (one["port"], one["address"])
        if not one["device"] and key not in found:
            found[key] = one
            values = "  ".join(f"{name}={value}" for name, value in one["values"].items())
            print(f"{len(found):>3}  {one['port']}  {one['driver']}  {one['address']}  {values}", flush=True)
    if not found:
        print(say("add-nobody", arguments.lang))
        return
    chosen = input(f"{say('add-which', arguments.lang)}: ").strip()
    if chosen.isdigit() and 0 < int(chosen) <= len(found):
        one = list(found.values())[int(chosen) - 1]
        arguments.port, arguments.driver, arguments.address = one["port"], one["driver"], one["address"]


def _walk(arguments: argparse.Namespace) -> int:
    from gateway.control.client import find_site

    return _test(arguments, find_site(arguments.site), arguments.device)


def _test(arguments: argparse.Namespace, path: Path, name: str) -> int:
    """The walk-test of one device, in a walk-test of its home; ended, however it ends."""
    from gateway.site import load
    from rules.document import Mistakes

    try:
        site = load(path)
    except Mistakes as found:
        return could_not_run(str(found), arguments.lang)
    device = site.devices.get(name)
    if device is None:
        return could_not_run(say("walk-unknown", arguments.lang, device=name), arguments.lang)
    says = site.drivers[device.driver].says
    before = _burning(arguments, device.home) if device.home else set()
    if device.home:
        _act(arguments, device.home, min(arguments.seconds + CALM, 3600))
    try:
        if not _heard(arguments, name, says):
            _say(arguments, "walk-not-heard", device=name, seconds=arguments.seconds)
            return NO
        return _sign(arguments, path, site, name)
    finally:
        if device.home:
            _end(arguments, device.home, before)


def _sign(arguments: argparse.Namespace, path: Path, site: "Site", name: str) -> int:
    """Write down who saw it arrive, and have that taken into use."""
    from gateway.clock import wall_time
    from gateway.site.edit import sign
    from rules.document import Mistakes

    on = datetime.fromtimestamp(wall_time(), ZoneInfo(site.gateway.timezone)).date().isoformat()
    try:
        sign(path, name, actor(arguments), on)
    except Mistakes as found:
        return could_not_run(str(found), arguments.lang)
    ask(arguments, "reload")
    _say(arguments, "walk-signed", device=name, by=actor(arguments))
    return OK


def _heard(arguments: argparse.Namespace, name: str, says: frozenset[str] | None) -> bool:
    """Show what it says until that proves it."""
    _say(arguments, "walk-trigger", device=name, seconds=arguments.seconds)
    easy = arguments.any or (says is not None and not says.intersection(PROOFS))
    for one in _words(arguments, arguments.seconds):
        if one["device"] != name or not one["values"]:
            continue
        passed = easy or _proves(one["values"])
        if arguments.json:
            print(dump({"device": name, "values": one["values"], "passed": passed}), flush=True)
        else:
            print("  " + "  ".join(f"{point}={value}" for point, value in one["values"].items()), flush=True)
        if passed:
            return True
    return False


def _proves(values: Mapping[str, Any]) -> bool:
    """Whether it was triggered."""
    named = {point.partition("#")[0]: value for point, value in values.items()}
    return any(named.get(quantity) not in (None, False) for quantity in PROOFS)


def _words(arguments: argparse.Namespace, seconds: float) -> Iterator[Mapping[str, Any]]:
    """What devices say, as they say it, for so long."""
    from gateway.clock import boot_time

    end = boot_time() + seconds
    n = ask(arguments, "heard")["n"]
    while boot_time() < end:
        said = ask(arguments, "heard", since=n)
        n = said["n"]
        yield from said["heard"]


def _burning(arguments: argparse.Namespace, home: str) -> set[str]:
    """The alarms of a home whose cause is not over."""
    shown = [one for one in ask(arguments, "alerts", home=home)["alerts"] if not one["device"].startswith("gateway")]
    return {one["alert"] for one in shown if one["state"] == "firing" and one["severity"] in GRAVE}


def _end(arguments: argparse.Namespace, home: str, before: set[str]) -> None:
    """End the walk-test of a home once nothing of it burns: what still does then is no test, and calls people."""
    from time import sleep

    from gateway.clock import boot_time

    limit, said = boot_time() + CALM - MARGIN, False
    while _burning(arguments, home) - before:
        if boot_time() > limit:
            _say(arguments, "walk-still", home=home, seconds=MARGIN)
            return
        if not said:
            _say(arguments, "walk-calm")
        said = True
        sleep(LOOK)
    _act(arguments, home, 0)


def _act(arguments: argparse.Namespace, home: str, seconds: float) -> None:
    """Begin or end the walk-test of a home. One who may not is told so, and nothing is tested."""
    ask(arguments, "act", verb="walk-test", home=home, seconds=seconds, actor=actor(arguments), role=arguments.role)


def _say(arguments: argparse.Namespace, key: str, **values: object) -> None:
    """To a person; a script gets objects alone."""
    lang: Language = arguments.lang
    if not arguments.json:
        print(say(key, lang, **values), flush=True)
