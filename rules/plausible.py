"""Plausible: which values a quantity can have, how much a meter passes, how often a sensor speaks.

A number in the wrong unit is right word by word, and cries wolf in every home or is never true in any.
"""

from collections.abc import Iterator
from math import inf

from drivers.reading import Scalar
from rules.conditions.condition import Condition
from rules.conditions.meter import OTHERS, PACES
from rules.conditions.silent import Silent
from rules.conditions.usage import Usage, UsedBelow
from rules.conditions.value import Above, Below, Is, Leaf, Span
from rules.nouns import NOUNS, TRUTHS, amount, how_long, noun
from rules.sentence import Sentence

TEXTS = frozenset({"button", "firmware", "hardware", "model", "reset_cause", "measured_at"})
"""Quantities whose values are texts."""
RANGES = {"_c": (-273.15, inf), "_pct": (0.0, 100.0), **dict.fromkeys(("_ppm", "_lx", "_bpm", "_mmhg"), (0.0, inf))}
"""End of a quantity's name -> its least and its greatest value."""
MUCH = {"water_m3": 1.0, "hot_water_m3": 1.0}
"""What few homes use in a day: 0.1 to 0.2 m3 for each person (from memory, not verified; recorded flats too)."""
DAY = 86400.0
SOON = 60.0
"""Seconds. What a radio sensor only says again goes on twice a minute at most, and one such word may be lost."""
STEP = 1e-6
Doubtful = tuple[str, str]
"""What is probably not meant, and the remedy."""


def doubtful(condition: Condition) -> Doubtful | None:
    """What is probably not meant in a simple condition."""
    if isinstance(condition, Leaf):
        return _strange(condition)
    if isinstance(condition, Usage):
        return _unlikely(condition)
    return _too_soon(condition) if isinstance(condition, Silent) else None


def _strange(leaf: Leaf) -> Doubtful | None:
    """A test that no value of this quantity passes, or each."""
    name = leaf.quantity
    values = leaf.values if isinstance(leaf, Is) else ()
    if name in TRUTHS and isinstance(leaf, Is) and not any(value in (False, True) for value in values):
        what = Sentence("{name} is true or false, never {value!r}", name=name, value=values[0])
        return what, Sentence("write is = true or is = false")
    if name in NOUNS and name not in TEXTS and any(isinstance(value, bool | str) for value in values):
        what = Sentence("{name} is a number, never {value!r}", name=name, value=values[0])
        return what, Sentence("write above, below, outside, or is = a number")
    if name in TEXTS and not any(isinstance(value, str) for value in values):
        return Sentence("{name} is a text, no number", name=name), Sentence('write is = "…"')
    if name in TRUTHS and isinstance(leaf, Above | Below) and not any(leaf.test(value) for value in (False, True)):
        return Sentence("{name} is true or false and counts as 1 or 0", name=name), Sentence(
            "write is = true or is = false"
        )
    return _out_of_range(leaf)


def _out_of_range(leaf: Leaf) -> Doubtful | None:
    name = leaf.quantity
    found = (0.0, 1.0) if name in TRUTHS else next((RANGES[end] for end in RANGES if name.endswith(end)), None)
    if found is None:
        return None
    low, high = found
    passed = [leaf.test(value) for value in (low, high, *_limits(leaf)) if low <= value <= high]
    span = Sentence("from {low:g} to {high:g}" if high < inf else "{low:g} or more", low=low, high=high)
    if not any(passed):
        return Sentence("{name} is {span}: no value passes this test", name=name, span=span), Sentence("move the limit")
    what = Sentence("{name} is {span}: each value passes this test", name=name, span=span)
    return (what, Sentence("move the limit")) if all(passed) else None


def _limits(leaf: Leaf) -> Iterator[float]:
    """Numbers around those at which the test of a value turns."""
    values: list[Scalar] = list(leaf.values) if isinstance(leaf, Is) else []
    values += [leaf.limit] if isinstance(leaf, Above | Below) else []
    values += [leaf.low, leaf.high] if isinstance(leaf, Span) else []
    for value in values:
        if not isinstance(value, str):
            yield from (value - STEP, value, value + STEP)


def _unlikely(usage: Usage) -> Doubtful | None:
    """An amount that no meter passes in its time, or that no home uses: litres in place of cubic metres, say."""
    said = amount(usage.amount, noun(usage.quantity).unit)
    over = how_long(usage.seconds)
    most = PACES.get(usage.quantity, OTHERS).hourly * usage.seconds / 3600.0
    if usage.amount > most:
        what = Sentence(
            "no meter of a home passes {said} in {over}, {most:g} at the most", said=said, over=over, most=most
        )
        return what, Sentence("is it the right unit?")
    much = MUCH.get(usage.quantity, inf) * max(usage.seconds, DAY / 2) / DAY
    if isinstance(usage, UsedBelow) and usage.amount > much:
        often = "nearly every home uses less than {said} in {over}, so it fires nearly always"
        return Sentence(often, said=said, over=over), Sentence("is it the right unit?")
    return None


def _too_soon(silent: Silent) -> Doubtful | None:
    """A silence that is none."""
    if silent.budget is None or silent.budget >= SOON:
        return None
    what = Sentence(
        "{budget} is no silence: what a sensor only says again goes on twice a minute at most",
        budget=how_long(silent.budget),
    )
    return what, Sentence('write silent = true, for the budget of each device, or silent = "2m" or longer')
