"""A register map: what the registers of one kind of Modbus device mean, as data that an installer can write.

``load`` makes a Map of a dict (parsed TOML) or raises BadMap with every mistake and the place of each. See
``modbus.py`` for what the keys are for, and ``maps/`` for examples.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from drivers.rtu import READS
from drivers.table import BadMap, Path, Table

WORDS: Final = {"u16": 1, "s16": 1, "u32": 2, "s32": 2, "f32": 2, "u64": 4, "s64": 4, "f64": 4, "bcd": 1, "bcd32": 2}
"""Type -> registers. ``bit`` is one bit of functions 1 and 2."""
_ORDERS: Final = ("big", "little")
YES_NO: Final = frozenset({
    "smoke", "heat_alarm", "gas_alarm", "co_alarm", "flood", "tamper", "fault", "battery_low", "door_open",
    "window_open", "motion", "occupied", "power_on", "valve_open", "output_on", "lift_fault", "person_trapped",
    "fire_door_open", "level_low",
})  # fmt: skip
"""Quantities that are true or false, so never a bare number."""
ALARMS: Final = frozenset({
    "smoke", "heat_alarm", "gas_alarm", "co_alarm", "flood", "gas_lel_pct", "co_ppm", "lift_fault", "person_trapped",
})  # fmt: skip
"""Quantities of a device that is there to call for help."""
WATCHED, METERED = 1.0, 60.0
"""Seconds between two rounds of questions: of a device that may call for help, and of any other."""
NORMAL: Final = "normal"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}", re.ASCII)
_MAP_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_MAP_KEYS: Final = frozenset({"name", "title", "source", "trap", "base", "function", "type", "word_order",
                              "byte_order", "gap", "silent_after", "every", "value"})  # fmt: skip
_VALUE_KEYS: Final = frozenset({"quantity", "register", "function", "type", "word_order", "byte_order", "scale",
                                "offset", "invalid", "bit", "mask", "invert", "rest_bit", "states", "only_if",
                                "note"})  # fmt: skip
_CONDITION_KEYS: Final = frozenset({"register", "mask", "is", "is_not"})
_MOST_VALUES: Final = 256


class Condition(NamedTuple):
    """Another register of the same read that says whether a value is to be believed."""

    start: int
    mask: int
    numbers: frozenset[int]
    wanted: bool


class Point(NamedTuple):
    """One value of a map. ``start`` counts from 0 as on the wire; ``low`` and ``end`` hold the condition too."""

    quantity: str
    nth: int
    function: int
    start: int
    kind: str
    swap_words: bool
    swap_bytes: bool
    scale: Fraction
    offset: Fraction
    invalid: frozenset[int | float]
    mask: int
    yes_no: bool
    """A bit, or a register in which any bit of the mask is set."""
    invert: bool
    rest_bit: int
    """The bit of the same register that tells the state at rest, -1 if none: alarm = the two differ."""
    states: Mapping[int, tuple[str, ...]] | None
    """Number -> what is true then. All booleans named here are false otherwise."""
    named: tuple[tuple[str, int], ...]
    """Quantity and nth of each boolean that ``states`` names."""
    condition: Condition | None
    low: int
    end: int


class Map(NamedTuple):
    """What to read of a device and what it means."""

    name: str
    title: str
    points: tuple[Point, ...]
    gap: int
    silent_after: float
    every: float
    """Seconds between two rounds of questions."""

    @property
    def says(self) -> frozenset[str]:
        """All quantities that it may say: those of its points and states, and ``fault`` for a number nobody knows."""
        named = {name for point in self.points for name, _ in point.named}
        return frozenset({point.quantity for point in self.points if point.quantity} | named | {"fault"})

    @property
    def outputs(self) -> tuple[Point, ...]:
        """The coils that can be switched."""
        return tuple(point for point in self.points if point.quantity == "output_on" and point.function == 1)


def load(table: Mapping[str, object], name: str = "") -> Map:
    """A parsed map -> Map. ``name`` stands in for the key ``name``. Raises BadMap alone, for any dict."""
    mistakes: list[tuple[Path, str]] = []
    reader = Table(table, (), mistakes)
    reader.unknown(_MAP_KEYS)
    name = reader.text("name", name)
    if not _MAP_NAME.fullmatch(name):
        reader.wrong("name", "name must be small letters, digits and -, at most 32")
    base = reader.whole("base", None, 0, 1)
    gap = reader.whole("gap", 0, 0, 100)
    silent_after = float(reader.number("silent_after", 60))
    if not 1 <= silent_after <= 366 * 86400:
        reader.wrong("silent_after", "silent_after must be 1 second … 366 days, in seconds")
    defaults = {key: table[key] for key in ("function", "type", "word_order", "byte_order") if key in table}
    every = float(reader.number("every", 0))
    if "every" in table and not 0.05 <= every <= 7 * 86400:
        reader.wrong("every", "every must be 0.05 seconds … 7 days, in seconds")
    values = table.get("value", [])
    if not isinstance(values, list) or not values or not all(isinstance(value, dict) for value in values):
        reader.wrong("value" if "value" in table else "", "a map needs tables [[value]]")
        values = []
    if len(values) > _MOST_VALUES:
        reader.wrong("value", f"more than {_MOST_VALUES} values")
        values = []
    seen: Counter[str] = Counter()
    points = [
        _point(Table({**defaults, **value}, ("value", place), mistakes), base, seen)
        for place, value in enumerate(values)
    ]
    title, _, _ = (reader.text(key) for key in ("title", "source", "trap"))
    if mistakes:
        raise BadMap(mistakes)
    return Map(name, title, tuple(points), gap, silent_after, every or _often(points))


def _often(points: Sequence[Point]) -> float:
    """What calls for help is asked as often as its line allows, other things each minute."""
    said = {point.quantity for point in points} | {name for point in points for name, _ in point.named}
    return WATCHED if said & ALARMS else METERED


def _point(value: Table, base: int, seen: Counter[str]) -> Point:
    value.unknown(_VALUE_KEYS)
    function = value.whole("function", 3, 1, 4)
    of_bits = function in (1, 2)
    kinds = ("bit",) if of_bits else tuple(WORDS)
    kind = value.choice("type", "bit" if of_bits else "u16", kinds)
    start = value.whole("register", None, base, 0xFFFF + base) - base
    end = start + WORDS.get(kind, 1)
    if end > 0x10000:
        value.wrong("register", "the value ends behind the last register")
    mask, yes_no = _mask(value, kind)
    rest_bit = value.whole("rest_bit", -1, -1, 16 * WORDS.get(kind, 1) - 1)
    states, named = _states(value, seen)
    quantity, nth = ("", 0) if states is not None else _quantity(value, yes_no, seen)
    condition = _condition(value, base)
    low = min(start, condition.start) if condition else start
    end = max(end, condition.start + 1) if condition else end
    if end - low > READS[function]:
        value.wrong("only_if", f"value and condition don't fit one read of {READS[function]}")
    if condition and of_bits:
        value.wrong("only_if", "only_if looks at a register, but this function reads bits")
    if not yes_no and (value.flag("invert") or rest_bit >= 0):
        value.wrong("invert", "only a bit can be inverted: give bit, or mask of one")
    return Point(
        quantity, nth, function, start, kind,
        value.choice("word_order", "big", _ORDERS) == "little", value.choice("byte_order", "big", _ORDERS) == "little",
        value.number("scale", 1), value.number("offset", 0), value.numbers("invalid"), mask, yes_no,
        value.flag("invert"), rest_bit, states, named, condition, low, end,
    )  # fmt: skip


def _mask(value: Table, kind: str) -> tuple[int, bool]:
    """-> (which bits count, is the value true or false?)"""
    width = 16 * WORDS.get(kind, 1)
    if kind == "bit":
        for key in ("bit", "mask"):
            if key in value.table:
                value.wrong(key, f"{key} is for registers; functions 1 and 2 read single bits")
        return 1, True
    for key in ("bit", "mask"):
        if key in value.table and kind[0] != "u":
            value.wrong(key, f"{key} needs a type u16, u32 or u64")
    if "bit" in value.table:
        if "mask" in value.table:
            value.wrong("mask", "give bit or mask, not both")
        return 1 << value.whole("bit", None, 0, width - 1), True
    if "mask" in value.table:
        mask = value.whole("mask", None, 1, (1 << width) - 1)
        return mask, value.text("quantity") in YES_NO and "states" not in value.table
    return (1 << width) - 1, False


def _quantity(value: Table, yes_no: bool, seen: Counter[str]) -> tuple[str, int]:
    quantity = value.text("quantity")
    if not _NAME.fullmatch(quantity):
        missing = "quantity" not in value.table
        value.wrong("" if missing else "quantity", "quantity must be a name such as gas_lel_pct, or give states")
    elif quantity in YES_NO and not yes_no:
        value.wrong("quantity", f"{quantity} is true or false: give bit, mask or states")
    elif yes_no and ("scale" in value.table or "offset" in value.table):
        value.wrong("", "a bit has no scale and no offset")
    seen[quantity] += 1
    return quantity, seen[quantity] - 1


def _states(
    value: Table, seen: Counter[str]
) -> tuple[Mapping[int, tuple[str, ...]] | None, tuple[tuple[str, int], ...]]:
    inner = value.inner("states")
    if inner is None:
        return None, ()
    if "quantity" in value.table or "bit" in value.table:
        value.wrong("states", "give states, or a quantity: states name theirs")
    if value.table.get("type") in ("f32", "f64"):
        value.wrong("type", "states need whole numbers")
    states: dict[int, tuple[str, ...]] = {}
    for key, said in inner.table.items():
        names = said if isinstance(said, list) else [said]
        number = int(key) if isinstance(key, str) and re.fullmatch(r"-?[0-9]{1,18}", key, re.ASCII) else None
        if number is None:
            inner.wrong(str(key), "a state is a whole number")
        elif not names or not all(isinstance(name, str) and (name == NORMAL or name in YES_NO) for name in names):
            inner.wrong(str(key), f"a state is {NORMAL} or some of {', '.join(sorted(YES_NO))}")
        else:
            states[number] = tuple(str(name) for name in names if name != NORMAL)
    if NORMAL not in inner.table.values():
        value.wrong("states", f'no state is "{NORMAL}"')
    true = sorted({name for said in states.values() for name in said} | {"fault"})
    named = tuple((name, seen[name]) for name in true)
    seen.update(true)
    return states, named


def _condition(value: Table, base: int) -> Condition | None:
    inner = value.inner("only_if")
    if inner is None:
        return None
    inner.unknown(_CONDITION_KEYS)
    if ("is" in inner.table) == ("is_not" in inner.table):
        inner.wrong("", "give is or is_not: a list of numbers")
    wanted = "is" in inner.table
    numbers = inner.numbers("is" if wanted else "is_not")
    start = inner.whole("register", None, base, 0xFFFF + base) - base
    mask = inner.whole("mask", 0xFFFF, 1, 0xFFFF)
    return Condition(start, mask, frozenset(int(n) for n in numbers if abs(n) < 1e12), wanted)
