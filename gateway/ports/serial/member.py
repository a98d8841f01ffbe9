"""Member: a device on a line, as the line needs to know it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.driver import Driver, Settings
from gateway.site import Site

THIN = (4, 60.0)
"""An answer that says what the last ones said is handed on only after this part of the supervision budget, or so many
seconds: the device is there, but that is not worth its flash each second."""
OFTEN = 3
"""So many times it is handed on before that: a rule may ask for a second reading."""


class Told(NamedTuple):
    """The last answer to a request that was handed on, when, and how many times in a row."""

    frame: bytes
    at: float
    times: int


PATIENCE = 3.0
"""The longest that a device which answers late is waited for, in seconds."""
PAUSE = 0.1
"""Seconds that a usual answer may pause."""
RARE, RESTS, SURE = 60.0, 3600.0, 2
"""What a device that is asked as rarely as this (seconds) has refused twice in a row rests for so long (seconds): a
meter doesn't have every register. A detector is asked again each time, it may only have been busy."""
LONGEST = 300
"""Bytes of the longest answer of any driver, and some."""
KNOWN = 64
"""Requests of one device whose answers are remembered; more are commands, each another one."""


@dataclass(slots=True)
class Member:
    """One device on a line, and where its round of questions stands."""

    name: str
    driver: Driver
    address: str
    port: str
    """What its Frames carry as theirs."""
    settings: Settings
    every: float
    silent_after: float
    requests: Sequence[bytes] = ()
    at: int = 0
    """Which request is the next one."""
    refusals: dict[int, int] = field(default_factory=dict)
    """Which request was refused how often in a row."""
    resting: dict[int, float] = field(default_factory=dict)
    """Which request is not asked before when."""
    wanted: bytes | None = None
    """The request for the rest of an answer that comes in several frames, which goes before."""
    parts: int = 0
    """Frames of that answer heard so far."""
    patience: float = 0.5
    wrong: int = 0
    """Answers in a row that were damaged."""
    told: dict[bytes, Told] = field(default_factory=dict)
    """By request."""
    paces: dict[bytes, tuple[float, int]] = field(default_factory=dict)
    """By request: how late its answers began at the most, in seconds, and how many bytes they had."""

    @property
    def thin(self) -> float:
        """Seconds for which an answer like the last one is not handed on."""
        return min(self.silent_after / THIN[0], THIN[1])

    def step(self, refused: bool, now: float) -> bool:
        """The present request was answered, go on to the next one -> whether the round is over."""
        if not refused:
            self.refusals.pop(self.at, None)
        elif self.every >= RARE:
            self.refusals[self.at] = self.refusals.get(self.at, 0) + 1
            if self.refusals[self.at] >= SURE:
                self.resting[self.at] = now + RESTS
        awake = [place for place in range(len(self.requests)) if self.resting.get(place, now) <= now]
        self.at = next((place for place in awake if place > self.at), -1)
        over = self.at < 0
        if over:
            self.at = awake[0] if awake else 0
        return over

    def learn(self, request: bytes, delay: float, size: int) -> None:
        """An answer began so late, and had so many bytes."""
        before, longest = self.paces.get(request, (0.0, 0))
        if request in self.paces or len(self.paces) < KNOWN:
            self.paces[request] = (max(0.99 * before, delay), max(longest, size))
        self.patience = max(self.driver.manners.patience, 0.99 * self.patience, min(2 * delay, PATIENCE))

    def longest(self, request: bytes) -> int:
        """Bytes of the longest answer so far; of one that nobody has heard yet as many as there may be."""
        return self.paces.get(request, (0.0, LONGEST))[1]

    def needs(self, request: bytes) -> float:
        """Seconds of a usual turn."""
        delay, size = self.paces.get(request, (0.0, 0))
        return delay + (len(request) + size) * self.settings.byte

    def usual(self, request: bytes, sent: float, began: float) -> float:
        """When an answer that is as long as the others were is over for sure: what is heard then is somebody else's.

        Where somebody babbles, a device's turn must end in time for the next pause of the babbler.
        """
        if request not in self.paces:
            return math.inf
        delay, size = self.paces[request]
        return max(sent + 2 * delay, began) + 2 * size * self.settings.byte + min(self.driver.manners.gap, PAUSE)


def members(site: Site, port: str) -> list[Member]:
    """The devices on a serial port of a site."""
    return [
        member(
            one.name,
            site.drivers[one.driver],
            one.address,
            site.frame_port(port, one.driver),
            Settings(one.baud, one.parity, one.stop_bits),
            one.every,
            one.silent_after,
        )
        for one in site.devices.values()
        if one.port == port
    ]


def member(
    name: str,
    driver: Driver,
    address: str,
    port: str,
    settings: Settings | None = None,
    every: float | None = None,
    silent_after: float | None = None,
) -> Member:
    """A device with what its driver says of the rest."""
    requests = driver.ask(address) if driver.ask else [driver.poll(address)] if driver.poll else []
    return Member(
        name,
        driver,
        address,
        port,
        settings or driver.settings,
        every or driver.every,
        silent_after or driver.silent_after,
        requests,
        patience=driver.manners.patience,
    )
