"""Hours and days where clocks change: at midnight, by half an hour, by a whole day left out, in the past and to come."""

from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from rules.hours import WEEKDAYS, Calendar, Hours

DAY = 86400.0
ZONES = (
    "Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia",
    "Africa/Casablanca", "America/Havana", "Asia/Tehran", "Asia/Beirut", "Atlantic/Azores",
)  # fmt: skip
"""Shanghai changed its clocks until 1991; Havana, Beirut and Sao Paulo at midnight; Apia left out a Friday."""
TIMES = [0, 1, 30, 60, 120, 150, 180, 360, 720, 1410, 1439]
NOBODY = Calendar()


def changes(zone: ZoneInfo, year: int) -> list[float]:
    """Days of that year on which the clocks changed."""
    begin = datetime(year, 1, 1, tzinfo=UTC).timestamp()
    days = [begin + DAY * number for number in range(366)]
    offsets = [datetime.fromtimestamp(day, zone).utcoffset() for day in days]
    return [day for day, one, other in zip(days, offsets, offsets[1:], strict=False) if one != other]


@pytest.mark.parametrize("name", ZONES)
def test_no_minute_is_missed_and_none_is_judged_wrong(name: str) -> None:
    """``until`` says when to look next; looking then alone is as good as looking each minute."""
    zone, found = ZoneInfo(name), 0
    for seed in range(12):
        chance = Random(f"{name} {seed}")
        days = changes(zone, chance.randint(1986, 2026)) or [chance.uniform(5e8, 1.7e9)]
        begin = (chance.choice(days) - DAY) // 60 * 60
        start, end = chance.sample(TIMES, 2)
        days_of = frozenset(chance.choice([WEEKDAYS, ("sun",), ("sat", "sun"), ("workday",)]))
        today = datetime.fromtimestamp(begin + DAY, zone)
        season = chance.choice([None, ((today.month, today.day), (2, 1)), ((11, 30), (today.month, today.day))])
        hours = Hours(start, end, days_of, season)
        offset = chance.choice([0.0, begin - 1000.0, -5e8])
        at, looked, steps = begin - offset, False, 0
        for minute in range(3 * 1440):
            now = begin + 60 * minute
            while at <= now - offset + 1e-6:
                looked = hours.open_at(datetime.fromtimestamp(at + offset, zone), NOBODY)
                at, steps = hours.until(at, lambda moment: datetime.fromtimestamp(moment + offset, zone), offset), steps + 1  # noqa: B023
            assert looked is hours.open_at(datetime.fromtimestamp(now, zone), NOBODY), f"{seed}: {datetime.fromtimestamp(now, zone)}"
            found += looked
        assert steps < 40
    assert found > 1000
