"""Lessons: what the silences of a day teach, when the day is over, and the time in which there were none; and whether
a call was needless, at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rules.rhythm import ASKED, LEAST, Rhythm

MOST = 96
"""Silences of a day: no more fit in than one each quarter of an hour."""
NEVER = float("inf")
AWAKE = 86400.0
"""Seconds: signs that came one after the other for longer are counted for so long."""
_OUT, _PART, _DOOR = -1.0, 48, 96
"""In place of an hour, as earlier versions noted an absence; added to the hour of a silence that was heard in part, and
of one behind the front door."""


class Lessons:
    """Of one day, until a sign of the next one."""

    __slots__ = ("_blamed", "_busy", "_excused", "_fresh", "_stretch", "_told")

    def __init__(self) -> None:
        self._fresh: list[list[float]] = []
        """[day type x 24 + hour, seconds], _PART or _DOOR more, or _OUT in place of the hour."""
        self._stretch = [0.0, 0.0]
        """Since when signs have come one after the other, and until when, by the clock that runs."""
        self._busy: dict[int, float] = {}
        """Day type x 24 + hour -> seconds of such stretches that are over."""
        self._told = 0.0
        """Of a needless call, what the present silence has come to if all is well: a question, a call, or nothing."""
        self._excused = False
        """A visit found a reason for it: it was none of those that are normal."""
        self._blamed = [0.0, 0.0, 0.0, 0.0]
        """Of what was last called needless by how much it raised the rhythm's ``balance`` and ``lately``; then its
        silence [day type x 24 + hour, seconds], if that was noted."""

    def begin(self) -> None:
        """A silence begins."""
        self._told, self._excused = 0.0, False

    def tell(self, called: bool) -> None:
        """Somebody was asked because of it, or called."""
        self._told = 1.0 if called else max(self._told, ASKED)

    def excuse(self) -> None:
        """It was right to ask and to call."""
        self._excused = True

    def regret(self, rhythm: Rhythm, again: bool = True) -> bool:
        """It is over, and all was well -> was somebody asked or called for nothing?

        It counts at once: the next silence may be of the same holiday, unless that is over (``again``).
        """
        needless = 0.0 if self._excused else self._told
        balance, lately = rhythm.balance, rhythm.lately
        rhythm.needless(needless, again)
        if needless:
            raised = [round(rhythm.balance - balance, 6), round(rhythm.lately - lately, 6)]
            self._blamed = [*raised, *(self._fresh[-1] if again and self._fresh else (0.0, 0.0))]
        self.begin()
        return needless > 0

    def take_back(self, rhythm: Rhythm) -> None:
        """Somebody was there and tells now that the last one was not needless."""
        balance, lately, *silence = self._blamed
        rhythm.forgive(balance, lately)
        if silence in self._fresh:
            self._fresh.remove(silence)
        self._blamed = [0.0, 0.0, 0.0, 0.0]

    def behind(self, began: datetime, seconds: float) -> None:
        """Nobody was heard for so long from the front door on."""
        if len(self._fresh) < MOST and not self._excused:
            self._fresh.append([24.0 * (began.weekday() >= 5) + began.hour + _DOOR, seconds])

    def silence(self, began: datetime, seconds: float, whole: bool = True) -> None:
        """Somebody was in, and not heard for so long; unless ``whole`` for longer, and time was lost."""
        if seconds >= LEAST and len(self._fresh) < MOST and not self._excused:
            hour = 24.0 * (began.weekday() >= 5) + began.hour
            self._fresh.append([hour if whole else hour + _PART, seconds])

    def busy(self, since: float, until: float, local: Callable[[float], datetime]) -> None:
        """Two signs came so soon after each other that the silence between isn't worth a note."""
        if since != self._stretch[1]:
            self._spread(local)
            self._stretch[0] = since
        self._stretch[1] = until

    def _spread(self, local: Callable[[float], datetime]) -> None:
        """Share the stretch that is over among the hours of the day."""
        at, end = self._stretch
        end = min(end, at + AWAKE)
        while at < end:
            began = local(at)
            until = min(end, at + max(3600.0 - 60 * began.minute - began.second, 1.0))
            key = 24 * (began.weekday() >= 5) + began.hour
            self._busy[key] = min(round(self._busy.get(key, 0.0) + until - at, 3), 3600.0)
            at = until

    def end(self, day: int, rhythm: Rhythm) -> bool:
        """Is the day another one? Then all that was noted is learned."""
        if rhythm.day is not None and day == rhythm.day:
            return False
        for hour, seconds in self._fresh:
            if hour < 0:
                rhythm.was_out(seconds)
            else:
                note = (rhythm.learn, rhythm.lasted, rhythm.was_behind)[int(hour) // _PART]
                note(hour % _PART >= 24, int(hour) % 24, seconds)
        for key, seconds in sorted(self._busy.items()):
            rhythm.busy(key >= 24, key % 24, seconds)
        rhythm.turn(day)
        self._fresh, self._busy = [], {}
        return True

    def save(self) -> list[object]:
        """JSON-able."""
        busy = [list(self._stretch), [list(one) for one in sorted(self._busy.items())]]
        return [[list(one) for one in self._fresh], self._told, self._excused, list(self._blamed), busy]

    def restore(self, saved: Any) -> None:
        """From what ``save`` gave; raises ValueError or TypeError for anything else."""
        if len(saved) > 2 and not isinstance(saved[1], list):
            saved, told, excused, *blamed = saved
            self._told, self._excused = float(told), excused is True
            if blamed:
                balance, *lately, hour, seconds = map(float, blamed[0])
                self._blamed = [balance, lately[0] if lately else float(int(balance)), hour, seconds]
            if len(blamed) > 1:
                (start, until), spread = blamed[1]
                self._stretch = [float(start), float(until)]
                if not 0.0 <= self._stretch[0] <= self._stretch[1] < NEVER:
                    raise ValueError("no stretch of time")
                self._busy = {int(key): min(float(seconds), 3600.0) for key, seconds in spread if 0 <= int(key) < 48}
        fresh = [[float(hour), float(seconds)] for hour, seconds, *_ in saved][:MOST]
        if not all(_OUT <= hour < _DOOR + 48 for hour, _ in fresh):
            raise ValueError("no hour")
        self._fresh = fresh
