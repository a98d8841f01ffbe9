"""Intake: what a change of an alert means: a new incident, more evidence of an open one, its return, its end."""

from gateway.ladder.buttons import Buttons
from gateway.ladder.climb import Climb
from gateway.ladder.incident import WELL, Incident, Piece
from gateway.ladder.made import Setting
from gateway.ladder.quiet import Quiet
from gateway.ladder.registry import Registry
from gateway.ladder.walks import Walks
from rules.alert import Alert

AGAIN = 60.0
"""Seconds for which a condition must have been over before its return is news."""


class Intake:
    """Takes alerts in, one change at a time."""

    def __init__(
        self, setting: Setting, registry: Registry, climb: Climb, quiet: Quiet, buttons: Buttons, walks: Walks
    ) -> None:
        self._setting, self._registry, self._climb = setting, registry, climb
        self._quiet, self._buttons, self._walks = quiet, buttons, walks

    def take(self, alert: Alert) -> None:
        """A change that is told; all that was due before it is done."""
        incident = self._registry.find(alert.id)
        test = incident.test if incident else alert.state != "resolved" and self._walks.is_test(alert)
        self._note(alert, incident, test=test)
        if alert.state == "resolved":
            if incident is not None:
                self._resolve(incident, alert)
        elif incident is None:
            self._raise(alert, test=test)
        elif (before := incident.pieces.get(alert.id)) is not None and before.home != alert.home:
            self._move(incident, alert)
        else:
            self._change(incident, alert)

    def _note(self, alert: Alert, incident: Incident | None, *, test: bool) -> None:
        seen = [[one.device, one.point, one.value, one.at] for one in alert.evidence]
        about = {"alert": alert.id, "change": alert.n, "rule": alert.rule, "home": alert.home, "device": alert.device}
        more: dict[str, object] = {"reopens": alert.reopens} if alert.reopens else {}
        if test:
            more["test"] = True
        self._setting.note(
            alert.at, "alert", **about, state=alert.state, reason=alert.reason, severity=alert.severity,
            incident=incident.id if incident else "", wants=list(alert.act), evidence=seen, **more,
        )  # fmt: skip

    def _raise(self, alert: Alert, *, test: bool) -> None:
        """A new alert: more evidence of what is open already, or something new."""
        at = alert.at
        incident = self._registry.place(alert, test=test)
        piece = Piece.of(alert)
        if piece.sounds:
            self._buttons.unhush(alert.home)
        if incident is not None:
            before = incident.rooms(self._setting.directory)
            worse = self._registry.take(incident, piece)
            self._setting.note(at, "joined", incident=incident.id, alert=alert.id)
            if test:
                self._walks.begin(incident, alert)
                return
            new = [room for room in incident.rooms(self._setting.directory) if room not in before]
            self._worse_or_more(incident, alert, worse, ", ".join(new))
            if incident.is_wide:
                self._climb.catch_up(incident, (alert.home,), at)
            return
        incident = self._registry.add(alert, test=test)
        self._registry.take(incident, piece)
        more = {"test": True} if test else {}
        self._setting.note(at, "begun", incident=incident.id, cause=incident.cause, home=incident.home, **more)
        if test:
            self._walks.begin(incident, alert)
            return
        self._quiet.look(incident, at)
        same = self._registry.siblings(incident, at)
        if same:
            self._merge(same, at)
        else:
            self._climb.begin(incident, at)

    def _merge(self, incidents: list[Incident], at: float) -> None:
        """The same in many homes: one incident, which goes on where the first one stood."""
        others = [one.id for one in incidents[1:]]
        for one in incidents[1:]:
            self._climb.halt(one)
        whole = self._registry.merge(incidents)
        place = {"building": self._setting.building(whole.homes), "homes": list(whole.homes)}
        about = {"incident": whole.id, "incidents": others, "rule": whole.rule, **place}
        self._setting.note(at, "merged", **about)
        self._climb.catch_up(whole, tuple(whole.homes), at)
        title = self._setting.words(whole.rule)["title"]
        self._setting.made.merged.append({**about, "title": title, "severity": whole.severity})

    def _worse_or_more(self, incident: Incident, alert: Alert, worse: bool, where: str = "") -> None:
        """``where``: a room in which it was not before."""
        self._quiet.look(incident, alert.at)
        if worse:
            incident.ladder = alert.ladder or incident.ladder
            if not incident.rests:
                self._setting.note(alert.at, "anew", incident=incident.id, why="worse")
                self._climb.begin(incident, alert.at)
                return
        self._climb.again(incident, alert.at, "worse" if worse else "also", worse=worse, text=where)

    def _change(self, incident: Incident, alert: Alert) -> None:
        before = incident.pieces.get(alert.id)
        over_at = before.cleared_at if before else 0.0
        cleared_at = alert.at if alert.state == "cleared" else over_at
        piece = Piece.of(alert, cleared_at)
        worse = self._registry.take(incident, piece)
        if incident.test:
            self._walks.change(incident, alert)
            return
        rule = self._setting.rules.get(alert.rule)
        back = before is not None and before.state == "cleared" and alert.state == "firing"
        if worse or (back and alert.at - over_at >= AGAIN) or alert.reason == "worse":
            if piece.sounds:
                self._buttons.unhush(alert.home)
            self._worse_or_more(incident, alert, worse)
        elif alert.reason == "still" and rule is not None and rule.momentary:
            self._climb.again(incident, alert.at, "called-again", worse=False)
        else:
            self._quiet.look(incident, alert.at)

    def _move(self, incident: Incident, alert: Alert) -> None:
        """The site says now that it is in another home, or calls that home otherwise: who lives there must hear of it.

        Of a home that is gone the answers hold on: it is the same one under another name. What else is open in one that
        is still there stays there.
        """
        before, was, told = incident.pieces[alert.id], incident.home, list(incident.told)
        same = self._setting.renamed.get(before.home) == alert.home
        still = incident.home in self._setting.directory.homes and not same
        many = not incident.home or incident.home == alert.home  # homes; or another alert of it told that already
        if not many and still and len(incident.pieces) > 1:
            rest = self._registry.part(incident, alert.id)
            if rest is None:
                self._quiet.look(incident, alert.at)
                self._raise(alert, test=incident.test)
                self._climb.correct(self._registry.open[self._registry.name(alert.id)], told, was, alert.at)
                return
            self._climb.go_on(rest)
            self._quiet.look(rest, alert.at)
            if rest.test:
                self._walks.chirped(rest.id, alert.at)
        piece = Piece.of(alert, before.cleared_at)
        self._registry.take(incident, piece)
        if not many:
            self._registry.move(incident, alert.home)
            self._setting.note(alert.at, "moved", incident=incident.id, home=alert.home)
            self._setting.made.sound = True
            self._climb.correct(incident, told, was, alert.at)
        elif incident.is_wide and before.home not in {one.home for one in incident.pieces.values()}:
            own = [to for to in told if self._setting.directory.own(to, [before.home]) == before.home]
            self._climb.correct(incident, own, before.home, alert.at)
        if not self._quiet.follows(before.home, alert.home):
            self._quiet.look(incident, alert.at)  # a silence of that home says nothing of this one
        if many or not still or alert.state != "firing":
            self._climb.catch_up(incident, (alert.home,), alert.at)
            return
        if piece.sounds:
            self._buttons.unhush(alert.home)  # whoever hushed something else there hasn't heard of this
        incident.answered = False  # whoever was told, or is on their way, knows the wrong place
        self._climb.begin(incident, alert.at)

    def _resolve(self, incident: Incident, alert: Alert) -> None:
        if not self._registry.drop(incident, alert.id, alert.at):
            self._quiet.look(incident, alert.at)
            return
        answer = incident.answer
        told = answer is not None and answer.what in WELL and answer.at == alert.at  # that all is well, just now
        if not (incident.test or told):  # who was told hears of the end; of what began in a silence nobody was
            self._climb.follow_up(incident, "resolved", alert.at)
        self._climb.halt(incident)
        self._setting.note(alert.at, "over", incident=incident.id, reason=alert.reason)
        self._registry.close(incident)
