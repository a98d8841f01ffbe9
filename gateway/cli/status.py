"""The command that says whether each home is protected now, and if not why and since when."""

import argparse

from gateway.cli.asking import WHERE, Result, answered, ask, asks, clock, place, since
from gateway.cli.command import NO, OK, Commands, command, dump, why_refused
from gateway.words import Language, printable, say

STATUS = f"""\
Is this home protected now, and if not, why and since when? For one home, or for all of them; then the lines and
platforms that are down.
{WHERE}"""
STATUS_END = """\
examples:
  anju status
  anju status flat-501
  anju status --work                    open troubles, each with its owner
  anju status --strangers               who is heard and not registered: a neighbour's sensor, or one to `anju add`
  anju status --json | jq '.homes[] | select(.protected | not) | .home'

output: one line a home; under it what is wrong. With --json one object: {"gateway", "at", "durable", "uplinks",
"ports", "homes": [{"home", "protected", "since", "why", "lesser", "alerts", "devices", "mode", "vigil"}]}; times are
epoch seconds. ``vigil`` says when the person is asked whether all is well, and why; null without such a rule.
With --strangers --json a list of {"port", "address", "driver"}; of a radio also "rssi_dbm", "ago_s", "adverts" and
"values" ("error" where they can't be read), of a line or broker "frames".

exit status: 0 all that was asked about is protected, 1 something is not, 3 no gateway answers
"""


def add(commands: Commands) -> None:
    """`anju status`."""
    status = command(commands, "status", answered(_status), "is every home protected now?", STATUS, STATUS_END)
    status.add_argument("home", nargs="?", default="", metavar="HOME", help="a name of [homes] (all)")
    instead = status.add_mutually_exclusive_group()
    instead.add_argument("--work", action="store_true", help="instead: open troubles, each with its owner")
    instead.add_argument("--strangers", action="store_true", help="instead: devices that are heard and not registered")
    asks(status)


def _status(arguments: argparse.Namespace) -> int:
    if arguments.work:
        return _work(arguments)
    if arguments.strangers:
        return _strangers(arguments)
    result = ask(arguments, "status", home=arguments.home)
    if arguments.json:
        print(dump(result))
    else:
        _tell(result, arguments.lang)
    return OK if all(home["protected"] for home in result["homes"]) else NO


def _work(arguments: argparse.Namespace) -> int:
    result, lang = ask(arguments, "work", home=arguments.home), arguments.lang
    if arguments.json:
        print(dump(result))
        return NO if result["work"] else OK
    for told in result["work"]:
        title = told["title"].get(lang) or told["rule"]
        words = (_owner(told["owner"], lang), title, place(told, lang), since(told, result["timezone"], lang))
        print(f"{told['alert']}  {'  '.join(words)}")
        print(f"    {told['advice'].get(lang, '')}")
    if not result["work"]:
        print(say("no-work", lang))
    return NO if result["work"] else OK


def _owner(name: str, lang: Language) -> str:
    """A person, or a role where nobody was named."""
    from gateway.refusals import translated

    return translated(name, lang) if name == "property" else name


def _strangers(arguments: argparse.Namespace) -> int:
    found, lang = ask(arguments, "strangers")["strangers"], arguments.lang
    if arguments.json:
        print(dump(found))
        return OK
    for one in found:
        print(stranger(one, lang))
    if not found:
        print(say("no-strangers", lang))
    return OK


def stranger(one: Result, lang: Language) -> str:
    """Its line; whoever may publish on a broker chooses its address."""
    heard = say("ago", lang, seconds=round(one["ago_s"])) if "ago_s" in one else ""
    strength = "" if one.get("rssi_dbm") is None else f"{one['rssi_dbm']} dBm"
    read = "  ".join(f"{name}={value}" for name, value in one.get("values", {}).items())
    values = why_refused(one.get("error", ""), lang) or read
    words = (one["port"], one["address"], one["driver"], strength, heard, values)
    return printable("  ".join(filter(None, words)))


def _tell(result: Result, lang: Language) -> None:
    zone = result["timezone"]
    for home in result["homes"]:
        words = f"{_verdict(home, zone, lang)}{_covered(home, lang)}{_mode(home, lang)}"
        print(f"{home['title']} ({home['home']})  {words}")
        for told in (*home["alerts"], *home["why"], *home["lesser"]):
            times = [since(told, zone, lang)] if told["since"] else []
            times += [say("until", lang, at=clock(told["until"], zone))] if told.get("until") else []
            when = "  ".join(times)
            said = (told["title"].get(lang) or told["rule"], place({**told, "home_title": " "}, lang).strip(), when)
            print(f"    {'  '.join(filter(None, said))}")
        if home.get("vigil"):
            print(f"    {home['vigil']['words'][lang]}")
    for name, port in result["ports"].items():
        if not port["up"]:
            print(say("port-down", lang, name=name))
    for name, uplink in result["uplinks"].items():
        print(say("uplink-up" if uplink["up"] else "uplink-down", lang, name=name))
    if not result["durable"]:
        print(say("memory-only", lang))


def _mode(home: Result, lang: Language) -> str:
    """Where it isn't the usual one: in which mode rules take the home to be."""
    from rules.nouns import MODES

    mode = home["mode"]
    return "" if mode["mode"] == "home" else f"  {MODES[mode['mode']][lang]}"


def _verdict(home: Result, zone: str, lang: Language) -> str:
    if home["protected"]:
        return say("protected", lang)
    if home["since"]:
        return say("not-protected-since", lang, at=clock(home["since"], zone))
    return say("not-protected", lang)


def _covered(home: Result, lang: Language) -> str:
    share = home.get("covered")
    return "" if share is None else "  " + say("covered", lang, share=100 * share)
