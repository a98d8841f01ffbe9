"""One home's recording through the engine, and the same life cut off: nobody moves any more, the sensors live on.

What is fed after a cut are the last values of all devices, once an hour, for as long as it takes; nothing else is made
up.
Devices that never repeat a value would seem dead without that, so they repeat in the whole recording as well.
"""

import heapq
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bench.silences import NEVER, Silence, silences
from drivers.reading import Reading, Scalar
from rules.csvrows import Row
from rules.engine import Device, Engine
from rules.known import Ears, Known
from rules.quantities import METERS
from rules.route import Asked
from rules.rule import Rule
from rules.signs import SIGNS, Signs, is_front

BUDGET = 2 * 3600.0
"""Seconds of silence that are normal for a recorded sensor, as in a back-test."""
BEAT = 3600.0
REPEATS = 0.2
"""A device of whose readings fewer repeat the last value says changes only."""
HORIZON = 96 * 3600.0
"""Seconds after a cut for which a call is waited for."""
RESIDENT, ANSWER = "resident", 300.0
"""Who answers, and how many seconds after the question."""


class Called(NamedTuple):
    """Seconds from a cut until the resident is asked, and until somebody is called."""

    ask: float
    call: float


class Played(NamedTuple):
    """The moments of asks and calls in the recording, what came after each cut, and the bytes that were learned."""

    asks: list[float]
    calls: list[float]
    after: list[Called]
    learned: int


Inside = Callable[[float], bool]
"""Was somebody in at this moment?"""


class Home:
    """A recording, its rows in their order, with the heartbeats of devices that have none of their own."""

    def __init__(self, name: str, rows: Sequence[Row]) -> None:
        self.name = name
        self.quiet = sorted(_changes_only(rows))
        """Devices taken to be alive all the time."""
        self.devices = {row.device: Device(name, "", BUDGET) for row in rows}
        self.rows = list(_beating(rows, set(self.quiet)))
        self.first, self.last = self.rows[0].at, self.rows[-1].at
        self.signs, self.gaps = self._signs()
        self.silences: list[Silence] = silences(self.signs, self.gaps)

    @property
    def months(self) -> float:
        """Of 30 days."""
        return (self.last - self.first) / (30 * 86400.0)

    @property
    def heard(self) -> float:
        """The part of it in which all sensors were heard: in the rest no rule can call."""
        return 1.0 - sum(end - start for start, end in self.gaps) / (self.last - self.first)

    def _signs(self) -> tuple[list[tuple[float, bool]], list[tuple[float, float]]]:
        ears = Ears()
        known = {name: Known(name, device, ears, self.first) for name, device in self.devices.items()}
        judge = Signs(list(known.values()))
        signs: list[tuple[float, bool]] = []
        gaps, heard, door = [], dict[str, float](), -NEVER
        sensors = {row.device for row in self.rows if row.quantity.partition("#")[0] in SIGNS}
        asked: dict[str, Asked] = {}
        for row in self.rows:
            speaker = known[row.device]
            before = heard.get(row.device)
            if before is not None and row.at - before > BUDGET and row.device in sensors:
                gaps.append((before, row.at))
            heard[row.device] = row.at
            reading = Reading(row.device, row.quantity, row.quantity, row.value, row.at)
            changed = speaker.value(row.quantity) != row.value
            speaker.put(asked.setdefault(row.quantity, Asked(row.quantity, ())), reading)
            last = signs[-1][0] if signs else self.first
            if (changed or row.quantity in METERS) and judge.take(row.at, reading, last):
                if row.quantity == "door_open" and is_front(speaker, judge.devices):
                    door = row.at
                signs.append((row.at, row.at - door <= 180.0))
        return signs, _joined(gaps)

    def moments(self, count: int, away: Sequence[tuple[float, float]], seed: int) -> list[float]:
        """Random moments at which somebody was at home and the sensors were heard.

        Where nobody said when the home was empty, silences of an hour or more from the front door on are left out.
        """
        chance, starts = random.Random(seed), [one.start for one in self.silences]
        found: list[float] = []
        for _ in range(100 * count):
            at = chance.uniform(self.first, self.last)
            place = bisect_right(starts, at) - 1
            if len(found) == count:
                break
            if place < 0 or any(start <= at < end for start, end in away):
                continue
            one = self.silences[place]
            out = not away and one.out and one.end - one.start >= 3600.0
            if one.heard and at < one.end and not out:
                found.append(at)
        return sorted(found)

    def since(self, at: float) -> int:
        """Which silence it is at this moment; before the first sign, the first one."""
        return max(0, bisect_right(self.silences, at, key=lambda one: one.start) - 1)

    def play(self, rule: Rule, cuts: Sequence[float], answers: Inside | None = None) -> Played:
        """The recording as it is, and cut off at these moments; ``answers``: who is in says that all is well."""
        engine, saved, waiting = self._engine(rule, {}, self.first), dict[str, object](), list(reversed(cuts))
        asks, calls, called, last = [], [], [], dict[tuple[str, str], Scalar]()
        answer = NEVER
        for n, row in enumerate(self.rows, 1):
            alerts = []
            while (at := min(answer, waiting[-1] if waiting else NEVER)) < row.at:
                if at == answer:
                    alerts += engine.well(self.name, Reading(RESIDENT, "well", "well", True, at, (), n))
                    answer = NEVER
                    continue
                waiting.pop()
                alerts += engine.tick(at)
                saved |= engine.changed()
                called.append(self._cut(rule, saved, last, at))
            alerts += engine.feed(Reading(row.device, row.quantity, row.quantity, row.value, row.at, (), n))
            last[row.device, row.quantity] = row.value
            asked = [alert.at for alert in alerts if alert.state == "firing" and alert.reason == "first"]
            asks += asked
            calls += [alert.at for alert in alerts if alert.state == "firing" and alert.reason == "worse"]
            if asked and answers is not None and answers(asked[-1]):
                answer = asked[-1] + ANSWER
            elif any(alert.state == "resolved" for alert in alerts):
                answer = NEVER
        return Played(asks, calls, called, len(str(engine.learned(self.name))))

    def _engine(self, rule: Rule, rows: dict[str, object], at: float) -> Engine:
        engine = Engine("bench", self.name)
        assert engine.load({key: row for key, row in rows.items() if row is not None}) == []
        engine.configure([rule], self.devices, at, 0)
        engine.wall(0.0, True, "UTC", at, 0)
        return engine

    def _cut(self, rule: Rule, rows: dict[str, object], last: dict[tuple[str, str], Scalar], at: float) -> Called:
        engine = self._engine(rule, rows, at)
        alerts = engine.open() + engine.tick(at)
        asked = called = NEVER
        beat, end = at, at + HORIZON
        while called == NEVER and beat <= end:
            for alert in alerts:
                if alert.state == "firing":
                    asked = min(asked, alert.since)
                    called = min(called, alert.at) if alert.severity == "urgent" else called
            beat += BEAT
            alerts = []
            for (device, quantity), value in last.items():
                alerts += engine.feed(Reading(device, quantity, quantity, value, beat))
        return Called(*(min(max(one - at, 0.0), HORIZON) for one in (asked, called)))


def _changes_only(rows: Sequence[Row]) -> set[str]:
    said, again = dict[str, int](), dict[str, int]()
    last: dict[tuple[str, str], Scalar] = {}
    for row in rows:
        key = (row.device, row.quantity)
        said[row.device] = said.get(row.device, 0) + 1
        again[row.device] = again.get(row.device, 0) + (last.get(key) == row.value)
        last[key] = row.value
    return {device for device, count in said.items() if again[device] < REPEATS * count}


def _beating(rows: Sequence[Row], quiet: set[str]) -> Iterator[Row]:
    """The rows, and once an hour the last value of each device that says changes only."""
    due: list[tuple[float, str]] = []
    last: dict[str, Row] = {}
    for row in rows:
        while due and due[0][0] < row.at:
            at, device = heapq.heappop(due)
            heapq.heappush(due, (at + BEAT, device))
            yield last[device]._replace(at=at)
        if row.device in quiet:
            if row.device not in last:
                heapq.heappush(due, (row.at + BEAT, row.device))
            last[row.device] = row
        yield row


def _joined(gaps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Overlapping ones put together."""
    made: list[tuple[float, float]] = []
    for start, end in sorted(gaps):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made
