"""Conditions in words: each class has its clause in zh and en here; a test holds that none is without."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from drivers.reading import Scalar
from rules.conditions.compound import All, Any, Not
from rules.conditions.condition import Condition
from rules.conditions.dose import TABLES, Dose
from rules.conditions.guard import MOST, Guard, Guarded
from rules.conditions.held import Held
from rules.conditions.inactive import Inactive
from rules.conditions.leak import AlwaysInUse
from rules.conditions.sequence import After
from rules.conditions.silent import Silent
from rules.conditions.times import Times, TimesBelow
from rules.conditions.trend import Falls, Rises
from rules.conditions.twice import Twice
from rules.conditions.usage import UsedAbove, UsedBelow
from rules.conditions.value import Above, Below, Every, Is, Outside
from rules.hours import DAY, DAYS, WEEKDAYS
from rules.nouns import BUTTONS, MODES, TRUTHS, amount, lasting, noun
from rules.nouns import DAYS as DAY_NAMES
from rules.signs import SIGNS
from rules.wall import MODES as ALL_MODES

Clause = tuple[str, str]
"""(zh, en)"""
C = TypeVar("C", bound=Condition)
CLAUSES: dict[type[Condition], Callable[[Condition], Clause]] = {}
"""Class of a condition -> what it says."""


def clause(condition: Condition) -> Clause:
    """What a condition says, as a part of a sentence. One that nobody has put into words is called by its word."""
    says = CLAUSES.get(type(condition))
    return says(condition) if says else (condition.word, condition.word)


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


@says(Every)
def _every(condition: Every) -> Clause:
    return clause(condition.leaf)


@says(Twice)
def _twice(condition: Twice) -> Clause:
    zh, en = clause(condition.leaf)
    return f"{zh}（连续两次读数）", f"{en} in two readings in a row"


@says(Held)
def _held(condition: Held) -> Clause:
    zh, en = clause(condition.inner)
    if condition.seconds and isinstance(condition.inner, Any | All):
        one = isinstance(condition.inner, Any)
        zh = f"以下{'任一' if one else '全部'}情况持续 {lasting(condition.seconds, 'zh')}：{zh}"
        en = f"for {lasting(condition.seconds, 'en')} {'any' if one else 'all'} of this is so: {en}"
    elif condition.seconds:
        zh, en = f"{zh}，持续 {lasting(condition.seconds, 'zh')}", f"{en} for {lasting(condition.seconds, 'en')}"
    if condition.hold:
        zh = f"{zh}（不再如此满 {lasting(condition.hold, 'zh')}才算结束）"
        en = f"{en} (and is over when it was not so for {lasting(condition.hold, 'en')})"
    return zh, en


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


@says(AlwaysInUse)
def _always(condition: AlwaysInUse) -> Clause:
    named, rest, over = noun(condition.quantity), condition.rest, condition.seconds
    return (
        f"{lasting(over, 'zh')}内{named.zh}表从未停走满 {lasting(rest, 'zh')}",
        f"in {lasting(over, 'en')} the meter for {named.en} never stood still for {lasting(rest, 'en')}",
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
    return (
        f"吸入的一氧化碳达到 {standard} 的报警剂量（{zh}）",
        f"the carbon monoxide breathed in reaches the dose of {standard} ({en})",
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


@says(Times)
def _times(condition: Times) -> Clause:
    zh, en = clause(condition.leaf)
    within, count = condition.seconds, condition.count
    if count == 1:
        return f"{lasting(within, 'zh')}内至少出现一次“{zh}”", f"{en}, or was so within {lasting(within, 'en')}"
    return (
        f"{lasting(within, 'zh')}内出现 {count} 次或更多次“{zh}”",
        f"within {lasting(within, 'en')} it happens {count} times or more that {en}",
    )


@says(TimesBelow)
def _rarely(condition: TimesBelow) -> Clause:
    zh, en = clause(condition.leaf)
    within, count = condition.seconds, condition.count
    if count == 1:
        rare_zh, rare_en = "一次也没有出现", "it did not happen once"
    else:
        rare_zh, rare_en = f"出现不到 {count} 次", f"it happened fewer than {count} times"
    return (
        f"{lasting(within, 'zh')}内{rare_zh}“{zh}”（传感器失联的时间不算）",
        f"in {lasting(within, 'en')} {rare_en} that {en} (time in which a sensor was not heard doesn't count)",
    )


@says(After)
def _after(condition: After) -> Clause:
    (then_zh, then_en), (first_zh, first_en) = clause(condition.then), clause(condition.first)
    within = condition.seconds
    return (
        f"{then_zh}，且此前 {lasting(within, 'zh')}内{first_zh}",
        f"{then_en}, and in the {lasting(within, 'en')} before {first_en}",
    )


@says(Any)
def _any(condition: Any) -> Clause:
    zh, en = zip(*map(clause, condition.parts), strict=True)
    return "；或者".join(zh), "; or ".join(en)


@says(All)
def _all(condition: All) -> Clause:
    zh, en = zip(*map(clause, condition.parts), strict=True)
    return "；同时".join(zh), "; and at the same time ".join(en)


@says(Not)
def _not(condition: Not) -> Clause:
    zh, en = clause(condition.inner)
    return f"并非“{zh}”", f"it is not so that {en}"


@says(Guarded)
def _guarded(condition: Guarded) -> Clause:
    (guard_zh, guard_en), (zh, en) = clause(condition.guard), clause(condition.inner)
    return f"{guard_zh}，{zh}", f"{en}, {guard_en}"


@says(Guard)
def _guard(condition: Guard) -> Clause:
    zh, en = [], []
    hours, persons = condition.hours, condition.persons
    if (hours.start, hours.end) != (0, DAY):
        start, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (hours.start, hours.end))
        zh.append(f"{start} 至 {end}")
        en.append(f"from {start} to {end}")
    if not hours.days >= set(WEEKDAYS):
        days = [DAY_NAMES[name] for name in DAYS if name in hours.days]
        zh.append("、".join(day["zh"] for day in days))
        en.append(f"on {joined([day['en'] for day in days])}")
    if set(condition.modes) != set(ALL_MODES):
        zh.append(f"住户处于{'或'.join(MODES[mode]['zh'] for mode in condition.modes)}状态")
        en.append(f"while the home is in mode {joined([MODES[mode]['en'] for mode in condition.modes], 'or')}")
    if condition.armed:
        zh.append("住户已布防")
        en += [f"{en.pop()} and armed"] if en and en[-1].startswith("while") else ["while the home is armed"]
    if persons is not None:
        told = _persons(*persons)
        zh.append(told[0])
        en.append(told[1])
    return "，且".join(zh), ", ".join(en)


def _persons(low: int, high: int) -> Clause:
    if (low, high) == (1, 1):
        return "独居", "where somebody lives alone"
    if high == MOST:
        return f"居住 {low} 人及以上", f"where {low} or more people live"
    if low == high:
        return (f"居住 {low} 人", f"where {low} people live") if low else ("无人居住", "where nobody lives")
    return f"居住 {low} 至 {high} 人", f"where {low} to {high} people live"
