"""Committer: the open batch, and when it is written; the one writer of the store.

Acknowledgements and messages are given away only when the disk has them (promises.py). A crash before the commit:
the node repeats its alarm. A crash between commit and acknowledgement: it repeats, and is told again without news.
All that a disk didn't take is tried again with the next batch.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from gateway.clock import Clock
from gateway.hub.booted import Booted
from gateway.hub.due import Checkpoints
from gateway.hub.fold import Fold
from gateway.hub.jams import SOON, Jams
from gateway.hub.open import Open, name_of
from gateway.hub.outcome import Outcome
from gateway.hub.promises import Promises
from gateway.hub.snapshot import Snapshot
from gateway.hub.storage import Storage
from gateway.inbox import Inbox
from gateway.ports import Send
from gateway.store.message import ALARM, STATE, Message
from gateway.store.outbox import FIRST, WINDOW, Outbox
from gateway.store.salvage import marker
from gateway.store.store import Corrupt, Failed
from gateway.store.vital import Vital

log = logging.getLogger(__name__)

GROUP_ROWS = 1_000
"""Rows at which a group is written before its time."""
CONFIRMED = 2.0
"""Seconds after which an alarm's delivery is noted, so that a restart doesn't send it again."""
PATIENCE = 2.0
"""Seconds for a commit; a card that hangs for longer is taken for one that takes nothing, until it answers."""
HANGING = 0.2
"""Seconds between two looks at what waits while a commit hangs."""
RETRY = (0.5, 10.0)
COMMITS = 1_000
"""Commits made as soon as they are wanted; after that one in COMMIT seconds, until there was a rest."""
COMMIT = 0.5
UNSAVED = 20_000
"""Frames and messages held in memory while the disk takes nothing; then telemetry goes first."""


class Committer:
    """Takes Outcomes and writes them in groups."""

    def __init__(
        self,
        booted: Booted,
        *,
        clock: Clock,
        inbox: Inbox,
        outboxes: Mapping[str, Outbox],
        send: Send,
        path: Path,
        keep_days: float,
        max_bytes: int,
        group: float,
        stored: Mapping[str, Callable[[int], None]] | None = None,
    ) -> None:
        """``stored``: Frame port -> whom to tell how many more of its Frames are on the disk."""
        self.store = booted.store
        self.kept = 0
        """Number of the last Frame that the disk has."""
        self.shed = 0
        """Frames and messages given up because memory had no room and the disk took none."""
        self._fold: Fold = booted.fold
        self._clock, self._outboxes = clock, outboxes
        self._path, self._keep_days, self._max_bytes, self._group = path, keep_days, max_bytes, group
        self._stored = {} if stored is None else stored
        self._storage = Storage(path, clock, inbox, durable=booted.durable)
        self._snapshot = Snapshot(booted, clock, path)
        self._promises = Promises(self._storage, self._snapshot, outboxes, send, self._stored)
        self._open = Open()
        self._jams = Jams()
        self._due = asyncio.Event()
        self.checkpoints = Checkpoints(booted, clock, self._snapshot)
        self._untidy = False
        """More is to be dropped than one slice."""
        self._written_until = clock.now() - COMMITS * COMMIT
        self._stopping = False
        self._take_over(booted)

    def _take_over(self, booted: Booted) -> None:
        """What booting made is the first batch; state that no database holds yet makes a checkpoint of it."""
        self._open.batch.configs.update(booted.configs)
        self._carry(booted.salvaged.messages)
        for out in booted.outcomes:
            self.append(out)
        self._open.alerts = True  # the vital file may be older than the database, if the last life ended between them
        self._due.set()

    @property
    def durable(self) -> bool:
        """Whether the disk took what it was last given."""
        return self._storage.durable

    async def turn(self) -> None:
        """Wait until a batch was written, or could not be."""
        await self._promises.turn()

    def learn(self, site_hash: str, text: str) -> None:
        """The text of a site that a config Frame is about to name."""
        self._fold.configs[site_hash] = self._open.batch.configs[site_hash] = text

    def append(self, out: Outcome) -> None:
        """Add what a Frame led to."""
        work = self._open
        if out.frame.port in self._stored:
            work.taken[out.frame.port] += 1
        if out.n:
            work.batch.frames.append((out.n, out.frame))
            work.batch.entries += [(entry.n, out.frame.at, entry.body) for entry in out.entries]
        if out.messages:
            self._carry(out.messages)
        at_once = out.urgent and not self._can_wait(out)
        if out.acknowledge is not None:
            answer = (out.frame.port, *out.acknowledge)
            work.answers[name_of(answer)] = answer
        homes = [alert.home for alert in out.alerts if alert.n]
        work.homes.update(homes, (change.home for change in out.changes))
        if out.frame.port in ("act", "mode") or homes:
            work.alerts = True
        if work.since is None and (out.n or out.acknowledge):
            work.since = self._clock.now()
        if at_once or (work.size() >= GROUP_ROWS and not self._storage.failed):
            self._due.set()

    def _can_wait(self, out: Outcome) -> bool:
        """A sender that says again what waits already, or a jam; what a disk doesn't take is told from memory."""
        if out.acknowledge is None or self._storage.failed:
            return False
        if not out.n and name_of((out.frame.port, *out.acknowledge)) in self._open.answers:
            return True
        return self._jams.is_jam(out)

    def pass_over(self, port: str) -> None:
        """A Frame of this port was set aside: what brought it is done with."""
        if port in self._stored:
            self._open.taken[port] += 1

    def _carry(self, messages: list[Message]) -> None:
        self._open.batch.messages += messages
        self._open.fresh += messages
        self._open.alerts = self._open.alerts or any(message.is_event for message in messages)
        self._snapshot.adopt(messages)

    def mind(self) -> None:
        """Called every second or so: a group that has waited long enough is written."""
        now, work = self._clock.now(), self._open
        confirmed = [lane for outbox in self._outboxes.values() for _, lane, _ in outbox.done]
        if work.since is None and confirmed:
            work.since = now
        waited = 0.0 if work.since is None else now - work.since
        group = SOON if work.answers else CONFIRMED if ALARM in confirmed else self._group
        if waited >= group or self._untidy:
            self._due.set()

    def keep_up(self) -> None:
        """Called after each few Frames: what a checkpoint needs is made in small parts, never all at once."""
        self._snapshot.keep_up()

    def hasten(self) -> None:
        """Write the open batch now."""
        self._due.set()

    def stop(self, *, sound: bool = True) -> None:
        """Write what is open and end: with a checkpoint, unless the fold broke in the middle of a Frame."""
        self._stopping = True
        self._snapshot.sound = sound
        self._due.set()

    def last_words(self) -> Vital:
        """All that must go on in a next life of this process, alarms and other messages in memory included."""
        content = self._snapshot.content(volatile=True)
        held = [message for outbox in self._outboxes.values() for message in outbox.held()]
        unsaved = self._open.batch.messages
        return content._replace(events=tuple(dict.fromkeys([*content.events, *held, *unsaved])))

    async def run(self) -> None:
        """Write until stopped; raises Corrupt when the database is damaged."""
        await self._look_at_what_waits()
        while True:
            await self._due.wait()
            await self._spare_the_flash()
            self._due.clear()
            if await self._storage.look_for_room():
                self._untidy = self._storage.lean
            work = self._cut()
            try:
                await self._commit(work)
                self._note_taken(work)
                self._promises.keep(work)
                await self._tidy(work)
            except Failed as error:
                if error.full and await self._make_room(work):
                    continue
                await self._go_volatile(work, error)
                await self._storage.look_at_the_file(error)
                if not self._stopping:
                    await self._pause(min(RETRY[0] * 2 ** (self._storage.failed - 1), RETRY[1]))
                    continue
            except Corrupt:
                self._put_back(work)
                with suppress(OSError):
                    marker(self._path).touch()
                await self._end(volatile=True)
                raise
            if self._stopping and (self._storage.failed or not self._open.size()):
                await self._end(volatile=not self.durable)
                return

    async def _look_at_what_waits(self) -> None:
        """Events that the disk holds undelivered belong to the vital file, and alarms to the window at once."""
        with suppress(Failed):  # what can't be read now is read when it is sent
            for to, outbox in self._outboxes.items():
                self._snapshot.adopt(await self.store.page(to, STATE, FIRST, WINDOW))
                alarms = await self.store.page(to, ALARM, FIRST, WINDOW)
                self._snapshot.adopt(alarms)
                outbox.begin(alarms, more=len(alarms) == WINDOW)

    async def _spare_the_flash(self) -> None:
        """Each commit wears the flash: a device that babbles alarms all day gets its words in larger groups."""
        now = self._clock.now()
        self._written_until = max(self._written_until, now - COMMITS * COMMIT) + COMMIT
        if self._written_until > now and not self._stopping:
            await asyncio.sleep(COMMIT)

    async def _end(self, *, volatile: bool) -> None:
        self._snapshot.write(volatile=volatile)
        await self._snapshot.settle()

    def _put_back(self, work: Open) -> None:
        """What wasn't written is written with the next batch."""
        work.add(self._open)
        self._open = work

    def _cut(self) -> Open:
        """Take the open batch; with it the confirmations, and the checkpoint when it is due."""
        work, self._open = self._open, Open()
        for outbox in self._outboxes.values():
            done = outbox.take_done()
            work.batch.done += done
            self._snapshot.confirmed(done)
        if self._storage.lean:
            self.shed += work.drop_telemetry()
        if self._snapshot.sound:
            self.checkpoints.add_to(work, ending=self._stopping)
        return work

    async def _commit(self, work: Open) -> None:
        """Write it. A disk that hangs is waited for, but nobody waits with us."""
        writing = asyncio.ensure_future(self.store.commit(work.batch, self._clock.now()))
        try:
            done, _ = await asyncio.wait({writing}, timeout=PATIENCE)
            if not done:  # it may be our own loop that stood still
                done, _ = await asyncio.wait({writing}, timeout=HANGING)
            while not done:
                self._storage.note_fault("it hangs")
                await self._promises.give(work)
                await self._promises.give(self._open)
                done, _ = await asyncio.wait({writing}, timeout=HANGING)
        finally:
            writing.cancel()
        writing.result()

    def _note_taken(self, work: Open) -> None:
        self._storage.note_taken()
        self.kept = max([self.kept, *(n for n, _ in work.batch.frames[-1:])])
        if self.checkpoints.note_taken(work):
            self._due.set()

    async def _make_room(self, work: Open) -> bool:
        """Give up the reserve and try the same batch again, with a checkpoint: the journal before it can go then."""
        if not await self._storage.make_room():
            return False
        self._untidy = self.checkpoints.wanted = True
        self._put_back(work)
        self._due.set()
        return True

    async def _go_volatile(self, work: Open, error: Failed) -> None:
        """The disk took nothing: say so, go on in memory, keep all of it for the next attempt."""
        self._storage.failed += 1
        self._storage.note_fault(str(error))
        self._put_back(work)
        await self._promises.give(work)
        if work.size() > UNSAVED:  # memory isn't endless; the next checkpoint holds the sum of what is dropped
            self.shed += work.drop_most(UNSAVED)
            self.checkpoints.wanted = True

    async def _pause(self, seconds: float) -> None:
        """Wait before the next attempt; an alarm that comes meanwhile leaves at once and shortens it."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not self._stopping and (left := began + seconds - loop.time()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._due.wait()
            except TimeoutError:
                break
            self._due.clear()
            if await self._promises.give(self._open):
                seconds = min(seconds, max(RETRY[0], loop.time() - began))
        self._due.set()

    async def _tidy(self, work: Open) -> None:
        if not (work.batch.checkpoint or self._untidy):
            return
        try:
            self._untidy = await self.store.tidy(
                now=self._clock.now(),
                keep_days=self._keep_days,
                max_bytes=self._max_bytes,
                checkpoint=self.checkpoints.kept,
                spare=self._storage.spare,
            )
        except Failed as error:
            log.error("old rows could not be dropped: %s", error)
