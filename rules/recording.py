"""Recordings: readings kept home by home in little memory, whatever the order of their rows.

What is too much for the memory is put on a Shelf, and each home is taken from it when it is its turn.
"""

import marshal
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median
from typing import NamedTuple, Protocol

from drivers.reading import Scalar
from rules.csvrows import LONGEST, Bad, NoReading, Row, shown
from rules.sentence import Sentence

LEAP = 10 * 366 * 86400.0
"""Seconds between two readings of a home, at most: a clock that was not set is no recording of fifty years."""
MOST_ROWS, MOST_HOMES, MOST_DEVICES = 20_000_000, 20_000, 1_000
"""In one home, which is played from memory (some 40 bytes each); in all; and in one home."""
MOST_POINTS = 200
"""Quantities of one device: more than any says, and each new one is looked up among the others."""
HELD = 2_000_000
"""Rows of all homes together that are held in memory before they are put on the shelf."""
EVERY = 8192
"""Rows from one look at how many there are to the next."""


class Shelf(Protocol):
    """Where there is more room than in memory."""

    def put(self, data: bytes) -> int:
        """Keep it -> where it lies. Raises OSError."""

    def get(self, place: int, length: int) -> bytes:
        """What lies there. Raises OSError."""


class _Away(NamedTuple):
    """Rows of a home that lie on the shelf, in the order in which they were added."""

    place: int
    rows: int
    values: int
    """Bytes of the values, behind moments and points."""
    since: float
    until: float


class Recorded:
    """What one home said, in the order of time. ``points`` are its (device, quantity), by number."""

    __slots__ = (
        "_at", "_away", "_last", "_numbers", "_of", "_open", "_ordered", "_point", "_shelf", "_sorted", "_value",
        "devices", "name", "points",
    )  # fmt: skip

    def __init__(self, name: str, first: float = 0.0, shelf: Shelf | None = None) -> None:
        self.name = name
        self.points: list[tuple[str, str]] = []
        self.devices: set[str] = set()
        self._numbers: dict[tuple[str, str], int] = {}
        self._of = Counter[str]()  # device -> how many quantities it said
        self._at, self._point = array("d"), array("I")
        self._value: list[Scalar] = []
        self._last = first
        self._ordered = self._sorted = True
        """Whether they were added in the order of time, and whether those in memory are in it."""
        self._shelf = shelf
        self._away: list[_Away] = []
        self._open = False
        """Whether those on the shelf are in memory, too."""

    def __len__(self) -> int:
        away = sum(part.rows for part in self._away)
        return away if self._open else away + len(self._at)

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
        if at < self._last:
            self._ordered = self._sorted = False
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
            what = "a home of more than {most_devices} devices: write one home in each home's place"
            raise NoReading(Sentence(what, most_devices=MOST_DEVICES))
        self._of[key[0]] += 1
        if self._of[key[0]] > MOST_POINTS:
            what = "a device of more than {most_points} quantities: columns may have changed places"
            raise NoReading(Sentence(what, most_points=MOST_POINTS))
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

    def put_away(self) -> None:
        """Put what is in memory on the shelf, if there is one. Raises OSError."""
        if self._shelf is not None and len(self._at) and not self._open:
            values, span = marshal.dumps(self._value, 2), (min(self._at), max(self._at))
            place = self._shelf.put(b"".join([self._at.tobytes(), self._point.tobytes(), values]))
            self._away.append(_Away(place, len(self._at), len(values), *span))
            self._at, self._point, self._value = array("d"), array("I"), []

    def release(self) -> None:
        """Nobody needs it for now: what lies on the shelf is not held in memory any more."""
        if self._open:
            self._at, self._point, self._value = array("d"), array("I"), []
            self._open, self._sorted = False, self._ordered

    def _fetch(self) -> None:
        """All of it in memory. Raises OSError."""
        if self._shelf is None or not self._away or self._open:
            return
        self.put_away()
        self._open = True
        for place, rows, length, _, _ in self._away:
            data, of_at = self._shelf.get(place, rows * (8 + self._point.itemsize) + length), rows * 8
            end = of_at + rows * self._point.itemsize
            self._at.frombytes(data[:of_at])
            self._point.frombytes(data[of_at:end])
            self._value += marshal.loads(data[end:])

    def _sort(self) -> None:
        self._fetch()
        if self._sorted:
            return
        order = sorted(range(len(self)), key=self._at.__getitem__)
        self._point = array("I", map(self._point.__getitem__, order))
        self._value = list(map(self._value.__getitem__, order))
        self._at = array("d", sorted(self._at))
        self._sorted = True

    def span(self) -> tuple[float, float]:
        """The first and the last moment."""
        if not self._away:
            self._sort()
            return self._at[0], self._at[-1]
        here = [] if self._open else list(self._at)
        firsts, lasts = [part.since for part in self._away], [part.until for part in self._away]
        return min(firsts + here), max(lasts + here)

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
        self._fetch()
        return Counter({self.points[number]: count for number, count in Counter(self._point).items()})

    def texts(self) -> dict[tuple[str, str], tuple[int, str]]:
        """(device, quantity) -> how often a text was said of it, and the first one added."""
        self._fetch()
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

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.homes: dict[str, Recorded] = {}
        self.rows = 0
        self.zoneless = ""
        """The last time that was said without a zone."""
        self._shelf = shelf
        self._held = 0
        """Rows in memory, as of some thousand before."""

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
            if not self.rows % EVERY:
                self._make_room(recorded, file, line)
                yield self.rows

    def _make_room(self, recorded: Recorded, file: str, line: int) -> None:
        """Every so often: put away what is too much for the memory."""
        if len(recorded) > MOST_ROWS:
            what = Sentence("more than {most_rows:,} rows of one home", most_rows=MOST_ROWS)
            cut = Sentence("test its months one by one: awk -F, 'NR == 1 || $1 >= FROM && $1 < UNTIL' FILE")
            raise Bad(file, line, what, cut)
        self._held += EVERY
        if self._shelf is None or self._held < HELD:
            return
        try:
            for home in self.homes.values():
                home.put_away()
        except OSError as error:
            why = Sentence(error.strerror or str(error))
            what = Sentence("no room in {folder} to put by what was read: {why}", folder=error.filename, why=why)
            raise Bad(file, line, what, "make room, or name another folder in the environment's TMPDIR") from error
        self._held = 0

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
        self.homes[home] = made = Recorded(home, at, self._shelf)
        return made

    def in_order(self) -> list[Recorded]:
        """The homes by their names."""
        return [self.homes[name] for name in sorted(self.homes)]
