"""The condition words, one small class each.

condition.py  what a Condition is
held.py       for, hold, beside any condition
language.py   the register of words, and how a condition is read
value.py      is, above, below, outside: the last value of a quantity
silent.py     silent: a device that isn't heard
compound.py   any, all, not
meter.py      the register of a cumulative meter and its faults
leak.py       always_in_use: a meter that never stands still
trend.py      rises, falls: a value that changes fast
dose.py       dose: carbon monoxide by time and concentration
inactive.py   inactive: no sign of life for longer than is normal in this home at this hour
waiting.py    inactive at work, from one sign of life to the next
hearing.py    which sensors would have told of life
whereabouts.py  did somebody leave by the front door
lessons.py    what the silences of a day teach
sequence.py   after, beside a condition: one thing and then another
twice.py      twice, beside a condition: for sensors that glitch
among.py      devices, except_devices, beside a condition: some devices of the home alone
guard.py      while of a rule, or beside a condition: hours, days, modes, who lives there
counted.py    times, times_below beside a condition, as they are read
times.py      times: how often it happened
seldom.py     times_below: what did not happen, or seldom
between.py    the same of both between two times of the day
restless.py   never_still: a sensor that never stops changing what it says
sound.py      sound, beside a condition: not what a sensor says that is known to be faulty
share.py      which of several sensors can be done without
metered.py    what all conditions on meters share
leaps.py      leaps: a register that rises by more than any pipe lets through
grain.py      too_coarse: a register that moves in steps too great to show a small amount
usage.py      used_below: how little was used within a time
overuse.py    used_above: how much was, or between two times of the day
"""

from rules.conditions import (
    among,
    compound,
    counted,
    dose,
    grain,
    guard,
    inactive,
    leak,
    leaps,
    overuse,
    restless,
    sequence,
    silent,
    sound,
    trend,
    twice,
    usage,
    value,
)
from rules.conditions.condition import Condition, Live
from rules.conditions.held import Held
from rules.conditions.language import BESIDE, WORDS, read, word

__all__ = [
    "BESIDE", "WORDS", "Condition", "Held", "Live", "among", "compound", "counted", "dose", "grain", "guard",
    "inactive", "leak", "leaps", "overuse", "read", "restless", "sequence", "silent", "sound", "trend", "twice",
    "usage", "value", "word",
]  # fmt: skip
