"""A rule that comes later finds how things stand, though nobody asked when it was said."""

import json
import random
from dataclasses import replace

import pytest

from drivers.reading import Reading
from rules.engine import Device, Engine
from rules.quantities import GATEWAY, KNOWN, MOMENTARY, STATES
from rules.rulefile import load, packs
from rules.test_house import House, brief, rules_of
from rules.test_route import DEVICES, SAID

PACKS = load(packs())
DOOR = "when = {quantity = 'door_open', is = true, for = '10m'}"
OTHER = "when = {quantity = 'co_ppm', above = 50}"


def reborn(engine: Engine) -> Engine:
    """After a crash, with its checkpoint as the disk holds it."""
    again = Engine("gw", "epoch")
    rows = {key: row for key, row in engine.changed().items() if row is not None}
    assert again.load(json.loads(json.dumps(rows, allow_nan=False))) == []
    return again


@pytest.mark.parametrize("off", [None, 1.0, 86400.0])
def test_a_rule_added_while_the_door_stands_open_sees_it(off: float | None) -> None:
    """By a reload, or at a start of the gateway; its time runs from when it came."""
    house, at = House(OTHER), 5000.0
    house.say(10.0, "a", "door_open", False)
    house.say(20.0, "a", "door_open", True)
    for moment in (1000.0, 2000.0):
        house.say(moment, "a", "door_open", True)
        house.say(moment, "a", "temperature_c", 21.0)
    if off is not None:
        house.engine = reborn(house.engine)
        house.engine.deaf(off)
        at += off
    told = house.configure(at, OTHER, DOOR) + house.engine.tick(at + 600.0)
    assert brief(told) == [(at, "pending", 0, "first"), (at + 600.0, "firing", 1, "first")]
    said = [(proof.device, proof.value, proof.at, proof.n) for proof in told[-1].evidence if proof.n]
    assert said == [("a", True, 20.0, 2)], "the evidence says how old the word is"
    assert house.configure(at + 700.0, OTHER, DOOR) == [], "and it goes on as it was"
    assert brief(house.say(at + 800.0, "a", "door_open", False)) == [(at + 800.0, "resolved", 2, "cleared")]


def test_a_rule_taken_away_and_given_back_sees_what_came_between() -> None:
    house = House(DOOR)
    house.say(10.0, "a", "door_open", False)
    house.configure(100.0)
    house.say(200.0, "a", "door_open", True)
    house.engine.configure([], {}, 250.0, 9)
    assert house.configure(300.0, DOOR) == [], "of a device that was away nothing is believed"
    house.say(400.0, "a", "door_open", True)
    house.configure(500.0)
    assert brief(house.configure(600.0, DOOR)) == [(600.0, "pending", 0, "first")]


def test_a_home_that_chooses_a_rule_of_its_own_sees_it() -> None:
    house = House(OTHER)
    house.say(10.0, "a", "door_open", True)
    house.say(10.0, "c", "door_open", True)
    (rule,) = rules_of(DOOR)
    told = house.engine.configure([replace(rule, homes=frozenset({"h1"}))], house.devices, 100.0, 9)
    assert [(alert.device, alert.state) for alert in told] == [("a", "pending")]


@pytest.mark.parametrize("quantity", sorted(MOMENTARY))
@pytest.mark.parametrize("flags", [(), ("retained",)])
def test_what_happened_once_does_not_happen_again(quantity: str, flags: tuple[str, ...]) -> None:
    value = "press" if quantity == "button" else True
    rule = f"when = {{quantity = '{quantity}', is = {json.dumps(value)}}}\nlatch = true"
    house = House(OTHER)
    house.say(10.0, "a", quantity, value, *flags, seq=1)
    assert house.configure(20.0, OTHER, rule) == []
    house.engine = reborn(house.engine)
    assert house.configure(30.0, OTHER, rule) == []
    assert [alert.state for alert in house.say(40.0, "a", quantity, value, seq=2)] == ["firing"]


def test_an_old_event_that_is_sent_again_is_no_state() -> None:
    house = House(OTHER)
    house.say(10.0, "a", "smoke", True, "replay")
    assert house.configure(20.0, "when = {quantity = 'smoke', is = true}") == []
    house.say(30.0, "a", "smoke", True, "retained")
    house.configure(40.0, OTHER)
    told = house.configure(50.0, "when = {quantity = 'smoke', is = true}")
    assert [(alert.state, alert.evidence[0].flags) for alert in told] == [("firing", ("retained",))]


@pytest.mark.parametrize("seed", range(4))
def test_states_are_as_if_all_had_always_been_asked_for(seed: int) -> None:
    """Whatever was said, whoever asked meanwhile, whenever the power went: nothing is new when all packs come."""
    chance, ever, late = random.Random(seed), Engine("gw", "epoch"), Engine("gw", "epoch")
    some = rules_of("when = {quantity = 'smoke', is = true}", "when = {quantity = 'motion', is = true, for = '9m'}")
    rows: dict[str, object] = {}
    at = 0.0
    for engine, rules in ((ever, PACKS), (late, [])):
        engine.configure(rules, DEVICES, at, 0)
    for n in range(1, 500):
        at += chance.choice([1.0, 120.0, 2000.0])
        quantity = chance.choice(sorted(SAID))
        point, flags = chance.choice([quantity, f"{quantity}#2"]), chance.choice([(), (), ("retained",), ("replay",)])
        reading = Reading(chance.choice("abc"), point, quantity, chance.choice(SAID[quantity]), at, flags, n)
        ever.feed(reading)
        late.feed(reading)
        if n % 7 == 0:
            rows |= json.loads(json.dumps(late.changed()))
        if n % 70 == 0:
            late = Engine("gw", "epoch")
            late.load({key: row for key, row in rows.items() if row is not None})
        if n % 35 == 0:
            late.configure(chance.choice([[], some]), DEVICES, at, n)
    late.configure(PACKS, DEVICES, at, 500)
    found = [
        [(name, quantity, point, known.value(point)) for name, known in sorted(engine._known.items())
         for quantity in sorted(STATES) for point in sorted(known.points(quantity))]
        for engine in (ever, late)
    ]  # fmt: skip
    assert len(found[0]) > 20
    assert found[1] == found[0]


def test_numbers_that_nobody_asks_for_cost_no_checkpoint() -> None:
    engine = Engine("gw", "epoch")
    engine.configure([], {"a": Device("h")}, 0.0, 0)
    for n in range(5):
        engine.feed(Reading("a", "temperature_c", "temperature_c", 20.0 + n, n + 1.0, (), n))
        engine.feed(Reading("a", "tamper", "tamper", False, n + 1.0, (), n))
        assert ("d:a" in engine.changed()) is (n == 0), "a state that is said again is no news"


def test_states_are_known_and_no_events() -> None:
    assert GATEWAY < STATES < KNOWN
    assert not STATES & MOMENTARY
