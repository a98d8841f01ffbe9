"""The command that says, or changes, in which mode a home is."""

import argparse
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.cli.asking import WHERE, Result, act, acts, answered, ask, clock
from gateway.cli.command import OK, USAGE, Commands, command, could_not_run, dump
from gateway.words import Language, say

ABOUT = f"""\
In which mode is a home: home, away, night, maintenance or hospital? Or put it into one. Rules go by it: nobody is
missed at home while in hospital. Each mode but home ends by itself; away and hospital also end when a door, motion or
a button shows that somebody is back, unless the home is armed.
{WHERE}"""
END = """\
examples:
  anju mode                                     every home and its mode
  anju mode flat-501 away --for 3d              for three days
  anju mode flat-501 hospital --as wang         for 14 days, if no other time is said
  anju mode flat-501 away --until "2026-10-08 18:00"    by the clock of the site's zone
  anju mode flat-501 away --armed               from 60 s later on doors, windows and motion are an alarm
  anju mode flat-501 home                       somebody is there; ends and disarms all else

exit status: 0 done, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers
"""


def add(commands: Commands) -> None:
    """`anju mode`."""
    made = command(commands, "mode", answered(_mode), "in which mode a home is", ABOUT, END)
    made.add_argument("home", nargs="?", default="", metavar="HOME", help="a name of [homes] (all)")
    made.add_argument("mode", nargs="?", default="", metavar="MODE", help="home, away, night, maintenance or hospital")
    how_long = made.add_mutually_exclusive_group()
    how_long.add_argument("--for", dest="seconds", type=_duration, metavar="TIME", help="such as 3d or 90m")
    how_long.add_argument("--until", type=_moment, metavar="WHEN", help='such as "2026-10-08 18:00"')
    made.add_argument("--armed", action="store_true", help="with away and night: intruders are an alarm")
    acts(made)


def _duration(text: str) -> float:
    from rules.document import duration

    try:
        return duration(float(text) if text.isascii() and text.isdigit() else text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is no duration such as "90m" or "3d"') from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is no time such as "2026-10-08 18:00"') from None


def _mode(arguments: argparse.Namespace) -> int:
    if not arguments.mode:
        if arguments.seconds or arguments.until or arguments.armed:
            could_not_run(say("which-mode", arguments.lang), arguments.lang)
            return USAGE
        return _show(arguments)
    said = {"seconds": arguments.seconds, "armed": arguments.armed or None}
    if arguments.until:
        zone = ZoneInfo(ask(arguments, "ping")["timezone"])
        when = arguments.until if arguments.until.tzinfo else arguments.until.replace(tzinfo=zone)
        said["until"] = when.timestamp()
    return act(arguments, "mode", home=arguments.home, mode=arguments.mode, **said)


def _show(arguments: argparse.Namespace) -> int:
    result = ask(arguments, "status", home=arguments.home)
    if arguments.json:
        print(dump({home["home"]: home["mode"] for home in result["homes"]}))
        return OK
    for home in result["homes"]:
        print(f"{home['title']} ({home['home']})  {_line(home['mode'], result['timezone'], arguments.lang)}")
    return OK


def _line(mode: Result, zone: str, lang: Language) -> str:
    from rules.nouns import MODES

    words = [MODES[mode["mode"]][lang]]
    if mode["armed"]:
        words.append(say("armed", lang))
    if mode["until"] is not None:
        words.append(say("until", lang, at=clock(mode["until"], zone)))
    return "  ".join(words)
