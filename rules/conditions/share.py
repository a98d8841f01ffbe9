"""Shares: which of several sensors of a home can be lost without being blind to whether somebody lives there.

A home with ten taps metered, or five motion sensors, must not lose its rules about absence with the one in the guest
room. What a lost sensor would have told is believed to be what it told before: if that was little, the rest is proof
enough. It is told of as not supervised all the same.
"""

from collections.abc import Collection
from typing import Any

LITTLE = 0.2
"""Share of all signs: who is well gives five in twelve hours or more, and all of them at such a sensor are 0.2 ** 5."""
ENOUGH = 50
"""Signs before anything is concluded from them."""
MOST = 1000
"""Signs after which all are halved: a sensor that was moved is forgotten in weeks."""


class Shares:
    """How many signs came from each sensor."""

    __slots__ = ("_counts", "_total")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._total = 0

    def note(self, name: str, signs: int = 1) -> None:
        """A sign, or so many."""
        self._counts[name] = self._counts.get(name, 0) + signs
        self._total += signs
        if self._total >= MOST:
            self._counts = {one: count // 2 for one, count in self._counts.items() if count > 1}
            self._total = sum(self._counts.values())

    def forget(self, name: str) -> None:
        """What it told of was nothing."""
        self._total -= self._counts.pop(name, 0)

    def spare(self, lost: Collection[str]) -> bool:
        """Can these be done without?"""
        if not lost:
            return True
        return self._total >= ENOUGH and sum(self._counts.get(one, 0) for one in lost) <= LITTLE * self._total

    def save(self) -> object:
        """JSON-able."""
        return dict(self._counts)

    def restore(self, saved: Any) -> None:
        """From what ``save`` gave; raises ValueError or TypeError for anything else."""
        self._counts = {str(name): int(count) for name, count in dict(saved).items()}
        self._total = sum(self._counts.values())
