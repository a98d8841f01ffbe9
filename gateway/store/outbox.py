"""Outbox: how an uplink sees its lanes.

The rows are on the disk; a window of each lane is in memory. A message just committed joins its window at once,
unless older ones of its lane are still on the disk only: then it waits there for its turn, so order is kept.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from gateway.store.message import ALARM, LANES, MOST, Message
from gateway.store.store import Failed

PAGE = 500
"""Messages read from the disk at a time."""
WINDOW = 2_000
"""Messages of one lane held in memory; what doesn't fit is read from the disk later."""
STRIKES = 3
"""Failures after which a message that others overtook is no longer tried on each connection."""
FIRST = -MOST

Read = Callable[[str, int, int, int], Awaitable[list[Message]]]


class Lane:
    """One lane of one destination: waiting in memory, on its way, and whether more waits on the disk."""

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self.underway: dict[int, Message] = {}
        self.on_disk = True
        self.seen = FIRST
        """Highest number that has been in the window."""
        self.unsaved: set[int] = set()
        """Numbers that no disk holds yet: a broken one keeps them in memory only."""
        self.ahead: set[int] = set()
        """Numbers above ``seen`` that came into the window before those that stand on the disk in front of them."""

    def add(self, message: Message, *, durable: bool) -> None:
        """Take a message that was just made, if it is this lane's turn to hold it in memory."""
        if durable and (self.on_disk or len(self.waiting) >= WINDOW):
            self.on_disk = True
            return
        if not durable:
            self.unsaved.add(message.n)
        behind = not self.waiting or self.waiting[-1].n < message.n
        self.waiting.append(message)
        if not behind:  # one that was carried over from another store
            self.waiting = deque(sorted(self.waiting, key=lambda one: one.n))
        if self.on_disk:
            self.ahead.add(message.n)
        else:
            self.seen = max(self.seen, message.n)

    def take_page(self, page: list[Message], after: int, *, more: bool) -> None:
        """Fill the window with what stands on the disk after that number; newer ones may have joined meanwhile."""
        window = {message.n: message for message in page if message.n not in self.ahead}
        for message in self.waiting:  # those that joined stand on the disk behind what isn't read yet
            if not more or message.n <= after or message.n in self.unsaved:
                window[message.n] = message
        self.waiting = deque(message for _, message in sorted(window.items()))
        self.on_disk = more
        if page or more:
            last = page[-1].n if page else after
            self.seen = last if more else max(self.seen, last)
        self.ahead = {n for n in (*self.ahead, *window) if n > self.seen}

    def rewind(self) -> None:
        """The connection went: what was on its way waits again, in order."""
        self.waiting.extendleft(sorted(self.underway.values(), key=lambda message: -message.n))
        self.underway.clear()


class Outbox:
    """The lanes of one destination. Marks of delivery are collected in ``done`` for the next transaction."""

    def __init__(self, to: str, read: Read) -> None:
        self.to = to
        self._read = read
        self.lanes = tuple(Lane() for _ in LANES)
        self.done: list[tuple[str, int, int]] = []
        self.delivered = 0
        self._last: deque[Message] = deque()
        """Those that the destination can't take, it seems: they leave alone, when nothing else is left to say."""
        self._later: list[Message] = []
        """Of those, the ones that were tried on this connection."""
        self._struck: dict[tuple[int, int], tuple[int, int]] = {}
        """(lane, n) -> how often a message failed while others were delivered, and how many were by then."""
        self._wake = asyncio.Event()

    def release(self, messages: Iterable[Message], *, durable: bool = True) -> list[Message]:
        """Messages that are committed (or that a broken disk keeps in memory only) may leave.

        Returns those that no disk holds and memory doesn't either, because it isn't endless: all but alarms.
        They join by their numbers: a window that is full in the midst of them holds the lowest.
        """
        refused: list[Message] = []
        for message in sorted(messages, key=lambda one: one.n):
            if message.to != self.to:
                continue
            lane = self.lanes[message.lane]
            if not durable and message.lane != ALARM and len(lane.waiting) >= WINDOW:
                refused.append(message)
            else:
                lane.add(message, durable=durable)
        self._wake.set()
        return refused

    async def next(self, room: Callable[[int], bool]) -> Message:
        """The next message of the first lane that has one and that there is ``room`` for; waits for it."""
        while True:
            self._wake.clear()
            for number, lane in enumerate(self.lanes):
                if not room(number):
                    if lane.waiting:
                        break  # a lane that waits for room is not overtaken by a lower one
                    continue
                if lane.on_disk and not (lane.waiting and lane.waiting[0].n <= lane.seen):
                    await self._refill(number)
                if lane.waiting:
                    message = lane.waiting.popleft()
                    lane.underway[message.n] = message
                    return message
            if self._last and not self.underway():
                message = self._last.popleft()
                self.lanes[message.lane].underway[message.n] = message
                return message
            await self._wake.wait()

    async def _refill(self, number: int) -> None:
        lane = self.lanes[number]
        after = lane.seen
        lane.on_disk = False  # a message committed while we read is either on this page or joins the window
        page: list[Message] = []
        more = True
        try:
            page = await self._read(self.to, number, after, PAGE)
            more = len(page) == PAGE
        except Failed:
            return  # the next message released tries again
        finally:  # also when the connection goes while we read: what wasn't read still stands on the disk
            lane.take_page(page, after, more=more)

    def confirm(self, message: Message) -> None:
        """The destination has it (PUBACK)."""
        lane = self.lanes[message.lane]
        lane.unsaved.discard(message.n)
        if lane.underway.pop(message.n, None) is not None:
            self.done.append((message.to, message.lane, message.n))
            self.delivered += 1
        self._struck.pop((message.lane, message.n), None)
        self._wake.set()

    def underway(self) -> list[Message]:
        """Sent and not confirmed."""
        return [message for lane in self.lanes for message in lane.underway.values()]

    def demote(self, message: Message) -> None:
        """The destination doesn't take this one, or the connection dies of it: it must not hold up the others."""
        self.lanes[message.lane].underway.pop(message.n, None)
        strikes, delivered = self._struck.get((message.lane, message.n), (0, -1))
        self._struck[message.lane, message.n] = (strikes + (self.delivered > delivered), self.delivered)
        self._later.append(message)
        self._wake.set()

    def rewind(self, *, again: bool = False) -> None:
        """The connection went: everything not confirmed will be sent again, in order; what was demoted, last.

        A message that failed too often while others were delivered waits for ``again``.
        """
        for message in self.underway():
            if (message.lane, message.n) in self._struck:
                self.lanes[message.lane].underway.pop(message.n)
                self._later.append(message)
        for lane in self.lanes:
            lane.rewind()
        hopeless = [m for m in self._later if not again and self._struck[m.lane, m.n][0] >= STRIKES]
        self._last.extend(message for message in self._later if message not in hopeless)
        self._later = hopeless

    def begin(self, alarms: list[Message], *, more: bool) -> None:
        """What of the alarm lane the disk holds at the start."""
        self.lanes[ALARM].take_page(alarms, FIRST, more=more)

    def holds_alarms(self) -> bool:
        """Whether an alarm waits, in memory or on the disk."""
        lane = self.lanes[ALARM]
        return bool(lane.waiting) or lane.on_disk

    def held(self) -> list[Message]:
        """All that is in memory and not confirmed."""
        waiting = [message for lane in self.lanes for message in lane.waiting]
        return [*self.underway(), *waiting, *self._last, *self._later]

    def wake(self) -> None:
        """There is room again."""
        self._wake.set()

    def take_done(self) -> list[tuple[str, int, int]]:
        """The confirmations since the last call."""
        done, self.done = self.done, []
        return done

    def waiting(self) -> dict[str, int]:
        """How many wait in memory by lane, those on their way included; -1 where more wait on the disk."""
        return {
            name: -1 if lane.on_disk and not lane.waiting else len(lane.waiting) + len(lane.underway)
            for name, lane in zip(LANES, self.lanes, strict=True)
        }
