"""Tally: how often rules fired, in which home, and for how long."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from drivers.reading import Reading
from rules.alert import Alert, Severity
from rules.rule import Rule

MONTH = 30 * 86400.0
EXAMPLES = 3
"""Alerts of a rule in a home that are its examples."""
KEPT = 20_000
"""Alerts whose evidence is kept, some 1 KB each; of further ones only that of the examples."""


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
    """Empty for those after the first KEPT that are no examples."""


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


class Tallies:
    """What rules did in some homes: ``told`` of each change, ``leave`` at the end; ``totals`` at any time."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.spells: list[Spell] = []
        """In the order in which they ended; ``leave`` adds those that go on."""
        self.spans: dict[str, tuple[float, float]] = {}
        """Home -> from when to when it was heard."""
        self.apart: set[str] = set()
        """Of them, those that are no homes: a gateway's own parts."""
        self._kept = 0
        self._fired: dict[tuple[str, str], int] = {}
        self._open: dict[str, dict[str, Spell]] = {}
        """Home -> id of an alert -> the spell that goes on."""

    def heard(self, home: str, at: float) -> None:
        """A home spoke at this moment."""
        since, until = self.spans.get(home, (at, at))
        self.spans[home] = min(since, at), max(until, at)

    def told(self, home: str, alerts: Sequence[Alert]) -> list[Alert]:
        """Take in what came of a home -> those that a back-test prints: each raise once."""
        told = [alert for alert in alerts if alert.reason not in ("worse", "still")]
        going_on = self._open.setdefault(home, {})
        for alert in told:
            if alert.state == "firing":
                self._raised(home, alert)
            elif alert.id in going_on:
                spell = going_on.pop(alert.id)
                self.spells.append(spell._replace(until=alert.at, ended=True))
        return told

    def leave(self, home: str, at: float) -> None:
        """That is all of this home; what goes on goes on until this moment at least."""
        self.spells += [spell._replace(until=max(at, spell.since)) for spell in self._open.pop(home, {}).values()]

    def only(self, homes: Iterable[str]) -> None:
        """Forget all others: nobody knows the whole of them."""
        whole = set(homes)
        self.spells = [spell for spell in self.spells if spell.home in whole]
        self._fired = {key: count for key, count in self._fired.items() if key[1] in whole}
        self.spans = {home: span for home, span in self.spans.items() if home in whole}
        self._open = {home: going_on for home, going_on in self._open.items() if home in whole}

    @property
    def homes(self) -> int:
        """How many spoke."""
        return len(self.spans.keys() - self.apart)

    @property
    def months(self) -> float:
        """Of all homes together, 30 days each."""
        return sum(self._months(name) for name in self.spans if name not in self.apart)

    def _months(self, home: str) -> float:
        since, until = self.spans.get(home, (0.0, 0.0))
        return (until - since) / MONTH

    def totals(self) -> list[Total]:
        """One line for each rule, also for those that never fired."""
        months, seconds = self.months, dict.fromkeys([rule.id for rule in self.rules], 0.0)
        for spell in self.spells:
            seconds[spell.rule] += spell.until - spell.since
        totals = []
        for name, spent in seconds.items():
            counts = {home: count for (fired, home), count in self._fired.items() if fired == name}
            alerts = sum(counts.values())
            homes = len(counts.keys() - self.apart)
            totals.append(Total(name, alerts, homes, alerts / months if months else 0.0, spent))
        return totals

    def tallies(self) -> list[Tally]:
        """One for each rule in each home where it fired, by rule and home; after ``leave``."""
        found: dict[tuple[str, str], list[Spell]] = {}
        for spell in self.spells:
            found.setdefault((spell.rule, spell.home), []).append(spell)
        order: Mapping[str, int] = {rule.id: place for place, rule in reversed(list(enumerate(self.rules)))}
        return [self._tally(found[key]) for key in sorted(found, key=lambda key: (order[key[0]], key[1]))]

    def _tally(self, spells: list[Spell]) -> Tally:
        rule, name = spells[0].rule, spells[0].home
        lengths, months = [spell.until - spell.since for spell in spells], self._months(name)
        monthly = len(spells) / months if months else 0.0
        examples = tuple(sorted(spells, key=lambda spell: spell.since)[:EXAMPLES])
        return Tally(rule, name, len(spells), monthly, sum(lengths), max(lengths), examples)

    def _raised(self, home: str, alert: Alert) -> None:
        key = (alert.rule, home)
        self._fired[key] = count = self._fired.get(key, 0) + 1
        evidence = alert.evidence if count <= EXAMPLES or self._kept < KEPT else ()
        self._kept += bool(evidence)
        device, severity, at = alert.device, alert.severity, alert.at
        self._open[home][alert.id] = Spell(alert.rule, home, device, severity, at, at, False, evidence)
