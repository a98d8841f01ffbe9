"""Uplink: one connection to one broker, MQTT 5 or 3.1.1, everything at QoS 1.

PUBACK marks a message done, nothing else does. Several are on their way at once; an alarm doesn't wait for
telemetry to be confirmed. When the connection goes, or a confirmation doesn't come in time, all that is not
confirmed is sent again in order on the next one, marked ``replay``.
"""

import asyncio
import json
import logging
import math
import random
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, Protocol

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.reading import Scalar
from gateway.broker import password, tls_context
from gateway.clock import Clock
from gateway.health import report
from gateway.hub.messages import Moment, as_sent, whole_body
from gateway.inbox import Inbox
from gateway.site import Uplink as Config
from gateway.store.message import ALARM, Message
from gateway.store.outbox import Outbox
from gateway.uplink.anju import HEARTBEAT, Profile
from gateway.uplink.client import Client, Refusal
from gateway.uplink.commands import BIGGEST, Commands
from gateway.uplink.receipts import Receipts

log = logging.getLogger(__name__)

BACKOFF = (0.5, 30.0)
"""Seconds before a new attempt, doubled each time and drawn at random between half and all of it."""
URGENT = 1.0
"""Seconds between attempts while an alarm waits."""
CONFIRM = 6.0
"""Seconds for a confirmation; then the connection is dead, whatever it says (GB 26875.1: 10 s for an alarm)."""
SLOWEST = 60.0
"""Seconds to which that grows while confirmations come later than that."""
FRUITLESS = 2
CAREFUL = 100
"""Connections that died without a delivery, after which so many messages are sent one by one."""
AFTERMATH = 0.5
"""Seconds that the next one waits after a refusal while they go one by one: brokers may hang up over it."""
AGAIN = 600.0
"""Seconds after which a message that the broker doesn't take is tried again."""
AROUND = 32
"""Bytes of a packet that are neither topic nor body."""
ANSWER = 3.0
"""Seconds for the broker to answer CONNECT, SUBSCRIBE or DISCONNECT."""
SESSION = 3600
"""Seconds for which the broker keeps commands for us while we are away."""
ALARMS_UNDERWAY = 50
"""Alarms on their way at once, beside the ``inflight`` of the site for everything else."""


class States(Protocol):
    """What is known now of the devices, as far as it may leave their homes."""

    def devices(self) -> Sequence[str]:
        """Their names."""

    def whole(self, device: str) -> Mapping[str, Scalar]:
        """Point -> value."""

    def home_of(self, device: str) -> str:
        """Its home."""


Ask = Callable[[Mapping[str, Any], str], Awaitable[Mapping[str, Any]]]
"""(a call, by what way it came) -> its answer."""


class Uplink:
    """The connection of one gateway to one platform."""

    def __init__(
        self,
        config: Config,
        profile: Profile,
        *,
        outbox: Outbox,
        inbox: Inbox,
        clock: Clock,
        states: States,
        ask: Ask | None = None,
    ) -> None:
        self._ask = ask
        self.config, self.profile, self._states = config, profile, states
        self.receipts = Receipts(config.name, inbox, clock) if config.receipts else None
        self.commands = Commands(config.name, profile, inbox, clock, self.receipts)
        self.up = False
        self.connections = 0
        self._outbox, self._inbox, self._clock = outbox, inbox, clock
        self._underway = [0, 0]
        """Of alarms, of everything else."""
        self._since = math.inf
        """Gateway time at which this connection stood; what was made before it is a replay."""
        self._told_down = False
        self._fruitless = 0
        """Connections in a row that died with messages underway and not one delivered."""
        self._one_by_one = 0
        """So many more messages are sent only when the one before is confirmed."""
        self._tried_again = clock.now()
        self._patience = CONFIRM
        self._limits = (math.inf, math.inf)

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        wait = BACKOFF[0]
        while True:
            before, stood = self._outbox.delivered, self.connections
            try:
                await self._connected()
            except* (aiomqtt.MqttError, OSError, TimeoutError, ValueError) as errors:
                self._note_down(errors.exceptions[0])
                self._look_for_the_cause(fruitless=self._outbox.delivered == before)
            finally:
                self.up = False
                away = self.connections == stood  # a broker that was away may have come back another one
                again = away or self._clock.now() - self._tried_again >= AGAIN
                self._tried_again = self._clock.now() if again else self._tried_again
                self._outbox.rewind(again=again)
            # A broker that lets us in and then refuses what we say is not hammered.
            wait = BACKOFF[0] if self._outbox.delivered > before else min(wait * 2, BACKOFF[1])
            await self._pause(wait * random.uniform(0.5, 1.0))

    def _look_for_the_cause(self, *, fruitless: bool) -> None:
        """A connection that dies of one message dies each time: then they go one by one, and that one last."""
        underway = self._outbox.underway()
        if self._one_by_one and len(underway) == 1:
            self._outbox.demote(underway[0])
            self._one_by_one = CAREFUL
        self._fruitless = self._fruitless + bool(underway) if fruitless else 0
        if self._fruitless >= FRUITLESS:
            self._one_by_one = CAREFUL

    async def _pause(self, seconds: float) -> None:
        """Wait before the next attempt; an alarm that waits shortens it."""
        until = self._clock.now() + seconds
        while (left := until - self._clock.now()) > 0:
            if self._outbox.holds_alarms():
                await asyncio.sleep(min(left, URGENT * random.uniform(0.5, 1.0)))
                return
            await asyncio.sleep(min(left, BACKOFF[0]))

    def _note_down(self, error: BaseException) -> None:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if not self._told_down:
            log.error("uplink %s is down: %s", self.config.name, error or type(error).__name__)
            self._inbox.put(report(self._clock.now(), f"gateway:{self.config.name}", uplink_down=True))
        self._told_down = True

    def _client(self) -> "Client":
        config, profile = self.config, self.profile
        five = config.version == 5
        will = aiomqtt.Will(profile.topic("status"), profile.status(online=False), qos=1, retain=True)
        return Client(
            config.host,
            config.port,
            username=config.username or None,
            password=password(config),
            identifier=f"anju-{profile.gateway}-{profile.epoch[:8]}",
            protocol=aiomqtt.ProtocolVersion.V5 if five else aiomqtt.ProtocolVersion.V311,
            will=will,
            clean_start=False if five else FIRST_ONLY,
            clean_session=None if five else False,
            properties=session() if five else None,
            keepalive=config.keepalive,
            timeout=ANSWER,
            max_inflight_messages=config.inflight + ALARMS_UNDERWAY,
            max_queued_incoming_messages=1_000,
            tls_context=tls_context(config),
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )

    async def _connected(self) -> None:
        async with self._client() as client:
            client.pending_calls_threshold = self.config.inflight + ALARMS_UNDERWAY + 10
            self._since = self._clock.now()
            self._underway = [0, 0]
            self._limits = client.limits
            # QoS 0 for the status: one that waited in our session would look like a twin that lives now.
            topics = [("command", 1), ("status", 0), *([("receipt", 1)] if self.receipts else [])]
            await client.subscribe([(self.profile.topic(rest), qos) for rest, qos in topics])
            await self._say_status(client, online=True)
            self.up = True
            self.connections += 1
            log.info("uplink %s is up (%s:%d)", self.config.name, self.config.host, self.config.port)
            self._told_down = False
            self._inbox.put(report(self._clock.now(), f"gateway:{self.config.name}", uplink_down=False))
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._listen(client))
                    group.create_task(self._live(client))
                    group.create_task(self._send_all(client, group))
                    group.create_task(self._refuse(client))
                    if self._ask is not None:
                        group.create_task(self._answer(client, self._ask))
                    if self.receipts is not None:
                        group.create_task(self._await_receipts(self.receipts))
                    if not client.remembered:
                        group.create_task(self._say_states(client))
            except asyncio.CancelledError:  # We stop: a DISCONNECT that is in order silences the last will.
                with suppress(aiomqtt.MqttError):
                    await self._say_status(client, online=False)
                raise

    async def _say_status(self, client: aiomqtt.Client, *, online: bool) -> None:
        at = self._clock.now()
        body = self.profile.status(online=online, at=at + self._clock.offset, gateway_at=at)
        try:
            await client.publish(self.profile.topic("status"), body, qos=1, retain=True)
        except Refusal as why:
            log.error("uplink %s: the broker refuses our status: %s", self.config.name, why)

    async def _say_states(self, client: aiomqtt.Client) -> None:
        """A broker that doesn't know us any more may have lost what it retained, too: say each device's state again."""
        for device in self._states.devices():
            at = self._clock.now()
            when = Moment(at, self._clock.offset, self._clock.synced)
            body = whole_body(when, device, self._states.home_of(device), self._states.whole(device))
            try:
                await client.publish(self.profile.topic(f"state/{device}"), body, qos=1, retain=True)
            except Refusal as why:
                log.error("uplink %s: the broker refuses the state of %s: %s", self.config.name, device, why)

    async def _live(self, client: aiomqtt.Client) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._say_status(client, online=True)

    def _room(self, lane: int) -> bool:
        most = 1 if self._one_by_one else max(1, self._limits[0] - 1)
        if sum(self._underway) >= most:
            return False
        if lane == ALARM:
            return self._underway[0] < ALARMS_UNDERWAY
        return self._underway[1] < self.config.inflight

    async def _send_all(self, client: Client, group: asyncio.TaskGroup) -> None:
        while True:
            message = await self._outbox.next(self._room)
            self._underway[message.lane != ALARM] += 1
            group.create_task(self._send(client, message))

    async def _send(self, client: Client, message: Message) -> None:
        try:
            await self._publish(client, message)
        except Refusal as why:
            log.error("uplink %s: the broker refuses a message to %s: %s", self.config.name, message.topic, why)
            self._inbox.put(report(self._clock.now(), f"gateway:{self.config.name}", uplink_down=True))
            self._outbox.demote(message)
            await asyncio.sleep(AFTERMATH if self._one_by_one else 0.0)
            self._underway[message.lane != ALARM] -= 1
            self._outbox.wake()
        else:
            self._underway[message.lane != ALARM] -= 1
            self._one_by_one = max(0, self._one_by_one - 1)
            self._outbox.confirm(message)
            if self.receipts is not None:
                self.receipts.delivered(message)

    async def _answer(self, client: Client, ask: Ask) -> None:
        """What the platform asks is answered at once or not at all: it may ask again."""
        while True:
            said = await self.commands.questions.get()
            answer = await ask(said, f"platform {self.config.name}")
            correlation = said.get("correlation", "")
            correlation = correlation if isinstance(correlation, str) else ""
            head = {"kind": "answer", "call": said["call"], "correlation": correlation}
            body = json.dumps({**head, **answer}, ensure_ascii=False).encode(errors="replace")
            if len(body) + 4 * AROUND > client.limits[1]:
                why = f"{len(body)} bytes are more than the broker takes; ask for one home"
                body = json.dumps({**head, "ok": False, "why": why}).encode()
            await self._reply(client, body)

    async def _refuse(self, client: Client) -> None:
        """Whoever is refused hears so, one after the other, beside all that matters more."""
        while True:
            await self._reply(client, await self.commands.refusal())

    async def _reply(self, client: Client, body: bytes) -> None:
        try:
            await client.publish(self.profile.topic("reply"), body, qos=1, timeout=self._patience)
        except Refusal as why:
            log.warning("uplink %s: the broker refuses an answer: %s", self.config.name, why)

    async def _await_receipts(self, receipts: Receipts) -> None:
        while True:
            receipts.look()
            await asyncio.sleep(1.0)

    async def _publish(self, client: Client, message: Message) -> None:
        kind, _, device = message.topic.partition("/")
        state = self._states.whole(device) if kind == "state" else None
        body = as_sent(message.body, replay=message.made_at < self._since, state=state)
        topic = self.profile.topic(message.topic)
        if len(body) + len(topic.encode()) + AROUND > client.limits[1]:
            raise Refusal(f"{len(body)} bytes are more than it takes")
        began = self._clock.now()
        retain = self.profile.retained(message.topic)
        try:
            await client.publish(topic, body, qos=1, retain=retain, timeout=self._patience)
        except aiomqtt.MqttError:
            # A slow broker is given more time, or it would be asked forever.
            if self._clock.now() - began >= self._patience:
                self._patience = min(2 * self._patience, SLOWEST)
            raise
        self._patience = max(CONFIRM, 2 * (self._clock.now() - began))

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            body = message.payload if isinstance(message.payload, bytes) else b""
            if self.commands.hear(message.topic.value, body, retained=bool(message.retain)):
                await self._say_status(client, online=True)


FIRST_ONLY: Literal[3] = 3
"""paho's MQTT_CLEAN_START_FIRST_ONLY, the only value it takes with MQTT 3.1.1."""


def session() -> Properties:
    """MQTT 5: the broker keeps our subscription over a short absence."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION
    properties.MaximumPacketSize = 4 * BIGGEST
    return properties
