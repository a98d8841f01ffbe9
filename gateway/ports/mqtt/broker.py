"""Sensors on a broker in the home: what they publish comes in as Frames, acknowledged when the store has it.

One client with a fixed name, so that the broker keeps QoS 1 messages while we are away: for some minutes with
MQTT 5, which outlives a restart but not the meaning of a press; with 3.1.1, which has no such limit, only while the
process lives. A publication is acknowledged after the commit of what it led to (manual acknowledgement), or at once
when the disk takes nothing: a broker whose window is full would hold back alarms. For the same reason a third party's
driver that lags is waited for only while few wait behind it. A full inbox stops reading.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import aiomqtt
from paho.mqtt.client import MQTTMessage, topic_matches_sub

from drivers import guest
from drivers.driver import Driver
from drivers.reading import Frame
from drivers.topics import LONGEST, Publication, packed
from gateway.clock import Clock
from gateway.crew import go_on
from gateway.health import report
from gateway.inbox import Inbox
from gateway.ports.mqtt.bulk import Bulk
from gateway.ports.mqtt.client import BIGGEST, Client
from gateway.site import MqttPort

log = logging.getLogger(__name__)

BACKOFF = (0.2, 30.0)
"""Seconds before the first and at most before any later attempt."""
HURRY = {5: 24, 3: 8}
"""Unacknowledged ones at which the store is asked to commit at once. Mosquitto heeds our window and stops at 20 under
3.1.1; others stop at 32 whatever we ask."""
BEHIND = {5: 36, 3: 12}
"""Unacknowledged ones behind that of a third party's driver at which it is acknowledged although nothing is stored:
less than any broker's window, or what hangs there would hold back everybody's alarms."""
STOOD = 2.0
"""Seconds that a connection must have stood for the next attempt to come at once: a broker that lets us in and throws
us out again isn't hammered, but what sensors say meanwhile may be lost with it."""
LOOK = 1.0
"""Seconds between two looks at what had to wait."""


class Broker:
    """One connection to one broker in the home; ``run`` owns it."""

    def __init__(
        self,
        port: MqttPort,
        drivers: Sequence[Driver],
        *,
        gateway: str,
        inbox: Inbox,
        clock: Clock,
        hurry: Callable[[], None],
    ) -> None:
        """``hurry`` asks the store to commit now."""
        self.name, self.up = port.name, False
        self._port, self._inbox, self._clock, self._hurry = port, inbox, clock, hurry
        self._gateway, self._hurry_at = gateway, HURRY[port.version]
        self.branches = [Branch(port, driver) for driver in drivers]
        self._waiting: deque[Owed] = deque()
        """What is to be acknowledged, in the order in which it came, as MQTT wants it."""
        self._unstored: dict[str, deque[Owed]] = {branch.port: deque() for branch in self.branches}
        """Port of a Frame -> those of them that wait for the disk."""
        self._owed = 0
        self._down_for = ""
        self._first = True
        self._bridge_down = False
        self.received = 0
        """Publications since the start."""
        self.bulk = Bulk()
        """What of them was left out, since it was too much."""

    def send(self, driver: str, data: bytes, address: str) -> bool:
        """Nothing is sent to these sensors."""
        return False

    def stored(self, port: str, frames: int) -> None:
        """So many more Frames of that name are on the disk, or nobody can keep them: acknowledge what brought them."""
        waiting = self._unstored[port]
        for _ in range(min(frames, len(waiting))):
            waiting.popleft().stored = True
        self._acknowledge()

    def _acknowledge(self) -> None:
        while self._waiting and (self._waiting[0].stored or self._is_behind(self._waiting[0])):
            for client, mid in self._waiting.popleft().messages:
                self._owed -= 1
                client.acknowledge(mid)

    def _is_behind(self, first: "Owed") -> bool:
        return first.foreign and len(self._waiting) > BEHIND[self._port.version]

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        # Of an earlier life nobody else would say that it is over.
        self._inbox.put(report(self._clock.now(), f"gateway:{self.name}", broker_flood=False))
        looking = asyncio.create_task(self._look())
        try:
            await self._keep()
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _keep(self) -> None:
        wait = BACKOFF[0]
        while True:
            began = self._clock.now()
            try:
                await self._connected()
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                go_on()
                self._note_down(str(error) or type(error).__name__)
            finally:
                self.up = False
            wait = BACKOFF[0] if self._clock.now() - began > STOOD else wait
            await asyncio.sleep(wait)
            wait = min(wait * 2, BACKOFF[1])

    async def _connected(self) -> None:
        async with Client(self._port, f"anju-{self._gateway}-{self.name}", self._take, again=not self._first) as client:
            topics = [(topic, 1) for branch in self.branches for topic in branch.filters]
            await client.subscribe(topics)
            self._note_up()
            reading = asyncio.create_task(self._mind_the_inbox(client))
            try:
                await client.ended()
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self._mind_the_bulk()

    async def _mind_the_inbox(self, client: Client) -> None:
        while True:
            await client.full.wait()
            await self._inbox.room()
            client.read_on()

    def _take(self, client: Client, message: MQTTMessage) -> None:
        """A publication: hand it on, and owe its acknowledgement until the last Frame of it is stored."""
        self.received += 1
        for branch in self.branches:
            if not self._hand_on(branch, self._frames(branch, message)):
                client.stop_reading()
        if not message.qos:
            return
        if not self._waiting:
            client.acknowledge(message.mid)  # nobody's: a bridge's log, a topic that no driver reads
            return
        self._waiting[-1].messages.append((client, message.mid))
        self._owed += 1
        if self._owed % self._hurry_at == 0:
            self._hurry()
        self._acknowledge()

    def _hand_on(self, branch: "Branch", frames: Iterable[Frame]) -> bool:
        """To the hub; each is owed until it is stored. False when the inbox is full."""
        room = True
        for frame in frames:
            owed = Owed(branch.foreign)
            self._waiting.append(owed)
            self._unstored[branch.port].append(owed)
            room = self._inbox.put(frame) and room
        return room

    def _frames(self, branch: "Branch", message: MQTTMessage) -> list[Frame]:
        if not branch.matches(message.topic):
            return []
        now, payload, listed = self._clock.now(), bytes(message.payload), message.topic in branch.lists
        if len(payload) > (BIGGEST if listed else LONGEST):
            self.bulk.refuse(now)
            return []
        if listed and not self.bulk.takes(message.topic, payload, now):
            return []
        topic = message.topic[len(branch.base) :]
        number = message.mid if message.qos else 0
        data = packed(Publication(topic, payload, bool(message.retain), bool(message.dup), number))
        self._look_at_the_bridge(branch, data)
        return branch.cut(data, now)

    def _mind_the_bulk(self) -> None:
        """Now and then: a list that had to wait is read, a flood is told."""
        now = self._clock.now()
        if (held := self.bulk.held(now)) is not None:
            topic, payload = held
            for branch in self.branches:
                if topic in branch.lists:
                    self._hand_on(branch, branch.cut(packed(Publication(topic[len(branch.base) :], payload)), now))
        floods = self.bulk.flood(now)
        if floods is None:
            return
        if floods:
            log.warning("port %s: the broker floods: lists or giants without end, most are left out", self.name)
        else:
            log.info("port %s: the broker no longer floods (%d publications left out so far)", self.name,
                     self.bulk.left_out)  # fmt: skip
        self._inbox.put(report(now, f"gateway:{self.name}", broker_flood=floods))

    def _look_at_the_bridge(self, branch: "Branch", data: bytes) -> None:
        up = branch.driver.bridge(data) if branch.driver.bridge is not None else None
        if up is None or up is not self._bridge_down:
            return
        self._bridge_down = not up
        word, tell = ("up", log.info) if up else ("down", log.error)
        tell("port %s: %s says it is %s", self.name, branch.driver.name, word)
        self._report()

    def _note_up(self) -> None:
        log.info("port %s is up (%s:%d)", self.name, self._port.host, self._port.port)
        self.up, self._first, self._down_for = True, False, ""
        self._report()

    def _note_down(self, why: str) -> None:
        if not self._down_for:
            log.error("port %s is down: %s", self.name, why)
            self._down_for = why
            self._report()

    def _report(self) -> None:
        down = self._bridge_down or not self.up
        self._inbox.put(report(self._clock.now(), f"gateway:{self.name}", port_down=down))


@dataclass(slots=True, eq=False)
class Owed:
    """A Frame handed on, and what is to be acknowledged when it is stored."""

    foreign: bool
    """It is a third party's driver that reads it, which may hang."""
    stored: bool = False
    messages: list[tuple[Client, int]] = field(default_factory=list)


class Branch:
    """One driver on this broker: where its topics are, and what its Frames are called."""

    def __init__(self, port: MqttPort, driver: Driver) -> None:
        base = port.base or driver.base
        self.driver, self.port = driver, f"{port.name}:{driver.name}"
        self.base = f"{base}/" if base else ""
        self.foreign = driver.head is guest.head
        self.filters = [self.base + topic for topic in driver.topics]
        self.lists = frozenset(self.base + topic for topic in driver.lists)

    def cut(self, data: bytes, at: float) -> list[Frame]:
        """A publication as the driver's Frames."""
        return [Frame(self.port, at, frame) for frame in self.driver.cut(data)[0]]

    def matches(self, topic: str) -> bool:
        """Whether this driver reads what is said there."""
        return any(topic_matches_sub(wanted, topic) for wanted in self.filters)
