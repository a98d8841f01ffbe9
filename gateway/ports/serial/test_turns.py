"""Turns on a real tty, against devices that share no code with us: several protocols and speeds, and what breaks."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers import modbus
from drivers.driver import Settings
from drivers.reading import Scalar
from drivers.shipped import shipped
from gateway.clock import Clock
from gateway.hub.conftest import say
from gateway.inbox import Inbox
from gateway.ports.serial import Line
from gateway.ports.serial.exchange import SLOW
from gateway.ports.serial.faults import CALM, WHAT, Faults
from gateway.ports.serial.member import OFTEN, Member, member
from gateway.ports.serial.turns import mates
from gateway.sim.bus.cjt188 import Cjt188
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.mbus import Mbus
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Speed, Unit
from gateway.sim.wire import open_pty
from gateway.site import SerialPort
from rules.quantities import KNOWN

DRIVERS = shipped()
FAST = Speed(115200)
"""What isn't about speed needn't wait for it."""


def gas(unit: int, speed: Speed = FAST) -> Modbus:
    return Modbus("generic-gas", unit, {"gas_lel_pct": 1.5, "gas_alarm": False, "fault": False}, speed)


def known(unit: Unit, *, every: float = 0.1, address: str = "") -> Member:
    """The line's side of a simulated device."""
    driver = DRIVERS[
        {"Modbus": "modbus-generic-gas", "Dlt645": "dlt645", "Cjt188": "cjt188", "Mbus": "mbus"}[type(unit).__name__]
    ]
    speed = driver.settings._replace(baud=unit.speed.baud, parity=unit.speed.parity)
    name = f"{driver.name}-{unit.address}"
    return member(name, driver, address or unit.address, f"line-1:{driver.name}", speed, every)


class Heard:
    """What came in, as the fold would read it."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.health: list[dict[str, object]] = []
        self.values: dict[str, dict[str, Scalar]] = {}
        self.frames = 0

    def look(self) -> "Heard":
        for frame in self.inbox.take(100_000):
            if frame.port == "health":
                health = json.loads(frame.data)["values"]
                if health != dict.fromkeys(WHAT, False):  # at its start: nothing of an earlier life lasts
                    self.health.append(health)
                continue
            driver = DRIVERS[frame.port.partition(":")[2]]
            head = driver.head(frame.data)
            said = {value.quantity: value.value for value in driver.decode(head, {}).values}
            self.values.setdefault(f"{driver.name}-{head.address}", {}).update(said)
            self.frames += 1
        return self

    def by_driver(self) -> dict[tuple[str, str], Scalar]:
        """(driver, quantity) -> its last value."""
        return {
            (name.rpartition("-")[0], point): value
            for name, values in self.values.items()
            for point, value in values.items()
        }

    def fault(self, name: str) -> list[object]:
        """How a fault came and went."""
        return [said[name] for said in self.look().health if name in said]


@asynccontextmanager
async def running(path: Path, members: Sequence[Member]) -> AsyncIterator[tuple[Line, Heard]]:
    port = SerialPort("line-1", "", str(path), "", 9600, "N", 1, False)
    inbox = Inbox()
    line = Line(port, None, members, inbox, Clock().now)
    task = asyncio.create_task(line.run())
    try:
        yield line, Heard(inbox)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


def answers(line: Line, one: Member) -> int:
    return line.figures.devices[one.name].answers


async def test_four_protocols_three_speeds_and_two_parities_share_a_line(tmp_path: Path) -> None:
    units: list[Unit] = [
        gas(1, Speed(19200, "O")),
        Dlt645("12", {"energy_kwh": 1234.5, "frequency_hz": 50.0}, Speed(9600, "E")),
        Cjt188("34", {"water_m3": 3.25}, speed=Speed(4800, "E"), edition=2018),
        Mbus("12345678", {"water_m3": 9.5, "flow_m3_h": 0.25}, telegrams=2, speed=Speed(9600, "E")),
    ]
    members = [known(unit, every=1.0, address="12345678" if isinstance(unit, Mbus) else "") for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            wanted = {
                ("modbus-generic-gas", "gas_lel_pct"): 1.5,
                ("dlt645", "energy_kwh"): 1234.5,
                ("dlt645", "frequency_hz"): 50.0,
                ("cjt188", "water_m3"): 3.25,
                ("mbus", "water_m3"): 9.5,
                ("mbus", "flow_m3_h"): 0.25,
            }
            await until(lambda: wanted.items() <= heard.look().by_driver().items())
            assert bus.medium.spoilt == 0
            assert heard.fault("port_down") == [False]
            assert heard.fault("line_stalled") == []
            assert line.figures.utilisation(line.now()) > 0.2


async def test_a_dead_device_costs_one_time_out_and_the_others_stay_in_step(tmp_path: Path) -> None:
    units = [gas(number) for number in range(1, 5)]
    units[2].fail("silent")
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, _):
            await until(lambda: answers(line, members[0]) >= 10)
            dead = line.figures.devices[members[2].name]
            assert dead.answers == 0
            assert 1 <= dead.timeouts <= 6
            assert dead.turns == dead.timeouts
            alive = [answers(line, one) for one in members if one is not members[2]]
            assert max(alive) - min(alive) <= 3
            units[2].heal()
            await until(lambda: dead.answers > 0)


async def test_a_late_answer_is_the_device_s_own_and_from_then_on_it_has_more_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units = [gas(1), gas(2)]
    units[0].values["gas_lel_pct"] = 33.0
    units[0].fail("slow", 0.35)
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            slow = line.figures.devices[members[0].name]
            await until(lambda: slow.late >= 1 and slow.answers >= 3)
            assert heard.look().values["modbus-generic-gas-1"]["gas_lel_pct"] == 33.0
            assert heard.values["modbus-generic-gas-2"]["gas_lel_pct"] == 1.5
            assert members[0].patience > 0.4
            assert heard.fault("line_late") == [True]
            assert sum("its turn is over" in record.message for record in caplog.records) == 1
            assert answers(line, members[1]) > 3


async def test_an_adapter_that_hears_itself_is_found_out_once_and_understood(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units: list[Unit] = [gas(1), Dlt645("12", {"energy_kwh": 1.0}, Speed(19200, "E"))]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units, echo=True) as bus:
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


async def test_the_echo_of_what_nobody_answers_is_no_babble(tmp_path: Path) -> None:
    units = [gas(1, Speed(9600))]
    members = [known(units[0])]
    node = DRIVERS["node"]
    assert node.beat is not None
    fellow = member("node", node, "a1b2c3d4", "line-1:node", Settings(9600), 0.5)
    with BusLine(tmp_path, units, echo=True) as bus:
        async with running(bus.path, [*members, fellow]) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 3)
            for _ in range(8):
                line.send("node", node.beat(10), "")
            await until(lambda: line.figures.orders >= 8 and answers(line, members[0]) >= 6)
            assert heard.fault("line_babble") == []
            assert line.figures.devices[members[0].name].errors == 0


async def test_an_adapter_that_delivers_16_ms_late_is_found_out_and_loses_nothing(tmp_path: Path) -> None:
    units = [gas(number) for number in range(1, 4)]
    members = [known(unit, every=0.05) for unit in units]
    for unit in units:
        unit.turnaround = 0.014
    with BusLine(tmp_path, units, late=0.016) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: heard.fault("line_slow") == [True])
            assert sum(answers(line, one) for one in members) >= SLOW[1]
            assert sum(line.figures.devices[one.name].errors for one in members) == 0
            assert sum(line.figures.devices[one.name].timeouts for one in members) == 0


async def test_a_babbling_device_is_found_out_and_the_others_still_come_through(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units = [gas(number) for number in range(1, 4)]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
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
async def test_who_babbles_with_pauses_is_told_once_and_the_others_have_their_turns_in_them(
    tmp_path: Path, pause: float
) -> None:
    """At real speed: an outburst takes 33 ms, a turn 30."""
    units = [gas(number, Speed(9600)) for number in range(1, 5)]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: all(answers(line, one) >= 2 for one in members))
            units[3].fail("babble", pause)
            await until(lambda: heard.fault("line_babble") == [True])
            before = [answers(line, one) for one in members]
            await until(lambda: all(answers(line, one) >= n + 4 for one, n in zip(members, before, strict=True)))
            assert heard.fault("line_babble") == [True]


async def test_pauses_too_short_for_a_turn_are_told_once_and_cost_only_the_time_that_they_last(tmp_path: Path) -> None:
    units = [gas(number, Speed(9600)) for number in range(1, 4)]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
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


async def test_a_damaged_answer_that_comes_late_holds_up_nobody_else(tmp_path: Path) -> None:
    """The first byte comes when patience is nearly over; what is waited for then is the pause behind it."""
    meter = Dlt645("12", {"energy_kwh": 1.0}, Speed(2400, "E"))
    meter.fail("checksum")
    meter.fail("slow", DRIVERS["dlt645"].manners.patience - 0.2)
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(0.01)
            longest = max(longest, loop.time() - began)

    with BusLine(tmp_path, [meter]) as bus:
        one = known(meter)
        async with running(bus.path, [one]) as (line, _):
            ticking = asyncio.create_task(tick())
            await until(lambda: line.figures.devices[one.name].errors >= 2)
            ticking.cancel()
    assert longest < 0.3, "the loop stood still while one line waited"


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


async def test_a_device_that_becomes_slower_within_its_patience_is_heard_out(tmp_path: Path) -> None:
    meter = Dlt645("12", {"energy_kwh": 1.0}, Speed(19200, "E"))
    one = known(meter)
    with BusLine(tmp_path, [meter]) as bus:
        async with running(bus.path, [one]) as (line, _):
            figures = line.figures.devices[one.name]
            await until(lambda: figures.answers >= len(one.requests))
            meter.fail("slow", one.driver.manners.patience - 0.2)
            before = figures.answers
            await until(lambda: figures.answers >= before + 3)
            assert (figures.errors, figures.timeouts) == (0, 0)


async def test_damaged_answers_are_counted_and_asked_for_again_at_once(tmp_path: Path) -> None:
    units = [gas(1)]
    units[0].fail("checksum", 0.5)
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            figures = line.figures.devices[members[0].name]
            await until(lambda: figures.errors >= 2 and figures.answers >= 2)
            assert figures.why == "checksum differs"
            assert figures.timeouts == 0
            assert heard.look().values["modbus-generic-gas-1"]["gas_lel_pct"] == 1.5


async def test_a_device_that_only_refuses_is_asked_but_says_nothing(tmp_path: Path) -> None:
    units: list[Unit] = [
        Modbus("xy-md02", 1, {"temperature_c": 20.0, "humidity_pct": 50.0}, FAST),
        Dlt645("12", {}, Speed(19200, "E")),
    ]
    members = [
        member("gas", DRIVERS["modbus-generic-gas"], "1", "line-1:modbus-generic-gas",
               DRIVERS["modbus-generic-gas"].settings._replace(baud=115200), 0.1),
        known(units[1]),
    ]  # fmt: skip
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            figures = line.figures.devices["gas"]
            await until(lambda: figures.refused >= 3)
            assert "illegal" in figures.why
            assert "modbus-generic-gas-1" not in heard.look().values
            meter = line.figures.devices[members[1].name]
            await until(lambda: meter.refused >= 3)
            assert meter.why == "the meter refuses: no-data"


async def test_a_stalled_port_is_opened_anew_without_end_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ports.serial.turns.SILENT", 0.3)
    units = [gas(1), gas(2)]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 2)
            opened = os.stat(bus.path).st_rdev
            for unit in units:
                unit.fail("silent")
            await until(lambda: heard.fault("line_stalled") == [True])
            await asyncio.sleep(0.4)
            assert heard.fault("line_stalled") == [True]
            for unit in units:
                unit.heal()
            await until(lambda: heard.fault("line_stalled") == [True, False])
            assert os.stat(bus.path).st_rdev == opened
            assert heard.fault("port_down") == [False]
    told = [record.message for record in caplog.records if "heard" in record.message]
    assert sum("opened anew" in text for text in told) == 1


async def test_unplugged_and_plugged_in_again_it_goes_on_where_it_was(tmp_path: Path) -> None:
    units = [gas(1)]
    members = [known(unit) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 2)
            bus.unplug()
            await until(lambda: heard.fault("port_down") == [False, True])
            bus.replug()
            before = answers(line, members[0])
            await until(lambda: answers(line, members[0]) >= before + 2)
            assert heard.fault("port_down") == [False, True, False]


async def test_a_plug_with_a_loose_contact_is_told_ever_more_rarely(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    units = [gas(1)]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, [known(units[0])]) as (line, _):
            end = asyncio.get_running_loop().time() + 4.0
            while asyncio.get_running_loop().time() < end:
                if line.up:
                    bus.unplug()
                    await until(lambda: not line.up)
                    bus.replug()
                await asyncio.sleep(0.005)
            await until(lambda: line.up)
    told = sum("is down" in record.message for record in caplog.records)
    assert 2 <= told <= 5, "every 0.2 s it would be 18 times"


async def test_an_order_goes_before_the_next_question_and_its_answer_is_heard(tmp_path: Path) -> None:
    meter = Cjt188("34", {"water_m3": 1.0}, speed=Speed(9600, "E"))
    detectors = [gas(number, Speed(9600)) for number in range(1, 5)]
    members = [known(unit) for unit in (*detectors, meter)]
    valve = DRIVERS["cjt188"].switch
    assert valve is not None
    with BusLine(tmp_path, [*detectors, meter]) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 2)
            meter.travel = 0.2
            number = 0

            def shut() -> bool:
                nonlocal number
                if line.figures.orders == number:
                    number += 1
                    assert line.send("cjt188", valve(meter.address, 0, True, number), meter.address)
                return meter.shut(bus.now())

            await until(shut)
            assert number <= 6  # every other command is in the byte order of the other edition
            await until(lambda: "valve_open" in heard.look().values.get(f"cjt188-{meter.address}", {}))


async def test_orders_for_several_coils_of_one_board_are_all_obeyed_at_once(tmp_path: Path) -> None:
    """A gas valve and a siren on one relay board: one must not wait for the other's second try."""
    board = Modbus("waveshare-relay-8", 9, {f"output_on{f'#{n}' * (n > 1)}": False for n in range(1, 9)}, FAST)
    driver = DRIVERS["modbus-waveshare-relay-8"]
    speed = driver.settings._replace(baud=FAST.baud, parity=FAST.parity)
    relays = member("board", driver, "9", f"line-1:{driver.name}", speed, 900.0)
    assert driver.switch is not None
    with BusLine(tmp_path, [board]) as bus:
        async with running(bus.path, [relays]) as (line, heard):
            await until(lambda: line.up)
            orders = [driver.switch("9", output, on, 1) for output in range(4) for on in (False, True)]
            for order in orders:
                assert line.send(driver.name, order, "9")
            await until(lambda: [board.values[f"output_on{f'#{n}' * (n > 1)}"] for n in range(1, 5)] == [True] * 4)
            await until(lambda: answers(line, relays) == 4)
            assert line.figures.orders == 4, "of several orders to one coil the last one counts"
            assert line.figures.devices["board"].timeouts == 0
            assert heard.fault("line_echo") == [], "a write is confirmed by the same bytes"


async def test_an_answer_that_says_the_same_is_not_handed_on_each_time_and_a_change_is_at_once(tmp_path: Path) -> None:
    units = [gas(1)]
    members = [known(unit, every=0.05) for unit in units]
    with BusLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            await until(lambda: answers(line, members[0]) >= 10)
            assert heard.look().frames == OFTEN
            units[0].values["gas_alarm"] = True
            await until(lambda: heard.look().values["modbus-generic-gas-1"]["gas_alarm"] is True)
            assert OFTEN < heard.frames <= 2 * OFTEN


def test_a_register_that_a_meter_refuses_rests_for_an_hour_and_a_detector_s_never() -> None:
    meter, detector = known(Dlt645("12", {}), every=900.0), known(gas(1), every=1.0)
    detector.requests = [b"a", b"b"]
    count = len(meter.requests)

    def play(one: Member, refused: set[int], now: float) -> list[int]:
        asked, over = [], False
        while not over:
            asked.append(one.at)
            over = one.step(one.at in refused, now)
        return asked

    assert [play(meter, {1, count - 1}, now) for now in (0.0, 900.0)] == [list(range(count))] * 2
    assert play(meter, {1, count - 1}, 1800.0) == [place for place in range(count) if place not in (1, count - 1)]
    assert play(meter, set(), 5000.0) == list(range(count))
    everything = set(range(count))
    for now in (10_000.0, 11_000.0):
        play(meter, everything, now)
    assert play(meter, everything, 12_000.0) == [0]
    assert [play(detector, {1}, float(now)) for now in range(5)] == [[0, 1]] * 5


def test_each_fault_of_a_line_is_a_quantity_that_rules_know() -> None:
    assert set(WHAT) <= KNOWN
    assert len(WHAT) == 5


def test_a_fault_is_told_once_and_is_over_after_a_calm_minute() -> None:
    faults = Faults()
    assert [change.on for change in faults.sign("line_late", 0.0, "a")] == [True]
    assert faults.sign("line_late", 10.0, "b") == []
    assert faults.look(CALM) == []
    assert [change.on for change in faults.look(10.0 + CALM)] == [False]
    assert faults.look(1e9) == []
    faults.sign("line_stalled", 0.0, "3 s")
    assert faults.look(1e9) == []
    assert [change.on for change in faults.over("line_stalled")] == [False]


def twin(name: str, *registers: int) -> Member:
    values = [{"register": one, "quantity": "humidity_pct" if one else "temperature_c"} for one in registers]
    return member(name, modbus.driver({"base": 0, "value": values}, name), "1", name, Settings(115200), 0.05)


async def test_a_late_answer_does_not_pass_for_the_answer_to_another_question(tmp_path: Path) -> None:
    """A Modbus answer doesn't name its register: a humidity of 51 would be a fire."""
    one, values = twin("twin", 0, 100), {"temperature_c": 20, "humidity_pct": 51}
    chart = [{"register": 0, "quantity": "temperature_c"}, {"register": 100, "quantity": "humidity_pct"}]
    unit = Modbus({"base": 0, "value": chart}, 1, values, FAST)
    with BusLine(tmp_path, [unit]) as bus:
        async with running(bus.path, [one]) as (line, heard):
            await until(lambda: answers(line, one) > 1)
            unit.fail("slow", 0.6)
            await until(lambda: line.figures.devices["twin"].late > 0)
            unit.heal()
            before = answers(line, one)
            await until(lambda: answers(line, one) > before + 2)
    said = {(frame.data[2:4], frame.data[11:13]) for frame in heard.inbox.take(1000) if frame.port != "health"}
    assert said == {(b"\0\0", b"\0\x14"), (b"\0\x64", b"\0\x33")}


def test_who_may_owe_an_answer_to_another_question() -> None:
    meter = known(Dlt645("1", {"energy_kwh": 1.0}))
    assert mates([twin("a", 0), meter, known(gas(2))]) == {}
    assert mates([twin("a", 0, 100), meter]) == {"a": ["a"]}
    assert mates([twin("a", 0), twin("b", 0), meter]) == {}
    assert mates([twin("a", 0), twin("b", 100), known(gas(2))]) == {"a": ["a", "b"], "b": ["a", "b"]}


class OfOneRegister(Modbus):
    """Says nothing to what it hasn't got, in place of an exception, as cheap ones do."""

    def answer(self, heard: bytes, at: float) -> bytes:
        """As a Modbus unit, or nothing."""
        said = super().answer(heard, at)
        return said if said[1:2] == heard[1:2] else b""


async def test_an_answer_in_time_does_not_pass_for_the_late_one_to_another_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two drivers on one unit: the one that nobody answers has rested, when the other one is asked again."""
    monkeypatch.setattr("gateway.ports.serial.turns.PATIENCE", 0.4)
    monkeypatch.setattr("gateway.ports.serial.exchange.FORGOTTEN", 0.8)
    asked, other = twin("z", 0), twin("a", 100)
    values = {"humidity_pct": 51}
    unit = OfOneRegister({"base": 0, "value": [{"register": 100, "quantity": "humidity_pct"}]}, 1, values, FAST)
    with BusLine(tmp_path, [unit]) as bus:
        async with running(bus.path, [asked, other]) as (line, heard):
            gone = line.figures.devices["z"]
            await until(lambda: gone.timeouts >= 1)
            before = answers(line, other)
            await until(lambda: answers(line, other) > before)
            assert (gone.late, gone.answers) == (0, 0)
    said = {frame.port for frame in heard.inbox.take(1000) if frame.port != "health"}
    assert said == {"a"}


async def test_the_answers_of_one_meter_are_not_the_late_ones_of_a_dead_one(tmp_path: Path) -> None:
    """By primary address: E5 names nobody, and what names another one isn't this one's."""
    live = Mbus("12345678", {"water_m3": 9.5}, primary=6, speed=Speed(38_400, "E"))
    dead = Mbus("87654321", {"water_m3": 1.5}, primary=5, speed=Speed(38_400, "E"))
    dead.fail("silent")
    speed = DRIVERS["mbus"].settings._replace(baud=38_400)
    members = [member(name, DRIVERS["mbus"], name, "line-1:mbus", speed, 0.1) for name in ("5", "6")]
    with BusLine(tmp_path, [live, dead]) as bus:
        async with running(bus.path, members) as (line, heard):
            gone = line.figures.devices["5"]
            await until(lambda: gone.timeouts >= 1)
            before = answers(line, members[1])
            await until(lambda: answers(line, members[1]) > before)
            assert (gone.late, gone.answers) == (0, 0)
            assert heard.fault("line_late") == []
