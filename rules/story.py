"""Stories: tests of rules in virtual time. See script.py for what one says, stage.py for how it is played."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rules import script
from rules.alert import Alert
from rules.coverage import Coverage
from rules.document import Document
from rules.rule import Rule
from rules.rulefile import load, packs, read_rules
from rules.scene import HOME
from rules.script import Expected, Story
from rules.sentence import Sentence
from rules.stage import Stage, told_at

__all__ = ["HOME", "Result", "run"]

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
        if self.ok:
            return head
        return "\n    ".join((head, *self.told()))

    def told(self) -> list[str]:
        """The lines below its name where it failed: what was otherwise, and all that came."""
        came = [Sentence("  {alert}", alert=_tell(alert)) for alert in self.alerts]
        return [] if self.ok else [*self.wrong, Sentence("all that came:"), *came]


def run(document: Document, coverage: Coverage | None = None) -> list[Result]:
    """Play all stories of a rule file. A story may name rules of the shipped packs too; raises Mistakes.

    ``coverage`` notes which conditions of the file's own rules became true.
    """
    own = {rule.id: rule for rule in read_rules(document)}
    if coverage is not None:
        own = {name: coverage.watch(rule, document) for name, rule in own.items()}
    stories = [script.read(table) for table in document.table().tables("story")]
    known: Mapping[str, Rule] = own
    if any(not own.keys() >= set(story.rules) for story in stories):
        sets = {name for story in stories for name in story.rules if "@" in name} - own.keys()
        known = {rule.id: rule for rule in load([*packs(), *sorted(sets)])} | own
    return [_play(story, document, known, own) for story in stories]


def _play(story: Story, document: Document, known: Mapping[str, Rule], own: Mapping[str, Rule]) -> Result:
    stage = Stage([known[name] for name in story.rules or own], story)
    wrong = (*stage.play(), *_compare(story, stage.alerts))
    return Result(story.name, document.file, story.line, wrong, tuple(stage.alerts))


def _compare(story: Story, alerts: Iterable[Alert]) -> list[str]:
    """Pending, and its end without having fired, count only in a story that expects a pending."""
    told = any(change.state == "pending" for change in story.expected)
    came = [alert for alert in alerts if alert.n or told]
    missing = []
    for change in story.expected:
        found = next((alert for alert in came if _fits(change, alert)), None)
        if found is None:
            missing.append(change)
        else:
            came.remove(found)
    wrong: list[str] = []
    for change in missing:
        wrong.append(Sentence("expected: {change}", change=_want(change)))
        near = [alert for alert in came if (alert.rule, alert.state) == (change.rule, change.state)]
        if near:
            nearest = min(near, key=lambda alert: abs(alert.at - change.at))
            came.remove(nearest)
            wrong.append(Sentence("came:     {alert}", alert=_tell(nearest)))
    return wrong + [Sentence("not expected: {alert}", alert=_tell(alert)) for alert in came]


def _fits(change: Expected, alert: Alert) -> bool:
    if (change.rule, change.state) != (alert.rule, alert.state) or abs(change.at - alert.at) > _NEAR:
        return False
    return change.device in ("", alert.device) and change.reason in ("", alert.reason)


def _want(change: Expected) -> str:
    return _change((change.rule, change.state, change.device), change.at, change.reason)


def _tell(alert: Alert) -> str:
    said = _change((alert.rule, alert.state, alert.device), alert.at, alert.reason)
    why = [_at(f"{one.device} {one.point} {one.value}", one.at) for one in alert.evidence]
    return Sentence("{change} ({evidence})", change=said, evidence=why) if why else said


def _change(words: Iterable[str], at: float, reason: str) -> str:
    said = _at(" ".join(filter(None, words)), at)
    return Sentence("{change} {reason}", change=said, reason=reason) if reason else said


def _at(what: str, at: float) -> Sentence:
    return Sentence("{what} at {at}", what=what, at=told_at(at))
