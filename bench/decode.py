"""Frames a second per driver on one core, beside the PyPI library that reads the same: ``python bench/decode.py``.

One frame a time goes through cut, head and decode, with the memory of its sender, as the gateway does it. Ours and the
library read the same frames in turn, five times; the figures are medians, the ratio is of medians of one run.
"""

import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

from bench.figures import arguments, show
from bench.oracles import ORACLES, Oracle
from bench.traffic import ADDRESS, Traffic, kinds
from drivers.driver import BadFrame, Driver, Memory
from drivers.shipped import shipped

RUNS = 5


def ours(driver: Driver, traffic: Traffic) -> Callable[[], int]:
    """A reader of these frames: cut, who, what; returns how many it read."""
    key: Memory = {"key": traffic.key.hex()} if traffic.key else {}

    def read() -> int:
        cut, head, decode = driver.cut, driver.head, driver.decode
        memories: dict[str, Memory] = {}
        count = 0
        for data in traffic.frames:
            for frame in cut(data)[0]:
                try:
                    who = head(frame)
                    if not who.address:
                        who = who._replace(address=ADDRESS)
                    decoded = decode(who, {**memories.get(who.address, {}), **key})
                except BadFrame:
                    continue
                memories[who.address] = decoded.memory
                count += decoded.fresh
        return count

    return read


def timed(read: Callable[[], int], count: int) -> tuple[float, int]:
    """(frames a second, frames read) of one run."""
    start = time.perf_counter()
    said = read()
    return count / (time.perf_counter() - start), said


def row(driver: Driver, traffic: Traffic, oracle: Oracle | None) -> dict[str, object]:
    """The figures of one driver on one kind of traffic."""
    count = len(traffic.frames)
    own = ours(driver, traffic)
    theirs = oracle.reader(traffic) if oracle else None
    mine, other = [], []
    for _ in range(RUNS):
        mine.append(timed(own, count))
        if theirs:
            other.append(timed(theirs, count))
    rate = statistics.median(run[0] for run in mine)
    said: dict[str, object] = {"driver": f"{driver.name}, {traffic.name}", "frames/s": round(rate), "read": mine[0][1]}
    if oracle:
        beside = statistics.median(run[0] for run in other)
        said |= {"library/s": round(beside), "it read": other[0][1], "ratio": round(rate / beside, 1)}
    return said | {"library": f"{oracle.library} {version(oracle.library)}" if oracle else ""}


def main() -> None:
    """Measure all shipped drivers, or those named, and print."""
    parser = arguments(__doc__)
    parser.add_argument("drivers", nargs="*", help="only these")
    said = parser.parse_args()
    count = 500 if said.quick else 20_000
    rows = []
    columns = ("driver", "frames/s", "read", "library/s", "it read", "ratio", "library")
    for name, driver in shipped().items():
        if said.drivers and name not in said.drivers:
            continue
        for traffic in kinds(driver, count):
            rows += [row(driver, traffic, oracle) for oracle in ORACLES.get(name, (None,))]
    show(said, f"{count} frames of each kind, Python {sys.version.split()[0]}",
         [{name: one.get(name, "") for name in columns} for one in rows])  # fmt: skip


if __name__ == "__main__":
    main()
