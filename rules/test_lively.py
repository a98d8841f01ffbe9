"""Extra ticks and crashes change nothing, in pasts in which the rule finds what it looks for.

Readings drawn from everything seldom stand still for half a day or rise for three minutes, so each rule has pasts of its
own here: phases at its own pace, in which what it looks at stands still, comes and goes, or climbs. A test holds that
each of them fires.
"""

from dataclasses import fields
from random import Random

import pytest

from drivers.reading import Scalar
from rules.conditions.between import OftenBetween, SeldomBetween
from rules.conditions.grain import TooCoarse
from rules.conditions.guard import Guard
from rules.conditions.inactive import Inactive
from rules.conditions.leaps import Leaps
from rules.conditions.overuse import UsedAboveBetween
from rules.conditions.restless import NeverStill
from rules.engine import Device
from rules.quantities import METERS
from rules.rule import Rule
from rules.test_properties import DEAF, PACKS, RULES, Input, Run, parts, values_of

SEEDS, MOST = 4, 80
"""Pasts of each rule, at least and at most."""
PHASES = 10
MONDAY = 1_767_571_200.0 - 8 * 3600.0
"""5 January 2026, midnight in Shanghai."""
RISES: dict[type, float] = {TooCoarse: 1.0, Leaps: 3.0}
"""What is about great rises of a register -> such a one, in m3 within minutes."""
_SPANS = ("seconds", "hold", "budget", "rest", "ask")
"""What a condition calls its durations."""


def paces(rule: Rule) -> list[float]:
    """The durations that a rule speaks of."""
    found = {getattr(part, one.name) for part in parts(rule.when) for one in fields(part) if one.name in _SPANS}  # type: ignore[arg-type]
    usual = {12 * 3600.0} if any(isinstance(part, Inactive) for part in parts(rule.when)) else set()
    return sorted({float(one) for one in found if one} | usual) or [10.0]


def begins(rule: Rule) -> list[float]:
    """Times of the day, in seconds, at which a past may begin: shortly before the hours or the window in which the rule counts."""
    hours = [part.hours.start for part in parts(rule.when) if isinstance(part, Guard) and part.hours.start]
    hours += [part.daily.start for part in parts(rule.when) if isinstance(part, OftenBetween | SeldomBetween | UsedAboveBetween)]
    return [60.0 * start - max(paces(rule)) for start in hours] or [3600.0 * hour for hour in range(24)]


class Past:
    """Inputs, and the moments at which they come."""

    def __init__(self, rule: Rule, seed: int) -> None:
        self.chance = Random(f"{rule.id} {seed}")
        self.paces = paces(rule)
        self.values = values_of([rule]) or {"motion": [True, False]}
        self.restless = [part for part in parts(rule.when) if isinstance(part, NeverStill)]
        self.rise = next((rise for part in parts(rule.when) for kind, rise in RISES.items() if isinstance(part, kind)), 0.0)
        self.registers: dict[str, float] = {}
        self.inputs: list[tuple[float, Input]] = []
        self.at = 0.0
        self.add(1.0, ("wall", MONDAY + self.chance.choice(begins(rule)), True))
        for _ in range(PHASES):
            self.phase()

    def add(self, gap: float, one: Input) -> None:
        self.at = round(self.at + gap + (DEAF if one[0] == "deaf" else 0.0), 3)
        self.inputs.append((self.at, one))

    def phase(self) -> None:
        """Some readings in a row of one or two devices, then perhaps something else."""
        chance = self.chance
        gap = chance.choice(self.paces) / chance.choice([1, 3, 7, 30])
        devices = chance.sample(["a", "b", "gateway"], chance.choice([1, 1, 2]))
        style, before = chance.choice(["still", "flip", "any"]), dict[tuple[str, str], Scalar]()
        many = chance.choice([60, *range(1, 16)])
        if self.restless and chance.random() < 0.3:
            gap, style, many = self.restless[0].rest / 7, "flip", int(9 * self.restless[0].seconds / self.restless[0].rest)
        if self.rise and chance.random() < 0.4:
            gap, style, many = 60.0, "whole", 40
        for _ in range(many):
            for device in devices:
                for quantity in self.values if chance.random() < 0.5 else [chance.choice(sorted(self.values))]:
                    value = self.value(quantity, style, before.get((device, quantity)))
                    before[device, quantity] = value
                    flags = ("retained",) if chance.random() < 0.03 else ()
                    self.add(0.0, ("reading", device, (quantity, value), flags, chance.random() < 0.1))
            self.add(gap, ("reading", chance.choice(devices), ("rssi_dbm", 1), (), False))
        other = chance.choice(["deaf", "reset", "reload", "fewer", "reload", "jump", "mode", "mode", "mode", "", "", "wait"])
        if other == "mode":
            armed, lasts = chance.random() < 0.7, max(self.paces) * chance.choice([0.5, 4, 20])
            self.add(gap, ("mode", chance.choice(["away", "night", "home", "hospital"]), lasts, armed))
        elif other == "wait":
            self.add(max(self.paces) * chance.choice([0.3, 1.01, 2.5]), ("reading", "b", ("rssi_dbm", 2), (), False))
        elif other:
            self.add(gap, (other,))

    def value(self, quantity: str, style: str, before: Scalar | None) -> Scalar:
        if quantity not in METERS:
            values = self.values[quantity]
            if before is not None and style == "still":
                return before
            others = [value for value in values if value != before]
            return self.chance.choice(others if style == "flip" and others else values)
        odds = {"still": [0.0], "flip": [0.001, 0.001, 0.03], "whole": [0.0, 0.0, self.rise], "any": [0.0, 0.001, 0.03, 2.5, 2.5, -0.002, -99.0, 990.0]}
        at = max(0.0, round(self.registers.get(quantity, 7.0) + self.chance.choice(odds[style]), 3))
        if at < 900:
            self.registers[quantity] = at
        return at


def places(rule: Rule) -> dict[str, Device]:
    """Devices that may be silent for longer than the rule's readings are apart."""
    budget = max(paces(rule)) / 2.5
    return {"a": Device("h", "", budget), "b": Device("h", "", budget), "c": Device("k")}


def far(rule: Rule) -> float:
    """So long after the past nothing goes on."""
    return 3 * max(paces(rule))


def lived(rule: Rule, seed: int) -> tuple[Run, Run, int]:
    """A past without and with ticks and crashes -> both, and in how many crashes the rule fired."""
    past, chance, crashed = Past(rule, seed), Random(seed), 0
    plain, other = Run([rule], places=places(rule)).start(), Run([rule], places=places(rule)).start()
    for at, one in past.inputs:
        last = at - DEAF if one[0] == "deaf" else at
        if chance.random() < 0.4:
            other.alerts += other.engine.tick(other.at + (last - other.at) * chance.random())
        plain.do(at, one)
        other.do(at, one)
        if chance.random() < 0.08:
            crashed += any(alert.state == "firing" for alert in other.engine.open())
            other.crash()
    for run in (plain, other):
        run.alerts += run.engine.tick(run.at + far(rule))
    return plain, other, crashed


@pytest.mark.parametrize("rule", [*RULES, *PACKS], ids=lambda rule: rule.id)
def test_a_rule_that_fires_is_changed_by_no_tick_and_no_crash(rule: Rule) -> None:
    fired = crashes = 0
    for seed in range(MOST):
        plain, other, crashed = lived(rule, seed)
        fired += any(alert.state == "firing" for alert in plain.alerts)
        crashes += crashed
        assert plain.end() == other.end(), f"seed {seed}"
        if seed >= SEEDS and fired >= 2 and crashes >= 2:
            break
    assert fired >= 2, f"in {fired} pasts"
    assert crashes >= 2, f"{crashes} crashes while it fires"
