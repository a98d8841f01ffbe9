"""Quantiles, tables and arguments: how the figures of this folder look and are asked for."""

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser with what every measurement takes."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a run of the size of a test: its figures mean little")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    return parser


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which ``part`` of the values lie (nearest rank); sorted or not, but at least one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Number, median, p99 and maximum of durations, in milliseconds."""
    if not seconds:
        return {"count": 0}
    return {
        "count": len(seconds),
        "p50_ms": round(statistics.median(seconds) * 1000, 2),
        "p99_ms": round(quantile(seconds, 0.99) * 1000, 2),
        "max_ms": round(max(seconds) * 1000, 2),
    }


def table(rows: Sequence[Figures]) -> str:
    """Rows with the same keys as columns; the first is words, the others are numbers."""
    heads = list(rows[0])
    cells = [[_cell(row.get(head, "")) for head in heads] for row in rows]
    widths = [max(len(line[place]) for line in [heads, *cells]) for place in range(len(heads))]
    lines = []
    for line in [heads, *cells]:
        first, *others = zip(line, widths, strict=True)
        lines.append("  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]))
    return "\n".join(lines)


def show(said: argparse.Namespace, title: str, rows: Sequence[Figures], more: Figures | None = None) -> None:
    """Print the rows as a table under a title, or everything as one JSON object."""
    more = more or {}
    if said.json:
        print(json.dumps({"title": title, "rows": list(rows), **more}))
        return
    print(title)
    print(table(rows))
    for name, value in more.items():
        print(f"{name}: {_cell(value)}")


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
