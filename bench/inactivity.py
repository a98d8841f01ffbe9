"""How soon ``inactivity`` calls, and how often for nothing: ``python -m bench.inactivity DATA.csv.gz … [--away FILE]``.

Each home of each recording (the CSV of ``anju backtest``) is played through the engine. At many random moments at home
the person's life is cut off: everything later is left out, the sensors live on. Printed are the minutes until the rule
asks and calls, and the calls per month of 30 days in the recording as it is, where every call is false; nobody answers
a question, which would prevent some. Time in which a sensor wasn't heard counts for no rule, a call after it like any
other; the last lines give the verdict with such time left out of the months, too. Beside it, on the same signs of life:
fixed times, 5 h within waking hours, and an alert line an hour (a percentile, as in Cuddihy et al. 2007). Whatever
learns, learns from the past of each moment alone. A recording starts with nothing known.

Beside it stands what lines drawn in hindsight would do (hindsight.py): as far as anything could be better than it.

--away FILE says when nobody was in (CSV, ``start,end`` in epoch seconds or ISO 8601); no rule is told. It chooses the
moments, and adds rows for a resident who answers each question after five minutes when in, which is a sign of life
(``Engine.well``): ours played once more, since it learns from that, and the fixed times, whose calls count only while
nobody is in.
--bounds adds two rows: our lines with the one price that would have spent the limit, and the same with the notes of the
whole recording but the fortnight in question. It takes a few seconds a home.
--part 1/2 takes every second home by name, 2/2 the others: the numbers of the rule were chosen on 1/2.
"""

import argparse
import csv
import gzip
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import hindsight
from bench.cut import Home, Inside, Played
from bench.figures import arguments, quantile, show
from bench.silences import FIXED, RULES, called
from rules.csvrows import Bad, Row, moment, rows
from rules.rule import Rule
from rules.rulefile import load

LIMIT = 1.0
"""False calls a home and month."""
IF = ", if who is in answers"
OURS, ASKS = "inactivity, calls", "inactivity, asks"
ANSWERED, ASKED = OURS + IF, ASKS + IF
LINES, PRICE = "lines in hindsight", "our lines, price in hindsight"
NOTES = "the same, notes of all other fortnights"
CUTS, SHORT = 200, 7.0
"""Moments a home; days below which a home is left out."""
Line = dict[str, tuple[float, float, float]]
"""Rule -> (false calls a month, median and nine tenths of the minutes to a call)."""


def homes(path: Path) -> Iterator[Home]:
    """Those of a recording."""
    found: dict[str, list[Row]] = {}
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        for row in rows(lines, str(path)):
            found.setdefault(row.home, []).append(row)
    for name in sorted(found):
        yield Home(name, sorted(found.pop(name), key=lambda row: row.at))


def absences(path: Path | None) -> list[tuple[float, float]]:
    """From the file of --away; raises Bad with the line of a mistake."""
    found: list[tuple[float, float]] = []
    if path is None:
        return found
    with path.open(newline="") as lines:
        table = csv.DictReader(lines, skipinitialspace=True)
        if not {"start", "end"} <= set(table.fieldnames or ()):
            raise Bad(str(path), 1, f"the header is {','.join(table.fieldnames or ())[:60]!r}", "write start,end")
        for row in table:
            try:
                start, end = moment(row["start"] or ""), moment(row["end"] or "")
            except ValueError as why:
                raise Bad(str(path), table.line_num, "no absence", str(why)) from None
            if end < start:
                raise Bad(str(path), table.line_num, "it ends before it begins", "write start,end")
            found.append((start, end))
    return found


def measure(
    home: Home, rule: Rule, cuts: int, away: Sequence[tuple[float, float]], bounds: bool
) -> tuple[Line, int]:
    """Each rule in one home, and the bytes that ours has learned."""
    moments = home.moments(cuts, away, 1)
    played = home.play(rule, moments)
    known = {name: lines(home.silences) for name, lines in RULES.items()}
    line = _ours(home, played, (OURS, ASKS))
    line |= {name: _judged(home, when, moments, lambda _: True) for name, when in known.items()}
    if away:
        line |= _ours(home, home.play(rule, moments, lambda at: not _within(away, at)), (ANSWERED, ASKED))
        for name in FIXED:
            line[name + IF] = _judged(home, known[name], moments, lambda at: _within(away, at))
    bound = {LINES: hindsight.lines(home.silences, LIMIT * home.months)}
    if bounds:
        bound[PRICE] = hindsight.price(home.silences, LIMIT * home.months)
        bound[NOTES] = hindsight.elsewhere(home.silences, LIMIT * home.months)
    line |= {name: _judged(home, when, moments, lambda _: True) for name, when in bound.items()}
    return line, played.learned


def _within(away: Sequence[tuple[float, float]], at: float) -> bool:
    return any(start <= at < end for start, end in away)


def _ours(home: Home, played: Played, names: tuple[str, str]) -> Line:
    """The rows of calls and asks."""
    line: Line = {}
    minutes = ([one.call / 60 for one in played.after], [one.ask / 60 for one in played.after])
    for name, said, after in zip(names, (played.calls, played.asks), minutes, strict=True):
        line[name] = (len(said) / home.months, statistics.median(after), quantile(after, 0.9))
    return line


def _judged(
    home: Home, when: Sequence[float], moments: Sequence[float], counts: Inside
) -> tuple[float, float, float]:
    """The row of a rule that would call at these moments, one for each silence."""
    false = sum(called(at, one) and counts(at) for at, one in zip(when, home.silences, strict=True))
    minutes = [min(max(0.0, when[home.since(at)] - at), 96 * 3600.0) / 60 for at in moments]
    return false / home.months, statistics.median(minutes), quantile(minutes, 0.9)


def best(line: Line) -> str | None:
    """The fixed rule that calls soonest of those that keep the limit."""
    keep = [name for name in FIXED if line[name][0] <= LIMIT]
    return min(keep, key=lambda name: line[name][1]) if keep else None


def summary(lines: dict[str, Line]) -> list[dict[str, Any]]:
    """One row a rule, over all homes."""
    made = []
    for name in next(iter(lines.values())):
        values = [line[name] for line in lines.values()]
        made.append({
            "rule": name,
            "false/month, median": statistics.median(one[0] for one in values),
            "mean": statistics.mean(one[0] for one in values),
            f"homes <= {LIMIT:g}": sum(one[0] <= LIMIT for one in values),
            "minutes, median home": statistics.median(one[1] for one in values),
            "9 of 10 within": statistics.median(one[2] for one in values),
        })  # fmt: skip
    return made


def verdict(lines: dict[str, Line]) -> dict[str, Any]:
    """Ours against the best fixed rule that keeps the limit."""
    fair = {name: (line, best(line)) for name, line in lines.items()}
    lost = {name: (line, line[fix][1]) for name, (line, fix) in fair.items() if fix and line[fix][1]}
    ratios = {name: line[OURS][1] / theirs for name, (line, theirs) in lost.items()}
    bounds = {
        bound: [line[bound][1] / theirs for line, theirs in lost.values() if bound in line]
        for bound in (LINES, PRICE, NOTES)
    }
    over = sorted(name for name, line in lines.items() if line[OURS][0] > LIMIT)
    worse = sorted(name for name, ratio in ratios.items() if ratio > 1)
    needless = [name for name in over if name in ratios]
    return {
        "homes": len(lines),
        "homes in which a fixed rule keeps the limit": len(ratios),
        "our minutes to theirs, median home": statistics.median(ratios.values()) if ratios else float("nan"),
        "mean": statistics.mean(ratios.values()) if ratios else float("nan"),
        **{f"{bound}, median home": statistics.median(found) for bound, found in bounds.items() if found},
        "later than theirs in": ", ".join(worse) or "none",
        "over the limit where a fixed rule keeps it": ", ".join(needless) or "none",
        "over the limit, all": ", ".join(over) or "none",
    }


def while_heard(lines: dict[str, Line], heard: dict[str, float]) -> dict[str, Any]:
    """The verdict by months in which the sensors were heard. Of a home that was seldom heard each call counts for more:
    a fixed time that keeps the limit in a year of which days were heard may be one that calls each other day."""
    told = verdict({
        name: {rule: (false / heard[name], half, most) for rule, (false, half, most) in line.items()}
        for name, line in lines.items()
    })  # fmt: skip
    return {f"by months that were heard: {key}": told[key] for key in told if key != "homes"}


def main() -> None:
    """Measure and print; what can't be read is told with its line, and that nothing was measured: exit status 1."""
    try:
        _main()
    except (Bad, OSError, EOFError, UnicodeDecodeError) as error:
        sys.exit(f"inactivity.py: {error}")


def _main() -> None:
    parser: argparse.ArgumentParser = arguments(__doc__)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--away", type=Path)
    parser.add_argument("--cuts", type=int, default=CUTS)
    parser.add_argument("--bounds", action="store_true")
    parser.add_argument("--part", default="1/1")
    said = parser.parse_args()
    rule = next(rule for rule in load(["elder"]) if rule.id == "inactivity")
    number, _, parts = said.part.partition("/")
    begun, away, lines, learned, assumed = time.perf_counter(), absences(said.away), dict[str, Line](), 0, set[str]()
    heard: dict[str, float] = {}
    for path in said.data:
        for place, home in enumerate(homes(path)):
            if place % int(parts) + 1 != int(number):
                continue
            tested = sum(one.heard for one in home.silences)
            if home.months * 30 < SHORT or len(home.silences) < 50 or tested < 20:
                said_of = f"{home.months * 30:.0f} days, {len(home.signs)} signs, {tested} silences heard throughout"
                print(f"{home.name}: left out, {said_of}", file=sys.stderr)
                continue
            lines[home.name], size = measure(home, rule, 20 if said.quick else said.cuts, away, said.bounds)
            learned, heard[home.name] = max(learned, size), home.heard
            assumed |= {home.name} if home.quiet else set()
            if not said.json:
                tell(home, lines[home.name])
    if not lines:
        sys.exit("inactivity.py: no home was left to be measured")
    more = verdict(lines) | while_heard(lines, heard)
    more |= {"bytes learned, at most": learned, "seconds": round(time.perf_counter() - begun, 1)}
    more["taken to be alive, because nothing repeats"] = f"sensors of {len(assumed)} homes"
    show(said, f"false calls and minutes to a call, {len(lines)} homes", summary(lines), more)


def tell(home: Home, line: Line) -> None:
    """One home, as soon as it is measured."""
    fix = best(line)
    theirs = f"{fix} {line[fix][0]:.2f}, {line[fix][1]:.0f}" if fix else "no fixed rule keeps the limit"
    ratio = f"  ours is {line[OURS][1] / line[fix][1]:.2f} of it" if fix and line[fix][1] else ""
    print(
        f"{home.name:14}{home.months * 30:5.0f} days, {home.heard:4.0%} heard"
        f"  calls {line[OURS][0]:5.2f} a month,{line[OURS][1]:6.0f} min"
        f"  asks {line[ASKS][0]:5.2f},{line[ASKS][1]:6.0f}  best: {theirs}{ratio}"
        f"  hindsight {line[LINES][1]:.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
