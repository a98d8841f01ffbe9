"""Sensors on a broker in the home: what they publish comes in as Frames, acknowledged when the store has it.

One client with a fixed name, so that the broker keeps QoS 1 messages while we are away: for ``SESSION`` seconds with
MQTT 5, which outlives a restart but not the meaning of a press; with 3.1.1, which has no such limit, only while the
process lives. A publication is acknowledged after the commit of what it led to (manual acknowledgement), or at once
when the disk takes nothing: a broker whose window is full would hold back alarms. For the same reason a third party's
driver that lags is waited for only while few wait behind it. A full inbox stops reading.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import aiomqtt
from paho.mqtt.client import MQTTMessage, topic_matches_sub
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers import guest
from drivers.driver import Driver
from drivers.reading import Frame
from drivers.topics import Publication, packed
from gateway.broker import password, shorten, tls_context
from gateway.clock import Clock
from gateway.crew import go_on
from gateway.health import report
from gateway.inbox import Inbox
from gateway.site import MqttPort

log = logging.getLogger(__name__)

BACKOFF = (0.2, 30.0)
"""Seconds before the first and at most before any later attempt."""
ANSWER = 3.0
"""Seconds for the broker to answer CONNECT or SUBSCRIBE."""
SESSION = 300
"""Seconds for which the broker keeps what sensors say while we are away; an older press calls nobody any more."""
WINDOW = 2_000
"""QoS 1 messages that the broker may send us before the first is acknowledged (MQTT 5)."""
HURRY = {5: 24, 3: 8}
"""Unacknowledged ones at which the store is asked to commit at once. Mosquitto heeds our window and stops at 20 under
3.1.1; others stop at 32 whatever we ask."""
BEHIND = {5: 36, 3: 12}
"""Unacknowledged ones behind that of a third party's driver at which it is acknowledged although nothing is stored:
less than any broker's window, or what hangs there would hold back everybody's alarms."""
STOOD = 2.0
"""Seconds that a connection must have stood for the next attempt to come at once: a broker that lets us in and throws
us out again isn't hammered, but what sensors say meanwhile may be lost with it."""
BIGGEST = 1_000_000
"""Bytes of a publication: the list of all devices of a large house."""


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

    async def _mind_the_inbox(self, client: "Client") -> None:
        while True:
            await client.full.wait()
            await self._inbox.room()
            client.read_on()

    def _take(self, client: "Client", message: MQTTMessage) -> None:
        """A publication: hand it on, and owe its acknowledgement until the last Frame of it is stored."""
        self.received += 1
        for branch in self.branches:
            for frame in self._frames(branch, message):
                owed = Owed(branch.foreign)
                self._waiting.append(owed)
                self._unstored[branch.port].append(owed)
                if not self._inbox.put(frame):
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

    def _frames(self, branch: "Branch", message: MQTTMessage) -> list[Frame]:
        if len(message.payload) > BIGGEST or not branch.matches(message.topic):
            return []
        topic = message.topic[len(branch.base) :]
        number = message.mid if message.qos else 0
        data = packed(Publication(topic, bytes(message.payload), bool(message.retain), bool(message.dup), number))
        self._look_at_the_bridge(branch, data)
        return [Frame(branch.port, self._clock.now(), frame) for frame in branch.driver.cut(data)[0]]

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
    messages: "list[tuple[Client, int]]" = field(default_factory=list)


class Branch:
    """One driver on this broker: where its topics are, and what its Frames are called."""

    def __init__(self, port: MqttPort, driver: Driver) -> None:
        base = port.base or driver.base
        self.driver, self.port = driver, f"{port.name}:{driver.name}"
        self.base = f"{base}/" if base else ""
        self.foreign = driver.head is guest.head
        self.filters = [self.base + topic for topic in driver.topics]

    def matches(self, topic: str) -> bool:
        """Whether this driver reads what is said there."""
        return any(topic_matches_sub(wanted, topic) for wanted in self.filters)


class Client(aiomqtt.Client):
    """aiomqtt with the acknowledgement in our hands, and without its queue: the inbox is the one queue."""

    def __init__(
        self, port: MqttPort, name: str, take: Callable[["Client", MQTTMessage], None], *, again: bool
    ) -> None:
        five = port.version == 5
        super().__init__(
            port.host,
            port.port,
            username=port.username or None,
            password=password(port),
            identifier=name,
            protocol=aiomqtt.ProtocolVersion.V5 if five else aiomqtt.ProtocolVersion.V311,
            clean_start=False if five else FIRST_ONLY,
            clean_session=None if five else not again,
            properties=_session() if five else None,
            keepalive=port.keepalive,
            timeout=ANSWER,
            tls_context=tls_context(port),
        )
        self._take = take
        self._reading: int | None = None
        self.full = asyncio.Event()
        """The inbox is: we read no more."""
        self._client.manual_ack_set(True)
        shorten(self._client, 2 * BIGGEST)  # an acknowledgement is all that a giant gets

    def acknowledge(self, mid: int) -> None:
        """PUBACK; nothing where the connection has gone, the broker then says it again."""
        with contextlib.suppress(ValueError, OSError):
            self._client.ack(mid, 1)

    def stop_reading(self) -> None:
        """Leave what comes to the broker and the wire."""
        end = self._client.socket()
        if self._reading is None and end is not None:
            self._reading = end.fileno()
            self._loop.remove_reader(self._reading)
        self.full.set()

    def read_on(self) -> None:
        """There is room again."""
        self.full.clear()
        reading, self._reading = self._reading, None
        end = self._client.socket()
        if reading is not None and end is not None and end.fileno() == reading:
            self._loop.add_reader(reading, self._read)
            self._read()  # of what TLS has decoded, the socket says nothing

    def _read(self) -> None:
        try:
            self._client.loop_read()
        except Exception as error:  # whatever the bytes of a broker make of paho: the connection is gone
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    async def ended(self) -> None:
        """Wait until the connection is gone; raises what it died of."""
        await asyncio.shield(self._disconnected)
        raise aiomqtt.MqttError("the broker said goodbye")

    def _on_message(self, client: Any, userdata: Any, message: MQTTMessage) -> None:
        self._take(self, message)


FIRST_ONLY: Literal[3] = 3
"""paho's MQTT_CLEAN_START_FIRST_ONLY, the only value it takes with MQTT 3.1.1."""


def _session() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION
    properties.ReceiveMaximum = WINDOW
    properties.MaximumPacketSize = 2 * BIGGEST
    return properties
