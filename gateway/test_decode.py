"""`anju decode` of every shipped driver: each captured frame as hex, publications also as `mosquitto_sub -v` prints them."""

import tomllib
from pathlib import Path

import pytest

from drivers.captures import load
from drivers.shipped import shipped
from gateway.cli import NO, OK, main
from gateway.decode import Decoder

FRAMES = Path(__file__).parents[1] / "drivers" / "frames"
DRIVERS = shipped()


@pytest.mark.parametrize("name", DRIVERS)
def test_every_captured_frame_of_every_driver_is_told(name: str) -> None:
    checked = 0
    for capture in load((FRAMES / f"{name}.toml").read_text("utf-8")):
        told = list(Decoder(DRIVERS[name], "en").text(capture.wire.hex(" ")))
        if capture.said is None:
            assert any("error" in one for one in told), capture.name
        else:
            assert [one["readings"] for one in told if "error" not in one] == [dict(capture.said.values)], capture.name
            assert [one["address"] for one in told if "error" not in one] == [capture.said.address], capture.name
        checked += 1
    assert checked >= 8


@pytest.mark.parametrize("name", [name for name, driver in DRIVERS.items() if driver.link == "mqtt"])
def test_publications_are_told_as_mosquitto_sub_prints_them(name: str) -> None:
    driver, checked = DRIVERS[name], 0
    for table in tomllib.loads((FRAMES / f"{name}.toml").read_text("utf-8"))["frame"]:
        if "topic" in table and "values" in table and "\n" not in table["payload"] and not table.get("kept"):
            topic = f"{driver.base}/{table['topic']}" if driver.base else table["topic"]
            (told,) = Decoder(driver, "en").text(f"{topic} {table['payload']}")
            assert told.get("readings") == table["values"], (table["name"], told)
            checked += 1
    assert checked >= 4


def test_the_exit_status_says_whether_all_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    frame = 'zigbee2mqtt/hall {"smoke": true}'
    assert main(["decode", "zigbee2mqtt", frame]) == OK
    assert main(["decode", "zigbee2mqtt", "zigbee2mqtt/hall {nothing"]) == NO
    assert main(["decode", "zigbee2mqtt", "7a"]) == NO
