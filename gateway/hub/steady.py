"""Steady: a device that is asked each second and says nothing that concerns anybody is taken in once a minute.

A line hands on each answer that differs from the last one, and a detector's last digit never rests: 86,400 Frames a
day, each of them flash. Here, where the rules are known, most of them turn out to be no news: every truth and text is
as it was, and every number is one that leaves all rules as they are (``Engine.calm``). Such a Frame is let go before
it becomes part of the journal. What the site shares, registers and batteries are taken as they come, and whatever a
rule might mind is taken in at once: near a limit, and while an alert is open, nothing is let go.

It is the live loop's alone. What was journalled is folded, here and at each start and replay, without asking again.
"""

from collections.abc import Mapping
from typing import NamedTuple

from drivers.driver import BadFrame
from drivers.reading import Frame, Scalar
from gateway.hub.routes import decode, head_of
from gateway.hub.state import State
from gateway.site import Device
from rules.quantities import METERS

QUICK = 10.0
"""Seconds between two questions beyond which a device's words are few anyway."""
OFTEN = 3
"""So many times a calm word is taken in before that: a rule may ask for a second reading."""
THIN = (4, 60.0)
"""One is taken in for each such part of its supervision budget, or so many seconds: it lives."""
MOST = 4096
"""Devices and kinds of their answers that are remembered."""
_EXACT = METERS | {"battery_pct", "battery_v"}


class _Told(NamedTuple):
    """What was taken in last of one kind of answer, when, and how many calm ones in a row."""

    at: float
    values: Mapping[str, Scalar]
    times: int


class Steady:
    """Ask about each Frame before it is folded."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, tuple[str, ...]], _Told] = {}
        self._site = ""
        self.let_go = 0
        """Frames that concerned nobody."""

    def is_idle(self, state: State, frame: Frame) -> bool:
        """May it be let go? Asked once for each Frame, in order: what isn't is remembered."""
        if state.site_hash != self._site or len(self._told) > MOST:
            self._told, self._site = {}, state.site_hash
        said = _said(state, frame)
        if said is None:
            return False
        device, values = said
        key = (device.name, tuple(values))
        old = self._told.get(key)
        calm = old is not None and all(_calm(state, device, point, values[point], old.values) for point in values)
        times = old.times + 1 if calm and old else 1
        if calm and old and times > OFTEN and frame.at - old.at < min(device.silent_after / THIN[0], THIN[1]):
            self.let_go += 1
            return True
        self._told[key] = _Told(frame.at, values, times)
        return False


def _said(state: State, frame: Frame) -> tuple[Device, Mapping[str, Scalar]] | None:
    """Who says what by point; None for all but a registered device that is asked often and keeps nothing in mind."""
    port, driver = state.routes.get(frame.port, ("", None))
    if driver is None or driver.manners.paired is None:
        return None
    try:
        head = head_of(driver, frame.data)
        device = state.devices.get((port, head.address))
        if device is None or device.every > QUICK or head.alarm:
            return None
        decoded = decode(driver, head, {}, "")
    except BadFrame:
        return None
    if decoded.memory or not decoded.values or any(value.flags for value in decoded.values):
        return None
    return device, {f"{one.quantity}#{one.nth + 1}" if one.nth else one.quantity: one.value for one in decoded.values}


def _calm(state: State, device: Device, point: str, value: Scalar, old: Mapping[str, Scalar]) -> bool:
    quantity = point.partition("#")[0]
    if value == old[point]:
        return True
    home = state.site.homes.get(device.home) if state.site else None
    if isinstance(value, bool | str) or quantity in _EXACT or (home is not None and quantity in home.share):
        return False
    return state.engine.calm(device.name, quantity, point, value)
