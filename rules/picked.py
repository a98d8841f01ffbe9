"""Which devices a rule looks at: all of its home, unless it names some or leaves some out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from rules.document import Table

KEYS = ("devices", "except_devices")
"""Of a rule. Names as in the site file; ``*`` stands for any signs, as in ``freezer-*``."""


def _matcher(names: Iterable[str]) -> re.Pattern[str] | None:
    found = "|".join(map(_pattern, names))
    return re.compile(found, re.DOTALL) if found else None


def _pattern(name: str) -> str:
    """Each piece stands where it is found first, for good: to try the other places takes time without end."""
    first, *pieces = map(re.escape, name.split("*"))
    if not pieces:
        return first
    return first + "".join(f"(?>.*?{piece})" for piece in pieces[:-1]) + f".*{pieces[-1]}"


@dataclass(frozen=True, slots=True)
class Picked:
    """``name in picked``: does the rule look at this device? Truth: does it look at some alone?"""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    _only: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _without: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_only", _matcher(self.only))
        object.__setattr__(self, "_without", _matcher(self.without))

    def __bool__(self) -> bool:
        return bool(self.only or self.without)

    def __contains__(self, device: str) -> bool:
        if self._only is not None and not self._only.fullmatch(device):
            return False
        return self._without is None or not self._without.fullmatch(device)

    def within(self, other: "Picked") -> bool:
        """Does the other look at whatever this one does? False where nobody can tell."""
        if not other or self == other:
            return True
        if self.only and not any("*" in name for name in self.only):
            return all(name in other for name in self.only if name in self)
        return set(other.without) <= set(self.without) and (not other.only or set(self.only or "*") <= set(other.only))


ALL = Picked()
"""Every device of the home."""


def picked_of(table: Table) -> Picked:
    """Its devices, from the table of a rule; mistakes are noted there."""
    only, without = (_names(table, key) if key in table else () for key in KEYS)
    for name in sorted(set(only) & set(without)):
        table.mistake(KEYS[1], 'the rule names and leaves out "{name}"', "keep it in one of the two lists", name=name)
    return Picked(only, without)


def _names(table: Table, key: str) -> tuple[str, ...]:
    before = len(table.mistakes)
    names = table.texts(key)
    if not names and len(table.mistakes) == before:
        table.mistake(key, "{key} is empty", 'name devices, {key} = ["kettle-*"], or remove it', key=key)
    for name in names:
        if not name.strip("*"):
            table.mistake(key, '"{name}" is each device', "remove {key}, or name some", name=name, key=key)
    return names
