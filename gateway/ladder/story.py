"""Stories: tests of ladders in virtual time, with restarts, dead links and late answers. See script.py for the words.

They need neither rules nor sensors: an alert is said to fire. All else is what the gateway itself does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from drivers.reading import Reading
from gateway.ladder import script
from gateway.ladder.acts import Refused, parse
from gateway.ladder.ladders import Ladders
from gateway.ladder.page import Report, State
from gateway.ladder.people import Directory
from gateway.ladder.policy import Ladder, load, read_ladders
from gateway.ladder.script import DESK, Expected, Step, Story
from gateway.ladder.words import HOME
from gateway.site.people import Person
from rules.alert import Alert
from rules.alert import State as Stage
from rules.document import Document
from rules.rule import Rule
from rules.rulefile import load as load_rules
from rules.rulefile import packs
from rules.sentence import Sentence
from rules.wall import Mode, Wall

_NEAR = 1e-6
"""Seconds; two times this near are the same."""
_STATES: Mapping[str, State] = {"delivers": "delivered", "seen": "seen", "fails": "failed"}


class Result(NamedTuple):
    """How a story went. ``wrong`` has a line for each thing that was otherwise; none: it went as it should."""

    story: str
    file: str
    line: int
    wrong: tuple[str, ...]
    told: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """All that was expected came, and nothing else."""
        return not self.wrong

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}: {self.story}"
        return head if self.ok else "\n    ".join((head, *self.lines()))

    def lines(self) -> list[str]:
        """The lines below its name where it failed: what was otherwise, and all that was told."""
        return [] if self.ok else [*self.wrong, *(Sentence("told: {message}", message=one) for one in self.told)]


def check(document: Document) -> int:
    """The ladders and stories of a file -> how many ladders; raises Mistakes with all that is wrong."""
    root = document.table()
    root.known |= document.data.keys()
    for table in root.tables("story"):
        script.read(table)
    count = len(read_ladders(document))
    root.finish()
    return count


def run(document: Document) -> list[Result]:
    """Play all stories of a ladder file; raises Mistakes."""
    check(document)
    own = tuple(read_ladders(document))
    rules = {rule.id: rule for rule in load_rules(packs())}
    results = []
    for table in document.table().tables("story"):
        story = script.read(table)
        stage = _Stage(story, (*own, *load({})), rules)
        wrong = stage.play()
        told = tuple(_tell(one) for one in stage.told)
        results.append(Result(story.name, document.file, story.line, tuple(wrong), told))
    return results


def _cast(story: Story) -> Directory:
    ways = tuple(f"{kind}-{n}" for n, kind in enumerate(story.ways))
    people = {
        name: Person(name, name, role, (HOME,), "en", ways, {}, None)  # type: ignore[arg-type]
        for name, role in story.people.items()
    }
    kinds = dict(zip(ways, story.ways, strict=True))
    return Directory(people, kinds, {HOME: HOME}, frozenset({HOME} if story.voice else ()))


@dataclass(slots=True)
class _Stage:
    """One story being played."""

    story: Story
    policies: Sequence[Ladder]
    rules: Mapping[str, Rule]
    wall: Wall = field(default_factory=Wall)
    ladders: Ladders = field(default_factory=Ladders)
    alerts: dict[str, Alert] = field(default_factory=dict)
    """Rule and device -> its alert as of now."""
    rows: dict[str, object] = field(default_factory=dict)
    told: list[Expected] = field(default_factory=list)
    newest: dict[str, dict[str, Any]] = field(default_factory=dict)
    link: bool = True
    up_at: float = 0.0
    acts: int = 0

    def play(self) -> list[str]:
        """From the first to the last moment -> what was not as expected."""
        if self.story.starts is not None:
            self.wall.tell(self.story.starts, True, "UTC")
        self._use(0.0)
        wrong: list[str] = []
        for step in self.story.steps:
            self._wait(step.at)
            if step.at >= self.up_at:
                wrong += self._do(step)
                self._collect(step.at)
        self._wait(max(self.story.until, self.up_at))
        return wrong + self._compare()

    def _use(self, at: float) -> None:
        self.ladders.name("0" * 16, f"{int(at):08x}", self.wall)
        self.ladders.use(_cast(self.story), tuple(self.policies), self.rules, self.wall, at)

    def _wait(self, until: float) -> None:
        while (due := self.ladders.due()) is not None and due <= until:
            self.ladders.tick(due)
            self._collect(due)

    def _do(self, step: Step) -> list[str]:
        """One thing -> what is wrong with it."""
        if step.what == "act":
            return self._act(step)
        if step.what in ("alert", "cleared", "resolved"):
            return self._alert(step)
        if step.what == "restart":
            self._restart(step.at, step.seconds)
        elif step.what == "link":
            self.link = step.flag
        elif step.what == "mode":
            self.wall.put(HOME, Mode(step.name))
        elif step.what in _STATES:
            letter = self.newest.get(step.name)
            if letter is None:
                return [Sentence("{person} was told nothing by {at}", person=step.name, at=_clock(step.at))]
            self._report(letter, _STATES[step.what], step.at)
        else:
            quantity, value = ("button", step.name) if step.what == "button" else ("door_open", step.flag)
            self._sense(Reading(step.device, quantity, quantity, value, step.at))
        return []

    def _sense(self, reading: Reading) -> None:
        fine = self.ladders.buttons.is_fine(reading, HOME)
        if reading.quantity == "button" and not fine:
            self._fire("emergency-call", reading.device, "", reading.at)
        self.ladders.sense(reading, HOME, fine=fine)

    def _alert(self, step: Step) -> list[str]:
        known = [alert for alert in self.alerts.values() if alert.rule == step.name and alert.state != "resolved"]
        if step.what == "alert":
            if step.name not in self.rules:
                return [Sentence("there is no rule {missing}", missing=step.name)]
            self._fire(step.name, step.device, step.severity, step.at)
        for alert in known if step.what != "alert" else []:
            state: Stage = "cleared" if step.what == "cleared" else "resolved"
            reason = "reset" if alert.state == "cleared" else "cleared"
            self._change(alert._replace(state=state, reason=reason), step.at)  # type: ignore[arg-type]
        return []

    def _fire(self, rule: str, device: str, severity: str, at: float) -> None:
        known = self.rules[rule]
        alert = self.alerts.get(f"{rule} {device}")
        if alert is None or alert.state == "resolved":
            name = blake2b(f"{rule} {device} {at}".encode(), digest_size=8).hexdigest()
            ladder = self.story.ladder or known.ladder
            alert = Alert(name, 0, rule, known.severity, HOME, device, "firing", at, at, "first", known.act, ladder)
            alert = alert._replace(severity=severity or known.severity)  # type: ignore[arg-type]
        elif alert.state == "firing":
            alert = alert._replace(reason="still")
        self._change(alert._replace(state="firing"), at)

    def _change(self, alert: Alert, at: float) -> None:
        alert = alert._replace(n=alert.n + 1, at=at)
        self.alerts[f"{alert.rule} {alert.device}"] = alert
        self.ladders.take(alert)
        self.ladders.tick(at)

    def _act(self, step: Step) -> list[str]:
        self.acts += 1
        said: dict[str, object] = {"act_id": f"act-{self.acts}", "verb": step.name, "actor": step.by, **dict(step.rest)}
        about = [alert for alert in self.alerts.values() if alert.rule == step.about]
        if about:
            said["alert"] = about[0].id
        try:
            for alert in self.ladders.act(parse(json.dumps(said).encode()), step.at):
                found = next(one for one in self.alerts.values() if one.id == alert)
                self._change(found._replace(state="resolved", reason="reset"), step.at)
        except Refused as refused:
            return [] if step.refused else [self._wrong(step, str(refused))]
        return [self._wrong(step, "")] if step.refused else []

    def _wrong(self, step: Step, why: str) -> str:
        """Of an act that was refused, and why, or wasn't."""
        act, person, at = step.name, step.by, _clock(step.at)
        if not why:
            return Sentence("{act} by {person} at {at} was not refused", act=act, person=person, at=at)
        what = "{act} by {person} at {at} was refused: {why}"
        return Sentence(what, act=act, person=person, at=at, why=Sentence(why))

    def _restart(self, at: float, down: float) -> None:
        """Power off, and on again after a while, out of the checkpoint as the disk would hold it."""
        self.rows |= self.ladders.rows()
        self.up_at = at + down
        self.ladders = Ladders()
        self.ladders.load({key: json.loads(json.dumps(row)) for key, row in self.rows.items() if row is not None})
        self._use(self.up_at)
        self.ladders.resume(self.up_at, down)

    def _collect(self, at: float) -> None:
        """What was made: messages arrive at once while the link is up."""
        self.ladders.tick(at)
        made = self.ladders.made()
        for page in made.pages:
            self.told.append(Expected(at, DESK, "page", str(page["step"])))
        for letter in [json.loads(one.body) for one in made.letters]:
            to = letter["to"].partition(":")[0]
            news = letter.get("news", {}).get("what", "")
            way = letter["channel"].partition("-")[0]
            self.told.append(Expected(at, to, letter["kind"], letter["step"], way, news))
            self.newest[to] = letter
            if self.story.confirm and self.link:
                self._report(letter, "delivered", at)

    def _report(self, letter: Mapping[str, Any], state: State, at: float) -> None:
        self.ladders.report(Report(letter["id"], letter["to"], letter["channel"], state), at)

    def _compare(self) -> list[str]:
        came, wrong = list(self.told), list[str]()
        for wanted in self.story.expected:
            found = next((one for one in came if _fits(wanted, one)), None)
            if found is None:
                wrong.append(Sentence("missing: {message}", message=_tell(wanted)))
            else:
                came.remove(found)
        return wrong + [Sentence("not expected: {message}", message=_tell(one)) for one in came]


def _fits(wanted: Expected, came: Expected) -> bool:
    if wanted.to != came.to or abs(wanted.at - came.at) > _NEAR:
        return False
    return all(mine in ("", its) for mine, its in zip(wanted[2:], came[2:], strict=True))


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _tell(one: Expected) -> str:
    more = ", ".join(filter(None, (one.kind, one.step, one.via, one.news)))
    return f"{_clock(one.at)} {one.to}" + (f" ({more})" if more else "")
