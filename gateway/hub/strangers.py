"""Strangers: devices that nobody registered are shown, not dropped, as far as memory and flash allow."""

from collections.abc import Container

from gateway.hub.outcome import Outcome

MOST = 256
"""Unregistered devices remembered; more than this is noise or an attack."""
CALLS = 60
"""Alarms of unregistered devices taken in at once; after that one in CALL seconds. They repeat what isn't answered."""
CALL = 30.0

Key = tuple[str, str]
"""(port, address)."""


class Strangers:
    """Who they are, and how much of what they say is taken in."""

    def __init__(self) -> None:
        self.frames: dict[Key, int] = {}
        """How many frames of each were taken in."""
        self.calls = 0.0
        """Gateway time up to which their alarms have used their share."""

    def __contains__(self, key: Key) -> bool:
        """Was it heard before?"""
        return key in self.frames

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self.frames)

    def admit(self, key: Key, out: Outcome, *, alarm: bool) -> bool:
        """May this frame be taken in? Notes on the outcome that it is bad, or a stranger's first."""
        known = key in self.frames
        waits = max(self.calls, out.frame.at)
        if (known and not alarm) or (alarm and waits > out.frame.at + CALLS * CALL):
            out.bad = "unregistered"
            return False
        if not known:
            if len(self.frames) >= MOST:
                out.bad = "unregistered"
                return False
            out.stranger = key[1]
        if alarm:
            self.calls = waits + CALL
        self.frames[key] = self.frames.get(key, 0) + 1
        return True

    def forget(self, registered: Container[Key]) -> None:
        """Those who are registered by now are strangers no more."""
        self.frames = {key: count for key, count in self.frames.items() if key not in registered}
