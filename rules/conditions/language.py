"""The language of conditions: which words there are, and how a condition is read from its table."""

from collections.abc import Callable
from typing import TypeVar

from rules.conditions.condition import Condition
from rules.conditions.held import Held
from rules.document import Table
from rules.sentence import strung

DEEPEST = 4
"""Levels of any / all within each other; nobody reads more."""

WORDS: dict[str, type[Condition]] = {}
"""The language: word -> class."""

Beside = Callable[[Condition, Table, int], Condition]
"""(condition, the table it stands in, depth) -> the condition with what stands beside it."""
BESIDE: dict[str, Beside] = {}
"""Words that stand beside a condition, in the order in which they are applied."""
ORDER = ("twice", "times", "times_below", "sound", "devices", "except_devices", "after", "while")
"""That order, from the value outwards: ``while`` holds for all else that stands beside it, but for and hold."""

C = TypeVar("C", bound=type[Condition])


def word(cls: C) -> C:
    """Register a class under its word."""
    WORDS[cls.word] = cls
    return cls


def beside(key: str) -> Callable[[Beside], Beside]:
    """Register what reads a word that stands beside another condition."""

    def register(reader: Beside) -> Beside:
        BESIDE[key] = reader
        for known in ORDER:
            if known in BESIDE:
                BESIDE[known] = BESIDE.pop(known)
        return reader

    return register


def read(table: Table, quantity: str | None = None, depth: int = 0) -> Held | None:
    """The condition that a table says, with its ``for``; None after a mistake."""
    said = [name for name in WORDS if name in table]
    if len(said) == 1 and depth < DEEPEST:
        condition = WORDS[said[0]].read(table, quantity, depth)
        for key, reader in BESIDE.items():
            if key in table:
                condition = reader(condition, table, depth)
        seconds, hold = table.seconds("for", 0.0), table.seconds("hold", 0.0)
        for key, said_at_all in (("for", seconds), ("hold", hold)):
            if said_at_all and any(leaf.momentary for leaf in condition.leaves()):
                table.mistake(key, "an event lasts no time, so it never lasts for a while", "remove {key}", key=key)
        return Held(condition, seconds, hold)
    if len(said) == 1:
        table.mistake("", "conditions are nested {deepest} deep or more", "make two rules of it", deepest=DEEPEST)
    elif said:
        table.mistake(
            said[1],
            "{words} stand side by side",
            "keep one, or write all = [{…}, {…}] or any = [{…}, {…}]",
            words=strung(said, "{one} and {other}"),
        )
    else:
        table.mistake("", "there is no condition", "write one of: {known}", known=sorted(WORDS))
    table.known |= {"quantity", "for", "hold", "within", *BESIDE}
    return None
