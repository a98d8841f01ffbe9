"""Who is on a line is found, whatever the speed, with values; collisions are taken apart."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import serial

from drivers.driver import Settings
from drivers.shipped import shipped
from gateway.cli import COULD_NOT_RUN, NO, OK, main
from gateway.clock import boot_time
from gateway.ports.serial import probe
from gateway.ports.serial import search as module
from gateway.ports.serial.probe import Probe
from gateway.ports.serial.search import Device, Search
from gateway.sim.bus.cjt188 import HEAT, Cjt188
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.inside import LoopLine
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.mbus import Mbus
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Speed, Unit
from gateway.sim.leap import leaping

DRIVERS = shipped()
QUICK = Speed(38_400, "E")
"""One speed for all: the search is told to look at that one alone."""


async def scan(
    folder: Path, units: Sequence[Unit], protocols: Sequence[str], speeds: Sequence[int], *, echo: bool = False
) -> list[Device]:
    found = []
    with LoopLine(folder, units, echo=echo) as line:
        async with Probe(str(line.path), "", line.now) as asked:
            search = Search(asked, DRIVERS, range(1, 4))
            async for device in search.run(protocols, speeds):
                found.append(device)
    return found


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a real tty: a command has a loop of its own."""
    monkeypatch.setattr(module, "_MODBUS", 0.04)
    monkeypatch.setattr(probe, "LONGEST", 0.3)


@leaping
async def test_modbus_devices_are_found_at_their_speeds_with_the_map_that_fits(tmp_path: Path) -> None:
    """Also one that refuses all that a map asks, and behind an adapter that hears itself."""
    table = {"title": "?", "base": 0, "value": [{"quantity": "power_w", "register": 500}]}
    units = [
        Modbus("xy-md02", 1, {"temperature_c": 20.5, "humidity_pct": 50.0}),
        Modbus("pt495", 2, {"gas_lel_pct": 3.0}, Speed(4800)),
        Modbus(table, 3, {"power_w": 1.0}),
    ]
    found = await scan(tmp_path, units, ["modbus"], [9600, 4800], echo=True)
    assert [(one.driver, one.address, one.settings.baud) for one in found] == [
        ("modbus-xy-md02", "1", 9600),
        ("modbus", "3", 9600),
        ("modbus-pt495", "2", 4800),
    ]
    assert [one.values.get("temperature_c", one.values.get("gas_lel_pct")) for one in found] == [20.5, None, 3]


@leaping
async def test_meters_that_answer_at_once_are_told_apart_by_their_digits(tmp_path: Path) -> None:
    units = [
        Dlt645("000000000011", {"energy_kwh": 1.5}, QUICK),
        Dlt645("000000000012", {"energy_kwh": 2.5}, QUICK),
    ]
    for unit in units:
        unit.turnaround = 0.005
    found = await scan(tmp_path, units, ["dlt645"], [QUICK.baud])
    assert {(one.address, one.values["energy_kwh"]) for one in found} == {
        ("000000000011", 1.5), ("000000000012", 2.5),
    }  # fmt: skip


@leaping
async def test_meters_of_every_kind_are_found_with_what_they_measure(tmp_path: Path) -> None:
    units: list[Unit] = [
        Dlt645("77", {"energy_kwh": 3.5}, QUICK),
        Cjt188("11", {"water_m3": 4.5}, speed=QUICK),
        Cjt188("12", {"heat_kwh": 5.5}, HEAT, QUICK, edition=2018),
        Mbus("12345678", {"water_m3": 5.5}, speed=QUICK),
        Mbus("12345691", {"water_m3": 6.5}, speed=QUICK),
    ]
    for unit in units:
        unit.turnaround = 0.005
    found = await scan(tmp_path, units, ["dlt645", "cjt188", "mbus"], [QUICK.baud])
    said = {(one.driver, one.address): one.values for one in found}
    assert said.keys() == {
        ("dlt645", "000000000077"), ("cjt188", "00000000000011"), ("cjt188-heat", "00000000000012"),
        ("mbus", "12345678ca050107"), ("mbus", "12345691ca050107"),
    }  # fmt: skip
    assert said["cjt188", "00000000000011"]["water_m3"] == 4.5
    assert said["cjt188-heat", "00000000000012"]["heat_kwh"] == 5.5
    assert said["mbus", "12345691ca050107"] == {"water_m3": 6.5}


@leaping
async def test_what_is_usual_comes_first_and_once_somebody_answers_the_long_rest_is_spared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without named speeds: the usual units at each speed, the others only where somebody was found."""
    monkeypatch.setattr(module, "SPEEDS", {"modbus": (Settings(9600), Settings(4800))})
    climate = {"temperature_c": 20.5, "humidity_pct": 50.0}
    units = [Modbus("xy-md02", 16, climate, Speed(9600)), Modbus("xy-md02", 31, climate, Speed(9600))]
    left: list[tuple[str, float]] = []
    with LoopLine(tmp_path, units) as line:
        async with Probe(str(line.path), "", line.now) as asked:
            search = Search(asked, DRIVERS, range(14, 33), lambda: left.append((search.doing, search.left)))
            found = [(one.address, one.settings.baud) async for one in search.run(["modbus"])]
    assert found == [("16", 9600), ("31", 9600)]
    seconds = [one for _, one in left]
    assert seconds[0] == max(seconds)
    assert seconds[-1] < 2
    rest = {doing.partition(",")[0] for doing, _ in left if doing.endswith("32 / 32")}
    assert rest == {"modbus 9600 8N1"}, "the rest of the units is asked at the speed that is known by then"
    assert len({doing.partition(",")[0] for doing, _ in left}) == len(module.SPEEDS["modbus"])


@leaping
async def test_meters_of_one_number_are_told_apart_by_what_they_measure(tmp_path: Path) -> None:
    units = [Mbus("12345678", {"water_m3": 5.5}, speed=QUICK), Mbus("12345678", {"water_m3": 9.25}, medium=6, speed=QUICK)]
    for unit in units:
        unit.turnaround = 0.005
    found = await scan(tmp_path, units, ["mbus"], [QUICK.baud])
    assert {one.address for one in found} == {"12345678ca050107", "12345678ca050106"}


@leaping
async def test_a_line_that_is_never_quiet_is_told(tmp_path: Path) -> None:
    babbler = Modbus("xy-md02", 9, {"temperature_c": 20.5})
    babbler.fail("babble", 0.01)
    with pytest.raises(OSError, match="all the time"):
        await scan(tmp_path, [babbler, Modbus("xy-md02", 2, {"temperature_c": 20.5})], ["modbus"], [9600])


async def test_a_line_that_is_not_there_says_so(tmp_path: Path) -> None:
    async with Probe(str(tmp_path / "none"), "", boot_time) as asked:
        with pytest.raises(OSError, match="none"):
            [one async for one in Search(asked, DRIVERS).run(["modbus"])]


@pytest.mark.usefixtures("quickly")
def test_the_command_tells_a_person_and_a_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site.toml"
    with BusLine(tmp_path, [Modbus("xy-md02", 2, {"temperature_c": 20.5, "humidity_pct": 50.0})]) as line:
        site.write_text(
            f'''gateway = {{id = "g", site = "s"}}
homes.flat = {{}}
ports.line = {{type = "serial", path = "{line.path}"}}
devices.bath = {{home = "flat", port = "line", driver = "modbus-xy-md02", address = "2"}}
'''
        )
        scan = ["scan", "serial", "--protocol", "modbus", "--speed", "9600", "--units", "2", "--port"]
        assert main([*scan, "line", "--site", str(site), "--json"]) == OK
        said = json.loads(capsys.readouterr().out)
        assert (said["driver"], said["address"], said["baud"], said["device"]) == ("modbus-xy-md02", "2", 9600, "bath")
        assert main([*scan, str(line.path), "--lang", "en"]) == OK
        out = capsys.readouterr().out
        assert "modbus-xy-md02" in out
        assert "temperature_c=20.5" in out
        with serial.Serial(str(line.path), exclusive=True):
            assert main([*scan, str(line.path), "--lang", "en"]) == COULD_NOT_RUN
        assert "holds this line" in capsys.readouterr().err
        scan[-2] = "3"
        assert main([*scan, str(line.path), "--lang", "zh"]) == NO
        assert "没有设备应答" in capsys.readouterr().err
    assert main([*scan, str(tmp_path / "none")]) == COULD_NOT_RUN
