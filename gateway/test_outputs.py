"""Outputs follow the open alerts, say when they don't, and need neither disk nor network."""

import json
from dataclasses import replace
from typing import get_args

import pytest

from drivers.reading import Reading
from drivers.shipped import shipped
from gateway.hub.conftest import SITE
from gateway.outputs import FIRST, KINDS, OWNERLESS, PATIENCE, WEEK, Outputs
from gateway.ports.gpio import Board
from gateway.site import Gpio, Output, loads
from gateway.site.model import OutputKind
from rules.alert import Alert, State
from rules.rulefile import ACTS, packs


class House:
    """One siren on the kitchen's node, a line that works or doesn't, and time by hand."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.troubles: list[bytes] = []
        self.hushed: dict[str, float] = {}
        self.outputs = Outputs(SITE, shipped(), self._send)
        self.now = 0.0

    def _send(self, port: str, data: bytes, address: str) -> bool:
        assert port == "line-1"
        self.sent.append(data)
        return True

    def at(self, now: float, *alerts: Alert, seen: bool | None = None) -> int:
        """-> how many commands that moment brought."""
        before, self.now = len(self.sent), now
        if seen is not None:
            self.outputs.seen([Reading("kitchen", "output_on#2", "output_on", seen, now)])
        self.troubles += [frame.data for frame in self.outputs.want(alerts, self.hushed, now)]
        return len(self.sent) - before


def fire(state: State = "firing", act: str = "siren", home: str = "flat") -> Alert:
    return Alert("a" * 16, 1, "smoke", "emergency", home, "kitchen", state, 0.0, 0.0, "first", (act,))


def test_the_siren_sounds_with_the_alarm_and_is_quiet_after_it() -> None:
    house = House()
    assert house.at(1.0) == 0
    assert house.at(2.0, fire()) == 1
    assert house.at(2.1, fire(), seen=True) == 0
    assert house.at(50.0, fire("cleared")) == 1
    assert house.at(50.1, fire("cleared"), seen=False) == 0
    assert house.troubles == []


def test_a_command_that_is_not_confirmed_is_repeated_and_then_a_trouble_until_it_follows() -> None:
    house = House()
    sent = [house.at(1.0 + second / 4, fire()) for second in range(40)]
    assert sum(sent) == 10
    assert [b"true" in trouble for trouble in house.troubles] == [True]
    house.at(12.0, fire(), seen=True)
    assert [b"true" in trouble for trouble in house.troubles] == [True, False]


def test_a_valve_has_time_to_turn_before_it_is_a_trouble() -> None:
    assert PATIENCE.keys() == set(get_args(OutputKind))
    assert PATIENCE["siren"][1] < 10 < PATIENCE["gas-valve"][1] < PATIENCE["water-valve"][1]
    valve = replace(SITE.outputs["siren"], name="valve", kind="water-valve")
    outputs = Outputs(replace(SITE, outputs={"valve": valve}), shipped(), lambda port, data, address: True)
    shut = [fire(act="close-water-valve")]
    told = [now for now in range(1, 100) if outputs.want(shut, {}, float(now))]
    assert told == [1 + PATIENCE["water-valve"][1]]


def test_a_siren_that_somebody_switches_off_at_the_node_is_switched_on_again() -> None:
    house = House()
    house.at(1.0, fire())
    house.at(1.1, fire(), seen=True)
    assert house.at(60.0, fire(), seen=False) == 1


def test_hushing_quiets_the_siren_of_that_home_only_for_its_time() -> None:
    house = House()
    house.at(1.0, fire())
    house.at(1.1, fire(), seen=True)
    house.hushed = {"flat": 100.0}
    assert house.at(2.0, fire()) == 1
    house.at(2.1, fire(), seen=False)
    assert house.at(99.0, fire()) == 0
    assert house.at(100.0, fire()) == 1
    house.hushed = {"other": 500.0}
    assert house.at(200.0, fire(), seen=True) == 0


def test_the_alarm_of_another_home_sounds_no_siren_here() -> None:
    assert House().at(1.0, fire(home="flat-2")) == 0


def test_an_output_on_without_an_owner_is_a_trouble_and_stays_on_for_a_minute() -> None:
    house = House()
    assert house.at(1.0, seen=True) == 0
    assert [b"true" in trouble for trouble in house.troubles] == [True]
    assert house.at(OWNERLESS - 1) == 0
    assert house.at(OWNERLESS + 2) == 1
    house.at(OWNERLESS + 3, seen=False)
    assert [b"true" in trouble for trouble in house.troubles] == [True, False]


@pytest.mark.parametrize(("state", "shut"), [("firing", 1), ("cleared", 1), ("resolved", 0)])
def test_a_gas_valve_stays_shut_until_the_alarm_is_reset(state: State, shut: int) -> None:
    site = replace(SITE, outputs={"valve": Output("valve", "flat", "gas-valve", "kitchen", 2, None)})
    sent: list[bytes] = []

    def send(port: str, data: bytes, address: str) -> bool:
        sent.append(data)
        return True

    outputs = Outputs(site, shipped(), send)
    alerts = [] if state == "resolved" else [fire(state, "close-gas-valve")]
    outputs.want(alerts, {}, 1.0)
    assert len(sent) == shut


WIRED = """
gateway = {id = "g", site = "s"}
homes.flat = {}
ports.meters = {type = "serial", path = "/dev/ttyUSB0", driver = "cjt188-gas"}
ports.relays = {type = "serial", path = "/dev/ttyUSB1", driver = "modbus-waveshare-relay-8"}
devices.gas = {home = "flat", port = "meters", address = "12345678901234"}
devices.board = {home = "flat", port = "relays", address = "17"}
outputs.valve = {home = "flat", kind = "gas-valve", device = "gas", line = 0}
outputs.horn = {home = "flat", kind = "siren", device = "board", line = 2}
outputs.door = {home = "flat", kind = "door-release", device = "board", line = 5}
"""


def test_a_meters_valve_and_a_relay_board_are_commanded_and_read_back() -> None:
    site = loads(json.dumps({"format": 1, "site": WIRED, "packs": packs(), "files": {}}))
    sent: dict[tuple[str, bytes], bytes] = {}

    def send(port: str, data: bytes, address: str) -> bool:
        sent[port, data] = data
        return True

    outputs = Outputs(site, site.drivers, send)
    alerts = [fire(act=act) for act in ("siren", "close-gas-valve", "release-doors")]
    troubles = outputs.want(alerts, {}, 1.0)
    assert len(sent) == 3
    relays = site.drivers["modbus-waveshare-relay-8"]
    for data in sent.values():
        if len(data) == 8:  # the board's answer is the request once more
            said = relays.decode(relays.head(2 * data), {}).values
            index = said[0].nth
            outputs.seen([Reading("board", f"output_on#{index + 1}", "output_on", said[0].value, 1.1)])
    outputs.seen([Reading("gas", "output_on", "output_on", True, 1.2)])
    assert {name: state.seen for name, state in outputs.state.items()} == {"valve": True, "horn": True, "door": True}
    for now in (2.0, 10.0, 70.0):
        troubles += outputs.want(alerts, {}, now)
    assert len(sent) == 3
    assert troubles == []


def kind(name: str, kind: OutputKind, gpio: Gpio | None = None) -> Output:
    return Output(name, "flat", kind, "" if gpio else "kitchen", 2, gpio)


class Lines(Board):
    """Lines of a board that is not here: what they were driven to."""

    def __init__(self) -> None:
        super().__init__()
        self.driven: list[tuple[int, bool]] = []

    def look(self, gpio: Gpio) -> None:
        """It is there."""

    def drive(self, gpio: Gpio, on: bool) -> bool:
        self.driven.append((gpio.line, on))
        return on


@pytest.mark.parametrize("gpio", [None, Gpio("/dev/gpiochip0", 17, False)])
def test_nothing_that_ends_opens_a_gas_valve(gpio: Gpio | None) -> None:
    sent: list[bytes] = []
    board = Lines()
    site = replace(SITE, outputs={"valve": kind("valve", "gas-valve", gpio)})

    def send(port: str, data: bytes, address: str) -> bool:
        sent.append(data)
        return True

    outputs = Outputs(site, shipped(), send, board)
    troubles = outputs.want([], {}, 1.0) + outputs.want([fire(act="close-gas-valve")], {}, 2.0)
    outputs.seen([Reading("kitchen", "output_on#3", "output_on", True, 2.1)])
    for now in (3.0, 4.0, 100.0, 8 * 86_400.0):
        troubles += outputs.want([], {}, now)
    node = shipped()["node"]
    assert node.switch is not None
    assert node.query is not None
    shut, asked = node.switch("a1b2c3d4", 2, True, 1), node.query("a1b2c3d4")
    assert board.driven == ([(17, True)] if gpio else [])
    assert [one for one in sent if one != asked] == ([] if gpio else [shut])
    assert troubles == []


def test_somebody_who_is_there_opens_a_gas_valve_unless_an_alert_shuts_it() -> None:
    board = Lines()
    site = replace(SITE, outputs={"valve": kind("valve", "gas-valve", Gpio("/dev/gpiochip0", 17, False))})
    outputs = Outputs(site, shipped(), lambda *_: True, board)
    outputs.want([fire(act="close-gas-valve")], {}, 1.0)
    outputs.want([fire(act="close-gas-valve")], {}, 2.0, {"flat": 60.0})
    assert board.driven == [(17, True)]
    outputs.want([], {}, 3.0, {"other": 60.0})
    assert board.driven == [(17, True)]
    for now in (4.0, 5.0, 6.0):
        outputs.want([], {}, now, {"flat": 60.0})
    assert board.driven == [(17, True), (17, False)]


def test_a_strobe_flashes_with_the_siren_and_is_not_hushed() -> None:
    gpios = {name: Gpio("/dev/gpiochip0", line, False) for name, line in (("horn", 1), ("light", 2))}
    site = replace(
        SITE, outputs={"horn": kind("horn", "siren", gpios["horn"]), "light": kind("light", "strobe", gpios["light"])}
    )
    board = Lines()
    outputs = Outputs(site, shipped(), lambda *_: True, board)
    outputs.want([fire()], {}, 1.0)
    assert sorted(board.driven) == [(1, True), (2, True)]
    outputs.want([fire()], {"flat": 500.0}, 2.0)
    assert sorted(board.driven[2:]) == [(1, False)]


def test_once_a_week_a_siren_at_rest_shows_that_it_would_have_heard() -> None:
    house = House()
    assert house.at(1.0) == 0
    assert house.at(FIRST + 2) == 1
    assert house.at(FIRST + 2.1, seen=False) == 0
    assert house.at(WEEK) == 0
    assert house.at(WEEK + FIRST + 3) == 1
    sent = [house.at(WEEK + FIRST + 3 + second / 2) for second in range(1, 20)]
    assert 1 <= sum(sent) <= 3
    assert [b"true" in trouble for trouble in house.troubles] == [True]
    house.at(WEEK + 300, seen=False)
    assert [b"true" in trouble for trouble in house.troubles] == [True, False]


def test_an_alarm_during_a_silent_test_sounds_at_once() -> None:
    house = House()
    house.at(1.0)
    assert house.at(FIRST + 2) == 1
    assert house.at(FIRST + 2.1, fire()) == 1
    assert house.at(FIRST + 2.2, fire(), seen=True) == 0
    assert house.troubles == []


def test_a_gpio_line_that_is_not_there_is_a_trouble_and_harms_nothing() -> None:
    output = Output("horn", "flat", "siren", "", 0, Gpio("/dev/gpiochip-none", 17, False))
    outputs = Outputs(replace(SITE, outputs={"horn": output}), shipped(), lambda *_: True, Board())
    troubles = [frame for second in range(1, 10) for frame in outputs.want([], {}, float(second))]
    assert len(troubles) == 1
    assert b'"gateway:horn"' in troubles[0].data


def test_every_act_that_a_rule_may_name_has_an_output_kind_that_a_site_may_name() -> None:
    kinds = {kind for kind, _ in KINDS.values()}
    assert set(KINDS) == set(ACTS)
    assert kinds == set(get_args(OutputKind))
