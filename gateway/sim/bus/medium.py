"""The wire in virtual time: two conductors that all devices and the gateway share, one byte after the other.

Pure: whoever has the tty tells the time. A silence of 3.5 bytes ends what was said, as Modbus has it; a device hears
what was said at its own speed only; who speaks while another speaks spoils both.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.sim.bus.unit import Speed, Unit

SILENCE = 3.5
"""Bytes without a word that end what was said."""
SHORTEST = 0.00175
"""Seconds that such a silence lasts at least (Modbus over Serial Line, 2.5.1.1)."""
FLOOD = 65_536
"""Bytes on their way to the gateway beyond which a device isn't let speak."""


@dataclass(slots=True)
class _Saying:
    """Bytes on the wire: ``given`` of them are delivered."""

    begin: float
    speed: Speed
    data: bytearray
    given: int = 0

    @property
    def end(self) -> float:
        return self.begin + len(self.data) * self.speed.byte()

    def there(self, now: float) -> int:
        """How many of its bytes are through by now."""
        return min(len(self.data), int((now - self.begin) / self.speed.byte() + 1e-6)) if now > self.begin else 0


class Medium:
    """``echo``: a two-wire adapter that hears itself. ``late``: seconds of an adapter's latency timer."""

    def __init__(self, units: Sequence[Unit], *, echo: bool = False, late: float = 0.001, seed: int = 1) -> None:
        self.units = units
        self._echo, self._late = echo, late
        self._dice = random.Random(f"medium/{seed}")
        self._asked: _Saying | None = None
        self._saying: list[_Saying] = []
        self.spoilt = 0
        """Bytes that two spoke at once."""
        self.busy = 0.0
        """Seconds for which somebody spoke."""

    def write(self, data: bytes, speed: Speed, now: float) -> None:
        """The gateway writes; its bytes leave one after the other."""
        speed = next((unit.speed for unit in self.units if _understands(unit.speed, speed)), speed)
        asked = self._asked
        if asked is not None and (asked.speed != speed or now > asked.end + _gap(asked.speed)):
            self._end_of_request()
            asked = None
        if asked is None:
            self._asked = asked = _Saying(now, speed, bytearray())
        asked.data += data
        for other in self._saying:
            self._spoil(asked, other)

    def take(self, now: float, baud: int) -> bytes:
        """What the gateway's tty, set to ``baud``, received since the last call."""
        if self._asked is not None and now >= self._asked.end + _gap(self._asked.speed):
            self._end_of_request()
        for unit in self.units:
            outburst = unit.babbles(now)
            if outburst:
                self._say(now, unit.speed, outburst)
        moment = math.floor(now / self._late + 1e-6) * self._late if self._late else now
        heard = bytearray()
        for saying in sorted(self._saying, key=lambda one: one.begin):
            there = saying.there(moment)
            piece = saying.data[saying.given : there]
            saying.given = max(saying.given, there)
            heard += piece if saying.speed.baud == baud else self._garble(piece)
        self._saying = [saying for saying in self._saying if saying.given < len(saying.data)]
        return bytes(heard)

    def due(self, now: float) -> float | None:
        """When ``take`` has something to do next; None: nothing is under way."""
        moments = [when for unit in self.units if (when := unit.next_babble()) is not None]
        if self._asked is not None:
            moments.append(self._asked.end + _gap(self._asked.speed))
        for saying in self._saying:
            through = saying.begin + (saying.there(now) + 1) * saying.speed.byte()
            moments.append(math.ceil(through / self._late - 1e-6) * self._late if self._late else through)
        return min(moments, default=None)

    def _end_of_request(self) -> None:
        """It is quiet: each device of that speed hears what was said, and those it was for answer."""
        asked, self._asked = self._asked, None
        assert asked is not None
        self.busy += asked.end - asked.begin
        if self._echo:
            self._saying.append(_Saying(asked.begin, asked.speed, asked.data))
        for unit in self.units:
            if _understands(unit.speed, asked.speed):
                answer = unit.hear(bytes(asked.data), asked.end)
                if answer is not None:
                    self._say(asked.end + answer.after, unit.speed, answer.data)

    def _say(self, begin: float, speed: Speed, data: bytes) -> None:
        if sum(len(one.data) - one.given for one in self._saying) > FLOOD:
            return
        saying = _Saying(begin, speed, bytearray(data))
        for other in self._saying:
            if other.speed == speed and abs(other.begin - begin) < 0.5 / speed.baud:
                _together(other, data)
                return
        for other in [*self._saying, *filter(None, [self._asked])]:
            self._spoil(saying, other)
        self._saying.append(saying)
        self.busy += saying.end - saying.begin

    def _spoil(self, one: _Saying, other: _Saying) -> None:
        """Where both speak at once neither is understood."""
        begin, end = max(one.begin, other.begin), min(one.end, other.end)
        if begin >= end:
            return
        for saying in (one, other):
            first = int((begin - saying.begin) / saying.speed.byte())
            last = math.ceil((end - saying.begin) / saying.speed.byte())
            for at in range(max(first, saying.given), min(last, len(saying.data))):
                saying.data[at] ^= self._dice.randrange(1, 256)
                self.spoilt += 1

    def _garble(self, piece: bytearray) -> bytearray:
        """What a tty of another speed makes of it."""
        return bytearray(byte ^ self._dice.randrange(1, 256) for byte in piece)


def _together(one: _Saying, data: bytes) -> None:
    """Who begins at the same moment as another pulls its ones down, so that what both say alike stays what it is."""
    for at, byte in enumerate(data[: len(one.data)]):
        one.data[at] &= byte
    one.data += data[len(one.data) :]


def _gap(speed: Speed) -> float:
    return max(SHORTEST, SILENCE * speed.byte())


def _understands(unit: Speed, heard: Speed) -> bool:
    """A pty shows baud rate, stop bits and odd parity; even parity and none look alike on it."""
    return unit.baud == heard.baud and (unit.parity == "O") == (heard.parity == "O")
