# ruff: noqa: D102 - the words stand at the method that is overridden
"""How often it happened between two times of the day: ``times``, ``times_below`` … ``within = "07:00-10:00"``.

Each day's window stands for itself. While the clock isn't synchronised nobody knows when it is: what is true stays so,
and nothing becomes true.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from drivers.reading import Reading
from rules.conditions.condition import Live
from rules.conditions.seldom import PART, Rare, TimesBelow
from rules.conditions.times import Counting, Often, Times
from rules.daily import Daily, Days, Span
from rules.known import INFINITE, Known, unheard_next, unseen, whole

PAUSE = 1.0
"""Seconds before the end of a window for which what the one before told is over, so that this one is told anew."""
ANEW = 12 * 3600.0
"""Seconds: no window is told of so soon after another. It is the same one, and the clock was set, or summer time."""
NEVER = Span(-INFINITE, -INFINITE)


@dataclass(frozen=True, slots=True)
class OftenBetween(Times):
    """``times = 5, within = "22:00-06:00"``: so often, or oftener, in one window; true until the next one begins."""

    daily: Daily

    @property
    def civil(self) -> bool:
        return True

    def live(self, devices: Sequence[Known]) -> Live:
        return _Often(self, self.daily, devices)


@dataclass(frozen=True, slots=True)
class SeldomBetween(TimesBelow):
    """``times_below = 1, within = "07:00-10:00"``: less often in the window, judged when that is over.

    It is true from then until it happens; where the next window shows it no more than this one, it is over for a
    second, and true anew; where nothing is known of that, it stays true. Time in which the gateway was off, or a sensor
    silent beyond its budget, is made up for after the window, if it is a sixth of the window at the most; of a window
    with more of it nothing is known. Sensors that told of little are done without. Each must be heard as ``TimesBelow``
    asks.
    """

    daily: Daily

    @property
    def civil(self) -> bool:
        return True

    def live(self, devices: Sequence[Known]) -> Live:
        return _Seldom(self, self.daily, devices)


class _Often(Often):
    """``signs`` came within windows, those of the present one last; ``true`` is as of the last look.

    ``told`` is when the last window began of which it was true.
    """

    __slots__ = ("days", "told", "true")

    def __init__(self, times: Times, daily: Daily, devices: Sequence[Known]) -> None:
        super().__init__(times, devices)
        self.days = Days(daily, devices[0].ears.wall)
        self.told = -INFINITE
        self.true = False

    def step(self, at: float, reading: Reading | None) -> bool:
        super().step(at, reading)
        span = self.days.begun(at) if self.days.wall.synced else None
        if span is not None and span.start > self.told + ANEW:  # else it is the same, by a clock that was set
            full = len(self.signs) == self.count
            self.true = full and span.start <= self.signs[0] and self.signs[-1] < span.end
            self.told = span.start if self.true else self.told
        return self.true

    def happened(self, at: float, device: str) -> None:
        span = self.days.begun(at) if self.days.wall.synced else None
        if span is not None and at < span.end:
            super().happened(at, device)

    def anew(self, at: float) -> None:
        super().anew(at)
        self.told, self.true = -INFINITE, False

    def due(self, after: float) -> float | None:
        return self.days.next_start(after) if self.true and self.days.wall.synced else None

    def save(self) -> object:
        made = super().save()
        return made if made is None else [made, None if self.told == -INFINITE else [self.told, self.true]]

    def restore(self, saved: object, now: float) -> None:
        made, told = _two(saved)
        super().restore(made, now)
        start, true = (-INFINITE, False) if told is None else told
        self.told, self.true = min(float(start), now), true is True


class _Seldom(Rare):
    """``told`` is the window of which it is true, or was last; ``again_at`` until when it is not true again."""

    __slots__ = ("again_at", "days", "told")

    def __init__(self, times: Times, daily: Daily, devices: Sequence[Known]) -> None:
        super().__init__(times, devices)
        self.days = Days(daily, devices[0].ears.wall)
        self.told = NEVER
        self.again_at = 0.0

    def step(self, at: float, reading: Reading | None) -> bool:
        super().step(at, reading)
        if self.days.wall.synced and not self.on:
            if self.true:
                self._outlast(at)
            else:
                self._look(at)
        return self.true

    def ripe_at(self) -> float:
        """Never true by the time that is over, so that who hears of the signs leaves it to the windows."""
        return INFINITE

    def _look(self, at: float) -> None:
        """Does the window that was over last tell of it?"""
        span, self.waiting = self.days.over(at), False
        ripe_at = None if span is None or at < self.again_at else self._ripe(span)
        if span is not None and ripe_at is not None:
            self.true = ripe_at <= at and self.is_proven(ripe_at, at)
            self.waiting = ripe_at <= at and not self.true
            self.told = span if self.true else self.told

    def _outlast(self, at: float) -> None:
        """It is over just before the next window tells the same, or as soon as that is proven. If nothing shows that,
        who was missed still is."""
        self.waiting = False
        for span in self._later(at):
            if at < self._over_at(span):
                return
            ripe_at = self._ripe(span)
            if ripe_at is None:
                self.told = span
            elif self.is_proven(min(ripe_at, at), at):
                self.true = self.waiting = False
                self.again_at = ripe_at if at < ripe_at else round(at + PAUSE, 6)
                return
            else:
                self.waiting = True

    def _later(self, at: float) -> list[Span]:
        """The windows after the one of which it is true, or was."""
        return self.days.ending(at, self.told.end + ANEW)

    def _over_at(self, span: Span) -> float:
        """When what the window before told is over."""
        ripe_at = self._ripe(span)
        return round((span.end if ripe_at is None else ripe_at) - PAUSE, 6)

    def _ripe(self, span: Span) -> float | None:
        """When a window is proven in which it happened seldom; None: it happened, or too much of it went unheard.

        A sign at its very beginning is in it; one after its end is what ends it.
        """
        if span.end < self.told.end + ANEW or not self.signs:
            return None
        if self.signs[0][0] >= span.start or self.signs[-1][0] >= span.end:
            return None
        sensors = self._relied_on(span)
        if unseen(sensors, span.start, span.end, self.joined) > (span.end - span.start) / PART:
            return None
        return round(span.end + unseen(sensors, span.start, INFINITE, self.joined), 6)

    def _relied_on(self, span: Span) -> Sequence[Known]:
        """The sensors whose silences count: without those that were silent then, if they told of little."""
        sensors = self.sensors()
        pauses = self._ears.pauses
        gaps = [(known.name, whole(gap, pauses)) for known in sensors for gap in known.gaps]
        silent = {name for name, gap in gaps if span.start < gap.until and gap.since < span.end}
        if silent and self.shares.spare(silent):
            return [known for known in sensors if known.name not in silent] or sensors
        return sensors

    def due(self, after: float) -> float | None:
        if not self.days.wall.synced or not self.signs:
            return None
        if self.true:
            moments = [self._over_at(span) for span in self._later(after)]
        else:
            over = self.days.over(after)
            ripe_at = None if self.on or over is None else self._ripe(over)
            moments = [self.again_at, self.again_at if ripe_at is None else ripe_at]
            moments += [span.end for span in self._later(after)]
        if self.waiting and (unheard_at := unheard_next(self._witnesses(), after)) is not None:
            moments.append(unheard_at)  # then some may be done without
        return min([moment for moment in moments if moment > after], default=None)

    def evidence(self) -> Iterator[Reading]:
        """A reading that nobody sent: how often it happened from when on; then what was said last."""
        signs = [at for told in self._by.values() for at, _ in told if self.told.start <= at < self.told.end]
        yield Reading(self.last_device(), "times", "times", float(len(signs)), self.told.start)
        yield from Counting.evidence(self)

    def save(self) -> object:
        made = super().save()
        return made if made is None else [made, None if self.told is NEVER else [*self.told, self.again_at]]

    def restore(self, saved: object, now: float) -> None:
        made, told = _two(saved)
        super().restore(made, now)
        start, end, again_at = (-INFINITE, -INFINITE, 0.0) if told is None else map(float, told)
        self.told = NEVER if told is None else Span(min(start, now), min(end, now))
        self.again_at = min(again_at, now + PAUSE)


def _two(saved: object) -> tuple[Any, Any]:
    if saved is None:
        return None, None
    if not isinstance(saved, list) or len(saved) != 2:
        raise ValueError("no memory of how often it happened between two times")
    return saved[0], saved[1]
