"""Play what was recorded through rules, home by home and journal by journal, and keep what report and picture need."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from gateway.backtest.again import Heard, Journal, Progress, Side
from gateway.backtest.again import play as play_again
from gateway.backtest.data import unreadable
from gateway.site import Site
from rules.alert import Alert
from rules.backtest import NOWHERE, Backtest, Surroundings
from rules.compare import Change, changes
from rules.csvrows import Bad
from rules.lint import elsewhere, wanting
from rules.misread import Hint, misread
from rules.recording import Recorded, Recording
from rules.rule import Rule
from rules.tally import Tallies


@dataclass(frozen=True, slots=True)
class Given:
    """What is played: rows, journals, and where they were recorded if a site file says so."""

    recording: Recording
    journals: Sequence[Journal]
    site: Site | None = None
    """In place of the journals' own."""
    zone: ZoneInfo | None = None
    """In place of the site's."""

    def sites(self) -> list[Site]:
        """The site that was named, or the last ones of the journals."""
        own = [site for journal in self.journals if (site := journal.site()) is not None]
        return [self.site] if self.site is not None else own


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    homes: Sequence[Recorded]
    """By name."""
    rules: Sequence[Rule]
    zone: ZoneInfo
    """Of the report."""
    test: Tallies
    alerts: Sequence[Alert]
    """Every change, in the order of time, where somebody wants them; compared ones are not told one by one."""
    compared: Sequence[Change] | None
    """With the old rules, if there are any."""
    old: Sequence[Rule] = ()
    """The rules of before, if there are any."""
    missing: int = 0
    """How many homes were not played, because somebody had no time; nothing is told of them."""
    hints: Sequence[Hint] = ()
    """What was probably meant otherwise."""
    zoneless: str = ""
    """A time that was read as UTC for want of a zone, where the report has another one."""
    modes: bool = True
    """Whether the data can say in which mode a home is; those of a store do."""

    @property
    def rows(self) -> int:
        """How many readings there were."""
        return sum(map(len, self.homes))

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last moment of all homes."""
        spans = [home.span() for home in self.homes]
        return min(since for since, _ in spans), max(until for _, until in spans)

    def deaf(self) -> list[str]:
        """Rules that lack what they look at in each home; one that fired heard it from the gateway itself."""
        fired, said = {tally.rule for tally in self.test.tallies()}, [(home.name, home.said()) for home in self.homes]
        able = {
            rule.id
            for rule in self.rules
            for home, devices in said
            if rule.counts_in(home) and not wanting([rule], devices)
        }
        return list(dict.fromkeys(rule.id for rule in self.rules if rule.id not in able | fired))

    def untried(self) -> list[str]:
        """Rules that count in modes alone of which these data know nothing."""
        return [] if self.modes else list(dict.fromkeys(rule.id for rule in self.rules if elsewhere(rule.when)))


def play(
    given: Given,
    rules: Sequence[Rule],
    old: Sequence[Rule] | None,
    progress: Progress,
    *,
    part: bool = False,
    told: bool = True,
) -> Outcome:
    """Run all through the rules, and through the old ones if there are any. Raises Bad.

    ``told``: whether somebody wants to know every change; each is some hundred bytes with its evidence.

    ``part``: the old ones are those of some of the rules alone, so that of all others nothing is said.
    """
    if old is not None and part:
        names = {rule.id.partition("@")[0] for rule in old}
        rules = [rule for rule in rules if rule.id.partition("@")[0] in names]
    sites = given.sites()
    zone = given.zone or (_zone(sites[-1]) if sites else ZoneInfo("UTC"))
    places = _surroundings(sites[-1]) if sites else NOWHERE
    tests = [Backtest(one, zone.key, places) for one in ((rules,) if old is None else (rules, old))]
    rows = given.recording.rows * len(tests)
    share = rows / max(1, rows + sum(len(one.looked.frames) for one in given.journals))
    keep = told and old is None
    alerts = list[Alert]()
    homes, hints = list[Recorded](), list[Hint]()
    try:
        played = _rows(given.recording, tests, alerts if keep else None, lambda part: progress(share * part))
        hints += misread(_noted(played, homes), rules)
        for heard in _again(given, tests, lambda part: progress(share + (1 - share) * part)):
            alerts += heard.told[0] if keep else ()
            homes += heard.homes
            hints += misread(heard.homes, rules)
    except KeyboardInterrupt:
        if given.journals or not homes:
            raise
        alerts = _only(homes, tests, alerts)
    missing = max(0, len(given.recording.homes) - len(homes))
    if not homes:
        remedy = "name the store of a gateway that heard something"
        raise Bad(str(given.journals[0].path), 1, "there is no reading in it", remedy)
    alerts.sort(key=lambda alert: alert.at)
    compared = None if old is None else changes(tests[1].spells, tests[0].spells)
    homes.sort(key=lambda home: home.name)
    zoneless = given.recording.zoneless if datetime.fromtimestamp(homes[0].last, zone).utcoffset() else ""
    modes = bool(given.journals)
    return Outcome(homes, rules, zone, tests[0], alerts, compared, old or (), missing, hints, zoneless, modes)


def _rows(
    recording: Recording, tests: Sequence[Backtest], alerts: list[Alert] | None, progress: Progress
) -> Iterator[Recorded]:
    """Each home when it is played, while it is still at hand; ``alerts`` take the changes of the first of the tests."""
    done, whole = 0, max(1, recording.rows * len(tests))
    for home in recording.in_order():
        for test in tests:
            for alert in test.play(home, partial(_rows_done, progress, done, whole)):
                if alerts is not None:
                    alerts.append(alert)
            done += len(home)
        progress(done / whole)
        yield home
        home.release()


def _rows_done(progress: Progress, before: int, whole: int, rows: int) -> None:
    progress((before + rows) / whole)


def _noted(played: Iterable[Recorded], homes: list[Recorded]) -> Iterator[Recorded]:
    """Those that were played whole go into the list."""
    for home in played:
        homes.append(home)
        yield home


def _only(homes: Sequence[Recorded], tests: Sequence[Backtest], alerts: Sequence[Alert]) -> list[Alert]:
    """Forget what came of others: one of them was played in part."""
    whole = {home.name for home in homes}
    for test in tests:
        test.only(whole)
    return [alert for alert in alerts if alert.home in whole]


def _again(given: Given, tests: Sequence[Backtest], progress: Progress) -> Iterator[Heard]:
    places = _surroundings(given.site) if given.site is not None else None
    named = given.zone or (_zone(given.site) if given.site is not None else None)
    whole, done = sum(len(one.looked.frames) for one in given.journals), 0
    for journal in given.journals:
        part = partial(_part_done, progress, done, len(journal.looked.frames), max(1, whole))
        sides = [Side(test.rules, test, places, named.key if named else "") for test in tests]
        try:
            yield play_again(journal, sides, part)
        except ValueError as error:
            raise unreadable(journal.path, error) from error
        done += len(journal.looked.frames)


def _part_done(progress: Progress, before: int, length: int, whole: int, part: float) -> None:
    progress((before + length * part) / whole)


def _zone(site: Site) -> ZoneInfo:
    try:
        return ZoneInfo(site.gateway.timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _surroundings(site: Site) -> Surroundings:
    return Surroundings(site.places, site.facts)
