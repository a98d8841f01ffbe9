"""The command about a journal: fold it again."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.command import OK, Commands, as_json, command, could_not_run, dump
from gateway.words import say

if TYPE_CHECKING:
    from rules.alert import Alert


REPLAY = """\
Fold the journal of a store from its beginning and print each alert change, with the ids it had when it
happened. The file is only read, also beside a gateway that runs; its last minute may still be in memory only.
"""
REPLAY_END = """\
examples:
  anju replay data/anju.db
  anju replay data/anju.db --site site.toml      with the keys of sensors that encrypt, which no journal holds
  anju replay data/anju.db --json | jq -r 'select(.state == "firing") | .rule'

output, one line a change: gateway time (seconds since the store was made), severity, state, rule, HOME/DEVICE,
reason, ID/N. A pending alert has N = 0: it was told to nobody.
With --json one object a line.

exit status: 0 done, 3 could not run
"""


def add(commands: Commands) -> None:
    """`anju replay`."""
    replay = command(commands, "replay", _replay, "fold a journal into its alerts", REPLAY, REPLAY_END)
    replay.add_argument("journal", type=Path, metavar="JOURNAL", help="the store's file, such as data/anju.db")
    replay.add_argument("--site", type=Path, metavar="SITE", help="the site file that says where devices' keys are")
    as_json(replay)


def _replay(arguments: argparse.Namespace) -> int:
    import errno

    from gateway.hub import replay
    from gateway.site import load
    from rules.sentence import Sentence

    if not arguments.journal.is_file():
        return could_not_run(
            Sentence("{path}: {strerror}", path=arguments.journal, strerror=Sentence(os.strerror(errno.ENOENT))),
            arguments.lang,
        )
    count = 0
    try:
        keys = load(arguments.site).keys if arguments.site else {}
        for alert in replay.alerts(arguments.journal, keys):
            print(dump(_alert(alert)) if arguments.json else _line(alert))
            count += 1
    except ValueError as error:
        return could_not_run(str(error), arguments.lang)
    if not arguments.json:
        print(say("alerts", arguments.lang, alerts=count))
    return OK


def _alert(alert: "Alert") -> dict[str, object]:
    evidence = [
        {**reading._asdict(), "source": reading.source and reading.source._asdict()} for reading in alert.evidence
    ]
    return {**alert._asdict(), "evidence": evidence, "sources": [source._asdict() for source in alert.sources]}


def _line(alert: "Alert") -> str:
    subject = "/".join(filter(None, (alert.home, alert.device)))
    words = (alert.rule, subject, alert.reason, f"{alert.id}/{alert.n}")
    return f"{alert.at:12.3f}  {alert.severity:<9}  {alert.state:<8}  {'  '.join(words)}"
