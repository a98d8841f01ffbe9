"""`anju add`: a sensor is put up and registered; a walk-test follows."""

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.cli.asking import WHERE, answered, ask
from gateway.cli.command import COULD_NOT_RUN, OK, USAGE, Commands, command, tell
from gateway.cli.walking import options, overhear, tell_person, walk_test
from gateway.words import printable, say

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
QUESTIONS = {"name": "add-name", "port": "add-port", "address": "add-address", "home": "add-home", "room": "add-room"}
SHOWN = 10.0
"""Seconds for which senders are looked for, before a person is asked which it is."""


def add(commands: Commands) -> None:
    """`anju add`."""
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
    made.set_defaults(heard=())
    options(made)


def _add(arguments: argparse.Namespace) -> int:
    from gateway.control.client import find_site
    from gateway.site import load
    from gateway.site.edit import add_device
    from gateway.site.says import promise
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
        words = promise(site.drivers.get(arguments.driver), arguments.heard)
        add_device(path, arguments.name, {**said, "tested": False, **({"says": words} if words else {})})
    except Mistakes as found:
        tell(found.mistakes, (), False, arguments.lang)
        return COULD_NOT_RUN
    tell_person(arguments, "add-written", device=arguments.name, path=path)
    if arguments.later:
        ask(arguments, "reload")
        return OK
    return walk_test(arguments, path, [arguments.name], fresh=True)


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
    for one in overhear(arguments, SHOWN):
        if one is None:
            continue
        key = (one["port"], one["address"])
        if not one["device"] and key not in found:
            found[key] = one
            values = "  ".join(f"{name}={value}" for name, value in one["values"].items())
            told = f"{len(found):>3}  {one['port']}  {one['driver']}  {one['address']}  {values}"
            print(printable(told), flush=True)
    if not found:
        print(say("add-nobody", arguments.lang))
        return
    chosen = input(f"{say('add-which', arguments.lang)}: ").strip()
    if chosen.isdigit() and 0 < int(chosen) <= len(found):
        one = list(found.values())[int(chosen) - 1]
        arguments.port, arguments.driver, arguments.address = one["port"], one["driver"], one["address"]
        arguments.heard = tuple(one["values"])
