"""The commands about people and homes: test how somebody is reached, forget what was learned of a home."""

import argparse

from gateway.cli.asking import WHERE, act, acts, answered
from gateway.cli.command import Commands, command

PEOPLE = "Test how people are reached."
PEOPLE_END = """\
examples:
  anju people test                 everybody gets a test message by each of their channels
  anju people test wang
"""
TEST = f"""\
Send a test message to a person, or to all of them: part of commissioning, and sent by itself once a month. What became
of it stands in the record; somebody who cannot be reached is a trouble.
{WHERE}"""
TEST_END = """\
examples:
  anju people test
  anju people test wang --as installer-li

exit status: 0 sent, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers
"""
HOME = "Forget what was learned of a home, or let gas in again."
HOME_END = """\
examples:
  anju home reset flat-501 --reason "moved out"
  anju home open-valve flat-501 --as chen
"""
OPEN = f"""\
Open the gas valve of a home again: for somebody who is there and smells no gas. Refused while an alert keeps it shut,
and for whoever asks from afar. A valve that opens by hand only is opened by hand.
{WHERE}"""
OPEN_END = """\
examples:
  anju home open-valve flat-501 --as chen

exit status: 0 the valve is told to open, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers
"""
RESET = f"""\
Forget what was learned of a home, its modes and silences included: somebody moved, or died. Alerts that are open stay.
{WHERE}"""
RESET_END = """\
examples:
  anju home reset flat-501 --reason "moved out"

exit status: 0 done, 1 refused (the reason is said), 2 written wrongly, 3 no gateway answers
"""


def add(commands: Commands) -> None:
    """`anju people` and `anju home`."""
    people = command(commands, "people", None, "test how people are reached", PEOPLE, PEOPLE_END)
    inner = people.add_subparsers(title="commands", metavar="COMMAND", required=True)
    test = command(inner, "test", answered(_test), "send a test message", TEST, TEST_END)
    test.add_argument("person", nargs="?", default="", metavar="NAME", help="a name of [people] (everybody)")
    acts(test)
    home = command(commands, "home", None, "forget what was learned of a home, open its gas valve", HOME, HOME_END)
    inner = home.add_subparsers(title="commands", metavar="COMMAND", required=True)
    reset = command(inner, "reset", answered(_reset), "forget what was learned of a home", RESET, RESET_END)
    reset.add_argument("home", metavar="HOME", help="a name of [homes]")
    reset.add_argument("--reason", required=True, metavar="TEXT", help="why; it stands in the record")
    acts(reset)
    opening = command(inner, "open-valve", answered(_open), "let gas in again, being there", OPEN, OPEN_END)
    opening.add_argument("home", metavar="HOME", help="a name of [homes]")
    acts(opening)


def _test(arguments: argparse.Namespace) -> int:
    return act(arguments, "test", person=arguments.person)


def _reset(arguments: argparse.Namespace) -> int:
    return act(arguments, "home-reset", home=arguments.home, reason=arguments.reason)


def _open(arguments: argparse.Namespace) -> int:
    return act(arguments, "open-valve", home=arguments.home)
