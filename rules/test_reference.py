"""The engine against a slow reference (test_slowly.py): random rules and random lives must give the same alerts.

Lives have gaps, repeated and kept readings, restarts with and without time in which nobody listened, reloads, modes that
end by themselves, a clock that jumps, resets, and the later ones lines that go down. It found sequences that never fired and proofs that were missed.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from drivers.reading import Reading
from rules.alert import Alert
from rules.document import read
from rules.engine import Device, Engine, Refused
from rules.rule import Rule
from rules.rulefile import check, read_rules
from rules.test_past import Moment, Past, Said, Table, Truth, is_event, unpressed, value_test
from rules.test_slowly import Reference
from rules.wall import Mode

STEP = 10
"""Seconds; all moments and durations are multiples."""
FLICKERS, HOUR, CALM = 5, 3600, 600
DEVICES = ("a", "b")
RENEWED = range(500, 560)
"""Seeds of lives with sensors that never stand still, in place of values that rise."""
LATER = (*range(400, 450), 1485, 6109905)
"""Seeds of lives in which lines go down, and values lie inside two numbers where others' lie outside of them."""
CASES = (
    *range(400), 725, 743, 883, 1144, 1148, 1387, 1887, 2649, 3078, 3944, 4050, 4404, 4421, 5600, 1048639, 1070138,
    1115687, 5023579, 5700654, 5701067, 5701397, 5705343, 7005824, 7005940, 7015370, 7037722, 7056746, 7060906, 7079111, 8158739, 30063228, *LATER, *RENEWED,
)  # fmt: skip
"""Seeds of lives; each of the last ones tells one of the faults that were found so: put more there with the next."""


def life(rule: Table, past: Past, devices: Sequence[str]) -> list[tuple[int, str]]:
    """(when, state) of the changes of its alerts: pending, firing, cleared, resolved."""
    reference, when, modes = Reference(past, devices), rule["when"], rule.get("while", {}).get("mode", ())
    bare = {key: value for key, value in when.items() if key not in ("for", "hold")}
    plain = reference.truth(bare, [modes] if modes else [])
    ripe = reference.held(plain, when.get("for", 0), when.get("hold", 0))
    busy = [one or other for one, other in zip(plain, ripe, strict=True)]
    if modes:
        ripe = busy = [yes and one.mode in modes for yes, one in zip(ripe, past.moments, strict=True)]
    clear = [True] * len(ripe)
    if "clear" in rule:
        quantity, test = rule["clear"].get("quantity", when.get("quantity")), value_test(rule["clear"])
        last: dict[str, Any] = {}
        for k, one in enumerate(past.moments):
            if one.said and one.said.device in devices and one.said.quantity == quantity and "replay" not in one.said.flags:
                last[one.said.device] = one.said.value
            clear[k] = all(map(test, last.values()))
    proven = reference.proven(when, [modes] if modes else []) if "_below" in json.dumps(when) else None
    if proven and is_event(when):  # an event that nobody proves leaves nothing to wait for
        lasting = reference.truth(unpressed(bare), [modes] if modes else [])
        busy = [yes and (sure or stays) for yes, sure, stays in zip(busy, proven, lasting, strict=True)]
    return list(_changes(rule, past, ripe, busy, clear, proven))


def _changes(
    rule: Table, past: Past, ripe: Truth, busy: Truth, clear: Truth, proven: Truth | None = None
) -> Iterable[tuple[int, str]]:
    stage, ends, calm, since = "quiet", list[int](), None, None
    event, lasts = is_event(rule["when"]), rule.get("clear", {}).get("for", 0)
    for k, one in enumerate(past.moments):
        was = stage
        if one.reset:
            if not busy[k] and (stage == "cleared" or (stage == "firing" and (event or calm is not None))):
                stage, ends, calm = "resolved", [], None
        elif ripe[k] and (stage == "firing" or proven is None or proven[k]):
            stage, calm, since = "firing", None if was == "firing" else calm, None
        elif stage in ("quiet", "pending"):
            stage = "pending" if busy[k] else "resolved" if stage == "pending" else "quiet"
        elif stage == "firing" and busy[k]:
            since = None
        elif stage == "firing" and not event:
            since = (one.at if since is None else since) if clear[k] else None
            if since is None or one.at - since < lasts:
                calm = None
                continue
            ends = [at for at in ends if at > one.at - HOUR] if calm is None else ends
            if len(ends) >= FLICKERS and calm is None:
                calm, ends = one.at, [*ends, one.at][-FLICKERS:]
            if calm is None or one.at >= calm + CALM:
                ends, calm = [*ends, one.at][-FLICKERS:], None
                stage = "cleared" if rule.get("latch") else "resolved"
        if stage != was:
            yield one.at, stage
        stage = "quiet" if stage == "resolved" else stage


def toml(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def a_value(random: Random) -> Table:
    """A condition on a value, counted or not."""
    table: Table = random.choice(
        [
            {"quantity": "smoke", "is": random.random() < 0.7},
            {"quantity": "motion", "is": random.random() < 0.7},
            {"quantity": "gas_lel_pct", "above": random.choice([3, 6, 9])},
            {"quantity": "gas_lel_pct", "below": random.choice([3, 6])},
            {"quantity": "gas_lel_pct", "outside": [3, 9]},
        ]
    )
    also: Table = random.choice(
        [
            *[{}] * 5,
            {"twice": True},
            {"times": random.choice([1, 2, 3]), "within": random.choice([60, 100, 200])},
            {"times_below": random.choice([1, 1, 2]), "within": random.choice([60, 100, 200])},
        ]
    )
    return table | also


def a_simple_one(random: Random) -> Table:
    """A condition that is made of no other."""
    meter = {"quantity": "water_m3", "over": random.choice([60, 100, 200])}
    others: list[Table] = [
        {"quantity": "button", "is": random.choice(["press", ["press", "long_press"]])},
        {"silent": random.choice([True, 90, 200])},
        {**meter, "used_below": random.choice([0.01, 0.02, 0.05])},
        {**meter, "used_above": random.choice([0.03, 0.05])},
        {**meter, "always_in_use": 60, "over": random.choice([100, 200])},
        {"quantity": "gas_lel_pct", random.choice(["rises", "falls"]): 3, "within": random.choice([30, 60])},
    ]
    return random.choice([*others, *(a_value(random) for _ in others)])


def a_condition(random: Random, depth: int = 0) -> Table:
    """Any condition, with what may stand beside it."""
    table, seconds = a_simple_one(random), [10, 20, 30, 50, 100]
    if depth < 2 and random.random() < 0.3:
        word = random.choice(["any", "all", "not"])
        inner = [a_condition(random, depth + 1) for _ in range(2)]
        table = {word: inner[0] if word == "not" else inner}
    if depth < 2 and "within" not in table and random.random() < 0.15:
        table |= {"after": a_condition(random, depth + 1), "within": random.choice(seconds)}
    if depth and random.random() < 0.1:
        table["while"] = {"mode": random.choice([["home"], ["away"], ["home", "night"]])}
    table |= {"for": random.choice(seconds)} if random.random() < 0.3 else {}
    return table | ({"hold": random.choice(seconds)} if random.random() < 0.15 else {})


def renewed(said: Any) -> Any:
    """The same with words that came to the language later."""
    if isinstance(said, list):
        return [renewed(one) for one in said]
    if not isinstance(said, dict):
        return said
    if {"rises", "falls"} & said.keys():
        after = {key: said[key] for key in ("for", "hold") if key in said}
        return {"quantity": said["quantity"], "never_still": said["within"], "over": 2 * said["within"], **after}
    return {"sound" if key == "twice" else key: renewed(value) for key, value in said.items()}


def a_rule(random: Random, band: str = "outside", *, late: bool = False) -> tuple[Table, Rule]:
    """A rule without mistakes, as its table and as the engine takes it."""
    while True:
        when = json.loads(json.dumps(a_condition(random)).replace("outside", band))
        when = renewed(when) if late else when
        table: Table = {"title": {"zh": "一", "en": "one"}, "severity": "warning", "when": when}
        table |= {"per": random.choice(["device", "home"]), "latch": is_event(when) or random.random() < 0.4}
        if not is_event(when) and random.random() < 0.25:
            table["clear"] = {"quantity": "motion", "is": False, "for": random.choice([0, 30])}
        if random.random() < 0.15:
            table["while"] = {"mode": random.choice([["home"], ["home", "night"]])}
        text = "[r]\n" + "\n".join(f"{key} = {toml(value)}" for key, value in table.items())
        if not check(text, "r.toml"):
            return table, read_rules(read(text, "r.toml"))[0]


@dataclass
class Twin:
    """One life, lived by an engine and written down for the reference at the same time."""

    rule: Rule
    random: Random
    past: Past
    cuts: bool = False
    """Do lines go down?"""

    def __post_init__(self) -> None:
        self.devices = {name: Device("h", "", self.past.budgets[name]) for name in DEVICES}
        self.alerts: list[Alert] = []
        self.rows: dict[str, object] = {}
        self.registers = dict.fromkeys(DEVICES, 5.0)
        self.mode = "home"
        self.until: int | None = None
        self.at = self.n = 0
        self.engine = Engine("g", "e")
        self.alerts += self.engine.configure([self.rule], self.devices, 0.0, 0)

    def live(self, end: int) -> None:
        """Random things, to the end."""
        often = self.random.choice([0.1, 0.3, 0.6])
        while self.at <= end:
            self._look()
            if self.random.random() < often:
                for _ in range(self.random.choice([1, 1, 1, 2, 3])):
                    self._hear()
                self._happens(self.random.random())
            self._pass(STEP if self.random.random() < 0.99 else 300)
        self.alerts += self.engine.tick(float(self.at - STEP))

    def _pass(self, seconds: int) -> None:
        for _ in range(seconds // STEP - 1):
            self.at += STEP
            self._look()
        self.at += STEP

    def _look(self) -> None:
        if self.until is not None and self.at >= self.until:
            self.mode, self.until = "home", None
        self._note()

    def _note(self, said: Said | None = None, reset: bool = False, line: tuple[str, bool] | None = None) -> None:
        self.past.moments.append(Moment(self.at, self.mode, said, reset, line))

    def _hear(self) -> None:
        random, device = self.random, self.random.choice(DEVICES)
        quantity = random.choice(["smoke", "gas_lel_pct", "gas_lel_pct", "motion", "button", "water_m3", "rssi_dbm"])
        flags = random.choice([(), (), (), (), (), (), (), (), ("retained",), ("replay",)])
        if quantity == "water_m3":
            self.registers[device] = round(self.registers[device] + random.choice([0, 0, 0, 0.004, 0.01, 0.02]), 3)
        values = {
            "smoke": random.random() < 0.4, "motion": random.random() < 0.5, "gas_lel_pct": random.randint(0, 12),
            "button": random.choice(["press", "long_press"]), "water_m3": self.registers[device], "rssi_dbm": -3,
        }  # fmt: skip
        said = Said(device, quantity, values[quantity], () if quantity == "water_m3" else flags)
        self.n += 1
        reading = Reading(device, quantity, quantity, said.value, float(self.at), said.flags, self.n)
        self.alerts += self.engine.feed(reading)
        self._note(said)

    def _happens(self, chance: float) -> None:
        self.n += 1
        if chance < 0.06:
            self.mode, self.until = self.random.choice(["home", "away", "night"]), None
            if self.mode != "home" and self.random.random() < 0.5:
                self.until = self.at + 100
            self.alerts += self.engine.mode("h", Mode(self.mode, self.until), float(self.at), self.n)
            self._note()
        elif chance < 0.12:
            self._reset()
        elif chance < 0.14:
            self.alerts += self.engine.configure([self.rule], self.devices, float(self.at), self.n)
        elif chance < 0.16:
            self.alerts += self.engine.wall(1e6 * self.random.random(), True, "UTC", float(self.at), self.n)
        elif chance < 0.2:
            self._restart(self.random.choice([0, 0, 10, 100, 300]))
        elif chance < 0.35 and self.cuts:
            device, down = self.random.choice(DEVICES), self.random.random() < 0.6
            self.alerts += self.engine.line([device], down=down, at=float(self.at))
            self._note(line=(device, down))

    def _reset(self) -> None:
        self.alerts += self.engine.tick(float(self.at))
        for alert in self.engine.open():
            try:
                self.alerts += self.engine.reset(alert.id, float(self.at), self.n)
            except Refused as refused:
                self.alerts += refused.alerts
        self._note(reset=True)

    def _restart(self, seconds: int) -> None:
        """The power goes; what was written is what is left, and nobody listens for a while, in which no mode ends."""
        if seconds and self.until is not None:
            return
        self.alerts += self.engine.tick(float(self.at))
        self.rows |= json.loads(json.dumps(self.engine.changed()))
        self.rows = {key: row for key, row in self.rows.items() if row is not None}
        self.past.off.append((self.at, self.at + seconds))
        if seconds:
            self._pass(seconds)
            self._look()
        self.engine = Engine("g", "e")
        assert self.engine.load(self.rows) == []
        self.engine.deaf(float(seconds))
        self.alerts += self.engine.configure([self.rule], self.devices, float(self.at), self.n)
        self.alerts += self.engine.tick(float(self.at))


def compare(name: str, table: Table, rule: Rule, twin: Twin) -> int:
    """Did the twin tell what the reference says of its life? -> how many alerts fired."""
    told: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for alert in twin.alerts:
        if alert.reason not in ("worse", "still"):
            told[alert.device].append((int(alert.at), alert.state))
    subjects: list[tuple[str, Sequence[str]]] = [(one, [one]) for one in DEVICES]
    fired = 0
    for subject, devices in subjects if rule.per == "device" else [("", DEVICES)]:
        wanted = life(table, twin.past, devices)
        assert told[subject] == wanted, f"{name}, {subject or 'the home'}: {toml(table)}"
        fired += sum(state == "firing" for _, state in wanted)
    return fired


def test_the_engine_says_what_the_slow_reference_says() -> None:
    fired = 0
    for seed in CASES:
        random = Random(seed)
        table, rule = a_rule(random, "inside" if seed in LATER else "outside", late=seed in RENEWED)
        budgets = {"a": random.choice([150, None]), "b": random.choice([None, 120])}
        twin = Twin(rule, random, Past(budgets=budgets), seed in LATER)
        twin.live(random.choice([600, 1200, 2000]))
        fired += compare(f"seed {seed}", table, rule, twin)
    assert fired > len(CASES) / 2
