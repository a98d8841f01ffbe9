"""Scene: where and when a story plays: the date, the zone, the calendar, and how many live there.

starts = "mon 21:00"            what the wall shows at 0, or "2026-10-01 21:00"; else the clock isn't synchronised
zone = "Europe/Berlin"          whose clocks change; UTC, if it is left out
holidays = ["2026-10-01"]       with a date in starts; workdays = ["2026-10-10"] are worked on all the same
persons = 2                     so many live there; else nobody said
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.document import Table
from rules.hours import WEEKDAYS, Calendar, read_calendar, read_zone
from rules.wall import Facts

HOME = "home"
"""The only one of a story."""
MOST = 99
"""Persons in a home."""
_STARTS = re.compile(rf"({'|'.join(WEEKDAYS)}|\d{{4}}-\d\d-\d\d) ([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_MONDAY = date(1970, 1, 5)
"""The one of stories that name no date."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Of one story."""

    starts: float | None = None
    """Seconds since the epoch at the moment 0; None: nobody knows."""
    zone: str = "UTC"
    facts: Facts = field(default_factory=Facts)


def read_scene(table: Table) -> Scene:
    """From the table of a story; mistakes are noted there."""
    persons = {HOME: table.whole("persons", low=0, high=MOST)} if "persons" in table else {}
    zone = read_zone(table, "zone", "UTC")
    starts = _starts(table, zone) if "starts" in table else None
    days = read_calendar(table)
    if days != Calendar() and not re.match(r"\d", str(table.data.get("starts", ""))):
        key = "holidays" if "holidays" in table else "workdays"
        table.mistake(key, "the story has no date", 'write starts = "2026-10-01 08:00"')
    return Scene(starts, zone, Facts(persons, days))


def _starts(table: Table, zone: str) -> float | None:
    said = table.text("starts")
    found = _STARTS.fullmatch(said)
    try:
        if found is None:
            raise ValueError("neither a weekday nor a date")
        weekday = WEEKDAYS.index(found[1]) if found[1] in WEEKDAYS else None
        day = date.fromisoformat(found[1]) if weekday is None else _MONDAY + timedelta(days=weekday)
        if not 1970 <= day.year <= 2100:
            raise ValueError("no year of a story")
        return datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), tzinfo=ZoneInfo(zone)).timestamp()
    except ValueError:
        remedy = 'write starts = "mon 21:00", or "2026-10-01 21:00"'
        table.mistake("starts", '"{said:.40}" is no day and time', remedy, said=said)
        return None
