"""`anju bus`: how a running gateway's lines are used, asked over its control socket."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.cli import COULD_NOT_RUN, NO, OK, main
from gateway.control.conftest import TOML, Running, asked, running
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Speed, Unit

LINE = """
[ports.bus]
type = "serial"
path = "{path}"
[devices.gas]
home = "flat"
port = "bus"
driver = "modbus-generic-gas"
address = "1"
baud = 115200
[devices.dead]
home = "flat"
port = "bus"
driver = "modbus-generic-gas"
address = "2"
baud = 115200
"""


def gas() -> list[Unit]:
    return [Modbus("generic-gas", 1, {"gas_lel_pct": 1.5, "gas_alarm": False, "fault": False}, Speed(115200))]


async def command(folder: Path, *words: str) -> int:
    return await asyncio.to_thread(main, ["bus", *words, "--site", str(folder / "site.toml"), "--lang", "en"])


async def settled(gateway: Running) -> None:
    devices = gateway.app.lines["bus"].figures.devices
    await gateway.until(lambda: devices["gas"].answers >= 2 and devices["dead"].timeouts >= 1)


async def test_a_line_and_its_devices_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with BusLine(tmp_path, gas()) as bus:
        async with running(tmp_path, LINE.format(path=bus.path)) as gateway:
            await settled(gateway)
            assert await command(tmp_path, "bus") == OK
            told = capsys.readouterr().out.splitlines()
            assert told[0].startswith("line bus: up, used ")
            assert told[1].split() == ["device", "turns", "answers", "time-outs", "damaged", "refused", "late", "heard"]
            rows = {line.split()[0]: line.split()[1:] for line in told[2:]}
            assert int(rows["gas"][1]) >= 2
            assert rows["gas"][2:6] == ["0", "0", "0", "0"]
            assert rows["gas"][6:] == [rows["gas"][6], "s"]
            assert (rows["dead"][1], rows["dead"][6]) == ("0", "never")


async def test_all_lines_for_a_script_and_one_that_is_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with BusLine(tmp_path, gas()) as bus:
        async with running(tmp_path, LINE.format(path=bus.path)) as gateway:
            await settled(gateway)
            assert await command(tmp_path, "--json") == NO
            lines = json.loads(capsys.readouterr().out)["lines"]
            assert {name: line["up"] for name, line in lines.items()} == {"line-1": False, "bus": True}
            assert lines["bus"]["devices"]["gas"]["timeouts"] == 0
            assert lines["bus"]["devices"]["dead"]["heard_s"] is None
            assert 0 <= lines["bus"]["utilisation"] <= 1
            assert await command(tmp_path, "buss") == COULD_NOT_RUN
            assert "there is no line 'buss': line-1, bus" in capsys.readouterr().err


async def test_who_lives_there_has_no_business_on_the_lines(tmp_path: Path) -> None:
    async with running(tmp_path, toml=TOML):
        assert not (await asked(tmp_path, "bus", actor="wang"))["ok"]
        assert (await asked(tmp_path, "bus", actor="desk"))["ok"]
