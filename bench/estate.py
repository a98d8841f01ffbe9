"""How late an alarm is while the gateway writes its state, and how soon it is up again: ``python -m bench.estate``.

An estate of ``--sensors`` nodes in homes of ten, which say ``--rate`` frames a second. The real gateway in this process
but for its ports: Frames are put into its inbox, and an alarm's delay lasts until it is on the disk, when it may be
acknowledged and told. An alarm comes every half second, one right after each checkpoint falls due.

quiet         delay of the alarms between checkpoints, in milliseconds
checkpoint    delay of an alarm that comes as a checkpoint begins
stall         the longest time for which nothing else ran in the gateway, in milliseconds
kb, cpu_ms    bytes written and CPU spent, with ordinary traffic, a second in which an alarm or a checkpoint came
start_s       CPU seconds until the store is opened and folded again
"""

import asyncio
import json
import logging
import os
import random
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from bench.figures import arguments, quantile, show
from drivers.reading import Frame
from firmware.lib import wire
from gateway.app import App
from gateway.clock import Clock
from gateway.hub.boot import boot
from gateway.hub.outcome import Outcome
from gateway.hub.suspects import Suspects
from gateway.lives import live
from gateway.site import Site, loads
from rules.rulefile import packs

HEAD = """
[gateway]
id = "gw"
site = "estate"
[ports.line]
type = "serial"
path = "/dev/null"
driver = "node"
"""
SAYING = (
    {"temperature_c": 2100, "battery_pct": 80, "humidity_pct": 4500},
    {"gas_lel_pct": 0, "co_ppm": 0, "temperature_c": 2200},
    {"water_m3": 12_000, "flow_m3_h": 0, "battery_pct": 90},
    {"motion": 0, "battery_pct": 77, "temperature_c": 1990},
)
"""What the kinds of nodes say, in steps of the wire."""
EVERY = 0.5
REST = 2.0
"""Seconds before and after each checkpoint, in which what it writes and spends is counted."""


def estate(sensors: int, folder: Path) -> Site:
    """A site of so many nodes."""
    homes = "".join(f"[homes.h{number}]\n" for number in range((sensors + 9) // 10))
    devices = "".join(
        f'[devices.s{number}]\nhome = "h{number // 10}"\nroom = "room"\ndriver = "node"\nport = "line"\n'
        f'address = "{number + 1:08x}"\nsilent_after = "12h"\n'
        for number in range(sensors)
    )
    site = loads(json.dumps({"format": 1, "site": HEAD + homes + devices, "packs": packs(), "files": {}}))
    return replace(site, store=replace(site.store, path=folder / "anju.db"))


class Traffic:
    """What the nodes say."""

    def __init__(self, sensors: int) -> None:
        self._dice, self._sensors, self._seq = random.Random(1), sensors, 0

    def word(self, node: int) -> bytes:
        """An ordinary frame."""
        said = SAYING[node % len(SAYING)]
        codes = {wire.QUANTITIES[name][0]: value + self._dice.randrange(5) for name, value in said.items()}
        body = wire.values([(code, 0, value) for code, value in codes.items()])
        return self._frame(wire.READING, node, body)

    def any_word(self) -> bytes:
        """Of any node."""
        return self.word(self._dice.randrange(self._sensors))

    def alarm(self) -> bytes:
        """Smoke, somewhere."""
        return self._frame(wire.ALARM, self._dice.randrange(self._sensors), wire.values([(1, 0, 1)]))

    def _frame(self, kind: int, node: int, body: bytes) -> bytes:
        self._seq += 1
        frame: bytes = wire.frame(kind, node + 1, 7, self._seq, body)
        return frame.strip(b"\0")


class Watcher:
    """A gateway at work, and how it does."""

    def __init__(self, app: App, sensors: int, rate: float) -> None:
        self.app, self.traffic, self.rate = app, Traffic(sensors), rate
        self.stall = 0.0

    def put(self, data: bytes) -> None:
        """A node says this."""
        self.app.inbox.put(Frame("line", self.app.clock.now(), data))

    async def first_words(self, sensors: int) -> None:
        """Each node speaks once."""
        for node in range(sensors):
            self.put(self.traffic.word(node))
            if node % 500 == 499:
                await asyncio.sleep(0.01)
                await self.app.inbox.room()
        await self.alarm()

    async def talk(self) -> None:
        """Ordinary traffic, until cancelled."""
        last = time.monotonic()
        owed = 0.0
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            self.stall = max(self.stall, now - last - 0.01)
            owed, last = owed + (now - last) * self.rate, now
            while owed >= 1:
                owed -= 1
                self.put(self.traffic.any_word())

    async def alarm(self) -> float:
        """Seconds from an alarm's arrival to its promise."""
        committer = self.app.committer
        seen: list[int] = []
        data = self.traffic.alarm()

        def heard(out: Outcome) -> None:
            if out.frame.data == data:
                seen.append(out.n)

        self.app.hub.listeners.append(heard)
        begin = time.monotonic()
        self.put(data)
        while not (seen and committer.kept >= seen[0]):
            await committer.turn()
        self.app.hub.listeners.remove(heard)
        return time.monotonic() - begin

    async def checkpoint(self) -> float:
        """One falls due; -> delay of an alarm that comes then."""
        committer = self.app.committer
        committer.checkpoints.hasten()
        committer.hasten()
        return await self.alarm()


def spent() -> tuple[int, float]:
    """Bytes this process wrote, and its CPU seconds."""
    times = psutil.Process().cpu_times()
    return psutil.Process().io_counters().write_bytes, times.user + times.system


async def measure(sensors: int, rate: float, alarms: int, folder: Path, rest: float = REST) -> dict[str, Any]:
    """All of one size; ``rest`` as in REST."""
    began = time.process_time()
    site = estate(sensors, folder)
    read = time.process_time() - began
    opened: asyncio.Future[App] = asyncio.get_running_loop().create_future()

    def take(app: App) -> None:
        opened.set_result(app)
        app.ways.clear()  # no wire: Frames come from us

    running = asyncio.create_task(live(site, opened=take))
    app = await opened
    watcher = Watcher(app, sensors, rate)
    await watcher.first_words(sensors)
    talking = asyncio.create_task(watcher.talk())
    await watcher.checkpoint()
    await asyncio.sleep(1.5 * rest)
    watcher.stall = 0.0
    quiet, due, sizes = [], [], []
    before = spent()
    for _ in range(alarms):
        quiet.append(await watcher.alarm())
        await asyncio.sleep(EVERY)
    after = spent()
    quiet_stall, watcher.stall = watcher.stall, 0.0
    for _ in range(3):
        await asyncio.sleep(rest)
        one = spent()
        due.append(await watcher.checkpoint())
        await asyncio.sleep(rest)
        sizes.append([b - a for a, b in zip(one, spent(), strict=True)])
    talking.cancel()
    stall = watcher.stall
    app.committer.stop()
    size = os.stat(site.store.path.with_suffix(".vital")).st_size
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return {
        "sensors": f"{sensors}", "site_s": read, "quiet_p50": quantile(quiet, 0.5) * 1e3, "quiet_max": max(quiet) * 1e3,
        "quiet_stall": quiet_stall * 1e3, "alarm_kb": (after[0] - before[0]) / alarms / 1000,
        "alarm_cpu_ms": (after[1] - before[1]) / alarms * 1e3,
        "checkpoint_max": max(due) * 1e3, "stall": stall * 1e3, "checkpoint_kb": max(one[0] for one in sizes) / 1000,
        "checkpoint_cpu_ms": max(one[1] for one in sizes) * 1e3, "vital_kb": size / 1000,
        "rss_mb": psutil.Process().memory_info().rss / 1e6,
    }  # fmt: skip


async def start(sensors: int, folder: Path) -> float:
    """CPU seconds to boot."""
    site = estate(sensors, folder)
    began = time.process_time()
    booted = await boot(site, Clock(), Suspects(folder / "s"))
    took = time.process_time() - began
    await booted.store.close()
    return took


def main() -> None:
    """Measure and print."""
    said = arguments(__doc__)
    said.add_argument("--sensors", type=int, nargs="+", default=[2000, 20_000])
    said.add_argument("--rate", type=float, default=200.0)
    said.add_argument("--alarms", type=int, default=10)
    chosen = said.parse_args()
    rows = []
    logging.disable(logging.WARNING)
    for sensors in [50] if chosen.quick else chosen.sensors:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
            size = (sensors, chosen.rate, 2 if chosen.quick else chosen.alarms)
            row = asyncio.run(measure(*size, Path(folder), 0.2 if chosen.quick else REST))
            row["start_s"] = asyncio.run(start(sensors, Path(folder)))
            rows.append(row)
    show(chosen, "An estate", rows)


if __name__ == "__main__":
    main()
