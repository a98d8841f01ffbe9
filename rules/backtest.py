"""Backtest: recorded readings through the same engine, and what would have fired.

Without a site each home is a gateway of its own: its devices are those that speak, its mode is home, its clock right.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from drivers.reading import Reading, Scalar
from rules.alert import Alert
from rules.engine import Device, Engine
from rules.rule import Rule

HEADER = ("ts", "home", "device", "quantity", "value")
BUDGET = 2 * 3600.0
"""Seconds of silence that are normal for a recorded sensor: EN 50131 supervises radio within 1 to 2 h."""
MONTH = 30 * 86400.0
_TRUTHS = {"true": True, "false": False}


class Row(NamedTuple):
    """One recorded reading; ``at`` in seconds since the epoch."""

    at: float
    home: str
    device: str
    quantity: str
    value: Scalar


class Total(NamedTuple):
    """How often a rule fired in all homes together."""

    rule: str
    alerts: int
    homes: int
    """In how many of the homes."""
    monthly: float
    """Alerts per home and month of 30 days."""


def rows(lines: Iterable[str], file: str) -> Iterator[Row]:
    """The rows of a CSV text, header first; raises ValueError with file, line and remedy."""
    table = csv.reader(lines)
    head = tuple(next(table, ()))
    if head != HEADER:
        raise ValueError(f"{file}:1: the header is {','.join(head)!r} (write {','.join(HEADER)})")
    for cells in table:
        try:
            at, home, device, quantity, value = cells
            yield Row(_moment(at), home, device, quantity, _value(value))
        except ValueError:
            what = f"{','.join(cells)[:60]!r} is no reading"
            raise ValueError(f"{file}:{table.line_num}: {what} (write {','.join(HEADER)})") from None


def _moment(text: str) -> float:
    """Epoch seconds, or ISO 8601; one without a zone is UTC."""
    try:
        at = float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not abs(at) < 1e12:
        raise ValueError(text)
    return at


def _value(text: str) -> Scalar:
    if text in _TRUTHS:
        return _TRUTHS[text]
    try:
        return float(text)
    except ValueError:
        return text


class _Home:
    """One home and its engine. Rows that are out of order count as now."""

    def __init__(self, name: str, rules: Sequence[Rule], zone: str, budget: float, at: float) -> None:
        self.name = name
        self.rules = rules
        self.zone = zone
        self.budget = budget
        self.engine = Engine("backtest", name)
        self.devices: dict[str, Device] = {}
        self.first = self.at = at
        self.n = 0

    def feed(self, row: Row) -> list[Alert]:
        self.at = at = max(self.at, row.at)
        self.n += 1
        alerts: list[Alert] = []
        if row.device not in self.devices:
            self.devices[row.device] = Device(self.name, "", self.budget)
            alerts += self.engine.configure(self.rules, self.devices, at, self.n)
            alerts += self.engine.wall(0.0, True, self.zone, at, self.n)
        return alerts + self.engine.feed(Reading(row.device, row.quantity, row.quantity, row.value, at, (), self.n))


class Backtest:
    """Rules over recorded rows: ``feed`` each of them, then ``end``; ``totals`` at any time."""

    def __init__(self, rules: Sequence[Rule], zone: str = "UTC", budget: float = BUDGET) -> None:
        self._rules = rules
        self._zone = zone
        self._budget = budget
        self._homes: dict[str, _Home] = {}
        self._fired: dict[tuple[str, str], int] = {}

    def feed(self, row: Row) -> list[Alert]:
        """What this row, and the deadlines before it, change: pending, firing once per raise, cleared, resolved."""
        home = self._homes.get(row.home)
        if home is None:
            home = self._homes[row.home] = _Home(row.home, self._rules, self._zone, self._budget, row.at)
        return self._told(home.feed(row))

    def end(self) -> list[Alert]:
        """What falls due up to the last row of each home."""
        return [alert for home in self._homes.values() for alert in self._told(home.engine.tick(home.at))]

    @property
    def homes(self) -> int:
        """How many spoke."""
        return len(self._homes)

    @property
    def months(self) -> float:
        """Of all homes together, 30 days each."""
        return sum(home.at - home.first for home in self._homes.values()) / MONTH

    def totals(self) -> list[Total]:
        """One line for each rule, also for those that never fired."""
        months = self.months
        totals = []
        for rule in self._rules:
            counts = [count for (fired, _), count in self._fired.items() if fired == rule.id]
            monthly = sum(counts) / months if months else 0.0
            totals.append(Total(rule.id, sum(counts), len(counts), monthly))
        return totals

    def _told(self, alerts: list[Alert]) -> list[Alert]:
        told = [alert for alert in alerts if alert.reason not in ("worse", "still")]
        for alert in told:
            if alert.state == "firing":
                key = (alert.rule, alert.home)
                self._fired[key] = self._fired.get(key, 0) + 1
        return told
