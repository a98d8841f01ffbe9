"""A reading is the same work however many homes there are: it is counted, so that no machine and no load matters."""

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import mean

import pytest

from bench.engine import PACE, engine, traffic
from bench.work import Work, counted, streets
from drivers.reading import Reading
from rules.engine import Engine
from rules.rule import Rule
from rules.rulefile import load, packs

STREET, STREETS = 20, 40
WARM, COUNTED = 660, 280
"""Readings of one street: before it is counted, and counted."""
LATE = WARM / 4 * PACE / STREET
MORE = 1.01
"""Times as much among many would be growth; what falls due is counted at whose reading comes next."""


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    """All of them, optional ones too."""
    return load(packs())


def eventful() -> Iterator[Reading]:
    """A street's life in which smoke and doors come and go, a button is pressed, and two sensors fall silent for good
    and for hours."""
    for number, reading in enumerate(traffic(STREET)):
        late, device = reading.at > LATE, reading.device
        if (device == "sensor-3" and number > 100 and not late) or (device == "sensor-17" and late):
            continue
        value = number % 3 > 0 and late if reading.quantity == "smoke" else reading.value
        yield reading._replace(value=value, at=reading.at * 5)
        if number % 40 == 0:
            yield Reading(device, "button", "button", "press", reading.at * 5)


def among(streets_: int, rules: list[Rule]) -> tuple[Engine, list[Reading]]:
    """So many streets of one life, and what they say next."""
    life = streets(eventful(), STREET, streets_)
    made = engine(STREET * streets_, rules)
    for reading in islice(life, WARM * streets_):
        made.feed(reading)
    return made, list(islice(life, COUNTED * streets_))


def room(feed: Callable[[Reading], object], readings: list[Reading]) -> float:
    """Bytes a reading that are taken for a moment, on average: a copy of what there is of all homes shows here."""
    taken = []
    tracemalloc.start()
    for reading in readings:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        feed(reading)
        taken.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    return mean(taken)


def grown(few: Work, many: Work) -> dict[str, float]:
    """Quantity -> how many times as much work its readings are among many homes, if that is more."""
    times = {name: many.of(name) / few.of(name) for name in few.readings}
    return {name: more for name, more in times.items() if more > MORE}


def test_a_reading_is_no_more_work_among_many_homes(rules: list[Rule]) -> None:
    few, many = (counted(made.feed, readings) for made, readings in (among(1, rules), among(STREETS, rules)))
    assert grown(few, many) == {}
    assert many.readings.total() == STREETS * few.readings.total() == STREETS * COUNTED
    assert len(few.readings) == 18


def test_that_life_is_eventful(rules: list[Rule]) -> None:
    made, readings = among(1, rules)
    told = {(alert.rule, alert.state) for reading in readings for alert in made.feed(reading)}
    assert {("smoke", "firing"), ("door-left-open", "firing"), ("sensor-silent", "resolved")} <= told


def test_a_reading_copies_no_more_among_many_homes(rules: list[Rule]) -> None:
    few, many = (room(made.feed, readings) for made, readings in (among(1, rules), among(STREETS, rules)))
    assert many <= MORE * few


def test_a_look_at_each_home_would_show_even_if_doors_alone_brought_it(rules: list[Rule]) -> None:
    found = []
    for many in (1, 5):
        made, readings = among(many, rules)
        homes = [f"home-{number}" for number in range(STREET * many // 10)]

        def feed(reading: Reading, made: Engine = made, homes: list[str] = homes) -> None:
            made.feed(reading)
            if reading.quantity == "door_open":
                any(made.misses(home, "away") for home in homes)

        found.append(counted(feed, readings))
    assert set(grown(*found)) == {"door_open"}


def test_a_sort_of_all_sensors_would_show_even_if_few_readings_brought_it(rules: list[Rule]) -> None:
    found = []
    for many in (1, STREETS):
        made, readings = among(many, rules)
        names = {f"sensor-{number}" for number in range(STREET * many)}

        def feed(reading: Reading, made: Engine = made, names: set[str] = names) -> None:
            if made.feed(reading):
                sorted(names)

        found.append(room(feed, readings))
    assert found[1] > 1.2 * found[0]
