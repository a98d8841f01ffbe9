"""A shared RS-485 line and a gateway as a process: alarms, faults and power cuts on real bytes at the wire's speed."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Unit
from gateway.sim.process import ANJU, ROOT, Line
from hil_tests.gateway import Gateway

SITE = """
[gateway]
id = "gw-bus"
site = "estate"
[homes.flat]
[ports.line-1]
type = "serial"
path = "{path}"
[devices.gas-1]
home = "flat"
port = "line-1"
driver = "modbus-generic-gas"
address = "1"
[devices.gas-2]
home = "flat"
port = "line-1"
driver = "modbus-generic-gas"
address = "2"
[devices.meter]
home = "flat"
port = "line-1"
driver = "dlt645"
address = "12"
every = "2s"
"""


class Bench:
    """Two detectors and a meter on a line, and a gateway that asks them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        plain = {"gas_lel_pct": 0.5, "gas_alarm": False, "fault": False}
        self.gas = [Modbus("generic-gas", number, plain) for number in (1, 2)]
        self.meter = Dlt645("12", {"energy_kwh": 1234.5})
        units: list[Unit] = [*self.gas, self.meter]
        self.bus = stack.enter_context(BusLine(folder, units))
        path = folder / "site.toml"
        path.write_text(SITE.format(path=self.bus.path).replace('"12"', '"000000000012"'), encoding="utf-8")
        self.gateway = Gateway(path)
        stack.callback(self.gateway.stop)
        self.gateway.up()
        self.store = folder / "data/anju.db"

    def told(self, words: str, seconds: float = 20) -> str:
        def says(line: Line) -> bool:
            return words in line.text

        return self.gateway.lines.wait(says, seconds).text

    def count(self, words: str) -> int:
        return sum(words in line.text for line in self.gateway.lines.all())

    def replayed(self) -> list[tuple[str, str, str]]:
        """(id, rule, device) of what fired, out of the journal."""
        done = subprocess.run(
            [*ANJU, "replay", str(self.store), "--json"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        said = [json.loads(line) for line in done.stdout.splitlines()]
        return [(one["id"], one["rule"], one["device"]) for one in said if one.get("state") == "firing"]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(tmp_path, stack)


def test_an_alarm_on_a_shared_line_survives_a_power_cut_and_is_raised_once(bench: Bench) -> None:
    bench.gas[0].fail("silent")
    bench.gas[1].values["gas_alarm"] = True
    first = bench.told("gas-leak gas-2 firing")
    time.sleep(0.5)  # an alert is committed at once; a disk takes its time
    bench.gateway.restart()
    bench.gas[0].heal()
    bench.gas[0].values["gas_alarm"] = True
    bench.told("gas-leak gas-1 firing")
    time.sleep(1.5)  # gas-2 says again what it said before
    assert bench.count("gas-leak gas-2 firing") == 1
    assert bench.gateway.interrupt() == 0
    fired = bench.replayed()
    assert [(rule, device) for _, rule, device in fired if rule == "gas-leak"] == [
        ("gas-leak", "gas-2"),
        ("gas-leak", "gas-1"),
    ]
    assert fired[0][0] in first


def test_a_line_that_is_unplugged_and_babbled_on_still_brings_its_alarm(bench: Bench) -> None:
    bench.told("anju is up")
    bench.bus.unplug()
    bench.told("port line-1 is down")
    bench.bus.replug()
    bench.gas[0].fail("babble", 0.15)
    bench.gas[1].values["gas_alarm"] = True
    bench.told("gas-leak gas-2 firing")
    bench.told("speaks out of turn")
    assert bench.count("port line-1 is down") == 1
    assert bench.count("speaks out of turn") == 1
