"""The command that makes up data: simulated lives, to try rules on."""

import argparse
import re
import sys

from gateway.cli.command import OK, USAGE, Commands, command

SIM = "Make up data where there is no hardware."
SIM_END = """\
examples:
  anju sim household --days 30 > life.csv
"""
HOUSEHOLD = """\
Days of one person's life as sensors tell of it: motion, the front door, a water meter of 10 litre steps, a kettle. The
same seed is the same life. Rows have the shape that `anju backtest` reads, and go to standard output.
"""
HOUSEHOLD_END = """\
examples:
  anju sim household --seed 7 --days 30 > life.csv
  anju sim household --days 40 --fall 30:10 > fall.csv       on day 30, counted from 0, nobody gets up after 10:00
  anju sim household --days 60 --holiday 20-27 | gzip > away.csv.gz
  anju backtest life.csv

output: ts,home,device,quantity,value; ts in seconds since the epoch, local time from Monday 5 January 2026 on

exit status: 0 done, 2 wrong use
"""
_FALL = re.compile(r"(\d{1,4}):(\d{1,2})", re.ASCII)
_SPAN = re.compile(r"(\d{1,4})-(\d{1,4})", re.ASCII)
MOST_DAYS = 3660


def add(commands: Commands) -> None:
    """`anju sim household`."""
    sim = command(commands, "sim", None, "make up a household's days", SIM, SIM_END)
    kinds = sim.add_subparsers(title="what", metavar="WHAT", required=True)
    made = command(kinds, "household", _household, "days of one person's life, as CSV", HOUSEHOLD, HOUSEHOLD_END)
    made.add_argument("--seed", type=int, default=1, help="which life (default: 1)")
    made.add_argument("--days", type=int, default=30, help="how many days (default: 30)")
    made.add_argument("--home", default="home-1", help="its name in the rows (default: home-1)")
    made.add_argument("--fall", default="", metavar="DAY:HOUR", help="the last sign of life")
    made.add_argument("--holiday", action="append", default=[], metavar="DAY-DAY", help="away on these days")


def _household(arguments: argparse.Namespace) -> int:
    from gateway.sim.household import DAY, HOUR, MONDAY, Household

    falls, spans = _FALL.fullmatch(arguments.fall), [_SPAN.fullmatch(one) for one in arguments.holiday]
    if arguments.fall and falls is None:
        return _usage(f'--fall: "{arguments.fall}" is no day and hour (write --fall 30:10)')
    if not all(spans):
        return _usage("--holiday: these are no days (write --holiday 20-27)")
    if not 1 <= arguments.days <= MOST_DAYS:
        return _usage(f"--days: {arguments.days} days can't be made (write --days 30, at most {MOST_DAYS})")
    fall = MONDAY + int(falls[1]) * DAY + int(falls[2]) * HOUR if falls else None
    holidays = [(int(span[1]), int(span[2])) for span in spans if span]
    life = Household(arguments.seed, arguments.days, arguments.home, holidays=holidays, fall=fall)
    sys.stdout.write("ts,home,device,quantity,value\n")
    for row in life.rows():
        value = str(row.value).lower() if isinstance(row.value, bool) else f"{row.value:g}"
        sys.stdout.write(f"{row.at:.1f},{row.home},{row.device},{row.quantity},{value}\n")
    return OK


def _usage(what: str) -> int:
    print(f"anju sim household: {what}", file=sys.stderr)
    return USAGE
