"""One exchange after another on a line: silence in front, the line set for the device, its answer, and what it means.

What is heard when nobody was asked is a late answer to the last question that had none, or somebody who babbles.
Nothing of it passes for an answer to the next question.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from drivers.driver import BadFrame, Driver, Settings
from gateway.ports.serial.babble import Babble
from gateway.ports.serial.member import LONGEST, OFTEN, PATIENCE, Member, Told
from gateway.ports.serial.open_line import OpenLine
from gateway.ports.serial.turn import MOST, Turn

CHARACTERS: Final = 3.5
"""Silence in front of a request, in characters of who is asked (Modbus over Serial Line V1.02, 2.5.1.1)."""
PUSHY: Final = (1.0, 0.1)
"""Seconds after which we speak though the line isn't silent: a babbler must not keep the others from being asked. The
second once it is known that somebody babbles."""
ECHO: Final = 0.1
"""Seconds within which our own words come back, where an adapter is known to hear itself."""
FORGOTTEN: Final = 2 * PATIENCE
"""Seconds after which an answer that never came is waited for no more."""
SLOW: Final = (0.012, 50)
"""An adapter holds back what it hears when so many answers in a row came at least so many seconds late."""


class _Owed(NamedTuple):
    """A question without an answer, which may come late."""

    member: Member
    request: bytes
    sent: float


class Exchanges:
    """The line's time, one exchange after another."""

    def __init__(self, line: OpenLine, alarming: Mapping[str, Driver]) -> None:
        """``alarming``: port of a Frame -> driver of devices that may call for help out of turn."""
        self._line, self._alarming = line, alarming
        self._settings = line.settings
        self._turn: tuple[Turn, Member, bool] | None = None
        """Who has its turn now, and whether an answer of it like the last ones is thinned."""
        self._said = b""
        """What was heard in it."""
        self._buffer = b""
        """What was heard when it was nobody's turn."""
        self._spoken = b""
        """What was said that nobody answers; its echo may come."""
        self._over = asyncio.Event()
        self._heard_at = self._active_until = self._began = 0.0
        self._babble = Babble()
        self._asked_since: float | None = None
        self._owed: dict[str, _Owed] = {}
        """By device, its last question without an answer."""
        self._delays: deque[float] = deque(maxlen=SLOW[1])
        self.late: list[Member] = []
        """Those whose answer came when their turn was over; for the schedule."""

    def begin(self, now: float) -> None:
        """The line was opened."""
        self._settings = self._line.settings
        self._turn, self._buffer, self._owed, self._asked_since = None, b"", {}, None
        self._heard_at = self._active_until = now
        self.late.clear()

    def heard(self, data: bytes, at: float) -> None:
        """Bytes came in."""
        if self._turn is None:
            self._babble.heard(at, self._heard_at)
        self._heard_at = at
        self._active_until = max(self._active_until, at)
        self._asked_since = None
        self._line.figures.carried(len(data) * self._settings.byte, at)
        if self._turn is None:
            self._buffer = (self._buffer + data)[-MOST:]
            self._over.set()
            return
        turn, member, thin = self._turn
        silent = turn.silent
        self._said = (self._said + data)[-MOST:]
        for frame in turn.hear(data):
            self._deliver(member, turn.request, frame, thin=thin)
        if silent and not turn.silent:
            self._began = at
            self._over.set()  # from here on its pauses count, and no longer its patience
        if turn.over:
            self._turn = None
            self._over.set()

    def silence(self, now: float) -> float:
        """Seconds for which we have asked without a byte in return."""
        return 0.0 if self._asked_since is None else now - self._asked_since

    async def say(self, settings: Settings, quiet: float, data: bytes) -> None:
        """Say something that nobody answers; an echo of it is none of the next turn's."""
        await self._be_silent(settings, quiet)
        self._write(data)
        self._spoken = data
        await asyncio.sleep(self._active_until - self._line.now())
        last = self._line.now() + ECHO
        while "line_echo" in self._line.faults and len(self._buffer) < len(data) and self._line.now() < last:
            self._over.clear()
            await wait(self._over, last - self._line.now())

    async def exchange(self, member: Member, request: bytes, *, thin: bool = True) -> Turn:
        """Ask one thing and hear what comes. ``thin``: an answer like the last one is not handed on each time."""
        line, manners = self._line, member.driver.manners
        await self._be_silent(member.settings, manners.quiet, member.needs(request))
        self._forget_like(member)
        line.figures.devices[member.name].turns += 1
        turn = Turn(member.driver, member.address, request, echoes="line_echo" in self._line.faults)
        self._turn, self._said = (turn, member, thin), b""
        self._over.clear()
        self._write(request)
        sent = self._active_until
        self._asked_since = sent if self._asked_since is None else self._asked_since
        last = sent + member.patience + line.delay + LONGEST * member.settings.byte  # whoever speaks
        while not turn.over:
            due = (
                sent + member.patience
                if turn.silent
                else min(self._heard_at + manners.gap, member.usual(request, sent, self._began))
            )
            left = min(due + line.delay, last) - line.now()
            if left <= 0:
                break
            self._over.clear()
            await wait(self._over, left)
        self._turn = None
        for frame in turn.close():
            self._deliver(member, request, frame, thin=thin)
        if not turn.over and line.now() >= last:
            self._sign("line_babble", "a turn never ends")
        self._learn(member, turn, sent, self._said)
        return turn

    def look(self, now: float) -> None:
        """Now and then: what came when nobody was asked."""
        if self._buffer:
            self._out_of_turn(now)

    async def _be_silent(self, settings: Settings, quiet: float, needed: float = 0.0) -> None:
        """Wait until the line has been silent for long enough, then set it; what was heard is out of turn."""
        wanted = max(quiet, CHARACTERS * settings.byte)
        await self._let_babble(self._active_until + wanted, wanted + needed)
        impatient = self._line.now() + PUSHY["line_babble" in self._line.faults]
        while (now := self._line.now()) < (free := min(self._active_until + wanted, impatient)):  # noqa: ASYNC110
            await asyncio.sleep(free - now)
        if now >= impatient:
            self._sign("line_babble", "the line is never silent")
        if settings != self._settings:
            await self._line.set(settings)
            self._settings = settings
        if self._buffer:
            self._out_of_turn(now)

    async def _let_babble(self, free: float, needed: float) -> None:
        """Where somebody babbles the best moment is right behind his next outburst."""
        if self._babble.is_near(self._line.now(), free, needed):
            heard = self._heard_at
            self._over.clear()
            await wait(self._over, PUSHY[1])
            if self._heard_at == heard:
                self._babble.waited(self._line.now())

    def _out_of_turn(self, now: float) -> None:
        strays, self._buffer = self._buffer, b""
        if self._spoken and strays.startswith(self._spoken):
            self._echoed(len(self._spoken))
            strays = strays[len(self._spoken) :]
        self._spoken = b""
        if not strays or self._find_late(strays, now) or self._overhear(strays):
            return
        self._stray(len(strays), strays[-16:].hex(), now)

    def _stray(self, count: int, sample: str, now: float) -> None:
        """Bytes that nobody asked for: a few are noise, many are somebody who babbles."""
        if self._babble.stray(count, now):
            self._sign("line_babble", sample)

    def _overhear(self, heard: bytes) -> bool:
        """Whoever calls for help out of turn is heard all the same -> whether somebody did."""
        found = False
        for port, driver in self._alarming.items():
            for frame in driver.cut(heard)[0]:
                with suppress(BadFrame):
                    driver.head(frame)
                    self._line.deliver(port, frame, self._heard_at)
                    found = True
        return found

    def _learn(self, member: Member, turn: Turn, sent: float, heard: bytes) -> None:
        """What a turn says of the device and of the line."""
        figures = self._line.figures.devices[member.name]
        if turn.echoed:
            self._echoed(len(turn.request))
        self._babble.turned(turn.over or turn.silent, self._heard_at)
        late = turn.others = self._find_late(heard, self._line.now(), member)
        more = len(heard) - len(turn.request) * turn.echoed - (turn.size if turn.over else member.longest(turn.request))
        if more > 0 and not late:
            self._stray(more, heard[-16:].hex(), self._line.now())
        if turn.over:
            figures.answers += 1
            if turn.refused:
                figures.refused += 1
                figures.why = turn.refused
            else:
                figures.heard_at = self._heard_at
            self._owed.pop(member.name, None)
            if not more:
                self._time(member, turn.request, sent, turn.size)
        elif turn.wrong:
            self._overhear(heard)
            figures.errors += 1
            figures.why = turn.wrong
            if "line_babble" in self._line.faults:
                self._babble.again(self._heard_at)
        elif not (member.driver.manners.mute and member.driver.manners.mute(turn.request)):
            figures.timeouts += 1
            self._owed[member.name] = _Owed(member, turn.request, sent)

    def _forget_like(self, asked: Member) -> None:
        """From now on a late answer of such devices couldn't be told from the one to this question: none is due."""
        if asked.driver.manners.paired:
            self._owed = {
                name: owed
                for name, owed in self._owed.items()
                if not owed.member.driver.manners.paired or owed.member.address != asked.address
            }

    def _find_late(self, heard: bytes, now: float, asked: Member | None = None) -> bool:
        """Look for answers to questions that had none -> is one in what was heard, while ``asked`` had its turn?"""
        self._owed = {name: owed for name, owed in self._owed.items() if now - owed.sent < FORGOTTEN}
        others = [owed for owed in self._owed.values() if owed.member is not asked] if heard else []
        named = asked is not None
        return any([self._is_late(owed, heard, now, named=named) for owed in others])  # a list: there may be several

    def _is_late(self, owed: _Owed, heard: bytes, now: float, *, named: bool) -> bool:
        """``named``: it must say whose it is, or it is the one that was asked for."""
        member, request, sent = owed
        late = Turn(member.driver, member.address, request)
        frames = late.hear(heard)
        if late.answer is None or (named and not late.answer.address):
            return False
        del self._owed[member.name]
        for frame in frames:
            self._deliver(member, request, frame, thin=True)
        figures = self._line.figures.devices[member.name]
        figures.late += 1
        figures.heard_at = now
        member.patience = min(PATIENCE, max(member.patience, 1.5 * (now - sent)))
        self.late.append(member)
        self._sign("line_late", member.name)
        return True

    def _time(self, member: Member, request: bytes, sent: float, size: int) -> None:
        """How long an answer took, beside its bytes.

        An adapter that holds back what it hears is late with every answer, of whichever device. Meters take their
        time by their standards, networks by their nature: neither is looked at.
        """
        delay = self._heard_at - sent - size * member.settings.byte
        member.learn(request, delay, size)
        if member.driver.manners.paired is None or self._line.delay:
            return
        self._delays.append(delay)
        if len(self._delays) == SLOW[1] and min(self._delays) >= SLOW[0]:
            self._sign("line_slow", f"{1000 * min(self._delays):.0f} ms")

    def _echoed(self, size: int) -> None:
        self._line.figures.carried(-size * self._settings.byte, self._line.now())
        self._sign("line_echo", "")

    def _sign(self, fault: str, what: str) -> None:
        self._line.tell(self._line.faults.sign(fault, self._line.now(), what))

    def _write(self, data: bytes) -> None:
        now = self._line.now()
        seconds = len(data) * self._settings.byte
        self._line.write(data)
        self._active_until = now + seconds
        self._line.figures.carried(seconds, now)

    def _deliver(self, member: Member, request: bytes, frame: bytes, *, thin: bool) -> None:
        """Hand on what a device said, unless it has said just that, for long and just now."""
        at = self._heard_at
        told = member.told.get(request)
        if not thin or told is None or told.frame != frame:
            told = Told(frame, at, 1)
        elif told.times >= OFTEN and at - told.at < member.thin:
            return
        else:
            told = Told(frame, at, told.times + 1)
        member.told[request] = told
        self._line.deliver(member.port, frame, at)


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer than that."""
    if event.is_set():
        return
    alarm = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        alarm.cancel()
