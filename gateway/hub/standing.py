"""Standing: which homes are protected now, and if not why and since when. Pure, and state: part of the checkpoint.

A home is protected while each of its sensors is heard and sound, what shall sound and close follows, and nothing of it
that is about life is silenced; what protects nobody doesn't count (concern.py). What ends that is a cause. A cause
begins when it really began, not when it was noticed: a sensor that is silent protected nobody since it was heard last,
a line that is down since it went. Every change is an entry of the record and a retained message, so the hours in which
a home was protected can be counted from either.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gateway.hub.concern import bares, concerned
from gateway.ladder.silences import Silence
from gateway.site import Site
from rules.alert import Alert

IMPAIRS = frozenset(
    {
        "sensor-silent",
        "sensor-faulty",
        "contact-faulty",
        "motion-faulty",
        "motion-stuck",
        "sensor-untested",
        "not-supervised",
        "port-down",
        "line-stalled",
        "output-fault",
        "driver-fault",
    }
)
"""Troubles by which a home isn't protected as it should be."""
BATTERIES = frozenset({"battery-low", "battery-due"})
NO_DEVICE, SILENCED, TESTED = "no-device", "silenced", "walk-test"
"""Causes that are no alerts: nothing is there, somebody wants to hear nothing, somebody tests."""
DAY = 86_400.0
CHANGE_WITHIN = 30 * DAY
"""Seconds within which a battery that its sensor calls low must be changed (BS 5839-1: 30 days after the warning)."""


class Cause(NamedTuple):
    """Why a home isn't protected. ``since`` in gateway seconds."""

    rule: str
    """A rule of IMPAIRS, or one of the causes that are no alerts."""
    device: str
    since: float
    until: float = math.inf
    """When it ends by itself."""


Causes = Mapping[str, Cause]
"""Id of an alert or of a silence, or the name of another cause -> the cause."""


class Silences(NamedTuple):
    """What is silenced, as the ladders know it."""

    silences: Mapping[str, Silence]
    tests: Mapping[str, float]
    """Home in which somebody tests -> until when."""


class Standing:
    """Of each home of the site why it isn't protected, and which of its batteries are due."""

    def __init__(self) -> None:
        self.homes: dict[str, dict[str, Cause]] = {}
        self.batteries: dict[str, dict[str, tuple[str, float]]] = {}
        """Home -> alert -> (device, when its battery must be changed, in gateway seconds)."""
        self.dirty: set[str] = set()
        self.site: Site | None = None
        self._mark: object = None
        """What was silenced at the last look."""

    def use(self, site: Site) -> None:
        """By which site it goes. Homes stand in its order, in that of no checkpoint: what is told of several at once
        is numbered by it."""
        self.site = site
        known = [home for home in site.homes if home in self.homes]
        self.homes = {home: self.homes[home] for home in (*known, *sorted(self.homes.keys() - site.homes.keys()))}

    def since(self, home: str) -> float | None:
        """Since when a home isn't protected; None if it is."""
        return min((cause.since for cause in self.homes.get(home, {}).values()), default=None)

    def due(self, home: str) -> dict[str, float]:
        """Device -> when its battery must be changed, in gateway seconds."""
        found: dict[str, float] = {}
        for device, at in self.batteries.get(home, {}).values():
            found[device] = min(at, found.get(device, at))
        return dict(sorted(found.items()))

    # -- what happens --------------------------------------------------------------------------------------------------

    def take(self, alert: Alert) -> list[str]:
        """A change of an alert -> the homes of which something else is true now."""
        if self.site is None or not (alert.rule in IMPAIRS or alert.rule in BATTERIES):
            return []
        firing = alert.state == "firing"
        if alert.rule in BATTERIES:
            return [home for home in concerned(alert, self.site) if self._battery(home, alert, firing=firing)]
        if not firing:
            return [home for home in list(self.homes) if self._drop(home, alert.id)]
        cause = Cause(alert.rule, alert.device, began(alert))
        bare = [home for home in concerned(alert, self.site) if home in self.homes and bares(alert, home, self.site)]
        return [home for home in bare if self._add(home, alert.id, cause)]

    def _add(self, home: str, key: str, cause: Cause) -> bool:
        if key in self.homes[home]:
            return False
        self.homes[home][key] = cause
        self.dirty.add(home)
        return True

    def _drop(self, home: str, key: str) -> bool:
        if self.homes[home].pop(key, None) is None:
            return False
        self.dirty.add(home)
        return True

    def _battery(self, home: str, alert: Alert, *, firing: bool) -> bool:
        mine = self.batteries.setdefault(home, {})
        before = self.due(home)
        if not firing:
            mine.pop(alert.id, None)
        elif alert.id not in mine:
            mine[alert.id] = (alert.device, change_by(alert))
        self.dirty.add(home)
        return self.due(home) != before

    def hear(self, quiet: Silences, now: float) -> list[tuple[str, float]]:
        """What is silenced may be other things than before -> the homes of which something else is true, since when."""
        mark = [(one.id, one.waits, one.until) for one in quiet.silences.values()], dict(quiet.tests)
        if mark == self._mark or self.site is None:
            return []
        self._mark = mark
        found: list[tuple[str, float]] = []
        for home in self.homes:
            wanted = dict(self._silenced(home, quiet, now))
            for key, cause in [item for item in self.homes[home].items() if item[1].rule in (SILENCED, TESTED)]:
                if key not in wanted and self._drop(home, key):
                    found.append((home, min(now, cause.until)))
                elif key in wanted and cause.until != wanted[key].until:
                    self.homes[home][key] = cause._replace(until=wanted[key].until)
                    self.dirty.add(home)
            found += [(home, now) for key, cause in wanted.items() if self._add(home, key, cause)]
        return found

    def _silenced(self, home: str, quiet: Silences, now: float) -> Iterator[tuple[str, Cause]]:
        """A silence that covers life-safety in this home, and its walk-test."""
        for one in quiet.silences.values():
            if one.life_safety and covers(one, home, self.site):
                yield one.id, Cause(SILENCED, one.device, one.until - one.seconds, one.until)
        if home in quiet.tests:
            yield TESTED, Cause(TESTED, "", now, quiet.tests[home])

    def look(self, alerts: Iterable[Alert], now: float) -> list[str]:
        """Another site, or a start: look at all anew -> the homes of which something else is true, those gone last.

        What is known of a cause stays: an open alert no longer says what it said at first.
        """
        site = self.site
        if site is None:
            return []
        known = {key: cause for causes in self.homes.values() for key, cause in causes.items()}
        wanted: dict[str, dict[str, Cause]] = {home: {} for home in site.homes}
        for alert in alerts:
            if alert.n and alert.rule in IMPAIRS and alert.state == "firing":
                for home in [home for home in concerned(alert, site) if bares(alert, home, site)]:
                    wanted[home][alert.id] = known.get(alert.id) or Cause(alert.rule, alert.device, began(alert))
        for home in site.homes.keys() - {device.home for device in site.devices.values() if device.protects}:
            wanted[home][NO_DEVICE] = self.homes.get(home, {}).get(NO_DEVICE) or Cause(NO_DEVICE, "", now)
        for home, causes in self.homes.items():
            kept = {key: cause for key, cause in causes.items() if cause.rule in (SILENCED, TESTED)}
            wanted.get(home, {}).update(kept)
        changed = [home for home in site.homes if self.homes.get(home) != wanted[home]]
        gone = sorted(self.homes.keys() - wanted.keys())
        self.homes, self._mark = wanted, None
        for home in gone:
            self.batteries.pop(home, None)
        self.dirty |= {*changed, *gone}
        return changed + gone

    # -- the checkpoint ------------------------------------------------------------------------------------------------

    def row(self, home: str) -> object:
        """For the checkpoint; None for a home that is gone."""
        if home not in self.homes:
            return None
        batteries = {alert: list(one) for alert, one in self.batteries.get(home, {}).items()}
        return [{key: [*cause[:3], *cause[3:] * (cause.until < math.inf)] for key, cause in self.homes[home].items()},
                batteries]  # fmt: skip

    def load(self, home: str, row: Any) -> None:
        """From the checkpoint; raises ValueError, TypeError or AttributeError for anything else."""
        causes, batteries = row
        read = {
            str(key): Cause(str(rule), str(device), float(at), *map(float, until))
            for key, (rule, device, at, *until) in causes.items()
        }
        due = {str(alert): (str(device), float(at)) for alert, (device, at) in batteries.items()}
        self.homes[home] = read
        if due:
            self.batteries[home] = due


def began(alert: Alert) -> float:
    """When what an alert tells of began: what it shows as evidence may be older than the alert."""
    return min([alert.since, *(one.at for one in alert.evidence)])


def change_by(alert: Alert) -> float:
    """When a battery must be changed, in gateway seconds: by its trend, or 30 days after its sensor's own warning."""
    days = [
        one.value for one in alert.evidence if one.quantity == "battery_days" and isinstance(one.value, int | float)
    ]
    return alert.since + (min(days) * DAY if days else CHANGE_WITHIN)


def covers(silence: Silence, home: str, site: Site | None) -> bool:
    """Whether a silence, not one of a single alert, is in force for something in a home."""
    device = site.devices.get(silence.device) if site else None
    here = silence.home in ("", home) and (not silence.device or (device is not None and device.home == home))
    return here and not (silence.waits or silence.alert)
