"""What a home's protection rests on: detectors, buttons, sirens. A dead plug stands beside, and lowers nothing."""

import json
from typing import Any

import pytest

from drivers.reading import Frame
from gateway.control.status import home_status
from gateway.health import report
from gateway.hub.concern import concerned
from gateway.hub.standing import NO_DEVICE
from gateway.hub.test_standing import site
from gateway.ladder.conftest import House
from gateway.site import Site

TEXT = """
gateway = {id = "g", site = "s"}
ports.line = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
ports.broker = {type = "mqtt", host = "127.0.0.1"}
uplinks.platform = {type = "mqtt", host = "127.0.0.1"}
homes.one = {}
homes.two = {}
devices.smoke = {home = "one", port = "line", address = "00000011", silent_after = 600}
devices.plug = {home = "one", port = "broker", driver = "shelly", address = "plug-1", silent_after = 600, PROTECTS}
devices.button = {home = "two", port = "line", address = "00000021", silent_after = "300d"}
devices.relay = {home = "two", port = "line", address = "00000022", silent_after = "300d"}
outputs.horn = {home = "two", kind = "siren", device = "relay", line = 0}
outputs.water = {home = "two", kind = "water-valve", device = "relay", line = 1}
"""


def flats(protects: str = "protects = false") -> Site:
    return site(TEXT.replace("PROTECTS", protects))


class Flats(House):
    def status(self, home: str) -> dict[str, Any]:
        site_ = self.fold.site
        assert site_ is not None
        alerts = [one for one in self.fold.engine.open() if one.n and home in concerned(one, site_)]
        return home_status(site_.homes[home], alerts, self.fold, self.fold.now)

    def rules(self, home: str, where: str) -> set[tuple[str, str]]:
        return {(one["rule"], one["device"]) for one in self.status(home)[where]}

    def hear(self, at: float, node: int, **values: float) -> None:
        from gateway.hub.conftest import say

        self.seq += 1
        self.feed(Frame("line", at, say("READING", self.seq, node=node, boot=7, values=values or {"temperature_c": 20.0})))

    def change(self, new: Site) -> None:
        self.fold.configs[new.hash] = new.text
        self.feed(Frame("config", self.fold.now, new.hash.encode()))


def quiet_plug(protects: str) -> Flats:
    """A plug that is silent, beside a smoke detector that lives."""
    house = Flats(flats(protects))
    for at in range(0, 2000, 300):
        house.wait(at)
        house.hear(at, 0x11)
    house.wait(2000)
    return house


def test_a_dead_plug_that_protects_nobody_is_told_beside() -> None:
    house = quiet_plug("protects = false")
    assert house.status("one")["protected"]
    assert ("sensor-silent", "plug") in house.rules("one", "lesser")
    assert not house.rules("one", "why")
    told = [json.loads(one.body) for out in house.outs for one in out.messages if one.topic == "home/one"]
    assert all(body["protected"] for body in told), "so says the platform's board"


def test_where_nobody_says_so_it_may_be_anything() -> None:
    house = quiet_plug("room = 'hall'")
    assert ("sensor-silent", "plug") in house.rules("one", "why")
    house.change(flats())
    assert house.status("one")["protected"], "the word of the site counts from then on"


def test_a_dead_detector_is_no_plug() -> None:
    house = Flats(flats())
    house.wait(2000)
    assert house.rules("one", "why") == {("sensor-silent", "smoke")}


def test_a_home_with_nothing_but_a_plug_has_no_sensor() -> None:
    house = Flats(site(TEXT.replace("PROTECTS", "protects = false").replace('devices.smoke = {home = "one"', 'devices.smoke = {home = "two"')))
    assert {one["rule"] for one in house.status("one")["why"]} == {NO_DEVICE}


@pytest.mark.parametrize(("output", "counts"), [("horn", True), ("water", False)])
def test_a_siren_protects_and_a_water_valve_keeps_floors_dry(output: str, counts: bool) -> None:
    house = Flats(flats())
    house.feed(report(10.0, f"gateway:{output}", output_fault=True))
    house.wait(100)
    assert ("output-fault", f"gateway:{output}") in house.rules("two", "why" if counts else "lesser")
    assert house.status("two")["protected"] is not counts


@pytest.mark.parametrize(("port", "counts"), [("line", True), ("broker", False)])
def test_a_port_counts_where_something_on_it_does(port: str, counts: bool) -> None:
    house = Flats(flats())
    house.feed(report(10.0, f"gateway:{port}", port_down=True))
    house.wait(400)
    house.hear(400, 0x11)
    assert ("port-down", f"gateway:{port}") in house.rules("one", "why" if counts else "lesser")
