"""How long a sensor that was lost puts off the rules about absence: for the time in which it was lost, and no longer."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Device
from rules.gaps import GAPS, added
from rules.known import Ears, Known, blind
from rules.test_house import House
from rules.wall import Mode

HOUR, DAY = 3600.0, 86400.0
BUDGET = 2 * HOUR
RULES = {
    "water_m3": "when = {quantity = 'water_m3', used_below = 0.01, over = '24h'}\nper = 'home'\nwhile = {mode = ['home']}",
    "motion": "when = {quantity = 'motion', is = true, times_below = 1, within = '24h'}\nper = 'home'\n"
    "while = {mode = ['home']}",
}
QUIET = {"water_m3": (7.0, 7.5, 7.5), "motion": (False, True, False)}
"""What a sensor says at rest, in use, and after it."""


def house(quantity: str, *devices: str) -> House:
    return House(RULES[quantity], devices={name: Device("h", "", BUDGET) for name in devices})


def fired(given_house: House, quantity: str, said: list[tuple[float, str, int]], away: tuple[float, float] = (0, 0)) -> list[float]:
    """Hours at which it fires; what is said: (hour, device, 0 before, 1 in use, 2 after it)."""
    alerts = []
    modes = sorted(away) if any(away) else []
    for hour, device, when in sorted(said):
        while modes and modes[0] <= hour:
            moment = modes.pop(0)
            mode = Mode("away") if len(modes) == 1 else Mode("home")
            given_house.n += 1
            alerts += given_house.engine.mode("h", mode, moment * HOUR, given_house.n)
        alerts += given_house.say(hour * HOUR, device, quantity, QUIET[quantity][when])
    return [alert.at / HOUR for alert in alerts if alert.state == "firing"]


def every(since: float, until: float, *devices: str, when: int = 2) -> list[tuple[float, str, int]]:
    return [(since + half / 2, device, when) for device in devices for half in range(int((until - since) * 2) + 1)]


@pytest.mark.parametrize("quantity", sorted(RULES))
def test_a_sensor_that_comes_back_after_the_person_did_puts_off_nothing_that_was_before(quantity: str) -> None:
    """Twenty days away, the sensor's battery flat; back at home, an hour later the sensor has a new one."""
    said = [*every(0, 9, "a", when=0), (10, "a", 1), (10.5, "a", 2), *every(20 * 24 + 1, 23 * 24, "a")]
    (hour,) = fired(house(quantity, "a"), quantity, said, away=(10.75, 20 * 24.0))
    assert 21 * 24 <= hour <= 21 * 24 + 3.5, "a day, and the two hours or less in which it was lost"


@pytest.mark.parametrize("quantity", sorted(RULES))
@pytest.mark.parametrize("devices", ["a", "abcdefg"])
def test_an_outage_that_hits_all_sensors_counts_once(quantity: str, devices: str) -> None:
    """No radio for two days. With seven sensors it must not take fourteen days more."""
    said = [*every(0, 9, *devices, when=0), (10, "a", 1), (10.5, "a", 2), *every(10.5, 58.5, "x")]
    said = [one for one in said if one[1] != "x"]
    for device in devices:
        said += [(10.5, device, 2), *every(58.5, 100, device)]
    (hour,) = fired(house(quantity, *devices), quantity, said)
    assert 10 + 48 + 24 <= hour <= 10 + 48 + 24 + 2.5


@pytest.mark.parametrize("quantity", sorted(RULES))
def test_a_sensor_lost_long_before_the_last_sign_puts_off_only_what_was_since(quantity: str) -> None:
    """The second sensor is dead for 20 days and comes back the evening after the last sign of life."""
    said = [*every(0, 30 * 24, "a", when=0), *every(0, 9, "b", when=0), *every(20 * 24 + 10, 30 * 24, "b", when=0)]
    said = [(hour, device, 2 if device == "a" and hour > 20 * 24 else when) for hour, device, when in said]
    said.append((20 * 24.0, "a", 1))
    for hour in range(24, 20 * 24, 12):  # a life until then
        if quantity == "motion":
            said += [(hour + 0.1, "a", 1), (hour + 0.2, "a", 0)]
    rule_house = house(quantity, "a", "b")
    hours = [hour for hour in fired(rule_house, quantity, said) if hour > 20 * 24]
    assert hours
    assert 20 * 24 + 34 <= hours[0] <= 20 * 24 + 36


SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=12)


@given(st.lists(SPANS, min_size=1, max_size=4), st.integers(0, 500))
def test_each_moment_is_blind_once(spans: list[list[tuple[int, int]]], since: int) -> None:
    """Beside a slow oracle: seconds one by one."""
    devices, ears = [], Ears()
    for number, gaps in enumerate(spans):
        known = Known(f"d{number}", Device("h", "", 1.0), ears, 0.0)
        for at, length in sorted(gaps):
            if not known.gaps or at >= known.gaps[-1][1]:  # a device is silent once at a time
                known.missed(added(known.gaps, float(at), float(at + length)))
        devices.append(known)
    gaps_of_all = [gap for known in devices for gap in known.gaps]
    seconds = set(chain.from_iterable(range(int(gap.since), int(gap.until)) for gap in gaps_of_all))
    assert blind(devices, float(since)) == len([second for second in seconds if second >= since])


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 50)), max_size=3 * GAPS))
def test_gaps_are_few_and_of_those_that_became_one_it_is_known_how_much_was_lost(silences: list[tuple[int, int]]) -> None:
    ears = Ears()
    known, plain, at = Known("d", Device("h", "", 60.0), ears, 0.0), set[int](), 0
    for silence, deaf in silences:
        at += silence + deaf
        ears.deaf += deaf
        if silence > 60:
            known.miss(float(at))
            plain |= set(range(at - silence, at))
        known.heard, known.deaf = float(at), ears.deaf
    assert len(known.gaps) <= GAPS
    for since in (0.0, *(gap.since for gap in known.gaps)):
        assert blind([known], since) == pytest.approx(len([second for second in plain if second >= since]), abs=1e-3)
    known.take_hearing(known.hearing())
    assert blind([known], 0.0) == pytest.approx(len(plain), abs=1e-3), "out of a checkpoint as well"


def test_a_gap_that_begins_before_the_last_one_takes_its_place() -> None:
    """It spoke while its line was down, and had been silent for long before that."""
    known = Known("d", Device("h", "", 60.0), Ears(), 0.0)
    known.sever(500.0)
    known.miss(900.0)
    assert [gap[:2] for gap in known.gaps] == [(0.0, 900.0)]
    assert blind([known], 0.0) == 900.0


def test_in_gaps_that_became_one_of_two_devices_the_one_that_lost_more_counts() -> None:
    one, other = (Known(name, Device("h", "", 60.0), Ears(), 0.0) for name in ("one", "other"))
    for minute in range(200):
        one.missed(added(one.gaps, 60.0 * minute, 60.0 * minute + 6))
        other.missed(added(other.gaps, 60.0 * minute, 60.0 * minute + 3))
    other.kin = one.kin
    assert blind([one, other], 0.0) == pytest.approx(200 * 6, rel=0.01)
