"""Ladders as written: TOML in, steps out, or every mistake with file, line and remedy.

[NAME]
title  = {zh = "…", en = "…"}
answer = ["carer", "property"]   whose word ends it: roles; "button" or "door": a sign in the home while asked
again  = "2m"                    after the last step it begins anew, after this pause; each further one is twice as
                                     long, up to four hours. Without it, it ends there
from   = "everyone"              … with this step; the first one by default
rounds = 3                       how often at the most; without it until somebody answers
renew  = "5m"                    an answer older than this is no answer to what happens anew
once   = true                    a message is rather lost than doubled
wide   = true                    the same in many homes at once is one incident
homes  = ["flat-501"]            only for these; the ladder of that name without homes is for the others
daily  = {hours = "09:00-17:00", days = ["workday"]}   no steps in time: a list once a day, to whom the steps name

[[NAME.steps]]
name     = "everyone"
who      = ["home", "resident", "carer", "neighbour", "property", "installer", "duty", a person's name]
by       = ["smtp", "family-group"]   kinds or names of channels, tried first; below urgent, these alone
ask      = true                  a question: is the resident fine?
wait     = "30s"                 until the next step; 0 by default: at once
severity = ["emergency"]         only then; while = {hours, days, mode}: only then; else the next step comes at once
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import get_args

from gateway.ladder.words import HOME, ROLES
from rules.alert import Severity
from rules.conditions.guard import Guard, read_guard
from rules.document import Document, Mistake, Mistakes, Table, nearest, read
from rules.hours import Hours, read_hours
from rules.rule import Words
from rules.rulefile import words
from rules.sentence import Sentence
from rules.wall import Wall

SIGNS = ("button", "door")
"""What counts as an answer without words, while a question is open."""
URGENT = frozenset({"emergency", "urgent"})
LONGEST = 4 * 3600.0
"""Seconds between two rounds at the most, unless a ladder's first pause is longer."""
RESERVED = "story"
"""Key at the top of a ladder file that is no ladder."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell, how, and how long to wait for an answer (seconds) before the next step."""

    name: str
    who: tuple[str, ...]
    by: tuple[str, ...] = ()
    ask: bool = False
    wait: float = 0.0
    severities: frozenset[str] = frozenset()
    """Empty: all."""
    guard: Guard | None = None

    def holds(self, severity: str, home: str, at: float, wall: Wall) -> bool:
        """Whether this step counts now. While the clock isn't known to be right, hours hold for what is urgent."""
        if self.severities and severity not in self.severities:
            return False
        guard, facts = self.guard, wall.facts
        if guard is None:
            return True
        hours = not guard.civil or (
            guard.open_at(wall.local(at), facts.calendar) if wall.synced else severity in URGENT
        )
        mode = wall.mode(home, at)
        armed = not guard.armed or (mode.armed_at is not None and mode.armed_at <= at)
        return hours and armed and mode.name in guard.modes and guard.suits(facts.persons.get(home))


@dataclass(frozen=True, slots=True)
class Ladder:
    """One escalation policy. Durations in seconds."""

    name: str
    title: Words
    steps: tuple[Step, ...]
    answer: frozenset[str]
    again: float | None = None
    start: int = 0
    """Index of the step with which it begins anew."""
    rounds: int = 0
    """0: until somebody answers."""
    renew: float = 300.0
    once: bool = False
    wide: bool = False
    homes: tuple[str, ...] = ()
    daily: Hours | None = None

    def reaches(self, severity: str) -> set[str]:
        """Whom its steps name, of all rounds, for what is as grave as that."""
        return {who for step in self.steps if not step.severities or severity in step.severities for who in step.who}

    def pause(self, after: int) -> float:
        """Seconds between a round and the next one: who hasn't answered for an hour isn't helped by a page a minute."""
        again = self.again or 0.0
        return min(again * 2.0 ** min(after - 1, 30), max(again, LONGEST))


def shipped() -> dict[str, str]:
    """The shipped ladder files: name -> TOML text."""
    folder = files("gateway").joinpath("ladder", "ladders")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {entry.name[:-5]: entry.read_text("utf-8") for entry in sorted(found, key=lambda entry: entry.name)}


def load(
    own: Mapping[str, str],
    people: Collection[str] | None = None,
    homes: Collection[str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> tuple[Ladder, ...]:
    """The shipped ladders (``texts``) and those of a site's ``own`` files (file -> text), which come first.

    ``people`` and ``homes`` are the names that the site knows; None: any. Raises Mistakes with those of all files.
    """
    mistakes: list[Mistake] = []
    found: list[Ladder] = []
    seen: dict[tuple[str, str], str] = {}
    for file, text in own.items():
        try:
            document = read(text, file)
            for ladder in read_ladders(document, people, homes):
                found.append(ladder)
                mistakes += _doubles(ladder, document, seen)
        except Mistakes as wrong:
            mistakes += wrong.mistakes
    for name, text in (shipped() if texts is None else texts).items():
        found += _shipped(name, text)
    if mistakes:
        raise Mistakes(mistakes)
    return tuple(found)


@lru_cache(maxsize=16)
def _shipped(name: str, text: str) -> tuple[Ladder, ...]:
    """Read once in the life of a process."""
    return tuple(read_ladders(read(text, f"gateway/ladder/ladders/{name}.toml")))


def _doubles(ladder: Ladder, document: Document, seen: dict[tuple[str, str], str]) -> Iterable[Mistake]:
    for home in ladder.homes or ("",):
        other = seen.setdefault((ladder.name, home), document.file)
        if other != document.file:
            for_all = 'ladder "{ladder}" is already in {other}'
            own = 'ladder "{ladder}" of {home} is already in {other}'
            what = Sentence(own if home else for_all, ladder=ladder.name, home=home, other=other)
            yield Mistake(document.file, document.line(ladder.name), what, "remove one of them")


def choose(ladders: Iterable[Ladder], name: str, home: str) -> Ladder | None:
    """The ladder of that name for a home: the site's own for this home, then its own for all, then the shipped one."""
    named = [ladder for ladder in ladders if ladder.name == name]
    return next((one for one in named if home in one.homes), next((one for one in named if not one.homes), None))


def read_ladders(
    document: Document, people: Collection[str] | None = None, homes: Collection[str] | None = None
) -> list[Ladder]:
    """The ladders of one document; raises Mistakes."""
    root = document.table()
    root.known.add(RESERVED)
    made = [_ladder(name, table, people, homes) for name, table in root.named()]
    root.finish()
    return made


def _ladder(name: str, table: Table, people: Collection[str] | None, homes: Collection[str] | None) -> Ladder:
    if not _NAME.fullmatch(name):
        table.mistake(
            "", '"{name}" is no name for a ladder', "use a-z, 0-9 and -, for example [life-safety]", name=name
        )
    steps = tuple(_step(inner, people) for inner in table.tables("steps"))
    names = [step.name for step in steps]
    if not steps:
        table.mistake("", "ladder {name} has no step", "write a table [[{name}.steps]]", name=name)
    for double in sorted({one for one in names if names.count(one) > 1}):
        table.mistake("steps", 'two steps are called "{double}"', "give each its own name", double=double)
    start = table.text("from", names[0] if names else "", choices=names) if "from" in table else ""
    again = table.seconds("again", low=1.0) if "again" in table else None
    if again is None:
        for key in ("from", "rounds"):
            if key in table.data:
                table.mistake(key, "{key} means nothing without again", 'write again = "…", or remove {key}', key=key)
    return Ladder(
        name,
        words(table, "title"),
        steps,
        frozenset(table.texts("answer", None, choices=(*ROLES, *SIGNS))),
        again,
        names.index(start) if start in names else 0,
        table.whole("rounds", 0, high=1000),
        table.seconds("renew", 300.0, high=86400.0),
        table.flag("once", False),
        table.flag("wide", False),
        _known(table, "homes", Sentence("home"), homes) if "homes" in table else (),
        read_hours(table.table("daily")) if "daily" in table else None,
    )


def _step(table: Table, people: Collection[str] | None) -> Step:
    options = None if people is None else (HOME, *ROLES, *people)
    if "who" not in table:
        table.mistake("", '"who" is missing in {table}', 'write who = ["carer"]', table=table.name)
    return Step(
        table.text("name"),
        _known(table, "who", Sentence("role or person"), options),
        table.texts("by"),
        table.flag("ask", False),
        table.seconds("wait", 0.0),
        frozenset(table.texts("severity", choices=get_args(Severity))),
        read_guard(table.table("while"), True) if "while" in table else None,
    )


def _known(table: Table, key: str, noun: str, known: Collection[str] | None) -> tuple[str, ...]:
    """A list of names; without a site to look into, any will do."""
    found = table.texts(key)
    for index, name in enumerate(found):
        if known is not None and name not in known:
            line = table.document.line(*table.path, key, index)
            what = Sentence('there is no {noun} "{name}"', noun=noun, name=name)
            table.mistakes.append(Mistake(table.document.file, line, what, nearest(name, known)))
    return found
