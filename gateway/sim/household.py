"""A household: days of believable life of one person who lives alone, from a seed; pure, so that a seed is a life.

What the sensors say: motion in four rooms, the front door, a water meter that steps by 10 litres, a kettle's plug, a
help button. Each says its state again and again, so that a quiet person and a dead sensor differ. The figures are those
of recorded homes: a main door is opened 2 to 8 times a day and open for a median of 4 to 12 s; water stands still for
over 12 h about four times in 30 days, for over 24 h once.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.reading import Reading, Scalar
from rules.csvrows import Row

HOUR, DAY = 3600.0, 86400.0
MONDAY = 1767571200.0
"""5 January 2026, 00:00; times are local, written as if they were UTC."""
DOOR, METER, KETTLE, BUTTON = "front-door", "water", "kettle", "button"
ROOMS = ("hall", "kitchen", "bathroom", "bedroom")
QUANTITIES = {
    DOOR: "door_open", METER: "water_m3", KETTLE: "power_w", BUTTON: "battery_pct",
    **{f"{room}-motion": "motion" for room in ROOMS},
}  # fmt: skip
STEP = 10
"""Litres: the meter counts full ones of these."""
BEATS = {METER: 1800.0, KETTLE: 900.0, BUTTON: 6 * HOUR}
"""Seconds between two repeated values; of all others an hour."""
AWAY = 72
"""Days in which one trip falls, on the average."""


class Happening(NamedTuple):
    """Something that a sensor says, at a moment; for the meter: so many litres."""

    at: float
    device: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Habits:
    """What is this person's own, in hours of the day."""

    wakes: float
    sleeps: float
    pace: float
    """Hours between two things that are done, while awake."""
    out: float
    """Times a day of going out."""

    @classmethod
    def of(cls, chance: random.Random) -> "Habits":
        """Somebody."""
        wakes, sleeps = chance.gauss(7.0, 0.7), chance.gauss(22.6, 0.6)
        return cls(wakes, sleeps, chance.uniform(0.25, 0.55), chance.uniform(0.9, 1.9))


@dataclass(slots=True)
class Household:
    """One person's home. ``holidays`` are (first day, last day) away, ``fall`` the moment of the last sign.

    The person lies on the floor from then on and can't reach the button; the sensors live.
    """

    seed: int
    days: int
    name: str = "home-1"
    start: float = MONDAY
    holidays: Sequence[tuple[int, int]] = ()
    fall: float | None = None
    _chance: random.Random = field(init=False)
    _habits: Habits = field(init=False)

    def rows(self) -> list[Row]:
        """All that is said, in its order; the same for the same seed."""
        self._chance = random.Random(f"household {self.seed}")
        self._habits = Habits.of(self._chance)
        life = sorted(self._life(), key=lambda one: one.at)
        if self.fall is not None:
            life = [one for one in life if one.at <= self.fall]
        return list(self._said(life))

    def readings(self) -> Iterator[Reading]:
        """The same as readings, numbered from 1."""
        for n, row in enumerate(self.rows(), 1):
            yield Reading(row.device, row.quantity, row.quantity, row.value, row.at, (), n)

    def _life(self) -> Iterator[Happening]:
        """What happens while somebody is in, and the front door on the way out and in."""
        trips = self._trips()
        for one in self._stay():
            if not any(left - 300 <= one.at <= back + 120 for left, back in trips):
                yield one
        for trip in trips:
            for at in trip:
                yield from self._passes(at)

    def _stay(self) -> Iterator[Happening]:
        bed = self.start + 0.5 * HOUR
        for day in range(self.days):
            midnight = self.start + day * DAY
            late = 0.6 if day % 7 >= 5 else 0.0
            up = midnight + max(4.5, self._chance.gauss(self._habits.wakes + late, 0.4)) * HOUR
            down = midnight + min(25.0, self._chance.gauss(self._habits.sleeps + late, 0.5)) * HOUR
            yield from self._night(bed, up)
            yield from self._day(up, down)
            bed = down

    def _trips(self) -> list[tuple[float, float]]:
        """From and to of trips and holidays."""
        spans = [(first + 9 / 24, last + 18 / 24) for first, last in self.holidays]
        day = self._chance.uniform(5, AWAY)
        while day < self.days:
            back = int(day) + self._chance.choice((1, 1, 2)) + self._chance.uniform(11, 20) / 24
            spans.append((int(day) + self._chance.uniform(8, 15) / 24, back))
            day += self._chance.uniform(AWAY / 2, 1.5 * AWAY)
        return [(self.start + left * DAY, self.start + back * DAY) for left, back in spans]

    def _night(self, bed: float, up: float) -> Iterator[Happening]:
        at = bed + self._chance.expovariate(1 / (5.5 * HOUR))
        while at < up:
            yield from self._moves(at, "bedroom")
            yield from self._moves(at + 60, "bathroom")
            yield Happening(at + 150, METER, 6.0)
            at += 1.5 * HOUR + self._chance.expovariate(1 / (5.5 * HOUR))

    def _day(self, up: float, down: float) -> Iterator[Happening]:
        outings = self._outings(up, down)
        at = up
        yield from self._moves(up, "bedroom")
        yield from self._washes(up + 300)
        while at < down:
            at += self._pause(at)
            out = next((span for span in outings if span[0] - 120 <= at <= span[1] + 120), None)
            if out is not None:
                at = out[1] + 180
            elif at < down:
                yield from self._does(at)
        for left, back in outings:
            yield from self._passes(left)
            yield from self._passes(back)
        yield from self._callers(up, down, outings)
        yield from self._washes(down - 900)
        yield from self._moves(down, "bedroom")

    def _pause(self, at: float) -> float:
        """Seconds until something is done; longer after lunch, when some sleep, and before a film in the evening."""
        pace = self._habits.pace
        hour = at % DAY / HOUR
        if 13 <= hour < 13.5 and self._chance.random() < 0.3:
            return self._chance.uniform(0.7, 2.0) * HOUR
        return self._chance.expovariate(1 / (pace * (2.0 if hour >= 20 else 1.0))) * HOUR + 60

    def _outings(self, up: float, down: float) -> list[tuple[float, float]]:
        """From and to, apart from each other; now and then a whole day."""
        if self._chance.random() < 0.07:
            return [(up + 1.5 * HOUR, min(down - HOUR, up + self._chance.uniform(10, 14) * HOUR))]
        spans: list[tuple[float, float]] = []
        at = up + self._chance.uniform(1.0, 4.0) * HOUR
        for _ in range(min(4, _poisson(self._chance, self._habits.out))):
            back = at + self._chance.lognormvariate(0.1, 0.6) * HOUR
            if back > down - HOUR:
                break
            spans.append((at, back))
            at = back + self._chance.uniform(0.7, 4.0) * HOUR
        return spans

    def _callers(self, up: float, down: float, outings: Sequence[tuple[float, float]]) -> Iterator[Happening]:
        """A parcel, or somebody who comes and goes; only while somebody is in."""
        doors = []
        if self._chance.random() < 0.3:
            doors.append(self._chance.uniform(up + HOUR, down - HOUR))
        if self._chance.random() < 0.15:
            came = self._chance.uniform(up + 2 * HOUR, down - 3 * HOUR)
            doors += [came, came + self._chance.uniform(0.5, 2.5) * HOUR]
        for at in doors:
            if not any(left - 300 <= at <= back + 300 for left, back in outings):
                yield from self._passes(at)

    def _passes(self, at: float) -> Iterator[Happening]:
        """Through the front door."""
        open_for = min(90.0, self._chance.lognormvariate(2.0, 0.6))
        yield from self._moves(at - 20, "hall")
        yield Happening(at, DOOR, True)
        yield Happening(at + open_for, DOOR, False)

    def _does(self, at: float) -> Iterator[Happening]:
        room = self._chance.choices(ROOMS, (2, 5, 3, 2))[0]
        yield from self._moves(at, room)
        if room == "bathroom":
            yield Happening(at + 90, METER, self._chance.uniform(4, 12))
        elif room == "kitchen" and self._chance.random() < 0.5:
            yield Happening(at + 40, METER, self._chance.uniform(0.5, 6))
            if self._chance.random() < 0.35:
                yield Happening(at + 60, KETTLE, round(self._chance.uniform(1800, 2200)))
                yield Happening(at + 60 + self._chance.uniform(120, 260), KETTLE, 0.0)

    def _washes(self, at: float) -> Iterator[Happening]:
        yield from self._moves(at, "bathroom")
        yield Happening(at + 60, METER, self._chance.uniform(6, 14))
        if self._chance.random() < 0.45:
            yield Happening(at + 300, METER, self._chance.uniform(25, 60))

    def _moves(self, at: float, room: str) -> Iterator[Happening]:
        yield Happening(at, f"{room}-motion", True)
        yield Happening(at + self._chance.uniform(15, 120), f"{room}-motion", False)

    def _said(self, life: Sequence[Happening]) -> Iterator[Row]:
        """What happens as what sensors say, repeated values in between. A meter tells of the past at its next beat."""
        end = self.start + self.days * DAY
        state: dict[str, Scalar] = {**dict.fromkeys(QUANTITIES, False), KETTLE: 0.0, BUTTON: 96.0, METER: 0.0}
        litres = 100.0 * self._chance.randrange(100, 900)
        beats = [
            Happening(at, device, "")
            for number, device in enumerate(QUANTITIES)
            for at in _beats(self.start + 61.0 * number, BEATS.get(device, HOUR), end)
        ]
        for at, device, value in sorted([*life, *beats], key=lambda one: one.at):
            if not self.start <= at < end:
                continue
            if value == "":
                state[METER] = litres // STEP * STEP / 1000
                yield Row(round(at, 1), self.name, device, QUANTITIES[device], state[device])
            elif device == METER:
                litres += float(value)
            elif state[device] != value:
                state[device] = value
                yield Row(round(at, 1), self.name, device, QUANTITIES[device], value)


def _beats(first: float, every: float, end: float) -> Iterator[float]:
    for number in range(int((end - first) / every) + 1):
        yield first + number * every


def _poisson(chance: random.Random, mean: float) -> int:
    count, passed = 0, chance.expovariate(mean)
    while passed < 1:
        count, passed = count + 1, passed + chance.expovariate(mean)
    return count
