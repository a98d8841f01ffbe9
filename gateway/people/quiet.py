"""Quiet hours: when nothing below urgent is told."""

from datetime import datetime
from zoneinfo import ZoneInfo

LOUD = frozenset({"emergency", "urgent"})
"""Severities that no quiet hours hold back."""


def is_quiet(hours: tuple[int, int] | None, epoch: float, zone: str) -> bool:
    """Whether a moment lies in these minutes of the day, from and to; they may pass midnight."""
    if hours is None:
        return False
    (start, end), moment = hours, datetime.fromtimestamp(epoch, ZoneInfo(zone))
    minute = moment.hour * 60 + moment.minute
    return start <= minute < end if start <= end else minute >= start or minute < end
