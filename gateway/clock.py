"""The only reader of time.

Gateway time (``at``) is seconds since the store was made. It runs on CLOCK_BOOTTIME, which no NTP step, no
person and no flat RTC battery moves and which goes on while the machine is suspended. Over a restart of the gateway
alone that clock goes on, so the downtime is known; over one of the machine gateway time is continued by the wall
clock's difference when that clock was synchronised at both ends, and by 0 otherwise.
Wall time is gateway time plus an offset; every change of the offset is an input Frame of port ``clock``.
"""

import ctypes
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from drivers.reading import Frame

STEP = 1.0
"""Seconds: a wall clock that moved by more than this against gateway time was stepped."""
ASLEEP = 5.0
"""Seconds between two looks at the clock beyond which the process was suspended and listened to nobody."""

_SYNCED_STATES = range(5)
"""TIME_OK and the leap-second states; 5 is TIME_ERROR, -1 a kernel that refuses to say."""


def kernel_says_synced() -> bool:
    """Whether the kernel holds its clock for synchronised (ntp_adjtime; STA_UNSYNC clear)."""
    timex = (ctypes.c_byte * 512)()
    return int(_libc().ntp_adjtime(ctypes.byref(timex))) in _SYNCED_STATES


@cache
def _libc() -> ctypes.CDLL:
    """Looked up once: the clock is looked at for every message that wakes the gateway."""
    return ctypes.CDLL(None)


def wall_time() -> float:
    """Seconds since the epoch, by the machine's own clock."""
    return time.time()


def boot_time() -> float:
    """Seconds on the clock that nothing moves and that counts while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_name() -> str:
    """The name that the kernel gave itself when the machine started; empty where it has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


class Continued(NamedTuple):
    """What the store knew of time when the gateway last wrote to it."""

    at: float
    offset: float
    synced: bool
    boot: str = ""
    """Name of the machine's start in which it ran (``boot_name``)."""
    ahead: float = 0.0
    """Gateway time minus ``boot_time`` in it."""


class Clock:
    """Gateway time, its offset to wall time, and what happened to either since the last look."""

    def __init__(
        self,
        steady: Callable[[], float] = boot_time,
        wall: Callable[[], float] = wall_time,
        synced: Callable[[], bool] = kernel_says_synced,
        boot: Callable[[], str] = boot_name,
    ) -> None:
        self._steady, self._wall, self._ask_synced = steady, wall, synced
        self._zero = steady()
        self.boot = boot()
        self._looked = 0.0
        self.offset = wall()
        self.synced = synced()

    def now(self) -> float:
        """Gateway time in seconds, to the microsecond: a number that JSON and SQLite give back as it was."""
        return round(self._steady() - self._zero, 6)

    @property
    def ahead(self) -> float:
        """Gateway time minus ``boot_time``: the same as long as the machine runs."""
        return -self._zero

    def resume(self, last: Continued | None) -> float | None:
        """Go on from where the store ended; returns the downtime in seconds, None where nobody can know."""
        downtime: float | None = None
        start = 0.0
        if last is not None:
            start = last.at
            if last.boot and last.boot == self.boot:
                downtime = max(0.0, self._steady() + last.ahead - last.at)
                start += downtime
            elif last.synced and self.synced:
                downtime = max(0.0, self._wall() - (last.at + last.offset))
                start += downtime
        self._zero = self._steady() - start
        self._looked = start
        self.offset = self._wall() - start
        return downtime

    def look(self) -> list[Frame]:
        """Frames for what time did since the last look: a wall step, a change of quality, a sleep.

        Call it at least every second, and before anything is taken from the inbox.
        """
        now = self.now()
        asleep = now - self._looked
        self._looked = now
        offset = self._wall() - now
        synced = self._ask_synced()
        stepped = offset - self.offset
        slept = asleep > ASLEEP
        if not slept and abs(stepped) <= STEP and synced == self.synced:
            return []
        self.offset, self.synced = offset, synced
        return [clock_frame(now, offset, synced, stepped=stepped, deaf=asleep if slept else 0.0)]

    def frame(self, at: float | None = None) -> Frame:
        """The present offset and quality as a Frame of now, or of a moment that has just passed."""
        return clock_frame(self.now() if at is None else at, self.offset, self.synced)


def clock_frame(at: float, offset: float, synced: bool, *, stepped: float = 0.0, deaf: float = 0.0) -> Frame:
    """A Frame of port ``clock``: offset to wall time, its quality, the step, and the seconds nobody listened."""
    body = {"offset": round(offset, 3), "synced": synced, "stepped": round(stepped, 3), "deaf": round(deaf, 3)}
    return Frame("clock", at, json.dumps(body, sort_keys=True).encode())
