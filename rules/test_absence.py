"""Over all shipped rules about what did not happen: no data is never no activity, and never quiet either."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Reading
from rules.alert import Alert
from rules.conditions.condition import Condition
from rules.conditions.seldom import TimesBelow
from rules.conditions.silent import Silent
from rules.conditions.usage import Usage
from rules.engine import Device, Engine
from rules.quantities import MOMENTARY
from rules.rule import Rule
from rules.rulefile import load, packs
from rules.signs import SIGNS

HOUR = 3600.0
BUDGET = 2 * HOUR
EVERY = HOUR / 2
PACKS = {rule.id: rule for rule in load(packs())}
SLACK = 2 * EVERY


def _absent(rule: Rule) -> list[Condition]:
    return [leaf for leaf in rule.when.leaves() if leaf.absent]


ABSENCE = sorted(
    name for name, rule in PACKS.items() if any(isinstance(one, Usage | TimesBelow) for one in _absent(rule))
)


def _needed(name: str) -> Usage | TimesBelow:
    (leaf,) = [one for one in _absent(PACKS[name]) if isinstance(one, Usage | TimesBelow)]
    return leaf


def _window(name: str) -> float:
    return _needed(name).seconds


def _quantity(name: str) -> str:
    (quantity,) = _needed(name).needs()
    return quantity


WATCHED = {_quantity(name) for name in ABSENCE}


@dataclass
class Flat:
    """One sensor of a rule, read every half hour; it can be used, fall silent, and live again."""

    name: str
    alerts: list[Alert] = field(default_factory=list)
    at: float = 0.0
    n: int = 0
    register: float = 500.0
    used: float = 0.0
    """When it was used last."""
    heard: float = 0.0
    """Time in which it was heard since then, without silences longer than its budget."""
    last: float = 0.0

    def __post_init__(self) -> None:
        self.engine = Engine("g", "e")
        self.engine.configure([PACKS[self.name], PACKS["not-supervised"]], {"s": Device("h", "", BUDGET)}, 0.0, 0)

    def _say(self, value: float | bool) -> None:
        self.n += 1
        quantity = _quantity(self.name)
        self.alerts += self.engine.feed(Reading("s", quantity, quantity, value, self.at, (), self.n))

    def speak(self, *, used: bool = False) -> None:
        """What the sensor says now."""
        silence = self.at - self.last
        self.heard += silence if silence <= BUDGET else 0.0
        self.last = self.at
        if used:
            self.used, self.heard = self.at, 0.0
        if _quantity(self.name) in ("motion", "door_open"):
            if used:
                self._say(True)
            self._say(False)
        else:
            self.register += 5.001 + self.n % 7 / 1000 if used else 0.0  # it counts litres
            self._say(self.register)
            if used:
                self.at += 60.0
                self._say(self.register)  # so much is believed when it is read twice
                self.used = self.last = self.at

    def live(self, hours: float, *, used: bool = False) -> None:
        """So many hours, with something happening at their beginning."""
        end = self.at + hours * HOUR
        self.speak(used=used)
        while self.at + EVERY <= end:
            self.at += EVERY
            self.speak()

    def die(self, hours: float) -> None:
        """Nothing is heard for so long."""
        self.at += hours * HOUR
        self.alerts += self.engine.tick(self.at)

    def open_rules(self) -> set[str]:
        return {alert.rule for alert in self.engine.open() if alert.state == "firing"}

    def fired(self) -> list[Alert]:
        return [one for one in self.alerts if one.rule == self.name and one.state == "firing"]


def test_there_are_rules_about_absence_and_each_of_their_sensors_is_supervised() -> None:
    assert len(ABSENCE) >= 7
    (silent,) = [leaf for leaf in PACKS["not-supervised"].when.leaves() if isinstance(leaf, Silent)]
    assert set(silent.of) >= WATCHED
    switched = {"light_on", "power_on", "power_w"}  # which say nothing while nobody switches them
    assert set(silent.of) >= set(SIGNS) - MOMENTARY - switched, "what a person is missed by"
    assert (silent.budget or 0.0) <= min(map(_window, ABSENCE))


@pytest.mark.parametrize("name", ABSENCE)
def test_nothing_happens_and_the_sensor_lives(name: str) -> None:
    flat = Flat(name)
    flat.live(3, used=True)
    flat.live(_window(name) / HOUR + 3)
    (alert,) = flat.fired()
    assert 0 <= alert.at - flat.used - _window(name) <= SLACK
    assert flat.open_rules() == {name}


@pytest.mark.parametrize("name", ABSENCE)
def test_a_dead_sensor_is_told_of_and_fires_nothing_also_when_it_is_back(name: str) -> None:
    flat = Flat(name)
    flat.live(5, used=True)
    flat.die(200)
    assert flat.fired() == []
    assert flat.open_rules() == {"not-supervised"}
    (told,) = [one for one in flat.alerts if one.rule == "not-supervised"]
    assert told.device == "s"
    flat.live(1)
    assert flat.fired() == [], "the time in which nobody heard it proves nothing"
    assert flat.open_rules() == set()
    flat.live(_window(name) / HOUR + 2)
    assert [flat.name] == [one.rule for one in flat.fired()], "heard again, it counts on"


@pytest.mark.parametrize("name", ABSENCE)
def test_a_sensor_that_never_spoke_is_no_silent_person(name: str) -> None:
    engine = Engine("g", "e")
    engine.configure([PACKS[name], PACKS["not-supervised"]], {"s": Device("h", "", BUDGET)}, 0.0, 0)
    assert engine.tick(1000 * HOUR) == []


def test_a_dead_sensor_is_told_of_and_nobody_is_missed_by_it() -> None:
    engine = Engine("g", "e")
    engine.configure([PACKS["inactivity"], PACKS["not-supervised"]], {"s": Device("h", "", BUDGET)}, 0.0, 0)
    alerts: list[Alert] = []
    n, at = 0, 0.0
    for hour in range(5 * 24):
        for value in (hour % 24 > 7, False):
            n, at = n + 1, hour * HOUR + 60.0 * value
            alerts += engine.feed(Reading("s", "motion", "motion", value, at, (), n))
    assert alerts == []
    alerts += engine.tick(at + 200 * HOUR)
    assert [(one.rule, one.device) for one in alerts] == [("not-supervised", "s")]
    back = engine.feed(Reading("s", "motion", "motion", False, at + 201 * HOUR, (), n + 1))
    assert [(one.rule, one.state) for one in back] == [("not-supervised", "resolved")]


def test_a_sleepy_sensor_has_its_own_budget() -> None:
    engine = Engine("g", "e")
    engine.configure([PACKS["not-supervised"]], {"s": Device("h", "", 25 * HOUR)}, 0.0, 0)
    alerts = []
    for day in range(5):
        alerts += engine.feed(Reading("s", "door_open", "door_open", False, day * 24 * HOUR, (), day + 1))
    assert alerts == [], "it says a word a day, as it should"
    assert [alert.at for alert in engine.tick(1000 * HOUR)] == [4 * 24 * HOUR + 25 * HOUR]


STEPS = st.lists(
    st.tuples(st.sampled_from(["live", "used", "die", "off"]), st.floats(0.5, 30.0)), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ABSENCE), STEPS, st.booleans())
def test_it_fires_only_with_proof_and_is_quiet_only_with_a_trouble(
    name: str, steps: list[tuple[str, float]], dies: bool
) -> None:
    flat = Flat(name)
    flat.live(1, used=True)
    for step, hours in steps:
        if step == "die":
            flat.die(hours)
        elif step == "off":
            flat.alerts += flat.engine.tick(flat.at)
            flat.at += hours * HOUR
            flat.engine.deaf(hours * HOUR)
        else:
            before = len(flat.fired())
            heard = flat.heard
            flat.live(hours, used=step == "used")
            if len(flat.fired()) > before and step != "used":
                assert max(heard, flat.heard) >= _window(name) - SLACK or "off" in dict(steps)
    open_then = flat.open_rules()
    assert open_then <= {name, "not-supervised"}
    if dies:
        flat.die(30)
        assert "not-supervised" in flat.open_rules()
    else:
        flat.live(_window(name) / HOUR + 4)
        assert name in flat.open_rules(), "nothing happened for so long, and it was heard all the time"


MANY = {f"tap-{number}": Device("h", "", BUDGET) for number in range(8)}


def _taps(lost: str, uses: dict[str, int]) -> list[tuple[str, str]]:
    """Eight taps with meters: a month of use, then one falls silent and nobody uses any -> alerts of the last days."""
    engine = Engine("g", "e")
    engine.configure([PACKS["water-12h"], PACKS["not-supervised"]], MANY, 0.0, 0)
    registers = dict.fromkeys(MANY, 10.0)
    alerts: list[Alert] = []
    n, at = 0, 0.0
    for hour in range(24 * 10):
        for tap in MANY:
            if hour * uses.get(tap, 0) % 24 < uses.get(tap, 0):
                registers[tap] = round(registers[tap] + 0.031 + hour % 7 / 1000, 3)
            n, at = n + 1, hour * HOUR
            engine.feed(Reading(tap, "water_m3", "water_m3", registers[tap], at, (), n))
    for hour in range(24 * 10, 24 * 13):
        for tap in MANY:
            n += 1
            if tap != lost:
                alerts += engine.feed(Reading(tap, "water_m3", "water_m3", registers[tap], hour * HOUR, (), n))
    return [(alert.rule, alert.device) for alert in alerts if alert.state == "firing"]


def test_the_tap_in_the_guest_room_ends_no_supervision() -> None:
    uses = {f"tap-{number}": 5 for number in range(7)}
    assert ("water-12h", "") in _taps("tap-7", uses)
    assert ("not-supervised", "tap-7") in _taps("tap-7", uses)


def test_the_tap_that_tells_of_most_does() -> None:
    uses = {"tap-0": 12, "tap-1": 3, "tap-2": 3}
    assert [rule for rule, _ in _taps("tap-0", uses)] == ["not-supervised"]
