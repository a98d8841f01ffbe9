"""Uplink: one connection to one broker, MQTT 5 or 3.1.1, everything at QoS 1: its status, what is asked and told.

When it goes, all that is not confirmed is sent again in order on the next one, marked ``replay``.
"""

import asyncio
import json
import logging
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
from gateway.crew import go_on
from gateway.health import report
from gateway.hub.messages import Moment, home_body, whole_body
from gateway.uplink.anju import HEARTBEAT
from gateway.uplink.client import AROUND, Client, Refusal
from gateway.uplink.commands import BIGGEST, Commands
from gateway.uplink.delivery import ALARMS_UNDERWAY, Delivery, Ends
from gateway.uplink.receipts import Past, Receipts

log = logging.getLogger(__name__)

BACKOFF = (0.5, 30.0)
"""Seconds before a new attempt, doubled each time and drawn at random between half and all of it."""
URGENT = 1.0
"""Seconds between attempts while an alarm waits."""
AGAIN = 600.0
"""Seconds after which a message that the broker doesn't take is tried again."""
ANSWER = 3.0
"""Seconds for the broker to answer CONNECT, SUBSCRIBE or DISCONNECT."""
SESSION = 3600
"""Seconds for which the broker keeps commands for us while we are away."""


class States(Protocol):
    """What is known now of the homes and their devices, as far as it may leave them."""

    def devices(self) -> Sequence[str]:
        """Their names."""

    def whole(self, device: str) -> Mapping[str, Scalar]:
        """Point -> value."""

    def home_of(self, device: str) -> str:
        """Its home."""

    def homes(self) -> Sequence[str]:
        """Their names."""

    def stands(self, home: str) -> Mapping[str, object]:
        """Whether it is protected, and if not why and since when."""


Ask = Callable[[Mapping[str, Any], str], Awaitable[Mapping[str, Any]]]
"""(a call, by what way it came) -> its answer."""


class Uplink:
    """The connection of one gateway to one platform."""

    def __init__(self, ends: Ends, states: States, ask: Ask | None = None, past: Past | None = None) -> None:
        self._states, self._ask, self._past = states, ask, past
        self.config, self.profile, self._outbox, self._inbox, self._clock = ends
        name, inbox, clock = ends.config.name, ends.inbox, ends.clock
        self.receipts = Receipts(name, inbox, clock) if ends.config.receipts else None
        self.commands = Commands(name, ends.profile, inbox, clock, self.receipts)
        self.up = False
        self.connections = 0
        self._told_down = False
        self._tried_again = clock.now()
        self._delivery = Delivery(ends, states.whole, self.receipts)

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        if self.receipts is not None and self._past is not None:
            await self.receipts.begin(self._past)
        wait = BACKOFF[0]
        while True:
            before, stood = self._outbox.delivered, self.connections
            try:
                await self._connected()
            except* (aiomqtt.MqttError, OSError, TimeoutError, ValueError) as errors:
                go_on()
                self._note_down(errors.exceptions[0])
                self._delivery.look_for_the_cause(fruitless=self._outbox.delivered == before)
            finally:
                self.up = False
                away = self.connections == stood  # a broker that was away may have come back another one
                again = away or self._clock.now() - self._tried_again >= AGAIN
                self._tried_again = self._clock.now() if again else self._tried_again
                self._outbox.rewind(again=again)
            # A broker that lets us in and then refuses what we say is not hammered.
            wait = BACKOFF[0] if self._outbox.delivered > before else min(wait * 2, BACKOFF[1])
            await self._pause(wait * random.uniform(0.5, 1.0))

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
            self._delivery.begin(client)
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
                    group.create_task(self._delivery.run(client, group))
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
        """A broker that doesn't know us any more may have lost what it retained, too: say each state again."""
        states = self._states
        for home in states.homes():
            await self._retain(client, f"home/{home}", home_body(self._moment(), states.stands(home)))
        for device in states.devices():
            body = whole_body(self._moment(), device, states.home_of(device), states.whole(device))
            await self._retain(client, f"state/{device}", body)

    def _moment(self) -> Moment:
        return Moment(self._clock.now(), self._clock.offset, self._clock.synced)

    async def _retain(self, client: aiomqtt.Client, rest: str, body: bytes) -> None:
        try:
            await client.publish(self.profile.topic(rest), body, qos=1, retain=True)
        except Refusal as why:
            log.error("uplink %s: the broker refuses %s: %s", self.config.name, rest, why)

    async def _live(self, client: aiomqtt.Client) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._say_status(client, online=True)

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
            await client.publish(self.profile.topic("reply"), body, qos=1, timeout=self._delivery.patience)
        except Refusal as why:
            log.warning("uplink %s: the broker refuses an answer: %s", self.config.name, why)

    async def _await_receipts(self, receipts: Receipts) -> None:
        while True:
            receipts.look()
            await asyncio.sleep(1.0)

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
