"""How much work a reading is: operations of Python, counted and not timed, so the same on any machine under any load.

Among many sensors a reading takes longer, because what it touches is in no cache. Whether it is more work as well, no
clock can tell. So streets of homes that live the very same life are fed, more and more of them: as nobody's reading
concerns another home, each costs the same number of operations then, unless somewhere homes or sensors are gone through
one by one. A step that C takes at once (a copy, a search in a list, a sort) counts as one, however long it is.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple

from bench.engine import name, traffic
from drivers.reading import Reading

STREET = 50
"""Sensors of a street: five homes."""


class Work(NamedTuple):
    """Operations of all readings, and how many those were: by quantity."""

    operations: Counter[str]
    readings: Counter[str]

    @property
    def each(self) -> float:
        """Operations a reading, on average."""
        return self.operations.total() / self.readings.total()

    def of(self, quantity: str) -> float:
        """The same of one quantity."""
        return self.operations[quantity] / self.readings[quantity]


def streets(readings: Iterable[Reading], sensors: int, many: int) -> Iterator[Reading]:
    """The life of one street, its sensors numbered from 0 on, lived by many of them side by side."""
    names = [[name(street * sensors + number) for street in range(many)] for number in range(sensors)]
    number = 0
    for reading in readings:
        for one in names[int(reading.device.removeprefix("sensor-"))]:
            number += 1
            yield reading._replace(device=one, n=number)


def alike(sensors: int) -> Iterator[Reading]:
    """Readings of so many sensors without end, in streets that live the same life."""
    few = min(sensors, STREET)
    return streets(traffic(few), few, sensors // few)


def counted(feed: Callable[[Reading], object], readings: Sequence[Reading]) -> Work:
    """Fold them, and count."""
    done, work = 0, Work(Counter(), Counter())

    def operation() -> None:
        nonlocal done
        done += 1

    with _told(operation):
        for reading in readings:
            start = done
            feed(reading)
            spent = done - start
            work.operations[reading.quantity] += spent
            work.readings[reading.quantity] += 1
    return work


@contextmanager
def _told(operation: Callable[[], object]) -> Iterator[None]:
    """Call this at each operation of Python; from 3.12 on tracing misses those of a function's first call."""
    if sys.version_info >= (3, 12):
        from sys import monitoring

        tool, instruction = monitoring.PROFILER_ID, monitoring.events.INSTRUCTION
        monitoring.use_tool_id(tool, "bench.work")
        monitoring.register_callback(tool, instruction, lambda _code, _offset: operation())
        monitoring.set_events(tool, instruction)
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)
        return

    def trace(frame: FrameType, event: str, _more: object) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            operation()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
