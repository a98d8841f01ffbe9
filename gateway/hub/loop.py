"""Hub: the only consumer of the inbox. One step: fold the Frame, act on outputs, append to the open batch.

It never waits for the disk or the network: the committer writes beside it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.health import report
from gateway.hub.committer import Committer
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.hub.steady import Steady
from gateway.hub.suspects import Suspects
from gateway.inbox import Inbox
from gateway.outputs import Outputs
from gateway.ports import Send

log = logging.getLogger(__name__)

TURN = 128
"""Frames taken from the inbox before others get their turn."""
CALM = 60.0
"""Seconds without another overrun after which its trouble is over."""


class Hub:
    """The live fold."""

    def __init__(
        self,
        fold: Fold,
        *,
        clock: Clock,
        inbox: Inbox,
        outputs: Outputs,
        committer: Committer,
        suspects: Suspects,
        send: Send,
    ) -> None:
        self.fold = fold
        self.frames = self.readings = 0
        self.bad: Counter[tuple[str, str]] = Counter()
        """(port, why) -> how often bytes were no frame."""
        self.listeners: list[Callable[[Outcome], None]] = []
        """Told of each step after it was taken."""
        self.steady = Steady()
        self._clock, self._inbox, self._outputs = clock, inbox, outputs
        self._committer, self._suspects, self._send = committer, suspects, send
        self._minded = -1.0
        self._overruns = 0
        self._overrun_at: float | None = None

    async def run(self) -> None:
        """Consume until cancelled."""
        self._act()
        while True:
            due = self.fold.due()
            now = self._clock.now()
            await self._inbox.wait(1.0 if due is None else min(1.0, max(due - now, 0.001)))
            for frame in self._clock.look():
                log.warning("the clock moved: %s", frame.data.decode())
                self.step(frame)
                self.step(report(frame.at, "gateway", clock_unsynced=not self._clock.synced))
            due = self.fold.due()
            if due is not None and due <= self._clock.now() and due < self._inbox.begins():
                self.step(self._clock.frame(due if self._inbox else None))
            for frame in self._inbox.take(TURN):
                self.step(frame)
            self._committer.keep_up()
            self._mind()
            await asyncio.sleep(0)

    def step(self, frame: Frame) -> Outcome | None:
        """Fold one Frame and put what comes of it where it belongs; None for one set aside, or that concerns nobody."""
        if self._suspects.is_aside(frame):
            self._committer.pass_over(frame.port)
            return None
        with self._suspects.watching(frame):
            if self.steady.is_idle(self.fold, frame):
                return None
            out = self.fold.handle(frame)
        self.frames += 1
        self.readings += len(out.readings)
        if out.bad:
            self.bad[frame.port, out.bad] += 1
        if out.stranger:
            log.warning("port %s: %s speaks but is not registered in the site", frame.port, out.stranger)
        self._outputs.seen(out.readings)
        for change in out.changes:
            log.info("home %s: %s (%s)", change.home, change.mode.name, change.cause)
        if out.alerts or out.sound or frame.port == "act":
            self._act()
            for alert in out.alerts:
                id_, where = f"{alert.id}.{alert.n}", alert.device or alert.home
                level = logging.INFO if alert.n else logging.DEBUG  # what is only pending is no news yet
                log.log(level, "alert %s %s %s %s (%s)", id_, alert.rule, where, alert.state, alert.reason)
        if out.ask is not None:
            self._send(*out.ask)
        self._committer.append(out)
        for listen in self.listeners:
            listen(out)
        return out

    def _act(self) -> None:
        """Outputs follow the open alerts now, whatever disk and network do."""
        now = self._clock.now()
        ladders = self.fold.ladders
        loud = ladders.loud(self.fold.engine.open(), now)
        for trouble in self._outputs.want(loud, ladders.hushed, now, ladders.buttons.opened):
            self._inbox.put(trouble)

    def _mind(self) -> None:
        """Once a second: the group's time, outputs that don't follow, an inbox that overran."""
        now = self._clock.now()
        if now - self._minded < 1.0:
            return
        self._minded = now
        self._committer.mind()
        self._act()
        self._mind_the_inbox(now)

    def _mind_the_inbox(self, now: float) -> None:
        more, self._overruns = self._inbox.overruns > self._overruns, self._inbox.overruns
        if more and self._overrun_at is None:
            log.warning("the inbox was full: ports had to wait")
            self._inbox.put(report(now, "gateway", inbox_overrun=True))
        if more:
            self._overrun_at = now
        elif self._overrun_at is not None and now - self._overrun_at > CALM:
            self._overrun_at = None
            self._inbox.put(report(now, "gateway", inbox_overrun=False))
