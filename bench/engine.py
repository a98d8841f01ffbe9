"""A home's traffic, and an engine to feed it to: what the measurements of the rules share.

Each sensor says a few quantities, most of which no rule looks at.
"""

import random
from collections.abc import Iterator
from itertools import count
from sys import intern

from drivers.reading import Reading, Scalar
from rules.engine import Device, Engine
from rules.rule import Rule

KINDS: tuple[tuple[str, ...], ...] = (
    ("smoke", "temperature_c", "battery_pct", "rssi_dbm"),
    ("gas_lel_pct", "co_ppm", "temperature_c", "fault"),
    ("door_open", "battery_pct", "rssi_dbm", "tamper"),
    ("motion", "illuminance_lx", "temperature_c", "battery_pct"),
    ("water_m3", "flow_m3_h", "temperature_c", "battery_pct"),
    ("energy_kwh", "power_w", "voltage_v", "current_a"),
)
"""What the kinds of sensors say, in turn."""
PACE = 300.0
"""Seconds between two moments at which a sensor speaks, on average."""


def name(number: int) -> str:
    """Of a sensor. As in a gateway, whose site names its readings, the engine and the traffic have the same string."""
    return intern(f"sensor-{number}")


def _value(quantity: str, chance: random.Random) -> Scalar:
    if quantity in ("smoke", "fault", "tamper"):
        return False
    if quantity in ("door_open", "motion"):
        return chance.random() < 0.1
    if quantity == "battery_pct":
        return 80 + chance.randrange(3)
    if quantity == "temperature_c":
        return round(chance.uniform(20.0, 23.0), 2)
    return round(chance.uniform(0.0, 9.0), 2)


def _grow(registers: dict[tuple[int, str], float], number: int, quantity: str, chance: random.Random) -> float:
    """A register: about every third reading shows a few steps more."""
    step = {"water_m3": 0.001, "energy_kwh": 0.01}[quantity] * max(0, chance.randrange(-5, 4))
    registers[number, quantity] = register = round(registers.get((number, quantity), 100.0) + step, 3)
    return register


def traffic(sensors: int, seed: int = 1) -> Iterator[Reading]:
    """Readings of so many sensors without end, one sensor a moment: first each of them once, then any.

    Each speaks every PACE seconds, however many there are: so homes live alike, and a reading costs more among many
    only for their number.
    """
    chance = random.Random(seed)
    registers: dict[tuple[int, str], float] = {}
    first, names = list(range(sensors)), [name(number) for number in range(sensors)]
    numbers = count(1)
    for moment in count(1):
        number = first.pop() if first else chance.randrange(sensors)
        at = moment * PACE / sensors
        for quantity in KINDS[number % len(KINDS)]:
            meter = quantity in ("water_m3", "energy_kwh")
            value = _grow(registers, number, quantity, chance) if meter else _value(quantity, chance)
            yield Reading(names[number], quantity, quantity, value, at, (), next(numbers))


def engine(sensors: int, rules: list[Rule]) -> Engine:
    """An engine with so many sensors, ten a home, all of them supervised."""
    made = Engine("bench", "0")
    places = {name(number): Device(f"home-{number // 10}", "", 7200.0) for number in range(sensors)}
    made.configure(rules, places, 0.0, 0)
    return made
