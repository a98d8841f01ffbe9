"""Tests of one value that stand side by side: do they exclude each other, leave nothing out, is one the narrower?"""

from collections.abc import Iterable, Iterator

from drivers.reading import Scalar
from rules.conditions.compound import All, Any, Not
from rules.conditions.condition import Condition
from rules.conditions.held import Held
from rules.conditions.twice import Twice
from rules.conditions.value import Above, Below, Inside, Is, Leaf, Outside
from rules.plausible import STEP, TEXTS
from rules.quantities import STATES

FAR = 1e300
"""A number beyond each limit."""


def excluded(condition: All) -> bool:
    """Do two tests of one quantity leave no value?"""
    plain = [leaf for part in _together(condition) if (leaf := _leaf(part)) is not None]
    for name in {leaf.quantity for leaf in plain}:
        same = [leaf for leaf in plain if leaf.quantity == name]
        if len(same) > 1 and not any(all(leaf.test(value) for leaf in same) for value in _candidates(same)):
            return True
    return False


def _together(condition: All) -> Iterator[Condition]:
    """What must be true at the same moment, not a while ago (``hold``); those of an ``all`` among its parts, too."""
    for part in condition.parts:
        if isinstance(bare := _unheld(part), All) and not getattr(part, "hold", 0.0):
            yield from _together(bare)
        elif not getattr(part, "hold", 0.0):
            yield part


def denied(condition: All) -> bool:
    """Does one of them take back each value that makes another one true?"""
    said = [leaf for part in _together(condition) if (leaf := _leaf(part)) is not None]
    turned = [part.inner for part in map(_unheld, condition.parts) if isinstance(part, Not)]
    denied = [test for part in turned if isinstance(test := _unheld(part), Leaf)]
    return any(one.quantity == other.quantity and narrower(one, other) for one in said for other in denied)


def certain(condition: Any) -> bool:
    """Does each number, or do both true and false, make one of them true without having to last?"""
    bare = [inner for part in condition.parts if not isinstance(inner := _unheld(part), Held)]
    leaves = [leaf for part in bare if (leaf := _leaf(part)) is not None and leaf.quantity not in TEXTS]
    for name in {leaf.quantity for leaf in leaves}:
        same = [leaf for leaf in leaves if leaf.quantity == name]
        values = [False, True] if name in STATES else [*_candidates(same), -FAR, FAR]
        if len(same) > 1 and all(any(leaf.test(value) for leaf in same) for value in values):
            return True
    return False


def narrower(one: Leaf, other: Leaf) -> bool:
    """Does every value that passes this test pass the other?"""
    if isinstance(one, Is):
        return all(other.test(value) for value in one.values)
    if isinstance(one, Above):
        return other.test(one.limit + STEP) and isinstance(other, Above | Outside)
    if isinstance(one, Below):
        return other.test(one.limit - STEP) and isinstance(other, Below | Outside)
    if isinstance(one, Inside) and isinstance(other, Inside):
        return one.low >= other.low and one.high <= other.high
    both = isinstance(one, Outside) and isinstance(other, Outside)
    return both and one.low <= other.low and one.high >= other.high  # type: ignore[attr-defined]


def _leaf(condition: Condition) -> Leaf | None:
    """The test of a value that it is, apart from how long or how often in a row that has to be so."""
    inner = condition.inner if isinstance(condition, Held) else condition
    inner = inner.leaf if isinstance(inner, Twice) else inner
    return inner if isinstance(inner, Leaf) else None


def _unheld(condition: Condition) -> Condition:
    """It, without a hold around it that asks for no time."""
    return condition.inner if isinstance(condition, Held) and not condition.seconds else condition


def _candidates(leaves: Iterable[Leaf]) -> Iterator[Scalar]:
    """Values among which is one that passes all tests, if there is any."""
    for leaf in leaves:
        if isinstance(leaf, Is):
            yield from leaf.values
        limits = [getattr(leaf, name) for name in ("limit", "low", "high") if hasattr(leaf, name)]
        yield from (limit + step for limit in limits for step in (-STEP, 0.0, STEP))
