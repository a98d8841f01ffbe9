"""Play a recording through rules, home by home, and keep what report and picture need."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.backtest.data import Progress
from gateway.site import Site
from rules.alert import Alert
from rules.backtest import NOWHERE, Backtest, Surroundings
from rules.compare import Change, changes
from rules.engine import Device
from rules.recording import Recording
from rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    recording: Recording
    rules: Sequence[Rule]
    zone: ZoneInfo
    test: Backtest
    alerts: Sequence[Alert]
    """Every change, in the order of time, without its evidence."""
    compared: Sequence[Change] | None
    """With the old rules, if there are any."""

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last moment of all homes."""
        spans = [home.span() for home in self.recording.homes.values()]
        return min(since for since, _ in spans), max(until for _, until in spans)

    @property
    def quantities(self) -> set[str]:
        """What the devices say."""
        return {point.partition("#")[0] for home in self.recording.homes.values() for _, point in home.points}

    def deaf(self) -> list[str]:
        """Rules that look at something nobody in the recording says."""
        said = self.quantities
        return [rule.id for rule in self.rules if rule.needs and not said & rule.needs.keys()]


def play(
    recording: Recording,
    rules: Sequence[Rule],
    zone: ZoneInfo,
    site: Site | None,
    old: Sequence[Rule] | None,
    progress: Progress,
) -> Outcome:
    """Run all homes through the rules, and through the old ones if there are any."""
    sides = 1 if old is None else 2
    test, alerts = _run(recording, rules, zone, site, lambda share: progress(share / sides))
    compared = None
    if old is not None:
        before, _ = _run(recording, old, zone, site, lambda share: progress((1 + share) / 2))
        compared = changes(before.spells, test.spells)
    return Outcome(recording, rules, zone, test, alerts, compared)


def _run(
    recording: Recording, rules: Sequence[Rule], zone: ZoneInfo, site: Site | None, progress: Progress
) -> tuple[Backtest, list[Alert]]:
    test = Backtest(rules, zone.key, _surroundings(site) if site else NOWHERE)
    alerts: list[Alert] = []
    done = 0
    for home in recording.in_order():
        alerts += [alert._replace(evidence=(), sources=()) for alert in test.play(home)]
        done += len(home)
        progress(done / recording.rows)
    alerts.sort(key=lambda alert: alert.at)
    return test, alerts


def _surroundings(site: Site) -> Surroundings:
    devices = site.devices.values()
    return Surroundings({one.name: Device(one.home, one.room, one.silent_after) for one in devices}, site.facts)
