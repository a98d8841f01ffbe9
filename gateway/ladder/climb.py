"""Climb: how an incident goes up its ladder, what ends that, and what begins it anew.

Steps come at their own times, whoever looks when; a gateway that was down takes what it missed at once and in order.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from gateway.ladder.deadlines import Deadlines
from gateway.ladder.incident import ANSWERS, WELL, Answer, Incident
from gateway.ladder.made import Setting
from gateway.ladder.page import News
from gateway.ladder.policy import Ladder, Step
from gateway.ladder.post import Post
from gateway.ladder.registry import Registry
from gateway.ladder.words import HOME

LOOK = 900.0
"""Seconds between two looks whether the list of the day is due."""
DAY = 86_400.0
_NEWS: Mapping[str, News] = {"fine": "fine", "door": "fine", "cancelled": "cancelled"}
"""What of an answer others are told; of all others that somebody took it on."""


class Climb:
    """All incidents on their ladders."""

    def __init__(self, setting: Setting, registry: Registry, post: Post, deadlines: Deadlines) -> None:
        self._setting, self._registry, self._post, self._deadlines = setting, registry, post, deadlines
        self.listed: dict[str, list[object]] = {}
        """Ladder with a list of the day -> [date of the last one, gateway time of it, next look]."""
        self.asked: dict[str, float] = {}
        """Home -> until when it was asked last whether all is well; that somebody else answers doesn't shorten it."""

    def begin(self, incident: Incident, now: float) -> None:
        """From the first step on; nobody is told of what rests."""
        incident.step, incident.round, incident.asking = 0, 1, False
        self._plan(incident, None)
        ladder = self._setting.ladder(incident.ladder, incident.home)
        if ladder is None or incident.rests:
            return
        if ladder.daily is not None:
            self._await_list(ladder, now)
            return
        self._plan(incident, now)

    def _plan(self, incident: Incident, due: float | None) -> None:
        incident.due = due
        self._deadlines.put("step", incident.id, due)
        self._registry.mark(incident)

    def hasten(self, incident: Incident, due: float) -> None:
        """The next step is due then at the latest."""
        if incident.due is not None and incident.due > due:
            self._plan(incident, due)

    def prolong(self, at: float, deaf: float) -> None:
        """The gateway was away for so long: a question keeps the time that it still had."""
        for home, until in self.asked.items():
            if until > at - deaf:
                self.asked[home] = until + deaf

    def go_on(self, incident: Incident) -> None:
        """Under another id than before."""
        self._plan(incident, incident.due)

    def halt(self, incident: Incident) -> None:
        """No further step."""
        incident.asking = False
        self._plan(incident, None)

    def step(self, id_: str, now: float) -> None:
        """The next step of an incident is due."""
        incident = self._registry.open.get(id_)
        if incident is None or incident.rests:
            return
        ladder = self._setting.ladder(incident.ladder, incident.home)
        if ladder is None:
            self.halt(incident)
            return
        if incident.step >= len(ladder.steps):
            incident.step = ladder.start if incident.step == len(ladder.steps) else 0
            incident.round += 1
        step = ladder.steps[incident.step]
        incident.step += 1
        incident.asking = False
        wait = self._take(incident, ladder, step, now)
        if incident.step < len(ladder.steps):
            self._plan(incident, now + wait)
        elif ladder.again is not None and not 0 < ladder.rounds <= incident.round:
            self._plan(incident, now + wait + ladder.pause(incident.round))
        else:
            self._plan(incident, None)
            self._setting.note(now, "ended", incident=incident.id)

    def _take(self, incident: Incident, ladder: Ladder, step: Step, now: float) -> float:
        """Do one step -> seconds to wait for an answer."""
        about = {"incident": incident.id, "step": step.name, "round": incident.round}
        if not step.holds(incident.severity, incident.home, now, self._setting.wall):
            self._setting.note(now, "skipped", **about)
            return 0.0
        found = self._addressees(incident, step)
        self._setting.note(now, "step", **about, to=found)
        incident.asking = step.ask and bool(found)
        if incident.asking and incident.home:
            self.asked[incident.home] = max(now + step.wait, self.asked.get(incident.home, 0.0))
        for to in found:
            self._post.tell(
                incident, to, "question" if step.ask else "page", now, step=step.name, by=step.by, once=ladder.once
            )
        if "duty" in step.who:
            self._call_the_desk(incident, step, now)
        return step.wait if found or not step.ask else 0.0

    def catch_up(self, incident: Incident, homes: Iterable[str], now: float) -> None:
        """These homes have joined a thing of many: who lives there hears of it by the steps that were taken already."""
        ladder = self._setting.ladder(incident.ladder, incident.home)
        if ladder is None or incident.rests or ladder.daily is not None:
            return
        directory = self._setting.directory
        for step in ladder.steps[: incident.step]:
            if step.holds(incident.severity, incident.home, now, self._setting.wall):
                for to in dict.fromkeys(to for home in homes for to in directory.who(step.who, home)):
                    if to not in incident.told and directory.is_of_one(to):
                        self._post.tell(incident, to, "page", now, step=step.name, by=step.by, once=ladder.once)

    def _addressees(self, incident: Incident, step: Step) -> list[str]:
        """Of all its homes, each once."""
        homes = incident.homes if not incident.home else [incident.home]
        found: dict[str, None] = {}
        for home in dict.fromkeys(["", *homes] if not incident.home else homes):
            found |= dict.fromkeys(self._setting.directory.who(step.who, home))
        return list(found)

    def _call_the_desk(self, incident: Incident, step: Step, now: float) -> None:
        """The platform's duty desk hears by every uplink."""
        words = self._setting.words(incident.rule)
        self._setting.made.pages.append(
            {
                "incident": incident.id,
                "alert": next(reversed(incident.pieces), incident.id),
                "rule": incident.rule,
                "severity": incident.severity,
                "home": incident.home,
                "homes": list(incident.homes) if incident.is_wide else [incident.home] if incident.home else [],
                "building": self._setting.building(incident.homes),
                "title": words["title"],
                "step": step.name,
                "round": incident.round,
                "told": [self._setting.directory.title(to) for to in incident.told],
                "gateway_since": round(incident.began, 3),
            }
        )

    # -- answers -----------------------------------------------------------------------------------------------

    def ends(self, incident: Incident, role: str) -> bool:
        """Whether the word of this role ends the ladder; without a ladder every word does."""
        ladder = self._setting.ladder(incident.ladder, incident.home)
        return ladder is None or role in ladder.answer

    def answer(self, incident: Incident, answer: Answer, now: float, *, ends: bool) -> None:
        """Somebody answered: the first ends the ladder, those after it are kept beside."""
        first = ends and not incident.answered
        incident.answers = [*incident.answers, answer][-ANSWERS:]
        if incident.answered and not first:  # the answer that holds stays the last
            holding = incident.answers.pop(-2) if len(incident.answers) > 1 else answer
            incident.answers.append(holding)
        self._registry.mark(incident)
        about = {"incident": incident.id, "actor": answer.actor, "role": answer.role, "via": answer.via}
        self._setting.note(now, "answered", **about, what=answer.what, ends=first)
        more = {"home": incident.home, "what": answer.what, "ends": first, "after_s": round(now - incident.began, 3)}
        self._setting.made.answers.append({**about, **more})
        news: News = _NEWS.get(answer.what, "answered")
        if first:
            asked = incident.asking
            incident.answered = True
            self.halt(incident)
            if asked and set(incident.told) <= {f"{HOME}:{incident.home}", answer.actor}:
                return  # the question was answered before anybody else heard of it
        if incident.answered or news != "answered":
            self.follow_up(incident, news, now, who=answer.actor)

    def follow_up(self, incident: Incident, news: News, now: float, who: str = "", text: str = "") -> None:
        """Tell everybody who was told, but who did it."""
        ladder = self._setting.ladder(incident.ladder, incident.home)
        if ladder is not None and ladder.daily is not None:
            return
        for to in list(incident.told):
            if to != who:
                self._post.tell(incident, to, "follow-up", now, news=news, who=who, text=text)

    def correct(self, incident: Incident, told: Iterable[str], home: str, now: float) -> None:
        """Whoever was told that it is in this home hears where it is, but for the voice of the home where it is; nobody
        where people call both alike, and the next list of the day is right by itself."""
        ladder = self._setting.ladder(incident.ladder, incident.home)
        if incident.test or (ladder is not None and ladder.daily is not None):
            return
        homes = self._setting.directory.homes
        was, here = self._setting.called.get(home) or homes.get(home, home), homes.get(incident.home, "")
        for to in list(told) if was != here else ():
            if to != f"{HOME}:{incident.home}":
                self._post.tell(incident, to, "follow-up", now, news="moved", text=was)

    def again(self, incident: Incident, now: float, news: News, *, worse: bool, text: str = "") -> None:
        """More of the same: help that is on its way is told; an answer that is old, or was no help, counts no more."""
        answer = incident.answer
        if answer is None:
            if incident.told and incident.is_due_for_more(now) and not incident.rests and news != "called-again":
                incident.also_at = now
                self.follow_up(incident, news, now, text=text)
            return
        ladder = self._setting.ladder(incident.ladder, incident.home)
        fresh = ladder is None or now - answer.at <= ladder.renew
        if fresh and not worse and answer.what not in WELL:
            if incident.is_due_for_more(now) or news == "called-again":
                incident.also_at = now
                self._post.tell(incident, answer.actor, "follow-up", now, news=news, text=text)
            return
        self._setting.note(now, "anew", incident=incident.id, why=news)
        incident.answered = False
        self.begin(incident, now)

    # -- the list of the day -----------------------------------------------------------------------------------

    def _await_list(self, ladder: Ladder, now: float) -> None:
        date, at, due = self.listed.get(ladder.name, ["", now, None])
        if due is None:
            due = now
        self.listed[ladder.name] = [date, at, due]
        self._deadlines.put("list", ladder.name, float(str(due)))

    def look(self, name: str, now: float) -> None:
        """Look whether the list of the day is due: once a working day, of what had begun before its time."""
        incidents = [one for one in self._registry.open.values() if one.ladder == name and not one.rests]
        date, at, _ = self.listed.get(name, ["", now, None])
        if not incidents:
            self.listed[name] = [date, at, None]
            return
        ladder = next((one for one in self._setting.ladders if one.name == name and one.daily is not None), None)
        if ladder is None or ladder.daily is None:
            for incident in incidents:  # another ladder by another site: from its beginning
                self.begin(incident, now)
            self.listed.pop(name, None)
            return
        wall, span = self._setting.wall, ladder.daily
        local = wall.local(now)
        start = local.replace(hour=span.start // 60, minute=span.start % 60, second=0, microsecond=0)
        since = (local - start).total_seconds()
        if wall.synced and span.open_at(local, wall.facts.calendar) and since >= 0 and date != local.date().isoformat():
            old = [one for one in incidents if one.began <= now - since]
            if old:
                self._send_list(ladder, old, now)
                date, at = local.date().isoformat(), now
        elif not wall.synced and now - float(str(at)) >= DAY:
            self._send_list(ladder, incidents, now)
            at = now
        upcoming = start if since < 0 else start + timedelta(days=1)
        wait = min(LOOK, max(1.0, (upcoming - local).total_seconds()))
        self.listed[name] = [date, at, now + wait]
        self._deadlines.put("list", name, now + wait)

    def _send_list(self, ladder: Ladder, incidents: list[Incident], now: float) -> None:
        for step in ladder.steps:
            mine: dict[str, list[Incident]] = {}
            for incident in incidents:
                for to in self._addressees(incident, step):
                    mine.setdefault(to, []).append(incident)
            for to, some in mine.items():
                self._post.list(to, some, step.name, step.by, now)
            self._setting.note(now, "listed", step=step.name, incidents=[one.id for one in incidents], to=list(mine))

    def resume(self) -> None:
        """Deadlines out of the state, after it was loaded."""
        for incident in self._registry.open.values():
            self._deadlines.put("step", incident.id, incident.due)
        for name, (_, _, due) in self.listed.items():
            self._deadlines.put("list", name, None if due is None else float(str(due)))
