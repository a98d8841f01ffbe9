"""Hours: spans of the civil day, on certain days; and the calendar of a site, which says which days are holidays."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from rules.document import Mistake, Table, nearest
from rules.sentence import Sentence

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAY, FREE, HOLIDAY = "workday", "free", "holiday"
DAYS = (*WEEKDAYS, WORKDAY, FREE, HOLIDAY)
"""What ``days`` may name: a weekday; ``workday``, Monday to Friday without holidays, and what the calendar calls one;
``free``, every other day; ``holiday``, a date that the calendar names."""
DAY = 24 * 60
"""Minutes."""
HOURS = r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)"
"""What ``hours`` looks like."""
_HOURS = re.compile(HOURS, re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SEASON = r"(\d{2})-(\d{2})\.\.(\d{2})-(\d{2})"
"""What ``dates`` looks like."""
LEAP = 2024
"""Any year in which each date of a year is one."""

Season = tuple[tuple[int, int], tuple[int, int]]
"""From a month and day to another, both included, in each year; over New Year too."""

Local = Callable[[float], datetime]
"""Gateway time -> civil time with its zone."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Dates on which nobody works, and dates on which people work though it is a weekend or a holiday."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def kinds(self, day: date) -> frozenset[str]:
        """What of DAYS a date is."""
        holiday = day in self.holidays and day not in self.workdays
        works = day in self.workdays or (day.weekday() < 5 and not holiday)
        found = {WEEKDAYS[day.weekday()], WORKDAY if works else FREE}
        return frozenset(found | {HOLIDAY}) if holiday else frozenset(found)


NO_CALENDAR = Calendar()


@dataclass(frozen=True, slots=True)
class Hours:
    """``start`` to ``end`` in minutes of the day; over midnight they belong to the day on which they begin."""

    start: int = 0
    end: int = DAY
    days: frozenset[str] = frozenset(WEEKDAYS)
    season: Season | None = None
    """None: the whole year."""

    @property
    def always(self) -> bool:
        """It is every moment of every day."""
        whole = (self.start, self.end) == (0, DAY) and self.season is None
        return whole and frozenset(WEEKDAYS) <= self.days

    def open_at(self, local: datetime, calendar: Calendar = NO_CALENDAR) -> bool:
        """Is this moment within them?"""
        minute, today = local.hour * 60 + local.minute, local.date()
        if not self.spans_minute(minute):
            return False
        return self._is_day(today - timedelta(days=self.end < self.start and minute < self.end), calendar)

    def spans_minute(self, minute: int) -> bool:
        """Is this minute of the day within them, on whichever day?"""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def _is_day(self, day: date, calendar: Calendar) -> bool:
        return self._in_season((day.month, day.day)) and not self.days.isdisjoint(calendar.kinds(day))

    def _in_season(self, day: tuple[int, int]) -> bool:
        if self.season is None:
            return True
        first, last = self.season
        return first <= day <= last if first <= last else day >= first or day <= last

    def until(self, at: float, local: Local, offset: float) -> float:
        """The next moment at which they may open or close: hours or day change, or the clock to or from summer time.

        ``offset``: epoch seconds minus gateway seconds. All of these fall on whole seconds of the epoch, so that it is
        the same moment to the bit from wherever one looks forward to it.
        """
        here = local(at)
        now = here.replace(tzinfo=None)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        walls = [midnight + timedelta(days=day, minutes=m) for day in (0, 1) for m in (0, self.start, self.end)]
        end = _at_second(at + min((wall - now).total_seconds() for wall in walls if wall > now), offset)
        if local(end).utcoffset() == here.utcoffset():
            return end
        low, high = at, end
        while high - low > 0.5:
            middle = (low + high) / 2
            low, high = (middle, high) if local(middle).utcoffset() == here.utcoffset() else (low, middle)
        return _at_second(math.floor(high + offset) - offset, offset)


def _at_second(moment: float, offset: float) -> float:
    """The whole second of the epoch that is meant, as gateway time."""
    return round(round(moment + offset) - offset, 6)


def hours_of(said: str) -> tuple[int, int] | None:
    """Minutes of the day from and to of ``"22:00-06:00"``; None for anything else."""
    found = _HOURS.fullmatch(said)
    if found is None:
        return None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return (start, end) if end <= DAY else None


def read_hours(table: Table) -> Hours:
    """From the keys ``hours`` and ``days``, each of them if it is said; mistakes are noted there."""
    said = table.text("hours", "00:00-24:00")
    found = hours_of(said)
    start, end = found or (0, DAY)
    if "hours" in table.data and (not found or start == end):
        table.mistake("hours", '"{said}" are no hours', 'write hours = "22:00-06:00"', said=said)
    return Hours(start, end, frozenset(table.texts("days", WEEKDAYS, choices=DAYS)))


def read_season(table: Table) -> Season | None:
    """From the key ``dates``, if it is said: ``"10-15..04-15"``."""
    if "dates" not in table:
        return None
    said = table.text("dates")
    try:
        found = re.fullmatch(SEASON, said, re.ASCII)
        first, last = (date(LEAP, int(found[n]), int(found[n + 1])) for n in (1, 3)) if found else (None, None)
    except ValueError:
        first = last = None
    if first is None or last is None:
        what = '"{said:.40}" are no dates of a year'
        table.mistake("dates", what, 'write dates = "10-15..04-15", month and day from and to', said=said)
        return None
    if (first - last).days % 366 == 1:
        table.mistake("dates", '"{said:.40}" is the whole year', "remove dates", said=said)
    return (first.month, first.day), (last.month, last.day)


def read_calendar(table: Table) -> Calendar:
    """From the keys ``holidays`` and ``workdays``, lists of dates."""
    return Calendar(frozenset(_dates(table, "holidays")), frozenset(_dates(table, "workdays")))


def _dates(table: Table, key: str) -> Iterator[date]:
    for index, text in enumerate(table.texts(key)):
        try:
            if not _DATE.fullmatch(text):
                raise ValueError("another way to write it")
            yield date.fromisoformat(text)
        except ValueError:
            line = table.document.line(*table.path, key, index)
            what = Sentence('"{text:.20}" is no date', text=text)
            table.mistakes.append(Mistake(table.document.file, line, what, 'write it as "2026-10-01"'))


def read_zone(table: Table, key: str, default: str) -> str:
    """A zone's name, as IANA has it; the default in place of one that nobody knows."""
    said = table.text(key, default)
    try:
        ZoneInfo(said)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        remedy = nearest(said, known) if len(known) > 1 else "this machine knows no time zones: install tzdata"
        if remedy.startswith("known here"):
            remedy = 'write an IANA name, such as "Asia/Shanghai"'
        table.mistake(key, '"{said:.60}" is no time zone', remedy, said=said)
        return default
    return said
