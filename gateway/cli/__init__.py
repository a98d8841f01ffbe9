"""The command `anju`: thin. A family of commands has a file here; each imports what it needs when it is called, so that
`anju run` is up within its second.

site.py      run and check a site, taking.py: what a change of it takes; status.py: is each home protected now?
alerts.py    list alerts, do something about one; mode.py: a home's mode
people.py    test how somebody is reached, forget what was learned of a home
record.py    one alert, one month, the record; journal.py: a journal folded again
rules.py     check rules, run their stories; explain.py: one rule in sentences; listing.py: all of them
ladders.py   the same as rules.py for ladders
backtest.py  what rules would have done; sim.py makes up data to try them on
driver.py    which drivers there are, and is one sound; decode.py: what a frame says
scan.py      which devices are there; lines.py: who is on a serial line
commission.py a sensor put up; walking.py: triggered and signed off; bus.py: how the serial lines are used
demo.py      what the gateway does, without hardware
command.py   what all are made with; asking.py what those share that ask a running gateway
plain.py     what others wrote, shown and not obeyed
page.py      a help page in pieces, as wide as the terminal; in_chinese.py: the parser that tells them in Chinese
"""

import argparse
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence

from gateway import __version__
from gateway.cli import (
    alerts,
    backtest,
    bus,
    commission,
    decode,
    demo,
    driver,
    journal,
    ladders,
    mode,
    people,
    record,
    rules,
    scan,
    sim,
    site,
    status,
    walking,
)
from gateway.cli.command import COULD_NOT_RUN, INTERRUPTED, NO, OK, USAGE, could_not_run
from gateway.cli.page import Page
from gateway.loglines import Lines
from gateway.words import Language, language

__all__ = ["COULD_NOT_RUN", "INTERRUPTED", "NO", "OK", "USAGE", "main", "parser"]

FAMILIES = (
    site,
    status,
    alerts,
    mode,
    people,
    record,
    bus,
    journal,
    scan,
    commission,
    walking,
    decode,
    driver,
    demo,
    sim,
    rules,
    ladders,
    backtest,
)
"""In the order of the first help page. A family is a module with ``add(commands)`` and the help pages it adds."""

TOP = """\
Anju is a gateway for homes. It reads smoke, gas, door, motion and meter sensors and emergency buttons,
decides on the spot whether somebody needs help, with or without the internet, sounds the siren, and
relays every event to a platform over MQTT: none lost, none doubled, none disguised.
"""
TOP_END = """\
examples:
  anju demo                              a simulated flat with its alarms, in this terminal
  anju check site.toml                   every mistake with file, line and remedy; changes nothing
  anju run --site site.toml              the gateway itself; systemd starts it so
  anju scan ble                          which Bluetooth sensors are heard here, and what they say
  anju decode node - < captured.txt      what captured frames say, one JSON object a line
  anju rules test my-rules.toml          the stories in a rule file, in virtual time
  anju backtest recorded.csv.gz          what the rules would have done in the months recorded
  anju replay data/anju.db --json        the same alerts with the same ids, out of the journal

files:
  site.toml                              the place: homes, ports, devices, outputs, uplinks (examples/site.toml)
  data/anju.db                           journal and outbox, where [store] path says, beside site.toml
  rules/packs/*.toml                     the shipped rules with their stories

exit status:
  0  done, or the answer is yes
  1  the answer is no: mistakes found, a bad frame, a story failed, an event lost
  2  the command was written wrongly
  3  could not run: a file or a port that cannot be opened, a site with mistakes

environment:
  LC_ALL, LC_MESSAGES, LANG              zh… for Chinese, anything else for English; --lang comes first
  the names in password_env              passwords of uplinks, as site.toml says
  NOTIFY_SOCKET, WATCHDOG_USEC           set by systemd: anju run reports that it is ready and alive

`anju COMMAND --help` tells more, with examples.
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command -> its exit status; see `anju --help` for what they mean."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Chinese still gets its line
    chosen = _language(sys.argv[1:] if argv is None else argv)
    arguments = parser(chosen).parse_args(argv)
    arguments.lang = arguments.lang or chosen
    do: Callable[[argparse.Namespace], int] = arguments.do
    if logging.lastResort is not None:  # which writes what is logged where nobody began a log
        logging.lastResort.setFormatter(Lines("%(message)s"))
    try:
        status = do(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nobody is left to tell, and Python's own flush must not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO
    except OSError as error:
        from rules.sentence import Sentence

        why = Sentence(error.strerror or str(error))
        named = Sentence("{path}: {strerror}", path=error.filename, strerror=why)
        return could_not_run(named if error.filename else why, arguments.lang)
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _language(argv: Sequence[str]) -> Language:
    """That of help pages: what --lang says wherever it stands, else the environment."""
    said = [word.removeprefix("--lang=") for word in argv if word.startswith("--lang=")]
    said += [argv[place + 1] for place, word in enumerate(argv[:-1]) if word == "--lang"]
    return "zh" if "zh" in said else "en" if "en" in said else language(os.environ)


def _made_by(lang: Language) -> type[argparse.ArgumentParser]:
    if lang == "en":
        return argparse.ArgumentParser
    from gateway.cli.in_chinese import Parser

    return Parser


def parser(lang: Language = "en") -> argparse.ArgumentParser:
    """All commands with their help pages."""
    top = _made_by(lang)("anju", description=TOP, epilog=TOP_END, formatter_class=Page)
    top.add_argument("--lang", dest="first", choices=("zh", "en"), help="language of what is said (by LANG)")
    top.add_argument("--version", action="version", version=f"anju {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for family in FAMILIES:
        family.add(commands)
    return top
