"""The outbox lane to ``people`` -> channels. Each attempt has a thread of its own: a dead channel delays no other.

A message is done when its channel said so, one way or the other; what became of it goes to the ladder as a Frame of
port ``channel``, and the ladder decides who is tried next. A message that is better lost than doubled (``once``) is
marked on the disk before it leaves; all others are marked after, so a crash sends them again under the same id.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ladder.page import HELD_BACK
from gateway.ladder.policy import URGENT
from gateway.ladder.post import CALLS
from gateway.ladder.words import one_line
from gateway.people import chat, mail, web
from gateway.people.letter import Body, Desk, Letter, word, write
from gateway.people.quiet import is_quiet
from gateway.people.reach import Reach
from gateway.people.secret import Refused
from gateway.people.threads import in_thread
from gateway.site import Channel, Site
from gateway.store.message import ALARM, Message
from gateway.store.outbox import Outbox
from gateway.words import Language

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Attempts of one channel at the same time; what comes meanwhile waits."""
WAITING = 2_000
"""Messages of one channel that wait; one more has failed, so that its ladder goes on."""
PATIENCE = 20.0
"""Seconds for one attempt; one that takes longer has failed. Its thread still holds its place until it ends."""
TOO_LATE = 60.0
"""Seconds after which a message that waited for its channel has failed: the ladder has gone on (hand-on)."""
LESSER = 1_000
"""Messages below the alarm lane underway at once."""
HOME = "home:"

Send = Callable[[Channel, Letter, str], None]
SENDS: Mapping[str, Send] = {"smtp": mail.send, "ntfy": web.ntfy, "webhook": web.webhook, "apprise": chat.send}


class Disk(Protocol):
    """The committer, as far as a message must be marked before it leaves."""

    @property
    def durable(self) -> bool:
        """Whether the disk takes what it is given."""

    def hasten(self) -> None:
        """Write soon."""

    async def turn(self) -> None:
        """Wait until a batch was written, or could not be."""


class Voice(Protocol):
    """What speaks in the homes."""

    async def say(self, home: str, body: Body) -> None:
        """Say it; returns when it was heard to the end. Raises Refused or OSError."""


class Lane:
    """One channel, or the voice of one home: who waits, and how many attempts hold a thread."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._lesser = asyncio.Semaphore(AT_ONCE - 1)
        """One place is for whoever must be called now: an alarm waits behind no list and no news."""
        self.waiting = 0

    async def enter(self, *, calls: bool) -> Callable[[], None]:
        """Wait for a place -> what gives it back."""
        if calls:
            await self._places.acquire()
            return self._places.release
        await self._lesser.acquire()
        try:
            await self._places.acquire()
        except BaseException:
            self._lesser.release()
            raise
        return self._leave

    def _leave(self) -> None:
        self._places.release()
        self._lesser.release()


class Sender:
    """Sends what the ladders decided. ``wanted`` says whether a message still is; ``link`` makes a page's address."""

    def __init__(
        self,
        site: Site,
        *,
        outbox: Outbox,
        inbox: Inbox,
        clock: Clock,
        disk: Disk,
        voice: Voice,
        wanted: Callable[[str], bool],
        link: Callable[[Body], str],
        page: str = "",
    ) -> None:
        self._site, self._outbox, self._inbox, self._clock = site, outbox, inbox, clock
        self._disk, self._voice, self._wanted, self._link = disk, voice, wanted, link
        self._desk = Desk(site.gateway.id, site.gateway.timezone, page)
        self._lanes: dict[str, Lane] = {}
        self._lesser = 0
        self._reach = Reach(site)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """(channel, state) -> how often."""

    def use(self, site: Site, page: str = "") -> None:
        """The people and channels of this site, and the page, from now on; what is leaving leaves as it began."""
        self._site = site
        self._desk = Desk(site.gateway.id, site.gateway.timezone, page)
        self._reach.use(site)

    async def run(self) -> None:
        """Send until cancelled; what was underway then is sent again by the next life."""
        for trouble in self._reach.begin(self._clock.now()):
            self._inbox.put(trouble)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    message = await self._outbox.next(self._room)
                    self._lesser += message.lane != ALARM
                    group.create_task(self._one(message))
        finally:
            self._lesser = 0
            self._outbox.rewind()

    def _room(self, lane: int) -> bool:
        return lane == ALARM or self._lesser < LESSER

    async def _one(self, message: Message) -> None:
        try:
            body = _body(message)
            if body is None or not self._wanted(word(body, "id")):
                self._outbox.confirm(message)
                return
            if body.get("once") is True:
                await self._mark(message)
            state, why = await self._attempt(message, body)
            self._report(body, state, why)
            self._outbox.confirm(message)
            if message.lane == ALARM:
                self._disk.hasten()  # who was told must not be told again by a gateway that dies in the next minute
        finally:
            self._lesser -= message.lane != ALARM
            self._outbox.wake()

    async def _mark(self, message: Message) -> None:
        """Rather lost than doubled: done on the disk, or told to be volatile, before it leaves."""
        self._outbox.confirm(message)
        while self._disk.durable and any(one[1:] == (message.lane, message.n) for one in self._outbox.done):
            self._disk.hasten()
            await self._disk.turn()

    async def _attempt(self, message: Message, body: Body) -> tuple[str, str]:
        lane = self._lanes.setdefault(word(body, "channel") + word(body, "to") * self._is_home(body), Lane())
        if lane.waiting >= WAITING:
            return "failed", "too many messages wait for this channel"
        lane.waiting += 1
        began = self._clock.now()
        try:
            calls = message.lane == ALARM and word(body, "kind") in CALLS
            leave = await asyncio.wait_for(lane.enter(calls=calls), TOO_LATE)
        except TimeoutError:
            return "failed", f"the channel was busy for {self._clock.now() - began:.0f} s"
        finally:
            lane.waiting -= 1
        if self._is_home(body):
            return await self._speak(body, leave)
        return await self._send(body, leave)

    @staticmethod
    def _is_home(body: Body) -> bool:
        return word(body, "to").startswith(HOME)

    async def _speak(self, body: Body, leave: Callable[[], None]) -> tuple[str, str]:
        try:
            await self._voice.say(word(body, "to").removeprefix(HOME), body)
        except Refused as error:
            return "refused", str(error)
        except OSError as error:
            return "failed", str(error)
        finally:
            leave()
        return "seen", ""  # heard to its end

    async def _send(self, body: Body, leave: Callable[[], None]) -> tuple[str, str]:
        person = self._site.people.get(word(body, "to"))
        channel = self._site.channels.get(word(body, "channel"))
        if person is None or channel is None:
            leave()
            return "refused", "site.toml names no such person or channel"
        if word(body, "severity") not in URGENT and is_quiet(person.quiet, self._clock, self._desk.zone):
            leave()
            return "refused", HELD_BACK
        language: Language = person.language
        address = person.addresses.get(channel.name, "")

        def work() -> None:
            now = self._clock.now() + self._clock.offset
            SENDS[channel.type](channel, write(body, language, self._desk, now, self._link(body)), address)

        done, began = in_thread(work, leave), self._clock.now()
        try:
            await asyncio.wait_for(asyncio.shield(done), PATIENCE)
        except Refused as error:
            return "refused", str(error)
        except TimeoutError:
            done.cancel()
            return "failed", f"no answer within {self._clock.now() - began:.0f} s"
        except Exception as error:  # whatever a library of a hundred services raises, the ladder must hear of it
            log.debug("channel %s", channel.name, exc_info=True)
            return "failed", f"{type(error).__name__}: {error}"[:300]
        return "delivered", ""

    def _report(self, body: Body, state: str, why: str) -> None:
        channel, why = word(body, "channel"), one_line(why)
        if state in ("failed", "refused") and not self.outcomes[channel, state]:
            log.warning("channel %s, to %s: %s (%s)", channel, word(body, "to"), state, why)
        self.outcomes[channel, state] += 1
        now = self._clock.now()
        self._inbox.put(outcome(now, word(body, "id"), word(body, "to"), channel, state, why))
        for trouble in self._reach.outcome(body, state, why, now):
            self._inbox.put(trouble)


def outcome(at: float, message: str, to: str, channel: str, state: str, why: str = "") -> Frame:
    """What became of a message, as the ladders hear it."""
    said = {"message": message, "to": to, "channel": channel, "state": state, "why": why}
    data = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Frame("channel", at, data.encode(errors="replace"))


def _body(message: Message) -> dict[str, Any] | None:
    try:
        said = json.loads(message.body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
