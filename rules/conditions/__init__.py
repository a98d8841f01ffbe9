"""The condition words, one small class each.

condition.py  what a Condition is, the register of words, reading, and ``for``
value.py      is, above, below, outside: the last value of a quantity
silent.py     silent: a device that isn't heard
compound.py   any, all
meter.py      the register of a cumulative meter and its faults
usage.py      used_below, used_above: how much was used within a time
"""

from rules.conditions import compound, silent, usage, value
from rules.conditions.condition import WORDS, Condition, Held, Live, read, word

__all__ = ["WORDS", "Condition", "Held", "Live", "compound", "read", "silent", "usage", "value", "word"]
