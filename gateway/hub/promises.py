"""Promises: what hangs on a commit. Messages leave, senders of alarms are answered, ports hear what is stored.

All of it is given away only when the disk has it. A disk that takes nothing, or takes too long, is told to nobody who
waits for a durable word: nodes get a volatile one, and messages leave from memory.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

from gateway.hub.open import Answer, Open
from gateway.hub.snapshot import Snapshot
from gateway.hub.storage import Storage
from gateway.ports import Send
from gateway.store.outbox import Outbox

WORD = 0.3
"""Seconds that a message without a commit waits for the vital file, which may well be written where the database
can't be; the file says to a next life which numbers and changes may have been told."""


class Promises:
    """Keeps what was promised with a batch. ``stored``: Frame port -> whom to tell how many more are on the disk."""

    def __init__(
        self,
        storage: Storage,
        snapshot: Snapshot,
        outboxes: Mapping[str, Outbox],
        send: Send,
        stored: Mapping[str, Callable[[int], None]],
    ) -> None:
        self._storage, self._snapshot = storage, snapshot
        self._outboxes, self._send, self._stored = outboxes, send, stored
        self._turn = asyncio.Event()

    async def turn(self) -> None:
        """Wait until a batch was written, or could not be."""
        await self._turn.wait()

    def _end_turn(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()

    def keep(self, work: Open) -> None:
        """The store has it."""
        for answer in [*work.given.values(), *work.answers.values()]:
            self._answer(answer)
        self._say_stored(work.taken)
        for outbox in self._outboxes.values():
            outbox.release(work.fresh)
        if work.alerts or self._snapshot.is_due():
            self._snapshot.write(work.homes, volatile=not self._storage.durable)
        self._end_turn()

    async def give(self, work: Open) -> bool:
        """Messages leave from memory and nodes get a volatile word; whether a node waited for one.

        The vital file comes first: after a crash the next life must not tell the same news under the same id in
        other words, and a broker that was told that its alarm is kept doesn't say it again.
        """
        fresh, answers, taken = work.fresh, work.answers, work.taken
        work.fresh, work.answers, work.taken = [], {}, Counter()
        if answers or any(message.is_event for message in fresh):
            self._snapshot.write(volatile=True)
            await self._snapshot.settle(WORD)
        self._say_stored(taken)
        refused = [outbox.release(fresh, durable=False) for outbox in self._outboxes.values()]
        work.fresh = [*(message for some in refused for message in some), *work.fresh]
        for answer in answers.values():
            self._answer(answer)
            work.note_given(answer)
        self._end_turn()
        return bool(answers)

    def _answer(self, answer: Answer) -> None:
        port, driver, head = answer
        assert driver.acknowledge is not None
        self._send(port, driver.acknowledge(head, self._storage.durable), head.address)

    def _say_stored(self, taken: Mapping[str, int]) -> None:
        for port, frames in taken.items():
            self._stored[port](frames)
