"""The live side of one third party's driver: what comes for it waits here, and goes on as what its worker made of it.

Nobody waits for the worker but this task. A worker that hangs, ends or says nonsense is killed and started again with
a growing pause; what it broke at is tried once more in its next life, then kept undecoded. What can't be held any
longer is kept undecoded too, so much of it as a flash can bear, and the rest is counted.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from drivers import guest
from drivers.driver import Memory
from drivers.reading import Frame
from gateway.guests.process import Broke, Starved
from gateway.guests.talk import Talk, printable
from gateway.health import report
from gateway.inbox import Inbox
from gateway.ports.thin import Said, Thin

log = logging.getLogger(__name__)

DEADLINE: Final = 0.2
"""Seconds for one answer."""
START: Final = 10.0
"""Seconds for a package to be imported."""
BACKOFF: Final = (0.5, 30.0)
STEADY: Final = 60.0
"""Seconds without a fault after which it counts as sound again."""
WAITING: Final = 512
"""Pieces that wait for the worker; then the oldest is kept undecoded."""
TRIES: Final = 2
STARVED: Final = 3
"""Lives of the worker that end at a piece because it gets no turn, before that is kept undecoded."""
UNDECODED: Final = (60, 10.0)
"""So many undecoded Frames are kept at once, after that one in so many seconds."""
LOOK: Final = 1.0
"""Seconds between two looks at a worker that has nothing to do."""
REST: Final = 4096
"""Bytes that a driver may ask for again in front of the next ones."""
DEVICES: Final = 1024
"""Devices whose memory is kept for the next life of the worker."""


@dataclass(slots=True)
class _Job:
    """Bytes for the driver: to be cut, or a frame to be read."""

    frame: Frame
    cut: bool
    tries: int = 0
    starved: int = 0


class Host:
    """One driver and its worker."""

    def __init__(
        self,
        name: str,
        known: Mapping[str, str],
        *,
        inbox: Inbox,
        now: Callable[[], float],
        memories: Mapping[tuple[str, str], Memory],
        keys: Mapping[str, str],
        asked: bool = False,
        thins: Mapping[str, Thin] | None = None,
        lacking: bool = False,
    ) -> None:
        """``known``: port of a Frame -> name of the port in the fold's memories; ``keys`` by that and the address.

        ``asked``: its devices answer a question at a time, so half an answer isn't waited for. ``thins`` by name of the
        port and address: of a radio's sensors, which say the same again and again. ``lacking``: it couldn't say what it
        is when the site was read, so its devices may be unheard.
        """
        self.name = name
        self.up = False
        self.count: Counter[str] = Counter()
        """restarts, raised, bad (no frames), undecoded, lost (neither decoded nor kept)"""
        self.pid = 0
        self._known, self._inbox, self._now, self._asked = known, inbox, now, asked
        self._memories: dict[str, Memory] = {
            f"{port}/{address}": memory for (port, address), memory in memories.items() if port in known.values()
        }
        self._keys, self._thins = keys, thins or {}
        self._jobs: deque[_Job] = deque()
        self._filled = asyncio.Event()
        self._rests: dict[str, bytes] = {}
        self._lacking = lacking
        self._fault_at: float | None = now() if lacking else None
        self._kept_until = now() - UNDECODED[0] * UNDECODED[1]

    def take(self, frame: Frame) -> None:
        """Bytes came for this driver; never waits."""
        if len(self._jobs) >= WAITING:
            self._keep(self._jobs.popleft(), "the driver is too slow")
        self._jobs.append(_Job(frame, True))
        self._filled.set()

    async def run(self) -> None:
        """Own the worker until cancelled."""
        # A fault of an earlier life: nobody else would say that it is over.
        self._inbox.put(report(self._now(), f"gateway:{self.name}", driver_fault=self._fault_at is not None))
        wait = BACKOFF[0]
        while True:
            began = self._now()
            try:
                await self._live()
            except (Broke, OSError) as error:
                self._fault(str(error))
            self.count["restarts"] += 1
            if self._now() - began > STEADY:
                wait = BACKOFF[0]
            await asyncio.sleep(wait)
            wait = min(2 * wait, BACKOFF[1])

    async def _live(self) -> None:
        """One life of the worker; raises Broke when it is over."""
        talk = Talk(self.name, self._fault)
        self.pid = talk.pid
        try:
            hello = await talk.say(None, START)
            if "broken" in hello:
                raise Broke(str(hello["broken"]))
            await talk.say({"do": "begin", "memories": self._memories, "keys": self._keys}, START)
            self.up = True
            await self._serve(talk)
        except (ConnectionError, EOFError):
            raise Broke(talk.end()) from None
        finally:
            self.up = False
            talk.end()

    async def _serve(self, talk: Talk) -> None:
        while True:
            self._mind()
            if not self._jobs:
                self._filled.clear()
                if talk.ended():
                    raise EOFError
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._filled.wait(), LOOK)
                continue
            job = self._jobs[0]
            if job.tries == TRIES or job.starved == STARVED:
                self._rests.pop(job.frame.port, None)
                why = "the driver broke at it" if job.tries == TRIES else "the driver got no turn"
                self._keep(self._jobs.popleft(), why)
                continue
            job.tries += 1
            try:
                await (self._cut if job.cut else self._read)(talk, job)
            except Starved:
                job.tries -= 1
                job.starved += 1
                raise
            await self._inbox.room()

    async def _cut(self, talk: Talk, job: _Job) -> None:
        """What came becomes frames, which are the next jobs."""
        frame = job.frame
        rest = b"" if self._asked else self._rests.get(frame.port, b"")
        said = await talk.say({"do": "cut", "data": (rest + frame.data).hex()}, DEADLINE)
        if job is not self._jobs[0]:
            return  # given up meanwhile
        self._jobs.popleft()
        if not isinstance(said.get("frames"), list):
            self._rests.pop(frame.port, None)
            self._could_not(job, said)
            return
        try:
            frames = [bytes.fromhex(one) for one in said["frames"][: len(rest) + len(frame.data) + 1]]
            self._rests[frame.port] = bytes.fromhex(said["rest"])[-REST:]
        except (ValueError, TypeError, KeyError):
            raise Broke("what it cuts is no hexadecimal") from None
        self._jobs.extendleft(_Job(frame._replace(data=data), False) for data in reversed(frames))

    async def _read(self, talk: Talk, job: _Job) -> None:
        frame = job.frame
        port = self._known[frame.port]
        said = await talk.say({"do": "read", "port": port, "frame": frame.data.hex()}, DEADLINE)
        if job is not self._jobs[0]:
            return
        self._jobs.popleft()
        if "bad" in said:
            self.count["bad"] += 1
            self._inbox.pass_on(frame._replace(data=guest.refused(frame.data, str(said["bad"]))))
            return
        if "raised" in said:
            self._could_not(job, said)
            return
        try:
            data = guest.answered(frame.data, said)
        except guest.Wrong as wrong:
            self._could_not(job, {"raised": str(wrong)})
            return
        device = f"{port}/{said['address']}"
        if said["fresh"] and (said["values"] or said["alarm"]):
            self._remember(device, said["memory"])
        thin = self._thins.get(device)
        frame = frame._replace(data=data)
        if thin is None or thin.takes(Said(frame, guest.values(data)), frame.at):
            self._inbox.pass_on(frame)

    def _remember(self, device: str, memory: Memory) -> None:
        """As the worker does it, for its next life."""
        self._memories.pop(device, None)
        self._memories[device] = memory
        while len(self._memories) > DEVICES:
            del self._memories[next(iter(self._memories))]

    def _could_not(self, job: _Job, said: Mapping[str, Any]) -> None:
        """The driver raised what no driver may raise, or said what none may say."""
        why = str(said.get("raised") or said.get("bad") or "it says nothing of use")[:200]
        self.count["raised"] += 1
        self._fault(why)
        self._keep(job, why)

    def _keep(self, job: _Job, why: str) -> None:
        """Into the journal as it came, as long as a flash can bear it."""
        now = self._now()
        most, pause = UNDECODED
        self._kept_until = max(self._kept_until, now - most * pause) + pause
        if self._kept_until > now:
            self._kept_until -= pause
            self.count["lost"] += 1
            self._inbox.pass_on(job.frame._replace(data=guest.refused(job.frame.data, why)))
            return
        self.count["undecoded"] += 1
        self._inbox.pass_on(job.frame._replace(data=guest.undecoded(job.frame.data, why)))

    def _fault(self, why: str) -> None:
        why = printable(why)
        if self._fault_at is None:
            log.error('driver "%s" failed: %s', self.name, why)
            self._inbox.put(report(self._now(), f"gateway:{self.name}", driver_fault=True))
        else:
            log.debug('driver "%s" failed again: %s', self.name, why)
        self._fault_at = self._now()

    def _mind(self) -> None:
        """A driver that had no fault for a while is sound again. What had to wait for its budget goes on."""
        for thin in self._thins.values():
            if said := thin.held(self._now()):
                self._inbox.pass_on(said.frame._replace(at=self._now()))
        if self._fault_at is not None and not self._lacking and self._now() - self._fault_at > STEADY:
            self._fault_at = None
            log.info('driver "%s" is well again', self.name)
            self._inbox.put(report(self._now(), f"gateway:{self.name}", driver_fault=False))
