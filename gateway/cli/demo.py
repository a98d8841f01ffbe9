"""The command that shows what the gateway does, without hardware."""

import argparse
import math

from gateway.cli.command import Commands, command

DEMO = """\
Play a story in a simulated flat: smoke in the kitchen, the siren, the link cut, gas while it is down, the link back. A
sensor node's firmware, a broker and a platform run on this machine; no hardware is needed. At the end stands the
ledger: events made, delivered, lost, doubled.
"""
DEMO_END = """\
examples:
  anju demo                    go on until Ctrl-C
  anju demo --once --plain     play the story once, plain lines (for a log or a screen reader)
  anju demo --pause 4          more time to read after each step

exit status: 0 every event arrived once, 1 one was lost or doubled, 3 could not run
"""


def add(commands: Commands) -> None:
    """`anju demo`."""
    demo = command(commands, "demo", _demo, "play a story in a simulated flat", DEMO, DEMO_END)
    demo.add_argument("--once", action="store_true", help="play the story once and end")
    demo.add_argument("--plain", action="store_true", help="plain lines instead of a live view")
    reading = "time to read after each step, 0 to 60 (1.2)"
    demo.add_argument("--pause", type=_pause, default=1.2, metavar="SECONDS", help=reading)


def _demo(arguments: argparse.Namespace) -> int:
    from gateway.sim import demo

    return demo.main(once=arguments.once, lang=arguments.lang, plain=arguments.plain, pause=arguments.pause)


def _pause(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 60 seconds")
    return seconds
