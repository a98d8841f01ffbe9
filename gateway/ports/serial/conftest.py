"""Simulated devices on a line of ours, which asks them. The devices share no code with us.

What they do takes its time on a real tty (``BusLine``), and none inside the loop of a ``leaping`` test (``LoopLine``).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers import modbus
from drivers.driver import Settings
from drivers.reading import Scalar
from drivers.shipped import shipped
from gateway.inbox import Inbox
from gateway.ports.serial import Line
from gateway.ports.serial.faults import WHAT
from gateway.ports.serial.member import Member, member
from gateway.ports.serial.wire import Wire, wire
from gateway.sim.bus.inside import LoopLine
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Speed, Unit
from gateway.site import SerialPort

DRIVERS = shipped()
FAST = Speed(115200)
"""What isn't about speed needn't wait for it."""


def gas(unit: int, speed: Speed = FAST) -> Modbus:
    """A gas detector."""
    return Modbus("generic-gas", unit, {"gas_lel_pct": 1.5, "gas_alarm": False, "fault": False}, speed)


def known(unit: Unit, *, every: float = 0.1, address: str = "") -> Member:
    """The line's side of a simulated device."""
    driver = DRIVERS[
        {"Modbus": "modbus-generic-gas", "Dlt645": "dlt645", "Cjt188": "cjt188", "Mbus": "mbus"}[type(unit).__name__]
    ]
    speed = driver.settings._replace(baud=unit.speed.baud, parity=unit.speed.parity)
    name = f"{driver.name}-{unit.address}"
    return member(name, driver, address or unit.address, f"line-1:{driver.name}", speed, every)


@pytest.fixture(autouse=True)
def _within_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of a test's own loop are another way to reach a line, beside ttys and networks."""

    def way(path: str, url: str, rs485: str = "") -> Wire:
        line = LoopLine.lines.get(path)
        return line.end() if line else wire(path, url, rs485)

    for user in ("line", "probe"):
        monkeypatch.setattr(f"gateway.ports.serial.{user}.wire", way)


class Heard:
    """What came in, as the fold would read it."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.health: list[dict[str, object]] = []
        self.values: dict[str, dict[str, Scalar]] = {}
        self.frames = 0

    def look(self) -> "Heard":
        """Take in what came since."""
        for frame in self.inbox.take(100_000):
            if frame.port == "health":
                health = json.loads(frame.data)["values"]
                if health != dict.fromkeys(WHAT, False):  # at its start: nothing of an earlier life lasts
                    self.health.append(health)
                continue
            driver = DRIVERS[frame.port.partition(":")[2]]
            head = driver.head(frame.data)
            said = {value.quantity: value.value for value in driver.decode(head, {}).values}
            self.values.setdefault(f"{driver.name}-{head.address}", {}).update(said)
            self.frames += 1
        return self

    def by_driver(self) -> dict[tuple[str, str], Scalar]:
        """(driver, quantity) -> its last value."""
        return {
            (name.rpartition("-")[0], point): value
            for name, values in self.values.items()
            for point, value in values.items()
        }

    def fault(self, name: str) -> list[object]:
        """How a fault came and went."""
        return [said[name] for said in self.look().health if name in said]


@asynccontextmanager
async def running(path: Path, members: Sequence[Member]) -> AsyncIterator[tuple[Line, Heard]]:
    """A line of ours at this path -> it, and what it hands on."""
    port = SerialPort("line-1", "", str(path), "", 9600, "N", 1, False)
    inbox = Inbox()
    line = Line(port, None, members, inbox, asyncio.get_running_loop().time)
    task = asyncio.create_task(line.run())
    try:
        yield line, Heard(inbox)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what a device and our line do between them."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - set by a thread of the line
            await asyncio.sleep(0.005)


def answers(line: Line, one: Member) -> int:
    """How often it has answered."""
    return line.figures.devices[one.name].answers


def twin(name: str, *registers: int) -> Member:
    """Of unit 1, asked for these registers one by one."""
    values = [{"register": one, "quantity": "humidity_pct" if one else "temperature_c"} for one in registers]
    return member(name, modbus.driver({"base": 0, "value": values}, name), "1", name, Settings(115200), 0.05)
