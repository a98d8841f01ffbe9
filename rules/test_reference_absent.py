"""The engine against the slow reference once more, by rules in which absences stand among other conditions, and are held.

Of the rules of test_reference.py few are like these, and they ask the most of what wakes a rule: in one of 1,000 lives of
such rules an alert came wrongly or not at all, because the proof of an absence began or ended while nobody looked.
"""

import json
from random import Random
from typing import Any

import pytest

from rules import test_reference
from rules.test_past import Past, Table
from rules.test_reference import Twin, a_rule, a_simple_one, compare

CASES = (*range(30), 786, 2389, 2695)
"""Seeds of lives; each of the last ones tells one of the faults that were found so."""
SECONDS = [10, 20, 30, 50, 100]


def an_absence(random: Random) -> Table:
    """Nothing happened, or little was used."""
    if random.random() < 0.3:
        return {"quantity": "water_m3", "over": random.choice([60, 100]), "used_below": random.choice([0.01, 0.02, 0.05])}
    value: dict[str, Any] = random.choice(
        [{"quantity": "smoke", "is": True}, {"quantity": "motion", "is": True}, {"quantity": "gas_lel_pct", "above": 6}]
    )
    return value | {"times_below": random.choice([1, 1, 2]), "within": random.choice([60, 100, 200])}


def a_condition(random: Random, depth: int = 0) -> Table:
    """Absences among other conditions."""
    table = an_absence(random) if random.random() < 0.45 else a_simple_one(random)
    if depth < 2 and random.random() < (0.4 if depth else 0.75):
        table = {random.choice(["any", "all", "all"]): [a_condition(random, depth + 1) for _ in range(2)]}
    if depth and random.random() < 0.07:
        table["while"] = {"mode": random.choice([["home"], ["away"], ["home", "night"]])}
    table |= {"for": random.choice(SECONDS)} if random.random() < 0.25 else {}
    return table | ({"hold": random.choice(SECONDS)} if random.random() < 0.4 else {})


def test_the_engine_says_of_absences_what_the_slow_reference_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_reference, "a_condition", a_condition)
    fired = 0
    for seed in CASES:
        random = Random(seed)
        table, rule = a_rule(random)
        while "_below" not in json.dumps(table):
            table, rule = a_rule(random)
        twin = Twin(rule, random, Past(budgets={"a": random.choice([150, None]), "b": random.choice([None, 120])}), True)
        twin.live(random.choice([600, 900]))
        fired += compare(f"seed {seed}", table, rule, twin)
    assert fired > len(CASES) / 3
