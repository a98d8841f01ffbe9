"""Each driver's own requests, answered by a device that shares no code with it, mean what that device measures."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers import cjt188, dlt645, maps, mbus, modbus
from drivers.driver import BadFrame, Driver
from drivers.reading import Scalar, Value
from drivers.shipped import shipped
from gateway.sim.bus.cjt188 import COLD, GAS, HEAT, HOT, Cjt188
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.mbus import ELECTRICITY, WATER, Mbus
from gateway.sim.bus.mbus import HEAT as MBUS_HEAT
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Fault, Said, Unit

DRIVERS = shipped()


def points(values: Sequence[Value]) -> dict[str, Scalar]:
    return {one.quantity + (f"#{one.nth + 1}" if one.nth else ""): one.value for one in values}


def poll(driver: Driver, unit: Unit, address: str = "", at: float = 0.0) -> dict[str, Scalar]:
    """One round: what the driver makes of the answers; of a request that brings a bad one, nothing."""
    assert driver.ask is not None
    found: dict[str, Scalar] = {}
    for request in driver.ask(address or unit.address):
        answer = unit.hear(request, at)
        if answer is None:
            continue
        heard = request + answer.data if driver.name.startswith("modbus") else answer.data
        frames, rest = driver.cut(heard)
        for frame in [*frames, *([rest] if rest else [])]:
            try:
                found |= points(driver.decode(driver.head(frame), {}).values)
            except BadFrame:
                continue
    return found


def near(found: Mapping[str, Scalar], wanted: Mapping[str, Said]) -> bool:
    return all(
        name in found and (found[name] == value or math.isclose(float(found[name]), float(value), rel_tol=1e-6))  # type: ignore[arg-type]
        for name, value in wanted.items()
    )


METERS: list[tuple[Driver, Unit]] = [
    (
        dlt645.DRIVER,
        Dlt645(
            "5432",
            {"energy_kwh": 1234.56, "energy_export_kwh": 0.07, "voltage_v_l1": 231.5, "current_a_l1": -3.125,
             "power_w": 712.4, "power_w_l1": 712.4, "power_factor": 0.985, "frequency_hz": 49.98},
        ),
    ),
    (DRIVERS["cjt188"], Cjt188("11223344556677", {"water_m3": 45.67, "water_m3_settled": 40.0})),
    (DRIVERS["cjt188"], Cjt188("18", {"water_m3": 45.67}, edition=2018)),
    (DRIVERS["cjt188-hot-water"], Cjt188("2", {"hot_water_m3": 5.01}, HOT)),
    (DRIVERS["cjt188-gas"], Cjt188("3", {"gas_m3": 905.11}, GAS)),
    (
        DRIVERS["cjt188-heat"],
        Cjt188("4", {"heat_kwh": 3141.59, "power_w": 2710, "flow_m3_h": 0.1234, "volume_m3": 17.02,
                     "supply_temperature_c": 55.25, "return_temperature_c": 40.1, "operating_h": 999}, HEAT),
    ),
    (mbus.DRIVER, Mbus("12345678", {"water_m3": 17.029}, WATER, primary=3)),
    (mbus.DRIVER, Mbus("00000007", {"energy_kwh": 4711.5, "power_w": 1200}, ELECTRICITY)),
    (
        mbus.DRIVER,
        Mbus("00000008", {"heat_kwh": 99, "volume_m3": 1.5, "flow_m3_h": 0.275, "supply_temperature_c": 61.5}, MBUS_HEAT),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("driver", "unit"), METERS, ids=[f"{driver.name}-{unit.address}" for driver, unit in METERS])
def test_a_meters_round_reads_what_it_measures(driver: Driver, unit: Unit) -> None:
    assert near(poll(driver, unit), unit.values), (poll(driver, unit), unit.values)
    assert unit.asked > 0


MADE: Mapping[str, Callable[[float], float | bool]] = {
    "gas_lel_pct": lambda x: round(x / 3, 0), "temperature_c": lambda x: round(x - 30, 1), "humidity_pct": lambda x: round(x, 1),
    "pressure_kpa": lambda x: round(x) * 10.0, "level_m": lambda x: round(x / 10, 2),
}  # fmt: skip


def plain(quantity: str, x: float) -> float | bool:
    if quantity in MADE:
        return MADE[quantity](x)
    return round(x) if quantity == "co_ppm" else x


@pytest.mark.parametrize("name", maps.shipped())
def test_every_shipped_map_reads_back_what_its_registers_were_made_of(name: str) -> None:
    driver = DRIVERS[f"modbus-{name}"]
    table = maps.shipped()[name]
    entries: list[Mapping[str, object]] = table["value"]  # type: ignore[assignment]
    bits = [one for one in entries if "bit" in one or one.get("function", table.get("function")) in (1, 2)]
    yes_no = {str(one["quantity"]) for one in bits}
    numbers = {str(one["quantity"]) for one in entries if "quantity" in one} - yes_no
    gases = {"gas_lel_pct", "co_ppm"} & numbers
    checked = 0

    @settings(max_examples=25)
    @given(st.floats(1, 100, width=32), st.sets(st.sampled_from(sorted(yes_no) or ["-"])), st.integers(0, 1))
    def ask(x: float, true: set[str], which: int) -> None:
        nonlocal checked
        other = ("co_ppm", "co_alarm") if which else ("gas_lel_pct", "gas_alarm")
        mine = {one for one in numbers | yes_no if len(gases) < 2 or not one.startswith(other)}
        values: dict[str, Said] = {one: plain(one, x) if one in numbers else one in true for one in sorted(mine)}
        unit = Modbus(name, 7, values)
        assert near(poll(driver, unit), values), (poll(driver, unit), values)
        checked += 1

    ask()
    assert checked >= 20


@pytest.mark.parametrize(
    ("name", "true"),
    [("generic-gas", "gas_alarm"), ("generic-gas", "fault"), ("generic-co", "co_alarm"), ("generic-pump", "power_on")],
)
def test_states_go_there_and_back(name: str, true: str) -> None:
    found = poll(DRIVERS[f"modbus-{name}"], Modbus(name, 1, {true: True}))
    assert found[true] is True
    assert found["fault"] is (true == "fault")


def test_number_types_orders_and_masks_of_an_installers_map() -> None:
    kinds = {"u16": 65_000, "s16": -5, "u32": 70_000, "s32": -70_000, "f32": 1.5, "u64": 2**40, "s64": -(2**40),
             "f64": -1e9, "bcd": 1234, "bcd32": 12_345_678}  # fmt: skip
    checked = 0
    for (kind, number), words, order in itertools.product(kinds.items(), ("big", "little"), ("big", "little")):
        table = {
            "title": "a table", "base": 0, "name": "own",
            "value": [{"quantity": "power_w", "register": 10, "type": kind, "word_order": words, "byte_order": order,
                       "offset": 7, "scale": 2}],
        }  # fmt: skip
        own = modbus.driver(table)
        assert poll(own, Modbus(table, 9, {"power_w": number * 2 + 7})) == {"power_w": number * 2 + 7}
        checked += 1
    assert checked == 40


def test_a_register_that_is_not_there_is_refused_with_its_exception() -> None:
    unit = Modbus("xy-md02", 1, {"temperature_c": 20.5})
    from drivers.rtu import read, split

    for request, why in ((read(1, 4, 0, 1), 2), (read(1, 3, 1, 1), 2), (read(1, 4, 1, 1)[:1] + b"\x2b" + b"\0" * 4, 0)):
        answer = unit.hear(request, 0)
        assert (split(request + answer.data).exception if answer else 0) == why
    assert unit.hear(read(2, 4, 1, 1), 0) is None


# ---- faults: each shows as what it is, and heals


HEARD: list[tuple[str, Unit]] = [
    ("modbus-xy-md02", Modbus("xy-md02", 1, {"temperature_c": 20.5, "humidity_pct": 50.0})),
    ("dlt645", Dlt645("1", {"energy_kwh": 1.0})),
    ("cjt188", Cjt188("1", {"water_m3": 1.0})),
    ("mbus", Mbus("00000001", {"water_m3": 1.0})),
]


@pytest.mark.parametrize(("name", "unit"), HEARD, ids=[name for name, _ in HEARD])
@pytest.mark.parametrize("fault", ["silent", "checksum", "half"])
def test_a_broken_answer_says_nothing_and_the_healed_one_all(name: str, unit: Unit, fault: Fault) -> None:
    driver = DRIVERS[name]
    unit.fail(fault)
    assert poll(driver, unit) == {}
    unit.heal()
    assert near(poll(driver, unit), unit.values)


def test_an_answer_under_another_address_is_well_formed_but_anothers() -> None:
    checked = 0
    for name, unit in HEARD:
        driver = DRIVERS[name]
        assert driver.ask is not None
        unit.fail("address")
        for request in driver.ask(unit.address):
            answer = unit.hear(request, 0.0)
            if answer is None or answer.data == b"\xe5":
                continue
            if name.startswith("modbus"):
                with pytest.raises(BadFrame, match="answers instead of"):
                    driver.head(request + answer.data)
            else:
                assert [driver.head(one).address for one in driver.cut(answer.data)[0]] != [unit.address]
            checked += 1
        unit.heal()
    assert checked >= 4


def test_a_share_of_answers_can_be_hurt_the_same_each_time() -> None:
    def run() -> list[bool]:
        unit = Modbus("xy-md02", 1, {"temperature_c": 20.5}, seed=4)
        unit.fail("silent", 0.3)
        return [unit.hear(bytes.fromhex("010400010001600a"), 0.0) is None for _ in range(200)]

    assert run() == run()
    assert 40 < sum(run()) < 80


def test_slow_is_late_and_stuck_stays_what_it_was() -> None:
    unit = Modbus("xy-md02", 1, {"temperature_c": lambda at: at})
    unit.fail("slow", 0.7)
    answer = unit.hear(bytes.fromhex("010400010001600a"), 0.0)
    assert answer is not None
    assert answer.after == pytest.approx(unit.turnaround + 0.7)
    unit.fail("stuck")
    driver = DRIVERS["modbus-xy-md02"]
    assert [poll(driver, unit, at=at)["temperature_c"] for at in (5.0, 9.0)] == [5.0, 5.0]
    unit.heal()
    assert poll(driver, unit, at=9.0)["temperature_c"] == 9.0


def test_a_clock_drifts_and_a_broadcast_sets_it_once_a_day() -> None:
    meter = Dlt645("1", {"energy_kwh": 1.0})

    def clock(at: float) -> object:
        answer = meter.hear(dlt645.read(meter.address, 0x04000102), at)
        assert answer is not None
        return points(dlt645.decode(dlt645.head(answer.data), {}).values)["meter_time"]

    meter.fail("drift", 86_400 * 0.1)
    assert clock(0.0) == "00:00:00"
    assert clock(1000.0) == "00:18:20"
    assert meter.hear(dlt645.set_time(2026, 1, 1, 0, 16, 40), 1000.0) is None
    assert clock(1000.0) == "00:16:40"
    assert meter.hear(dlt645.set_time(2026, 1, 1, 0, 20, 0), 1100.0) is None
    assert clock(1100.0) == "00:18:30"


@pytest.mark.parametrize("unit", [unit for _, unit in HEARD[2:]], ids=[name for name, _ in HEARD[2:]])
def test_a_dying_battery_says_so_and_then_nothing(unit: Unit) -> None:
    unit.fail("battery", 100.0)
    driver = DRIVERS["cjt188"]
    if isinstance(unit, Cjt188):
        assert [poll(driver, unit, at=at).get("battery_low") for at in (0.0, 50.0, 95.0)] == [False, False, True]
    assert [unit.battery(at) for at in (0.0, 50.0, 95.0, 101.0)] == pytest.approx([100, 50, 5, 0])
    assert unit.hear(cjt188.read(COLD, "00000000000001"), 101.0) is None
    unit.heal()


# ---- what only one kind can


def test_a_valve_moves_in_its_time_and_a_jammed_one_says_so() -> None:
    meter = Cjt188("9", {"water_m3": 1.0})
    driver = DRIVERS["cjt188"]
    assert driver.switch is not None
    told = meter.hear(driver.switch(meter.address, 0, True, 0), 10.0)
    assert told is not None
    assert [poll(driver, meter, at=at)["valve_open"] for at in (10.5, 12.5)] == [True, False]
    meter.jammed = True
    meter.hear(driver.switch(meter.address, 0, False, 0), 20.0)
    assert poll(driver, meter, at=30.0)["valve_fault"] is True


def test_the_address_of_the_only_meter_can_be_asked() -> None:
    electricity, water = Dlt645("665544332211", {}), Cjt188("11", {})
    answer = electricity.hear(dlt645.read_address(), 0.0)
    assert answer is not None
    assert points(dlt645.decode(dlt645.head(answer.data), {}).values) == {"meter_address": "665544332211"}
    answer = water.hear(cjt188.read_address(COLD), 0.0)
    assert answer is not None
    assert points(cjt188.decode(cjt188.head(answer.data), {}).values) == {"meter_address": "00000000000011"}


def test_a_register_nobody_has_is_an_error_reply() -> None:
    answer = Dlt645("1", {}).hear(dlt645.read("000000000001", 0x00010000), 0.0)
    assert answer is not None
    with pytest.raises(BadFrame, match="the meter refuses: no-data"):
        dlt645.decode(dlt645.head(answer.data), {})


def test_a_long_answer_comes_in_parts_on_demand() -> None:
    values: dict[str, Said] = {"energy_kwh": 10.0, **{f"energy_kwh_t{n}": float(n) for n in range(1, 5)}}
    meter = Dlt645("1", values, most=7)
    memory: Mapping[str, int | float | str] = {}
    found: dict[str, Scalar] = {}
    request = dlt645.read(meter.address, 0x0001FF00)
    for seq in itertools.count(1):
        answer = meter.hear(request, 0.0)
        assert answer is not None
        decoded = dlt645.decode(dlt645.head(answer.data), memory)
        found, memory = found | points(decoded.values), decoded.memory
        if not memory:
            break
        request = dlt645.follow_on(meter.address, 0x0001FF00, seq)
    assert found == values
    assert seq == 3


@pytest.mark.parametrize("primary", [5, None], ids=["primary", "secondary"])
def test_several_telegrams_come_in_turn_and_a_repeated_request_repeats_one(primary: int | None) -> None:
    values = {"heat_kwh": 99, "volume_m3": 1.5, "flow_m3_h": 0.275, "supply_temperature_c": 61.5}
    meter = Mbus("12345678", values, MBUS_HEAT, primary=5, telegrams=3)
    address = str(primary) if primary is not None else meter.address
    *begin, request = mbus.ask(address)
    for one in begin:
        meter.hear(one, 0.0)
    found: dict[str, Scalar] = {}
    rounds = 0
    while True:
        twice = [meter.hear(request, 0.0) for _ in range(2)]
        assert twice[0] is not None
        assert twice[1] is not None
        heads = [mbus.head(one.data) for one in twice if one]
        assert heads[0].body[13:] == heads[1].body[13:]
        found, rounds = found | points(mbus.decode(heads[0], {}).values), rounds + 1
        following = mbus.follow(address, heads[0], rounds)
        if following is None:
            break
        request = following
    assert near(found, values)
    assert rounds == 3


def test_only_the_selected_meter_answers() -> None:
    one, other = Mbus("12345678", {"water_m3": 1.0}), Mbus("12345679", {"water_m3": 2.0})
    for wanted, who in (("12345678", [True, False]), ("1234567f", [True, True]), ("87654321", [False, False])):
        request = mbus.select(wanted)
        assert [meter.hear(request, 0.0) is not None for meter in (one, other)] == who
        assert [meter.selected for meter in (one, other)] == who
    reset, select, ask = mbus.ask(one.address)
    for request in (reset, select):
        for meter in (one, other):
            meter.hear(request, 0.0)
    assert other.hear(ask, 0.0) is None
    assert one.hear(ask, 0.0) is not None
