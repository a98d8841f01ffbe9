"""What every simulated device on a line has: an address, a speed, values, and the faults of real ones."""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

Plain = bool | float | str
Said = Plain | Callable[[float], Plain]
"""A value, or seconds since the line was opened -> the value then."""

Fault = Literal["silent", "slow", "checksum", "half", "babble", "address", "stuck", "drift", "battery"]
USUAL: Mapping[Fault, float] = {
    "silent": 1.0, "slow": 0.5, "checksum": 1.0, "half": 1.0, "babble": 0.2, "address": 1.0, "stuck": 1.0,
    "drift": 60.0, "battery": 10.0,
}  # fmt: skip
"""What a fault's amount is unless said. Share of the answers: silent, checksum, half, address. Seconds: ``slow``
answers so much later, ``babble`` speaks unasked after each such pause, ``battery`` is empty after them. ``drift``: what
the clock gains a day. ``stuck`` has none."""
BABBLE = 32
"""Bytes of one outburst."""
EMPTY, LOW = 0.0, 10.0
"""Percent of a battery: says nothing more; says that it is low."""


class Speed(NamedTuple):
    """Bits a second, parity N, E or O, stop bits."""

    baud: int
    parity: Literal["N", "E", "O"] = "N"
    stop: int = 1

    def byte(self) -> float:
        """Seconds that a byte takes: start bit, 8 bits, parity, stop bits."""
        return (9 + (self.parity != "N") + self.stop) / self.baud


class Answer(NamedTuple):
    """What a device says, and how long after the end of what it heard."""

    data: bytes
    after: float


class Unit:
    """One device. A kind of device gives ``answer``; how it fails is the same for all."""

    turnaround = 0.02
    """Seconds between a request and the answer."""

    def __init__(self, address: str, speed: Speed, values: Mapping[str, Said], seed: int = 1) -> None:
        self.address, self.speed = address, speed
        self.values: dict[str, Said] = dict(values)
        """By quantity, the second of several like ones as ``quantity#2``; change them while it runs."""
        self.asked = 0
        """Requests that it understood as its own."""
        self.started = datetime(2026, 1, 1, tzinfo=UTC)
        """What its clock showed when the line was opened."""
        self._faults: dict[Fault, tuple[float, float | None]] = {}
        self._stuck: dict[str, Plain] = {}
        self._dice = random.Random(f"{seed}/{address}")
        self._quiet_until = 0.0

    # ---- for the one who plays

    def fail(self, fault: Fault, amount: float | None = None) -> None:
        """From now on it has this fault; ``USUAL`` says what the amount is."""
        self._faults[fault] = (USUAL[fault] if amount is None else amount, None)

    def heal(self, *faults: Fault) -> None:
        """These faults are gone, all of them by default."""
        for fault in faults or tuple(self._faults):
            self._faults.pop(fault, None)
        if "stuck" not in self._faults:
            self._stuck = {}

    def value(self, name: str, at: float, default: Plain = 0.0) -> Plain:
        """What it measures at this moment, or measured when it got stuck."""
        if name == "battery_low" and "battery" in self._faults:
            return self.battery(at) <= LOW
        if self._has("stuck", at):
            return self._stuck.get(name, default)
        said = self.values.get(name, default)
        return said(at) if callable(said) else said

    def battery(self, at: float) -> float:
        """Percent left."""
        if not self._has("battery", at):
            return 100.0
        amount, since = self._faults["battery"]
        return max(EMPTY, 100.0 * (1 - (at - (since or 0.0)) / max(amount, 1e-9)))

    def clock(self, at: float) -> datetime:
        """What its own clock shows."""
        gained = 0.0
        if self._has("drift", at):
            amount, since = self._faults["drift"]
            gained = amount * (at - (since or 0.0)) / 86400
        return self.started + timedelta(seconds=at + gained)

    # ---- for the wire

    def hear(self, heard: bytes, at: float) -> Answer | None:
        """What came over the wire up to a silence -> its answer, with its faults; None if it says nothing."""
        answer = self.answer(heard, at)
        if not answer or self._hits("silent", at) or self.battery(at) <= EMPTY:
            return None
        if self._hits("checksum", at):
            answer = self.damaged(answer)
        if self._hits("half", at):
            answer = answer[: max(1, len(answer) // 2)]
        late = self._faults["slow"][0] if self._has("slow", at) else 0.0
        return Answer(answer, self.turnaround + late)

    def babbles(self, at: float) -> bytes:
        """What it says unasked at this moment."""
        if not self._has("babble", at) or at < self._quiet_until:
            return b""
        self._quiet_until = at + BABBLE * self.speed.byte() + self._faults["babble"][0]
        return self._dice.randbytes(BABBLE)

    def next_babble(self) -> float | None:
        """When it next speaks unasked; None: it doesn't."""
        return self._quiet_until if "babble" in self._faults else None

    def answer(self, heard: bytes, at: float) -> bytes:
        """The right answer to a request for this device; nothing to anything else."""
        raise NotImplementedError

    def damaged(self, answer: bytes) -> bytes:
        """An answer with a check that is wrong."""
        return answer[:-2] + bytes((answer[-2] ^ 0x5A,)) + answer[-1:] if len(answer) > 2 else b"\xff"

    def _wrong_address(self, at: float) -> bool:
        return self._hits("address", at)

    def _hits(self, fault: Fault, at: float) -> bool:
        """Whether this answer has this fault: its amount is the share that has."""
        return self._has(fault, at) and (self._faults[fault][0] >= 1 or self._dice.random() < self._faults[fault][0])

    def _has(self, fault: Fault, at: float) -> bool:
        """Note when a fault began: the first time that somebody looks."""
        if fault not in self._faults:
            return False
        amount, since = self._faults[fault]
        if since is None:
            self._faults[fault] = (amount, at)
            if fault == "stuck":
                self._stuck = {name: said(at) if callable(said) else said for name, said in self.values.items()}
        return True
