"""Evidence: each alert carries what made it: which readings, when, and for how long, enough to draw it again."""

import json

import pytest

from drivers.reading import Scalar
from rules.engine import Device, Engine
from rules.test_house import House

Said = tuple[float, str, Scalar]
Proof = tuple[str, Scalar, float]
"""(point, value, at)"""

GAS = [(10.0, "gas_lel_pct", 12.0), (12.0, "gas_lel_pct", 15.0)]
WATER = [(0.0, "water_m3", 5.0), (1800.0, "water_m3", 5.004), (3600.0, "water_m3", 5.004)]


@pytest.mark.parametrize(
    ("when", "said", "evidence"),
    [
        ("{quantity = 'gas_lel_pct', above = 10}", GAS[:1], [("gas_lel_pct", 12.0, 10.0)]),
        ("{quantity = 'gas_lel_pct', above = 10, for = '3s'}", GAS, [("gas_lel_pct", 15.0, 12.0), ("lasted_s", 3.0, 10.0)]),
        ("{quantity = 'gas_lel_pct', above = 10, twice = true}", GAS, [("gas_lel_pct", 15.0, 12.0)]),
        ("{quantity = 'gas_lel_pct', outside = [1, 14]}", GAS, [("gas_lel_pct", 15.0, 12.0)]),
        ("{quantity = 'button', is = 'press'}", [(7.0, "button", "press")], [("button", "press", 7.0)]),
        (
            "{any = [{quantity = 'smoke', is = true}, {quantity = 'gas_lel_pct', above = 10, for = '3s'}]}", GAS,
            [("gas_lel_pct", 15.0, 12.0), ("lasted_s", 3.0, 10.0)],
        ),
        (
            "{all = [{quantity = 'smoke', is = true}, {quantity = 'gas_lel_pct', above = 14}]}", [(5.0, "smoke", True), *GAS],
            [("smoke", True, 5.0), ("gas_lel_pct", 15.0, 12.0)],
        ),
        ("{not = {quantity = 'smoke', is = true}}", [(5.0, "smoke", False)], [("smoke", False, 5.0)]),
        (
            "{quantity = 'motion', is = true, after = {quantity = 'door_open', is = true}, within = '1m'}",
            [(5.0, "door_open", True), (20.0, "motion", True)], [("motion", True, 20.0), ("door_open", True, 5.0)],
        ),
        ("{quantity = 'gas_lel_pct', rises = 9, within = '1m'}", [(0.0, "gas_lel_pct", 1.0), (5.0, "gas_lel_pct", 1.0), *GAS],
         [("gas_lel_pct", 1.0, 5.0), ("gas_lel_pct", 15.0, 12.0)]),
        (
            "{quantity = 'door_open', is = true, times = 2, within = '1m'}",
            [(1.0, "door_open", True), (2.0, "door_open", False), (9.0, "door_open", True)],
            [("times", 1.0, 1.0), ("times", 2.0, 9.0), ("door_open", True, 9.0)],
        ),
        (
            "{quantity = 'motion', is = true, times_below = 1, within = '10m'}",
            [(30.0, "motion", True), (60.0, "motion", False), (700.0, "motion", False)],
            [("times", 0.0, 60.0), ("motion", False, 700.0)],
        ),
        ("{quantity = 'water_m3', used_below = 0.01, over = '1h'}", WATER, [("water_m3", 5.004, 3600.0), ("used_water_m3", 0.004, 0.0)]),
        (
            "{quantity = 'water_m3', used_above = 1, over = '1h'}", [(0.0, "water_m3", 5.0), (1800.0, "water_m3", 5.7), (3600.0, "water_m3", 6.4)],
            [("water_m3", 6.4, 3600.0), ("used_water_m3", 1.4, 0.0)],
        ),
        (
            "{quantity = 'water_m3', used_above = 1, over = '24h'}", [(0.0, "water_m3", 5.0), (1800.0, "water_m3", 5.0), (3600.0, "water_m3", 5.7), (5400.0, "water_m3", 6.4)],
            [("water_m3", 6.4, 5400.0), ("used_water_m3", 1.4, 1800.0)],
        ),
        (
            "{quantity = 'water_m3', always_in_use = '30m', over = '1h'}",
            [(0.0, "water_m3", 5.0), (1800.0, "water_m3", 5.1), (3600.0, "water_m3", 5.2)],
            [("water_m3", 5.2, 3600.0), ("in_use_s", 3600.0, 0.0)],
        ),
        (
            "{quantity = 'co_ppm', dose = 'en50291'}", [(0.0, "co_ppm", 300.0), (60.0, "co_ppm", 299.0), (180.0, "co_ppm", 300.0)],
            [("co_ppm", 299.0, 60.0), ("dose_pct", 50.0, 60.0), ("breathed_s", 120.462344, 0.0)],
        ),
        (
            "{quantity = 'motion', is = true, after = {quantity = 'door_open', is = true}, within = '1m'}",
            [(5.0, "door_open", True), (15.0, "door_open", False), (20.0, "motion", True)],
            [("motion", True, 20.0), ("door_open", True, 5.0), ("lasted_s", 10.0, 5.0)],
        ),
        (
            "{quantity = 'button', is = 'press', after = {quantity = 'button', is = 'long_press'}, within = '1m'}",
            [(5.0, "button", "long_press"), (20.0, "button", "press")], [("button", "press", 20.0), ("button", "long_press", 5.0)],
        ),
    ],
)  # fmt: skip
def test_an_alert_carries_what_made_it(when: str, said: list[Said], evidence: list[Proof]) -> None:
    house = House(f"latch = true\nwhen = {when}")
    alerts = [alert for at, quantity, value in said for alert in house.say(at, "a", quantity, value)]
    alerts += house.engine.tick(said[-1][0] + 60.0)
    (fired,) = [alert for alert in alerts if alert.state == "firing"]
    assert [(proof.point, proof.value, proof.at) for proof in fired.evidence] == evidence
    assert {proof.device for proof in fired.evidence} == {"a"}


def test_who_did_it_is_told_though_another_spoke_since_and_the_gateway_was_off() -> None:
    devices = {name: Device("h", "", 7200.0) for name in ("a", "b", "c")}
    house = House("when = {quantity = 'door_open', is = true, times = 2, within = '1h', for = '30s'}\nper = 'home'", devices=devices)
    for at, name, value in ((1.0, "a", True), (5.0, "b", True), (8.0, "b", False), (9.0, "c", False)):
        house.say(at, name, "door_open", value)
    rows = json.loads(json.dumps(house.engine.changed()))
    house.engine = Engine("gw", "epoch")
    assert house.engine.load(rows) == []
    house.engine.configure(house.rules, house.devices, 10.0, 9)
    (fired,) = [alert for alert in house.engine.tick(60.0) if alert.state == "firing"]
    assert [(one.device, one.point, one.value, one.at) for one in fired.evidence] == [
        ("a", "times", 1.0, 1.0), ("b", "times", 2.0, 5.0), ("b", "door_open", True, 5.0), ("a", "lasted_s", 30.0, 5.0),
    ]  # fmt: skip


def test_silence_carries_when_it_was_heard_last() -> None:
    house = House("when = {silent = '15m'}")
    house.say(100.0, "a", "rssi_dbm", -70)
    (fired,) = [alert for alert in house.engine.tick(1000.0) if alert.device == "a"]
    assert [(proof.point, proof.value, proof.at) for proof in fired.evidence] == [("silent_s", 900.0, 100.0)]


def test_what_has_only_begun_has_not_lasted() -> None:
    house = House("when = {quantity = 'gas_lel_pct', above = 10, for = '3s'}")
    (pending,) = house.say(10.0, "a", "gas_lel_pct", 12.0)
    assert pending.state == "pending"
    assert [proof.point for proof in pending.evidence] == ["gas_lel_pct"]


def test_the_beginning_of_a_dose_is_kept_over_a_restart_and_forgotten_when_it_is_breathed_out() -> None:
    house = House("when = {quantity = 'co_ppm', dose = 'en50291'}")
    for at, ppm in ((0.0, 60.0), (600.0, 0.0), (90_000.0, 100.0), (90_600.0, 120.0)):
        house.say(at, "a", "co_ppm", ppm)
    rows = json.loads(json.dumps(house.engine.changed()))
    house.engine = Engine("gw", "epoch")
    assert house.engine.load(rows) == []
    house.engine.configure(house.rules, house.devices, 90_600.0, 9)
    (fired,) = [alert for alert in house.engine.tick(95_000.0) if alert.state == "firing"]
    ((since, lasted),) = [(one.at, one.value) for one in fired.evidence if one.point == "breathed_s"]
    assert since == 90_000.0
    assert since + float(lasted) == pytest.approx(fired.at)


def test_what_was_before_is_kept_over_a_restart() -> None:
    house = House("when = {quantity = 'motion', is = true, after = {quantity = 'door_open', is = true}, within = '1m'}")
    house.say(5.0, "a", "door_open", True)
    house.say(15.0, "a", "door_open", False)
    rows = json.loads(json.dumps(house.engine.changed()))
    house.engine = Engine("gw", "epoch")
    assert house.engine.load(rows) == []
    house.engine.configure(house.rules, house.devices, 16.0, 9)
    (fired,) = house.say(20.0, "a", "motion", True)
    assert [one.point for one in fired.evidence] == ["motion", "door_open", "lasted_s"]


def test_all_that_are_silent_are_named() -> None:
    devices = {name: Device("h", "", 60.0) for name in ("a", "b", "c")}
    house = House("when = {silent = true, for = '1h'}\nper = 'home'", devices=devices)
    for at, name in ((100.0, "a"), (200.0, "b"), (3650.0, "c")):
        house.say(at, name, "rssi_dbm", 1)
    (fired,) = [alert for alert in house.engine.tick(3750.0) if alert.state == "firing"]
    assert [(one.device, one.at) for one in fired.evidence if one.point == "silent_s"] == [("a", 100.0), ("b", 200.0)]


@pytest.mark.parametrize("count", [3, 20])
def test_what_nobody_sent_is_never_cut_off_however_many_devices_there_are(count: int) -> None:
    """How long and how much: without it the readings say little."""
    devices = {f"m{number:02}": Device("h", "", 7200.0) for number in range(count)}
    house = House("when = {quantity = 'water_m3', used_below = 0.01, over = '1h', for = '10m'}\nper = 'home'", devices=devices)
    alerts = []
    for quarter in range(12):
        for name in devices:
            alerts += house.say(quarter * 900.0, name, "water_m3", 5.0)
    (fired,) = [alert for alert in alerts if alert.state == "firing"]
    assert [(one.point, one.value) for one in fired.evidence if not one.n] == [("used_water_m3", 0.0), ("lasted_s", 600.0)]
    assert len([one for one in fired.evidence if one.n]) == min(count, 6)
