"""[ladders]: who is told of an alert, and in which order, where the shipped ladders don't suit.

files = ["my-ladders.toml"]    relative to the site file; a ladder there takes the place of the shipped one of its name
"""

from collections.abc import Iterable, Mapping

from gateway.ladder.policy import URGENT, Ladder
from gateway.ladder.policy import load as load_ladders
from gateway.site.tables import Parts
from rules.document import Document, Mistake, Mistakes, nearest
from rules.lint import Doubt
from rules.rule import Rule
from rules.sentence import Sentence


def ladders(
    own: Mapping[str, str], shipped: Mapping[str, str], parts: Parts, wrong: list[Mistake]
) -> tuple[Ladder, ...]:
    """The ladders of a site: ``own`` files and the ``shipped`` ones, by name -> text; mistakes go to ``wrong``."""
    try:
        return load_ladders(own, parts.people, parts.homes, shipped)
    except Mistakes as found:
        wrong += found.mistakes
        return ()


def named(rules: Iterable[Rule], document: Document, known: Iterable[Ladder]) -> Iterable[Mistake]:
    """A mistake for each rule of a file whose ladder there is none of."""
    names = {ladder.name for ladder in known}
    for rule in rules:
        if rule.ladder and rule.ladder not in names:
            what = Sentence('there is no ladder "{ladder}"', ladder=rule.ladder)
            yield Mistake(document.file, document.line(rule.id, "ladder"), what, nearest(rule.ladder, names))


def homebound(rules: Iterable[Rule], known: Iterable[Ladder]) -> list[Doubt]:
    """Rules that tell nobody; or of danger the home alone (nobody comes to who lies on the floor), or by a list."""
    ladders = list(known)
    found = []
    for rule in rules:
        severity, name = rule.worse or (rule.severity, rule.ladder)
        if not name and severity != "notice":
            what = "it names no ladder, so nobody is told of it: it stands on the board alone"
            found.append(Doubt(rule.id, what, 'write ladder = "property", or another one: docs/ladders.md'))
        mine = [ladder for ladder in ladders if ladder.name == name]
        if severity in URGENT and any(ladder.reaches(severity) <= {"home", "resident"} for ladder in mine):
            what = "it is {severity}, and its ladder {ladder} tells the home alone: where nobody answers nobody comes"
            remedy = 'write ladder = "are-you-ok", which asks the home first and then calls people'
            found.append(Doubt(rule.id, Sentence(what, severity=severity, ladder=name), remedy))
        elif severity in URGENT and any(ladder.daily for ladder in mine):
            what = "it is {severity}, and its ladder {ladder} is a list that is told once a day"
            remedy = 'write ladder = "property", or "life-safety" where life is at stake'
            found.append(Doubt(rule.id, Sentence(what, severity=severity, ladder=name), remedy))
    return found
