"""Figures of a line: what it carried, and how each device on it answered. Pure; counted since the gateway's start."""

from collections import deque
from dataclasses import asdict, dataclass, field

SPAN = 60.0
"""Seconds over which a line's utilisation is taken."""
_STEP = 5.0


@dataclass(slots=True)
class Device:
    """What one device did when it was asked."""

    turns: int = 0
    answers: int = 0
    timeouts: int = 0
    errors: int = 0
    """Answers that were damaged: a checksum, a length, another's answer."""
    refused: int = 0
    """Sound answers by which it says nothing."""
    late: int = 0
    """Answers that came when its turn was over."""
    heard_at: float | None = None
    """Gateway time of its last answer that says something."""
    why: str = ""
    """Why the last answer that was no good wasn't."""


@dataclass(slots=True)
class Figures:
    """What a line did. ``busy`` is the time for which bytes were on it, in seconds."""

    up: bool = False
    received: int = 0
    sent: int = 0
    busy: float = 0.0
    orders: int = 0
    """Commands that went between two turns."""
    devices: dict[str, Device] = field(default_factory=dict)
    _past: deque[tuple[float, float]] = field(default_factory=deque)

    def carried(self, seconds: float, now: float) -> None:
        """Bytes were on the line for so long."""
        self.busy += seconds
        if not self._past or now - self._past[-1][0] >= _STEP:
            self._past.append((now, self.busy))
            while now - self._past[0][0] > SPAN:
                self._past.popleft()

    def utilisation(self, now: float) -> float:
        """The share of the last minute for which bytes were on the line, 0 … 1."""
        past = [one for one in self._past if now - one[0] <= SPAN + _STEP]
        if not past or now - past[0][0] <= 0:
            return 0.0
        return min(1.0, (self.busy - past[0][1]) / (now - past[0][0]))

    def told(self, now: float) -> dict[str, object]:
        """All of it as JSON-able values; ``heard_s`` is how long ago a device was heard."""
        devices = {}
        for name, one in self.devices.items():
            row = asdict(one)
            heard = row.pop("heard_at")
            devices[name] = row | {"heard_s": None if heard is None else round(now - heard, 1)}
        return {
            "up": self.up,
            "utilisation": round(self.utilisation(now), 3),
            "received": self.received,
            "sent": self.sent,
            "orders": self.orders,
            "devices": devices,
        }
