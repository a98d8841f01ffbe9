"""Which rules fire in recorded lives: ``python -m bench.normal DATA.csv.gz … [--rules FILE] [--all]``.

Replays each file through all shipped rules, or those of a file, each home its own, and prints alerts per home and
month of 30 days. Rules that never fired are left out unless --all asks for them. --device NAME, oftener than once if
need be, replays these alone: a home with a dead sensor is not supervised, whatever the others say.
"""

import argparse
import gzip
import time
from pathlib import Path

from rules.backtest import Backtest, rows
from rules.rule import Rule, load, packs


def replay(path: Path, rules: list[Rule], devices: list[str]) -> tuple[Backtest, int, float]:
    """(what came of it, rows, seconds) of one CSV file, plain or gzipped."""
    test = Backtest(rules)
    start, count = time.perf_counter(), 0
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for count, row in enumerate(rows(lines, str(path)), 1):  # noqa: B007 - the last count is wanted
            if not devices or row.device in devices:
                test.feed(row)
    test.end()
    return test, count, time.perf_counter() - start


def main() -> None:
    """Replay and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path, nargs="+")
    arguments.add_argument("--rules", type=Path)
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("--device", action="append", default=[])
    said = arguments.parse_args()
    rules = load([said.rules] if said.rules else packs())
    for path in said.data:
        test, count, seconds = replay(path, rules, said.device)
        print(f"{path.name}: {count:,} rows, {test.months:.2f} home-months, {count / seconds:,.0f} rows/s")
        for total in test.totals():
            if total.alerts or said.all:
                spread = f"in {total.homes} of {test.homes} homes"
                print(f"  {total.rule:24}{total.monthly:8.2f} a month   {total.alerts:6} alerts {spread}")


if __name__ == "__main__":
    main()
