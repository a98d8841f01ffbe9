"""What a ladder's story says: what happens in a home and to its messages, and who must be told when, in virtual time.

[[story]]
name = "a night alarm: nobody answers, the carer does late"
ladder = "life-safety"                              # alerts climb this one; else the one their rule names
starts = "tue 02:00"                                # what the wall shows at 0; else the clock isn't synchronised
people = {anna = "carer", ben = "carer"}            # name -> role; by default one of each role, named after it
ways = ["ntfy", "apprise"]                          # default; kinds of everybody's channels, in their order
voice = true                                        # default; the home has a voice of its own
confirm = true                                      # default; the sender confirms each message at once
given = [
    {at = "0s", alert = "smoke", device = "kitchen"},               # fires; severity = "…" for another than its rule's
    {at = "9m", cleared = "smoke"}, {at = "10m", resolved = "smoke"},
    {at = "40s", act = "acknowledge", by = "carer", about = "smoke", refused = true},   # and whatever the verb needs
    {at = "1m", button = "long_press", device = "button"}, {at = "2m", door = true},
    {at = "5s", fails = "resident"},                # their newest message; also delivers, seen
    {at = "3m", restart = "10m"},                   # the gateway is down for so long
    {at = "4m", link = false},                      # from here on nothing is confirmed; true: it is again
]
expect = [{at = "0s", to = ["home", "resident"], step = "voice", kind = "page", via = "voice"}]
until = "1h"                                        # the last moment by default
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, get_args

from gateway.ladder.acts import VERBS
from gateway.ladder.page import Kind
from gateway.ladder.words import ROLES
from rules.alert import Severity
from rules.document import Table
from rules.hours import WEEKDAYS
from rules.sentence import strung

DESK = "platform"
"""In ``to``: the duty desk of the platform, by the uplinks."""
WAYS = ("ntfy", "apprise")
_KINDS = (
    "alert", "cleared", "resolved", "act", "button", "door", "delivers", "seen", "fails", "restart", "link", "mode",
)  # fmt: skip
_STARTS = re.compile(f"({'|'.join(WEEKDAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])")
_MONDAY = 4 * 86400.0
"""5 January 1970."""


class Step(NamedTuple):
    """One thing that happens, at a moment in seconds. ``what`` is one of the kinds above, ``name`` its value."""

    at: float
    what: str
    name: str = ""
    device: str = ""
    severity: str = ""
    seconds: float = 0.0
    flag: bool = False
    by: str = ""
    about: str = ""
    refused: bool = False
    rest: tuple[tuple[str, str | float | bool], ...] = ()
    """What else an act says."""


class Expected(NamedTuple):
    """A message. An empty field is not compared."""

    at: float
    to: str
    kind: str = ""
    step: str = ""
    via: str = ""
    news: str = ""


class Story(NamedTuple):
    """One test of a ladder."""

    name: str
    line: int
    ladder: str
    people: dict[str, str]
    ways: tuple[str, ...]
    voice: bool
    confirm: bool
    steps: tuple[Step, ...]
    expected: tuple[Expected, ...]
    until: float
    starts: float | None


def read(table: Table) -> Story:
    """A story from its table; mistakes are noted there."""
    given = [_step(inner) for inner in table.tables("given")]
    expected = [one for inner in table.tables("expect") for one in _expected(inner)]
    if "expect" not in table:
        table.mistake("", '"expect" is missing', "write expect = [] if nobody must be told")
    inner = table.table("people")
    people = {name: inner.text(name, choices=ROLES) for name in inner.data} or {role: role for role in ROLES}
    until = table.seconds("until", 0.0)
    return Story(
        table.text("name"),
        table.line(),
        table.text("ladder", "") if "ladder" in table else "",
        people,
        table.texts("ways", WAYS),
        table.flag("voice", True),
        table.flag("confirm", True),
        tuple(sorted(given, key=lambda step: step.at)),
        tuple(expected),
        max([until, *(step.at for step in given), *(one.at for one in expected)]),
        _starts(table) if "starts" in table else None,
    )


def _starts(table: Table) -> float | None:
    said = table.text("starts")
    found = _STARTS.fullmatch(said)
    if found is None:
        table.mistake("starts", '"{said}" is no day and time', 'write starts = "mon 21:00"', said=said)
        return None
    return _MONDAY + 86400.0 * WEEKDAYS.index(found[1]) + 3600.0 * int(found[2]) + 60.0 * int(found[3])


def _step(table: Table) -> Step:
    said = [kind for kind in _KINDS if kind in table]
    at = table.seconds("at")
    if len(said) != 1:
        what = "this step says {kinds}" if said else "this step says nothing"
        table.mistake("", what, "write one of: {known}", kinds=strung(said, "{one} and {other}"), known=_KINDS)
        return Step(at, "")
    kind = said[0]
    if kind == "act":
        return _act(table, at)
    if kind == "restart":
        return Step(at, kind, seconds=table.seconds(kind))
    if kind in ("door", "link"):
        return Step(at, kind, device=table.text("device", "door"), flag=table.flag(kind))
    severity = table.text("severity", choices=get_args(Severity)) if "severity" in table else ""
    return Step(at, kind, table.text(kind), table.text("device", "button" if kind == "button" else "sensor"), severity)


def _act(table: Table, at: float) -> Step:
    verb, by = table.text("act", choices=VERBS), table.text("by")
    about, refused = table.text("about", "") if "about" in table else "", table.flag("refused", False)
    rest = [(key, value) for key in table.data if key not in table.known and (value := table.value(key)) is not None]
    return Step(at, "act", verb, by=by, about=about, refused=refused, rest=tuple(rest))


def _expected(table: Table) -> Iterator[Expected]:
    to = table.texts("to", None)
    one = Expected(
        table.seconds("at"),
        "",
        table.text("kind", choices=get_args(Kind)) if "kind" in table else "",
        table.text("step", "") if "step" in table else "",
        table.text("via", "") if "via" in table else "",
        table.text("news", "") if "news" in table else "",
    )
    for name in to:
        yield one._replace(to=name)
