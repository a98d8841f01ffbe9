"""Hearing: which sensors would have told of life, and for how long they could not.

Time in which the gateway didn't listen, or a sensor was silent for longer than its budget, proves nothing.
"""

from collections.abc import Sequence
from typing import Any

from drivers.reading import Reading
from rules.conditions.share import Shares
from rules.known import INFINITE, Known, blind, pack, unpack
from rules.signs import Point, Signs

NOBODY: Point = ("", "")
Told = tuple[float, float, Reading | None]
"""When a sign came, ``ears.deaf`` by then, and the sign; None where another silence began without one."""
LOST = 86400.0
"""Seconds: a sensor that was not heard for so long isn't waited for."""


def lost_at(known: Known) -> float:
    """From then on nobody waits for this sensor; one that may be silent for longer than LOST is lost later."""
    return known.silent_at(max(LOST, known.budget))


class Hearing:
    """The sensors of a home that ever said something of life."""

    __slots__ = (
        "_deaf", "_joined", "_names", "_sensors", "_signs", "_since", "devices", "doubted", "ears", "shares", "told",
    )  # fmt: skip

    def __init__(self, devices: Sequence[Known], signs: Signs) -> None:
        self.devices = devices
        self.ears = devices[0].ears
        self.shares = Shares()
        self._signs = signs
        self._sensors: list[Known] | None = None
        self._names: frozenset[str] = frozenset()
        """Of the sensors."""
        self._since = self._deaf = 0.0
        """When the silence began, and the seconds by then in which the gateway didn't listen."""
        self.told: dict[Point, Told] = {}
        """Device and quantity -> when that was a sign last; all else that ended a silence stands under two empty
        names."""
        self.doubted: frozenset[Point] = frozenset()
        """Of ``told``, what wasn't believed at the last look."""
        self._joined: dict[str, float] = {}
        """When a sensor spoke for the first time, if that was since."""

    def sensors(self) -> list[Known]:
        """Those that ever said something of life."""
        if self._sensors is None:
            self._trust(self._signs.sensors())
        return self._sensors or []

    def _trust(self, sensors: list[Known]) -> None:
        self._sensors, self._names = sensors, frozenset([known.name for known in sensors])

    def begin(self, at: float, deaf: float | None = None) -> None:
        """A silence begins; who spoke before is known from here on. ``deaf``: ``ears.deaf`` by then, if not now."""
        self._since, self._deaf, self._joined = at, self.ears.deaf if deaf is None else deaf, {}
        self.sensors()

    def note(self, sign: Reading, at: float) -> None:
        """This ended a silence."""
        here = sign.device in self._names or any(known.name == sign.device for known in self.devices)
        self.told[(sign.device, sign.quantity) if here else NOBODY] = at, self.ears.deaf, sign

    def anew(self, at: float) -> None:
        """Whatever was before is nobody's worry."""
        self.told = {NOBODY: (at, self.ears.deaf, None)}

    def last(self) -> Told:
        """The last sign that is believed; now, if nobody knows of any."""
        believed = [told for point, told in self.told.items() if point not in self.doubted]
        return max(believed, default=(INFINITE, self.ears.deaf, None), key=lambda told: told[:2])

    def heed(self, at: float) -> frozenset[str]:
        """Others than before may be known to be faulty -> the devices that weren't yet."""
        now, before = self.devices[0].kin.doubted, self.doubted
        if now == before:
            return frozenset()
        self.doubted = now
        known = set(self._names)
        self._trust(self._signs.sensors())
        self._joined |= dict.fromkeys(self._names - known, at)  # what they missed before is nobody's
        return frozenset(device for device, _ in now - before)

    def lost(self) -> float:
        """Seconds of this silence in which life may have gone unheard, each once however many sensors were lost."""
        deaf = self.ears.deaf - self._deaf
        return round(deaf + blind(self.sensors(), self._since, self._joined), 6)

    def meet(self, device: str, at: float) -> None:
        """A sensor may speak for the first time; what it missed before doesn't count."""
        self.sensors()
        if device not in self._names:
            self._joined[device] = next(known for known in self.devices if known.name == device).joins_at(at)
            names = {device, *self._names}
            self._trust([known for known in self.devices if known.name in names])  # in the order of a checkpoint

    def heard(self, at: float) -> list[Known]:
        """Those heard within their budgets."""
        return [known for known in self.sensors() if known.unheard_at() > at]

    def unheard(self, at: float, needed: Sequence[Known]) -> list[Known]:
        """The sensors that are waited for; all of them if none is left that could be believed.

        Those that told of little aren't, unless they are ``needed``.
        """
        sensors = self.sensors()
        owing = [one for one in self.devices if one.owes(*self._signs.quantities)]
        known = [one for one in (*sensors, *owing) if lost_at(one) > at]
        if not known:
            return sensors or self._signs.doubtful()
        unheard = [one for one in known if one.unheard_at() <= at]
        spared = not any(one in unheard for one in needed) and self.shares.spare([one.name for one in unheard])
        return [] if spared else unheard

    def turns(self) -> list[float]:
        """When each of them isn't heard any more, and when nobody waits for it any more, if nothing comes."""
        owing = [one for one in self.devices if one.owes(*self._signs.quantities)]
        return [moment for one in (*self.sensors(), *owing) for moment in (one.unheard_at(), lost_at(one))]

    def save(self) -> list[object]:
        """JSON-able."""
        told = [[*point, at, deaf, sign and pack(sign)] for point, (at, deaf, sign) in self.told.items()]
        names = [known.name for known in self.sensors()]
        return [self._deaf, names, self.shares.save(), dict(self._joined), told, sorted(map(list, self.doubted))]

    def restore(self, saved: Any, since: float) -> bool:
        """From what ``save`` gave; -> is none of them gone? Raises ValueError or TypeError."""
        deaf, heard, shares, *joined = saved
        names = [str(name) for name in heard]
        self.shares.restore(shares)
        self._since, self._deaf = since, min(float(deaf), self.ears.deaf)
        self._joined = {str(name): float(at) for name, at in dict(joined[0]).items()} if joined else {}
        self._trust([known for known in self.devices if known.name in names])
        told, doubted = joined[1:3] if len(joined) > 2 else ([], [])
        here = {known.name for known in self.devices} | {NOBODY[0]}
        self.told = {
            (str(one), str(of)): (float(at), float(deaf), unpack(sign[0]) if sign and sign[0] else None)
            for one, of, at, deaf, *sign in told
            if one in here
        }
        self.doubted = frozenset((str(device), str(quantity)) for device, quantity in doubted)
        return len(self.sensors()) == len(names)
