"""What outputs must not do: move water, gas or a door in a test, undo somebody's hand, stay on when nobody owns them."""

from dataclasses import replace
from typing import get_args

import pytest

from drivers.reading import Reading
from drivers.shipped import shipped
from gateway.hub.conftest import SITE
from gateway.ladder.conftest import House
from gateway.outputs import DAY, FIRST, ORDER, OWNERLESS, UNMOVED, WEEK, Outputs
from gateway.ports.gpio import Board
from gateway.site import Gpio, Output, Site
from gateway.site.model import OutputKind
from gateway.test_outputs import Lines, fire

KINDS: tuple[OutputKind, ...] = get_args(OutputKind)
PIN = Gpio("/dev/gpiochip0", 17, False)


class Wire:
    """A node's line: what was switched, and what was asked."""

    def __init__(self, site: Site, board: Board | None = None) -> None:
        self.node = shipped()["node"]
        self.told: list[tuple[int, bool]] = []
        self.asked = 0
        self.troubles: list[bool] = []
        self.outputs = Outputs(site, shipped(), self._send, board)

    def _send(self, port: str, data: bytes, address: str) -> bool:
        assert self.node.query is not None
        assert self.node.switch is not None
        if data == self.node.query(address):
            self.asked += 1
            return True
        number = self.outputs.number
        told = [(line, on) for line in range(4) for on in (True, False) if data == self.node.switch(address, line, on, number)]
        assert len(told) == 1
        self.told += told
        return True

    def at(self, now: float, *acts: str, seen: bool | None = None, line: int = 1) -> None:
        if seen is not None:
            self.outputs.seen([Reading("kitchen", f"output_on#{line + 1}", "output_on", seen, now)])
        alerts = [fire(act=act) for act in acts]
        self.troubles += [b"true" in frame.data for frame in self.outputs.want(alerts, {}, now)]


def having(**outputs: Output) -> Site:
    return replace(SITE, outputs=outputs)


def one(kind: OutputKind, line: int = 1, gpio: Gpio | None = None, home: str = "flat") -> Output:
    return Output(f"{kind}-{line}", home, kind, "" if gpio else "kitchen", line, gpio)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seen", [None, False, True])
def test_a_week_at_rest_moves_no_valve_and_no_door(kind: OutputKind, seen: bool | None) -> None:
    """A siren may be told to be quiet; whoever shut the water or let a door open by hand had a reason."""
    wire = Wire(having(x=one(kind)))
    for step in range(1, 9 * 24):
        now = step * 3600.0
        wire.at(now, seen=seen)
    moved = [on for _, on in wire.told]
    assert True not in moved
    if kind in UNMOVED:
        assert not moved or (kind == "door-release" and seen)
        assert wire.asked >= (0 if seen else 1)
    else:
        assert moved


def test_a_valve_s_test_is_a_question_and_its_silence_a_trouble() -> None:
    wire = Wire(having(x=one("water-valve")))
    wire.at(1.0)
    wire.at(FIRST + 2)
    assert (wire.asked, wire.told) == (1, [])
    for second in range(100):
        wire.at(FIRST + 3 + second)
    assert wire.troubles == [True]
    wire.at(FIRST + 200, seen=False)
    assert wire.troubles == [True, False]
    wire.at(FIRST + WEEK + 300)
    assert wire.told == []


def test_a_meters_valve_that_never_read_back_is_a_trouble_after_a_day() -> None:
    site = replace(
        having(x=one("gas-valve", 0)),
        devices={"kitchen": replace(SITE.devices["kitchen"], driver="cjt188-gas")},
    )
    sent: list[bytes] = []

    def send(port: str, data: bytes, address: str) -> bool:
        sent.append(data)
        return True

    outputs = Outputs(site, shipped(), send)
    troubles = [frame for step in range(1, 200) for frame in outputs.want([], {}, step * 600.0)]
    assert sent == []
    assert [b"true" in frame.data for frame in troubles] == [True]
    outputs.seen([Reading("kitchen", "output_on", "output_on", False, 2 * DAY)])
    assert [b"true" in frame.data for frame in outputs.want([], {}, 2 * DAY)] == [False]


def test_a_water_valve_that_somebody_shut_stays_shut_and_is_a_trouble() -> None:
    wire = Wire(having(x=one("water-valve")))
    wire.at(1.0, seen=True)
    for second in range(2, 600):
        wire.at(float(second), seen=True)
    assert wire.told == []
    assert wire.troubles == [True]
    wire.at(601.0, seen=False)
    assert wire.troubles == [True, False]


def test_a_water_valve_opens_after_its_own_alarm_and_not_after_a_plumber_s_hand() -> None:
    wire = Wire(having(x=one("water-valve")))
    wire.at(1.0, "close-water-valve")
    wire.at(5.0, "close-water-valve", seen=True)
    wire.at(100.0)  # reset by a person
    assert wire.told == [(1, True), (1, False)]
    wire.at(110.0, seen=False)
    wire.at(5000.0, seen=True)
    for second in range(5001, 5200):
        wire.at(float(second), seen=True)
    assert wire.told == [(1, True), (1, False)]


def test_a_siren_that_somebody_switches_on_at_the_node_sounds_for_its_minute_each_time() -> None:
    wire = Wire(having(x=one("siren")))
    wire.at(1.0, "siren")
    wire.at(1.1, "siren", seen=True)
    wire.at(50.0)
    wire.at(50.1, seen=False)
    wire.told.clear()
    wire.at(500.0, seen=True)
    wire.at(500.0 + OWNERLESS - 1)
    assert wire.told == []
    wire.at(500.0 + OWNERLESS)
    assert wire.told == [(1, False)]


def test_the_gas_is_shut_before_anything_else_whatever_the_site_calls_it() -> None:
    assert set(ORDER) == set(KINDS)
    wire = Wire(having(a=one("siren", 0), b=one("door-release", 1), z=one("gas-valve", 2), y=one("water-valve", 3)))
    wire.at(1.0, "siren", "release-doors", "close-gas-valve", "close-water-valve")
    assert wire.told == [(2, True), (0, True), (1, True), (3, True)]


class Missing(Lines):
    """A chip that has no such line."""

    def look(self, gpio: Gpio) -> None:
        raise OSError("no such line")


def test_a_gpio_valve_whose_line_is_not_there_is_a_trouble_before_there_is_gas() -> None:
    board = Missing()
    outputs = Outputs(having(x=one("gas-valve", 17, PIN)), shipped(), lambda *_: True, board)
    troubles = [frame for second in range(1, 200) for frame in outputs.want([], {}, float(second))]
    assert [b"true" in frame.data for frame in troubles] == [True]
    assert board.driven == []


# -- a site that no longer names them --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_output_that_the_site_no_longer_names_is_let_go(kind: OutputKind) -> None:
    """What makes noise or lets people in ends; a valve stays shut, for nobody has looked whether it may open."""
    act = {"siren": "siren", "strobe": "strobe", "gas-valve": "close-gas-valve", "water-valve": "close-water-valve",
           "door-release": "release-doors"}[kind]  # fmt: skip
    wire = Wire(having(x=one(kind), rest=one("siren", 2)))
    new = having(rest=one("siren", 2))
    wire.at(1.0, act)
    wire.at(1.5, act, seen=True)
    wire.told.clear()
    valve = kind in ("gas-valve", "water-valve")
    assert wire.outputs.let_go(new, 2.0) == (not valve)
    assert wire.told == ([] if valve else [(1, False)])
    wire.at(2.5, act)  # the alert goes on: nobody switches it on again
    assert (1, True) not in wire.told
    assert wire.outputs.let_go(new, 3.5) == (not valve)
    wire.at(4.0, act, seen=False if not valve else None)
    assert not wire.outputs.let_go(new, 4.1)
    said = wire.outputs.use(new, shipped(), 4.2)
    assert [b'"x"' in frame.data and frame.port == "output" for frame in said] == [True]
    assert (b"left-shut" in said[0].data) == valve
    assert (b"switched-off" in said[0].data) == (not valve)


def test_an_output_that_does_not_answer_its_release_is_named() -> None:
    wire = Wire(having(x=one("siren")))
    wire.at(1.0, "siren")
    assert wire.outputs.let_go(having(), 2.0)
    (said,) = wire.outputs.use(having(), shipped(), 5.0)
    assert b"no-answer" in said.data


def test_an_output_at_rest_goes_without_a_word_and_one_that_stays_is_not_touched() -> None:
    wire = Wire(having(x=one("siren"), y=one("siren", 2)))
    wire.at(1.0)
    wire.at(2.0, seen=False)
    assert not wire.outputs.let_go(having(y=one("siren", 2)), 3.0)
    assert wire.outputs.use(having(y=one("siren", 2)), shipped(), 3.0) == []
    assert wire.told == []


def test_an_output_on_another_device_is_another_one() -> None:
    site = having(x=one("siren"))
    wire = Wire(site)
    wire.at(1.0, "siren", seen=True)
    wire.at(1.1, "siren", seen=True)
    moved = replace(site, devices={"kitchen": replace(SITE.devices["kitchen"], address="000000b2")})
    assert wire.outputs.let_go(moved, 2.0)
    wire.at(2.1, seen=False)
    assert len(wire.outputs.use(moved, shipped(), 3.0)) == 1
    assert wire.outputs.state["x"].seen is None


def test_what_became_of_an_output_that_is_gone_stands_in_the_record() -> None:
    house = House()
    wire = Wire(having(x=one("siren")))
    wire.at(1.0, "siren", seen=True)
    wire.at(1.1, "siren", seen=True)
    wire.outputs.let_go(having(), 2.0)
    for frame in wire.outputs.use(having(), shipped(), 3.0):
        house.feed(frame)
    (entry,) = house.record("output")
    assert (entry["output"], entry["home"], entry["did"], entry["at"]) == ("x", "flat", "no-answer", 3.0)
