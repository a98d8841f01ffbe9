"""How fast the rules fold readings: ``python bench/engine.py [--sensors 50]``.

Prints readings/s (median of five runs over the same readings, once each sensor has said its first words), the first
words apart (what they cost: the rules are put to work then), the cost of a tick with nothing due, and the checkpoint.
The traffic is a home's: each sensor says a few quantities, most of which no rule looks at.
"""

import argparse
import json
import random
import statistics
import time

from drivers.reading import Reading, Scalar
from rules.engine import Device, Engine
from rules.rule import Rule, load, packs

RUNS = 5
KINDS: tuple[tuple[str, ...], ...] = (
    ("smoke", "temperature_c", "battery_pct", "rssi_dbm"),
    ("gas_lel_pct", "co_ppm", "temperature_c", "fault"),
    ("door_open", "battery_pct", "rssi_dbm", "tamper"),
    ("motion", "illuminance_lx", "temperature_c", "battery_pct"),
    ("water_m3", "flow_m3_h", "temperature_c", "battery_pct"),
    ("energy_kwh", "power_w", "voltage_v", "current_a"),
)
"""What the kinds of sensors say, in turn."""


def _value(quantity: str, chance: random.Random) -> Scalar:
    if quantity in ("smoke", "fault", "tamper"):
        return False
    if quantity in ("door_open", "motion"):
        return chance.random() < 0.1
    if quantity == "battery_pct":
        return 80 + chance.randrange(3)
    return round(chance.uniform(0.0, 9.0), 2)


def _grow(registers: dict[tuple[int, str], float], number: int, quantity: str, chance: random.Random) -> float:
    """A register: about every third reading shows a few steps more."""
    step = {"water_m3": 0.001, "energy_kwh": 0.01}[quantity] * max(0, chance.randrange(-5, 4))
    registers[number, quantity] = register = round(registers.get((number, quantity), 100.0) + step, 3)
    return register


def traffic(sensors: int, count: int, seed: int = 1) -> list[Reading]:
    """Readings of so many sensors, one sensor a moment, 50 ms apart: first each of them once, then ``count`` more."""
    chance = random.Random(seed)
    readings: list[Reading] = []
    registers: dict[tuple[int, str], float] = {}
    at = 0.0
    first = list(range(sensors))
    count += 4 * sensors
    while len(readings) < count:
        number = first.pop() if first else chance.randrange(sensors)
        at += 0.05
        for quantity in KINDS[number % len(KINDS)]:
            meter = quantity in ("water_m3", "energy_kwh")
            value = _grow(registers, number, quantity, chance) if meter else _value(quantity, chance)
            readings.append(Reading(f"sensor-{number}", quantity, quantity, value, at, (), len(readings) + 1))
    return readings


def engine(sensors: int, rules: list[Rule]) -> Engine:
    """An engine with so many sensors, ten a home, all of them supervised."""
    made = Engine("bench", "0")
    places = {f"sensor-{number}": Device(f"home-{number // 10}", "", 7200.0) for number in range(sensors)}
    made.configure(rules, places, 0.0, 0)
    return made


def rate(sensors: int, readings: list[Reading], rules: list[Rule]) -> tuple[float, float, int, Engine]:
    """(readings a second, the same of first words, alert changes, the engine afterwards) of one run."""
    made = engine(sensors, rules)
    start = time.perf_counter()
    alerts = sum([len(made.feed(reading)) for reading in readings[: 4 * sensors]])
    begun = time.perf_counter()
    feed = made.feed
    for reading in readings[4 * sensors :]:
        alerts += len(feed(reading))
    end = time.perf_counter()
    return (len(readings) - 4 * sensors) / (end - begun), 4 * sensors / (begun - start), alerts, made


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sensors", type=int, default=50)
    arguments.add_argument("--readings", type=int, default=200_000)
    said = arguments.parse_args()
    rules = load(packs())
    readings = traffic(said.sensors, said.readings)
    rates, firsts = [], []
    for _ in range(RUNS):
        steady, first, alerts, made = rate(said.sensors, readings, rules)
        rates.append(steady)
        firsts.append(first)
    rates.sort()
    print(f"{said.sensors} sensors, {len(rules)} rules, {len(readings)} readings, {alerts} alert changes")
    print(f"readings/s          {statistics.median(rates):12,.0f}   ({rates[0]:,.0f} to {rates[-1]:,.0f})")
    print(f"of first words      {statistics.median(firsts):12,.0f}")
    now = readings[-1].at
    start = time.perf_counter()
    for _ in range(100_000):
        made.tick(now)
    print(f"idle tick           {(time.perf_counter() - start) * 10:12.2f} us")
    start = time.perf_counter()
    rows = made.changed()
    spent = time.perf_counter() - start
    size = sum(len(key) + len(json.dumps(row, separators=(",", ":"))) for key, row in rows.items())
    print(f"checkpoint          {len(rows):12,} rows, {size:,} bytes, {spent * 1000:.1f} ms")


if __name__ == "__main__":
    main()
