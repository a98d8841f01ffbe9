"""A line on which devices speak by themselves: what comes is cut and delivered, and they are told that we are here."""

import asyncio
import math
from collections.abc import Sequence

from drivers.driver import BadFrame, Driver
from gateway.ports.serial.member import Member
from gateway.ports.serial.open_line import OpenLine

BEAT = 10
"""Seconds between two signs of life to the devices of a line."""
LOOK = 1.0
NOISE = (1024, 10.0)
"""Bytes without a sound frame among them, and seconds for which there was none: a wrong speed, a broken wire, or
somebody who babbles. A node that starts says a few lines."""
SILENT = 90.0
"""Seconds of silence that a node's line may have at least: it says something each minute."""


class Listening:
    """Cuts what is heard, and answers at once."""

    def __init__(self, line: OpenLine, driver: Driver | None, members: Sequence[Member]) -> None:
        self._line, self._members = line, members
        self._driver = driver or (members[0].driver if members else None)
        self._port = members[0].port if members else line.name
        self._names = {member.address: member.name for member in members}
        self._rest = b""
        self._heard_at = self._sound_at = 0.0
        self._noise = 0
        """Bytes heard since the last sound frame."""
        self.longest_silence = max(SILENT, min((one.silent_after for one in members), default=math.inf) / 2)
        """Seconds without a byte after which the line is opened anew."""

    def begin(self) -> None:
        """The line was opened: ask all for their states, their greeting may have been lost."""
        self._rest, self._heard_at = b"", self._line.now()
        self._sound_at, self._noise = self._heard_at, 0
        if self._driver and self._driver.query:
            for member in self._members:
                self._line.write(self._driver.query(member.address))

    def send(self, driver: str, data: bytes, address: str) -> None:
        """Write now."""
        self._line.write(data)

    def heard(self, data: bytes, at: float) -> None:
        """Bytes came in."""
        self._heard_at = at
        self._line.figures.carried(len(data) * self._line.settings.byte, at)
        if self._driver is None:
            return
        self._noise += len(data)
        frames, self._rest = self._driver.cut(self._rest + data)
        for frame in frames:
            self._count(self._driver, frame, at)
            self._line.deliver(self._port, frame, at)

    def _count(self, driver: Driver, frame: bytes, at: float) -> None:
        try:
            name = self._names.get(driver.head(frame).address)
        except BadFrame:
            return
        self._sound_at, self._noise = at, 0
        if name is not None:
            figures = self._line.figures.devices[name]
            figures.answers += 1
            figures.heard_at = at

    async def run(self) -> None:
        """Say that we are here, until cancelled; raises Stalled when nothing is heard."""
        since_beat = float(BEAT)
        while True:
            if self._driver and self._driver.beat and since_beat >= BEAT:
                self._line.write(self._driver.beat(BEAT))
                since_beat = 0.0
            self._line.look(self._line.now() - self._heard_at)
            self._look_at_noise(self._line.now())
            await asyncio.sleep(LOOK)
            since_beat += LOOK

    def _look_at_noise(self, now: float) -> None:
        if self._noise > NOISE[0] and now - self._sound_at >= NOISE[1]:
            what = f"{self._noise} bytes without a sound frame"
            self._line.tell(self._line.faults.sign("line_babble", now, what))
