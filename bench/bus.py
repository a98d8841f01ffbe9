"""How well a line's time is used, and how soon an alarm on it is decided: ``python -m bench.bus [--seconds 20]``.

32 gas detectors (Modbus, 9600 8N1) and 8 electricity meters (DL/T 645, 2400 8E1) on one pty whose far end plays them
at the speed of the wire (gateway/sim/bus); a gateway as its own process asks them more than the line can carry.
Utilisation is the shortest time in which the frames that passed can pass, as a share of the time that they took: their
bytes, the silence that the standards want in front of a request (3.5 characters, 20 ms for DL/T 645) and the pause of
each device before its answer. What is missing: the gateway asked later than it could (or its computer was busy), a
question had no answer, or the far end's own thread was late. Then the same with two detectors dead, and the alarm:
from the moment at which a detector would say it until the gateway has decided (its line in the log), one after the
other of the living detectors.
"""

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from itertools import pairwise
from pathlib import Path

from bench.figures import arguments, show, spread
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.line import BusLine, Passed
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Unit
from gateway.sim.process import Line
from hil_tests.gateway import Gateway

DETECTORS, METERS, DEAD = 32, 8, 2
HEAD = """
[gateway]
id = "bench-bus"
site = "bench"
[homes.flat]
[ports.line-1]
type = "serial"
path = "{path}"
"""
DEVICE = (
    '[devices.{name}]\nhome = "flat"\nport = "line-1"\ndriver = "{driver}"\naddress = "{address}"\nevery = {every}\n'
)
EVERY = (1.0, 60.0)
"""Seconds between two rounds of a detector and of a meter: more than the line can carry, so that it is never idle."""
SETTLED = 30.0
"""Seconds before anything is measured."""


def units(detectors: int, meters: int) -> list[Unit]:
    """The devices of the line."""
    plain = {"gas_lel_pct": 0.5, "gas_alarm": False, "fault": False}
    found: list[Unit] = [Modbus("generic-gas", number, plain) for number in range(1, detectors + 1)]
    values = {
        "energy_kwh": 1234.5, "energy_export_kwh": 0.0, "voltage_v_l1": 231.0, "current_a_l1": 1.5, "power_w": 340.0,
        "power_factor": 0.98, "frequency_hz": 50.0,
    }  # fmt: skip
    return found + [Dlt645(str(number), values) for number in range(1, meters + 1)]


def site(folder: Path, bus: BusLine) -> Path:
    """The site file of a gateway on this line."""
    text = HEAD.format(path=bus.path)
    for unit in bus.units:
        gas = isinstance(unit, Modbus)
        text += DEVICE.format(
            name=("gas-" if gas else "meter-") + unit.address,
            driver="modbus-generic-gas" if gas else "dlt645",
            address=unit.address,
            every=EVERY[not gas],
        )
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def shortest(passed: Sequence[Passed]) -> float:
    """Seconds that these bytes need at least, with the silences and the devices' own pauses."""
    seconds = 0.0
    for before, one in pairwise([None, *passed]):
        assert one is not None
        fast = one.speed.baud == 9600
        byte = 10 / 9600 if fast else 11 / 2400
        seconds += len(one.data) * byte
        if one.source == "gateway":
            seconds += 3.5 * byte if fast else 0.02
        elif before is not None and before.source == "gateway":
            seconds += Modbus.turnaround if fast else Dlt645.turnaround
    return seconds


def waited(passed: Sequence[Passed]) -> tuple[float, float]:
    """Seconds for which the line was idle: after an answer longer than it must, and after a question without one."""
    late = unanswered = 0.0
    for before, one in pairwise(passed):
        if one.source != "gateway":
            continue
        if before.source == "line":
            late += max(0.0, one.at - before.at - (3.5 * 10 / 9600 if one.speed.baud == 9600 else 0.02))
        else:
            unanswered += one.at - before.at
    return late, unanswered


def utilisation(bus: BusLine, seconds: float) -> dict[str, float]:
    """What passes in so many seconds."""
    begin = len(bus.tape)
    busy, since = bus.medium.busy, bus.now()
    time.sleep(seconds)
    passed, took = bus.tape.all()[begin:], bus.now() - since
    turns = sum(one.source == "gateway" for one in passed)
    late, unanswered = waited(passed)
    slow = sum(one.source == "gateway" and one.speed.baud == 2400 for one in passed)
    return {
        "turns/s": round(turns / took, 1),
        "of meters": slow,
        "bytes %": round(100 * (bus.medium.busy - busy) / took, 1),
        "of the possible %": round(100 * shortest(passed) / took, 1),
        "gateway late %": round(100 * late / took, 1),
        "unanswered %": round(100 * unanswered / took, 1),
    }


def alarms(gateway: Gateway, detectors: Sequence[Unit]) -> list[float]:
    """Seconds from a detector's alarm to the gateway's decision, one detector after the other."""
    dice, found = random.Random(3), []
    for unit in detectors:
        time.sleep(dice.uniform(0.1, 0.5))
        before, began = len(gateway.lines), time.monotonic()
        unit.values["gas_alarm"] = True
        word = f"gas-leak gas-{unit.address} firing"
        found.append(gateway.lines.wait(partial(_says, word), 20, after=before).at - began)
    return found


def _says(word: str, line: Line) -> bool:
    return word in line.text


def main() -> int:
    """Print both tables -> 0."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measurement of the line (20)")
    said = parser.parse_args()
    seconds = 1.0 if said.quick else said.seconds
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bus = stack.enter_context(BusLine(folder, units(DETECTORS, METERS)))
        gateway = stack.enter_context(Gateway(site(folder, bus)))
        gateway.lines.wait(lambda line: "anju is up" in line.text, 20)
        time.sleep(0.5 if said.quick else SETTLED)
        rows.append({"line": "all alive", **utilisation(bus, seconds)})
        for unit in bus.units[:DEAD]:
            unit.fail("silent")
        time.sleep(0.5 if said.quick else SETTLED)
        rows.append({"line": f"{DEAD} detectors dead", **utilisation(bus, seconds)})
        living = bus.units[DEAD:DETECTORS]
        times = spread(alarms(gateway, living[:2] if said.quick else living))
    title = f"One line: {DETECTORS} detectors at 9600 8N1, {METERS} meters at 2400 8E1"
    show(said, title, rows, {f"alarm to decision, {DEAD} dead": times})
    return 0


if __name__ == "__main__":
    sys.exit(main())
