"""The command that says what rules would have done with recorded data."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import COULD_NOT_RUN, INTERRUPTED, OK, USAGE, Commands, as_json, command, dump, tell
from gateway.words import Language, printable, say

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.backtest.outcome import Outcome
    from gateway.backtest.spool import Spool
    from gateway.site import Site
    from rules.rule import Rule

BACKTEST = """\
Play recorded data through rules, and say what would have fired: months in seconds, through the same engine as the
gateway's. DATA is CSV or gzipped CSV (header ts,home,device,quantity,value; ts in seconds since the epoch or ISO 8601,
UTC; a state as true and false, 1 and 0, on and off), the anju.db of a gateway, or - for the standard input. Files and
rows may come in any order. More than 2 million rows are put by on the disk, some 22 bytes each, in /var/tmp or TMPDIR.

Without a site all shipped rules run, the optional ones too; each home is its own, its mode is home, a device may be
silent for two hours, or for twice as long as it is as a rule, and an alert that latches is taken for reset an hour
after it was over.

With a store the rules are those of its last site, and all else is as it was: devices, modes, restarts, the clock, what
persons did. The same rules raise the same alerts. What persons could not reset, because the gateway never raised it,
is taken for reset an hour after it was over. Where the beginning of the journal was dropped as too old, it starts
with nothing heard and nothing learned.
"""
BACKTEST_END = """\
examples:
  anju backtest recorded.csv.gz --tz Asia/Shanghai
  anju backtest one.csv two.csv.gz --rules my-rules.toml
  anju backtest recorded.csv.gz --rules water-24h@zhenhai --compare water-24h
  anju backtest recorded.csv.gz --site new/site.toml --compare /etc/anju/site.toml
  anju backtest data/anju.db --plot timeline.svg
  anju backtest recorded.csv.gz --json | jq -r 'select(.state == "firing") | .rule'

output: first what no rule can take as it was probably meant (a text for a number, a quantity that nobody knows, litres
for cubic metres; "hints" in the summary). Then for each rule and home the number of alerts, alerts a home-month (30
days), the time in which it fired, and the first alerts with the readings that made them. Then the rules
that never fired, those that count in modes that CSV can't tell, and those that look at something that nobody in the
data says ("untried" and "deaf" in the summary).
With --json one object a line, in the order of time: {"rule", "home", "device", "state", "at", "reason", "id", "since",
"severity", "evidence"}, one line with the state "firing" each time that a rule fired; at last {"summary": {…}}. In
"evidence" stand the readings that made it, as in docs/mqtt.md, and in "asked" what the rule asks of them (the limit,
for how long, how much within how many seconds): enough to draw each alert from its own line.
With --compare what the change from OLD to the rules adds and removes: {"change": "added", "rule", "home", "device",
"at", "until", "evidence", "asked"}. Where OLD names some rules and --rules none, these alone are compared with those of
the site, the store or the packs.

Ctrl-C while it plays ends it after the homes that are done, and tells of these ("missing" in the summary: how many are
not); Ctrl-C while it reads tells nothing.

exit status: 0 done, 2 the command was written wrongly, 3 could not run (a file with mistakes: each with its line),
130 interrupted
"""


def add(commands: Commands) -> None:
    """`anju backtest`."""
    made = command(commands, "backtest", _backtest, "say what rules would have done", BACKTEST, BACKTEST_END)
    made.add_argument("data", type=Path, nargs="+", metavar="DATA", help="CSV, CSV.gz, anju.db, or -")
    rules = "rules to test: a file, a folder, a pack (water@zhenhai), a rule (water-24h@zhenhai); may be repeated"
    made.add_argument("--rules", action="append", default=[], metavar="PATH", help=rules)
    made.add_argument("--site", type=Path, metavar="SITE", help="rules, devices and zone of this site file")
    made.add_argument("--tz", metavar="ZONE", help="zone of hours and days (UTC, or the site's)")
    compare = "what changes since these; a site file too"
    made.add_argument("--compare", action="append", default=[], metavar="OLD_RULES", help=compare)
    made.add_argument("--plot", type=Path, metavar="OUT.svg", help="draw the timeline")
    as_json(made)


def _backtest(arguments: argparse.Namespace) -> int:
    from gateway.backtest.spool import Spool
    from rules.csvrows import Bad
    from rules.document import Mistake, Mistakes

    zone = _zone(arguments.tz) if arguments.tz else None
    if arguments.tz and zone is None:
        print(f"anju: {say('no-zone', arguments.lang, name=arguments.tz, known=_near(arguments.tz))}", file=sys.stderr)
        return USAGE
    if arguments.plot:
        _may_write(arguments.plot)
    with closing(Spool()) as spool:
        try:
            outcome = _outcome(arguments, zone, spool)
        except Bad as error:
            mistake = Mistake(error.file, error.line, error.what, error.remedy)
            tell([mistake], (), arguments.json, arguments.lang)
            return COULD_NOT_RUN
        except Mistakes as found:
            tell(found.mistakes, (), arguments.json, arguments.lang)
            return COULD_NOT_RUN
        _report(outcome, arguments.json, arguments.lang)
        if arguments.plot:  # last: the report took long, and a disk may be full
            from gateway.backtest.plot import svg

            sys.stdout.flush()
            arguments.plot.write_text(svg(outcome, arguments.lang), encoding="utf-8")
    return INTERRUPTED if outcome.missing else OK


def _may_write(path: Path) -> None:
    """Raise OSError at once where a picture can't be written after all has been played."""
    wrong = errno.EISDIR if path.is_dir() else 0 if path.parent.is_dir() else errno.ENOENT
    if not wrong and not os.access(path if path.exists() else path.parent, os.W_OK):
        wrong = errno.EACCES
    if wrong:
        raise OSError(wrong, os.strerror(wrong), str(path))


def _zone(name: str) -> "ZoneInfo | None":
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return None
    except KeyError:
        return None


def _near(name: str) -> str:
    """A zone that somebody may have meant."""
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    return next(iter(get_close_matches(name, sorted(available_timezones()), 1)), "Asia/Shanghai")


def _outcome(arguments: argparse.Namespace, zone: "ZoneInfo | None", spool: "Spool") -> "Outcome":
    from gateway.backtest import data, outcome
    from gateway.site import load as load_site

    site: Site | None = load_site(arguments.site) if arguments.site else None
    chosen, old = _rules(arguments.rules), _rules(arguments.compare)
    bar = _Bar(arguments.lang)
    try:
        keys = site.keys if site else None
        recording, journals = data.read(arguments.data, lambda share: bar.show(share / 2), keys, spool)
        given = outcome.Given(recording, journals, site, zone)
        rules = chosen if chosen is not None else _all(given.sites())
        part = chosen is None and not any(_is_site(Path(name)) for name in arguments.compare)
        told = arguments.json
        return outcome.play(given, rules, old, lambda share: bar.show((1 + share) / 2), part=part, told=told)
    finally:
        bar.clear()


def _all(sites: "Sequence[Site]") -> "Sequence[Rule]":
    from rules.rulefile import load, packs

    return sites[-1].rules if sites else load(packs())


def _rules(named: list[str]) -> "list[Rule] | None":
    """The rules of files, folders and packs, single shipped ones, and those of site files; None if none were named."""
    from gateway.site import load as load_site
    from rules.rulefile import load, packs, shipped_ids

    if not named:
        return None
    shipped, sources = {*packs(), *shipped_ids()}, list[str | Path]()
    of_sites: list[Rule] = []
    for name in named:
        path = Path(name)
        if path.is_file() and _is_site(path):
            of_sites += load_site(path).rules
        elif path.is_dir():
            sources += sorted(path.glob("*.toml"))
        else:
            sources.append(name if name.partition("@")[0] in shipped and not path.exists() else path)
    return [*of_sites, *load(sources)]


def _is_site(path: Path) -> bool:
    """Is it a site file, and none of rules?"""
    from rules.document import Mistakes, open_document

    try:
        return "gateway" in open_document(path).data
    except Mistakes:
        return False


def _report(outcome: "Outcome", as_objects: bool, lang: Language) -> None:
    from gateway.backtest import report

    if as_objects:
        for one in report.objects(outcome):
            print(dump(one))
    else:
        for line in report.lines(outcome, lang):
            print(printable(line))


class _Bar:
    """How far it is, on a terminal; nothing elsewhere."""

    WIDTH = 40

    def __init__(self, lang: Language) -> None:
        self._on = sys.stderr.isatty()
        self._shown = -1
        self._label = say("backtest-bar", lang)

    def show(self, share: float) -> None:
        percent = min(100, int(share * 100))
        if self._on and percent != self._shown:
            self._shown = percent
            full = "█" * (percent * self.WIDTH // 100)
            print(f"\r{self._label} {full:░<{self.WIDTH}} {percent:3} %", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown >= 0:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
