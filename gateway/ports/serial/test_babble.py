"""Who speaks out of turn: a node that calls for help, an adapter that hears itself, a device that babbles."""

import asyncio
import os
from pathlib import Path

import pytest

from drivers.driver import Settings
from gateway.hub.conftest import say
from gateway.ports.serial.conftest import DRIVERS, answers, gas, known, running, until
from gateway.ports.serial.member import member
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.inside import LoopLine
from gateway.sim.bus.unit import Speed, Unit
from gateway.sim.leap import leaping
from gateway.sim.wire import open_pty


@leaping
async def test_an_adapter_that_hears_itself_is_found_out_once_and_understood(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units: list[Unit] = [gas(1), Dlt645("12", {"energy_kwh": 1.0}, Speed(19200, "E"))]
    members = [known(unit) for unit in units]
    with LoopLine(tmp_path, units, echo=True) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: all(answers(line, one) >= 2 for one in members))
            assert heard.fault("line_echo") == [True]
            assert all(line.figures.devices[one.name].errors == 0 for one in members)
    assert sum("hears itself" in record.message for record in caplog.records) == 1


async def test_a_node_that_calls_for_help_out_of_turn_is_heard(tmp_path: Path) -> None:
    ours, path = open_pty()
    (tmp_path / "tty").symlink_to(path)
    node = member("node", DRIVERS["node"], "a1b2c3d4", "line-1:node", Settings(9600), 3600.0)
    alarm = say("ALARM", 1, smoke=1)
    async with running(tmp_path / "tty", [node, known(gas(1, Speed(9600)), every=60.0)]) as (line, heard):
        await until(lambda: line.up)
        os.write(ours, b"\0" + alarm + b"\0")
        await until(lambda: heard.look().values.get("node-a1b2c3d4") == {"smoke": True})
    os.close(ours)


@leaping
async def test_the_echo_of_what_nobody_answers_is_no_babble(tmp_path: Path) -> None:
    units = [gas(1, Speed(9600))]
    members = [known(units[0])]
    node = DRIVERS["node"]
    assert node.beat is not None
    fellow = member("node", node, "a1b2c3d4", "line-1:node", Settings(9600), 0.5)
    with LoopLine(tmp_path, units, echo=True) as bus:
        async with running(bus.path, [*members, fellow]) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 3)
            for _ in range(8):
                line.send("node", node.beat(10), "")
            await until(lambda: line.figures.orders >= 8 and answers(line, members[0]) >= 6)
            assert heard.fault("line_babble") == []
            assert line.figures.devices[members[0].name].errors == 0


@leaping
async def test_a_babbling_device_is_found_out_and_the_others_still_come_through(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units = [gas(number) for number in range(1, 4)]
    members = [known(unit) for unit in units]
    with LoopLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 3)
            units[2].fail("babble", 0.03)
            await until(lambda: heard.fault("line_babble") == [True])
            before = [answers(line, one) for one in members]
            await until(
                lambda: all(answers(line, one) >= count + 2 for one, count in zip(members, before, strict=True))
            )
    assert sum("out of turn" in record.message for record in caplog.records) == 1


@pytest.mark.parametrize("pause", [0.06, 0.3])
@leaping
async def test_who_babbles_with_pauses_is_told_once_and_the_others_have_their_turns_in_them(
    tmp_path: Path, pause: float
) -> None:
    """At real speed: an outburst takes 33 ms, a turn 30."""
    units = [gas(number, Speed(9600)) for number in range(1, 5)]
    members = [known(unit) for unit in units]
    with LoopLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: all(answers(line, one) >= 2 for one in members))
            units[3].fail("babble", pause)
            await until(lambda: heard.fault("line_babble") == [True])
            before = [answers(line, one) for one in members]
            await until(lambda: all(answers(line, one) >= n + 4 for one, n in zip(members, before, strict=True)))
            assert heard.fault("line_babble") == [True]


@leaping
async def test_pauses_too_short_for_a_turn_are_told_once_and_cost_only_the_time_that_they_last(tmp_path: Path) -> None:
    units = [gas(number, Speed(9600)) for number in range(1, 4)]
    members = [known(unit) for unit in units]
    with LoopLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: all(answers(line, one) >= 2 for one in members))
            units[2].fail("babble", 0.008)
            await until(lambda: heard.fault("line_babble") == [True])
            turns = [line.figures.devices[one.name].turns for one in members]
            await until(
                lambda: all(line.figures.devices[one.name].turns >= n + 3 for one, n in zip(members, turns, strict=True))
            )
            assert heard.fault("line_babble") == [True]
            units[2].heal()
            before = [answers(line, one) for one in members]
            await until(lambda: all(answers(line, one) >= n + 3 for one, n in zip(members, before, strict=True)))


async def test_a_line_that_is_never_silent_is_spoken_on_all_the_same(tmp_path: Path) -> None:
    """Somebody sends without end: what we ask goes out once a second, and an answer in the noise is found."""
    ours, path = open_pty()
    pair = bytes.fromhex("0103040000 0000fa33")
    (tmp_path / "tty").symlink_to(path)
    one = known(gas(1))
    asked = 0
    async with running(tmp_path / "tty", [one]) as (line, heard):
        await until(lambda: line.up)
        end = asyncio.get_running_loop().time() + 3.5
        while asyncio.get_running_loop().time() < end and answers(line, one) < 1:
            os.write(ours, b"\x55" * 20)
            try:
                asked += os.read(ours, 4096).count(one.requests[0])
            except BlockingIOError:
                pass
            else:
                os.write(ours, pair)
            await asyncio.sleep(0.002)
        assert asked >= 1
        assert answers(line, one) >= 1
        assert heard.fault("line_babble") == [True]
    os.close(ours)
