"""What the engine knows of one device: when it was heard, and the last reading of each point that a rule asks for."""

from typing import TYPE_CHECKING, NamedTuple

from drivers.reading import Reading

if TYPE_CHECKING:
    from rules.watch import Watch

INFINITE = float("inf")


class Device(NamedTuple):
    """What rules know of a device."""

    home: str
    room: str = ""
    silent_after: float | None = None
    """Supervision budget in seconds; None = not supervised, as the gateway's own parts."""


class Ears:
    """Seconds in which the gateway did not listen, counted since its first start."""

    __slots__ = ("deaf",)

    def __init__(self) -> None:
        self.deaf = 0.0


class Known:
    """One device. The engine writes ``heard`` and ``deaf`` at each reading; conditions only look."""

    __slots__ = ("deaf", "device", "dirty", "ears", "guest", "heard", "last", "lost", "name", "routes", "saved")

    def __init__(self, name: str, device: Device, ears: Ears, at: float) -> None:
        self.name = name
        self.device = device
        self.ears = ears
        self.heard = at
        """Gateway time of the last reading; of the configuration if there was none yet."""
        self.deaf = ears.deaf
        """``ears.deaf`` at that time."""
        self.last: dict[str, dict[str, Reading]] = {}
        """quantity -> point -> last reading, of the states that a rule asks for."""
        self.guest = False
        """It spoke without being configured: one of the gateway's own parts."""
        self.routes: dict[str, tuple[bool, tuple[Watch, ...]]] = {}
        """quantity -> (does every reading count, or only a change; whom to tell)."""
        self.lost: tuple[Watch, ...] = ()
        """Whom to tell of the next reading, whatever it is: they believe the device silent."""
        self.dirty = True
        self.saved = -INFINITE
        """``heard`` as in the checkpoint."""

    def silent_at(self, budget: float) -> float:
        """The moment at which the budget is used up, if nothing comes; time in which nobody listened isn't counted."""
        return round(self.heard + (self.ears.deaf - self.deaf) + budget, 6)

    def row(self) -> list[object]:
        """For the checkpoint."""
        return [self.guest, self.heard, self.deaf, [pack(r) for points in self.last.values() for r in points.values()]]


def pack(reading: Reading) -> list[object]:
    """A reading as JSON-able values."""
    source = None if reading.source is None else list(reading.source)
    return [*reading[:5], list(reading.flags), reading.n, source]
