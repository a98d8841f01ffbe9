"""Which rules fire in recorded lives: ``python -m bench.normal DATA.csv.gz … [--rules FILE] [--all]``.

Replays each file through all shipped rules, or those of a file, each home its own, and prints alerts per home and
month of 30 days. Rules that never fired are left out unless --all asks for them. --device NAME, oftener than once if
need be, replays these alone: a home with a dead sensor is not supervised, whatever the others say.
"""

import gzip
import time
from itertools import islice
from pathlib import Path
from typing import Any

from bench.figures import arguments, show
from rules.backtest import Backtest, rows
from rules.rule import Rule
from rules.rulefile import load, packs

QUICK = 2_000
"""Rows of a run of the size of a test."""


def replay(path: Path, rules: list[Rule], devices: list[str], most: int | None = None) -> tuple[Backtest, int, float]:
    """(what came of it, rows, seconds) of one CSV file, plain or gzipped."""
    test = Backtest(rules)
    start, count = time.perf_counter(), 0
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for count, row in enumerate(islice(rows(lines, str(path)), most), 1):  # noqa: B007 - the last count is wanted
            if not devices or row.device in devices:
                test.feed(row)
    test.end()
    return test, count, time.perf_counter() - start


def fired(test: Backtest, everything: bool) -> list[dict[str, Any]]:
    """A row for each rule that fired, or for each there is."""
    return [
        {"rule": total.rule, "a month": total.monthly, "alerts": total.alerts, "in homes": total.homes}
        for total in test.totals()
        if total.alerts or everything
    ]


def main() -> None:
    """Replay and print."""
    parser = arguments(__doc__)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--device", action="append", default=[])
    said = parser.parse_args()
    rules = load([said.rules] if said.rules else packs())
    for path in said.data:
        test, count, seconds = replay(path, rules, said.device, QUICK if said.quick else None)
        counted = {"rows_read": count, "home_months": test.months, "homes": test.homes, "rows_s": count / seconds}
        show(said, path.name, fired(test, said.all) or [{"rule": "none fired"}], counted)


if __name__ == "__main__":
    main()
