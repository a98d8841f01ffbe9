"""What must hold for any rules and any readings: ticks, crashes and strange values change nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Reading, Scalar, Source
from rules.alert import Alert
from rules.conditions.condition import Condition
from rules.conditions.dose import Dose
from rules.conditions.trend import Falls, Rises
from rules.conditions.value import Above, Below, Is, Span
from rules.engine import Device, Engine, Refused
from rules.quantities import METERS
from rules.rule import Rule
from rules.rulefile import load, packs
from rules.test_explain import kinds
from rules.test_house import rules_of
from rules.wall import Mode

RULES = rules_of(
    "when = {quantity = 'smoke', is = true}\nlatch = true",
    "when = {quantity = 'gas_lel_pct', above = 10, for = '3s'}\nclear = {below = 5, for = '10s'}",
    "when = {quantity = 'button', is = 'press'}\nlatch = true",
    "when = {silent = true}",
    "when = {quantity = 'gas_lel_pct', above = 8}\nper = 'home'",
    "when = {silent = '50s', for = '20s'}\nper = 'home'",
    "latch = true\nwhen = {any = [{quantity = 'gas_lel_pct', above = 6, for = '7s'},"
    " {all = [{quantity = 'smoke', is = true}, {silent = '9s'}]}]}",
    "when = {quantity = 'smoke', is = true, for = '20s'}",
    "when = {all = [{quantity = 'button', is = 'press'}, {quantity = 'smoke', is = true}]}\nlatch = true\nper = 'home'",
    "when = {quantity = 'gas_lel_pct', outside = [3, 9], for = '4s', hold = '11s'}",
    "when = {quantity = 'gas_lel_pct', outside = [2, 12]}\nclear = {inside = [4, 8], for = '6s'}",
    "when = {quantity = 'gas_lel_pct', inside = [4, 7], for = '5s'}\nper = 'home'",
    "when = {silent = '12s', hold = '25s'}",
    "when = {quantity = 'water_m3', used_below = 0.01, over = '60s'}\nper = 'home'",
    "when = {quantity = 'water_m3', used_below = 0.02, over = '90s', for = '20s'}",
    "when = {quantity = 'water_m3', used_above = 0.03, over = '70s', hold = '15s'}\nper = 'home'",
    "when = {quantity = 'water_m3', used_above = 0.03, over = '00:00-00:01', for = '5s'}\nper = 'home'",
    "when = {quantity = 'water_m3', always_in_use = '60s', over = '100s'}",
    "when = {quantity = 'smoke', is = true, times_below = 1, within = '45s'}\nper = 'home'",
    "when = {quantity = 'gas_lel_pct', above = 3, times_below = 3, within = '80s', for = '5s'}",
    "when = {quantity = 'gas_lel_pct', above = 3, times = 3, within = '40s'}\nper = 'home'",
    "when = {quantity = 'button', is = 'press', times = 2, within = '30s'}",
    "when = {quantity = 'smoke', is = true, times_below = 1, within = '23:59-00:01'}\nper = 'home'",
    "when = {quantity = 'gas_lel_pct', above = 3, times_below = 2, within = '00:00-00:01', for = '5s'}",
    "when = {quantity = 'gas_lel_pct', above = 3, times = 2, within = '00:00-00:02'}\nper = 'home'",
    "when = {quantity = 'gas_lel_pct', rises = 6, within = '15s'}\nper = 'home'",
    "when = {quantity = 'gas_lel_pct', falls = 4, within = '30s', for = '3s'}",
    "when = {quantity = 'gas_lel_pct', above = 5, twice = true, hold = '9s'}\nper = 'home'",
    "when = {not = {quantity = 'smoke', is = true, for = '12s'}, for = '22s'}\nper = 'home'",
    "when = {quantity = 'smoke', is = true, after = {quantity = 'gas_lel_pct', above = 5, for = '4s'}, within = '25s'}",
    "latch = true\nper = 'home'\n"
    "when = {quantity = 'button', is = 'press', after = {quantity = 'button', is = 'press'}, within = '30s'}",
    "when = {quantity = 'co_ppm', dose = 'en50291'}\nclear = {below = 40, for = '20s'}\nper = 'home'",
    "when = {quantity = 'smoke', is = true, for = '8s'}\nwhile = {hours = '23:59-00:01'}",
    "when = {quantity = 'smoke', is = true, for = '8s'}\nwhile = {dates = '01-02..03-01', hours = '23:59-00:01'}",
    "latch = true\nwhen = {quantity = 'button', is = 'press'}\nwhile = {mode = ['home'], days = ['mon']}\nper = 'home'",
    "when = {quantity = 'smoke', is = true, times_below = 1, within = '25s'}\nwhile = {mode = ['home']}\nper = 'home'",
    "when = {quantity = 'water_m3', used_below = 0.02, over = '60s'}\nwhile = {mode = ['home']}",
    "when = {quantity = 'smoke', is = true, times = 1, within = '60s', for = '7s'}\nwhile = {mode = ['away'], armed = true}",
    "when = {silent = '40s', of = ['smoke', 'water_m3']}",
    "per = 'home'\nwhen = {inactive = '60s', signs = ['smoke', 'water_m3']}\nworse = {severity = 'urgent'}",
    "per = 'home'\ndevices = ['b', 'c*', 'gate*']\nwhen = {quantity = 'gas_lel_pct', above = 7, for = '3s'}",
    "per = 'home'\nwhen = {all = [{quantity = 'gas_lel_pct', above = 4, devices = ['a', 'gate*']},"
    " {quantity = 'gas_lel_pct', below = 6, for = '4s', devices = ['b']}]}",
    "per = 'home'\nwhen = {any = [{not = {quantity = 'smoke', is = true, for = '6s'}, devices = ['b'], for = '9s'},"
    " {quantity = 'smoke', is = true, times_below = 1, within = '35s', except_devices = ['b']}]}",
    "per = 'home'\nlatch = true\nwhen = {quantity = 'button', is = 'press', devices = ['b'],"
    " after = {quantity = 'gas_lel_pct', rises = 3, within = '20s', devices = ['a']}, within = '30s'}",
    "per = 'home'\nwhen = {quantity = 'water_m3', used_above = 0.03, over = '70s', devices = ['b', 'gateway']}",
    "per = 'home'\nwhen = {silent = '40s', devices = ['gateway', 'a']}",
    "per = 'home'\nwhen = {quantity = 'gas_lel_pct', above = 7}\nclear = {below = 5, for = '3s', devices = ['a']}",
    "per = 'home'\nwhen = {all = [{quantity = 'gas_lel_pct', above = 3},"
    " {quantity = 'smoke', is = true, times_below = 1, within = '35s'}]}",
    "per = 'home'\nwhile = {hours = '23:59-00:01'}\nwhen = {quantity = 'smoke', is = true, times_below = 1, within = '25s'}",
    "per = 'home'\nwhen = {all = [{quantity = 'gas_lel_pct', above = 3, for = '4s'},"
    " {quantity = 'water_m3', used_below = 0.02, over = '60s'}]}\nclear = {quantity = 'gas_lel_pct', below = 2}",
    "except_devices = ['a']\nwhen = {quantity = 'smoke', is = true, times_below = 1, within = '35s'}",
    "when = {quantity = 'gas_lel_pct', never_still = '12s', over = '20s', hold = '9s'}\ndiscredits = ['smoke']",
    "when = {quantity = 'water_m3', too_coarse = 0.002, for = '2s'}",
    "when = {quantity = 'water_m3', leaps = 1, over = '90s'}",
    "when = {quantity = 'smoke', is = true, sound = true, for = '3s'}\ndiscredits = ['water_m3']",
    "when = {quantity = 'smoke', is = true, times = 2, within = '40s', sound = true}\nper = 'home'",
    "when = {quantity = 'gas_lel_pct', above = 9, for = '8s'}\ndiscredits = ['smoke']\nlatch = true",
)
DEVICES = {"a": Device("h", "", 30.0), "b": Device("h", "", 60.0), "c": Device("k")}

DEAF = 4.5
Input = tuple[Any, ...]

READINGS = st.tuples(
    st.just("reading"),
    st.sampled_from(["a", "b", "c", "gateway"]),
    st.sampled_from([("smoke", True), ("smoke", False), ("button", "press"), ("rssi_dbm", 1), ("gas_lel_pct", 0)])
    | st.tuples(st.just("gas_lel_pct"), st.integers(0, 15))
    | st.tuples(st.just("co_ppm"), st.sampled_from([0, 31, 60, 250, 310, 900]))
    | st.tuples(st.just("water_m3"), st.sampled_from([7.0, 7.0, 7.01, 7.02, 7.05, 7.04, 99.99, 0.01])),
    st.sampled_from([(), (), (), ("retained",), ("replay",)]),
    st.booleans(),
)
INPUTS = (
    READINGS | READINGS | READINGS | st.tuples(st.sampled_from(["deaf", "reset", "reload", "fewer", "jump", "away"]))
)
HISTORIES = st.lists(st.tuples(st.integers(0, 40).map(lambda steps: steps / 2), INPUTS), max_size=40)


@dataclass
class Run:
    """A gateway that lives through a history; ticks and crashes are put in where a test wants them."""

    every: list[Rule] = field(default_factory=lambda: RULES)
    """All its rules; at times only the half of them."""
    engine: Engine = field(default_factory=lambda: Engine("g", "e"))
    rules: list[Rule] = field(init=False)
    places: dict[str, Device] = field(default_factory=lambda: DEVICES)
    devices: dict[str, Device] = field(init=False)
    alerts: list[Alert] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    rows: dict[str, object] = field(default_factory=dict)
    at: float = 0.0
    n: int = 0

    def start(self) -> "Run":
        self.rules, self.devices = self.every, self.places
        self.alerts += self.engine.configure(self.rules, self.devices, 0.0, 0)
        return self

    def do(self, at: float, one: Input) -> None:
        self.at = at
        self.n += 1
        if one[0] == "reading":
            _, device, (quantity, value), flags, alarm = one
            source = Source(device, 1, self.n) if alarm else None
            self.alerts += self.engine.feed(Reading(device, quantity, quantity, value, at, flags, self.n, source))
        elif one[0] == "deaf":
            self.alerts += self.engine.tick(at - DEAF)
            self.engine.deaf(DEAF)
        elif one[0] == "reset":
            self.alerts += self.engine.tick(at)
            for alert in self.engine.open():
                try:
                    self.alerts += self.engine.reset(alert.id, at, self.n)
                except Refused as refused:
                    self.refused.append(str(refused))
        elif one[0] == "jump":
            self.alerts += self.engine.wall(57_500 + 37.0 * self.n, self.n % 5 > 0, "Asia/Shanghai", at, self.n)
        elif one[0] == "away":
            self.alerts += self.engine.mode("h", Mode("away", at + 30.0, at + 5.0), at, self.n)
        elif one[0] == "mode":
            _, name, lasts, armed = one
            self.alerts += self.engine.mode("h", Mode(name, at + lasts, at + lasts / 9 if armed else None), at, self.n)
        elif one[0] == "wall":
            self.alerts += self.engine.wall(one[1], one[2], "Asia/Shanghai", at, self.n)
        else:
            self.rules = self.every if one[0] == "reload" else self.every[::2]
            fewer = {"a": self.places["a"]._replace(home="k"), "b": self.places["b"]}
            self.devices = self.places if one[0] == "reload" else fewer
            self.alerts += self.engine.configure(self.rules, self.devices, at, self.n)
        self.look()

    def look(self) -> None:
        """What is open is what any rule holds open."""
        lives = self.engine._lives()
        assert self.engine.open() == [life.alert for _, life in sorted(lives.items()) if life.alert is not None]

    def crash(self) -> None:
        """The power goes; what is left is the rows that were ever written, as JSON."""
        self.rows |= json.loads(json.dumps(self.engine.changed(), allow_nan=False))
        self.rows = {key: row for key, row in self.rows.items() if row is not None}
        self.engine = Engine("g", "e")
        assert self.engine.load(self.rows) == []
        self.look()
        self.alerts += self.engine.configure(self.rules, self.devices, self.at, self.n)

    def end(self) -> tuple[list[Alert], list[str], list[Alert]]:
        self.alerts += self.engine.tick(self.at + 10_000)
        return self.alerts, self.refused, self.engine.open()


def _moments(history: list[tuple[float, Input]]) -> list[tuple[float, Input]]:
    """Their inputs in gateway time, which goes on while nobody listens."""
    at = 0.0
    return [(at := at + gap + (DEAF if one[0] == "deaf" else 0.0), one) for gap, one in history]


@settings(max_examples=300)
@given(HISTORIES, st.data())
def test_extra_ticks_change_nothing(history: list[tuple[float, Input]], draw: st.DataObject) -> None:
    plain, ticked = Run().start(), Run().start()
    for at, one in _moments(history):
        last = at - DEAF if one[0] == "deaf" else at
        for share in sorted(draw.draw(st.lists(st.floats(0, 1), max_size=2))):
            ticked.alerts += ticked.engine.tick(ticked.at + (last - ticked.at) * share)
            ticked.engine.due()
        plain.do(at, one)
        ticked.do(at, one)
    assert plain.end() == ticked.end()


@settings(max_examples=300)
@given(HISTORIES, st.data())
def test_crashes_change_nothing(history: list[tuple[float, Input]], draw: st.DataObject) -> None:
    plain, crashed = Run().start(), Run().start()
    for at, one in _moments(history):
        plain.do(at, one)
        crashed.do(at, one)
        if draw.draw(st.integers(0, 3)) == 0:
            crashed.crash()
    assert plain.end() == crashed.end()


@given(HISTORIES)
def test_due_says_when_something_happens(history: list[tuple[float, Input]]) -> None:
    exact, late = Run().start(), Run().start()
    for at, one in _moments(history):
        last = at - DEAF if one[0] == "deaf" else at
        while (due := exact.engine.due()) is not None and due <= last:
            exact.alerts += exact.engine.tick(due)
        exact.do(at, one)
        late.do(at, one)
    assert exact.end() == late.end()


@given(HISTORIES)
def test_each_alert_has_one_id_and_counts_its_changes(history: list[tuple[float, Input]]) -> None:
    run = Run().start()
    for at, one in _moments(history):
        run.do(at, one)
    alerts, _, still_open = run.end()
    lives: dict[str, list[Alert]] = {}
    for alert in alerts:
        lives.setdefault(alert.id, []).append(alert)
    for life in lives.values():
        counted = [alert.n for alert in life if alert.n]
        assert counted == list(range(1, len(counted) + 1))
        assert all(alert.state != "resolved" for alert in life[:-1]), "nothing comes after the end"
        assert all(one.at <= two.at for one, two in pairwise(life))
    assert {alert.id for alert in still_open} == {
        life[-1].id for life in lives.values() if life[-1].state != "resolved"
    }


@given(HISTORIES)
def test_a_row_stays_as_it_was_given(history: list[tuple[float, Input]]) -> None:
    run, given_rows = Run().start(), []
    for at, one in _moments(history):
        run.do(at, one)
        rows = run.engine.changed()
        given_rows.append((rows, json.dumps(rows)))
    run.end()
    assert [json.dumps(rows) for rows, _ in given_rows] == [said for _, said in given_rows]


def parts(condition: Condition) -> Iterator[Condition]:
    """A condition and all that is inside it."""
    yield condition
    names = ("inner", "leaf", "then", "first", "guard")
    for part in (*(getattr(condition, name, None) for name in names), *getattr(condition, "parts", ())):
        if isinstance(part, Condition):
            yield from parts(part)


def test_every_condition_stands_in_a_rule_above() -> None:
    seen = {type(part) for rule in RULES for held in (rule.when, rule.clear) if held for part in parts(held)}
    assert sorted({cls.__name__ for cls in kinds()} - {cls.__name__ for cls in seen} - {"Trend"}) == []
    assert len(seen) >= 20


PACKS = load(packs())
GAPS = st.sampled_from([1.0, 20.0, 60.0, 299.0, 601.0, 1800.0, 3600.0, 4 * 3600.0, 13 * 3600.0, 25 * 3600.0])


def values_of(rules: list[Rule]) -> dict[str, list[Scalar]]:
    """Quantity -> values on both sides of what the rules ask for."""
    values: dict[str, list[Scalar]] = {quantity: [False, True] for rule in rules for quantity in rule.needs}
    for leaf in (part for rule in rules for held in (rule.when, rule.clear) if held for part in parts(held)):
        if isinstance(leaf, Above | Below):
            values[leaf.quantity] = [*values[leaf.quantity], leaf.limit - 1, leaf.limit, leaf.limit + 1, 8 * leaf.limit]
        elif isinstance(leaf, Span):
            values[leaf.quantity] = [*values[leaf.quantity], leaf.low - 1, leaf.low, leaf.high, leaf.high + 1]
        elif isinstance(leaf, Is):
            values[leaf.quantity] = [*values[leaf.quantity], *leaf.values]
        elif isinstance(leaf, Dose):
            values[leaf.quantity] = [*values[leaf.quantity], *(ppm + 1 for ppm, _ in leaf.table), 9 * leaf.table[-1][0]]
        elif isinstance(leaf, Rises | Falls):
            values[leaf.quantity] = [*values[leaf.quantity], 20.0, 20 + leaf.sign * leaf.amount, 20 + 2 * leaf.sign * leaf.amount]
    for quantity in values.keys() & METERS:
        values[quantity] = [7.0, 7.0, 7.005, 7.02, 9.5, 0.01]
    return values


VALUES = values_of(PACKS)
SHIPPED_READINGS = st.tuples(
    st.just("reading"),
    st.sampled_from(["a", "b", "c", "gateway"]),
    st.sampled_from([(quantity, value) for quantity, values in sorted(VALUES.items()) for value in values]),
    st.sampled_from([(), (), (), ("retained",), ("replay",)]),
    st.booleans(),
)
OTHERS = st.tuples(st.sampled_from(["deaf", "reset", "reload", "fewer", "jump", "away"]))
SHIPPED = st.lists(st.tuples(GAPS, SHIPPED_READINGS | SHIPPED_READINGS | SHIPPED_READINGS | OTHERS), max_size=40)


def test_the_shipped_rules_meet_values_on_both_sides() -> None:
    assert len(VALUES) >= 30
    assert all(len(set(values)) > 1 for values in VALUES.values())


@settings(max_examples=150)
@given(SHIPPED, st.data())
def test_extra_ticks_and_crashes_change_nothing_of_the_shipped_rules(
    history: list[tuple[float, Input]], draw: st.DataObject
) -> None:
    plain, other = Run(PACKS).start(), Run(PACKS).start()
    for at, one in _moments(history):
        last = at - DEAF if one[0] == "deaf" else at
        if draw.draw(st.booleans()):
            other.alerts += other.engine.tick(other.at + (last - other.at) * draw.draw(st.floats(0, 1)))
        plain.do(at, one)
        other.do(at, one)
        if draw.draw(st.integers(0, 3)) == 0:
            other.crash()
    assert plain.end() == other.end()


ANYTHING = st.one_of(st.booleans(), st.floats(), st.text(max_size=3), st.integers())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "new"]),
            st.sampled_from(sorted({quantity for rule in PACKS for quantity in rule.needs})) | st.text(max_size=3),
            ANYTHING,
            st.lists(st.sampled_from(["retained", "replay", "unknown-code"]), max_size=2).map(tuple),
            st.floats(0, 5000),
        ),
        max_size=30,
    )
)
def test_random_readings_never_raise(said: list[tuple[str, str, bool | float | str, tuple[str, ...], float]]) -> None:
    engine = Engine("g", "e")
    engine.configure([*PACKS, *RULES], DEVICES, 0.0, 0)
    at = 0.0
    for n, (device, quantity, value, flags, gap) in enumerate(said, 1):
        at += gap
        alerts = engine.feed(Reading(device, quantity, quantity, value, at, flags, n))
        json.dumps([alerts, engine.changed()], allow_nan=False)
    assert isinstance(engine.tick(at + 1e6), list)
