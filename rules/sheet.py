"""Sheet: what one device said last, as numbers side by side.

Nearly all readings say what concerns nobody, and of an estate's sensors none is in the processor's caches when it
speaks. So what such a reading needs lies close together: one table of names, one row of numbers. What isn't a plain
number (a text, what a broker kept, an alarm's own word) stays the Reading that it was.
"""

from array import array
from collections.abc import Mapping
from typing import Any

from drivers.reading import Reading, Scalar
from rules.route import EXACT, Asked, Kind, Mood, Spot

_NOTHING: Mapping[str, Any] = {}
_MOST = 4096
"""Layouts remembered: more than kinds of devices times moods."""
_NAN = float("nan")


class Layouts:
    """Where which point stands, for all devices that said the same things in the same order: one table for them all."""

    __slots__ = ("_made", "_next", "points")

    def __init__(self) -> None:
        self.points = 0
        """How often a point was new to its device: while this stands still ``Sheet.says`` answers as before."""
        self._made: dict[tuple[tuple[str, Spot], ...], Mapping[str, Spot]] = {}
        self._next: dict[tuple[int, str, Spot], tuple[Mapping[str, Spot], Mapping[str, Spot]]] = {}
        """Which one, which point, where it comes to stand -> that one, lest another gets its number, and the next."""

    def after(self, spots: Mapping[str, Spot], point: str, spot: Spot) -> Mapping[str, Spot]:
        """The one in which the point stands there, and all others where they stood."""
        key = (id(spots), point, spot)
        if key not in self._next:
            if len(self._next) > _MOST:
                self._made, self._next = {}, {}
            made = {**spots, point: spot}
            self._next[key] = spots, self._made.setdefault(tuple(made.items()), made)
        return self._next[key][1]


class Touched:
    """What each reading needs of a device. Attributes of a base lie before a class's own: so these are side by side."""

    __slots__ = ("deaf", "dirty", "limit", "listeners", "lost", "numbers", "spots", "stale")


class Sheet(Touched):
    """The last reading of each point that a rule asks for, or that is a state. A momentary quantity leaves none."""

    __slots__ = ("layouts", "more", "name", "odd")

    def __init__(self, name: str, heard: float, layouts: Layouts) -> None:
        self.name = name
        self.layouts = layouts
        self.spots: Mapping[str, Spot] = _NOTHING
        """Point -> where it stands, also of what isn't kept, once it was heard. Others may share this table."""
        self.numbers = array("d", (heard,))
        """When the device was heard; then of each point its value, when it said so, and in which Frame."""
        self.odd: Mapping[str, Reading] = _NOTHING
        """Points whose last reading is no plain number, and all of a checkpoint that was not laid out yet."""
        self.more: Mapping[str, tuple[str, ...]] = _NOTHING
        """Quantity -> its points that have other names, as the second of several like values."""

    @property
    def heard(self) -> float:
        """Gateway time of the last reading; of the configuration if there was none yet."""
        return self.numbers[0]

    @heard.setter
    def heard(self, at: float) -> None:
        self.numbers[0] = at

    def put(self, asked: Asked, reading: Reading, mood: Mood = "calm") -> None:
        """This is now the last one of its point; ``mood`` is that of a new point, an old one keeps its own."""
        point, value = reading.point, reading.value
        kind = _kind(reading)
        spot, row = self.spots.get(point), len(self.numbers)
        if spot is not None and spot.kind is kind is not None:
            row = spot.row
            self.numbers[row], self.numbers[row + 1], self.numbers[row + 2] = value, reading.at, reading.n  # type: ignore[assignment]
            return
        number = _NAN if kind is None or isinstance(value, str) else value
        numbers = array("d", (float(number), reading.at, reading.n if kind is not None else 0))
        if spot is not None:
            row, mood = spot.row, spot.mood
            self.numbers[row : row + 3] = numbers
        else:
            self.numbers = self.numbers + numbers  # exactly so long, where += leaves room for more
            self.layouts.points += 1
            if point != reading.quantity:
                self.more = {**self.more, reading.quantity: (*self.more.get(reading.quantity, ()), point)}
        if spot is None or spot.kind is not kind:
            self.place(point, asked.spot(row, kind, mood))
        if kind is None:
            self.odd = {**self.odd, point: reading}
        elif point in self.odd:
            self.odd = {name: odd for name, odd in self.odd.items() if name != point} or _NOTHING

    def place(self, point: str, spot: Spot) -> None:
        """It stands there from now on."""
        self.spots = self.layouts.after(self.spots, point, spot)

    def value(self, point: str) -> Scalar | None:
        """What the point said last; None: nothing yet."""
        spot = self.spots.get(point)
        if spot is None or not spot.row:
            return None
        return self.odd[point].value if spot.kind is None else spot.kind(self.numbers[spot.row])

    def reading(self, point: str) -> Reading | None:
        """The last one of the point; None: nothing yet."""
        spot = self.spots.get(point)
        if spot is None or not spot.row:
            return None
        if spot.kind is None:
            return self.odd[point]
        value, at, n = self.numbers[spot.row : spot.row + 3]
        return Reading(self.name, point, spot.asked.quantity, spot.kind(value), at, (), int(n))

    def points(self, quantity: str) -> tuple[str, ...]:
        """Those that ever said the quantity."""
        more = self.more.get(quantity, ()) if self.more else ()
        spot = self.spots.get(quantity)
        return (quantity, *more) if spot is not None and spot.row else more

    def says(self, *quantities: str) -> bool:
        """Did it ever say one of these?"""
        spots = self.spots
        for quantity in quantities:
            if (spot := spots.get(quantity)) is not None and spot.row:
                return True
        return bool(self.more) and not self.more.keys().isdisjoint(quantities)

    def values(self, quantity: str) -> list[Scalar]:
        """The last ones of all its points."""
        return [value for point in self.points(quantity) if (value := self.value(point)) is not None]

    def readings(self, quantity: str) -> list[Reading]:
        """The same as readings."""
        return [last for point in self.points(quantity) if (last := self.reading(point)) is not None]

    def quantities(self) -> list[str]:
        """All that is kept and that it ever said, in the order in which it did so first."""
        return list(dict.fromkeys(spot.asked.quantity for spot in self.spots.values() if spot.row))

    def remembered(self) -> list[Reading]:
        """All of it, quantity by quantity."""
        laid = [reading for quantity in self.quantities() for reading in self.readings(quantity)]
        return laid + [reading for point, reading in self.odd.items() if point not in self.spots]

    def turn(self, quantity: str, mood: Mood) -> None:
        """From now on this is the mood of the quantity's points."""
        for point in self.points(quantity):
            spot = self.spots[point]
            if spot.mood != mood:
                self.place(point, spot.asked.spot(spot.row, spot.kind, mood))

    def lay(self, asked: Mapping[str, Asked]) -> bool:
        """From now on these quantities are kept; -> whether anything is forgotten."""
        said = self.remembered()
        kept = [reading for reading in said if reading.quantity in asked]
        self.spots, self.numbers, self.odd, self.more = _NOTHING, array("d", (self.heard,)), _NOTHING, _NOTHING
        for reading in kept:
            self.put(asked[reading.quantity], reading)
        return len(kept) < len(said)


_KINDS: Mapping[type, Kind] = {float: float, bool: bool, int: int}


def _kind(reading: Reading) -> Kind | None:
    """What sort of plain number it is; None: it is none, or says more than a number."""
    _, _, _, value, _, flags, n, source = reading
    if flags or source is not None or n > EXACT:
        return None
    kind = _KINDS.get(value.__class__)
    return kind if kind is not int or -EXACT <= value <= EXACT else None  # type: ignore[operator]
