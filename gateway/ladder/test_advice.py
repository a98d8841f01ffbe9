"""What is said to do: first what saves, nothing that endangers, in few words, and said to whom it is for."""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from gateway.ladder.conftest import PRESS, House
from gateway.ladder.policy import load as load_ladders
from rules.nouns import LADDERS
from rules.rule import Rule
from rules.rulefile import load, packs

CALL = re.compile("110|119|120")
FOR_HELPERS = re.compile("联系住户|上门|Contact the resident|go there")


@cache
def rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in load(packs())}


def said(rule: str, language: str) -> str:
    return (rules()[rule].advice or {})[language]


def assert_order(text: str, *words: str) -> None:
    """All of these stand in it, one after the other."""
    assert re.search(".*".join(map(re.escape, words)), text), (text, words)


@pytest.mark.parametrize("rule", ["smoke", "heat"])
def test_who_is_in_a_fire_leaves_first_takes_no_lift_and_opens_nothing(rule: str) -> None:
    zh, en = said(rule, "zh"), said(rule, "en")
    assert_order(zh, "立即离开", "关门", "不要乘电梯", "室外", "119", "出不去", "关紧房门", "119")
    assert_order(
        en, "Leave now", "close the door", "don't take the lift", "119 from outside", "If you can't", "shut the door"
    )
    assert not re.search("[Oo]pen|window|开窗|打开|查看|look", zh + en)


def test_who_smells_gas_touches_no_switch_and_telephones_outside() -> None:
    assert_order(
        said("gas-leak", "zh"), "不要碰任何开关", "不要用火", "开窗", "离开", "到室外再打电话", "燃气公司", "119"
    )
    assert_order(
        said("gas-leak", "en"),
        "no switch",
        "no flame",
        "Open the windows",
        "leave",
        "Call from outside",
        "gas company",
        "119",
    )


def test_no_advice_about_gas_has_anybody_telephone_before_they_left() -> None:
    pack = [rule for rule in load(["gas"]) if rule.advice]
    assert len(pack) >= 2
    for rule in pack:
        assert rule.advice
        for language, outside in (("zh", "室外"), ("en", "outside")):
            text = rule.advice[language]
            assert text.find(outside) < CALL.search(text).start() if language == "zh" else outside in text  # type: ignore[union-attr]


def test_who_breathes_carbon_monoxide_goes_out_and_does_not_lie_down() -> None:
    assert_order(said("co", "zh"), "到室外", "打开门窗", "120", "不要躺下")
    assert_order(said("co", "en"), "Go outside", "open doors and windows", "120", "Don't lie down")


def test_who_stands_in_water_touches_nothing_electric() -> None:
    assert_order(said("flood", "zh"), "不要踩进积水", "不要碰插座", "安全", "总水阀")
    assert_order(said("flood", "en"), "Don't step into the water", "no socket", "main tap", "safely")
    for rule in ("mains-current", "supply-fault"):
        assert "不要" in said(rule, "zh")
        assert "don't touch" in said(rule, "en")


def test_both_languages_name_the_same_numbers() -> None:
    named = 0
    for rule in rules().values():
        for advice in filter(None, (rule.advice, rule.advice_at_home)):
            numbers = [CALL.findall(advice[language]) for language in ("zh", "en")]
            assert sorted(numbers[0]) == sorted(numbers[1]), rule.id
            named += bool(numbers[0])
    assert named >= 20


def heard_at_home() -> Iterator[tuple[Rule, dict[str, str]]]:
    """What the shipped ladders have the home's voice or the resident told."""
    ladders = {ladder.name: ladder for ladder in load_ladders({})}
    for rule in rules().values():
        stages = [(rule.severity, rule.ladder), *([(rule.worse.severity, rule.worse.ladder)] if rule.worse else [])]
        for severity, name in stages:
            steps = ladders[name].steps if name else ()
            if any(
                {"home", "resident"} & set(step.who) and (not step.severities or severity in step.severities)
                for step in steps
            ):
                yield rule, dict(rule.advice_at_home or rule.advice or {})


def test_nobody_at_home_is_told_to_contact_the_resident() -> None:
    found = list(heard_at_home())
    assert len(found) >= 20
    for rule, advice in found:
        for text in advice.values():
            assert not FOR_HELPERS.search(text), rule.id


def test_what_a_frightened_person_hears_is_short() -> None:
    for rule, advice in heard_at_home():
        if rule.severity in ("emergency", "urgent"):
            assert len(advice["zh"]) <= 60, rule.id
            assert len(advice["en"].split()) <= 40, rule.id


def test_who_pressed_the_button_is_told_that_help_comes_and_the_carer_what_to_do() -> None:
    house = House()
    told = {one["to"]: one["advice"]["en"] for one in house.node(10, "button", button=PRESS)}
    assert told["home:flat-1"] == told["chen"] == "Stay calm; if you can, call 120 yourself, too."
    assert told["li"].startswith("Contact the resident now")


def test_who_is_cold_does_not_burn_charcoal_indoors() -> None:
    assert_order(said("home-too-cold", "zh"), "不要在室内烧炭", "一氧化碳")
    assert_order(said("home-too-cold", "en"), "Never heat with charcoal", "carbon monoxide")


def test_a_rule_calls_a_ladder_as_the_ladder_calls_itself() -> None:
    assert {one.name: {"zh": one.title["zh"], "en": one.name} for one in load_ladders({})} == LADDERS
