"""Backtest: recorded readings through the same engine, and what would have fired.

Each home is a gateway of its own: its devices are those that speak, its mode is home, its clock right. What latches is
reset by a person ANSWERED after it was over, so that the next time counts as another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from drivers.reading import Reading, Scalar
from rules.alert import Alert
from rules.csvrows import HEADER, Row, rows
from rules.engine import Device, Engine, Refused
from rules.recording import EVERY, Recorded
from rules.rule import Rule
from rules.tally import MONTH, Spell, Tallies, Tally, Total
from rules.wall import Facts

__all__ = [
    "ANSWERED", "BUDGET", "HEADER", "MONTH", "NOWHERE", "Answers", "Backtest", "Row", "Spell", "Surroundings", "Tally",
    "Total", "rows",
]  # fmt: skip

BUDGET = 2 * 3600.0
"""Seconds of silence that are normal for a recorded sensor: EN 50131 supervises radio within 1 to 2 h."""
LOST = 2.0
"""So many times as long as a sensor is silent as a rule: one that speaks every six hours has no budget of two."""
ANSWERED = 3600.0
"""Seconds after which somebody has answered, in a recording of which nobody knows."""


class Surroundings(NamedTuple):
    """What a site says of where the recording was made."""

    places: Mapping[str, Device]
    """The devices that are known; others belong to the home that the row names, with a budget of BUDGET or more."""
    facts: Facts


NOWHERE = Surroundings({}, Facts())


class Answers:
    """When a person resets what latched and is over, where nobody knows of one."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._events = {rule.id for rule in rules if rule.momentary}
        self._at: dict[str, float] = {}
        """Id of an alert -> when."""

    def __bool__(self) -> bool:
        return bool(self._at)

    def note(self, alerts: Sequence[Alert]) -> None:
        """Some of them may be over."""
        for alert in alerts:
            if alert.state == "cleared" or (alert.state == "firing" and alert.rule in self._events):
                self._at[alert.id] = alert.at + ANSWERED

    def due(self, now: float) -> list[tuple[str, float]]:
        """(id of an alert, when) of those up to this moment, in order; they are forgotten."""
        found = sorted([(at, one) for one, at in self._at.items() if at <= now])
        for _, one in found:
            del self._at[one]
        return [(one, at) for at, one in found]


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
        self.rhythm: Mapping[str, float] = {}
        """Device -> seconds between its readings as a rule, where that is known."""
        self.at = at
        self.n = 0
        self.answers = Answers(rules)

    def feed(self, at: float, device: str, point: str, value: Scalar) -> list[Alert]:
        alerts = self.answer(at) if self.answers else []
        self.at = at = max(self.at, at)
        self.n += 1
        if device not in self.devices:
            budget = max(BUDGET, LOST * self.rhythm.get(device, 0.0))
            self.devices[device] = self.places.get(device) or Device(self.name, "", budget)
            alerts += self.engine.configure(self.rules, self.devices, at, self.n, self.facts)
            alerts += self.engine.wall(0.0, True, self.zone, at, self.n)
        quantity = point.partition("#")[0] if "#" in point else point
        alerts += self.engine.feed(Reading(device, point, quantity, value, at, (), self.n))
        if alerts:
            self.answers.note(alerts)
        return alerts

    def end(self) -> list[Alert]:
        alerts = self.answer(self.at) + self.engine.tick(self.at)
        self.answers.note(alerts)
        return alerts

    def answer(self, now: float) -> list[Alert]:
        """Somebody resets what latched and is over; that is why it ended, for nobody knows of a person's reset."""
        alerts: list[Alert] = []
        for alert_id, at in self.answers.due(now):
            self.n += 1
            try:
                ended = self.engine.reset(alert_id, max(at, self.at), self.n)
                alerts += [one._replace(reason="cleared") if one.reason == "reset" else one for one in ended]
            except Refused as refused:
                alerts += refused.alerts
        return alerts


class Backtest(Tallies):
    """Rules over recorded rows: ``feed`` each of them, then ``end``; ``totals`` at any time."""

    def __init__(self, rules: Sequence[Rule], zone: str = "UTC", surroundings: Surroundings = NOWHERE) -> None:
        super().__init__(rules)
        self._zone = zone
        self._surroundings = surroundings
        self._homes: dict[str, _Home] = {}

    def feed(self, row: Row) -> list[Alert]:
        """What this row, and the deadlines before it, change: pending, firing once per raise, cleared, resolved."""
        home = self._homes.get(row.home) or self._enter(row.home, row.at)
        alerts = home.feed(row.at, row.device, row.quantity, row.value)
        self.spans[row.home] = self.spans[row.home][0], home.at
        return self.told(home.name, alerts) if alerts else alerts

    def play(self, recorded: Recorded, heed: Callable[[int], object] = int) -> Iterator[Alert]:
        """All of one home, to its end; ``heed`` is told now and then how many of its rows are done."""
        home: _Home | None = None
        for count, (at, device, quantity, value) in enumerate(recorded):
            if not count % EVERY:
                heed(count)
            home = home or self._enter(recorded.name, at, recorded.rhythm())
            alerts = home.feed(at, device, quantity, value)
            if alerts:
                yield from self.told(home.name, alerts)
        if home is not None:
            yield from self._end(home)

    def end(self) -> list[Alert]:
        """What falls due up to the last row of each home."""
        return [alert for home in self._homes.values() for alert in self._end(home)]

    def _enter(self, name: str, at: float, rhythm: Mapping[str, float] | None = None) -> _Home:
        self._homes[name] = home = _Home(name, self.rules, self._zone, self._surroundings, at)
        home.rhythm = rhythm or {}
        self.heard(name, at)
        return home

    def _end(self, home: _Home) -> list[Alert]:
        alerts = self.told(home.name, home.end())
        self.heard(home.name, home.at)
        self.leave(home.name, home.at)
        return alerts
