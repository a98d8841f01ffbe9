"""OpenLine: what a line offers to those who listen or take turns on it; `line.py` has the only one."""

from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.driver import Settings
from gateway.inbox import Inbox
from gateway.ports.serial.faults import Change, Faults
from gateway.ports.serial.figures import Figures


class OpenLine(Protocol):
    """A line that is open. What hangs up or stalls is the line's own to mind."""

    name: str
    figures: Figures
    faults: Faults
    inbox: Inbox
    now: Callable[[], float]
    """Gateway time."""
    settings: Settings
    """As it was opened."""

    @property
    def delay(self) -> float:
        """Seconds that an answer may need on its way, beside the line itself."""

    async def set(self, settings: Settings) -> None:
        """Set the line; raises OSError."""

    def write(self, data: bytes) -> None:
        """Write as soon as the line takes it."""

    def deliver(self, port: str, frame: bytes, at: float) -> None:
        """Hand a frame to the hub."""

    def tell(self, changes: Sequence[Change]) -> None:
        """Log what is wrong, or over, and say it as a trouble."""

    def look(self, silent: float) -> None:
        """Now and then: end faults that are over; raises Stalled when nothing came for too long, or nothing goes."""
