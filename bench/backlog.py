"""How soon an alarm gets through when the link returns to a gateway with a long queue.

``python bench/backlog.py [--messages 100000] [--outage 40]``. The link is refused for at least so many seconds, while
the uplink's pauses between attempts grow; a node says as many values that leave the home as telemetry, and they are
committed. Then the link returns, and alarms are raised: one while it was still down, one at the very moment, and one
every so often while the queue drains. The time counts from the alarm's last byte on the tty, or from the return of the
link if that came later, to its arrival at a subscriber.
"""

import argparse
import sqlite3
import tempfile
import time
from pathlib import Path

from bench.feeder import Feeder, Stage
from bench.figures import arguments, show, spread
from firmware.lib import wire as codec
from gateway.sim.ledger import Key, keys
from gateway.sim.record import Missing
from gateway.store.message import LANES, TELEMETRY

NODE = 1
EVERY = 0.1
"""Seconds between two alarms while the queue drains."""
CHUNK = 200
"""Frames in one write."""


def fill(stage: Stage, count: int) -> float:
    """Make so many telemetry messages wait in the store; returns the seconds that took."""
    feeder, start = stage.feeders[0], time.monotonic()
    code = codec.QUANTITIES["temperature_c"][0]
    for first in range(0, count, CHUNK):
        many = range(first, min(first + CHUNK, count))
        frames = [feeder.frame(codec.READING, NODE, [(code, 0, 2000 + n % 300)])[1] for n in many]
        feeder.write(b"".join(frames))
        for _ in feeder.listen(0):
            pass
    raise_alarm(feeder, 1)
    for down in feeder.listen(60):
        if down.kind == codec.ACK:
            break
    with sqlite3.connect(f"file:{stage.store}?mode=ro", uri=True) as db:
        telemetry = f"(key >> 48) % {len(LANES)} = {TELEMETRY}"
        waiting = db.execute(f"SELECT count(*) FROM outbox WHERE {telemetry} AND done_at IS NULL").fetchone()[0]
    db.close()
    if waiting != count:
        raise RuntimeError(f"{waiting} messages wait in the store, not {count}")
    return time.monotonic() - start


def raise_alarm(feeder: Feeder, on: int) -> tuple[Key, float]:
    """An alarm on the tty: its name, and when its last byte was written."""
    key, data = feeder.frame(codec.ALARM, NODE, [(codec.QUANTITIES["smoke"][0], 0, on)])
    feeder.write(data)
    return key, time.monotonic()


def arrival(stage: Stage, key: Key, timeout: float = 60) -> float:
    """When the platform first heard of a frame."""
    return stage.platform.arrived.wait(lambda one: key in keys(one.body), timeout).at


def drain(stage: Stage, count: int) -> tuple[list[float], float]:
    """Raise alarms until all telemetry is there; returns their seconds and the moment of the last one's arrival."""
    feeder, raised = stage.feeders[0], []
    seen, told, on = 0, 0, 0
    while told < count:
        raised.append(raise_alarm(feeder, on))
        on = 1 - on
        for _ in feeder.listen(EVERY):
            pass
        arrived = stage.platform.arrived.all()[seen:]
        seen += len(arrived)
        told += sum(one.body.get("seq", {}).get("lane") == "telemetry" for one in arrived)
        if not arrived and time.monotonic() - raised[0][1] > 120:
            raise Missing(f"{told} of {count} messages arrived")
    return [arrival(stage, key) - at for key, at in raised], stage.platform.arrived.all()[-1].at


def measure(said: argparse.Namespace, folder: Path) -> tuple[list[dict[str, object]], dict[str, object]]:
    """The table and what else is worth saying."""
    with Stage(folder, [[NODE]]) as stage:
        stage.link.refuse()
        stage.up()
        back = time.monotonic() + said.outage
        filled = fill(stage, said.messages)
        time.sleep(max(0.0, back - time.monotonic()))
        waited, _ = raise_alarm(stage.feeders[0], 0)
        back = time.monotonic()
        stage.link.resume()
        key, _ = raise_alarm(stage.feeders[0], 1)
        first = [arrival(stage, one) - back for one in (waited, key)]
        during, ended = drain(stage, said.messages)
    rows: list[dict[str, object]] = [
        {"alarm raised": "while the link was down", **spread(first[:1])},
        {"alarm raised": "as the link returned", **spread(first[1:])},
        {"alarm raised": "while the queue drained", **spread(during)},
    ]
    more = {"seconds to queue": round(filled, 1), "seconds to drain": round(ended - back, 1)}
    return rows, {**more, "messages/s drained": round(said.messages / (ended - back))}


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--outage", type=float, default=40.0, help="seconds without a link, at least")
    said = parser.parse_args()
    if said.quick:
        said.messages, said.outage = 3_000, 0.0
    with tempfile.TemporaryDirectory() as folder:
        rows, more = measure(said, Path(folder))
    show(said, f"alarm to subscriber behind {said.messages:,} queued telemetry messages", rows, more)


if __name__ == "__main__":
    main()
