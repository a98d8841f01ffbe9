"""Evidence: each alert carries what made it: which readings, when, and for how long, enough to draw it again."""

import pytest

from drivers.reading import Scalar
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
            [("times", 1.0, 1.0), ("times", 2.0, 9.0)],
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
            "{quantity = 'water_m3', always_in_use = '30m', over = '1h'}",
            [(0.0, "water_m3", 5.0), (1800.0, "water_m3", 5.1), (3600.0, "water_m3", 5.2)],
            [("water_m3", 5.2, 3600.0), ("in_use_s", 3600.0, 0.0)],
        ),
        (
            "{quantity = 'co_ppm', dose = 'en50291'}", [(0.0, "co_ppm", 300.0), (60.0, "co_ppm", 299.0), (180.0, "co_ppm", 300.0)],
            [("co_ppm", 299.0, 60.0), ("dose_pct", 50.0, 60.0)],
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
