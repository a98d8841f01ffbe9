"""A second opinion on the rules: random rules and lives of days, in the engine and as spans of time (test_spans.py).

Beside test_reference.py, which looks at one moment of a grid after the other, time has no grid here, and what counts by
the wall is said too: hours and days over midnight, over changes of summer time, of the clock and of the zone, the
calendar, modes that end while the gateway is off, who lives there, named devices, and reloads that change a number
while a ``for`` runs or an alert fires. So it was found that a changed rule began a ``for`` around another one anew.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from drivers.reading import Reading
from rules.alert import Alert
from rules.document import read
from rules.engine import Device, Engine, Refused
from rules.rule import Rule
from rules.rulefile import check, read_rules
from rules.test_past import Table, is_event
from rules.test_reference import toml
from rules.test_spans import BUDGETS, CALENDAR, DAY, DAYS, HOUR, Instant, Life, wanted
from rules.wall import Facts, Mode

CASES = range(250)
"""Seeds of lives: put more there with each fault that is found."""
VALUES: dict[str, list[Any]] = {
    "door_open": [True, False], "motion": [True, False], "gas_lel_pct": [0, 4, 7.5, 40], "temperature_c": [3, 21, 60],
    "button": ["press", "long_press"],
}  # fmt: skip
STARTS = (
    ("Asia/Shanghai", "2026-09-29T20:00"), ("Europe/Berlin", "2026-03-27T18:00"), ("Europe/Berlin", "2026-10-23T19:30"),
    ("Australia/Lord_Howe", "2026-04-03T21:00"), ("America/New_York", "2026-10-30T21:00"), ("UTC", "2026-12-31T01:00"),
)  # fmt: skip
"""Before holidays, and changes of summer time by an hour and by half of one."""
HOURS = ("22:00-06:00", "08:00-17:30", "02:15-24:00", "23:45-00:00", "01:30-02:15", "17:30-08:00")
TIMES = (60, 300, 600, HOUR, 7261, 5 * HOUR)


def a_guard(random: Random, *, whole: bool) -> Table:
    """A ``while``: of a rule as a whole, or of a part of it, which takes no hours."""
    days = [["workday"], ["free"], ["holiday", "tue"], random.sample(DAYS, 4)]
    living: list[Table] = [{"persons": [1, 2]}, {"lives_alone": True}, {"lives_alone": False}]
    parts: list[tuple[float, Table]] = [
        (0.3, {"mode": random.choice([["home"], ["away"], ["home", "night"]])}),
        (0.15, {"armed": True}), (0.15, random.choice(living)),
        (0.7 * whole, {"hours": random.choice(HOURS)}), (0.4 * whole, {"days": random.choice(days)}),
    ]  # fmt: skip
    said = [part for chance, part in parts if random.random() < chance] or [{"mode": ["home"]}]
    return {key: value for part in said for key, value in part.items()}


def a_condition(random: Random, depth: int = 0) -> Table:
    """Of values, presses and silence, with what may stand beside it."""
    table: Table = random.choice(
        [
            {"quantity": "door_open", "is": random.random() < 0.7},
            {"quantity": "motion", "is": random.random() < 0.7},
            {"quantity": "gas_lel_pct", "above": random.choice([3, 5])},
            {"quantity": "temperature_c", random.choice(["outside", "inside"]): [10, 30]},
            {"quantity": "button", "is": random.choice(["press", ["press", "long_press"]])},
            {"silent": random.choice([True, 3 * HOUR])},
        ]
    )
    if depth < 2 and random.random() < 0.4:
        word, inner = random.choice(["any", "all", "not"]), [a_condition(random, depth + 1) for _ in range(2)]
        table = {word: inner[0] if word == "not" else inner}
    if depth < 2 and random.random() < 0.15:
        table |= {"after": a_condition(random, depth + 1), "within": random.choice(TIMES)}
    table |= {"while": a_guard(random, whole=False)} if depth and random.random() < 0.15 else {}
    table |= {"for": random.choice(TIMES)} if random.random() < 0.4 else {}
    return table | ({"hold": random.choice(TIMES)} if random.random() < 0.2 else {})


def changed(said: Any, random: Random) -> Any:
    """The same with other numbers; what was before is a memory of the old rule, so not with ``after``."""
    if isinstance(said, list):
        return [changed(one, random) for one in said]
    if not isinstance(said, dict) or "after" in json.dumps(said):
        return said
    numbers = {"for": random.choice([0.5, 1, 2]), "hold": random.choice([0.5, 1, 2])}
    one = {key: int(value * numbers[key]) if key in numbers else changed(value, random) for key, value in said.items()}
    return one | ({"above": random.choice([3, 5])} if "above" in said else {})


def made(table: Table) -> Rule | None:
    """The rule of a table as the engine takes it, unless it has mistakes."""
    text = "[r]\n" + "\n".join(f"{key} = {toml(value)}" for key, value in table.items())
    return None if check(text, "r.toml") else read_rules(read(text, "r.toml"))[0]


def some_rules(random: Random) -> list[tuple[Table, Rule]]:
    """A rule without mistakes, and two with other numbers."""
    while True:
        when = a_condition(random)
        table: Table = {"title": {"zh": "一", "en": "one"}, "severity": random.choice(["urgent", "notice"]), "when": when}
        table |= {"per": random.choice(["device", "home"]), "latch": is_event(when) or random.random() < 0.3}
        if random.random() < 0.2:
            table["clear"] = {"quantity": "motion", "is": False, "for": random.choice([0, 60, HOUR])}
        table |= {"while": a_guard(random, whole=True)} if random.random() < 0.7 else {}
        table |= random.choice([{}, {}, {}, {"devices": ["hall-*", "b"]}, {"except_devices": ["hall-1"]}])
        tables = [table, *({**table, "when": changed(when, random)} for _ in range(2))]
        rules = [rule for rule in map(made, tables) if rule is not None]
        if len(rules) == len(tables):
            return list(zip(tables, rules, strict=True))


def a_life(random: Random) -> Life:
    """Up to four days; the clock is set at their beginning or later."""
    life, at, pace = Life(), 0, random.choice([120, 1800, 4 * HOUR])
    zone, start = random.choice(STARTS)
    offset = int(datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).timestamp()) + random.choice([0, 17, 300])
    if random.random() < 0.9:
        life.inputs.append((0, "wall", (offset, True, zone)))
    while len(life.inputs) < 60 and at < 4 * DAY:
        at += random.choice([0, 0, 1, 60, 300, pace, random.randrange(pace)])
        at += -at % 60 if random.random() < 0.1 else 0
        name, until, armed = random.choice([*VALUES]), *(random.choice([None, float(at + more)]) for more in (pace, 60))
        jump, off = random.choice([offset, offset + random.randrange(-DAY, DAY)]), random.choice([0, 30, pace, 2 * DAY])
        news: dict[str, tuple[int, Any]] = {
            "reading": (78, (random.choice([*BUDGETS]), name, random.choice(VALUES[name]))),
            "mode": (7, Mode(random.choice(["home", "away", "night"]), until, armed)),
            "wall": (3, (jump, random.random() < 0.8, random.choice([zone, zone, "Asia/Tokyo"]))),
            "persons": (2, random.choice([None, 1, 2, 4])), "rule": (4, random.randrange(3)),
            "reset": (4, None), "restart": (3, off),
        }  # fmt: skip
        (what,) = random.choices([*news], [weight for weight, _ in news.values()])
        life.inputs.append((at, what, news[what][1]))
        at += off if what == "restart" else 0
    return life


def played(rules: Sequence[Rule], life: Life) -> list[Alert]:
    """What the engine says; it is told of a restart as the hub tells it."""
    devices = {name: Device("h", "", budget) for name, budget in BUDGETS.items()}
    engine, rows, rule, facts = Engine("g", "e"), dict[str, object](), rules[0], Facts({}, CALENDAR)
    alerts = engine.configure([rule], devices, 0.0, 0, facts)
    for n, (second, what, more) in enumerate(life.inputs, 1):
        at = float(second)
        if what == "reading":
            device, quantity, value = more
            alerts += engine.feed(Reading(device, quantity, quantity, value, at, (), n))
        elif what == "mode":
            alerts += engine.mode("h", more, at, n)
        elif what == "wall":
            alerts += engine.wall(float(more[0]), more[1], more[2], at, n)
        elif what in ("persons", "rule"):
            rule = rules[more] if what == "rule" else rule
            facts = Facts({} if more is None else {"h": more}, CALENDAR) if what == "persons" else facts
            alerts += engine.configure([rule], devices, at, n, facts)
        elif what == "reset":
            alerts += _reset(engine, at, n)
        else:
            alerts += engine.tick(at)
            rows |= json.loads(json.dumps(engine.changed()))
            rows = {key: row for key, row in rows.items() if row is not None}
            engine = Engine("g", "e")
            assert engine.load(rows) == []
            alerts += engine.configure([rule], devices, at, n, facts)
            engine.deaf(float(more))
            alerts += engine.tick(at + more)
    return alerts + engine.tick(float(life.end))


def _reset(engine: Engine, at: float, n: int) -> list[Alert]:
    alerts = engine.tick(at)
    for alert in engine.open():
        try:
            alerts += engine.reset(alert.id, at, n)
        except Refused as refused:
            alerts += refused.alerts
    return alerts


def differences(rules: Sequence[tuple[Table, Rule]], life: Life) -> Iterator[tuple[str, object, object]]:
    """Whom it is about, what the engine says of them and what it should; the last two are the same where all is well."""
    (_, first), at_work = rules[0], list[tuple[Instant, Table]]()
    alerts = [alert for alert in played([rule for _, rule in rules], life) if alert.reason not in ("worse", "still")]
    hashes = [rule.hash for _, rule in rules]
    now = ""
    for one, number in [((0, 0.0), 0), *life.said("rule")]:
        at_work += [(one, rules[number][0])] if hashes[number] != now else []
        now = hashes[number]
    names = [name for name in BUDGETS if name in first.picked]
    for subject, devices in [(name, [name]) for name in names] if first.per == "device" else [("", names)]:
        should = wanted(at_work, life, devices)
        if should is not None:
            yield subject, [(int(alert.at), alert.state) for alert in alerts if alert.device == subject], should


def a_case(seed: int) -> tuple[list[tuple[Table, Rule]], Life]:
    """Rules and a life."""
    random = Random(seed)
    rules, life = some_rules(random), a_life(random)
    life.urgent = rules[0][1].severity == "urgent"
    return rules, life


def test_the_engine_says_what_a_second_reference_says() -> None:
    compared = 0
    for seed in CASES:
        rules, life = a_case(seed)
        for subject, told, should in differences(rules, life):
            assert told == should, f"seed {seed}, {subject or 'the home'}: {toml(rules[0][0])}"
            compared += bool(told)
    assert compared > len(CASES) / 3
