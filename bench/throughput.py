"""How much goes through: readings a second with nothing lost, CPU for them, start to first alert, replay.

``python bench/throughput.py [--readings 200000]``. Fifty nodes on five ptys say what a home's sensors say, as fast as
the gateway takes it: the kernel's buffer makes the writer wait, nothing is thrown away. Every hundredth frame is an
alarm. In the way of each reading: framing and CRC, the shipped rules, the journal (synchronous=FULL, in groups), and
for alerts mosquitto. Afterwards every frame must stand in the journal and every alarm must have reached the platform.

first alert: from the start of the process to the first event at the subscriber, for an alarm that a node repeats as
its firmware does (it is asked for when the gateway opens the line). replay: the journal of that run, folded again.
"""

import argparse
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.feeder import Feeder, Stage, name
from bench.figures import arguments, show
from drivers.node import head as read_head
from firmware.lib import wire as codec
from gateway.hub.replay import alerts
from gateway.sim.ledger import Key, keys

LINES, NODES = 5, 10
SIREN = 1
"""A node of its own: its read-backs take sequence numbers while others' frames, made before, are still to come."""
SAYING = (
    ("temperature_c", "humidity_pct", "co2_ppm", "battery_pct"),
    ("gas_lel_pct", "co_ppm", "temperature_c", "humidity_pct"),
    ("power_w", "energy_kwh", "voltage_v", "current_a"),
    ("water_m3", "flow_m3_h", "temperature_c", "battery_v"),
)
"""What the kinds of nodes say, in turn; a frame takes as many of these as it is told to."""
ALARM_EVERY = 100
CHUNK = 50
"""Frames in one write."""


class Burst(NamedTuple):
    """Frames of one line, made before the clock starts."""

    pieces: list[bytes]
    """As they are written."""
    sent: set[Key]
    alarms: list[Key]


def burst(feeder: Feeder, count: int, values: int, seed: int) -> Burst:
    """So many frames, the last one an alarm."""
    dice, pieces = random.Random(seed), []
    nodes = [node for node in feeder.nodes if node != SIREN]
    made = Burst([], set(), [])
    smoke = codec.QUANTITIES["smoke"][0]
    for number in range(count):
        node = nodes[number % len(nodes)]
        if number % ALARM_EVERY == 0 or number == count - 1:
            key, data = feeder.frame(codec.ALARM, node, [(smoke, 0, number // ALARM_EVERY % 2)])
            made.alarms.append(key)
        else:
            key, data = feeder.frame(codec.READING, node, list(_triples(SAYING[node % len(SAYING)][:values], dice)))
        made.sent.add(key)
        pieces.append(data)
    made.pieces.extend(b"".join(pieces[at : at + CHUNK]) for at in range(0, count, CHUNK))
    return made


def _triples(quantities: tuple[str, ...], dice: random.Random) -> Iterator[tuple[int, int, int]]:
    for quantity in quantities:
        code, steps = codec.QUANTITIES[quantity]
        yield code, 0, round(dice.uniform(1.0, 4.0) * steps)


def flood(stage: Stage, readings: int, values: int) -> dict[str, object]:
    """Write everything, wait until the last of it is committed and told; the figures of this run."""
    per_line = readings // values // LINES
    bursts = [burst(feeder, per_line, values, place) for place, feeder in enumerate(stage.feeders)]
    process = psutil.Process(stage.gateway.pid)
    cpu, start = sum(process.cpu_times()[:2]), time.monotonic()
    with ThreadPoolExecutor(LINES) as lines:
        acknowledged = sum(lines.map(play, stage.feeders, bursts))
    took = time.monotonic() - start
    spent = sum(process.cpu_times()[:2]) - cpu
    stage.platform.arrived.quiet(0.5, 30)
    told = set().union(*(keys(one.body) for one in stage.platform.arrived.all()))
    sent = set().union(*(one.sent for one in bursts))
    raised = {key for one in bursts for key in one.alarms}
    done = per_line * LINES * values
    return {
        "values a frame": values,
        "readings/s": round(done / took),
        "frames/s": round(per_line * LINES / took),
        "CPU s per 10,000": round(spent / done * 10_000, 2),
        "frames lost": len(sent - _journal(stage.store)),
        "alarms": len(raised),
        "acknowledged": acknowledged,
        "alarms lost": len(raised - told),
    }


def play(feeder: Feeder, one: Burst) -> int:
    """Write it all and hear what comes back, until the last alarm is acknowledged; returns how many were."""
    acknowledged: set[int] = set()
    for place, piece in enumerate(one.pieces, 1):
        feeder.write(piece)
        for down in feeder.listen(0 if place < len(one.pieces) else 30):
            if down.kind == codec.ACK:
                acknowledged.add(down.node << 32 | down.seq)
                if (name(down.node), down.seq) == (one.alarms[-1].device, one.alarms[-1].seq):
                    return len(acknowledged)
    raise TimeoutError("the last alarm isn't acknowledged")


def _journal(store: Path) -> set[Key]:
    """The frames of nodes that are committed."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        heads = [read_head(data) for (data,) in db.execute("SELECT data FROM journal WHERE port LIKE 'line-%'")]
    db.close()
    return {Key(name(int(head.address, 16)), head.boot, head.seq) for head in heads}


def first_alert(stage: Stage) -> float:
    """Seconds from the start of the process to the first event at the subscriber."""
    feeder, mark = stage.feeders[0], len(stage.platform.arrived)
    key, data = feeder.frame(codec.ALARM, feeder.nodes[-1], [(codec.QUANTITIES["smoke"][0], 0, 1)])
    start = time.monotonic()
    stage.gateway.start()
    for down in feeder.listen(15):
        if down.kind in (codec.QUERY, codec.BEAT):
            feeder.write(data)
        elif down.kind == codec.ACK and down.seq == key.seq:
            break
    at = stage.platform.arrived.wait(lambda one: key in keys(one.body), 15, after=mark).at
    stage.gateway.stop()
    return at - start


def replay(store: Path, readings: int) -> float:
    """Readings a second of folding the journal again, reading it from the disk included."""
    start = time.perf_counter()
    for _ in alerts(store):
        pass
    return readings / (time.perf_counter() - start)


def measure(said: argparse.Namespace, folder: Path) -> tuple[list[dict[str, object]], dict[str, object]]:
    """The table and what else is worth saying."""
    rows, replays = [], {}
    for values in (1, 4):
        place = folder / str(values)
        lines = [[line * 100 + node for node in range(1, NODES + 1)] for line in range(1, LINES + 1)]
        lines[0].insert(0, SIREN)
        with Stage(place, lines, share=()) as stage:
            if values == 1:
                starts = [first_alert(stage) for _ in range(said.starts)]
            stage.up()
            stage.wait_online()
            rows.append(flood(stage, said.readings, values))
            stage.gateway.stop()
            replays[f"replay, {values} values a frame, readings/s"] = round(replay(stage.store, said.readings))
    first = {
        "start to first alert, median s": round(statistics.median(starts), 2),
        "start to first alert, worst s": round(max(starts), 2),
    }
    return rows, {**first, **replays, "cores": os.cpu_count()}


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--readings", type=int, default=200_000)
    parser.add_argument("--starts", type=int, default=5)
    said = parser.parse_args()
    if said.quick:
        said.readings, said.starts = 4_000, 1
    with tempfile.TemporaryDirectory() as folder:
        rows, more = measure(said, Path(folder))
    show(said, f"{said.readings:,} readings of {LINES * NODES} nodes on {LINES} ttys, shipped rules", rows, more)


if __name__ == "__main__":
    main()
