"""A line on which devices speak when asked: who is due is asked, orders go in between, nobody waits for a dead one."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from drivers.driver import Driver
from gateway.ports.serial.exchange import Exchanges, wait
from gateway.ports.serial.member import PATIENCE, Member
from gateway.ports.serial.open_line import OpenLine
from gateway.ports.serial.schedule import Schedule
from gateway.ports.serial.turn import Turn

BEAT: Final = 10
"""Seconds between two signs of life to devices that wait for them."""
SILENT = 10.0
"""Seconds of asking without a byte after which the line is opened anew."""
DAMAGED: Final = 2
"""So many damaged answers in a row end a device's round."""
LOOK: Final = 1.0
ORDERS: Final = 256


class Order(NamedTuple):
    """Something to be said between two turns; of an asked device its answer is waited for."""

    driver: str
    data: bytes
    address: str


def mates(members: Sequence[Member]) -> dict[str, list[str]]:
    """Device -> itself and its like, of which a late answer can pass for the answer to another question.

    A Modbus answer names its unit, but not what was asked. Who is asked one thing alone says nothing wrong, only late.
    """
    found: dict[str, list[str]] = {}
    for one in members:
        like = [two for two in members if two.driver.manners.paired and two.address == one.address]
        if one.driver.manners.paired and len({request for two in like for request in two.requests}) > 1:
            found[one.name] = [two.name for two in like]
    return found


def _all(order: bytes) -> bytes:
    """Which output an order is about, of a device that has one."""
    return b""


class Turns:
    """Gives each device its turn."""

    def __init__(self, line: OpenLine, driver: Driver | None, members: Sequence[Member]) -> None:
        self._line = line
        self._exchanges = Exchanges(line, {one.port: one.driver for one in members if one.driver.acknowledge})
        self._members = {member.name: member for member in members if member.requests}
        self._mates = mates(list(self._members.values()))
        self._known = {(member.driver.name, member.address): member for member in members}
        drivers = [member.driver for member in members] + ([driver] if driver else [])
        self._drivers = {one.name: one for one in drivers}
        self._schedule = Schedule({}, 0.0)
        self._orders: deque[Order] = deque(maxlen=ORDERS)
        self._woken = asyncio.Event()
        self._looked = self._beaten = 0.0
        self.longest_silence = SILENT
        """Seconds without a byte after which the line is opened anew."""

    def begin(self) -> None:
        """The line was opened."""
        now = self._line.now()
        self._exchanges.begin(now)
        self._schedule = Schedule({name: member.every for name, member in self._members.items()}, now)
        self._orders.clear()
        self._looked, self._beaten = now, now - BEAT
        for member in self._members.values():
            member.at, member.wanted, member.wrong = 0, None, 0

    def send(self, driver: str, data: bytes, address: str) -> None:
        """Say it between this turn and the next one; of several orders to one output the last one counts."""
        known = self._drivers.get(driver)
        if known is not None and known.ask is not None:
            about = known.manners.about or _all
            mine = (driver, address, about(data))
            others = [one for one in self._orders if (one.driver, one.address, about(one.data)) != mine]
            self._orders = deque(others, maxlen=ORDERS)
        self._orders.append(Order(driver, data, address))
        self._woken.set()

    def heard(self, data: bytes, at: float) -> None:
        """Bytes came in."""
        self._exchanges.heard(data, at)

    async def run(self) -> None:
        """Give turns until cancelled; raises Stalled when nobody answers for long, OSError when the line fails."""
        while True:
            await self._line.inbox.room()
            now = self._line.now()
            self._look(now)
            if self._orders:
                await self._obey(self._orders.popleft())
                continue
            name = self._schedule.next(now)
            if name is None:
                self._woken.clear()
                await wait(self._woken, max(0.001, min(self._schedule.due() - now, LOOK)))
                continue
            await self._ask(self._members[name])
            for member in self._exchanges.late:
                self._schedule.done(member.name, self._line.now())
            self._exchanges.late.clear()

    def _look(self, now: float) -> None:
        if now - self._beaten >= BEAT:
            self._beaten = now
            beats = [(one.name, one.beat(BEAT)) for one in self._drivers.values() if one.beat is not None]
            self._orders.extend(Order(name, data, "") for name, data in beats)
        if now - self._looked >= LOOK:
            self._looked = now
            self._exchanges.look(now)
            self._line.look(self._exchanges.silence(now))

    async def _obey(self, order: Order) -> None:
        driver = self._drivers.get(order.driver)
        if driver is None:
            return
        self._line.figures.orders += 1
        member = self._known.get((order.driver, order.address))
        if driver.ask is not None and member is not None:
            await self._exchanges.exchange(member, order.data, thin=False)
            return
        settings = member.settings if member else driver.settings
        await self._exchanges.say(settings, driver.manners.quiet, order.data)

    async def _ask(self, member: Member) -> None:
        """One turn of a device: one request, or a round that mustn't be broken."""
        began = self._line.now()
        if member.driver.manners.unbroken:
            self._judge(member, await self._round(member), began, whole=True)
            return
        turn = await self._exchanges.exchange(member, member.wanted or member.requests[member.at])
        member.wanted = self._rest_of(member, turn)
        if member.wanted is None:
            self._judge(member, turn, began, whole=False)

    async def _round(self, member: Member) -> Turn:
        mute = member.driver.manners.mute
        for request in member.requests:
            turn = await self._exchanges.exchange(member, request)
            if not turn.over and not (mute and mute(request)):
                break
        while rest := self._rest_of(member, turn):
            turn = await self._exchanges.exchange(member, rest)
        return turn

    def _rest_of(self, member: Member, turn: Turn) -> bytes | None:
        """The request for the next part of an answer that comes in several."""
        follow = member.driver.manners.follow
        if follow is None or turn.answer is None or turn.refused:
            member.parts = 0
            return None
        member.parts += 1
        rest = follow(member.address, turn.answer, member.parts)
        if rest is None:
            member.parts = 0
        return rest

    def _judge(self, member: Member, turn: Turn, began: float, *, whole: bool) -> None:
        """What a turn means for the device's next one."""
        now, either = self._line.now(), member.driver.manners.either
        if turn.over:
            member.wrong = 0
            enough = whole or (either and not turn.refused)
            if enough or member.step(bool(turn.refused), now):
                self._schedule.done(member.name, now)
        elif turn.wrong:
            member.wrong += 1  # something is there: the same again, now or at its next time
            if member.wrong % DAMAGED == 0:
                self._schedule.done(member.name, now)
            if turn.others:
                self._let_rest(member, now)
        else:
            member.wrong = 0
            member.at = (member.at + 1) % len(member.requests) if either else member.at
            self._schedule.missed(member.name, now, now - began)
            self._let_rest(member, now)

    def _let_rest(self, member: Member, now: float) -> None:
        """It owes an answer: nothing else is asked of it while that could pass for another one."""
        for mate in self._mates.get(member.name, ()):
            self._schedule.hold(mate, now + PATIENCE)
