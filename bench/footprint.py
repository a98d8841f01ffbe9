"""What a gateway needs for one flat: resident memory, and bytes written to disk a day.

``python bench/footprint.py [--hours 24]``. Memory after the start is that of ``anju run``. Then the same application
goes through the hours of one flat in a process of its own, on a clock that jumps from frame to frame (flat.py), with a
real store and a real mosquitto; groups of commits, checkpoints and hourly files fall where they would. Written bytes
are what the kernel counts for that process (/proc/self/io write_bytes: pages dirtied on a block device, SQLite's log
and its folding into the database included); the growth of the files stands beside it. Two flats, alike but for what
leaves the home: the outbox costs pages too.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.feeder import Stage
from bench.figures import arguments, show
from bench.flat import NODES, resident

ROOT = Path(__file__).parent.parent
FLATS: Mapping[str, Sequence[str]] = {
    "shares nothing (default)": (),
    "shares climate, motion, doors": ("temperature_c", "humidity_pct", "motion", "door_open"),
}
"""What leaves the home beside alarms, troubles and a register a day."""


def measure(flat: str, share: Sequence[str], hours: float, folder: Path) -> dict[str, object]:
    """The row of one flat."""
    with Stage(folder, [list(NODES)], share) as stage:
        stage.up()
        stage.wait_online()
        time.sleep(1)
        started = resident(stage.gateway.pid)
        stage.gateway.stop()
        before = size(folder)
        figures = go_through(folder / "site.toml", hours)
        grown, told = size(folder) - before, len(stage.platform.arrived)
    days = hours / 24
    return {
        "flat": flat,
        "MiB after start": started,
        "after an hour": figures["mib_after_an_hour"],
        "at the end": figures["mib_at_the_end"],
        "MB written a day": figures["written"] / days / 1e6,
        "files grew": grown / days / 1e6,
        "commits a day": round(figures["commits"] / days),
        "frames": round(figures["frames"] / days),
        "messages": round(told / days),
    }


def go_through(site: Path, hours: float) -> dict[str, float]:
    """The figures of a process that lived through these hours."""
    command = [sys.executable, "-m", "bench.flat", str(site), str(hours)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def size(folder: Path) -> int:
    """Bytes of the store's files."""
    return sum(file.stat().st_size for file in folder.glob("anju.*"))


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="of the flat's life")
    parser.add_argument("--folder", type=Path, help="where the store is written: a disk, not memory")
    said = parser.parse_args()
    flats = FLATS
    if said.quick:
        said.hours, flats = 0.5, dict([*FLATS.items()][:1])
    rows = []
    for flat, share in flats.items():
        with tempfile.TemporaryDirectory(dir=said.folder) as folder:
            rows.append(measure(flat, share, said.hours, Path(folder)))
    show(said, f"a flat of {len(NODES)} nodes, {said.hours:g} hours in virtual time", rows)


if __name__ == "__main__":
    main()
