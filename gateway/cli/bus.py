"""The command that says how a running gateway's serial lines are used, and how each device on them answers."""

import argparse

from gateway.cli.asking import WHERE, Result, answered, ask, asks
from gateway.cli.command import NO, OK, Commands, command, could_not_run, dump
from gateway.words import Language, columns, padded, say

BUS = f"""\
How are the serial lines used, and how does each device on them answer? A line's use is the share of the last minute
for which bytes were on it. Of each device, since the gateway was started: turns it was given, answers, time-outs,
damaged answers (checksum, length, another's), refusals, answers that came too late, and when it was last heard.
{WHERE}"""
BUS_END = """\
examples:
  anju bus
  anju bus line-1
  anju bus --json | jq '.lines[].devices | map_values(.timeouts)'

output: a table a line. With --json one object: {"lines": {LINE: {"up", "utilisation", "received", "sent", "orders",
"devices": {DEVICE: {"turns", "answers", "timeouts", "errors", "refused", "late", "why", "heard_s"}}}}}; heard_s is how
many seconds ago a device was heard, null for never.

exit status: 0 every line is up, 1 one is down, 3 no gateway answers, or there is no such line
"""
COLUMNS = ("bus-turns", "bus-answers", "bus-timeouts", "bus-errors", "bus-refused", "bus-late")
"""The figures of a device, and the words over them."""


def add(commands: Commands) -> None:
    """`anju bus`."""
    made = command(commands, "bus", answered(_bus), "how are the serial lines used?", BUS, BUS_END)
    made.add_argument("line", nargs="?", default="", metavar="LINE", help="a name of [ports] (all)")
    asks(made)


def _bus(arguments: argparse.Namespace) -> int:
    lines = dict(ask(arguments, "bus")["lines"])
    if arguments.line:
        if arguments.line not in lines:
            known = ", ".join(lines) or say("none", arguments.lang)
            return could_not_run(say("no-line", arguments.lang, name=arguments.line, known=known), arguments.lang)
        lines = {arguments.line: lines[arguments.line]}
    if arguments.json:
        print(dump({"lines": lines}))
    else:
        print("\n\n".join("\n".join(_told(name, line, arguments.lang)) for name, line in lines.items()))
    return OK if all(line["up"] for line in lines.values()) else NO


def _told(name: str, line: Result, lang: Language) -> list[str]:
    """A line and the table of its devices."""
    head = say("line-up" if line["up"] else "port-down", lang, name=name, share=round(100 * line["utilisation"]))
    rows = [[say("device", lang), *(say(one, lang) for one in COLUMNS), say("bus-heard", lang), ""]]
    for device, one in line["devices"].items():
        rows.append(
            [
                device,
                *(str(one[column.removeprefix("bus-")]) for column in COLUMNS),
                _ago(one["heard_s"], lang),
                one["why"],
            ]
        )
    widths = [max(columns(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [head, *("  ".join(map(_cell, range(len(row)), row, widths)).rstrip() for row in rows if line["devices"])]


def _cell(place: int, text: str, width: int) -> str:
    """Names and reasons to the left, figures to the right."""
    return padded(text, width if place in (0, len(COLUMNS) + 2) else -width)


def _ago(seconds: float | None, lang: Language) -> str:
    if seconds is None:
        return say("never", lang)
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
