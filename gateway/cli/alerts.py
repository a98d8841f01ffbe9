"""The commands about alerts: list them, and do something about one, through the running gateway."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from gateway.cli.asking import WHERE, NoAnswer, Result, act, acts, answered, ask, asks, clock, place, since
from gateway.cli.command import OK, USAGE, Commands, command, could_not_run, dump
from gateway.ladder.acts import FOUND
from gateway.words import Language, say, severity

ALERTS = f"""\
List the open alerts of the running gateway, the gravest first, or do something about one of them.
{WHERE}"""
ALERTS_END = """\
examples:
  anju alerts                                   what is open, and who has answered
  anju alerts ack 3f2a --as wang                somebody takes it on
  anju alerts reset 3f2a                        ends a latched alert whose cause is over
  anju alerts hush flat-501                     the siren is quiet for ten minutes, all else goes on
  anju alerts visit 3f2a false "toast"          somebody was there: real, false or test; also when it is over
  anju alerts --over                            what ended within two weeks
  anju alerts silence --device smoke-1 --for 2h --reason "painting the ceiling"
  anju alerts confirm --code 4711               another person agrees to a silence of life-safety

ALERT is an id as the list shows it, or its beginning.

exit status: 0 done, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers
"""
ABOUT = "{what}\n" + WHERE
STATUS = "exit status: 0 done, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers\n"

Do = Callable[[argparse.Namespace], int]


def add(commands: Commands) -> None:
    """`anju alerts` and what can be done with one."""
    alerts = command(commands, "alerts", answered(_list), "list open alerts, or answer one", ALERTS, ALERTS_END)
    asks(alerts)
    alerts.add_argument("--over", action="store_true", help="those that ended within two weeks, the last one first")
    inner = alerts.add_subparsers(title="commands", metavar="COMMAND")
    _about_one(inner)
    _of_a_home(inner)
    _silences(inner)


def _verb(inner: Commands, name: str, do: Do, what: str, example: str) -> argparse.ArgumentParser:
    end = f"examples:\n  anju alerts {example}\n\n{STATUS}"
    made = command(inner, name, answered(do), what, ABOUT.format(what=f"{what[0].upper()}{what[1:]}."), end)
    acts(made, inner=True)
    return made


def _about_one(inner: Commands) -> None:
    ack = _verb(inner, "ack", _plain("acknowledge"), "somebody takes an alert on", "ack 3f2a --as wang")
    reset = _verb(inner, "reset", _plain("reset"), "end a latched alert whose cause is over", "reset 3f2a")
    note = _verb(inner, "note", _note, "write something down about an alert", 'note 3f2a "the son has the key"')
    assign = _verb(inner, "assign", _assign, "say who sees to an alert", "assign 3f2a wang")
    visit = _verb(inner, "visit", _visit, "record what a visit found", 'visit 3f2a false "toast"')
    for made in (ack, reset, assign):
        made.add_argument("alert", metavar="ALERT", help="id of an open alert, or its beginning")
    for made in (note, visit):
        made.add_argument("alert", metavar="ALERT", help="id of an alert that is open, or was within two weeks")
    note.add_argument("text", metavar="TEXT")
    assign.add_argument("person", metavar="PERSON", help="a name of [people]")
    visit.add_argument("found", choices=FOUND, metavar="FOUND", help="real, false, test, or away: nobody is in")
    visit.add_argument("text", metavar="TEXT", nargs="?", default="", help="what it was")
    visit.add_argument("--for", dest="seconds", type=_duration, metavar="TIME", help="away for so long: 7d; else a day")


def _of_a_home(inner: Commands) -> None:
    hush = _verb(inner, "hush", _home("hush"), "quiet the siren of a home, nothing else", "hush flat-501 --for 5m")
    fine = _verb(inner, "fine", _home("fine"), "the resident is fine: ends a question", "fine flat-501 --as chen")
    walk = _verb(
        inner, "walk-test", _home("walk-test"), "alarms of a home sound for 2 s and reach nobody", "walk-test flat-501"
    )
    for made in (hush, fine, walk):
        made.add_argument("home", metavar="HOME", help="a name of [homes]")
    for made in (hush, walk):
        made.add_argument("--for", dest="seconds", type=_duration, metavar="TIME", help="such as 5m; 0 ends it")


def _silences(inner: Commands) -> None:
    what = "suppress alerts for a while, in advance, with a reason"
    silence = _verb(inner, "silence", _silence, what, 'silence --device smoke-1 --for 2h --reason "painting"')
    silence.add_argument("alert", nargs="?", metavar="ALERT", help="one open alert …")
    place = silence.add_mutually_exclusive_group()
    for option in ("device", "home"):
        place.add_argument(f"--{option}", metavar=option.upper(), default="", help=f"… or all of a {option}")
    silence.add_argument("--rule", metavar="RULE", default="", help="… or all of a rule; there, beside one of these")
    silence.add_argument("--for", dest="seconds", type=_duration, metavar="TIME", help="such as 2h")
    silence.add_argument("--reason", required=True, metavar="TEXT", help="why: it is shown beside the silence")
    what = "life-safety too: at most an hour, and two persons must agree, each proven: see docs/people.md"
    silence.add_argument("--life-safety", action="store_true", help=what)
    made = _verb(inner, "unsilence", _unsilence, "end a silence now", "unsilence control-5f2c…")
    made.add_argument("silence", metavar="SILENCE", help="its id, as `anju alerts silence` said it")
    what = "a person agrees to a silence of life-safety; it begins when two have"
    made = _verb(inner, "confirm", _confirm, what, "confirm --code 4711")
    made.add_argument("silence", metavar="SILENCE", nargs="?", default="", help="its id; with a login of your own")
    made.add_argument("--code", default="", metavar="CODE", help="of the message that asked you: it says who you are")


def _duration(text: str) -> float:
    from rules.document import duration

    try:
        return duration(float(text) if text.isascii() and text.isdigit() else text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is no duration such as "5m" or "2h"') from None


def _list(arguments: argparse.Namespace) -> int:
    if arguments.over:
        return _ended(arguments)
    result = ask(arguments, "alerts")
    if arguments.json:
        print(dump(result))
        return OK
    for told in result["alerts"]:
        print(_line(told, result["timezone"], arguments.lang))
    if not result["alerts"]:
        print(say("no-alerts", arguments.lang))
    return OK


def _ended(arguments: argparse.Namespace) -> int:
    result = ask(arguments, "over")
    if arguments.json:
        print(dump(result))
        return OK
    for told in result["over"]:
        title = told["title"].get(arguments.lang) or told["rule"]
        words = [title, place(told, arguments.lang), clock(told["at"], result["timezone"])]
        print("  ".join([told["alert"], *words, *([say("visited", arguments.lang)] if told["visited"] else [])]))
    if not result["over"]:
        print(say("none-over", arguments.lang))
    return OK


def _line(told: Result, zone: str, lang: Language) -> str:
    taken = told.get("acknowledged")
    until = told.get("silenced")
    nobody = say("silenced-until", lang, at=clock(until, zone)) if until else say("not-taken", lang)
    who = say("taken", lang, **{**taken, "at": clock(taken["at"], zone)}) if taken else nobody
    title = told["title"].get(lang) or told["rule"]
    state = say("cleared" if told["state"] == "cleared" else "firing", lang)
    words = (severity(told["severity"], lang), title, place(told, lang), state, since(told, zone, lang), who)
    return f"{told['alert']}  {'  '.join(words)}"


def _one(arguments: argparse.Namespace, *, over: bool = False) -> str:
    """The id of the open alert (or of one that is over) that is meant; raises NoAnswer unless it is one."""
    known = [told["alert"] for told in ask(arguments, "alerts")["alerts"]]
    if over and not any(one.startswith(arguments.alert) for one in known):
        known += [told["alert"] for told in ask(arguments, "over")["over"]]
    meant = [one for one in known if one.startswith(arguments.alert)]
    if len(meant) != 1:
        shown = ", ".join(known[:10]) or say("none", arguments.lang)
        could_not_run(say("many-alerts", arguments.lang, given=arguments.alert, known=shown), arguments.lang)
        raise NoAnswer(USAGE)
    return str(meant[0])


def _plain(verb: str) -> Do:
    return lambda arguments: act(arguments, verb, alert=_one(arguments))


def _note(arguments: argparse.Namespace) -> int:
    return act(arguments, "note", alert=_one(arguments, over=True), text=arguments.text)


def _assign(arguments: argparse.Namespace) -> int:
    return act(arguments, "assign", alert=_one(arguments), person=arguments.person)


def _visit(arguments: argparse.Namespace) -> int:
    return act(arguments, "visit", alert=_one(arguments, over=True), found=arguments.found, text=arguments.text,
               seconds=arguments.seconds)  # fmt: skip


def _home(verb: str) -> Do:
    def do(arguments: argparse.Namespace) -> int:
        return act(arguments, verb, home=arguments.home, seconds=getattr(arguments, "seconds", None))

    return do


def _silence(arguments: argparse.Namespace) -> int:
    scope: dict[str, Any] = {name: getattr(arguments, name) for name in ("device", "rule", "home")}
    if bool(arguments.alert) == any(scope.values()):
        print(f"anju: {say('silence-scope', arguments.lang)}", file=sys.stderr)
        return USAGE
    if arguments.alert:
        scope = {"alert": _one(arguments)}
    more = {"reason": arguments.reason, "seconds": arguments.seconds, "life_safety": arguments.life_safety or None}
    return act(arguments, "silence", **scope, **more)


def _unsilence(arguments: argparse.Namespace) -> int:
    return act(arguments, "unsilence", silence=arguments.silence)


def _confirm(arguments: argparse.Namespace) -> int:
    return act(arguments, "confirm", silence=arguments.silence, code=arguments.code)
