"""Quiet hours: when nothing below urgent is told. They are the ladder's matter; this is for what comes late."""

from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from rules.hours import Hours


def is_quiet(hours: Hours | None, clock: Clock, zone: str) -> bool:
    """Whether it is now in these hours; never while nobody knows that the clock is right."""
    if hours is None or not clock.synced:
        return False
    return hours.open_at(datetime.fromtimestamp(clock.now() + clock.offset, ZoneInfo(zone)))
