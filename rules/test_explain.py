"""Rules in words: every condition has its clause, and no number of a rule is left out."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping

import pytest

from rules import conditions
from rules.clauses import CLAUSES, clause
from rules.conditions.condition import Condition
from rules.conditions.trend import Trend
from rules.document import duration, read
from rules.explain import explain
from rules.nouns import ACTS, BUTTONS, DAYS, LADDERS, MODES, SEVERITIES, TRUTHS, lasting, noun
from rules.quantities import BUTTONS as ALL_BUTTONS
from rules.quantities import KNOWN
from rules.rulefile import ACTS as ALL_ACTS
from rules.rulefile import load, packs, read_rules
from rules.test_house import rules_of
from rules.wall import MODES as ALL_MODES


def kinds() -> Iterator[type[Condition]]:
    """Every class of condition that can be put to work."""
    for info in pkgutil.iter_modules(conditions.__path__, "rules.conditions."):
        if not info.name.rpartition(".")[2].startswith("test_"):
            for one in vars(importlib.import_module(info.name)).values():
                if isinstance(one, type) and issubclass(one, Condition) and not inspect.isabstract(one):
                    yield one


def test_every_condition_has_its_clause() -> None:
    bases = {Trend}
    assert sorted({cls.__name__ for cls in kinds()} - {cls.__name__ for cls in CLAUSES.keys() | bases}) == []
    assert len(CLAUSES) >= 20


def test_every_quantity_button_mode_and_act_has_its_words() -> None:
    unsaid = [one for one in sorted(KNOWN) if one not in TRUTHS and noun(one).en == one]
    assert unsaid == [], "put these quantities into words in rules/nouns.py"
    assert BUTTONS.keys() == set(ALL_BUTTONS)
    assert MODES.keys() == set(ALL_MODES)
    assert ACTS.keys() == set(ALL_ACTS)
    assert LADDERS.keys() >= {rule.ladder for rule in load(packs())}
    for words in (*BUTTONS.values(), *MODES.values(), *ACTS.values(), *DAYS.values(), *SEVERITIES.values()):
        assert words["zh"]
        assert words["en"].isascii()


def numbers(table: Mapping[str, object], key: str = "") -> Iterator[str]:
    """What the numbers of a condition look like in English."""
    for name, value in table.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from numbers(one, name)
            elif isinstance(one, str) and re.fullmatch(r"(\d+(ms|[smhd]))+", one):
                yield lasting(duration(one), "en")
            elif isinstance(one, int | float) and not isinstance(one, bool):
                yield f"{one:g}"


def test_no_number_of_a_shipped_rule_is_left_out() -> None:
    checked = 0
    for name, text in packs().items():
        document = read(text, name)
        for rule in read_rules(document):
            told = "\n".join(explain(rule)["en"][:-1])
            data = document.data[rule.id]
            assert isinstance(data, dict)
            for number in numbers({key: data[key] for key in ("when", "clear") if key in data}):
                if not (number == "1" and "did not happen once" in told):
                    assert number in told, rule.id
                    checked += 1
    assert checked > 40


def test_every_shipped_rule_is_told_in_both_languages() -> None:
    for rule in load(packs()):
        told = explain(rule)
        assert len(told["zh"]) == len(told["en"]) >= 5
        assert all(re.search("[一-鿿]", sentence) for sentence in told["zh"]), rule.id
        assert told["zh"][-1].startswith("数值依据：")
        assert told["en"][-1].startswith("Why these numbers: ")
        english = [sentence for sentence in told["en"][:-1] if not sentence.startswith("It does not look at")]
        assert all(sentence.isascii() or re.search("[°³]", sentence) for sentence in english), rule.id


@pytest.mark.parametrize(
    ("body", "zh", "en"),
    [
        ("when = {quantity = 'door_open', is = false, for = '90m'}", "门关着，持续 1 小时 30 分钟", "the door is shut for 1 hour 30 minutes"),
        ("when = {quantity = 'power_w_l2', outside = [5, 9]}", "功率（L2）低于 5 W 或高于 9 W", "the power of L2 is below 5 W or above 9 W"),
        ("when = {not = {quantity = 'co2_ppm', above = 900, hold = '1m'}}", "并非“二氧化碳", "it is not so that (the carbon dioxide"),
        (
            "when = {quantity = 'motion', is = true, after = {quantity = 'door_open', is = true}, within = '5m'}",
            "有人活动，且此前 5 分钟内曾有“门开着”", "moves, and at some time in the 5 minutes before this was so: the door is open",
        ),
        ("when = {quantity = 'motion', is = true, times_below = 3, within = '48h'}", "出现不到 3 次", '"something moves" came fewer than 3 times in 48 hours'),
        ("when = {all = [{quantity = 'voltage_v', falls = 20, within = '2s'}, {silent = '15m'}]}", "同时", "falls by 20 V or more"),
        ("when = {quantity = 'reset_cause', is = 'brown-out'}", "为“brown-out”", 'says "brown-out"'),
    ],
)  # fmt: skip
def test_conditions_in_words(body: str, zh: str, en: str) -> None:
    told = clause(rules_of(body)[0].when)
    assert zh in told[0]
    assert en in told[1]


def test_hours_days_and_modes_in_words() -> None:
    (rule,) = rules_of(
        "when = {quantity = 'motion', is = true}\nwhile = {hours = '22:00-06:30', days = ['sat', 'sun'], mode = ['away']}"
    )
    told = explain(rule)
    assert "只在 22:00 至 06:30，且周六、周日，且住户处于外出状态时有效。" in told["zh"]
    assert "It counts only from 22:00 to 06:30, on Sat and Sun, while the home is in mode away." in told["en"]


def test_what_must_last_together_is_told_as_one() -> None:
    """"A or B for 45 s" would say that only B must last."""
    parts = "[{quantity = 'door_open', is = true}, {quantity = 'motion', is = true}]"
    either, both = rules_of(f"when = {{any = {parts}, for = '45s'}}", f"when = {{all = {parts}, for = '45s'}}")
    assert "It fires when for 45 seconds any of this is so: the door is open; or something moves." in explain(either)["en"]
    assert "触发条件：以下任一情况持续 45 秒：门开着；或者有人活动。" in explain(either)["zh"]
    assert "It fires when for 45 seconds all of this is so: the door is open; and at the same time something moves." in explain(both)["en"]


def test_the_reason_in_the_readers_language_has_the_numbers_of_the_other() -> None:
    """A number that stands in one of them alone is a slip of the translator."""
    for rule in load(packs()):
        zh, en = (set(re.findall(r"\d+(?:\.\d+)?", rule.why[language].replace("m3", ""))) for language in ("zh", "en"))
        assert zh == en, rule.id


def test_a_reason_in_one_language_is_told_as_it_is_written() -> None:
    (rule,) = rules_of("when = {quantity = 'flood', is = true}\nwhy = 'Because.'")
    assert (explain(rule)["zh"][-1], explain(rule)["en"][-1]) == ("数值依据（原文）：Because.", "Why these numbers: Because.")


A, B = "{quantity = 'smoke', is = true}", "{quantity = 'motion', is = true}"
LASTING = "{quantity = 'motion', is = true, for = '1m'}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{{not = {B}, for = '1m'}}", f"{{not = {LASTING}}}"),
        (f"{{not = {A}, hold = '1m'}}", "{not = {quantity = 'smoke', is = true, hold = '1m'}}"),
        (f"{{any = [{A}, {B}], hold = '1m'}}", f"{{any = [{A}, {{quantity = 'motion', is = true, hold = '1m'}}]}}"),
        (f"{{all = [{A}, {{any = [{B}, {A}]}}]}}", f"{{any = [{{all = [{A}, {B}]}}, {A}]}}"),
        (
            f"{{quantity = 'smoke', is = true, after = {B}, within = '1m', for = '1m'}}",
            f"{{quantity = 'smoke', is = true, after = {LASTING}, within = '1m'}}",
        ),
        (
            f"{{any = [{A}, {B}], while = {{mode = ['away']}}}}",
            f"{{any = [{A}, {{quantity = 'motion', is = true, while = {{mode = ['away']}}}}]}}",
        ),
        (f"{{not = {{any = [{A}, {B}]}}}}", f"{{any = [{{not = {A}}}, {B}]}}"),
    ],
)
def test_two_rules_that_differ_never_say_the_same(one: str, other: str) -> None:
    """A time, a mode or a "not" belongs to the whole or to its last part, and the reader must see which."""
    told = [clause(rule.when) for rule in rules_of(f"when = {one}", f"when = {other}")]
    assert told[0][0] != told[1][0]
    assert told[0][1] != told[1][1]
    assert all(text.count("(") == text.count(")") and text.count("（") == text.count("）") for said in told for text in said)


def test_shipped_words_are_set_as_a_printer_would_set_them() -> None:
    checked = 0
    for rule in load(packs()):
        told = explain(rule)
        texts = [rule.title["zh"], (rule.advice or {}).get("zh", ""), *told["zh"]]
        for text in texts:
            assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", text), text
            checked += 1
        for text in (*told["en"], rule.title["en"]):
            assert not re.search(r"  | 1 times|\b1 (second|minute|hour|day)s| ,|\.\.", text), text
    assert checked > 300


@pytest.mark.parametrize(
    ("persons", "zh", "en"),
    [
        ("[2, 2]", "居住 2 人", "where 2 people live"),
        ("[2, 4]", "居住 2 至 4 人", "where 2 to 4 people live"),
        ("[2, 99]", "居住 2 人及以上", "where 2 or more people live"),
        ("[1, 1]", "独居", "where somebody lives alone"),
        ("[0, 0]", "无人居住", "where nobody lives"),
    ],
)
def test_who_lives_there_in_words(persons: str, zh: str, en: str) -> None:
    (rule,) = rules_of(f"when = {{quantity = 'motion', is = true}}\nwhile = {{persons = {persons}}}")
    assert f"只在{' ' * zh[0].isdigit()}{zh}时有效。" in explain(rule)["zh"]
    assert f"It counts only {en}." in explain(rule)["en"]


@pytest.mark.parametrize("body", ["when = {quantity = 'motion', is = true, while = {mode = ['away']}, for = '3m', hold = '7m'}",
    "when = {any = [{quantity = 'motion', is = true}, {silent = '7m'}], while = {armed = true}, for = '3m'}"])  # fmt: skip
def test_times_beside_a_while_are_said(body: str) -> None:
    told = explain(rules_of(body)[0])
    for language, times in (("en", ("3 minutes", "7 minutes")), ("zh", ("3 分钟", "7 分钟"))):
        assert all(time in " ".join(told[language]) for time in times), told


def test_quotes_within_quotes_are_single_ones() -> None:
    body = "when = {not = {quantity = 'door_open', is = true, times = 2, within = '10m'}}"
    assert "触发条件：并非“10 分钟内出现 2 次或更多次‘门开着’”。" in explain(rules_of(body)[0])["zh"]


def test_what_came_once_counts_from_its_beginning() -> None:
    """A door that was opened 15 minutes ago and stands open still is no longer true of `times = 1`."""
    rule = rules_of("when = {quantity = 'door_open', is = true, times = 1, within = '15m'}")[0]
    assert explain(rule)["en"][1] == 'It fires when "the door is open" came once or more within 15 minutes.'
