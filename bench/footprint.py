"""What a gateway needs for one flat: resident memory, and bytes written to disk a day.

``python bench/footprint.py [--hours 24]``. Memory after the start is that of ``anju run``. Then the same application
goes through the hours of one flat in a process of its own, on a clock that jumps from frame to frame (flat.py), with a
real store and a real mosquitto; groups of commits, checkpoints and hourly files fall where they would. Written bytes
are what the kernel counts for that process (/proc/self/io write_bytes: pages dirtied on a block device, SQLite's log
and its folding into the database included); the growth of the files stands beside it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.feeder import Stage
from bench.figures import arguments, show
from bench.flat import NODES, resident

ROOT = Path(__file__).parent.parent


def measure(hours: float, folder: Path) -> tuple[list[dict[str, object]], dict[str, object]]:
    """The table and what else is worth saying."""
    with Stage(folder, [list(NODES)]) as stage:
        stage.up()
        stage.wait_online()
        time.sleep(1)
        started = resident(stage.gateway.pid)
        stage.gateway.stop()
        before = size(folder)
        figures = go_through(folder / "site.toml", hours)
        grown, told = size(folder) - before, len(stage.witness.arrived)
    days = hours / 24
    rows: list[dict[str, object]] = [
        {"resident": "anju run, after its start", "MiB": started},
        {"resident": "in virtual time, after the start", "MiB": figures["mib_after_start"]},
        {"resident": "in virtual time, after an hour", "MiB": figures["mib_after_an_hour"]},
        {"resident": f"in virtual time, after {hours:g} hours", "MiB": figures["mib_at_the_end"]},
    ]
    more: dict[str, object] = {
        "MB written a day": round(figures["written"] / days / 1e6, 2),
        "MB the files grew a day": round(grown / days / 1e6, 2),
        "commits a day": round(figures["commits"] / days),
        "frames a day": round(figures["frames"] / days),
        "messages at the platform": told,
    }
    return rows, more


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
    if said.quick:
        said.hours = 1.0
    with tempfile.TemporaryDirectory(dir=said.folder) as folder:
        rows, more = measure(said.hours, Path(folder))
    show(said, f"a flat of {len(NODES)} nodes, {said.hours:g} hours in virtual time", rows, more)


if __name__ == "__main__":
    main()
