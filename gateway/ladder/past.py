"""Past: alerts that are over. Who was there often tells what they found when all is well again: the door that a carer
opened has ended the question why nobody stirs. So a visit or a note may still be written down for two weeks."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

KNOWN, MOST = 14 * 86_400.0, 500
"""Seconds for which an alert that is over is known, and how many are."""


class Over(NamedTuple):
    """An alert that is over: its incident, home and rule, when it ended (gateway seconds), and if a visit was told."""

    incident: str
    home: str
    rule: str
    at: float
    visited: bool = False


class Past:
    """All that are known, the one that ended first in front."""

    def __init__(self) -> None:
        self._over: dict[str, Over] = {}
        self._dirty: set[str] = set()
        self._rows: set[str] = set()
        """Rows that the checkpoint has."""

    def note(self, alert: str, over: Over) -> None:
        """An alert has ended."""
        self._over.pop(alert, None)
        self._over[alert] = over
        self._dirty.add(alert)
        while len(self._over) > MOST:
            self._drop(next(iter(self._over)))

    def forget(self, now: float) -> None:
        """Drop those that ended long ago."""
        for alert in [alert for alert, over in self._over.items() if over.at < now - KNOWN]:
            self._drop(alert)

    def _drop(self, alert: str) -> None:
        del self._over[alert]
        self._dirty.add(alert)

    def name(self, id_: str) -> str:
        """The incident of an alert that is over; the id itself if there is none."""
        return self._over[id_].incident if id_ in self._over else id_

    def move(self, incident: str, into: str) -> None:
        """An incident is part of another one from now on."""
        for alert in self.about([incident]):
            self._over[alert] = self._over[alert]._replace(incident=into)
            self._dirty.add(alert)

    def about(self, ids: Iterable[str]) -> dict[str, Over]:
        """Alerts of these names, and those of incidents of these names."""
        named = set(ids)
        return {alert: over for alert, over in self._over.items() if not named.isdisjoint((alert, over.incident))}

    def all(self) -> Mapping[str, Over]:
        """Each of them."""
        return self._over

    def visit(self, alerts: Iterable[str]) -> list[Over]:
        """Somebody tells of a visit because of these -> those of which nobody had told yet."""
        fresh = {alert: self._over[alert] for alert in alerts if not self._over[alert].visited}
        for alert, over in fresh.items():
            self._over[alert] = over._replace(visited=True)
            self._dirty.add(alert)
        return list(fresh.values())

    def rows(self) -> dict[str, object]:
        """Rows of the checkpoint that changed; None deletes one."""
        rows: dict[str, object] = {}
        for alert in sorted(self._dirty):
            over = self._over.get(alert)
            if over is not None or f"p:{alert}" in self._rows:
                rows[f"p:{alert}"] = None if over is None else list(over)
        self._rows = (self._rows | rows.keys()) - {key for key, row in rows.items() if row is None}
        self._dirty.clear()
        return rows

    def load(self, over: Mapping[str, Over]) -> None:
        """All of the checkpoint."""
        self._over = dict(sorted(over.items(), key=lambda one: (one[1].at, one[0])))
        self._rows = {f"p:{alert}" for alert in over}


def read(row: Any) -> Over:
    """From the checkpoint; raises ValueError or TypeError for anything else."""
    incident, home, rule, at, visited = row
    return Over(str(incident), str(home), str(rule), float(at), visited is True)
