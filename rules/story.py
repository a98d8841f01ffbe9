"""Stories: tests of rules in virtual time, with gaps, restarts and resets. See script.py for what one says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.reading import Reading, Source
from rules import script
from rules.alert import Alert
from rules.document import Document
from rules.engine import Device, Engine, Refused
from rules.rule import Rule, load, packs, read_rules
from rules.script import Expected, Step, Story

HOME = "home"
_NEAR = 1e-6
"""Seconds; two times this near are the same."""


class Result(NamedTuple):
    """How a story went. ``wrong`` has a line for each thing that was otherwise; none: it went as it should."""

    story: str
    file: str
    line: int
    wrong: tuple[str, ...]
    alerts: tuple[Alert, ...]

    @property
    def ok(self) -> bool:
        """All that was expected came, and nothing else."""
        return not self.wrong

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}: {self.story}"
        return (
            head if self.ok else "\n    ".join((head, *self.wrong, *(f"came: {_tell(alert)}" for alert in self.alerts)))
        )


def run(document: Document) -> list[Result]:
    """Play all stories of a rule file. A story may name rules of the shipped packs too; raises Mistakes."""
    own = {rule.id: rule for rule in read_rules(document)}
    results = []
    for table in document.table().tables("story"):
        story = script.read(table)
        rules, missing = _cast(story, own)
        if missing:
            wrong = tuple(f"there is no rule {name}" for name in missing)
            results.append(Result(story.name, document.file, story.line, wrong, ()))
        else:
            stage = _Stage(rules, story)
            wrong = tuple(stage.play())
            results.append(Result(story.name, document.file, story.line, wrong, tuple(stage.alerts)))
    return results


def _cast(story: Story, own: Mapping[str, Rule]) -> tuple[list[Rule], list[str]]:
    if not story.rules:
        return list(own.values()), []
    known = dict(own)
    if not own.keys() >= set(story.rules):
        known = {rule.id: rule for rule in load(packs())} | known
    return [known[name] for name in story.rules if name in known], [name for name in story.rules if name not in known]


@dataclass(slots=True)
class _Stage:
    """One story being played."""

    rules: Sequence[Rule]
    story: Story
    alerts: list[Alert] = field(default_factory=list)
    rows: dict[str, object] = field(default_factory=dict)
    n: int = 1
    up_at: float = 0.0
    """When the gateway is up again; what is said before is not heard."""
    engine: Engine = field(default_factory=lambda: Engine("story", "0"))

    def play(self) -> list[str]:
        """From the first to the last moment -> what was not as expected."""
        wrong = []
        self._configure(0.0)
        for step in self.story.steps:
            if step.at < self.up_at:
                continue
            self.n += 1
            try:
                self._do(step)
                if step.refused:
                    wrong.append(f"the reset of {step.reset} at {_clock(step.at)} was not refused")
            except Refused as refused:
                self.alerts += refused.alerts
                if not step.refused:
                    wrong.append(f"the reset of {step.reset} at {_clock(step.at)} was refused: {refused}")
        self.alerts += self.engine.tick(max(self.story.until, self.up_at))
        return wrong + list(self._compare())

    def _do(self, step: Step) -> None:
        if step.restart:
            self._restart(step.at, step.restart)
        elif step.mode:
            self.alerts += self.engine.mode(HOME, step.mode, step.at, self.n)
        elif step.reset:
            open_ids = [alert.id for alert in self.engine.open() if alert.rule == step.reset]
            for alert_id in open_ids or ["none"]:
                self.alerts += self.engine.reset(alert_id, step.at, self.n)
        else:
            source = Source(step.device, 1, self.n) if step.alarm else None
            for quantity, value in step.values:
                reading = Reading(step.device, quantity, quantity, value, step.at, step.flags, self.n, source)
                self.alerts += self.engine.feed(reading)

    def _restart(self, at: float, down: float) -> None:
        """Power off, and on again after a while, with the checkpoint as the disk would hold it."""
        self.alerts += self.engine.tick(at)
        self.rows |= self.engine.changed()
        self.up_at = at + down
        self.engine = Engine("story", "0")
        self.engine.load({key: json.loads(json.dumps(row)) for key, row in self.rows.items() if row is not None})
        self.engine.deaf(down)
        self._configure(self.up_at)
        self.alerts += self.engine.tick(self.up_at)

    def _configure(self, at: float) -> None:
        names = {step.device for step in self.story.steps if step.device} | self.story.silent_after.keys()
        devices = {name: Device(HOME, "", self.story.silent_after.get(name)) for name in sorted(names)}
        self.alerts += self.engine.configure(self.rules, devices, at, self.n)
        if self.story.starts is not None:
            self.alerts += self.engine.wall(self.story.starts, True, "UTC", at, self.n)

    def _compare(self) -> list[str]:
        """Pending, and its end without having fired, count only in a story that expects a pending."""
        told = any(change.state == "pending" for change in self.story.expected)
        came = [alert for alert in self.alerts if alert.n or told]
        wrong = []
        for change in self.story.expected:
            found = next((alert for alert in came if _fits(change, alert)), None)
            if found is None:
                wrong.append(f"missing: {change.rule} {change.state} {change.device} at {_clock(change.at)}")
            else:
                came.remove(found)
        return wrong + [f"not expected: {_tell(alert)}" for alert in came]


def _fits(change: Expected, alert: Alert) -> bool:
    if (change.rule, change.state) != (alert.rule, alert.state) or abs(change.at - alert.at) > _NEAR:
        return False
    return change.device in ("", alert.device) and change.reason in ("", alert.reason)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return (
        f"{whole // 3600}:{whole // 60 % 60:02}:{seconds % 60:02g}"
        if seconds % 1
        else (f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}")
    )


def _tell(alert: Alert) -> str:
    why = ", ".join(f"{r.device} {r.point} {r.value} at {_clock(r.at)}" for r in alert.evidence)
    return f"{alert.rule} {alert.state} {alert.device} at {_clock(alert.at)}, {alert.reason}" + (
        f" ({why})" if why else ""
    )
