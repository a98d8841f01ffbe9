"""How fast the rules fold readings, what they cost, and how long a back-test takes: ``python bench/rules.py``.

All packs, optional rules too. Seconds are those of the process on its core, so that a busy machine changes little.

rows          for 1, 50 and 2,000 homes of ten sensors, and for 50 sensors, each speaking every five minutes by chance:
              readings a second once each has spoken ten times on average; first words; the same readings through plain
              ifs (bench/ifs.py), in turn; memory of the engine a home; a tick with nothing due; the checkpoint whole,
              and of what a thousand readings changed; the work: operations of Python a reading, counted where streets
              of 50 sensors live the same life (bench/work.py)
flat          readings a second at 20,000 sensors as a part of those at 50: 1 is flat; the same of the plain ifs, whose
              loss is that of caches alone; and the work at 50 as a part of that at 20,000: less than 1 is a reading
              that costs more for the number of homes, and not for the caches
back-test     90 days of one flat as CSV, read and played as `anju backtest` does
"""

import gc
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from bench.bare import Bare
from bench.engine import engine, traffic
from bench.figures import arguments, show
from bench.ifs import Ifs
from bench.work import STREET, alike, counted
from drivers.reading import Reading
from rules.backtest import Backtest
from rules.csvrows import numbered
from rules.engine import Engine
from rules.recording import Recording
from rules.rule import Rule
from rules.rulefile import load, packs

ROOT = Path(__file__).parent.parent
RUNS = 3
WARM = 10
"""Times each sensor speaks before it is measured, on average: most doors were opened, and what they wake is awake."""
WORK = 500
"""Readings of each street whose operations are counted."""
SENSORS = (10, 50, 500, 20_000)
TICKS = 100_000
DAYS = 90


def seconds(work: Callable[..., object], *given: object) -> float:
    """CPU seconds of this process that some work takes."""
    start = time.process_time()
    work(*given)
    return time.process_time() - start


def row(sensors: int, count: int, rules: list[Rule]) -> dict[str, Any]:
    """All figures of one size; the engine, the ifs and the bare objects take turns."""
    life = traffic(sensors)
    first, early, steady = (list(islice(life, many)) for many in (4 * sensors, WARM * 4 * sensors, count))
    made = engine(sensors, rules)
    told: dict[str, list[float]] = {name: [] for name in ("readings_s", "first_words_s", "plain_ifs_s", "one_object_s")}
    for _ in range(RUNS):
        made, ifs, bare = engine(sensors, rules), Ifs(), Bare()
        told["first_words_s"].append(len(first) / seconds(feed, made, first))
        feed(made, early)
        with kept():
            told["readings_s"].append(len(steady) / seconds(feed, made, steady))
            for name, other in (("plain_ifs_s", ifs), ("one_object_s", bare)):
                feed(other, first + early)
                told[name].append(len(steady) / seconds(feed, other, steady))
    rates = {name: median(rates) for name, rates in told.items()}
    figures = {"sensors": f"{sensors}", "homes": (sensors + 9) // 10, **rates}
    return figures | {"ratio": rates["plain_ifs_s"] / rates["readings_s"]} | _costs(made, steady)


def work(sensors: int, rules: list[Rule]) -> float:
    """Operations a reading, on average, once each sensor has spoken ten times."""
    few = min(sensors, STREET)
    life, made = alike(sensors), engine(sensors, rules)
    for reading in islice(life, (1 + WARM) * 4 * few * (sensors // few)):
        made.feed(reading)
    return counted(made.feed, list(islice(life, WORK * (sensors // few)))).each


@contextmanager
def kept() -> Iterator[None]:
    """The collector of cycles leaves alone what is there, as in a gateway that has started (gateway/lives.py)."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def feed(made: Engine | Ifs | Bare, readings: list[Reading]) -> None:
    """Fold them."""
    take = made.feed
    for reading in readings:
        take(reading)


def _idle(made: Engine, now: float) -> None:
    for _ in range(TICKS):
        made.tick(now)


def _costs(made: Engine, readings: list[Reading]) -> dict[str, Any]:
    now = readings[-1].at
    made.tick(now)  # what is due by now is due once
    with kept():
        tick = seconds(_idle, made, now) / TICKS
    whole, spent = _checkpoint(made)
    for number, reading in enumerate(readings[:1000]):
        made.feed(reading._replace(at=now + number * 0.05))
    part, part_spent = _checkpoint(made)
    return {
        "tick_us": tick * 1e6, "checkpoint_kb": whole / 1000, "checkpoint_ms": spent * 1000,
        "changed_kb": part / 1000, "changed_ms": part_spent * 1000,
    }  # fmt: skip


def _checkpoint(made: Engine) -> tuple[int, float]:
    """(bytes, seconds) of what changed, as JSON."""
    start = time.process_time()
    rows = made.changed()
    size = sum(len(key) + len(json.dumps(row, separators=(",", ":"))) for key, row in rows.items())
    return size, time.process_time() - start


def memory(sensors: int) -> float:
    """KiB a home that an engine takes once each sensor has said its first words; in a process of its own."""
    command = [sys.executable, "-m", "bench.rules", "--memory", str(sensors)]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def _memory(sensors: int, rules: list[Rule]) -> float:
    first = list(islice(traffic(sensors), 4 * sensors))
    tracemalloc.start()
    made = engine(sensors, rules)
    feed(made, first)
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 1024 / (sensors / 10)


def recorded(days: int) -> Iterator[str]:
    """A flat as CSV: three rooms' climate and motion every 5 min, water and power every 15 min, alarms hourly."""
    yield "ts,home,device,quantity,value\n"
    water, power = 12.0, 4321.0
    for minute in range(0, days * 1440, 5):
        at, hour = 1_750_000_000 + minute * 60, minute // 60 % 24
        for room in ("kitchen", "bedroom", "living"):
            yield f"{at},flat,{room},temperature_c,{21 + (minute * 7 + len(room)) % 30 / 10}\n"
            yield f"{at},flat,{room},humidity_pct,{45 + minute * 3 % 80 / 10}\n"
        awake = 7 <= hour <= 22
        yield f"{at},flat,pir-hall,motion,{'true' if awake and minute % 15 == 0 else 'false'}\n"
        yield f"{at},flat,pir-bath,motion,{'true' if awake and minute % 60 == 5 else 'false'}\n"
        if minute % 15 == 0:
            water, power = water + (0.012 if awake and hour % 3 else 0.0), power + 0.05
            yield f"{at},flat,water-1,water_m3,{water:.3f}\n"
            yield f"{at},flat,mains-1,energy_kwh,{power:.2f}\n"
        if minute % 60 == 0:
            yield f"{at},flat,smoke-1,smoke,false\n{at},flat,smoke-1,battery_pct,90\n{at},flat,leak-1,flood,false\n"
        if minute % 720 == 480:
            yield f"{at},flat,door-1,door_open,true\n{at + 30},flat,door-1,door_open,false\n"


def backtest(days: int, rules: list[Rule]) -> dict[str, Any]:
    """Seconds to read and play so many days of one flat."""
    lines = "".join(recorded(days)).splitlines(keepends=True)
    recording, test, alerts = Recording(), Backtest(rules), 0

    def play() -> None:
        nonlocal alerts
        for _ in recording.take(numbered(lines, "flat"), "flat"):
            pass
        alerts = sum(1 for _ in test.play(recording.homes["flat"]))

    spent = seconds(play)
    return {"days": days, "rows": recording.rows, "seconds": round(spent, 2), "rows_s": round(recording.rows / spent)}


def main() -> None:
    """Measure and print."""
    said = arguments(__doc__)
    said.add_argument("--sensors", type=int, nargs="+", default=list(SENSORS))
    said.add_argument("--readings", type=int, default=100_000)
    said.add_argument("--memory", type=int, metavar="SENSORS", help="print the KiB a home of an engine of this size")
    chosen = said.parse_args()
    sizes = chosen.sensors if not chosen.quick else [10, 50]
    rules = load(packs())
    if chosen.memory:
        print(_memory(chosen.memory, rules))
        return
    rows = [row(size, chosen.readings if not chosen.quick else 2000, rules) for size in sizes]
    rows = [
        {**one, "kib_a_home": memory(size), "work": work(size, rules)} for size, one in zip(sizes, rows, strict=True)
    ]
    more: dict[str, Any] = {"rules": len(rules), "backtest": backtest(2 if chosen.quick else DAYS, rules)}
    show(chosen, "The rules alone, all packs", rows, more | slope({one["sensors"]: one for one in rows}))


def slope(by_size: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """What many sensors cost more than few; nothing, if one of the two sizes wasn't measured."""
    few, many = by_size.get("50"), by_size.get("20000")
    if few is None or many is None:
        return {}
    names = {"flat": "readings_s", "flat_plain_ifs": "plain_ifs_s", "flat_one_object": "one_object_s"}
    flat: dict[str, Any] = {name: round(many[rate] / few[rate], 2) for name, rate in names.items()}
    flat["flat_work"] = round(few["work"] / many["work"], 3)
    return flat | {"more_ns": {rate: round(1e9 / many[rate] - 1e9 / few[rate]) for rate in names.values()}}


if __name__ == "__main__":
    main()
