"""Strangers: devices that nobody registered are shown, not dropped, as far as memory and flash allow."""

from collections.abc import Callable, Container
from typing import Any, NamedTuple

from gateway.hub.outcome import Outcome

MOST = 256
"""Unregistered devices remembered; more than this is noise or an attack."""
KEPT = 7 * 86_400.0
"""Seconds for which each of so many keeps its place; then a new one may have it, or one crowd would blind for ever."""
CALLS = 60
"""Alarms of unregistered devices taken in at once; after that one in CALL seconds. They repeat what isn't answered."""
CALL = 30.0

Key = tuple[str, str]
"""(port, address)."""


class Known(NamedTuple):
    """What is remembered of one."""

    frames: int
    """How many of its frames were taken in."""
    at: float
    """Gateway time of the last of them."""


class Strangers:
    """Who they are, and how much of what they say is taken in."""

    def __init__(self) -> None:
        self.known: dict[Key, Known] = {}
        self.calls = 0.0
        """Gateway time up to which their alarms have used their share."""

    def __contains__(self, key: Key) -> bool:
        """Was it heard before?"""
        return key in self.known

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self.known)

    def admit(self, key: Key, out: Outcome, forget: Callable[[Key], None], *, alarm: bool) -> bool:
        """May this frame be taken in? Notes on the outcome that it is bad, or a stranger's first.

        ``forget`` is told who gave up its place.
        """
        before, at = self.known.get(key), out.frame.at
        waits = max(self.calls, at)
        if (before and not alarm) or (alarm and waits > at + CALLS * CALL):
            out.bad = "unregistered"
            return False
        if before is None:
            if len(self.known) >= MOST and not self._make_room(at, forget):
                out.bad = "unregistered"
                return False
            out.stranger = key[1]
        if alarm:
            self.calls = waits + CALL
        self.known[key] = Known(before.frames + 1 if before else 1, at)
        return True

    def _make_room(self, at: float, forget: Callable[[Key], None]) -> bool:
        oldest = min(self.known, key=lambda key: self.known[key].at)
        if at - self.known[oldest].at < KEPT:
            return False
        del self.known[oldest]
        forget(oldest)
        return True

    def register(self, devices: Container[Key]) -> None:
        """Those who are registered by now are strangers no more."""
        self.known = {key: known for key, known in self.known.items() if key not in devices}

    def row(self) -> list[list[object]]:
        """For the checkpoint."""
        return [[*key, *known] for key, known in self.known.items()]

    def load(self, row: Any) -> None:
        """From the checkpoint, that of a version without times too; raises ValueError or TypeError for other things."""
        told = [(str(port), str(address), int(frames), *at) for port, address, frames, *at in row]
        self.known = {(port, address): Known(frames, float(*at)) for port, address, frames, *at in told}
