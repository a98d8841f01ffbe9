"""Answers that come late: to which question they belong, and that they hold up nobody else."""

import asyncio
from pathlib import Path

import pytest

from gateway.ports.serial.conftest import DRIVERS, FAST, answers, gas, known, running, twin, until
from gateway.ports.serial.exchange import SLOW
from gateway.ports.serial.member import member
from gateway.ports.serial.turns import mates
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.inside import LoopLine
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.mbus import Mbus
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Speed
from gateway.sim.leap import leaping


@leaping
async def test_a_late_answer_is_the_device_s_own_and_from_then_on_it_has_more_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units = [gas(1), gas(2)]
    units[0].values["gas_lel_pct"] = 33.0
    units[0].fail("slow", 0.35)
    members = [known(unit) for unit in units]
    with LoopLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            slow = line.figures.devices[members[0].name]
            await until(lambda: slow.late >= 1 and slow.answers >= 3)
            assert heard.look().values["modbus-generic-gas-1"]["gas_lel_pct"] == 33.0
            assert heard.values["modbus-generic-gas-2"]["gas_lel_pct"] == 1.5
            assert members[0].patience > 0.4
            assert heard.fault("line_late") == [True]
            assert sum("its turn is over" in record.message for record in caplog.records) == 1
            assert answers(line, members[1]) > 3


@leaping
async def test_an_adapter_that_delivers_16_ms_late_is_found_out_and_loses_nothing(tmp_path: Path) -> None:
    units = [gas(number) for number in range(1, 4)]
    members = [known(unit, every=0.05) for unit in units]
    for unit in units:
        unit.turnaround = 0.014
    with LoopLine(tmp_path, units, late=0.016) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: heard.fault("line_slow") == [True])
            assert sum(answers(line, one) for one in members) >= SLOW[1]
            assert sum(line.figures.devices[one.name].errors for one in members) == 0
            assert sum(line.figures.devices[one.name].timeouts for one in members) == 0


async def test_a_damaged_answer_that_comes_late_holds_up_nobody_else(tmp_path: Path) -> None:
    """The first byte comes when patience is nearly over; what is waited for then is the pause behind it.

    On a real tty: whether the loop stands still shows in real time alone.
    """
    meter = Dlt645("12", {"energy_kwh": 1.0}, Speed(2400, "E"))
    meter.fail("checksum")
    meter.fail("slow", DRIVERS["dlt645"].manners.patience - 0.2)
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(0.01)
            longest = max(longest, loop.time() - began)

    with BusLine(tmp_path, [meter]) as bus:
        one = known(meter)
        async with running(bus.path, [one]) as (line, _):
            ticking = asyncio.create_task(tick())
            await until(lambda: line.figures.devices[one.name].errors >= 2)
            ticking.cancel()
    assert longest < 0.3, "the loop stood still while one line waited"


@leaping
async def test_a_device_that_becomes_slower_within_its_patience_is_heard_out(tmp_path: Path) -> None:
    meter = Dlt645("12", {"energy_kwh": 1.0}, Speed(19200, "E"))
    one = known(meter)
    with LoopLine(tmp_path, [meter]) as bus:
        async with running(bus.path, [one]) as (line, _):
            figures = line.figures.devices[one.name]
            await until(lambda: figures.answers >= len(one.requests))
            meter.fail("slow", one.driver.manners.patience - 0.2)
            before = figures.answers
            await until(lambda: figures.answers >= before + 3)
            assert (figures.errors, figures.timeouts) == (0, 0)


@leaping
async def test_a_late_answer_does_not_pass_for_the_answer_to_another_question(tmp_path: Path) -> None:
    """A Modbus answer doesn't name its register: a humidity of 51 would be a fire."""
    one, values = twin("twin", 0, 100), {"temperature_c": 20, "humidity_pct": 51}
    chart = [{"register": 0, "quantity": "temperature_c"}, {"register": 100, "quantity": "humidity_pct"}]
    unit = Modbus({"base": 0, "value": chart}, 1, values, FAST)
    with LoopLine(tmp_path, [unit]) as bus:
        async with running(bus.path, [one]) as (line, heard):
            await until(lambda: answers(line, one) > 1)
            unit.fail("slow", 0.6)
            await until(lambda: line.figures.devices["twin"].late > 0)
            unit.heal()
            before = answers(line, one)
            await until(lambda: answers(line, one) > before + 2)
    said = {(frame.data[2:4], frame.data[11:13]) for frame in heard.inbox.take(1000) if frame.port != "health"}
    assert said == {(b"\0\0", b"\0\x14"), (b"\0\x64", b"\0\x33")}


def test_who_may_owe_an_answer_to_another_question() -> None:
    meter = known(Dlt645("1", {"energy_kwh": 1.0}))
    assert mates([twin("a", 0), meter, known(gas(2))]) == {}
    assert mates([twin("a", 0, 100), meter]) == {"a": ["a"]}
    assert mates([twin("a", 0), twin("b", 0), meter]) == {}
    assert mates([twin("a", 0), twin("b", 100), known(gas(2))]) == {"a": ["a", "b"], "b": ["a", "b"]}


class OfOneRegister(Modbus):
    """Says nothing to what it hasn't got, in place of an exception, as cheap ones do."""

    def answer(self, heard: bytes, at: float) -> bytes:
        """As a Modbus unit, or nothing."""
        said = super().answer(heard, at)
        return said if said[1:2] == heard[1:2] else b""


@leaping
async def test_an_answer_in_time_does_not_pass_for_the_late_one_to_another_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two drivers on one unit: the one that nobody answers has rested, when the other one is asked again."""
    monkeypatch.setattr("gateway.ports.serial.turns.PATIENCE", 0.4)
    monkeypatch.setattr("gateway.ports.serial.exchange.FORGOTTEN", 0.8)
    asked, other = twin("z", 0), twin("a", 100)
    values = {"humidity_pct": 51}
    unit = OfOneRegister({"base": 0, "value": [{"register": 100, "quantity": "humidity_pct"}]}, 1, values, FAST)
    with LoopLine(tmp_path, [unit]) as bus:
        async with running(bus.path, [asked, other]) as (line, heard):
            gone = line.figures.devices["z"]
            await until(lambda: gone.timeouts >= 1)
            before = answers(line, other)
            await until(lambda: answers(line, other) > before)
            assert (gone.late, gone.answers) == (0, 0)
    said = {frame.port for frame in heard.inbox.take(1000) if frame.port != "health"}
    assert said == {"a"}


@leaping
async def test_the_answers_of_one_meter_are_not_the_late_ones_of_a_dead_one(tmp_path: Path) -> None:
    """By primary address: E5 names nobody, and what names another one isn't this one's."""
    live = Mbus("12345678", {"water_m3": 9.5}, primary=6, speed=Speed(38_400, "E"))
    dead = Mbus("87654321", {"water_m3": 1.5}, primary=5, speed=Speed(38_400, "E"))
    dead.fail("silent")
    speed = DRIVERS["mbus"].settings._replace(baud=38_400)
    members = [member(name, DRIVERS["mbus"], name, "line-1:mbus", speed, 0.1) for name in ("5", "6")]
    with LoopLine(tmp_path, [live, dead]) as bus:
        async with running(bus.path, members) as (line, heard):
            gone = line.figures.devices["5"]
            await until(lambda: gone.timeouts >= 1)
            before = answers(line, members[1])
            await until(lambda: answers(line, members[1]) > before)
            assert (gone.late, gone.answers) == (0, 0)
            assert heard.fault("line_late") == []
