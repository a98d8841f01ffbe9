"""Who is there to save lives and was never signed off is a trouble of its home, one for all, however it was written."""

import json

import pytest

from drivers.reading import Frame
from gateway.hub.conftest import SIGNED as BY_ANNA
from gateway.hub.conftest import TOML as SIGNED_TOML
from gateway.hub.conftest import boot_frame, say
from gateway.hub.fold import Fold
from gateway.site import Site, loads
from rules.rulefile import packs

TOML = SIGNED_TOML.replace(BY_ANNA, "")
GAS = """
[ports.line-2]
type = "serial"
path = "/dev/ttyUSB1"
[devices.gas-1]
home = "flat"
port = "line-2"
driver = "modbus-generic-gas"
address = "1"
[devices.climate]
home = "flat"
port = "line-2"
driver = "modbus-xy-md02"
address = "2"
"""
SIGNED = '\ntested = {by = "wang", on = "2026-11-22", address = "%s"}\n'
HOUR = 3600.0


def site(more: str = "") -> Site:
    return loads(json.dumps({"format": 1, "site": TOML + more, "packs": packs(), "files": {}}))


class Gateway:
    def __init__(self, of: Site) -> None:
        self.fold = Fold({of.hash: of.text})
        self.fold.handle(boot_frame())
        self.use(0.0, of)

    def use(self, at: float, of: Site) -> None:
        self.fold.configs[of.hash] = of.text
        self.fold.handle(Frame("config", at, of.hash.encode()))

    def unsigned(self, at: float) -> list[str]:
        """Homes with the trouble."""
        said = json.dumps({"offset": 1.8e9, "synced": True, "deaf": 0}).encode()
        self.fold.handle(Frame("clock", at, said))
        return [one.home for one in self.fold.engine.open() if one.rule == "sensors-unsigned" and one.state == "firing"]


def test_a_detector_is_asked_for_by_what_its_driver_says_after_an_hour_and_once() -> None:
    gateway = Gateway(site(GAS))
    assert gateway.unsigned(HOUR - 1) == []
    assert gateway.unsigned(HOUR) == ["flat"]
    gateway.use(2 * HOUR, site(GAS.replace('address = "1"', 'address = "1"' + SIGNED % "1")))
    assert gateway.unsigned(2 * HOUR + 1) == []
    gateway.use(3 * HOUR, site(GAS.replace('address = "1"', 'address = "9"' + SIGNED % "1")))
    assert gateway.unsigned(4 * HOUR) == [], "another one in its place is the trouble of its own kind, at once"
    assert "sensor-untested" in {one.rule for one in gateway.fold.engine.open()}


@pytest.mark.parametrize(("values", "asked"), [({"smoke": 0}, True), ({"temperature_c": 20}, False)])
def test_a_node_is_asked_for_once_it_says_something_about_life(values: dict[str, float], asked: bool) -> None:
    gateway = Gateway(site())
    for n in range(1, 5):
        gateway.fold.handle(Frame("line-1", float(n), say("READING", n, values=values)))
    assert gateway.unsigned(2 * HOUR) == (["flat"] if asked else [])
    signed = site().text
    of = loads(json.dumps({**json.loads(signed), "site": TOML.replace('"a1b2c3d4"', '"a1b2c3d4"' + SIGNED % "a1b2c3d4")}))
    gateway.use(2 * HOUR + 1, of)
    for n in range(5, 9):
        gateway.fold.handle(Frame("line-1", 3 * HOUR + n, say("READING", n, values=values)))
    assert gateway.unsigned(5 * HOUR) == []


def test_it_is_no_sign_of_life() -> None:
    gateway = Gateway(site(GAS))
    assert gateway.fold.engine.heard("gas-1") == 0.0
    gateway.use(500.0, site(GAS + "\n# again\n"))
    assert gateway.fold.engine.heard("gas-1") == 0.0
