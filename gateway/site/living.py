"""Who lives in a home and how it is lived in; holidays. What modes, and rules with a ``while``, go by.

    [homes.NAME]        persons = 1; without it nobody said, and rules for people who live alone count
    [homes.NAME.modes]  schedule = [{mode = "night", hours = "22:30-06:30", days = ["workday"]}]
                        front_doors = ["hall"], away_after = "30m", away_at_most = "12h"
                        returns = ["button", "door_open", "window_open", "motion", "occupied"], leaving = "15m"
    [calendar]          holidays = ["2026-10-01"], workdays = ["2026-10-10"]
"""

from collections.abc import Collection
from dataclasses import dataclass

from gateway.site.values import names
from rules.document import Table
from rules.hours import Hours, read_hours
from rules.sentence import Sentence

RETURNS = ("button", "door_open", "window_open", "motion", "occupied")
"""What only a person makes. Water may leak and a washing machine may run while everybody is out."""
SCHEDULED = ("night", "away", "maintenance")


@dataclass(frozen=True, slots=True)
class Span:
    """In these hours the home is in this mode, unless somebody said otherwise."""

    mode: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class Living:
    """How a home is lived in. Times in seconds."""

    persons: int | None = None
    schedule: tuple[Span, ...] = ()
    front_doors: tuple[str, ...] = ()
    """Devices on the doors through which one leaves; without any the home is never taken for empty."""
    away_after: float = 1800.0
    """The front door was the last that was heard, and nothing since: after so long nobody is in."""
    away_at_most: float = 43200.0
    """For how long that is believed."""
    returns: tuple[str, ...] = RETURNS
    """Quantities that show that somebody is back."""
    leaving: float = 900.0
    """Who says "away" still has to put on a coat: for so long nothing is a return."""


def living(table: Table, own: Collection[str]) -> Living:
    """From [homes.NAME]; ``own`` are the names of its devices."""
    persons = table.whole("persons", 1, low=0, high=99) if "persons" in table else None
    if "modes" not in table:
        return Living(persons)
    inner = table.table("modes")
    return Living(
        persons,
        tuple(_span(one) for one in inner.tables("schedule")),
        names(inner, "front_doors", Sentence("device of this home"), own),
        inner.seconds("away_after", Living().away_after, low=60.0),
        inner.seconds("away_at_most", Living().away_at_most, low=3600.0, high=7 * 86400.0),
        inner.texts("returns", RETURNS, choices=RETURNS) or RETURNS,
        inner.seconds("leaving", Living().leaving),
    )


def _span(table: Table) -> Span:
    mode = table.text("mode", choices=SCHEDULED)
    hours = read_hours(table)
    if hours.always:
        table.mistake("", "the home would be in mode {mode} always", 'write hours = "22:30-06:30", or days', mode=mode)
    return Span(mode, hours)
