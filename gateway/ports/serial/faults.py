"""Faults of a line: each is told once when it begins and once when it is over. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

CALM = 60.0
"""Seconds without another sign of it after which a fault is over."""

WHAT: Mapping[str, tuple[str, str]] = {
    "line_babble": ("something speaks out of turn: %s", "nothing speaks out of turn any more"),
    "line_echo": ("the adapter hears itself; what it hears of us is left out", "the adapter no longer hears itself"),
    "line_late": ("%s answers when its turn is over; it gets more time", "answers come in time again"),
    "line_slow": ("answers are handed on at least %s late", "answers are handed on at once again"),
    "line_stalled": ("nothing is heard for %s though the port is open; it is opened anew", "the line is heard again"),
}
"""Quantity of the gateway's own -> what is logged when it begins, and when it is over."""


class Change(NamedTuple):
    """A fault that began or is over, and the line for the log."""

    fault: str
    on: bool
    text: str


class Faults:
    """What is wrong now, and since when there was no sign of it."""

    def __init__(self) -> None:
        self._signs: dict[str, float] = {}

    def __contains__(self, fault: str) -> bool:
        return fault in self._signs

    def __len__(self) -> int:
        return len(self._signs)

    def sign(self, fault: str, now: float, what: str = "") -> list[Change]:
        """A sign of a fault -> its beginning, if it is the first one."""
        news = fault not in self._signs
        self._signs[fault] = now
        text = WHAT[fault][0]
        return [Change(fault, True, text % what if "%s" in text else text)] if news else []

    def over(self, fault: str) -> list[Change]:
        """It is over for sure."""
        return [Change(fault, False, WHAT[fault][1])] if self._signs.pop(fault, None) is not None else []

    def look(self, now: float) -> list[Change]:
        """The faults of which there was no sign for long; a stalled line ends by what is heard alone."""
        calm = [fault for fault, at in self._signs.items() if now - at >= CALM and fault != "line_stalled"]
        return [change for fault in calm for change in self.over(fault)]
