"""The shipped rules as somebody would write them by hand: plain ``if``s, the floor of bench/rules.py.

It knows thresholds, ``for``, two in a row, what a meter used in a window, and when a device was heard. It forgets all
at a restart, knows no latch, no modes, no evidence, no faults of meters, and tells nobody: it only counts.
"""

from collections import deque

from drivers.reading import Reading, Scalar

ABOVE = {"gas_lel_pct": (10.0, 3.0), "co_ppm": (300.0, 0.0), "temperature_c": (57.0, 0.0)}
"""Quantity -> (limit, seconds)."""
TRUE = {
    "smoke": 0.0, "gas_alarm": 0.0, "co_alarm": 0.0, "heat_alarm": 0.0, "flood": 5.0, "tamper": 2.0, "fault": 10.0,
    "battery_low": 0.0, "door_open": 600.0, "fire_door_open": 180.0, "lift_fault": 10.0,
}  # fmt: skip
DAY = 86400.0


class Ifs:
    """All homes. ``fired`` counts."""

    def __init__(self) -> None:
        self.heard: dict[str, float] = {}
        self.last: dict[tuple[str, str], Scalar] = {}
        self.since: dict[tuple[str, str, str], float] = {}
        self.used: dict[str, deque[tuple[float, float]]] = {}
        self.moved: dict[str, float] = {}
        self.fired = 0

    def feed(self, reading: Reading) -> None:
        """One reading."""
        device, quantity, value, at = reading.device, reading.quantity, reading.value, reading.at
        self.heard[device] = at
        key = (device, quantity)
        before = self.last.get(key)
        self.last[key] = value
        if quantity in TRUE:
            self._lasts(device, quantity, value is True, TRUE[quantity], at)
        elif quantity in ABOVE:
            limit, seconds = ABOVE[quantity]
            self._lasts(device, quantity, value > limit and (before or 0) > limit, seconds, at)  # type: ignore[operator]
            if quantity == "temperature_c":
                self._lasts(device, "hot", value > 33, 3600.0, at)  # type: ignore[operator]
                self._lasts(device, "cold", value < 10, 3600.0, at)  # type: ignore[operator]
        elif quantity == "battery_pct":
            self._lasts(device, quantity, value < 20, 600.0, at)  # type: ignore[operator]
        elif quantity == "pressure_kpa":
            self._lasts(device, quantity, value < 100, 300.0, at)  # type: ignore[operator]
        elif quantity == "button":
            self.fired += 1
        elif quantity in ("motion", "door_open"):
            self._moves(device, value is True, at)
        elif quantity in ("water_m3", "energy_kwh"):
            self._meter(device, float(value), at)

    def silent(self, now: float) -> int:
        """How many devices were not heard for two hours."""
        return sum(now - at > 7200.0 for at in self.heard.values())

    def _lasts(self, device: str, rule: str, true: bool, seconds: float, at: float) -> None:
        key = (device, rule, "")
        if not true:
            self.since.pop(key, None)
        elif at - self.since.setdefault(key, at) >= seconds:
            self.fired += 1

    def _moves(self, device: str, moves: bool, at: float) -> None:
        if moves:
            self.moved[device] = at
        elif at - self.moved.setdefault(device, at) > DAY:
            self.fired += 1

    def _meter(self, device: str, register: float, at: float) -> None:
        steps = self.used.setdefault(device, deque())
        steps.append((at, register))
        while at - steps[0][0] > DAY:
            steps.popleft()
        used = register - steps[0][1]
        if used > 2.0 or (used < 0.01 and at - steps[0][0] > DAY - 3600.0):
            self.fired += 1
