"""Faults of a whole line: stalled, unplugged, a loose contact; each told once, and when it is over."""

import asyncio
import os
from pathlib import Path

import pytest

from gateway.ports.serial.conftest import answers, gas, known, running, until
from gateway.ports.serial.faults import CALM, WHAT, Faults
from gateway.sim.bus.inside import LoopLine
from gateway.sim.bus.line import BusLine
from gateway.sim.leap import leaping
from rules.quantities import KNOWN


async def test_a_stalled_port_is_opened_anew_without_end_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ports.serial.turns.SILENT", 0.3)
    units = [gas(1), gas(2)]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 2)
            opened = os.stat(bus.path).st_rdev
            for unit in units:
                unit.fail("silent")
            await until(lambda: heard.fault("line_stalled") == [True])
            await asyncio.sleep(0.4)
            assert heard.fault("line_stalled") == [True]
            for unit in units:
                unit.heal()
            await until(lambda: heard.fault("line_stalled") == [True, False])
            assert os.stat(bus.path).st_rdev == opened
            assert heard.fault("port_down") == [False]
    told = [record.message for record in caplog.records if "heard" in record.message]
    assert sum("opened anew" in text for text in told) == 1


async def test_unplugged_and_plugged_in_again_it_goes_on_where_it_was(tmp_path: Path) -> None:
    units = [gas(1)]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 2)
            bus.unplug()
            await until(lambda: heard.fault("port_down") == [False, True])
            bus.replug()
            before = answers(line, members[0])
            await until(lambda: answers(line, members[0]) >= before + 2)
            assert heard.fault("port_down") == [False, True, False]


@leaping
async def test_a_plug_with_a_loose_contact_is_told_ever_more_rarely(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units = [gas(1)]
    with LoopLine(tmp_path, units) as bus:
        async with running(bus.path, [known(units[0])]) as (line, _):
            end = asyncio.get_running_loop().time() + 4.0
            while asyncio.get_running_loop().time() < end:
                if line.up:
                    bus.unplug()
                    await until(lambda: not line.up)
                    bus.replug()
                await asyncio.sleep(0.005)
            await until(lambda: line.up)
    told = sum("is down" in record.message for record in caplog.records)
    assert 2 <= told <= 5, "every 0.2 s it would be 18 times"


def test_each_fault_of_a_line_is_a_quantity_that_rules_know() -> None:
    assert set(WHAT) <= KNOWN
    assert len(WHAT) == 5


def test_a_fault_is_told_once_and_is_over_after_a_calm_minute() -> None:
    faults = Faults()
    assert [change.on for change in faults.sign("line_late", 0.0, "a")] == [True]
    assert faults.sign("line_late", 10.0, "b") == []
    assert faults.look(CALM) == []
    assert [change.on for change in faults.look(10.0 + CALM)] == [False]
    assert faults.look(1e9) == []
    faults.sign("line_stalled", 0.0, "3 s")
    assert faults.look(1e9) == []
    assert [change.on for change in faults.over("line_stalled")] == [False]
