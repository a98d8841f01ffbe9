"""Registers with the faults of real ones: the flats of the recorded year step back, lose readings and jump."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.conditions.meter import LEAST, OTHERS, PACES, Meter, Step

QUARTER = 900.0


def told(*registers: float | str | bool, every: float = QUARTER) -> list[float | None]:
    """What was used up to each reading; None = not believed."""
    meter = Meter("water_m3")
    steps = [meter.read(number * every, register) for number, register in enumerate(registers)]
    return [None if step is None else step.used for step in steps]


@pytest.mark.parametrize(
    ("registers", "used"),
    [
        ([12.0, 12.001, 12.001, 12.011], [0, 0.001, 0, 0.01]),
        ([12.005, 12.004, 12.005, 12.004, 12.006], [0, 0, 0, 0, 0.001]),  # noise of 1 L is no use
        ([12.01, 12.00, 12.01, 12.02], [0, 0, 0, 0.01]),  # the same with a step of 10 L
        ([99999.99, 0.01, 0.02], [0, None, 0.03]),  # rolled over
        ([9999.999, 0.0, 0.003], [0, None, 0.004]),
        ([99.9, 0.0, 99.9, 99.91], [0, None, 0, 0.01]),  # a single zero just there
        ([523.4, 0.0, 0.002, 0.003], [0, None, 0.002, 0.001]),  # exchanged
        ([523.4, 523.5, 9523.5, 523.6], [0, 0.1, None, 0.1]),  # one impossible jump
        ([523.4, 0.0, 523.4, 523.5], [0, None, 0, 0.1]),  # one impossible zero
        ([523.4, 700.0, 40.0, 523.5], [0, None, None, 0.1]),
        ([5.0, 0.0, 0.5], [0, None, 0.5]),
        ([1.0, "1.1", True, -3.0, float("nan"), 1e300, 10**400, 1.1], [0, None, None, None, None, None, None, 0.1]),
    ],
)
def test_what_a_register_says(registers: list[float | str | bool], used: list[float | None]) -> None:
    assert told(*registers) == used


def test_after_lost_readings_more_may_have_flowed() -> None:
    assert told(1.0, 4.0) == [0, None]
    assert told(1.0, 1.4, every=3600.0) == [0, 0.4]
    assert told(1.0, 4.0, 4.0, every=3600.0) == [0, None, 3.0], "so much only if the next reading says so too"


def test_an_exchanged_meter_starts_when_it_was_first_seen() -> None:
    meter = Meter("water_m3")
    meter.read(0.0, 523.4)
    assert meter.read(900.0, 1.0) is None
    assert meter.read(1800.0, 1.002) == Step(900.0, 1800.0, 0.002, True)
    assert (meter.base, meter.register) == (900.0, 1.002)


@given(
    st.lists(st.floats(0, 600) | st.sampled_from([0.0, 12.0, 12.001, 99.999, 523.4]), max_size=20), st.integers(0, 20)
)
def test_it_goes_on_after_a_restart_and_never_counts_backwards(registers: list[float], crash: int) -> None:
    plain = crashed = Meter("water_m3")
    for number, register in enumerate(registers):
        if number == crash:
            crashed = Meter.of("water_m3", json.loads(json.dumps(plain.save())))
        step = plain.read(number * QUARTER, register)
        assert crashed is plain or crashed.read(number * QUARTER, register) == step
        assert step is None or 0 <= step.used <= 1.25 * max((step.at - step.since) / QUARTER, 1) + 1e-6


def test_what_is_believed_at_once_flows_within_any_time() -> None:
    """So a small rise is believed without a look at the time since the last reading."""
    paces = [*PACES.values(), OTHERS]
    assert all(0 < pace.brisk <= pace.hourly * LEAST / 3600 for pace in paces)
    for quantity, pace in [*PACES.items(), ("energy_kwh", OTHERS)]:
        meter = Meter(quantity)
        meter.read(0.0, 7.0)
        assert meter.read(0.5, 7.0 + pace.brisk) == Step(0.0, 0.5, pace.brisk, False)
        assert meter.read(1.0, 7.001 + 2 * pace.brisk) is None, "more than that in an hour is odd"
