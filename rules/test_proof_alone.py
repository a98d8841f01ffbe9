"""What an alert carries is enough: the evidence of every alert of every shipped story, judged again without its rule's
engine, by what the rule asks of it."""

import json
import operator
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from drivers.reading import Reading
from rules import script
from rules.alert import Alert
from rules.asked import SIMPLE, Asked, asks
from rules.conditions import WORDS
from rules.conditions.compound import All, Not
from rules.conditions.compound import Any as AnyOf
from rules.conditions.condition import parts
from rules.document import open_document
from rules.rule import Rule
from rules.rulefile import load, packs, read_rules
from rules.stage import Stage
from rules.test_house import rules_of

PACKS = sorted((Path(__file__).parent / "packs").glob("*.toml"))
NEAR = 1e-6
"""Seconds, and cubic metres."""


def stories(path: Path) -> list[tuple[Rule, Alert]]:
    """Every alert that came or fired in the stories of a pack, and its rule."""
    document, shipped = open_document(path), {rule.id: rule for rule in load(packs())}
    own, found = {rule.id: rule for rule in read_rules(document)}, list[tuple[Rule, Alert]]()
    for table in document.table().tables("story"):
        story = script.read(table)
        sets = {rule.id: rule for rule in load([name for name in story.rules if "@" in name and name not in own])}
        known = shipped | sets | own
        stage = Stage([known[name] for name in story.rules or own], story)
        stage.play()
        found += [(known[alert.rule], alert) for alert in stage.alerts if alert.state in ("pending", "firing")]
    return found


def of(evidence: Sequence[Reading], point: str) -> list[Reading]:
    return [one for one in evidence if one.point == point]


def values(asked: Asked, evidence: Sequence[Reading]) -> list[Any]:
    return [one.value for one in evidence if one.quantity == asked["quantity"] and one.point.partition("#")[0] == one.quantity]


def met(asked: Asked, evidence: Sequence[Reading], at: float) -> bool:
    """Does the evidence alone show that this was so?"""
    word = next(word for word in JUDGES if word in asked)
    if "times_below" in asked:
        begun = of(evidence, "times")
        return all(one.value < asked["times_below"] and one.at + asked["within"] <= at + NEAR for one in begun) and bool(begun)
    if "times" in asked:
        counted = of(evidence, "times")
        enough = bool(counted) and counted[-1].value == asked["times"] and counted[-1].at - counted[0].at < asked["within"]
        return enough is not asked.get("not", False) and bool(values(asked, evidence))
    return JUDGES[word](asked, evidence, at) is not asked.get("not", False)


def some(test: Callable[[Any, Any], bool], word: str) -> Callable[[Asked, Sequence[Reading], float], bool]:
    return lambda asked, evidence, at: any(test(value, asked[word]) for value in values(asked, evidence))


def used(test: Callable[[float, float], bool], word: str) -> Callable[[Asked, Sequence[Reading], float], bool]:
    def judge(asked: Asked, evidence: Sequence[Reading], at: float) -> bool:
        (one,) = of(evidence, f"used_{asked['quantity']}")
        within = at - one.at <= asked["over"] + NEAR if word == "used_above" else at - one.at >= asked["over"] - NEAR
        return test(float(one.value), asked[word]) and within and bool(values(asked, evidence))

    return judge


def ran(point: str) -> Callable[[Asked, Sequence[Reading], float], bool]:
    return lambda asked, evidence, at: all(one.value >= asked["over"] - NEAR for one in of(evidence, point)) and bool(of(evidence, point))


def moved(sign: int, word: str) -> Callable[[Asked, Sequence[Reading], float], bool]:
    def judge(asked: Asked, evidence: Sequence[Reading], at: float) -> bool:
        course = [one for one in evidence if one.quantity == asked["quantity"]]
        first, last = course[0], course[-1]
        rise, length = sign * (float(last.value) - float(first.value)), last.at - first.at
        return rise >= float(asked[word]) - NEAR and 0 < length <= float(asked["within"]) + NEAR

    return judge


def dosed(asked: Asked, evidence: Sequence[Reading], at: float) -> bool:
    pairs = zip(of(evidence, "dose_pct"), of(evidence, "breathed_s"), strict=True)
    return any(float(dose.value) <= 100.0 and abs(since.at + float(since.value) - at) < NEAR for dose, since in pairs)


def unheard(asked: Asked, evidence: Sequence[Reading], at: float) -> bool:
    silent = of(evidence, "silent_s")
    return bool(silent) and all(one.at + float(one.value) <= at + NEAR for one in silent)


def alone(asked: Asked, evidence: Sequence[Reading], at: float) -> bool:
    (normal,), (sensors,) = of(evidence, "normal_s"), of(evidence, "sensors")
    return normal.at + float(normal.value) - asked["inactive"] <= at + NEAR and float(sensors.value) >= 1


def said(asked: Asked, evidence: Sequence[Reading], at: float) -> bool:
    wanted = asked["is"] if isinstance(asked["is"], list) else [asked["is"]]
    return any(value in wanted for value in values(asked, evidence))


JUDGES: dict[str, Callable[[Asked, Sequence[Reading], float], bool]] = {
    "is": said, "above": some(operator.gt, "above"), "below": some(operator.lt, "below"),
    "outside": some(lambda value, span: not span[0] <= value <= span[1], "outside"),
    "inside": some(lambda value, span: span[0] <= value <= span[1], "inside"),
    "used_below": used(operator.lt, "used_below"), "used_above": used(operator.gt, "used_above"),
    "always_in_use": ran("in_use_s"), "never_still": ran("never_still_s"),
    "rises": moved(1, "rises"), "falls": moved(-1, "falls"), "dose": dosed, "silent": unheard, "inactive": alone,
    "too_coarse": lambda asked, evidence, at: float(of(evidence, f"step_{asked['quantity']}")[0].value) >= asked["too_coarse"],
    "leaps": lambda asked, evidence, at: float(of(evidence, f"leapt_{asked['quantity']}")[0].value) >= 1,
}  # fmt: skip


def test_the_evidence_of_every_story_alone_says_why_there_was_an_alert() -> None:
    kinds, judged = Counter[str](), Counter[str]()
    for path in PACKS:
        for rule, alert in stories(path):
            where = f"{path.name} {alert.rule} {alert.state} at {alert.at}: {alert.evidence}"
            assert all(one.device and one.point and one.at <= alert.at for one in alert.evidence), where
            assert any(one.point == one.quantity or "#" in one.point for one in alert.evidence), where
            asked = asks(rule, alert.evidence)
            judged[alert.state] += 1
            kinds.update(key for one in asked for key in one)
            if alert.state == "firing":
                for one in of(alert.evidence, "lasted_s"):
                    assert one.at + float(one.value) <= alert.at + NEAR, where
                shown = [met(one, alert.evidence, alert.at) for one in asked]
                choice = any(isinstance(part, AnyOf) for part in parts(rule.when))
                assert any(shown) if choice else all(shown), f"{where}\n{asked}"
    assert judged["firing"] >= 130
    assert judged["pending"] >= 50
    assert kinds.keys() >= {"is", "above", "below", "used_below", "used_above", "always_in_use", "rises", "dose", "silent",
                            "inactive", "times", "times_below", "never_still", "too_coarse", "leaps", "twice", "for"}  # fmt: skip


def test_every_simple_condition_says_what_it_asks() -> None:
    assert {made for made in WORDS.values()} == SIMPLE | {AnyOf, All, Not}
    assert {*JUDGES} == {made.word for made in SIMPLE}


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("{quantity = 'gas_lel_pct', above = 10, for = '3s'}", [{"quantity": "gas_lel_pct", "above": 10.0, "for": 3.0}]),
        ("{quantity = 'temperature_c', outside = [1, 14]}", [{"quantity": "temperature_c", "outside": [1.0, 14.0]}]),
    ],
)
def test_limits_stand_beside_what_was_said(when: str, told: list[Asked]) -> None:
    (rule,) = rules_of(f"when = {when}")
    assert asks(rule, ()) == told


def test_what_is_asked_is_short_however_long_the_rule() -> None:
    """An alert of a quarter of a megabyte would be refused by a broker, and with it all behind it."""
    limits = ",".join(f"{{quantity = 'temperature_c', above = {n}}}" for n in range(300))
    words = ",".join(f"'v1.{n}'" for n in range(300))
    said = [Reading("b", "firmware", "firmware", "v1.200", 5.0, (), 1)]
    for when in (f"{{any = [{limits}]}}", f"{{quantity = 'firmware', is = [{words}]}}"):
        (rule,) = rules_of(f"when = {when}")
        told = asks(rule, said)
        assert 0 < len(json.dumps(told)) < 1000, when[:40]
    (one,) = told
    assert one["is"][:2] == ["v1.200", "v1.0"], "what was said is among it"


def test_evidence_of_something_else_would_be_noticed() -> None:
    """Each judge says no to what doesn't show it."""
    leak = [Reading("g", "gas_lel_pct", "gas_lel_pct", 9.0, 5.0, (), 1)]
    used = [Reading("m", "water_m3", "water_m3", 5.0, 90.0, (), 1), Reading("m", "used_water_m3", "water_m3", 0.5, 0.0)]
    opened = [Reading("d", "times", "times", 1.0, 0.0), Reading("d", "times", "times", 2.0, 90.0)]
    assert not met({"quantity": "gas_lel_pct", "above": 10.0}, leak, 5.0)
    assert met({"quantity": "gas_lel_pct", "above": 8.0}, leak, 5.0)
    assert not met({"quantity": "water_m3", "used_below": 0.01, "over": 80.0}, used, 90.0)
    assert not met({"quantity": "water_m3", "used_below": 1.0, "over": 100.0}, used, 90.0)
    assert met({"quantity": "water_m3", "used_below": 1.0, "over": 80.0}, used, 90.0)
    assert not met({"quantity": "door_open", "is": True, "times": 2, "within": 60.0}, opened, 90.0)
    assert not met({"silent": True}, [Reading("d", "silent_s", "silent_s", 100.0, 5.0)], 90.0)
