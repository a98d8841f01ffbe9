"""What a recording says and no rule can take as it was meant: a text for a number, a word nobody knows, litres."""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal, NamedTuple, TypeGuard

from rules.conditions.condition import parts
from rules.conditions.grain import COARSE
from rules.conditions.usage import UsedBelow
from rules.plausible import TEXTS
from rules.quantities import KNOWN, METERS, MOMENTARY, STATES
from rules.recording import Recorded
from rules.rule import Rule

ENOUGH, CUBIC_METRE = 20, 1.0
"""Moves of a register, and their median, from which on it is taken for one of litres. Recorded meters of homes move by
0.001 to 0.05 m3 from one reading to the next where they are read hourly or oftener, by 0.3 where daily."""


class Hint(NamedTuple):
    """One thing that was probably meant otherwise; ``home`` and ``device`` are the first of those that say it."""

    kind: Literal["stranger", "near", "number", "truth", "litres", "coarse"]
    """A word nobody knows, and one that is near a known one; what should be a number, or true or false; a register."""
    home: str
    device: str
    quantity: str
    readings: int
    """Of readings, in all homes; of a register its moves."""
    value: str
    """What was said, what is near, or by how much the register moves."""


def misread(homes: Iterable[Recorded], rules: Sequence[Rule]) -> list[Hint]:
    """All of them, words by quantity, then registers by home."""
    asked = frozenset(name for rule in rules for name in rule.needs)
    words: dict[tuple[str, str], Hint] = {}
    registers: list[Hint] = []
    for home in homes:
        for hint in [*_strangers(home, asked), *_texts(home)]:
            key = (hint.quantity, hint.kind)
            first = words.get(key)
            words[key] = hint if first is None else first._replace(readings=first.readings + hint.readings)
        registers += _registers(home, rules)
    return [*(words[key] for key in sorted(words)), *registers]


def _strangers(home: Recorded, asked: frozenset[str]) -> Iterable[Hint]:
    strange = [point for point in home.points if _plain(point[1]) not in KNOWN | asked]
    counts = home.counts() if strange else Counter()
    for point in strange:
        near = difflib.get_close_matches(_plain(point[1]), sorted(KNOWN | asked), 1, 0.8)
        yield Hint("near" if near else "stranger", home.name, point[0], _plain(point[1]), counts[point], "".join(near))


def _texts(home: Recorded) -> Iterable[Hint]:
    for (device, point), (count, text) in home.texts().items():
        name = _plain(point)
        if name in KNOWN and name not in TEXTS:
            yield Hint("truth" if name in STATES | MOMENTARY else "number", home.name, device, name, count, text)


def _registers(home: Recorded, rules: Sequence[Rule]) -> Iterable[Hint]:
    wanted = [point for point in home.points if _plain(point[1]) in METERS]
    for (device, point), rises in home.rises(wanted).items():
        name, move, step = _plain(point), median(rises), min(rises)
        if len(rises) < ENOUGH:
            continue
        if name.endswith("_m3") and move >= CUBIC_METRE:
            yield Hint("litres", home.name, device, point, len(rises), f"{move:.3g}")
        finest = [part.amount for rule in rules for part in parts(rule.when) if _asks_less(part, name)]
        whole = all(abs(rise / step - round(rise / step)) < 1e-3 for rise in rises)
        if finest and step >= COARSE * min(finest) and whole:
            yield Hint("coarse", home.name, device, point, len(rises), f"{step:.3g}")


def _asks_less(part: object, quantity: str) -> TypeGuard[UsedBelow]:
    """Is it about a small amount of this?"""
    return isinstance(part, UsedBelow) and part.quantity == quantity


def _plain(point: str) -> str:
    """The quantity of a point: ``temperature_c#2`` is a temperature."""
    return point.partition("#")[0]
