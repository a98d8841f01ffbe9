"""The wire in virtual time (speed, collisions, echo, a late adapter), and the same on a real tty."""

import os
import select
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import serial

from drivers import cjt188, dlt645, mbus, modbus, rtu
from drivers.driver import BadFrame
from drivers.rtu import read
from drivers.shipped import shipped
from gateway.sim.bus.cjt188 import Cjt188
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.mbus import Mbus
from gateway.sim.bus.medium import Medium
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.test_units import near, points
from gateway.sim.bus.unit import Said, Speed, Unit

ASKED = read(1, 4, 1, 2)
FAST = Speed(9600)


def climate(unit: int = 1, **values: Said) -> Modbus:
    return Modbus("xy-md02", unit, values or {"temperature_c": 20.5, "humidity_pct": 50.0})


def heard(medium: Medium, until: float, baud: int = 9600, since: float = 0.0) -> list[tuple[float, bytes]]:
    """All that a tty of that speed receives, with the moment of each piece."""
    found, now = [], since
    while now <= until:
        piece = medium.take(now, baud)
        if piece:
            found.append((now, piece))
        due = medium.due(now)
        now = max(now + 1e-4, due) if due is not None else until + 1
    return found


def data(pieces: list[tuple[float, bytes]]) -> bytes:
    return b"".join(piece for _, piece in pieces)


def test_an_answer_comes_at_the_speed_of_the_wire_after_request_and_silence() -> None:
    unit = climate()
    medium = Medium([unit], late=0.0)
    medium.write(ASKED, FAST, 0.0)
    pieces = heard(medium, 1.0)
    byte = FAST.byte()
    assert data(pieces)[:7] == bytes.fromhex("010404 00cd 01f4")
    assert pieces[0][0] == pytest.approx(8 * byte + unit.turnaround + byte, abs=2e-4)
    assert pieces[-1][0] == pytest.approx(8 * byte + unit.turnaround + 9 * byte, abs=2e-4)
    assert len(pieces) == 9
    assert medium.busy == pytest.approx(17 * byte)


def test_a_device_of_another_speed_hears_nothing_and_its_late_answer_is_rubbish() -> None:
    slow, fast = Dlt645("1", {"energy_kwh": 1.0}), climate()
    medium = Medium([slow, fast])
    medium.write(dlt645.read(slow.address, 0x00010000), FAST, 0.0)
    assert data(heard(medium, 1.0)) == b""
    assert slow.asked == 0
    medium.write(dlt645.read(slow.address, 0x00010000), Speed(2400), 2.0)
    rubbish = data(heard(medium, 3.0, 9600, since=2.0))
    assert slow.asked == 1
    assert len(rubbish) == 24
    assert not any(map(sound, dlt645.cut(rubbish)[0]))


def sound(frame: bytes) -> bool:
    try:
        dlt645.head(frame)
    except BadFrame:
        return False
    return True


def test_odd_parity_is_told_apart() -> None:
    unit = climate()
    medium = Medium([unit])
    medium.write(ASKED, Speed(9600, "O"), 0.0)
    assert data(heard(medium, 1.0)) == b""


def test_two_that_speak_at_once_spoil_each_other() -> None:
    medium = Medium([climate(), climate(1, temperature_c=-3.0, humidity_pct=9.0)])
    medium.write(ASKED, FAST, 0.0)
    said = data(heard(medium, 1.0))
    assert said
    assert not [one for one in rtu.cut(ASKED + said)[0] if one[8:9] == b"\x01" and valid(one)]
    late = climate(1)
    late.fail("slow", 0.003)
    medium = Medium([climate(), late])
    medium.write(ASKED, FAST, 0.0)
    heard(medium, 1.0)
    assert medium.spoilt > 0


def valid(frame: bytes) -> bool:
    try:
        modbus.head(frame)
    except BadFrame:
        return False
    return True


def test_e5_of_several_meters_at_once_stays_e5() -> None:
    medium = Medium([Mbus("00000001", {"water_m3": 1.0}), Mbus("00000002", {"water_m3": 2.0})])
    medium.write(bytes.fromhex("1040fe3e16"), Speed(2400), 0.0)
    assert data(heard(medium, 1.0, 2400)) == b"\xe5"


def test_echo_and_a_late_adapter() -> None:
    plain, late = Medium([climate()], echo=True), Medium([climate()], late=0.016)
    for medium in (plain, late):
        medium.write(ASKED, FAST, 0.0)
    echoed = data(heard(plain, 1.0))
    assert echoed.startswith(ASKED)
    pieces = heard(late, 1.0)
    assert data(pieces) == echoed[len(ASKED) :]
    assert all(abs(at / 0.016 - round(at / 0.016)) < 0.02 for at, _ in pieces)


def test_a_babbler_speaks_unasked_the_same_each_time_and_spoils_others() -> None:
    def run() -> list[tuple[float, bytes]]:
        babbler = climate(2)
        babbler.fail("babble", 0.05)
        medium = Medium([climate(), babbler])
        medium.write(ASKED, FAST, 0.001)
        return heard(medium, 0.5)

    once = run()
    assert once == run()
    assert len(data(once)) > 100
    babbler = climate(2)
    babbler.fail("babble", 0.05)
    medium = Medium([babbler])
    heard(medium, 0.2)
    babbler.heal()
    heard(medium, 0.5, since=0.2)
    assert medium.due(0.5) is None


def test_bytes_in_several_pieces_are_one_request() -> None:
    medium = Medium([climate()])
    for at, byte in enumerate(ASKED):
        medium.write(bytes((byte,)), FAST, at * FAST.byte())
    assert len(data(heard(medium, 1.0, since=7 * FAST.byte()))) == 9


# ---- the same on a tty


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[BusLine]:
    units: list[Unit] = [
        climate(),
        Dlt645("000000005432", {"energy_kwh": 1234.56}),
        Cjt188("18", {"water_m3": 45.67}),
        Mbus("12345678", {"water_m3": 17.029}, primary=3),
    ]
    with BusLine(tmp_path, units) as line:
        yield line


def ask(tty: serial.Serial, name: str, requests: Sequence[bytes]) -> dict[str, object]:
    """What the answers to these requests say; 0.4 s for each."""
    driver = shipped()[name]
    found: dict[str, object] = {}
    for request in requests:
        tty.write(request)
        said, deadline = request if name.startswith("modbus") else b"", time.monotonic() + 0.4
        frames: list[bytes] = []
        while not frames and time.monotonic() < deadline:
            said += tty.read(max(1, tty.in_waiting))
            frames = driver.cut(said)[0]
        for frame in frames:
            found |= points(driver.decode(driver.head(frame), {}).values)
    return found


def test_every_driver_polls_its_device_on_one_tty_at_its_own_speed(mixed: BusLine) -> None:
    climate, electricity, water, heat = mixed.units
    rounds: list[tuple[str, int, Unit, Sequence[bytes]]] = [
        ("modbus-xy-md02", 9600, climate, [ASKED]),
        ("dlt645", 2400, electricity, dlt645.ask(electricity.address)[:1]),
        ("cjt188", 2400, water, [cjt188.read(0x10, water.address)]),
        ("mbus", 2400, heat, mbus.ask("3")),
    ]
    with serial.Serial(str(mixed.path), 9600, timeout=0.05) as tty:
        for name, baud, unit, requests in rounds:
            tty.baudrate = baud
            assert near(ask(tty, name, requests), unit.values), name  # type: ignore[arg-type]
    assert {one.speed.baud for one in mixed.tape.all() if one.source == "gateway"} == {9600, 2400}


def test_an_unplugged_line_hangs_up_and_is_back_under_its_name(mixed: BusLine) -> None:
    tty = os.open(mixed.path, os.O_RDWR | os.O_NOCTTY)
    mixed.unplug()
    assert not mixed.path.exists()
    hung_up = select.poll()
    hung_up.register(tty, 0)  # POLLHUP comes unasked
    assert hung_up.poll(10_000)
    with pytest.raises(OSError, match="Input/output"):
        os.write(tty, b"x")
    os.close(tty)
    mixed.replug()
    with serial.Serial(str(mixed.path), 9600, timeout=1) as again:
        again.write(ASKED)
        assert len(again.read(9)) == 9


def test_the_thread_ends_with_the_line(tmp_path: Path) -> None:
    before = threading.active_count()
    with BusLine(tmp_path, [climate()], "line-9"):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
