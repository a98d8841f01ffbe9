"""Recordings: readings kept home by home in little memory, whatever the order of their rows."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median

from drivers.reading import Scalar
from rules.csvrows import LONGEST, Bad, NoReading, Row, shown
from rules.sentence import Sentence

LEAP = 10 * 366 * 86400.0
"""Seconds between two readings of a home, at most: a clock that was not set is no recording of fifty years."""
MOST_ROWS, MOST_HOMES, MOST_DEVICES = 20_000_000, 20_000, 1_000
"""In all, in all, and in one home: more than an estate of 2,000 homes says in months, less than memory."""


class Recorded:
    """What one home said, in the order of time. ``points`` are its (device, quantity), by number."""

    __slots__ = ("_at", "_last", "_numbers", "_point", "_sorted", "_value", "devices", "name", "points")

    def __init__(self, name: str, first: float = 0.0) -> None:
        self.name = name
        self.points: list[tuple[str, str]] = []
        self.devices: set[str] = set()
        self._numbers: dict[tuple[str, str], int] = {}
        self._at, self._point = array("d"), array("L")
        self._value: list[Scalar] = []
        self._last = first
        self._sorted = True

    def __len__(self) -> int:
        return len(self._at)

    @property
    def last(self) -> float:
        """The moment of the row that was added last."""
        return self._last

    def add(self, at: float, device: str, quantity: str, value: Scalar) -> None:
        """One more; raises ValueError where there are too many devices, or names too long."""
        key = (device, quantity)
        number = self._numbers.get(key)
        if number is None:
            number = self._new(key)
        self._sorted = self._sorted and at >= self._last
        self._last = at
        self._at.append(at)
        self._point.append(number)
        self._value.append(value)

    def said(self) -> dict[str, set[str]]:
        """Device -> the quantities that it said."""
        found: dict[str, set[str]] = {device: set() for device in self.devices}
        for device, point in self.points:
            found[device].add(point.partition("#")[0])
        return found

    def _new(self, key: tuple[str, str]) -> int:
        if not all(0 < len(name) <= LONGEST for name in key):
            raise NoReading(Sentence("write names of 1 to {longest} characters", longest=LONGEST))
        self.devices.add(key[0])
        if len(self.devices) > MOST_DEVICES:
            raise NoReading(
                Sentence(
                    "a home of more than {most_devices} devices: write one home in each home's place",
                    most_devices=MOST_DEVICES,
                )
            )
        self._numbers[key] = number = len(self.points)
        self.points.append(key)
        return number

    def __iter__(self) -> Iterator[tuple[float, str, str, Scalar]]:
        """(at, device, quantity, value), sorted by time; of one moment in the order in which they were added."""
        self._sort()
        points, values = self.points, self._value
        for at, number, value in zip(self._at, self._point, values, strict=True):
            device, quantity = points[number]
            yield at, device, quantity, value

    def _sort(self) -> None:
        if self._sorted:
            return
        order = sorted(range(len(self)), key=self._at.__getitem__)
        self._point = array("L", map(self._point.__getitem__, order))
        self._value = list(map(self._value.__getitem__, order))
        self._at = array("d", sorted(self._at))
        self._sorted = True

    def span(self) -> tuple[float, float]:
        """The first and the last moment."""
        self._sort()
        return self._at[0], self._at[-1]

    def rhythm(self) -> dict[str, float]:
        """Device -> seconds from one word of it to the next, as a rule: the median; 0 of one that spoke once."""
        self._sort()
        spoke: dict[str, array[float]] = {device: array("d") for device in self.devices}
        by_point = [spoke[device] for device, _ in self.points]
        for at, number in zip(self._at, self._point, strict=True):
            moments = by_point[number]
            if not moments or at > moments[-1]:
                moments.append(at)
        gaps = {device: [after - at for at, after in pairwise(moments)] for device, moments in spoke.items()}
        return {device: median(found) if found else 0.0 for device, found in gaps.items()}

    def counts(self) -> Counter[tuple[str, str]]:
        """(device, quantity) -> how often it was said."""
        return Counter({self.points[number]: count for number, count in Counter(self._point).items()})

    def texts(self) -> dict[tuple[str, str], tuple[int, str]]:
        """(device, quantity) -> how often a text was said of it, and the first one added."""
        found: dict[int, tuple[int, str]] = {}
        for value, number in zip(self._value, self._point, strict=True):
            if value.__class__ is str:
                count, first = found.get(number, (0, str(value)))
                found[number] = count + 1, first
        return {self.points[number]: told for number, told in found.items()}

    def rises(self, points: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[float]]:
        """Of these (device, quantity): by how much each went up from one reading to the next, where it did."""
        rises: dict[int, list[float]] = {self._numbers[point]: [] for point in points}
        last: dict[int, float] = {}
        if rises:
            self._sort()
        for value, number in zip(self._value, self._point, strict=True) if rises else ():
            if number in rises and isinstance(value, float):
                rise = round(value - last.get(number, value), 6)
                last[number] = value
                if rise > 0:
                    rises[number].append(rise)
        return {self.points[number]: found for number, found in rises.items() if found}

    def heard(self, gap: float) -> list[tuple[float, float]]:
        """The times in which something was heard every ``gap`` seconds, from and to."""
        self._sort()
        spans = [[self._at[0], self._at[0]]]
        for at in self._at:
            if at - spans[-1][1] > gap:
                spans.append([at, at])
            spans[-1][1] = at
        return [(since, until) for since, until in spans]


class Recording:
    """Rows of one or several files, put into their homes. Files, and rows within them, may come in any order."""

    def __init__(self) -> None:
        self.homes: dict[str, Recorded] = {}
        self.rows = 0
        self.zoneless = ""
        """The last time that was said without a zone."""

    def note_zoneless(self, text: str) -> None:
        """A time was said without a zone, and taken for UTC."""
        self.zoneless = text

    def take(self, found: Iterable[tuple[int, Row]], file: str) -> Iterator[int]:
        """Add these rows; yields how many there are, now and then, to show how it goes. Raises Bad."""
        homes = self.homes
        for line, (at, home, device, quantity, value) in found:
            recorded = homes.get(home)
            if recorded is None:
                recorded = self._admit(home, at, file, line)
            try:
                if not -LEAP < at - recorded.last < LEAP:
                    raise NoReading("remove what a clock that was not set has written")
                recorded.add(at, device, quantity, value)
            except NoReading as error:
                what = shown(map(str, (at, home, device, quantity, value)))
                raise Bad(file, line, Sentence("{row} can't be taken", row=what), error.why) from None
            self.rows += 1
            if not self.rows & 8191:
                if self.rows > MOST_ROWS:
                    raise Bad(
                        file,
                        line,
                        Sentence("more than {most_rows:,} rows", most_rows=MOST_ROWS),
                        "test a part of them at a time",
                    )
                yield self.rows

    def _admit(self, home: str, at: float, file: str, line: int) -> Recorded:
        if len(self.homes) >= MOST_HOMES or not 0 < len(home) <= LONGEST:
            what = (
                Sentence("{home!r} is one home too many", home=home[:60])
                if home and len(home) <= LONGEST
                else "no name of a home"
            )
            raise Bad(
                file,
                line,
                what,
                Sentence(
                    "write up to {most_homes:,} homes of up to {longest} characters",
                    most_homes=MOST_HOMES,
                    longest=LONGEST,
                ),
            )
        self.homes[home] = made = Recorded(home, at)
        return made

    def in_order(self) -> list[Recorded]:
        """The homes by their names."""
        return [self.homes[name] for name in sorted(self.homes)]
