"""What the commands share that ask a running gateway: where it is, in whose name, and what its answer means."""

import argparse
import getpass
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.cli.command import COULD_NOT_RUN, NO, OK, could_not_run, dump
from gateway.cli.plain import plain
from gateway.refusals import translated
from gateway.words import Language, say

if TYPE_CHECKING:
    from collections.abc import Callable

WHERE = """
The gateway is found by its site file: --site, else the variable ANJU_SITE, else site.toml here, else
/etc/anju/site.toml. Its user, root and the group of [control] may ask it.
"""

Result = Mapping[str, Any]


class NoAnswer(Exception):
    """There is no answer to go on with; ``status`` is the exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def asks(made: argparse.ArgumentParser, *, inner: bool = False) -> None:
    """Give a command the options by which it finds its gateway, and --json; ``inner``: beside those of its parent."""
    site, as_json = (argparse.SUPPRESS,) * 2 if inner else (None, False)
    made.add_argument("--site", type=Path, metavar="SITE", default=site, help="the site file of the gateway")
    made.add_argument("--json", action="store_true", default=as_json, help="the answer as JSON, for a script")


def acts(made: argparse.ArgumentParser, *, inner: bool = False) -> None:
    """Give a command that changes something the options that say in whose name."""
    asks(made, inner=inner)
    made.add_argument("--as", dest="actor", metavar="WHO", default="", help="who does it: a name of [people], or yours")
    made.add_argument("--role", default="", help="as what, for somebody whom site.toml does not name (property)")


def ask(arguments: argparse.Namespace, call: str, /, **said: Any) -> Result:
    """The result of a call; raises NoAnswer after it has said why there is none."""
    from gateway.control import client
    from gateway.control.name import socket_of

    path = client.find_site(arguments.site)
    said = {key: value for key, value in said.items() if value not in ("", None)}
    try:
        answer = client.ask(socket_of(client.store_of(path)), call, **said)
    except client.NoGateway as error:
        could_not_run(translated(str(error), arguments.lang), arguments.lang)
        raise NoAnswer(COULD_NOT_RUN) from None
    if not answer.get("ok"):
        chinese = answer.get("zh") if arguments.lang == "zh" else None
        why = str(chinese or translated(str(answer.get("why", "?")), arguments.lang))
        print(f"anju: {say('refused', arguments.lang, why=why)}", file=sys.stderr)
        raise NoAnswer(NO)
    result: Result = answer["result"]
    return result


def actor(arguments: argparse.Namespace) -> str:
    """In whose name something is done."""
    return arguments.actor or os.environ.get("ANJU_ACTOR") or getpass.getuser()


def act(arguments: argparse.Namespace, verb: str, /, **said: Any) -> int:
    """Let somebody do something -> the exit status."""
    name = arguments.actor if said.get("code") else actor(arguments)  # a code says who it is
    result = ask(arguments, "act", verb=verb, actor=name, role=arguments.role, **said)
    from gateway.refusals import TERMS, translated

    if arguments.json:
        print(dump(result))
    else:
        done = TERMS.get(verb, verb) if arguments.lang == "zh" else verb
        print(say("done" if result.get("durable") else "done-volatile", arguments.lang, act=done))
        for left in filter(None, result.get("left", "").split("; ")):
            print(say("but", arguments.lang, left=translated(left, arguments.lang)))
        if result.get("taken") is False:
            print(say("not-ended", arguments.lang))
        if "waits" in result and verb == "confirm":
            print(say("silence-second" if result["waits"] else "silence-begun", arguments.lang))
        elif "waits" in result:
            print(say("silence-waits" if result["waits"] else "silence-is", arguments.lang, id=result["act_id"]))
    return OK


def answered(do: "Callable[[argparse.Namespace], int]") -> "Callable[[argparse.Namespace], int]":
    """A command that ends with the status of NoAnswer where there was none."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            with nullcontext() if getattr(arguments, "json", False) else plain():
                return do(arguments)
        except NoAnswer as none:
            return none.status

    return run


def clock(epoch: float | None, zone: str) -> str:
    """Epoch seconds as a person in that zone reads them."""
    if epoch is None:
        return "?"
    return datetime.fromtimestamp(epoch, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def place(told: Result, lang: Language) -> str:
    """Home, room, device of an alert, as far as they are known."""
    where = told.get("home_title") or told.get("home") or say("gateway-itself", lang)
    return " ".join(filter(None, (where, told.get("room") or told.get("device"))))


def since(told: Result, zone: str, lang: Language) -> str:
    """Since when, and whether that is known well."""
    word = "since" if told.get("since_quality") == "synced" else "since-about"
    return say(word, lang, at=clock(told.get("since"), zone))
