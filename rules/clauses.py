"""Conditions in words: each class has its clause in zh and en, here or in phrases.py; a test holds that none lacks.

Two different conditions never say the same: what has several parts is enclosed within another one.
"""

from rules.conditions.among import Among
from rules.conditions.between import OftenBetween, SeldomBetween
from rules.conditions.compound import All, Any, Not
from rules.conditions.condition import Condition
from rules.conditions.guard import MOST, Guard, Guarded
from rules.conditions.held import Held
from rules.conditions.seldom import TimesBelow
from rules.conditions.sequence import After
from rules.conditions.sound import Sound
from rules.conditions.times import Times
from rules.conditions.twice import Twice
from rules.conditions.value import Every
from rules.hours import DAY, DAYS, WEEKDAYS
from rules.nouns import DAYS as DAY_NAMES
from rules.nouns import MODES, lasting
from rules.phrases import CLAUSES, Clause, joined, says
from rules.picked import Picked
from rules.wall import MODES as ALL_MODES

__all__ = ["CLAUSES", "Clause", "clause", "joined"]


def clause(condition: Condition) -> Clause:
    """What a condition says, as a part of a sentence. One that nobody has put into words is called by its word."""
    told = CLAUSES.get(type(condition))
    return told(condition) if told else (condition.word, condition.word)


@says(Every)
def _every(condition: Every) -> Clause:
    return _of(clause(condition.leaf), condition.picked)


@says(Among)
def _among(condition: Among) -> Clause:
    return _of(_enclosed(condition.inner), condition.picked)


def _of(told: Clause, picked: Picked) -> Clause:
    """It is told of some devices alone."""
    zh, en = told
    if picked.only:
        zh, en = f"{zh}（只看 {'、'.join(picked.only)}）", f"{en} (at {joined(list(picked.only), 'or')} alone)"
    if picked.without:
        zh, en = f"{zh}（不看 {'、'.join(picked.without)}）", f"{en} (not at {joined(list(picked.without), 'or')})"
    return zh, en


@says(Twice)
def _twice(condition: Twice) -> Clause:
    zh, en = clause(condition.leaf)
    return f"{zh}（连续两次读数）", f"{en} in two readings in a row"


@says(Sound)
def _sound(condition: Sound) -> Clause:
    zh, en = _enclosed(condition.inner)
    return f"{zh}（故障的传感器不算）", f"{en} (a sensor known to be faulty doesn't count)"


def _is_loose(condition: Condition) -> bool:
    """Is it several clauses, of which nobody would know where they end within another one?"""
    if isinstance(condition, Held):
        timed = bool(condition.seconds or condition.hold)
        return (timed and _is_spread(condition.inner)) or _is_loose(condition.inner)
    return isinstance(condition, Any | All | After | Guarded)


def _is_spread(condition: Condition) -> bool:
    """Would a time behind it be read as that of its last part?"""
    return isinstance(condition, Any | All | Not | After | Guarded | Times)


def _quoted(zh: str) -> str:
    """Within quotes quotes are single ones."""
    return f"“{zh.replace('“', '‘').replace('”', '’')}”"


def _enclosed(condition: Condition) -> Clause:
    zh, en = clause(condition)
    return (f"（{zh}）", f"({en})") if _is_loose(condition) else (zh, en)


@says(Held)
def _held(condition: Held) -> Clause:
    zh, en = clause(condition.inner)
    lasts_zh, lasts_en = (lasting(condition.seconds, language) for language in ("zh", "en"))
    over_zh, over_en = (lasting(condition.hold, language) for language in ("zh", "en"))
    if (condition.seconds or condition.hold) and _is_spread(condition.inner):
        which_zh = "任一" if isinstance(condition.inner, Any) else "全部" if isinstance(condition.inner, All) else ""
        which_en = {"任一": "any of ", "全部": "all of "}.get(which_zh, "")
        head_zh = f"以下{which_zh}情况" + (f"持续 {lasts_zh}" if condition.seconds else "")
        head_en = (f"for {lasts_en} " if condition.seconds else "") + f"{which_en}this is so"
        if condition.hold:
            head_zh += f"（不再如此满 {over_zh}才算结束）"
            head_en += f" (and is over when it was not so for {over_en})"
        return f"{head_zh}：{zh}", f"{head_en}: {en}"
    if condition.seconds:
        zh, en = f"{zh}，持续 {lasts_zh}", f"{en} for {lasts_en}"
    if condition.hold:
        zh, en = f"{zh}（不再如此满 {over_zh}才算结束）", f"{en} (and is over when it was not so for {over_en})"
    return zh, en


@says(Times, OftenBetween)
def _times(condition: Times) -> Clause:
    zh, en = clause(condition.leaf)
    (when_zh, when_en), count = _span(condition, "within"), condition.count
    if count == 1:
        return f"{when_zh}至少出现一次{_quoted(zh)}", f'"{en}" came once or more {when_en}'
    return f"{when_zh}出现 {count} 次或更多次{_quoted(zh)}", f'"{en}" came {count} times or more {when_en}'


@says(TimesBelow, SeldomBetween)
def _rarely(condition: TimesBelow) -> Clause:
    zh, en = clause(condition.leaf)
    (when_zh, when_en), count = _span(condition, "in"), condition.count
    if count == 1:
        rare_zh, rare_en = "一次也没有出现", "never came"
    else:
        rare_zh, rare_en = f"出现不到 {count} 次", f"came fewer than {count} times"
    if isinstance(condition, SeldomBetween):
        until_zh = "届时判断，直到出现为止；传感器失联过久的那一天不算"
        until_en = "told then, and so until it comes; a day is left out on which a sensor went unheard for long"
    else:
        until_zh, until_en = "传感器失联的时间不算", "time in which a sensor was not heard is not counted"
    return f"{when_zh}{rare_zh}{_quoted(zh)}（{until_zh}）", f'"{en}" {rare_en} {when_en} ({until_en})'


def _span(condition: Times, preposition: str) -> Clause:
    """Within a time, or between two times of the day."""
    if isinstance(condition, OftenBetween | SeldomBetween):
        start, end = f"{condition.daily}".split("-")
        return f"每天 {start} 至 {end} ", f"between {start} and {end}"
    within = condition.seconds
    return f"{lasting(within, 'zh')}内", f"{preposition} {lasting(within, 'en')}"


@says(After)
def _after(condition: After) -> Clause:
    (then_zh, then_en), (first_zh, first_en) = _enclosed(condition.then), _enclosed(condition.first)
    within = condition.seconds
    return (
        f"{then_zh}，且此前 {lasting(within, 'zh')}内曾有{_quoted(first_zh)}",
        f'{then_en}, and at some time in the {lasting(within, "en")} before this was so: {first_en}',
    )


@says(Any)
def _any(condition: Any) -> Clause:
    zh, en = zip(*map(_enclosed, condition.parts), strict=True)
    return "；或者".join(f" {one}" if n and one[0].isascii() else one for n, one in enumerate(zh)), "; or ".join(en)


@says(All)
def _all(condition: All) -> Clause:
    zh, en = zip(*map(_enclosed, condition.parts), strict=True)
    return "；同时，".join(zh), "; and at the same time ".join(en)


@says(Not)
def _not(condition: Not) -> Clause:
    zh, en = clause(condition.inner)
    timed = isinstance(condition.inner, Held) and bool(condition.inner.seconds or condition.inner.hold)
    en = f"({en})" if timed or _is_loose(condition.inner) else en
    return f"并非{_quoted(zh)}", f"it is not so that {en}"


@says(Guarded)
def _guarded(condition: Guarded) -> Clause:
    (guard_zh, guard_en), (zh, en) = clause(condition.guard), _enclosed(condition.inner)
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
    if hours.season is not None:
        (month, day), (last_month, last_day) = hours.season
        zh.append(f"每年 {month} 月 {day} 日至 {last_month} 月 {last_day} 日")
        en.append(f"from {month:02}-{day:02} to {last_month:02}-{last_day:02} of each year")
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
