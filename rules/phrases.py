"""Phrases: what each simple condition says, in zh and en. What is made of other conditions: clauses.py."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from drivers.reading import Scalar
from rules.conditions.condition import Condition
from rules.conditions.dose import TABLES, Dose
from rules.conditions.grain import COARSE, TooCoarse
from rules.conditions.inactive import Inactive
from rules.conditions.leak import AlwaysInUse
from rules.conditions.leaps import Leaps
from rules.conditions.overuse import UsedAbove, UsedAboveBetween
from rules.conditions.restless import NeverStill
from rules.conditions.silent import Silent
from rules.conditions.trend import Falls, Rises
from rules.conditions.usage import UsedBelow
from rules.conditions.value import Above, Below, Inside, Is, Outside
from rules.nouns import BUTTONS, TRUTHS, amount, lasting, noun
from rules.signs import SIGNS

Clause = tuple[str, str]
"""(zh, en)"""
C = TypeVar("C", bound=Condition)
CLAUSES: dict[type[Condition], Callable[[Condition], Clause]] = {}
"""Class of a condition -> what it says."""


def says(*classes: type[C]) -> Callable[[Callable[[C], Clause]], Callable[[C], Clause]]:
    """Register the words of a class of condition."""

    def register(function: Callable[[C], Clause]) -> Callable[[C], Clause]:
        for cls in classes:
            CLAUSES[cls] = function  # type: ignore[assignment]
        return function

    return register


def joined(words: Sequence[str], joint: str = "and") -> str:
    """An English list: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


@says(Is)
def _is(condition: Is) -> Clause:
    truth = TRUTHS.get(condition.quantity)
    if truth is not None and condition.values in ((True,), (False,)):
        return (truth.zh, truth.en) if condition.values[0] else (truth.zh_not, truth.en_not)
    named = noun(condition.quantity)
    zh, en = zip(*(_value(value, named.unit) for value in condition.values), strict=True)
    if condition.quantity == "button":
        return f"有人按下按钮（{'、'.join(zh)}）", f"somebody presses the button ({joined(en, 'or')})"
    return f"{named.zh}为{'、'.join(zh)}", f"{named.en} says {joined(en, 'or')}"


def _value(value: Scalar, unit: str) -> Clause:
    if isinstance(value, bool):
        return ("真", "true") if value else ("假", "false")
    if isinstance(value, str):
        words = BUTTONS.get(value, {"zh": f"“{value}”", "en": f'"{value}"'})
        return words["zh"], words["en"]
    return amount(value, unit), amount(value, unit)


@says(Above)
def _above(condition: Above) -> Clause:
    named = noun(condition.quantity)
    limit = amount(condition.limit, named.unit)
    return f"{named.zh}高于 {limit}", f"{named.en} is above {limit}"


@says(Below)
def _below(condition: Below) -> Clause:
    named = noun(condition.quantity)
    limit = amount(condition.limit, named.unit)
    return f"{named.zh}低于 {limit}", f"{named.en} is below {limit}"


@says(Outside)
def _outside(condition: Outside) -> Clause:
    named = noun(condition.quantity)
    low, high = amount(condition.low, named.unit), amount(condition.high, named.unit)
    return f"{named.zh}低于 {low} 或高于 {high}", f"{named.en} is below {low} or above {high}"


@says(Inside)
def _inside(condition: Inside) -> Clause:
    named = noun(condition.quantity)
    low, high = amount(condition.low, named.unit), amount(condition.high, named.unit)
    return f"{named.zh}在 {low} 至 {high} 之间", f"{named.en} is from {low} to {high}"


@says(UsedBelow)
def _used_below(condition: UsedBelow) -> Clause:
    named, over = noun(condition.quantity), condition.seconds
    used = amount(condition.amount, named.unit)
    return (
        f"{lasting(over, 'zh')}内用{named.zh}少于 {used}",
        f"less than {used} of {named.en} was used in {lasting(over, 'en')}",
    )


@says(UsedAbove)
def _used_above(condition: UsedAbove) -> Clause:
    named, over = noun(condition.quantity), condition.seconds
    used = amount(condition.amount, named.unit)
    return (
        f"{lasting(over, 'zh')}内用{named.zh}超过 {used}",
        f"more than {used} of {named.en} was used in {lasting(over, 'en')}",
    )


@says(UsedAboveBetween)
def _used_between(condition: UsedAboveBetween) -> Clause:
    named, (start, end) = noun(condition.quantity), f"{condition.daily}".split("-")
    used = amount(condition.amount, named.unit)
    return (
        f"每天 {start} 至 {end} 用{named.zh}超过 {used}",
        f"more than {used} of {named.en} was used between {start} and {end}",
    )


@says(AlwaysInUse)
def _always(condition: AlwaysInUse) -> Clause:
    named, rest, over = noun(condition.quantity), condition.rest, condition.seconds
    return (
        f"{lasting(over, 'zh')}内{named.zh}表从未停走满 {lasting(rest, 'zh')}",
        f"in {lasting(over, 'en')} the meter for {named.en} never stood still for {lasting(rest, 'en')}",
    )


@says(TooCoarse)
def _coarse(condition: TooCoarse) -> Clause:
    named = noun(condition.quantity)
    least, little = (amount(many * condition.amount, named.unit) for many in (COARSE, 1.0))
    return (
        f"{named.zh}表每步不小于 {least}，看不出用了 {little}",
        f"the meter for {named.en} counts in steps of {least} or more, too great to show {little}",
    )


@says(Leaps)
def _leaps(condition: Leaps) -> Clause:
    named, over, count = noun(condition.quantity), condition.seconds, condition.count
    return (
        f"{lasting(over, 'zh')}内{named.zh}表至少 {count} 次跳升，超过任何管道的流量",
        f"in {lasting(over, 'en')} the meter for {named.en} leapt {count} times or more, by more than any pipe passes",
    )


@says(NeverStill)
def _restless(condition: NeverStill) -> Clause:
    named, truth = noun(condition.quantity), TRUTHS.get(condition.quantity)
    what_zh = f"“{truth.zh}”" if truth else named.zh
    what_en = f'"{truth.en}"' if truth else named.en
    rest, over = condition.rest, condition.seconds
    return (
        f"{lasting(over, 'zh')}内{what_zh}从未保持不变满 {lasting(rest, 'zh')}",
        f"in {lasting(over, 'en')} {what_en} never stayed as it was for {lasting(rest, 'en')}",
    )


@says(Rises)
def _rises(condition: Rises) -> Clause:
    named, within = noun(condition.quantity), condition.seconds
    by = amount(condition.amount, named.unit)
    return (
        f"{named.zh}在 {lasting(within, 'zh')}内上升 {by} 以上",
        f"{named.en} rises by {by} or more within {lasting(within, 'en')}",
    )


@says(Falls)
def _falls(condition: Falls) -> Clause:
    named, within = noun(condition.quantity), condition.seconds
    by = amount(condition.amount, named.unit)
    return (
        f"{named.zh}在 {lasting(within, 'zh')}内下降 {by} 以上",
        f"{named.en} falls by {by} or more within {lasting(within, 'en')}",
    )


@says(Dose)
def _dose(condition: Dose) -> Clause:
    name = next(name for name, table in TABLES.items() if table == condition.table)
    standard = {"en50291": "EN 50291-1", "ul2034": "UL 2034"}.get(name, name)
    points = [(amount(ppm, "ppm"), minutes * 60.0) for ppm, minutes in condition.table]
    zh = "、".join(f"{ppm} 时 {lasting(seconds, 'zh')}" for ppm, seconds in points)
    en = ", ".join(f"{ppm} for {lasting(seconds, 'en')}" for ppm, seconds in points)
    return (  # at the first number itself nothing adds up
        f"吸入的一氧化碳达到 {standard} 的报警剂量（略高于 {zh}）",
        f"the carbon monoxide breathed in reaches the dose of {standard} (just above {en})",
    )


@says(Silent)
def _silent(condition: Silent) -> Clause:
    if condition.budget is None:
        return (
            "超过设备自身的监督时限没有收到任何数据",
            "nothing was heard of a device for longer than it may be silent",
        )
    told = lasting(condition.budget, "zh"), lasting(condition.budget, "en")
    if not condition.of:
        return f"受监督的设备 {told[0]}没有数据", f"nothing was heard of a supervised device for {told[1]}"
    zh, en = "、".join(_thing(one)[0] for one in condition.of), joined([_thing(one)[1] for one in condition.of], "or")
    return f"测过{zh}的设备 {told[0]}没有数据", f"nothing was heard for {told[1]} of a device that once told of {en}"


@says(Inactive)
def _inactive(condition: Inactive) -> Clause:
    zh, en = lasting(condition.ask, "zh"), lasting(condition.ask, "en")
    of = ("", "")
    if condition.signs != SIGNS:
        things = [_thing(one) for one in condition.signs]
        of = (f"（看：{'、'.join(one for one, _ in things)}）", f" (of {joined([one for _, one in things], 'or')})")
    return (
        f"没有活动迹象{of[0]}的时间再过 {zh}就超过本户在该时段的正常上限",
        f"there was no sign of life{of[1]}, and in {en} it will be longer than is normal in this home at this hour",
    )


def _thing(quantity: str) -> Clause:
    truth = TRUTHS.get(quantity)
    return (f"“{truth.zh}”", f'"{truth.en}"') if truth else (noun(quantity).zh, noun(quantity).en)
