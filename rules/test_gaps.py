"""Gaps of a device: the last ones exactly, those before them by how much was lost."""

from rules.gaps import GAPS, Gap, added, seconds


def _of(spans: list[tuple[float, float]]) -> list[Gap]:
    gaps: list[Gap] = []
    for since, until in spans:
        gaps = added(gaps, since, until)
    return gaps


def test_the_last_gaps_are_as_they_were_however_many_there_were_before_them() -> None:
    """A meter that misses a night now and then: what it missed since yesterday says when an alarm is due."""
    seldom = [(day * 86400.0, day * 86400.0 + 10800.0) for day in range(200)]
    lately = [(200 * 86400.0, 200 * 86400.0 + 10800.0), (200 * 86400.0 + 14400.0, 200 * 86400.0 + 18000.0)]
    gaps = _of([*seldom, *lately])
    assert len(gaps) == GAPS
    assert [gap[:2] for gap in gaps[-2:]] == lately
    assert sum(gap.lost for gap in gaps) == 200 * 10800.0 + 10800.0 + 3600.0


def test_a_line_that_is_down_a_second_each_minute_loses_a_second_each_minute() -> None:
    gaps = _of([(minute * 60.0, minute * 60.0 + 1.0) for minute in range(10_000)])
    assert len(gaps) == GAPS
    assert abs(seconds((gap.since, gap.until, gap.share) for gap in gaps) - 10_000) < 1.0
