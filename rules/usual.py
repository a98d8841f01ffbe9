"""Usual: how long silences last where nothing of a home is known yet, so that the first day has sensible lines.

Two tables, a row for each hour at which a silence began. A number is -10 ln of the share of silences that last longer
than ``KNOTS``: 23 is one in ten, 46 one in a hundred, 69 one in a thousand.

``ANYWHERE`` is what 23 flats gave in a year (hourly water meters, DAIAD trial A, every second flat by name): who is out
and who sleeps look alike there, so that half a day is nothing rare. ``INDOORS`` is for homes whose front door is heard,
and for silences after which nobody left. It is drawn, not counted: by day hardly any lasts five hours ("5 h within
07-22" gave 0 to 1.6 false calls a month in recorded homes of elders), and who went to bed is up at about seven.
"""

import math
from collections.abc import Sequence

STEP = 1800.0
"""Seconds: silences are counted by the half hour."""
STEPS = 48
"""Steps of a day; what lasts longer counts as one."""
KNOTS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 24)
"""Hours."""
_SCALE = 10.0

_ANYWHERE = (
    (3, 9, 12, 13, 16, 25, 40, 53, 58, 66), (2, 7, 9, 10, 14, 26, 41, 51, 56, 64),
    (2, 6, 8, 9, 15, 28, 44, 50, 54, 64), (2, 5, 8, 10, 19, 33, 46, 51, 55, 64),
    (2, 6, 9, 15, 25, 39, 46, 55, 58, 63), (2, 7, 12, 20, 31, 39, 44, 54, 60, 62),
    (2, 8, 15, 23, 32, 36, 42, 50, 61, 64), (2, 10, 17, 23, 29, 33, 40, 46, 61, 63),
    (2, 11, 18, 23, 27, 33, 40, 45, 58, 60), (3, 12, 18, 23, 27, 34, 40, 46, 56, 58),
    (3, 12, 18, 24, 30, 37, 42, 47, 55, 56), (3, 12, 19, 25, 32, 38, 44, 48, 54, 55),
    (3, 12, 19, 26, 33, 39, 45, 49, 52, 55), (3, 12, 20, 27, 33, 40, 46, 49, 51, 54),
    (3, 12, 20, 27, 35, 42, 48, 49, 51, 55), (3, 13, 20, 28, 37, 45, 49, 50, 52, 54),
    (3, 12, 20, 28, 38, 45, 47, 49, 50, 52), (3, 12, 20, 28, 38, 43, 45, 46, 48, 50),
    (3, 11, 18, 23, 28, 29, 30, 33, 47, 50), (3, 10, 16, 21, 23, 24, 25, 32, 49, 53),
    (3, 10, 15, 18, 20, 20, 24, 37, 51, 55), (3, 10, 15, 18, 19, 20, 29, 45, 53, 58),
    (3, 12, 19, 23, 26, 30, 40, 50, 55, 62), (3, 11, 15, 18, 20, 25, 40, 52, 58, 65),
)  # fmt: skip
_BY_DAY = (15, 27, 36, 44, 66, 80, 88, 95, 100, 100)
_INDOORS = (
    (2, 3, 3, 3, 6, 17, 44, 88, 100, 100), (2, 3, 3, 3, 6, 17, 44, 88, 100, 100),
    (3, 3, 3, 4, 6, 18, 45, 88, 100, 100), (4, 5, 6, 6, 9, 20, 47, 89, 100, 100),
    (7, 9, 10, 10, 13, 25, 52, 91, 100, 100), (11, 16, 18, 18, 22, 33, 60, 93, 100, 100),
    (14, 24, 29, 32, 37, 49, 74, 95, 100, 100),
    (15, 27, 36, 44, 66, 80, 88, 95, 100, 100),
    *[_BY_DAY] * 10,
    (14, 24, 29, 32, 35, 35, 35, 39, 80, 100), (12, 17, 19, 20, 21, 21, 22, 30, 86, 100),
    (8, 11, 11, 12, 12, 12, 16, 29, 97, 100), (5, 6, 7, 7, 7, 8, 15, 36, 100, 100),
    (3, 3, 3, 4, 4, 7, 20, 49, 100, 100), (2, 3, 3, 3, 4, 11, 32, 70, 100, 100),
)  # fmt: skip




def _ends(knots: Sequence[int]) -> list[float]:
    """For each step, the share of the silences that lasted so long which end in it. What is left ends in the last."""
    places, values = [0.0, *(hours * 3600 / STEP for hours in KNOTS)], [0.0, *(knot / _SCALE for knot in knots)]
    made, before, at = [], 0.0, 1
    for step in range(1, STEPS + 1):
        while step > places[at]:
            at += 1
        share = (step - places[at - 1]) / (places[at] - places[at - 1])
        now = values[at - 1] + share * (values[at] - values[at - 1])
        made.append(1 - math.exp(before - now))
        before = now
    return [*made, 1.0]


ANYWHERE = [_ends(knots) for knots in _ANYWHERE]
INDOORS = [_ends(knots) for knots in _INDOORS]
"""Hour at which a silence began -> for each step, the share of those left which end in it."""
