"""The commands about the record: one alert from sensed to visited, one month, the record itself and is it whole."""

import argparse
import re
import sys
from pathlib import Path

from gateway.cli.asking import WHERE, Result, answered, ask, asks
from gateway.cli.command import NO, OK, USAGE, Commands, command, could_not_run, dump, in_words
from gateway.words import say

TIMELINE = f"""\
Tell one alert from the first reading on: sensed, decided, acted, told, delivered, seen, answered, visited, each with
its time and the seconds since the line before.
{WHERE}"""
TIMELINE_END = """\
examples:
  anju timeline 3f2a
  anju timeline 3f2a91c07b5d2e60 --json

ALERT is the id of an alert or an incident, also one that is over, or its beginning.

output, one line a moment: time, seconds since the one before, stage, what. With --json one object.

exit status: 0 told, 1 no such alert, 3 no gateway answers
"""
REPORT = f"""\
Report a month by home: alerts, answers, visits and false visits, the share of the time in which the home was protected,
batteries due.
{WHERE}"""
REPORT_END = """\
examples:
  anju report --month 2026-11
  anju report --month 2026-11 --format csv > november.csv
  anju report --month 2026-11 --format html > november.html

The record is kept for 400 days. A month that goes on is reported up to now; "protected" counts from the record's first
entry, and time in which the gateway was off counts as unprotected.

exit status: 0 reported, 1 refused, 2 no such month, 3 no gateway answers
"""
AUDIT = "The record of what persons and the gateway did about alerts: entries, each sealed with the one before."
AUDIT_END = """\
examples:
  anju audit export > record.jsonl
  anju audit verify data/anju.db
"""
STORE = """\
Without STORE it is that of the site file: --site, else the variable ANJU_SITE, else site.toml here, else
/etc/anju/site.toml."""
EXPORT = f"""\
Print the record of a store, one JSON object a line, as it is sealed. The file is only read.
{STORE}"""
EXPORT_END = """\
examples:
  anju audit export | jq 'select(.kind == "act")'

exit status: 0 done, 3 could not run
"""
VERIFY = f"""\
Verify that nothing in the record of a store was changed, dropped or added. Each entry holds the hash of the one before
(BLAKE2b), the gateway's state holds the last one. A place where it breaks is named.
{STORE}"""
VERIFY_END = """\
examples:
  anju audit verify
  anju audit verify data/anju.db --json

exit status: 0 whole, 1 broken (each place is said), 3 could not run
"""


def add(commands: Commands) -> None:
    """`anju timeline`, `anju report` and `anju audit`."""
    timeline = command(
        commands, "timeline", answered(_timeline), "tell one alert from sensed to visited", TIMELINE, TIMELINE_END
    )
    timeline.add_argument("alert", metavar="ALERT", help="id of an alert or an incident, or its beginning")
    asks(timeline)
    report = command(commands, "report", answered(_report), "report a month by home", REPORT, REPORT_END)
    report.add_argument("--month", required=True, metavar="YYYY-MM", help="which month, by the site's own time")
    report.add_argument("--format", choices=("text", "csv", "html"), default="text", help="for whom (text)")
    asks(report)
    audit = command(commands, "audit", None, "export or verify the record", AUDIT, AUDIT_END)
    inner = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, do, short, text, end in (
        ("export", _export, "print the record of a store", EXPORT, EXPORT_END),
        ("verify", _verify, "find where a record was changed", VERIFY, VERIFY_END),
    ):
        made = command(inner, name, do, short, text, end)
        made.add_argument("store", nargs="?", type=Path, metavar="STORE", help="its file (that of the site)")
        asks(made)


def _timeline(arguments: argparse.Namespace) -> int:
    result = ask(arguments, "timeline", alert=arguments.alert)
    if arguments.json:
        print(dump(result))
        return OK
    from gateway.history.timeline_words import STAGES

    before: float | None = None
    for moment in result["moments"]:
        gap = 0.0 if before is None else moment["gateway_at"] - before
        before = moment["gateway_at"]
        what = str(moment["words"][arguments.lang]).replace("\n", "\n    ")  # a second line is no moment of its own
        print(f"{moment['time']}  {gap:+10.3f}  {STAGES[moment['stage']][arguments.lang]:<9}  {what}")
    return OK


def _report(arguments: argparse.Namespace) -> int:
    from gateway.history.page import as_html
    from gateway.history.print import as_csv, as_text

    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", arguments.month):
        print(f"anju: {say('no-month', arguments.lang, month=arguments.month)}", file=sys.stderr)
        return USAGE
    result: Result = ask(arguments, "report", month=arguments.month)
    if arguments.json:
        print(dump(result))
    elif arguments.format == "csv":
        sys.stdout.write(as_csv(result["homes"]))
    else:
        sys.stdout.write((as_html if arguments.format == "html" else as_text)(result, arguments.lang))
    return OK


def _store(arguments: argparse.Namespace) -> Path:
    """The store that is meant; raises OSError where no site file says it, or it can't be opened."""
    from gateway.control.client import find_site, store_of

    store: Path = arguments.store or store_of(find_site(arguments.site))
    store.open("rb").close()
    return store


def _runs(store: Path) -> bool:
    """Whether a gateway writes this store now."""
    from gateway.control.client import NoGateway, ask
    from gateway.control.name import socket_of

    try:
        return bool(ask(socket_of(store), "ping").get("ok"))
    except NoGateway:
        return False


def _export(arguments: argparse.Namespace) -> int:
    import asyncio

    from gateway.store.record import read

    try:
        found = asyncio.run(read(_store(arguments)))
    except ValueError as error:
        return could_not_run(str(error), arguments.lang)
    for entry in found.entries:
        print(entry.body.decode(errors="backslashreplace"))
    return OK


def _verify(arguments: argparse.Namespace) -> int:
    import asyncio

    from gateway.store.record import audit

    try:
        store = _store(arguments)
        found = asyncio.run(audit(store, running=_runs(store)))
    except ValueError as error:
        return could_not_run(str(error), arguments.lang)
    breaks = found.breaks()
    for n, what in breaks:
        told = say("record-broken", arguments.lang, n=n, what=in_words(what, arguments.lang))
        print(dump({"n": n, "what": what}) if arguments.json else told)
    if not breaks and not arguments.json:
        ends = {"first": found.entries[0].n, "last": found.entries[-1].n} if found.entries else {}
        print(say("record-sound" if ends else "record-empty", arguments.lang, **ends))
    return NO if breaks else OK
