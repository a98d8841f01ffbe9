"""Turns: several protocols and speeds, questions, orders, refusals and damaged answers."""

from pathlib import Path

from gateway.ports.serial.conftest import DRIVERS, FAST, answers, gas, known, running, until
from gateway.ports.serial.member import OFTEN, Member, member
from gateway.sim.bus.cjt188 import Cjt188
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.inside import LoopLine
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.mbus import Mbus
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Speed, Unit
from gateway.sim.leap import leaping


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


@leaping
async def test_a_dead_device_costs_one_time_out_and_the_others_stay_in_step(tmp_path: Path) -> None:
    units = [gas(number) for number in range(1, 5)]
    units[2].fail("silent")
    members = [known(unit) for unit in units]
    with LoopLine(tmp_path, units) as bus:
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


@leaping
async def test_damaged_answers_are_counted_and_asked_for_again_at_once(tmp_path: Path) -> None:
    units = [gas(1)]
    units[0].fail("checksum", 0.5)
    members = [known(unit) for unit in units]
    with LoopLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            figures = line.figures.devices[members[0].name]
            await until(lambda: figures.errors >= 2 and figures.answers >= 2)
            assert figures.why == "checksum differs"
            assert figures.timeouts == 0
            assert heard.look().values["modbus-generic-gas-1"]["gas_lel_pct"] == 1.5


@leaping
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
    with LoopLine(tmp_path, units) as bus:
        async with running(bus.path, members) as (line, heard):
            figures = line.figures.devices["gas"]
            await until(lambda: figures.refused >= 3)
            assert "illegal" in figures.why
            assert "modbus-generic-gas-1" not in heard.look().values
            meter = line.figures.devices[members[1].name]
            await until(lambda: meter.refused >= 3)
            assert meter.why == "the meter refuses: no-data"


@leaping
async def test_an_order_goes_before_the_next_question_and_its_answer_is_heard(tmp_path: Path) -> None:
    meter = Cjt188("34", {"water_m3": 1.0}, speed=Speed(9600, "E"))
    detectors = [gas(number, Speed(9600)) for number in range(1, 5)]
    members = [known(unit) for unit in (*detectors, meter)]
    valve = DRIVERS["cjt188"].switch
    assert valve is not None
    with LoopLine(tmp_path, [*detectors, meter]) as bus:
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


@leaping
async def test_orders_for_several_coils_of_one_board_are_all_obeyed_at_once(tmp_path: Path) -> None:
    """A gas valve and a siren on one relay board: one must not wait for the other's second try."""
    board = Modbus("waveshare-relay-8", 9, {f"output_on{f'#{n}' * (n > 1)}": False for n in range(1, 9)}, FAST)
    driver = DRIVERS["modbus-waveshare-relay-8"]
    speed = driver.settings._replace(baud=FAST.baud, parity=FAST.parity)
    relays = member("board", driver, "9", f"line-1:{driver.name}", speed, 900.0)
    assert driver.switch is not None
    with LoopLine(tmp_path, [board]) as bus:
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


@leaping
async def test_an_answer_that_says_the_same_is_not_handed_on_each_time_and_a_change_is_at_once(tmp_path: Path) -> None:
    units = [gas(1)]
    members = [known(unit, every=0.05) for unit in units]
    with LoopLine(tmp_path, units) as bus:
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
