"""The monthly test: in the first days of a month, in the morning, everybody gets a test message by each channel."""

import asyncio
import json
from datetime import datetime
from zoneinfo import ZoneInfo

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.inbox import Inbox

EVERY = 1800.0
"""Seconds between two looks at the clock."""
DAYS, HOUR = 7, 10
"""Within the first so many days, in this hour: a gateway that was off on the first is caught up with."""


class Monthly:
    """Asks for the test; an act with the month's name is done once."""

    def __init__(self, zone: str, clock: Clock, inbox: Inbox) -> None:
        self._zone, self._clock, self._inbox = ZoneInfo(zone), clock, inbox
        self._anybody = True

    def use(self, zone: str, *, anybody: bool) -> None:
        """The hours of this zone from now on, and whether there is anybody to test."""
        self._zone, self._anybody = ZoneInfo(zone), anybody

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Ask, if it is time; nobody is tested by a clock that may be wrong."""
        now = self._clock.now()
        local = datetime.fromtimestamp(now + self._clock.offset, self._zone)
        if not self._anybody or not self._clock.synced or local.day > DAYS or local.hour != HOUR:
            return
        said = {"verb": "test", "act_id": f"monthly-test-{local:%Y-%m}", "actor": "gateway", "role": "property"}
        self._inbox.put(Frame("act", now, json.dumps({**said, "via": "schedule"}, sort_keys=True).encode()))
