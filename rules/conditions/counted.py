"""``times`` and ``times_below``, as they are read: beside a condition on one value, with ``within``."""

from rules.conditions.between import OftenBetween, SeldomBetween
from rules.conditions.condition import Condition
from rules.conditions.language import beside
from rules.conditions.seldom import TimesBelow
from rules.conditions.times import Times
from rules.conditions.value import Leaf
from rules.daily import Daily
from rules.document import Table
from rules.sentence import Sentence

MOST = 100
"""Times, at most: each of them is remembered."""


@beside("times")
def _times(condition: Condition, table: Table, depth: int) -> Condition:
    return _counted("times", condition, table)


@beside("times_below")
def _times_below(condition: Condition, table: Table, depth: int) -> Condition:
    return _counted("times_below", condition, table)


def _counted(key: str, condition: Condition, table: Table) -> Condition:
    """What stands beside the words of a value; a mistake leaves the condition as it is."""
    absent, daily = key == "times_below", Daily.read(table, "within")
    count = table.whole(key, low=1, high=MOST)
    seconds = table.seconds("within", low=1.0) if daily is None else daily.seconds
    if not isinstance(condition, Leaf):
        what = condition.word or Sentence("what is counted or compared already")
        table.mistake(key, "{what} doesn't happen so and so often", "count is, above, below or outside", what=what)
        return condition
    if absent and condition.momentary:
        table.mistake(
            key,
            "nothing shows that {quantity} would be heard",
            "name a state that is repeated",
            quantity=condition.quantity,
        )
    if daily is None:
        return (TimesBelow if absent else Times)(condition, count, seconds)
    return (SeldomBetween if absent else OftenBetween)(condition, count, seconds, daily)
