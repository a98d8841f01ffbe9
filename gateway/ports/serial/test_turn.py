"""One request and what is heard after it: the same however it is cut up, and never another's answer."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers import cjt188, dlt645, mbus, node, rtu
from drivers.driver import Driver
from drivers.guest import card, stand_in
from drivers.shipped import shipped
from gateway.ports.serial.turn import MOST, Turn
from gateway.sim.bus.cjt188 import Cjt188
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.mbus import Mbus
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Unit

GAS = shipped()["modbus-generic-gas"]
PROBES: list[tuple[Driver, Unit]] = [
    (GAS, Modbus("generic-gas", 7, {"gas_lel_pct": 12.5, "gas_alarm": True, "fault": False})),
    (dlt645.DRIVER, Dlt645("123456789012", {"energy_kwh": 1234.56})),
    (shipped()["cjt188"], Cjt188("12345678901234", {"water_m3": 3.25})),
    (mbus.DRIVER, Mbus("12345678", {"water_m3": 9.5}, primary=5)),
]


def asked(driver: Driver, unit: Unit) -> tuple[bytes, bytes]:
    """The request whose answer says something, and that answer."""
    assert driver.ask is not None
    pairs = [(request, unit.hear(request, 0.0)) for request in driver.ask(unit.address)]
    request, answer = [(one, heard.data) for one, heard in pairs if heard and len(heard.data) > 1][
        0 if driver.name != "mbus" else -1
    ]
    return request, answer


@pytest.mark.parametrize(("driver", "unit"), PROBES, ids=[driver.name for driver, _ in PROBES])
@pytest.mark.parametrize("echo", [False, True])
@given(st.data())
@settings(max_examples=40, deadline=None)
def test_an_answer_is_found_however_it_is_cut_up(driver: Driver, unit: Unit, echo: bool, data: st.DataObject) -> None:
    request, answer = asked(driver, unit)
    wire = request * echo + answer
    places = sorted(data.draw(st.sets(st.integers(0, len(wire)))) | {0, len(wire)})
    turn = Turn(driver, unit.address, request)
    frames = [frame for first, end in pairwise(places) for frame in turn.hear(wire[first:end])]
    assert turn.over
    assert turn.echoed is echo
    assert len(frames) == 1
    assert driver.decode(driver.head(frames[0]), {}).values


@pytest.mark.parametrize(("driver", "unit"), PROBES, ids=[driver.name for driver, _ in PROBES])
def test_noise_in_front_spoils_nothing(driver: Driver, unit: Unit) -> None:
    request, answer = asked(driver, unit)
    noise = random.Random(1)
    found = 0
    for _ in range(200):
        turn = Turn(driver, unit.address, request)
        found += bool(turn.hear(noise.randbytes(noise.randrange(1, 12)) + answer))
    assert found >= 190


@pytest.mark.parametrize(("driver", "unit"), PROBES, ids=[driver.name for driver, _ in PROBES])
def test_a_damaged_or_broken_off_answer_is_none_and_is_told_from_silence(driver: Driver, unit: Unit) -> None:
    request, answer = asked(driver, unit)
    checked = 0
    same = next(at for at, (one, other) in enumerate(zip(request, answer, strict=False)) if one != other)
    for end in range(same + 5, len(answer)):  # what begins as our own request may be its echo
        turn = Turn(driver, unit.address, request)
        assert turn.hear(answer[:end]) == []
        turn.close()
        assert turn.wrong
        assert not turn.over
        checked += 1
    turn = Turn(driver, unit.address, request)
    assert turn.hear(unit.damaged(answer)) == []
    turn.close()
    assert turn.wrong
    silent = Turn(driver, unit.address, request)
    assert silent.hear(request) == []
    silent.close()
    assert silent.silent
    assert silent.wrong == ""
    assert checked >= 2


def test_another_unit_s_late_answer_does_not_hide_the_right_one_and_is_not_taken_for_it() -> None:
    request = rtu.read(7, 3, 0, 2)
    other = rtu.sealed(bytes.fromhex("0803040191 0002"))
    right = rtu.sealed(bytes.fromhex("0703040000 0000"))
    turn = Turn(GAS, "7", request)
    assert turn.hear(other) == []
    assert turn.hear(right) == [request + right]


def test_a_late_answer_about_another_register_is_not_taken_for_the_one_asked() -> None:
    meter = Dlt645("1", {"energy_kwh": 1.0, "energy_export_kwh": 2.0})
    late = meter.hear(dlt645.read(meter.address, 0x00010000), 0.0)
    right = meter.hear(dlt645.read(meter.address, 0x00020000), 0.0)
    assert late
    assert right
    turn = Turn(dlt645.DRIVER, meter.address, dlt645.read(meter.address, 0x00020000))
    assert turn.hear(late.data) == []
    assert not turn.over
    [frame] = turn.hear(right.data)
    assert dlt645.decode(dlt645.head(frame), {}).values[0].value == 2.0


def test_another_meter_s_answer_is_not_this_one_s() -> None:
    other = Dlt645("2", {"energy_kwh": 1.0}).hear(dlt645.read("000000000002", 0x00010000), 0.0)
    assert other
    turn = Turn(dlt645.DRIVER, "000000000001", dlt645.read("000000000001", 0x00010000))
    assert turn.hear(other.data) == []
    turn.close()
    assert (turn.over, turn.wrong) == (False, "another's answer")


@pytest.mark.parametrize(
    ("driver", "address", "request_", "answer", "why"),
    [
        (GAS, "1", "010300000002c40b", "018302c0f1", "illegal address"),
        (dlt645.DRIVER, "123456789012", dlt645.read("123456789012", 0x00010000).hex(), "6812907856341268d101358d16",
         "the meter refuses: no-data"),
        (shipped()["cjt188-gas"], "11220026110001", cjt188.valve(0x30, "11220026110001", True).hex(),
         "683001001126002211c403070400d516", "the meter refuses"),
        (mbus.DRIVER, "5", mbus.ask("5")[-1].hex(), "680404680805700885 16", "error 8, busy"),
    ],
)  # fmt: skip
def test_a_device_that_refuses_answers_but_says_nothing(
    driver: Driver, address: str, request_: str, answer: str, why: str
) -> None:
    turn = Turn(driver, address, bytes.fromhex(request_))
    assert turn.hear(bytes.fromhex(answer)) == []
    assert turn.over
    assert why in turn.refused


def test_a_node_on_a_shared_line_answers_a_poll_with_any_of_its_frames() -> None:
    from gateway.hub.conftest import say

    turn = Turn(node.DRIVER, "a1b2c3d4", node.poll("a1b2c3d4"))
    assert turn.hear(b"\0" + say("READING", 1, node=7, temperature_c=20) + b"\0") == []
    frame = say("READING", 1, temperature_c=20)
    assert turn.hear(b"\0" + frame + b"\0") == [frame]


@pytest.mark.parametrize("driver", [one for one in shipped().values() if one.ask or one.poll], ids=lambda one: one.name)
@given(st.lists(st.binary(max_size=80), max_size=6))
@settings(max_examples=15, deadline=None)
def test_whatever_is_heard_raises_nothing(driver: Driver, pieces: list[bytes]) -> None:
    address = {"dlt645": "000000000001", "mbus": "5", "node": "a1b2c3d4"}.get(driver.name, "1")
    if driver.name.startswith("cjt188"):
        address = "00000000000001"
    requests = driver.ask(address) if driver.ask else [driver.poll(address)] if driver.poll else []
    assert requests
    for request in requests[:2]:
        turn = Turn(driver, address, request)
        for piece in [*pieces, request[:5], *pieces]:
            turn.hear(piece)
        turn.close()


def test_a_babbler_fills_no_memory_and_passes_for_no_answer() -> None:
    noise = random.Random(2)
    for driver, unit in PROBES:
        turn = Turn(driver, unit.address, asked(driver, unit)[0])
        for _ in range(40):
            assert turn.hear(noise.randbytes(256)) == []
        assert len(turn._heard) <= MOST
        assert not turn.over


def test_bytes_that_only_a_worker_can_read_are_all_the_answer_after_the_echo() -> None:
    meter = Dlt645("1", {"energy_kwh": 1.0})
    driver = stand_in(card(dlt645.DRIVER, [meter.address]))
    assert driver.ask is not None
    request = driver.ask(meter.address)[0]
    answer = meter.hear(request, 0.0)
    assert answer
    turn = Turn(driver, meter.address, request)
    assert turn.hear(request + answer.data[:3]) == []
    assert turn.hear(answer.data[3:]) == []
    assert not turn.over
    assert turn.close() == [answer.data]
    assert turn.over
    silent = Turn(driver, meter.address, request)
    assert silent.close() == []
    assert not silent.over


def test_a_coil_is_confirmed_by_the_bytes_of_the_order_which_are_no_echo() -> None:
    driver = shipped()["modbus-waveshare-relay-8"]
    assert driver.switch is not None
    order = driver.switch("9", 2, True, 1)
    turn = Turn(driver, "9", order)
    frames = [frame for byte in order for frame in turn.hear(bytes((byte,)))]
    assert (turn.over, turn.echoed, len(frames)) == (True, False, 1)
    hears_itself = Turn(driver, "9", order, echoes=True)
    assert hears_itself.hear(order) == []
    assert (hears_itself.over, hears_itself.echoed) == (False, True)
    assert len(hears_itself.hear(order)) == 1
