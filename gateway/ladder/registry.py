"""Registry: the open incidents, and which alert belongs to which.

One incident per cause: alerts of one cause in one home are pieces of evidence of the same thing. Where a ladder says
``wide``, the same cause in several homes of one building within two minutes is one incident, not one for each.
"""

from dataclasses import replace

from gateway.ladder.incident import Incident, Piece
from gateway.ladder.made import Setting
from gateway.ladder.past import Over, Past
from gateway.ladder.policy import URGENT
from rules.alert import Alert

WIDE = 4
"""Homes in which the same begins …"""
WITHIN = 120.0
"""… in so many seconds: it is one thing."""
JOINS = 3600.0
"""Seconds for which homes join a thing of many homes."""
TOLD, MOST = 3600.0, 500
"""Seconds for which an emergency that is over is known, so that whoever was told of it hears the end; and how many."""


class Registry:
    """All open incidents. ``open_in`` is shared with whoever shows what else is open in a home."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.open: dict[str, Incident] = {}
        self.open_in: dict[str, dict[str, Incident]] = {}
        self._of: dict[str, str] = {}
        """Alert -> incident."""
        self.over: dict[str, Incident] = {}
        """Emergencies that were told and are over."""
        self.past = Past()
        self.dirty: set[str] = set()
        self._rows: set[str] = set()
        """Rows that the checkpoint has."""

    def find(self, id_: str) -> Incident | None:
        """An open incident by its own id, that of one of its alerts, or that of one of them that is over."""
        return self._at(id_) or self._at(self.past.name(id_))

    def _at(self, id_: str) -> Incident | None:
        return self.open.get(self._of.get(id_, id_))

    def told(self, id_: str) -> Incident | None:
        """An incident that is open, also as part of another one since, or was open a moment ago."""
        return self.find(id_) or self.over.get(id_)

    def name(self, alert: str) -> str:
        """The incident of an alert, also when that is over; the alert's own id if there is none."""
        return self._of.get(alert) or self.past.name(alert)

    def place(self, alert: Alert, *, test: bool) -> Incident | None:
        """The open incident to which a new alert belongs."""
        cause = self.cause(alert.rule)
        for incident in self.open_in.get(alert.home, {}).values():
            if incident.cause == cause and incident.test == test and (incident.home or not alert.home):
                return incident
        if test or not self._is_wide(alert):
            return None
        here = [one for one in self.open_in.get("", {}).values() if one.cause == cause and len(one.homes) > 1]
        mine = self._building(alert.home)
        taken = alert.severity in URGENT  # whoever answered before knew nothing of this home
        young = [one for one in here if alert.at - one.began < JOINS and not (taken and one.answered)]
        return next((one for one in young if self._building(one.homes[0]) == mine), None)

    def _building(self, home: str) -> str:
        return self._setting.directory.buildings.get(home, "")

    def cause(self, rule: str) -> str:
        """What a rule is a sign of; several rules may be signs of one thing."""
        known = self._setting.rules.get(rule)
        return known.cause if known and known.cause else rule

    def _is_wide(self, alert: Alert) -> bool:
        ladder = self._setting.ladder(alert.ladder, alert.home)
        return bool(alert.home and ladder and ladder.wide and alert.severity != "emergency")

    def add(self, alert: Alert, *, test: bool) -> Incident:
        """A new incident that begins with this alert."""
        made = Incident(
            alert.id, alert.home, self.cause(alert.rule), alert.rule, alert.severity, alert.ladder, alert.at,
            test=test, reopens=alert.reopens, order=self._setting.chain.head.n,
        )  # fmt: skip
        self.open[made.id] = made
        self.open_in.setdefault(made.home, {})[made.id] = made
        return made

    def take(self, incident: Incident, piece: Piece) -> bool:
        """A piece of evidence joins or changes; whether that makes the incident worse."""
        self._of[piece.alert] = incident.id
        self.dirty.add(incident.id)
        return incident.take(piece)

    def drop(self, incident: Incident, alert: str, at: float) -> bool:
        """An alert is over; whether the incident is over with it. The last one stays: it tells where it was."""
        self.dirty.add(incident.id)
        last = incident.pieces.keys() <= {alert}
        for piece in [one for one in incident.pieces.values() if one.alert == alert]:
            if not incident.test:
                self.past.note(alert, Over(incident.id, piece.home, piece.rule, at))
            if last:
                incident.pieces[alert] = piece._replace(state="resolved")
            else:
                del incident.pieces[alert]
                self._of.pop(alert, None)
        return last

    def remove(self, incident: Incident) -> None:
        """It is over."""
        self.open.pop(incident.id, None)
        self.open_in.get(incident.home, {}).pop(incident.id, None)
        for alert in [alert for alert, id_ in self._of.items() if id_ == incident.id]:
            del self._of[alert]
        self.dirty.add(incident.id)

    def close(self, incident: Incident) -> None:
        """It is over, and whoever was told of it may not have heard so yet."""
        self.remove(incident)
        if incident.severity == "emergency" and incident.told and not incident.test:
            self.over[incident.id] = incident
            while len(self.over) > MOST:
                self._forget(next(iter(self.over)))

    def forget(self, now: float) -> None:
        """Drop what has been over for long."""
        self.past.forget(now)
        ended = {id_: max(piece.at for piece in one.pieces.values()) for id_, one in self.over.items()}
        for id_ in [id_ for id_, at in ended.items() if at < now - TOLD]:
            self._forget(id_)

    def _forget(self, id_: str) -> None:
        del self.over[id_]
        self.dirty.add(id_)

    def siblings(self, incident: Incident, now: float) -> list[Incident]:
        """The incidents of other homes that are the same thing, the oldest first; empty while they are too few.

        One that rests is none of them: whoever answered or silenced it knew nothing of the others.
        """
        ladder = self._setting.ladder(incident.ladder, incident.home)
        if not (incident.home and ladder and ladder.wide) or incident.severity == "emergency" or incident.rests:
            return []
        same = [
            one
            for one in self.open.values()
            if one.cause == incident.cause
            and one.home
            and now - one.began <= WITHIN
            and not one.rests
            and self._building(one.home) == self._building(incident.home)
        ]
        return sorted(same, key=lambda one: (one.began, one.id)) if len(same) >= WIDE else []

    def merge(self, incidents: list[Incident]) -> Incident:
        """The first takes in the others and belongs to no single home from now on."""
        first, *others = incidents
        self.open_in[first.home].pop(first.id)
        first.home = ""
        here = {**self.open_in.get("", {}), first.id: first}
        self.open_in[""] = dict(sorted(here.items(), key=lambda item: item[1].order))
        for other in others:
            pieces = list(other.pieces.values())
            self.remove(other)
            self.past.move(other.id, first.id)
            for piece in pieces:
                self.take(first, piece)
            first.told += [to for to in other.told if to not in first.told]
        self.dirty.add(first.id)
        return first

    def move(self, incident: Incident, home: str) -> None:
        """It is in another home, or its home has another name."""
        self.open_in.get(incident.home, {}).pop(incident.id, None)
        incident.home, incident.homes = home, [home]
        here = {**self.open_in.get(home, {}), incident.id: incident}
        self.open_in[home] = dict(sorted(here.items(), key=lambda item: item[1].order))
        self.dirty.add(incident.id)

    def part(self, incident: Incident, alert: str) -> Incident | None:
        """One of several alerts is no part of it any more -> what goes on without it under another id, if the incident
        has the id of that alert."""
        self.dirty.add(incident.id)
        if alert != incident.id:
            del incident.pieces[alert], self._of[alert]
            return None
        others = {id_: piece for id_, piece in incident.pieces.items() if id_ != alert}
        told, answers, homes = list(incident.told), list(incident.answers), list(incident.homes)
        rest = replace(incident, id=next(iter(others)), pieces=others, told=told, answers=answers, homes=homes)
        incident.pieces = {alert: incident.pieces[alert]}
        self.open[rest.id] = self.open_in[rest.home][rest.id] = rest
        self._of |= dict.fromkeys(others, rest.id)
        self.dirty.add(rest.id)
        return rest

    def mark(self, incident: Incident) -> None:
        """It changed."""
        self.dirty.add(incident.id)

    def rows(self) -> dict[str, object]:
        """Rows of the checkpoint that changed; None deletes one."""
        rows: dict[str, object] = {}
        for id_ in sorted(self.dirty):
            for kind, known in (("i", self.open.get(id_)), ("o", self.over.get(id_))):
                if known is not None or f"{kind}:{id_}" in self._rows:
                    rows[f"{kind}:{id_}"] = known and known.row()
        self._rows = (self._rows | rows.keys()) - {key for key, row in rows.items() if row is None}
        self.dirty.clear()
        return rows | self.past.rows()

    def load(self, incidents: list[Incident], over: list[Incident]) -> None:
        """All of the checkpoint, in the order in which they began."""
        self._rows = {f"i:{one.id}" for one in incidents} | {f"o:{one.id}" for one in over}
        self.over = {one.id: one for one in sorted(over, key=lambda one: one.order)}
        for incident in sorted(incidents, key=lambda one: one.order):
            self.open[incident.id] = incident
            self.open_in.setdefault(incident.home, {})[incident.id] = incident
            self._of |= dict.fromkeys(incident.pieces, incident.id)
