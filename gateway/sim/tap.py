"""A tap on the line of one node: what it was heard to say, decoded on the way by its driver."""

import time

from drivers.driver import BadFrame, Driver, Memory
from drivers.reading import Scalar
from gateway.sim.wire import Taken


class Tap:
    """Listens to the tape of a wire."""

    def __init__(self, driver: Driver) -> None:
        self.values: dict[str, Scalar] = {}
        """Point -> its newest value."""
        self.heard: float | None = None
        """Monotonic seconds of the last good frame."""
        self._driver = driver
        self._rest = b""
        self._memory: Memory = {}

    def hear(self, taken: Taken) -> None:
        """Bytes from the node; those that are no frame are somebody else's trouble."""
        if taken.source != "node":
            return
        frames, self._rest = self._driver.cut(self._rest + taken.sent)
        for frame in frames:
            try:
                decoded = self._driver.decode(self._driver.head(frame), self._memory)
            except BadFrame:
                continue
            self._memory, self.heard = decoded.memory, time.monotonic()
            for value in decoded.values:
                point = f"{value.quantity}#{value.nth + 1}" if value.nth else value.quantity
                self.values[point] = value.value
