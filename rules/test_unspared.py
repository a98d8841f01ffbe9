"""Rules of the whole grammar, made up: nobody sees which readings are spared to whom, whatever the values are.

test_route.py holds it for chosen rules and the packs. Here values stand at the very ends of bands, are no numbers, or
say the same in another kind; sensors say several like ones; and nothing that a home's devices share is shared.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from math import inf, nan
from random import Random
from typing import Any

import pytest

from drivers.reading import Reading, Source
from rules import known
from rules.conditions import guard
from rules.conditions.guard import _Guarding
from rules.known import Kin
from rules.route import NONE, Asker
from rules.rule import Rule
from rules.sheet import Layouts
from rules.test_any_rule import DEVICES, Lived
from rules.test_house import rules_of

SEEDS, WAYS = 40, ("nothing", "crashes")
VALUES: dict[str, list[Any]] = {
    "smoke": [True, False, 0, 1, 1.0, "on"],
    "motion": [True, False, 0, 1, "on"],
    "door_open": [True, False, 0.0, 1],
    "gas_lel_pct": [3, 6, 6.0, 9, 9.000001, 5.999999, nan, inf, -inf, 2**53 + 1, "x", True],
    "temperature_c": [10, 10.0, 9.999999, 30, 30.000001, nan, "hot"],
    "water_m3": [5.0, 5, 5.001, 5.02, 99999.9, 0.0, True],
}
RULES = (
    "when = {quantity = 'gas_lel_pct', above = 9}",
    "when = {quantity = 'gas_lel_pct', below = 6, for = '3s'}\nper = 'home'",
    "when = {quantity = 'temperature_c', outside = [10, 30], hold = '60s'}",
    "when = {quantity = 'smoke', is = true}\nlatch = true",
    "when = {quantity = 'smoke', is = 1, times = 2, within = '10m'}\nper = 'home'",
    "when = {all = [{quantity = 'smoke', is = true}, {quantity = 'gas_lel_pct', above = 6}]}\nper = 'home'",
    "when = {quantity = 'smoke', is = true, times_below = 1, within = '45s'}\nper = 'home'",
    "when = {quantity = 'smoke', is = true, times_below = 1, within = '05:00-11:00'}\nper = 'home'",
    "when = {quantity = 'gas_lel_pct', above = 6, times = 2, within = '20:00-08:00'}",
    "when = {quantity = 'water_m3', always_in_use = '60s', over = '100s'}\nper = 'home'",
    "when = {quantity = 'water_m3', used_above = 0.02, over = '20:00-08:00'}\nper = 'home'",
    "when = {quantity = 'water_m3', used_below = 0.02, over = '90s'}\nwhile = {mode = ['home']}",
    "when = {quantity = 'temperature_c', rises = 9, within = '10m'}\nwhile = {mode = ['home', 'night']}",
    "when = {quantity = 'gas_lel_pct', never_still = '60s', over = '100s'}\ndiscredits = ['motion', 'smoke', 'water_m3']",
    "when = {quantity = 'smoke', is = true, sound = true, for = '3s'}\ndiscredits = ['door_open']",
    "when = {quantity = 'smoke', is = true, times = 2, within = '10m', sound = true}\nper = 'home'",
    "when = {quantity = 'motion', is = false, for = '60s'}\nexcept_devices = ['b']\nwhile = {mode = ['home']}",
)


class Odd(Lived):
    """A life of such values."""

    def __init__(self, seed: int, between: str) -> None:
        super().__init__(seed, between)
        self.rules += [replace(rule, id=f"odd-{rule.id}") for rule in rules_of(*self.random.sample(RULES, 5))]
        self.sites[0] = self.site = self.rules
        self.configure()

    def happens(self, chance: float) -> None:
        if chance >= 0.7:
            super().happens(chance)
            return
        for _ in range(4):
            self.n += 1
            self.hears(self.random)

    def hears(self, random: Random) -> None:
        quantity = random.choice([*VALUES])
        device, value = random.choice([*DEVICES, "part"]), random.choice(VALUES[quantity][: random.choice([2, 5, 99])])
        point, flags = random.choice([quantity] * 4 + [quantity + "#2"]), random.choice([()] * 6 + [("hearsay",)])
        source = Source(device, 1, self.n) if random.random() < 0.05 else None
        self.told += self.engine.feed(Reading(device, point, quantity, value, self.at, flags, self.n, source))


class Forgetful(Layouts):
    """There may always be a new point."""

    __slots__ = ("_counted",)
    points = property(lambda self: next(self._counted), lambda self, _: None)

    def __init__(self) -> None:
        self._counted: Iterator[int] = count()
        super().__init__()


class Gappy(Kin):
    """There may always have been a silence."""

    __slots__ = ()
    missed = property(lambda _: inf, lambda *_: None)


def test_nobody_sees_what_is_spared_or_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    spared = [Odd(seed, WAYS[seed % 4 == 0]).live() for seed in range(SEEDS)]
    plain = Asker.of

    def heedful(rule: Rule, quantity: str, always: bool) -> Asker:
        return plain(rule, quantity, always)._replace(calm=None, spared=NONE, again=NONE, sleeps=False)

    monkeypatch.setattr(Asker, "of", heedful)
    monkeypatch.setattr(guard, "_guarding", _Guarding)
    monkeypatch.setattr(known, "Layouts", Forgetful)
    monkeypatch.setattr(known, "Kin", Gappy)
    for seed, told in enumerate(spared):
        assert Odd(seed, WAYS[seed % 4 == 0]).live() == told, f"seed {seed}"
    assert sum(told.count('"firing"') for told in spared) > 2 * SEEDS
