"""Committer: the open batch, the one writer of the store, and the promises that hang on its commits.

Acknowledgements and messages are given away only when the disk has them. A crash before the commit: the node
repeats its alarm. A crash between commit and acknowledgement: it repeats, and is told again without news. A disk
that takes nothing is told to nobody who waits for a durable word: nodes get a volatile one, messages leave from
memory, and all that is unsaved is tried again with the next batch.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from drivers.driver import Driver, Head
from gateway.clock import Clock
from gateway.health import report
from gateway.hub import checkpoint
from gateway.hub.boot import Booted
from gateway.hub.fold import Fold, Outcome
from gateway.inbox import Inbox
from gateway.ports import Send
from gateway.store import vital
from gateway.store.message import ALARM, TELEMETRY, Message
from gateway.store.outbox import Outbox
from gateway.store.salvage import marker
from gateway.store.store import Batch, Corrupt, Failed

log = logging.getLogger(__name__)

GROUP_ROWS = 1_000
"""Rows at which a group is written before its time."""
CHECKPOINT = 600.0
CHECKPOINT_FRAMES = 50_000
"""A checkpoint is due after so many seconds or Frames, so that a restart folds little."""
FOLDED = 2_000
"""A start that had to fold so many Frames makes a checkpoint at once: it may not live long enough for the next."""
VITAL = 3600.0
CONFIRMED = 2.0
"""Seconds after which an alarm's delivery is noted, so that a restart doesn't send it again."""
RETRY = (0.5, 30.0)
UNSAVED = 20_000
"""Frames and messages held in memory while the disk takes nothing; then telemetry goes first."""

Answer = tuple[str, Driver, Head]


@dataclass(slots=True)
class Open:
    """The open batch and what is promised when it is written."""

    batch: Batch = field(default_factory=Batch)
    fresh: list[Message] = field(default_factory=list)
    """Those of its messages that no uplink has seen yet."""
    answers: list[Answer] = field(default_factory=list)
    alerts: bool = False
    """An alert changed: the vital file is written too."""
    since: float | None = None

    def size(self) -> int:
        """Rows to write."""
        return len(self.batch.frames) + len(self.batch.messages)


class Committer:
    """Takes Outcomes, writes them in groups, keeps the promises."""

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
    ) -> None:
        self.store, self.durable = booted.store, booted.durable
        self.shed = 0
        """Frames and messages given up because memory had no room and the disk took none."""
        self._fold: Fold = booted.fold
        self._clock, self._inbox, self._outboxes, self._send = clock, inbox, outboxes, send
        self._path, self._keep_days, self._max_bytes, self._group = path, keep_days, max_bytes, group
        self._memory_only = not booted.durable
        self._open = Open()
        self._volatile: list[Answer] = []
        """Alarms acknowledged as volatile, to be acknowledged again when the disk has them."""
        self._rows = dict(booted.rows)
        """The whole checkpoint as of the last look, for the vital file."""
        self._unsaved_rows: dict[str, str | None] = dict(booted.rows)
        self._alarms: dict[tuple[str, int], Message] = {}
        self._due = asyncio.Event()
        self._last_checkpoint = self._last_vital = clock.now()
        self._checkpoint_n = self._fold.n
        self._untidy = False
        """More is to be dropped than one slice."""
        self._vital: asyncio.Task[None] | None = None
        self._stopping = False
        self._take_over(booted)

    def _take_over(self, booted: Booted) -> None:
        """What booting made is the first batch; state that no database holds yet makes a checkpoint of it."""
        self._open.batch.configs.update(booted.configs)
        self._carry(booted.salvaged.messages)
        for out in booted.outcomes:
            self.append(out)
        self._open.alerts = bool(booted.rows)
        if booted.rows or booted.folded >= FOLDED:
            self._last_checkpoint = -CHECKPOINT
        self._due.set()

    def adopt(self, alarms: list[Message]) -> None:
        """Undelivered alarm messages that the store holds, for the vital file."""
        self._alarms.update(((message.to, message.n), message) for message in alarms)

    def append(self, out: Outcome) -> None:
        """Add what a Frame led to."""
        work = self._open
        if out.n:
            work.batch.frames.append((out.n, out.frame))
        if out.messages:
            self._carry(out.messages)
        if out.acknowledge is not None:
            work.answers.append((out.frame.port, *out.acknowledge))
        if out.frame.port == "act" or any(alert.n for alert in out.alerts):
            work.alerts = True
        if work.since is None and (out.n or out.acknowledge):
            work.since = self._clock.now()
        if out.urgent or work.size() >= GROUP_ROWS:
            self._due.set()

    def _carry(self, messages: list[Message]) -> None:
        self._open.batch.messages += messages
        self._open.fresh += messages
        self.adopt([message for message in messages if message.lane == ALARM])

    def mind(self) -> None:
        """Called every second or so: a group that has waited long enough is written."""
        now, work = self._clock.now(), self._open
        confirmed = [lane for outbox in self._outboxes.values() for _, lane, _ in outbox.done]
        if work.since is None and confirmed:
            work.since = now
        waited = 0.0 if work.since is None else now - work.since
        if waited >= self._group or (waited >= CONFIRMED and ALARM in confirmed) or self._untidy:
            self._due.set()

    def stop(self) -> None:
        """Write what is open, with a checkpoint, and end."""
        self._stopping = True
        self._due.set()

    async def run(self) -> None:
        """Write until stopped; raises Corrupt when the database is damaged."""
        wait = RETRY[0]
        while True:
            await self._due.wait()
            self._due.clear()
            work = self._cut()
            try:
                await self.store.commit(work.batch, self._clock.now())
            except Failed as error:
                self._go_volatile(work, str(error))
                if self._stopping:
                    await self._write_vital(wait=True)
                    return
                await self._pause(wait)
                wait = min(wait * 2, RETRY[1])
                continue
            except Corrupt:
                marker(self._path).touch()
                await self._write_vital(wait=True)
                raise
            wait = RETRY[0]
            await self._keep_promises(work)
            if self._stopping and not self._open.size():
                return

    def _cut(self) -> Open:
        """Take the open batch; with it the confirmations, and the checkpoint when it is due."""
        work, self._open = self._open, Open()
        for outbox in self._outboxes.values():
            done = outbox.take_done()
            work.batch.done += done
            for to, lane, n in done:
                if lane == ALARM:
                    self._alarms.pop((to, n), None)
        now, n = self._clock.now(), self._fold.n
        due = self._stopping or now - self._last_checkpoint >= CHECKPOINT
        due = due or n - self._checkpoint_n >= CHECKPOINT_FRAMES
        if due or work.alerts:
            self._look()
        if due:
            work.batch.rows.update(self._unsaved_rows)
            self._unsaved_rows = {}
            work.batch.checkpoint = self._checkpoint_n = n
            self._last_checkpoint = now
        return work

    def _look(self) -> None:
        """Note which rows of the state changed."""
        rows = checkpoint.changed(self._fold)
        self._unsaved_rows.update(rows)
        for key, row in rows.items():
            if row is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = row

    async def _keep_promises(self, work: Open) -> None:
        """The store has it."""
        if not self.durable and not self._memory_only:
            self.durable = True
            log.info("the disk takes writes again")
            self._inbox.put(report(self._clock.now(), "gateway", storage_fault=False))
        if self.durable:
            answers, self._volatile = [*self._volatile, *work.answers], []
        else:
            answers = work.answers
        for answer in answers:
            self._answer(answer)
        for outbox in self._outboxes.values():
            outbox.release(work.fresh, durable=not self._memory_only)
        if work.alerts or self._clock.now() - self._last_vital >= VITAL:
            await self._write_vital(wait=self._stopping)
        if work.batch.checkpoint or self._untidy:
            await self._tidy()

    def _answer(self, answer: Answer) -> None:
        port, driver, head = answer
        assert driver.acknowledge is not None
        self._send(port, driver.acknowledge(head, self.durable))

    def _go_volatile(self, work: Open, why: str) -> None:
        """The disk took nothing: say so, go on in memory, keep all of it for the next attempt."""
        if self.durable:
            self.durable = False
            log.error("the disk takes nothing: %s", why)
            self._inbox.put(report(self._clock.now(), "gateway", storage_fault=True))
        for outbox in self._outboxes.values():
            outbox.release(work.fresh, durable=False)
        for answer in work.answers:
            self._answer(answer)
        self._volatile = [*self._volatile, *work.answers][-UNSAVED:]
        newer, self._open = self._open, work
        work.batch.add(newer.batch)
        work.fresh, work.answers = newer.fresh, newer.answers
        work.alerts = work.alerts or newer.alerts
        if work.size() > UNSAVED:
            self._shed(work)

    def _shed(self, work: Open) -> None:
        """Memory isn't endless: telemetry goes, then the oldest Frames; the next checkpoint holds what they made."""
        batch, before = work.batch, work.size()
        unseen = set(work.fresh)
        batch.messages = [m for m in batch.messages if m.lane != TELEMETRY or m in unseen]
        del batch.frames[: max(0, len(batch.frames) - UNSAVED // 2)]
        self.shed += before - work.size()
        self._last_checkpoint = -CHECKPOINT

    async def _pause(self, seconds: float) -> None:
        """Wait before the next attempt, but let an alarm that comes meanwhile leave at once."""
        try:
            async with asyncio.timeout(seconds):
                await self._due.wait()
        except TimeoutError:
            self._due.set()

    async def _write_vital(self, *, wait: bool) -> None:
        """Beside the next commit, one at a time; what changed meanwhile is in the next one."""
        if self._vital is not None and (wait or not self._vital.done()):
            await self._vital
        self._last_vital = self._clock.now()
        fold, alarms = self._fold, tuple(self._alarms.values())
        content = vital.Vital(fold.epoch, fold.n, fold.now, dict(self._rows), alarms, volatile=not self.durable)
        self._vital = asyncio.create_task(self._write(content))
        if wait:
            await self._vital

    async def _write(self, content: vital.Vital) -> None:
        try:
            await asyncio.to_thread(vital.write, self._path.with_suffix(".vital"), content)
        except OSError as error:
            log.error("the vital file could not be written: %s", error)

    async def _tidy(self) -> None:
        try:
            self._untidy = await self.store.tidy(
                now=self._clock.now(),
                keep_days=self._keep_days,
                max_bytes=self._max_bytes,
                checkpoint=self._checkpoint_n,
            )
        except Failed as error:
            log.error("old rows could not be dropped: %s", error)
