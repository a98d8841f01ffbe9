"""Calm values: skipping those whom they don't concern changes nothing that anybody sees."""

import json
import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Reading
from rules.engine import Device, Engine
from rules.known import Ears, Known
from rules.roster import Roster
from rules.route import ANY, NONE, Asked, both
from rules.rulefile import load, packs
from rules.test_house import House
from rules.test_properties import HISTORIES, RULES, Input, Run, _moments
from rules.wall import Mode

PACKS = load(packs())
SAID: dict[str, list[bool | float | str]] = {
    "temperature_c": [5.0, 9.9, 21.0, 33.5, 58.0, 46.0, "hot"],
    "battery_pct": [10, 20, 25, 80, 80.5],
    "battery_low": [True, False],
    "gas_lel_pct": [0.0, 4.0, 9.0, 30.0],
    "gas_alarm": [True, False],
    "co_ppm": [0, 29, 31, 60, 120, 500],
    "smoke": [True, False],
    "motion": [True, False],
    "door_open": [True, False],
    "water_m3": [7.0, 7.0, 7.001, 7.02, 9.1],
    "pressure_kpa": [310, 90, 110, 130],
    "tamper": [True, False],
}
DEVICES = {"a": Device("h", "", 900.0), "b": Device("h", "", 7200.0), "c": Device("k")}


@pytest.fixture
def heedful(monkeypatch: pytest.MonkeyPatch) -> None:
    """No value is calm for anybody, and nobody sleeps."""
    plain = Roster._asked

    def asked(roster: Roster, known: Known) -> dict[str, Asked]:
        every = plain(roster, known)
        awake = {name: [one._replace(calm=None, spared=NONE, again=NONE, sleeps=False) for one in some.askers] for name, some in every.items()}
        return {name: Asked(name, askers) for name, askers in awake.items()}

    monkeypatch.setattr(Roster, "_asked", asked)
    monkeypatch.setattr(Roster, "turn", lambda self, watch: None)


def _lived(seed: int, hours: int) -> list[str]:
    """All packs over some hours of three devices that say this and that -> alerts, and what a checkpoint holds."""
    chance = random.Random(seed)
    engine = Engine("g", "e")
    said = [str(engine.configure(PACKS, DEVICES, 0.0, 0)), str(engine.wall(0.0, True, "UTC", 0.0, 1))]
    at, rows = 0.0, dict[str, object]()
    for n in range(2, hours * 30):
        at += chance.choice([1.0, 30.0, 120.0, 400.0])
        quantity = chance.choice(sorted(SAID))
        value = chance.choice(SAID[quantity])
        flags = chance.choice([(), (), (), (), ("retained",), ("replay",)])
        device = chance.choice("abc")
        said += map(str, engine.feed(Reading(device, quantity, quantity, value, at, flags, n)))
        if n % 50 == 0:
            said += map(str, engine.mode("h", Mode(chance.choice(["home", "away", "night"]), at + 3000.0), at, n))
        if n % 70 == 0:
            rows |= engine.changed()
            engine = Engine("g", "e")
            engine.load(json.loads(json.dumps({key: row for key, row in rows.items() if row is not None})))
            said += map(str, engine.configure(PACKS, DEVICES, at, n))
    return [*said, *map(str, engine.tick(at + 1e5)), json.dumps(rows | engine.changed(), sort_keys=True)]


@pytest.fixture(scope="module")
def spared() -> list[list[str]]:
    """What is said where the calm ones are skipped: a module's, so that it is made before anybody is made heedful."""
    return [_lived(seed, 20) for seed in range(6)]


@pytest.mark.usefixtures("heedful")
@pytest.mark.parametrize("seed", range(6))
def test_all_packs_say_the_same_when_nobody_is_spared(seed: int, spared: list[list[str]]) -> None:
    said = _lived(seed, 20)
    assert len(said) > 60
    assert said[:-1] == spared[seed][:-1]
    assert _lives(said[-1]) == _lives(spared[seed][-1])


def _lives(rows: str) -> dict[str, object]:
    """What is remembered, but for the moment of the last look: a quiet rule has none."""
    return {
        key: row[:2] + row[3:] if key.startswith("r:") and row is not None and row[0] == "quiet" else row
        for key, row in json.loads(rows).items()
    }


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(-5, 120)), max_size=30))
def test_a_calm_value_is_remembered_as_the_last_one(said: list[tuple[str, int]]) -> None:
    house = House("when = {quantity = 'gas_lel_pct', above = 10, for = '3s'}\nper = 'home'")
    last = {}
    for at, (device, value) in enumerate(said):
        house.say(at, device, "gas_lel_pct", value)
        last[device] = value
    known = house.engine.configure(house.rules, house.devices, len(said) + 10.0, 99)
    firing = any(alert.state == "firing" for alert in house.engine.open())
    assert firing == any(value > 10 for value in last.values()), known


def test_bands_meet() -> None:
    assert both(ANY, (3.0, 9.0)) == (3.0, 9.0)
    assert both((5.0, 7.0), (3.0, 6.0)) == (5.0, 6.0)
    low, high = both(NONE, ANY)
    assert low > high


def test_every_rule_of_the_properties_tells_what_is_calm() -> None:
    calm = [rule.when.calm(quantity) for rule in RULES for quantity in rule.needs]
    assert sum(band is not None for band in calm) > 10
    assert sum(band is None for band in calm) > 10


@given(st.lists(st.integers(-5, 30), max_size=40))
def test_who_counts_how_often_gas_was_high_is_told_of_no_other(values: list[int]) -> None:
    house = House("when = {quantity = 'gas_lel_pct', above = 10, times = 2, within = '1m'}")
    high, told = [False], []
    for at, value in enumerate(values):
        told += [alert.state for alert in house.say(at, "a", "gas_lel_pct", value)]
        high.append(value > 10)
        assert house.engine.calm("a", "gas_lel_pct", "gas_lel_pct", 9.0) == (not high[-1] and "firing" not in told)
    rises = sum(now and not before for before, now in pairwise(high))
    assert told == ["firing"] * (rises > 1)


@settings(max_examples=100)
@given(HISTORIES)
def test_resting_is_what_it_says(history: list[tuple[float, Input]]) -> None:
    run = Run().start()
    for at, one in _moments(history):
        run.do(at, one)
        for watch in run.engine._roster.watches.values():
            assert not watch.rests or (watch.life.stage == "quiet" and watch.when.rests())
        for known in run.engine._known.values():
            for route in known.routes.values():
                spared = [watch for watch, low, high, ears in route.watches if low <= high or ears]
                assert all(ear.due(at) is None for watch, *_, ears in route.watches if watch.rests for ear in ears)
                assert route.stirred == sum(not watch.rests for watch in spared)


def test_a_rule_is_put_to_work_by_the_first_value_that_matters_to_it() -> None:
    engine = Engine("g", "e")
    engine.configure(PACKS, DEVICES, 0.0, 0)
    watches = engine._roster.watches
    before = set(watches)
    for n, (quantity, value) in enumerate([("smoke", False), ("battery_pct", 80), ("tamper", False)] * 2, 1):
        assert engine.feed(Reading("a", quantity, quantity, value, float(n), (), n)) == []
    assert set(watches) == before
    assert [alert.rule for alert in engine.feed(Reading("a", "smoke", "smoke", True, 9.0, (), 9))] == ["smoke"]
    assert ("smoke", "a") in watches
    assert ("battery-low", "a") not in watches
    rows = json.loads(json.dumps(engine.changed()))
    again = Engine("g", "e")
    assert again.load(rows) == []
    assert again.configure(PACKS, DEVICES, 10.0, 10) == []
    assert [alert.rule for alert in again.open()] == ["smoke"]
    assert ("battery-low", "a") not in again._roster.watches
    again.feed(Reading("a", "battery_pct", "battery_pct", 10, 11.0, (), 11))
    assert [alert.rule for alert in again.tick(700.0)] == ["battery-low"]


def test_what_was_not_calm_when_the_gateway_went_down_is_looked_at_when_it_comes_up() -> None:
    engine = Engine("g", "e")
    engine.configure(PACKS, DEVICES, 0.0, 0)
    engine.feed(Reading("a", "gas_lel_pct", "gas_lel_pct", 30.0, 1.0, (), 1))
    rows = {key: row for key, row in engine.changed().items() if not key.startswith("r:")}  # lost, as after a new rule
    again = Engine("g", "e")
    assert again.load(json.loads(json.dumps(rows))) == []
    said = [*again.configure(PACKS, DEVICES, 2.0, 2), *again.tick(100.0)]
    assert ("gas-leak", "firing") in {(alert.rule, alert.state) for alert in said}


@pytest.mark.parametrize("value", [10**400, -(10**400), math.inf, -math.inf], ids=["n", "-n", "inf", "-inf"])
def test_no_number_is_too_great_for_any_rule(value: float) -> None:
    """A whole number has no end in JSON; a sum or a share of it would be no float."""
    engine = Engine("g", "e")
    engine.configure(PACKS, DEVICES, 0.0, 0)
    quantities = sorted({quantity for rule in PACKS for quantity in rule.needs})
    for n, one in enumerate([5, value, 5, value, value, 6], 1):
        for quantity in quantities:
            engine.feed(Reading("a", quantity, quantity, one, n * 60.0, (), n))
    rows = json.loads(json.dumps(engine.changed(), allow_nan=False))
    again = Engine("g", "e")
    assert again.load(rows) == []
    again.configure(PACKS, DEVICES, 400.0, 7)
    assert len(quantities) > 30
    assert [alert.id for alert in again.open()] == [alert.id for alert in engine.open()] != []


def test_whoever_need_hear_alone_has_ears() -> None:
    found = 0
    for rule in [*RULES, *PACKS]:
        live = rule.when.live([Known("a", DEVICES["a"], Ears(), 0.0)])
        for quantity in rule.needs:
            if rule.when.calm(quantity) is None and rule.when.again(quantity) is not None:
                ears = live.ears(quantity)
                assert ears, rule.id
                assert all(ear.rests() and ear.due(0.0) is None for ear in ears), rule.id
                assert not any(ear.attentive() for ear in ears)
                found += 1
    assert found > 12


def test_who_is_never_calm_is_never_waited_for() -> None:
    """Two bands without a value in common: else the rule would stir all others of the quantity for as long as it is."""
    above_and_below = "{all = [{quantity = 'co_ppm', above = 4}, {quantity = 'co_ppm', below = 6, for = '4s'}]}"
    house = House(f"per = 'home'\nwhen = {above_and_below}", "when = {quantity = 'co_ppm', above = 9}")
    house.say(1, "a", "co_ppm", 5.0)
    route = house.engine._known["a"].routes["co_ppm"]
    assert [asker.eased for asker in route.asked.askers] == [False, True]
    assert route.stirred == 0


def test_what_a_rule_only_heard_is_in_the_next_checkpoint() -> None:
    """It was not judged in between; without these words the rise would not be seen."""
    engine = Engine("g", "e")
    engine.configure(PACKS, DEVICES, 0.0, 0)
    rows = dict[str, object]()
    for n, value in enumerate([40.0, 40.5, 20.0, 20.5], 1):
        assert engine.feed(Reading("a", "temperature_c", "temperature_c", value, n * 20.0, (), n)) == []
        rows |= json.loads(json.dumps(engine.changed()))
    again = Engine("g", "e")
    assert again.load({key: row for key, row in rows.items() if row is not None}) == []
    again.configure(PACKS, DEVICES, 80.0, 5)
    said = [
        alert
        for n, value in enumerate([46.0, 46.5], 6)
        for alert in again.feed(Reading("a", "temperature_c", "temperature_c", value, n * 20.0, (), n))
    ]
    assert [(alert.rule, alert.state) for alert in said] == [("heat", "firing")]


def test_what_cannot_be_taken_up_leaves_ears_at_work() -> None:
    engine = Engine("g", "e")
    engine.configure(PACKS, DEVICES, 0.0, 0)
    for n, value in enumerate([20.0, 21.0, 22.0], 1):
        engine.feed(Reading("a", "temperature_c", "temperature_c", value, n * 30.0, (), n))
    rows = json.loads(json.dumps(engine.changed()))
    rows["r:heat/a"][13] = ["spoiled"]  # its memory: of a condition that no longer is
    again = Engine("g", "e")
    assert again.load(rows) == []
    again.configure(PACKS, DEVICES, 100.0, 4)
    said = [
        alert
        for n, value in enumerate([23.0, 24.0, 50.0, 51.0], 5)
        for alert in again.feed(Reading("a", "temperature_c", "temperature_c", value, n * 30.0, (), n))
    ]
    assert [(alert.rule, alert.state) for alert in said] == [("heat", "firing")]
