"""Five days of a flat and its meter, faults combined: no alarm that what really flowed doesn't bear out, and none lost.

The oracle knows what flowed and adds it up; of registers, steps and faults it knows nothing.
"""

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import floor, nan
from random import Random

import pytest

from rules.alert import Alert
from rules.engine import Device
from rules.test_house import House

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
END = 5 * DAY
BUDGET = 2 * HOUR
FAULTS = ("roll", "exchange", "gap", "lost", "noise", "glitch", "off", "twice")
ALL = [(), *((one,) for one in FAULTS), *combinations(FAULTS, 2), FAULTS]
LITTLE, HALF_DAY, TEN_LITRES = "{quantity = 'water_m3', used_below = 0.01, over = '12h'}", 12 * HOUR, 0.01
MUCH, TWO = "{quantity = 'water_m3', used_above = 2, over = '24h'}", 2.0
Span = tuple[float, float]


@dataclass
class Life:
    """What really happened, and what the gateway was told of it."""

    flowed: list[tuple[float, float]]
    """(moment, m3)"""
    said: list[tuple[float, float]]
    """(moment, register)"""
    every: float
    step: float
    exchanged: float = END * 2
    gap: Span = (0.0, 0.0)
    off: Span = (0.0, 0.0)

    def used(self, since: float, until: float) -> float:
        return sum(amount for at, amount in self.flowed if since < at <= until)


def water(chance: Random, burst: bool) -> list[tuple[float, float]]:
    """Sips and showers with pauses of up to a day; perhaps a burst pipe for six hours."""
    at, flowed = 0.0, []
    while at < END:
        at += chance.choice([0.2, 0.5, 1, 3, 6, 11, 14, 20]) * HOUR * chance.uniform(0.5, 1.3)
        for _ in range(chance.choice([1, 1, 2, 5])):
            flowed.append((at, chance.choice([0.001, 0.002, 0.005, 0.01, 0.05, 0.08])))
            at += chance.uniform(0.5, 10) * MINUTE
    if burst:
        began, rate = chance.uniform(1, 4) * DAY, chance.choice([0.3, 0.6, 1.5, 3.0])
        flowed += [(began + minute * MINUTE, rate / 60) for minute in range(360)]
    return sorted(flowed)


def lived(faults: tuple[str, ...], seed: int, burst: bool) -> Life:
    """One life with these faults."""
    chance = Random(f"{faults} {seed}")
    life = Life(water(chance, burst), [], chance.choice([300.0, 900.0, 1800.0, 3600.0]), chance.choice([0.001, 0.001, 0.01]))
    life.every = min(life.every, 900.0) if "lost" in faults else life.every
    start = chance.choice([5.0, 0.0, 123.456, 9.95, 99.95, 999.98, 99999.97, 9999.6])
    modulus = 10.0 ** max(2, len(str(int(start)))) if "roll" in faults else 1e9
    long = [HOUR * hours for hours in (1, 3, 8, 13, 30)]
    if "gap" in faults:
        began = chance.uniform(0.3, 3.5) * DAY
        life.gap = (began, began + chance.choice(long))
    if "off" in faults:
        began = chance.uniform(0.3, 3.5) * DAY
        life.off = (began, began + chance.choice(long))
    if "exchange" in faults:
        spans = [span for span in (life.gap, life.off) if span[1]]
        life.exchanged = chance.uniform(*chance.choice(spans)) if spans and chance.random() < 0.6 else chance.uniform(0.5, 4.5) * DAY
    other = chance.choice([0.0, 0.003, 1.0, 500.0])
    count = int(END / life.every)
    glitch = chance.randrange(5, count - 5) if "glitch" in faults else -1
    for number in range(count):
        at = number * life.every
        if life.gap[0] <= at < life.gap[1] or life.off[0] <= at < life.off[1]:
            continue
        if "lost" in faults and chance.random() < 0.3:
            continue
        total = start + life.used(-1.0, at) if at < life.exchanged else other + life.used(life.exchanged, at)
        register = floor(round(total / life.step, 6)) * life.step % modulus
        if "noise" in faults and chance.random() < 0.2:
            register = max(0.0, register - chance.choice([0.001, 0.002, life.step]))
        if number == glitch:
            register = chance.choice([0.0, register * 10, register * 1000, register + 100, register + 0.7, 1e12, -5.0, nan])
        life.said.append((at, round(register, 3)))
        if "twice" in faults and chance.random() < 0.1:
            life.said.append((at + 1.0, round(register, 3)))
    return life


def played(life: Life, when: str) -> list[Alert]:
    house = House(f"per = 'home'\nwhen = {when}", devices={"m": Device("h", "", BUDGET)})
    alerts: list[Alert] = []
    off = life.off if life.off[1] else None
    for at, register in life.said:
        if off and at >= off[1]:
            alerts += house.engine.tick(off[0])
            house.engine.deaf(off[1] - off[0])
            off = None
        alerts += house.say(at, "m", "water_m3", register)
    return alerts


def fires_by(alerts: list[Alert], moment: float, since: float) -> bool:
    """Does it fire at this moment, or did it since?"""
    firing = False
    for alert in alerts:
        if alert.at <= moment:
            firing = alert.state == "firing" or (firing and alert.at > since)
    return firing


def quiet(life: Life) -> list[tuple[float, float]]:
    """(since when, by when it must be told) of each pause so long that it must, however the faults fell."""
    moments, found = [0.0, *(at for at, _ in life.flowed), END], []
    for since, until in pairwise(moments):
        proven = since
        for lost in (life.gap, life.off):
            if lost[0] <= proven < lost[1]:
                proven = lost[1]  # nobody knows when it was used last
        if proven - BUDGET <= life.exchanged < until:
            proven = max(proven, life.exchanged)
            for lost in (life.gap, life.off):
                proven = lost[1] if lost[0] <= proven < lost[1] else proven
        by = proven + HALF_DAY + 5 * life.every + BUDGET
        by += life.gap[1] - life.gap[0] if life.gap[1] > since and life.gap[0] < by else 0.0
        told = not any(lost[0] < by < lost[1] + 2 * life.every for lost in (life.gap, life.off))
        if by < min(until, END - BUDGET) and told and not proven < life.exchanged < by:
            found.append((since, by))
    return found


@pytest.mark.parametrize("faults", ALL, ids="-".join)
def test_hardly_any_water_is_told_where_it_is_true_and_never_else(faults: tuple[str, ...]) -> None:
    told = due = 0
    for seed in range(5):
        life = lived(faults, seed, burst=False)
        alerts = played(life, LITTLE)
        for alert in (one for one in alerts if one.state == "firing"):
            used = life.used(alert.at - HALF_DAY, alert.at)
            assert used < TEN_LITRES + life.step * (2 if "noise" in faults else 1) + 1e-9, f"seed {seed}: {alert.at / HOUR} h"
            told += 1
        for since, by in quiet(life):
            assert fires_by(alerts, by, since), f"seed {seed}: quiet since {since / HOUR} h, not told by {by / HOUR} h"
            due += 1
    assert told >= 8
    assert due >= 1


@pytest.mark.parametrize("faults", ALL, ids="-".join)
def test_much_water_is_told_where_it_is_true_and_never_else(faults: tuple[str, ...]) -> None:
    told = due = 0
    for seed in range(6):
        life = lived(faults, seed, burst=True)
        alerts = played(life, MUCH)
        unseen = 6 * life.every + life.gap[1] - life.gap[0] + life.off[1] - life.off[0]
        for alert in (one for one in alerts if one.state == "firing"):
            used = life.used(alert.at - DAY - unseen, alert.at)
            misread = 0.6 if {"roll", "exchange"} <= {*faults} else 0.0
            assert used > TWO - 3 * life.step - misread, f"seed {seed}: {used} m3 at {alert.at / HOUR} h"
            told += 1
        moment = DAY
        while moment < END - DAY / 4:
            disturbed = any(lost[1] and lost[0] < moment + 2 * HOUR and lost[1] > moment - DAY - 2 * HOUR for lost in (life.gap, life.off))
            disturbed = disturbed or moment - DAY - 2 * HOUR < life.exchanged < moment + 2 * HOUR
            if not disturbed and life.used(moment - DAY + 6 * life.every, moment) > TWO + 3 * life.step + 0.1:
                assert fires_by(alerts, moment + 6 * life.every, moment - DAY), f"seed {seed}: {moment / HOUR} h"
                due += 1
                break
            moment += 10 * MINUTE
    assert told >= 1
    assert due >= 1


def two(said: list[tuple[float, str, float]], when: str) -> list[tuple[str, float]]:
    """(state, hour); said are (hour, meter, register)."""
    house = House(f"per = 'home'\nwhen = {when}", devices={name: Device("h", "", BUDGET) for name in "mn"})
    alerts = [alert for hour, name, value in sorted(said) for alert in house.say(hour * HOUR, name, "water_m3", value)]
    return [(alert.state, alert.at / HOUR) for alert in alerts]


def test_an_exchanged_meter_of_two_starts_the_time_anew_and_the_other_one_goes_on() -> None:
    still = [(quarter / 4, "m", 7.0) for quarter in range(120)]
    swapped = [(quarter / 4, "n", 523.4 if quarter < 32 else 0.002) for quarter in range(120)]
    assert two(still + swapped, LITTLE) == [("firing", 20.0)], "eight hours were of the old one"
    assert two(still + [one for one in swapped if not 6 <= one[0] < 9], LITTLE) == [("firing", 21.0)], "in a gap"
    assert two(still + [(hour, name, 7.0 + (hour >= 15) * 0.02) for hour, name, _ in still], LITTLE) == [("firing", 12.0), ("resolved", 15.0), ("firing", 27.0)]


def test_a_driver_that_turns_from_m3_to_litres_is_no_flood() -> None:
    """A register a thousand times as high is another one, and so is that of the right unit when it comes back."""
    said = [(quarter / 4, "m", 523.4 if quarter < 40 or quarter > 60 else 523400.0) for quarter in range(80)]
    assert two(said, MUCH) == []


@pytest.mark.parametrize("wrong", [nan, -1.0, 1e10, float("inf"), True, "12.3"])
def test_what_is_no_register_is_passed_over(wrong: float | str) -> None:
    house = House(f"per = 'home'\nwhen = {LITTLE}", devices={"m": Device("h", "", BUDGET)})
    alerts = []
    for quarter in range(60):
        alerts += house.say(quarter * 900.0, "m", "water_m3", wrong if quarter % 3 == 1 else 7.0)
    assert [(alert.state, alert.at / HOUR) for alert in alerts] == [("firing", 12.0)]


def test_a_meter_of_ten_litre_steps_that_flickers_uses_nothing() -> None:
    """11.88 and 11.87 in turn, some twice in a row: it once counted ten litres each time."""
    said = [(quarter / 4, "m", 11.87 if quarter % 7 in (3, 4) else 11.88) for quarter in range(60)]
    assert two(said, LITTLE) == [("firing", 12.0)]
