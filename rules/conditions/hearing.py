"""Hearing: which sensors would have told of life, and for how long they could not.

Time in which the gateway didn't listen, or a sensor was silent for longer than its budget, proves nothing.
"""

from collections.abc import Sequence

from rules.conditions.share import Shares
from rules.known import Known
from rules.signs import Signs

LOST = 86400.0
"""Seconds: a sensor that was not heard for so long isn't waited for."""


class Hearing:
    """The sensors of a home that ever said something of life."""

    __slots__ = ("_blind", "_sensors", "_signs", "devices", "shares")

    def __init__(self, devices: Sequence[Known], signs: Signs) -> None:
        self.devices = devices
        self.shares = Shares()
        self._signs = signs
        self._sensors: list[Known] | None = None
        self._blind = 0.0
        """Seconds lost until the silence began, counted since the sensors are known."""

    def sensors(self) -> list[Known]:
        """Those that ever said something of life."""
        if self._sensors is None:
            self._sensors = self._signs.sensors()
        return self._sensors

    def begin(self) -> None:
        """A silence begins."""
        self._blind = self._blindness()

    def lost(self) -> float:
        """Seconds of this silence in which life may have gone unheard."""
        return self._blindness() - self._blind

    def _blindness(self) -> float:
        return self.devices[0].ears.deaf + sum(known.missed for known in self.sensors())

    def meet(self, device: str) -> None:
        """A sensor may speak for the first time; what it missed before doesn't count."""
        sensors = self.sensors()
        if all(known.name != device for known in sensors):
            met = [known for known in self.devices if known.name == device]
            self._blind += sum(known.missed for known in met)
            sensors += met

    def heard(self, at: float) -> list[Known]:
        """Those heard within their budgets."""
        return [known for known in self.sensors() if known.silent_at(known.budget) > at]

    def unheard(self, at: float, needed: Sequence[Known]) -> list[Known]:
        """The sensors that are waited for; all of them if none is left that could be believed.

        Those that told of little aren't, unless they are ``needed``.
        """
        sensors = self.sensors()
        known = [one for one in sensors if one.silent_at(LOST) > at]
        if not known:
            return sensors
        unheard = [one for one in known if one.silent_at(one.budget) <= at]
        spared = not any(one in unheard for one in needed) and self.shares.spare([one.name for one in unheard])
        return [] if spared else unheard

    def save(self) -> list[object]:
        """JSON-able."""
        return [self._blind, [known.name for known in self.sensors()], self.shares.save()]

    def restore(self, blind: float, names: Sequence[str]) -> bool:
        """From what ``save`` gave; -> is none of them gone?"""
        self._blind = blind
        self._sensors = [known for known in self.devices if known.name in names]
        return len(self._sensors) == len(names)
