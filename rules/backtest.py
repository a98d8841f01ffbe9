"""Backtest: recorded readings through the same engine, and what would have fired.

Each home is a gateway of its own: its devices are those that speak, its mode is home, its clock right. What latches is
reset by a person ANSWERED after it was over, so that the next time counts as another.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from drivers.reading import Reading, Scalar
from rules.alert import Alert, Severity
from rules.engine import Device, Engine, Refused
from rules.recording import HEADER, Recorded, Row, rows
from rules.rule import Rule
from rules.wall import Facts

__all__ = [
    "ANSWERED", "BUDGET", "HEADER", "MONTH", "NOWHERE", "Backtest", "Row", "Spell", "Surroundings", "Tally", "Total",
    "rows",
]  # fmt: skip

BUDGET = 2 * 3600.0
"""Seconds of silence that are normal for a recorded sensor: EN 50131 supervises radio within 1 to 2 h."""
ANSWERED = 3600.0
"""Seconds after which somebody has answered, in a recording of which nobody knows."""
MONTH = 30 * 86400.0
EXAMPLES = 3
"""Alerts of a rule in a home whose evidence is kept."""


class Total(NamedTuple):
    """How often a rule fired in all homes together."""

    rule: str
    alerts: int
    homes: int
    """In how many of the homes."""
    monthly: float
    """Alerts per home and month of 30 days."""
    seconds: float
    """In which it fired."""


class Spell(NamedTuple):
    """One time that a rule fired."""

    rule: str
    home: str
    device: str
    """Empty for a rule per home."""
    severity: Severity
    since: float
    until: float
    ended: bool
    """False: the recording ended first."""
    evidence: tuple[Reading, ...]
    """Of the first EXAMPLES of a rule in a home; empty for the others."""


class Tally(NamedTuple):
    """How often a rule fired in one home."""

    rule: str
    home: str
    alerts: int
    monthly: float
    """Per month of 30 days, by the time that the home was recorded."""
    seconds: float
    longest: float
    examples: tuple[Spell, ...]


class Surroundings(NamedTuple):
    """What a site says of where the recording was made."""

    places: Mapping[str, Device]
    """The devices that are known; others belong to the home that the row names, with a budget of BUDGET."""
    facts: Facts


NOWHERE = Surroundings({}, Facts())


class _Home:
    """One home and its engine. Rows that are out of order count as now."""

    def __init__(self, name: str, rules: Sequence[Rule], zone: str, surroundings: Surroundings, at: float) -> None:
        self.name = name
        self.rules = rules
        self.zone = zone
        self.places = surroundings.places
        self.facts = surroundings.facts
        self.engine = Engine("backtest", name)
        self.devices: dict[str, Device] = {}
        self.first = self.at = at
        self.n = 0
        self.answers: dict[str, float] = {}
        """Alerts that latch -> when a person resets them."""
        self.events = {rule.id for rule in rules if rule.momentary}
        self.open: dict[str, Spell] = {}
        """Id of an alert -> the spell that goes on."""

    def feed(self, at: float, device: str, point: str, value: Scalar) -> list[Alert]:
        alerts = self.answer(at) if self.answers else []
        self.at = at = max(self.at, at)
        self.n += 1
        if device not in self.devices:
            self.devices[device] = self.places.get(device) or Device(self.name, "", BUDGET)
            alerts += self.engine.configure(self.rules, self.devices, at, self.n, self.facts)
            alerts += self.engine.wall(0.0, True, self.zone, at, self.n)
        quantity = point.partition("#")[0] if "#" in point else point
        alerts += self.engine.feed(Reading(device, point, quantity, value, at, (), self.n))
        for alert in alerts:
            self._note(alert)
        return alerts

    def end(self) -> list[Alert]:
        alerts = self.answer(self.at) + self.engine.tick(self.at)
        for alert in alerts:
            self._note(alert)
        return alerts

    def answer(self, now: float) -> list[Alert]:
        """Somebody resets what latched and is over."""
        alerts: list[Alert] = []
        for alert_id, at in sorted(self.answers.items(), key=lambda item: item[1]):
            if at <= now:
                del self.answers[alert_id]
                self.n += 1
                try:
                    alerts += self.engine.reset(alert_id, max(at, self.at), self.n)
                except Refused as refused:
                    alerts += refused.alerts
        return alerts

    def _note(self, alert: Alert) -> None:
        over = alert.state == "cleared" or (alert.state == "firing" and alert.rule in self.events)
        if over:
            self.answers[alert.id] = alert.at + ANSWERED


class Backtest:
    """Rules over recorded rows: ``feed`` each of them, then ``end``; ``totals`` at any time."""

    def __init__(self, rules: Sequence[Rule], zone: str = "UTC", surroundings: Surroundings = NOWHERE) -> None:
        self.spells: list[Spell] = []
        """In the order in which they ended; ``end`` adds those that go on."""
        self._rules = rules
        self._zone = zone
        self._surroundings = surroundings
        self._homes: dict[str, _Home] = {}
        self._fired: dict[tuple[str, str], int] = {}

    def feed(self, row: Row) -> list[Alert]:
        """What this row, and the deadlines before it, change: pending, firing once per raise, cleared, resolved."""
        home = self._homes.get(row.home) or self._enter(row.home, row.at)
        alerts = home.feed(row.at, row.device, row.quantity, row.value)
        return self._told(home, alerts) if alerts else alerts

    def play(self, recorded: Recorded) -> Iterator[Alert]:
        """All of one home, to its end."""
        home: _Home | None = None
        for at, device, quantity, value in recorded:
            home = home or self._enter(recorded.name, at)
            alerts = home.feed(at, device, quantity, value)
            if alerts:
                yield from self._told(home, alerts)
        if home is not None:
            yield from self._leave(home)

    def end(self) -> list[Alert]:
        """What falls due up to the last row of each home."""
        return [alert for home in self._homes.values() for alert in self._leave(home)]

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
        months, seconds = self.months, dict.fromkeys([rule.id for rule in self._rules], 0.0)
        for spell in self.spells:
            seconds[spell.rule] += spell.until - spell.since
        totals = []
        for name, spent in seconds.items():
            counts = [count for (fired, _), count in self._fired.items() if fired == name]
            monthly = sum(counts) / months if months else 0.0
            totals.append(Total(name, sum(counts), len(counts), monthly, spent))
        return totals

    def tallies(self) -> list[Tally]:
        """One for each rule in each home where it fired, by rule and home; after ``end``."""
        found: dict[tuple[str, str], list[Spell]] = {}
        for spell in self.spells:
            found.setdefault((spell.rule, spell.home), []).append(spell)
        order = [rule.id for rule in self._rules]
        return [self._tally(found[key]) for key in sorted(found, key=lambda key: (order.index(key[0]), key[1]))]

    def _tally(self, spells: list[Spell]) -> Tally:
        rule, name = spells[0].rule, spells[0].home
        home, lengths = self._homes[name], [spell.until - spell.since for spell in spells]
        months = (home.at - home.first) / MONTH
        monthly = len(spells) / months if months else 0.0
        examples = tuple(spell for spell in sorted(spells, key=lambda spell: spell.since) if spell.evidence)
        return Tally(rule, name, len(spells), monthly, sum(lengths), max(lengths), examples)

    def _enter(self, name: str, at: float) -> _Home:
        self._homes[name] = home = _Home(name, self._rules, self._zone, self._surroundings, at)
        return home

    def _leave(self, home: _Home) -> list[Alert]:
        alerts = self._told(home, home.end())
        self.spells += [spell._replace(until=home.at) for spell in home.open.values()]
        home.open.clear()
        return alerts

    def _told(self, home: _Home, alerts: list[Alert]) -> list[Alert]:
        told = [alert for alert in alerts if alert.reason not in ("worse", "still")]
        for alert in told:
            if alert.state == "firing":
                self._raised(home, alert)
            elif alert.id in home.open:
                spell = home.open.pop(alert.id)
                self.spells.append(spell._replace(until=alert.at, ended=True))
        return told

    def _raised(self, home: _Home, alert: Alert) -> None:
        key = (alert.rule, home.name)
        self._fired[key] = count = self._fired.get(key, 0) + 1
        evidence = alert.evidence if count <= EXAMPLES else ()
        device, severity, at = alert.device, alert.severity, alert.at
        home.open[alert.id] = Spell(alert.rule, home.name, device, severity, at, at, False, evidence)
