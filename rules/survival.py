"""Survival: which part of the silences that begin now lasts longer than any given time; where a line costs least."""

import math
from itertools import accumulate

from rules.usual import STEP, STEPS

SHORTEST, HIGHEST = 2 * 3600.0, STEPS * STEP
"""Seconds: no line is lower or higher. A nap or a bath is no emergency, however even a life was so far; a day without
any sign is one."""
BLUR = (0.25, 0.5, 0.25)
"""A length counts as up to two steps longer: what lasted an hour may last two next time."""
PASSED = 0.1
"""No line is passed by more of the silences, however cheap a call is: nobody is called every night."""
BELIEF = 0.2
"""What is usual anywhere counts as so many silences of each hour and length."""
_FIRST = int(SHORTEST / STEP)
_HOURS = STEP / 3600


def lasting(ends: list[float], parts: list[float], usual: list[float]) -> list[float]:
    """For each step, the part of the silences beginning now that lasts longer. Of ``parts`` is known that they lasted
    for so many steps. A few of them were lost by chance, and blur what the others say."""
    sums = zip(_from_here(ends), _from_here([*parts[1:], 0.0]), strict=True)
    lasted = [whole + part if part > whole else whole for whole, part in sums]
    left, made = 1.0, []
    for ended, many, anyway in zip(ends, lasted, usual, strict=True):
        left *= 1.0 - (ended + BELIEF * anyway) / (many + BELIEF)
        made.append(left)
    return made


def _from_here(many: list[float]) -> list[float]:
    """For each step, the sum from it on."""
    return list(accumulate(reversed(many)))[::-1]


def blurred(ends: list[float]) -> list[float]:
    """The same with each length up to two steps longer."""
    near, middle, far = BLUR
    made = [
        near * here + middle * before + far * earlier
        for here, before, earlier in zip(ends, [0.0, *ends], [0.0, 0.0, *ends], strict=False)
    ]
    made[-1] += (middle + far) * ends[-1] + far * ends[-2]
    return made


def cheapest(left: list[float], price: float, busy: float) -> float:
    """The line, in seconds. Waiting costs a tenth of its square, so that the longest is shortened first.

    ``busy``: hours for each silence in which one waits for all of the line.
    """
    best, line = math.inf, HIGHEST
    some = waited = squared = 0.0
    before = 1.0
    for step, after in enumerate(left[:STEPS], 1):
        living, before = (before + after) / 2 * _HOURS, after
        squared += _HOURS * (2 * waited + _HOURS * some) + living * (_HOURS / 2) ** 2
        waited += _HOURS * some + living * _HOURS / 2
        some += living
        cost = (squared + busy * (step * _HOURS) ** 2) / 10 + price * after
        if step >= _FIRST and after <= PASSED and cost < best:
            best, line = cost, step * STEP
    return line
