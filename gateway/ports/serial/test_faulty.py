"""Each wire driver with each fault of its devices: what a line makes of it is what docs/lines.md says.

A line each, with the faulty device and a sound one of another protocol beside it, at the devices' real bytes.
"""

import asyncio
from pathlib import Path
from typing import get_args

import pytest

from drivers.driver import Driver
from gateway.ports.serial.conftest import DRIVERS, Heard, running, until
from gateway.ports.serial.member import member
from gateway.sim.bus.cjt188 import Cjt188
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.inside import LoopLine
from gateway.sim.bus.mbus import Mbus
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.node import NodeUnit
from gateway.sim.bus.unit import Fault, Speed, Unit
from gateway.sim.leap import leaping

PAGE = (Path(__file__).parents[3] / "docs/lines.md").read_text("utf-8")
HEAD, *ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
    and ("`modbus`" in line or (line[2:].split("`")[1:2] and line[2:].split("`")[1] in get_args(Fault)))
]
TABLE = {
    (driver.strip("`"), row[0].split("`")[1]): set(cell.split(", "))
    for row in ROWS
    for driver, cell in zip(HEAD[1:], row[1:], strict=True)
}
"""(driver, fault) -> what is seen of it."""
WORDS = {"read", "time-outs", "damaged", "late", "babble", "battery_low"}
FAST = Speed(38_400, "E")
DEAD = {"modbus": 0.3, "dlt645": 6.0, "cjt188": 3.0, "mbus": 3.0, "node": 2.0}
"""Seconds for which a dying battery lasts; in the last tenth of them it is low, and must be asked."""


def units(driver: str) -> tuple[Unit, Unit]:
    """One that will fail, and a sound one that speaks another protocol."""
    gas = Modbus("generic-smoke", 7, {"smoke": False}, Speed(38_400))
    made: dict[str, Unit] = {
        "modbus": Modbus("generic-gas", 1, {"gas_lel_pct": _grows}, Speed(38_400)),
        "dlt645": Dlt645("12", {"energy_kwh": _grows, "battery_low": False}, FAST),
        "cjt188": Cjt188("34", {"water_m3": _grows}, speed=FAST),
        "mbus": Mbus("12345678", {"water_m3": _grows}, speed=FAST),
        "node": NodeUnit("a1b2c3d4", {"temperature_c": _grows, "battery_low": False}, FAST._replace(parity="N")),
    }
    return made[driver], gas


def _grows(at: float) -> float:
    """Another value each time, so that none is thinned."""
    return round(at, 2)


def driver_of(name: str) -> Driver:
    return DRIVERS["modbus-generic-gas" if name == "modbus" else name]


EVERY = 0.07
"""Seconds between two questions: out of step with who babbles. Whoever babbles only while he is asked has damaged answers."""


class Case:
    """A device with a fault on a line, and what is seen of it."""

    def __init__(self, name: str, fault: Fault) -> None:
        self.name, self.fault = name, fault
        self.unit, self.sound = units(name)
        self.driver = driver_of(name)
        speed = self.driver.settings._replace(baud=38_400)
        port = f"line-1:{self.driver.name}"
        self.one = member("faulty", self.driver, self.unit.address, port, speed, EVERY)
        smoke = DRIVERS["modbus-generic-smoke"]
        self.other = member(
            "sound", smoke, "7", "line-1:modbus-generic-smoke", smoke.settings._replace(baud=38_400), 0.1
        )
        self.seen: set[str] = set()
        self.others = 0
        self.told = False
        """Something of it was handed on since it failed."""
        self.well = False
        """It was heard again when it had no fault any more."""

    async def play(self, folder: Path) -> None:
        """Sound at first; then it fails, until all that is said to be seen was seen."""
        wanted = TABLE[self.name, self.fault]
        with LoopLine(folder, [self.unit, self.sound]) as bus:
            async with running(bus.path, [self.one, self.other]) as (line, heard):
                devices = line.figures.devices
                await until(lambda: devices["faulty"].answers >= 1 and devices["sound"].answers >= 1)
                heard.look()
                patience = self.driver.manners.patience
                self.unit.fail(self.fault, {"slow": patience + 0.15, "battery": DEAD[self.name]}.get(self.fault))
                await asyncio.sleep(0.1)
                heard.look()
                heard.values.clear()
                before, others = _copy(devices["faulty"]), devices["sound"].answers

                def enough() -> bool:
                    self.seen |= self._look(before, heard, line.figures.devices["faulty"])
                    self.others = devices["sound"].answers - others
                    return wanted <= self.seen and self.others >= 2

                try:
                    await until(enough, 12)
                    self.unit.heal()
                    healed = devices["faulty"].answers
                    await until(lambda: devices["faulty"].answers >= healed + 2, 12)
                    self.well = True
                except TimeoutError:
                    return

    def _look(self, before: dict[str, int], heard: Heard, now: object) -> set[str]:
        grown = {name: getattr(now, name) - count for name, count in before.items()}
        values = [said for name, said in heard.look().values.items() if said and name.endswith(f"-{self.unit.address}")]
        self.told = self.told or bool(values)
        seen = {"time-outs"} if grown["timeouts"] >= 2 else set()
        seen |= {"damaged"} if grown["errors"] >= 2 else set()
        seen |= {"late"} if grown["late"] and heard.fault("line_late") else set()
        seen |= {"babble"} if heard.fault("line_babble") == [True] else set()
        seen |= {"battery_low"} if any(said.get("battery_low") is True for said in values) else set()
        return seen | ({"read"} if grown["answers"] >= 2 else set())


def _copy(device: object) -> dict[str, int]:
    return {name: getattr(device, name) for name in ("timeouts", "errors", "late", "answers")}


@pytest.mark.parametrize("name", ["modbus", "dlt645", "cjt188", "mbus", "node"])
@leaping
async def test_a_line_takes_each_fault_as_the_page_says(tmp_path: Path, name: str) -> None:
    cases = [Case(name, fault) for fault in get_args(Fault)]
    await asyncio.gather(*(case.play(tmp_path / case.fault) for case in cases))
    assert {case.fault: case.seen & TABLE[name, case.fault] for case in cases} == {
        case.fault: TABLE[name, case.fault] for case in cases
    }
    for case in cases:
        assert case.well, f"{case.fault}: it isn't heard again though it is well"
        assert case.others >= 2, f"{case.fault}: the sound device beside it does not come through"
        if not TABLE[name, case.fault] & {"read", "babble"} and case.fault != "battery":
            assert not case.told, f"{case.fault}: that was no answer"


def test_the_page_names_each_driver_and_each_fault_with_words_that_are_looked_for() -> None:
    assert len(TABLE) == 5 * len(get_args(Fault))
    assert set().union(*TABLE.values()) == WORDS
