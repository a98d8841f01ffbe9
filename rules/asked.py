"""Asked: what a rule asks of the readings that its evidence names, in the words of the rule language.

With it an alert is drawn from its own line: where the limit is, how much within which time. Durations are in seconds,
amounts in the unit that the quantity names; ``between`` two times of the day is beside the length of that window.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

from drivers.reading import Reading, Scalar
from rules.conditions.between import OftenBetween, SeldomBetween
from rules.conditions.compound import Not
from rules.conditions.condition import Condition, inside
from rules.conditions.dose import TABLES, Dose
from rules.conditions.grain import TooCoarse
from rules.conditions.held import Held
from rules.conditions.inactive import Inactive
from rules.conditions.leak import AlwaysInUse
from rules.conditions.leaps import Leaps
from rules.conditions.overuse import UsedAbove, UsedAboveBetween
from rules.conditions.restless import NeverStill
from rules.conditions.seldom import TimesBelow
from rules.conditions.sequence import After
from rules.conditions.silent import Silent
from rules.conditions.times import Times
from rules.conditions.trend import Falls, Rises
from rules.conditions.twice import Twice
from rules.conditions.usage import UsedBelow
from rules.conditions.value import Above, Below, Inside, Is, Outside
from rules.rule import Rule

Asked = dict[str, Any]
"""One simple condition: ``{"quantity": "gas_lel_pct", "above": 10.0, "for": 3.0}``."""
_SAYS: dict[type[Condition], Callable[[Any], Asked]] = {
    Is: lambda one: {"is": one.values[0] if len(one.values) == 1 else list(one.values)},
    Above: lambda one: {"above": one.limit},
    Below: lambda one: {"below": one.limit},
    Outside: lambda one: {"outside": [one.low, one.high]},
    Inside: lambda one: {"inside": [one.low, one.high]},
    UsedBelow: lambda one: {"used_below": one.amount, "over": one.seconds},
    UsedAbove: lambda one: {"used_above": one.amount, "over": one.seconds},
    AlwaysInUse: lambda one: {"always_in_use": one.rest, "over": one.seconds},
    NeverStill: lambda one: {"never_still": one.rest, "over": one.seconds},
    TooCoarse: lambda one: {"too_coarse": one.amount},
    Leaps: lambda one: {"leaps": one.count, "over": one.seconds},
    Rises: lambda one: {"rises": one.amount, "within": one.seconds},
    Falls: lambda one: {"falls": one.amount, "within": one.seconds},
    Dose: lambda one: {"dose": next((name for name, table in TABLES.items() if table == one.table), True)},
    Silent: lambda one: {"silent": one.budget or True, **({"of": list(one.of)} if one.of else {})},
    Inactive: lambda one: {"inactive": one.ask},
}  # fmt: skip
"""Class of a simple condition -> what it says besides its quantity."""
SIMPLE = frozenset(_SAYS)
"""All that are told; what is made of them is walked through, and hours and modes are no readings."""
MOST = 16
"""Conditions told of a rule, and words of one: an alert travels with them, and no broker takes what is too long."""


def asks(rule: Rule, evidence: Sequence[Reading]) -> list[Asked]:
    """What this rule asks of what the evidence shows; of a rule with many choices, those that were met alone.

    Of more than MOST the first.
    """
    told: list[Asked] = []
    told += (one for one in _walk(rule.when, {}) if one not in told)
    points = {reading.quantity for reading in evidence} | {reading.point for reading in evidence}
    shown = [one for one in told if _shown(one) in points] or told
    return [_short(one, {reading.value for reading in evidence}) for one in shown[:MOST]]


def _short(asked: Asked, said: Container[Scalar]) -> Asked:
    """The same with fewer words, where one of many is asked for: those that were said before the others."""
    words = asked.get("is")
    if not isinstance(words, list) or len(words) <= MOST:
        return asked
    return {**asked, "is": sorted(words, key=lambda word: word not in said)[:MOST]}


def _shown(asked: Asked) -> str:
    """The point of evidence that is about it."""
    return str(asked.get("quantity", "silent_s" if "silent" in asked else "normal_s"))


def _walk(condition: Condition, around: Asked) -> Iterator[Asked]:
    """``around`` is what stands beside it, and counts for all of it."""
    if isinstance(condition, OftenBetween | SeldomBetween | UsedAboveBetween):
        around = {**around, "between": f"{condition.daily}"}
    says = _SAYS.get(UsedAbove if isinstance(condition, UsedAboveBetween) else type(condition))
    if says is not None:
        quantity = getattr(condition, "quantity", "")
        yield {**({"quantity": quantity} if quantity else {}), **says(condition), **around}
    if isinstance(condition, Held) and condition.seconds:
        around = {**around, "for": condition.seconds}
    elif isinstance(condition, Times):
        word = "times_below" if isinstance(condition, TimesBelow) else "times"
        around = {**around, word: condition.count, "within": condition.seconds}
    elif isinstance(condition, Twice):
        around = {**around, "twice": True}
    elif isinstance(condition, Not):
        around = {**around, "not": not around.get("not", False)}
    if isinstance(condition, After):
        yield from _walk(condition.then, {**around, "after": True, "within": condition.seconds})
        yield from _walk(condition.first, {})
        return
    for part in inside(condition):
        yield from _walk(part, around)
