"""docs/presets.md says of each preset what is shipped: every row has its rule, its number and its story."""

import re
from pathlib import Path
from typing import Any

import pytest

from rules.document import duration, read
from rules.rulefile import load, packs
from rules.variant import tables

PAGE = (Path(__file__).parents[1] / "docs/presets.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")][1:]
_IDS = """
    smoke heat gas-leak co flood emergency-call water-12h water-24h water-excess water-leak no-motion-24h no-motion-12h
    door-closed-24h door-closed-48h door-left-open door-night home-too-hot home-too-cold intrusion power-unused inactivity
    light-all-night fire-door-open pressure-low lift-fault sensor-silent sensor-faulty battery-low tamper not-supervised
"""
FIXED = _IDS.split()
"""Ids that others rely on: never renamed."""
PACKS = {"fire", "gas", "water", "elder", "security", "meter", "facility", "trouble"}
TABLES = {name: table for pack, text in packs().items() for name, table in tables(read(text, f"{pack}.toml")).items()}


def test_the_packs_and_the_ids_that_others_rely_on_are_shipped() -> None:
    assert packs().keys() >= PACKS
    shipped = {rule.id for rule in load(packs())}
    assert [name for name in FIXED if name not in shipped] == []


def _said(when: dict[str, Any], key: str) -> list[Any]:
    """What a rule says under a key, at any depth."""
    found = [when[key]] if key in when else []
    for value in when.values():
        for inner in value if isinstance(value, list) else [value]:
            found += _said(inner, key) if isinstance(inner, dict) else []
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[2]}")
def test_a_row_is_as_it_is_shipped(row: list[str]) -> None:
    _, what, rules, number = row
    names = re.findall(r"`([a-z0-9@-]+)`", rules)
    assert names, what
    for name in names:
        assert name in TABLES, name
        when: Any = TABLES[name].data["when"]
        found = re.match(r"`(\w+) = ([\d.]+)`(?: (over|within) (\w+))?", number)
        if found:
            values = [duration(value) for value in _said(when, found[1])]
            assert float(found[2]) in values
            assert not found[3] or duration(found[4]) in [duration(one) for one in _said(when, found[3])]


def test_every_row_of_the_table_was_read() -> None:
    assert len(ROWS) == 26
    assert {"Jiangsu Rd", "Zhenru", "Ouyang Rd", "Longgang", "Zhenhai", "Haishu", "Liaocheng", "Taicang"} <= {
        row[0].partition(" (")[0] for row in ROWS
    }
