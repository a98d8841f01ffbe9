"""The condition words, one small class each.

condition.py  what a Condition is, the register of words, reading, and ``for``
value.py      is, above, below: the last value of a quantity
silent.py     silent: a device that isn't heard
compound.py   any, all
"""

from rules.conditions import compound, silent, value
from rules.conditions.condition import WORDS, Condition, Held, Live, read, word

__all__ = ["WORDS", "Condition", "Held", "Live", "compound", "read", "silent", "value", "word"]
