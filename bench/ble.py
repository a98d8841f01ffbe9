"""Adverts a second over D-Bus, what they cost, and that none of ours is lost: ``python bench/ble.py [--rate 5000]``.

A stand-in for BlueZ on a private bus, in a process of its own, tells of 1,000 strangers and 50 sensors of ours in turn;
every advert is a signal on the bus. The gateway is `anju run` with the shipped rules and its store. Each of our sensors
presses its button at every tenth of its adverts: every press must be a Frame in the journal. CPU is that of the
gateway's process, user and system, over the seconds in which adverts came; "idle" is the same gateway while nobody
speaks.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from bench.figures import arguments, show
from drivers.advert import unpacked
from gateway.sim.bluez.bus import VARIABLE
from gateway.sim.bluez.flood import address
from gateway.sim.process import ANJU, Process
from gateway.store.look import look

SITE = """[gateway]
id = "bench"
site = "bench"
[homes.estate]
[ports.radio]
type = "ble"
driver = "bthome"
"""
DEVICE = """[devices.button-{number}]
home = "estate"
port = "radio"
address = "{address}"
"""
IDLE = 5.0


def site(folder: Path, own: int) -> Path:
    """A site with so many buttons."""
    devices = [DEVICE.format(number=number, address=address(number, own=True)) for number in range(own)]
    path = folder / "site.toml"
    path.write_text("\n".join([SITE, *devices]))
    return path


def cpu(process: Process) -> float:
    """Seconds of one core so far."""
    times = psutil.Process(process.pid).cpu_times()
    return times.user + times.system


def measure(rate: float, strangers: int, own: int, seconds: float) -> dict[str, Any]:
    """One run."""
    crowd = [sys.executable, "-m", "gateway.sim.bluez.flood", "--rate", str(rate), "--strangers", str(strangers)]
    with tempfile.TemporaryDirectory() as folder, Process("crowd", [*crowd, "--own", str(own)]) as air:
        bus = _event(air, "bus")["bus"]
        path = site(Path(folder), own)
        with Process("gateway", [*ANJU, "run", "--site", str(path)], {VARIABLE: bus}) as gateway:
            gateway.lines.wait(lambda line: "port radio is up" in line.text, 30)
            before, began = cpu(gateway), time.monotonic()
            time.sleep(min(IDLE, seconds))
            idle = (cpu(gateway) - before) / (time.monotonic() - began)
            before = cpu(gateway)
            air.say(str(seconds))
            told = _event(air, "presses", seconds + 120)
            used = cpu(gateway) - before
            time.sleep(1.0)
            memory = psutil.Process(gateway.pid).memory_info().rss
        heard = presses(Path(folder, "data/anju.db"))
    missing = {sender: (told["presses"][sender], heard.get(sender, 0)) for sender in told["presses"]}
    lost = sum(max(0, pressed - there) for pressed, there in missing.values())
    return {
        "run": f"{strangers} strangers, {own} own", "adverts/s": round(told["sent"] / told["seconds"]),
        "core %": round(100 * used / told["seconds"], 1), "idle %": round(100 * idle, 1),
        "us an advert": round(1e6 * (used - idle * told["seconds"]) / told["sent"], 1),
        "presses": sum(told["presses"].values()), "lost": lost, "MiB": round(memory / 2**20, 1),
    }  # fmt: skip


def presses(journal: Path) -> dict[str, int]:
    """Sender -> presses in the journal, each packet id of a sender in a row once."""
    frames = asyncio.run(look(journal)).frames
    heard: dict[str, int] = {}
    last: dict[str, bytes] = {}
    for _, frame in frames:
        if frame.port == "radio:bthome":
            advert = unpacked(frame.data)
            if advert.body[3:4] == b"\x3a" and last.get(advert.address) != advert.body:
                heard[advert.address] = heard.get(advert.address, 0) + 1
                last[advert.address] = advert.body
    return heard


def _event(process: Process, name: str, seconds: float = 30.0) -> dict[str, Any]:
    return process.lines.wait(lambda line: name in line.event(), seconds).event()


def main() -> None:
    """Measure and print."""
    parser: argparse.ArgumentParser = arguments(__doc__)
    parser.add_argument("--rate", type=float, default=5000.0, help="adverts a second to aim at (5000)")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long (20)")
    said = parser.parse_args()
    seconds = 2.0 if said.quick else said.seconds
    runs = [(1000, 50), (1050, 0)] if not said.quick else [(1000, 50)]
    rows = [measure(said.rate, strangers, own, seconds) for strangers, own in runs]
    show(said, f"Adverts over D-Bus for {seconds:.0f} s, aimed at {said.rate:.0f} a second", rows,
         {"load of this machine": round(psutil.getloadavg()[0], 1)})  # fmt: skip


if __name__ == "__main__":
    main()
