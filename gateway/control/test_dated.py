"""What the record tells of the time before a power cut of nobody knows how long: with its own dates."""

from pathlib import Path

from gateway.clock import Clock, boot_time
from gateway.control.conftest import asked, running

FRIDAY, MONDAY = 1_795_176_000.0, 1_795_392_000.0
"""20 November 2026, 20:00, and 23 November, 08:00, in Shanghai."""


def clock(wall: float, boot: str, *, synced: bool) -> Clock:
    """A machine that was started anew and whose clock begins there."""
    began = boot_time()
    return Clock(lambda: boot_time() - began, lambda: wall + boot_time() - began, lambda: synced, lambda: boot)


async def test_timeline_and_report_keep_the_dates_of_what_was_before_a_power_cut(tmp_path: Path) -> None:
    async with running(tmp_path, clock=clock(FRIDAY, "a", synced=True)) as gateway:
        alert = await gateway.smoke()
        await asked(tmp_path, "act", verb="acknowledge", actor="wang", alert=alert)
    async with running(tmp_path, clock=clock(MONDAY, "b", synced=False)):
        moments = (await asked(tmp_path, "timeline", alert=alert))["result"]["moments"]
        report = (await asked(tmp_path, "report", month="2026-11"))["result"]
    assert len(moments) >= 4
    assert {one["time"][:13] for one in moments} == {"2026-11-20 20"}
    assert all(FRIDAY <= one["at"] < FRIDAY + 60 for one in moments)
    (alarm,) = [one for home in report["homes"] for one in home["alarms"] if one["rule"] == "smoke"]
    assert FRIDAY <= alarm["at"] < FRIDAY + 60
    assert MONDAY <= report["at"] < MONDAY + 60
