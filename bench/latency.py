"""How long a byte takes: from an alarm frame on the tty to the siren's command on the tty, and to a subscriber.

``python bench/latency.py [--seconds 30] [--rate 200]``. The line is a pty whose far end is held here, so both moments
are taken by one clock; the subscriber sits behind a real mosquitto. Each alarm switches the siren (on and off in turn)
and is told to the platform; a node gives no more than four, for one that alarms oftener in an hour counts as flickering
and its siren isn't switched off at once. Beside the gateway the floor, in turn with it: a bare script without a
database (floor.py). Under load, other nodes on the same line say so many readings a second,
one a frame, a quarter of them shared.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import product
from pathlib import Path

from bench.feeder import Feeder, Stage
from bench.figures import arguments, show, spread
from firmware.lib import wire as codec
from gateway.sim.ledger import Key, keys
from gateway.sim.process import Process

SIREN, OTHERS, DETECTORS = 1, range(2, 22), 100
"""Nodes; the detectors are those from there on."""
PAUSE = (0.02, 0.06)
"""Seconds between two alarms."""
EACH = 4
"""Alarms of a detector, each on and off."""
SAYING = ("temperature_c", "humidity_pct", "power_w", "co2_ppm")
"""What the other nodes say, in turn; the first is shared."""
Samples = tuple[list[float], list[float]]
"""Seconds to the siren, seconds to the subscriber."""


@contextmanager
def load(feeder: Feeder, lock: threading.Lock, rate: float) -> Iterator[None]:
    """Readings at this rate, spread evenly, from a thread."""
    ended = threading.Event()

    def feed() -> None:
        dice, number, start = random.Random(1), 0, time.monotonic()
        while not ended.wait(max(0.0, start + number / rate - time.monotonic())):
            code, steps = codec.QUANTITIES[SAYING[number % len(SAYING)]]
            node = OTHERS[number % len(OTHERS)]
            with lock:
                feeder.write(feeder.frame(codec.READING, node, [(code, 0, round(dice.uniform(20, 24) * steps))])[1])
            number += 1

    thread = threading.Thread(target=feed, daemon=True)
    if rate:
        thread.start()
    yield
    ended.set()
    if rate:
        thread.join()


def sample(stage: Stage, seconds: float, rate: float) -> Samples:
    """Alarms one after the other for so long, under this load."""
    feeder, lock = stage.feeders[0], threading.Lock()
    smoke = codec.QUANTITIES["smoke"][0]
    sent: dict[Key, float] = {}
    siren: list[float] = []
    dice, number = random.Random(2), 0
    mark = len(stage.platform.arrived)
    with load(feeder, lock, rate):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            detector, on = DETECTORS + number // (2 * EACH), 1 - number % 2
            number += 1
            key, data = feeder.frame(codec.ALARM, detector, [(smoke, 0, on)])
            with lock:
                sent[key] = time.monotonic()
                feeder.write(data)
            siren.append(_command(feeder, on) - sent[key])
            for _ in feeder.listen(dice.uniform(*PAUSE)):
                pass
    last = max(sent, key=lambda key: key.seq)
    stage.platform.arrived.wait(lambda one: last in keys(one.body), 10, after=mark)
    told: dict[Key, float] = {}
    for one in stage.platform.arrived.all()[mark:]:
        for key in keys(one.body):
            told.setdefault(key, one.at)
    return siren, [told[key] - at for key, at in sent.items()]


def _command(feeder: Feeder, on: int) -> float:
    """When the siren was told so."""
    for down in feeder.listen(10):
        command = codec.command(down.body)
        if down.kind == codec.SWITCH and command is not None and command[1] == on:
            return down.at
    raise TimeoutError("no command for the siren in 10 s")


@contextmanager
def gateway(stage: Stage) -> Iterator[None]:
    """The whole gateway on this stage."""
    began = threading.Thread(target=stage.up)
    began.start()
    stage.wait_online()
    began.join()
    yield
    stage.gateway.stop()


@contextmanager
def floor(stage: Stage) -> Iterator[None]:
    """The bare script in its place."""
    script = Path(__file__).with_name("floor.py")
    command = [sys.executable, str(script), str(stage.wires[0].gateway_path), stage.link.host, str(stage.link.port)]
    process = Process("floor", command, {"PYTHONPATH": str(script.parent.parent)})
    process.start()
    stage.wait_online()
    yield
    process.kill()


RUNS: Mapping[str, Callable[[Stage], AbstractContextManager[None]]] = {"floor": floor, "gateway": gateway}


def measure(said: argparse.Namespace) -> dict[tuple[str, str], Samples]:
    """(who, load) -> samples of all rounds."""
    found: dict[tuple[str, str], Samples] = {}
    loads = {"idle": 0.0, f"{said.rate:g}/s": said.rate}
    detectors = range(DETECTORS, DETECTORS + 1 + int(said.seconds / min(PAUSE) / (2 * EACH)))
    for _, load_name, who in product(range(said.rounds), loads, RUNS):
        with (
            tempfile.TemporaryDirectory() as folder,
            Stage(Path(folder), [[SIREN, *OTHERS, *detectors]]) as stage,
            RUNS[who](stage),
        ):
            siren, told = sample(stage, said.seconds, loads[load_name])
        all_siren, all_told = found.setdefault((who, load_name), ([], []))
        all_siren += siren
        all_told += told
    return found


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each of the runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=200.0, help="readings a second under load")
    said = parser.parse_args()
    if said.quick:
        said.seconds, said.rounds = 0.6, 1
    found = measure(said)
    rows = []
    for place, way in enumerate(("siren", "subscriber")):
        for (who, load_name), samples in found.items():
            base = spread(found["floor", load_name][place])["p50_ms"]
            figures = spread(samples[place])
            rows.append({"way": f"{way}, {load_name}, {who}", **figures, "x floor": round(figures["p50_ms"] / base, 1)})
    show(said, "from the alarm's last byte on the tty to the siren's command, and to the subscriber", rows)


if __name__ == "__main__":
    main()
