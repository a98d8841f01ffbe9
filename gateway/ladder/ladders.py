"""Ladders: the fold from alerts, acts, signs and reports to messages, entries of the record, and deadlines.

ladders.take(alert)            a change of an alert
ladders.sense(reading, home)   a button, a door
ladders.act(act, now)          a person's act; raises Refused
ladders.report(report, now)    what became of a message
ladders.tick(now)              all that is due up to now, each at its own time
ladders.made()                 what must happen because of it
ladders.due()                  when tick must be called at the latest
"""

from collections.abc import Mapping
from typing import Any

from drivers.reading import Reading
from gateway.ladder import deeds, saved
from gateway.ladder.access import roles_of
from gateway.ladder.acts import OTHER, REMEMBERED, Act
from gateway.ladder.incident import Answer, Incident
from gateway.ladder.intake import Intake
from gateway.ladder.made import Made
from gateway.ladder.page import Report
from gateway.ladder.parts import Parts
from gateway.ladder.people import Directory
from gateway.ladder.policy import URGENT, Ladder
from rules.alert import Alert
from rules.rule import Rule
from rules.wall import Wall

SWEEP = 3600.0
"""Seconds between two looks for what may be forgotten."""


class Ladders(Parts):
    """Everything after an alert was raised. Look at the attributes; change them only through the methods."""

    def __init__(self) -> None:
        super().__init__()
        self._intake = Intake(self.setting, self.registry, self.climb, self.quiet, self.buttons, self.walks)
        self._sweep(0.0)
        self._saved: dict[str, object] = {}

    def use(
        self, directory: Directory, ladders: tuple[Ladder, ...], rules: Mapping[str, Rule], wall: Wall, at: float
    ) -> None:
        """From now on these people, ladders and rules; what goes on goes on where it stands."""
        setting = self.setting
        setting.called = dict(setting.directory.homes)
        setting.directory, setting.ladders, setting.rules, setting.wall = directory, ladders, rules, wall
        self.post.use()
        for incident in self.registry.open.values():
            ladder = setting.ladder(incident.ladder, incident.home)
            if not incident.rests and incident.due is None and ladder is not None and ladder.daily is not None:
                self.climb.begin(incident, at)

    def name(self, epoch: str, life: str, wall: Wall, secret: str = "") -> None:
        """Which store and which life of the gateway this is, and what nobody else knows of it."""
        self.setting.epoch, self.setting.life, self.setting.wall, self.setting.secret = epoch, life, wall, secret

    def made(self) -> Made:
        """What must happen because of all since the last call."""
        made, self.setting.made = self.setting.made, Made()
        return made

    # -- what comes in -----------------------------------------------------------------------------------------

    def take(self, alert: Alert) -> None:
        """A change of an alert. One that is pending is no news yet."""
        if alert.n == 0:
            return
        self.tick(alert.at)
        self._intake.take(alert)

    def sense(self, reading: Reading, home: str, *, fine: bool = False) -> None:
        """A reading of a button or a door."""
        self.tick(reading.at)
        self.buttons.sense(reading, home, fine=fine)

    def report(self, report: Report, now: float) -> bool:
        """What became of a message -> whether that is news."""
        self.tick(now)
        return self.post.report(report, now)

    def act(self, act: Act, now: float) -> list[str]:
        """Do what a person asks for; raises Refused. Returns the alerts that the rules must agree to reset."""
        self.tick(now)
        return deeds.do(self, act, now)

    def remember(self, act_id: str, outcome: str, meant: str, left: str = "") -> None:
        """Keep the outcome of an act, and what of it was not done, so that a repetition gets the same answer."""
        self.done[act_id], self.meant[act_id] = outcome, meant
        if left:
            self.left[act_id] = left
        while len(self.done) > REMEMBERED:
            oldest = next(iter(self.done))
            del self.done[oldest]
            self.meant.pop(oldest, None)
            self.left.pop(oldest, None)

    def settles(self, act: Act, incident: Incident) -> bool:
        """Whether the word of who acts is enough to end it: see deeds."""
        role = min(roles_of(act.actor, act.role, incident.homes, self.setting.directory), default="")
        return deeds.settles(self, incident, role)

    def asks(self, rule: str, home: str) -> bool:
        """Whether the alerts of a rule ask how the resident is."""
        known = self.setting.rules.get(rule)
        ladder = None if known is None else self.setting.ladder(known.ladder, home)
        return ladder is not None and any(step.ask for step in ladder.steps)

    def outcome(self, act_id: str, meant: str) -> str | None:
        """What came of an act that was said before; None for a new one. Another act under its id is refused."""
        if act_id not in self.done:
            return None
        return self.done[act_id] if self.meant.get(act_id, meant) == meant else OTHER

    def answer(self, alert: str) -> Answer | None:
        """Who took on the incident of an alert; None while nobody did."""
        incident = self.registry.find(alert)
        return incident.answer if incident else None

    def wanted(self, message: str) -> bool:
        """Whether a message should still be sent."""
        return self.post.wanted(message)

    # -- time --------------------------------------------------------------------------------------------------

    def due(self) -> float | None:
        """Gateway time of the next deadline."""
        return self.deadlines.due()

    def tick(self, now: float) -> None:
        """Do all that is due up to now, each at its own time."""
        while (first := self.deadlines.pop(now)) is not None:
            at, (kind, name) = first
            if kind == "step":
                self.climb.step(name, at)
            elif kind == "hand-on":
                self.post.hand_on(name, at, "unconfirmed")
            elif kind == "held":
                self.post.flush(name, at)
            elif kind == "list":
                self.climb.look(name, at)
            elif kind == "silence":
                self.quiet.due(name, at)
            elif kind == "walk":
                self.walks.end(name, at)
            elif kind == "chirp":
                self.walks.chirped(name, at)
            elif kind == "sweep":
                self.post.forget(at)
                self.registry.forget(at)
                self._sweep(at)

    def _sweep(self, at: float) -> None:
        self.swept = at
        self.deadlines.put("sweep", "", at + SWEEP)

    def resume(self, at: float, deaf: float) -> None:
        """Nobody was there for so long: what fell due meanwhile is due now; a question keeps the time it still had.

        A message below an emergency gets its time for the confirmation anew, because its sender was away as well.
        """
        self.deadlines.awake = at if deaf else self.deadlines.awake
        self.climb.prolong(at, deaf)
        for incident in self.registry.open.values():
            if incident.asking and incident.due is not None:
                incident.due += deaf
                self.deadlines.put("step", incident.id, incident.due)
                self.registry.mark(incident)
        for kind, name in self.deadlines.overdue(at):
            due = at
            if kind == "step":
                self.registry.open[name].due = at
                self.registry.mark(self.registry.open[name])
            elif kind == "hand-on":
                due = self.post.put_off(name, at)
            elif kind == "held":
                self.post.allowances.put_off(name, at)
            elif kind == "list":
                self.climb.listed[name][2] = at
            self.deadlines.put(kind, name, due)

    # -- sirens ------------------------------------------------------------------------------------------------

    @property
    def hushed(self) -> Mapping[str, float]:
        """Home -> gateway time until which its siren is quiet."""
        return self.buttons.hushed

    def loud(self, alerts: list[Alert], now: float) -> list[Alert]:
        """The alerts as outputs should see them: without siren and strobe where it is quiet, valves stay; with a strobe
        while a question that can't wait is open, for a resident who doesn't hear it."""
        return [self._loud(alert, now) for alert in alerts]

    def _loud(self, alert: Alert, now: float) -> Alert:
        if alert.act and self.quiet.is_quiet(alert, now):
            return alert._replace(act=tuple(act for act in alert.act if act not in ("siren", "strobe")))
        if alert.severity in URGENT and alert.home and (incident := self.registry.find(alert.id)) is not None:
            asks = incident.asking and not incident.rests and not incident.test
            return alert._replace(act=(*alert.act, "strobe")) if asks and "strobe" not in alert.act else alert
        return alert

    # -- the checkpoint ----------------------------------------------------------------------------------------

    def rows(self) -> dict[str, object]:
        """Rows that changed since the last call; None deletes one."""
        rows = {**self.registry.rows(), **self.post.rows()}
        whole = saved.whole(self)
        rows |= {name: row for name, row in whole.items() if self._saved.get(name) != row}
        self._saved = whole
        return rows

    def load(self, rows: Mapping[str, Any]) -> list[str]:
        """Take up a checkpoint. A row that can't be read is left out, and its key returned."""
        bad = saved.load(self, rows)
        self._sweep(self.swept)
        self.climb.resume()
        self.post.resume()
        self.quiet.resume()
        self.walks.resume()
        return bad
