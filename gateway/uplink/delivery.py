"""Delivery: messages of an outbox on the way to a broker, and what becomes of each.

PUBACK marks a message done, nothing else does. Several are on their way at once; an alarm doesn't wait for
telemetry to be confirmed. A message over which connections die, or that the broker refuses, comes last.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import aiomqtt

from drivers.reading import Scalar
from gateway.clock import Clock
from gateway.health import report
from gateway.hub.messages import as_sent
from gateway.inbox import Inbox
from gateway.site import Uplink as Config
from gateway.store.message import ALARM, Message
from gateway.store.outbox import Outbox
from gateway.uplink.anju import Profile
from gateway.uplink.client import AROUND, Client, Refusal
from gateway.uplink.receipts import Receipts

log = logging.getLogger(__name__)

CONFIRM = 6.0
"""Seconds for a confirmation; then the connection is dead, whatever it says (GB 26875.1: 10 s for an alarm)."""
SLOWEST = 60.0
"""Seconds to which that grows while confirmations come later than that."""
FRUITLESS = 2
CAREFUL = 100
"""Connections that died without a delivery, after which so many messages are sent one by one."""
AFTERMATH = 0.5
"""Seconds that the next one waits after a refusal while they go one by one: brokers may hang up over it."""
ALARMS_UNDERWAY = 50
"""Alarms on their way at once, beside the ``inflight`` of the site for everything else."""

Whole = Callable[[str], Mapping[str, Scalar]]
"""Device -> all that is known of it now, as far as it may leave its home."""


class Ends(NamedTuple):
    """What an uplink stands between: a broker and how it is spoken to there, and the gateway."""

    config: Config
    profile: Profile
    outbox: Outbox
    inbox: Inbox
    clock: Clock


class Delivery:
    """All that one uplink sends from its outbox, over as many connections as it takes."""

    def __init__(self, ends: Ends, whole: Whole, receipts: Receipts | None) -> None:
        self._config, self._profile, self._outbox, self._inbox, self._clock = ends
        self._whole, self._receipts = whole, receipts
        self.patience = CONFIRM
        """Seconds that are waited for a confirmation now."""
        self._since = math.inf
        """Gateway time at which this connection stood; what was made before it is a replay."""
        self._most = math.inf
        """Messages that the broker takes underway at once."""
        self._underway = [0, 0]
        """Of alarms, of everything else."""
        self._fruitless = 0
        """Connections in a row that died with messages underway and not one delivered."""
        self._one_by_one = 0
        """So many more messages are sent only when the one before is confirmed."""

    def begin(self, client: Client) -> None:
        """This connection stands from now on."""
        self._since, self._most = self._clock.now(), client.limits[0]
        self._underway = [0, 0]

    async def run(self, client: Client, group: asyncio.TaskGroup) -> None:
        """Send on this connection whatever the outbox gives, each message in a task of its own."""
        while True:
            message = await self._outbox.next(self._room)
            self._underway[message.lane != ALARM] += 1
            group.create_task(self._send(client, message))

    def _room(self, lane: int) -> bool:
        most = 1 if self._one_by_one else max(1, self._most - 1)
        if sum(self._underway) >= most:
            return False
        if lane == ALARM:
            return self._underway[0] < ALARMS_UNDERWAY
        return self._underway[1] < self._config.inflight

    async def _send(self, client: Client, message: Message) -> None:
        try:
            await self._publish(client, message)
        except Refusal as why:
            log.error("uplink %s: the broker refuses a message to %s: %s", self._config.name, message.topic, why)
            self._inbox.put(report(self._clock.now(), f"gateway:{self._config.name}", uplink_down=True))
            self._outbox.demote(message)
            await asyncio.sleep(AFTERMATH if self._one_by_one else 0.0)
            self._underway[message.lane != ALARM] -= 1
            self._outbox.wake()
        else:
            self._underway[message.lane != ALARM] -= 1
            self._one_by_one = max(0, self._one_by_one - 1)
            self._outbox.confirm(message)
            if self._receipts is not None:
                self._receipts.delivered(message)

    async def _publish(self, client: Client, message: Message) -> None:
        kind, _, device = message.topic.partition("/")
        state = self._whole(device) if kind == "state" else None
        body = as_sent(message.body, replay=message.made_at < self._since, state=state)
        topic = self._profile.topic(message.topic)
        if len(body) + len(topic.encode()) + AROUND > client.limits[1]:
            raise Refusal(f"{len(body)} bytes are more than it takes")
        began = self._clock.now()
        retain = self._profile.retained(message.topic)
        try:
            await client.publish(topic, body, qos=1, retain=retain, timeout=self.patience)
        except aiomqtt.MqttError:
            # A slow broker is given more time, or it would be asked forever.
            if self._clock.now() - began >= self.patience:
                self.patience = min(2 * self.patience, SLOWEST)
            raise
        self.patience = max(CONFIRM, 2 * (self._clock.now() - began))

    def look_for_the_cause(self, *, fruitless: bool) -> None:
        """A connection that dies of one message dies each time: then they go one by one, and that one last."""
        underway = self._outbox.underway()
        if self._one_by_one and len(underway) == 1:
            self._outbox.demote(underway[0])
            self._one_by_one = CAREFUL
        self._fruitless = self._fruitless + bool(underway) if fruitless else 0
        if self._fruitless >= FRUITLESS:
            self._one_by_one = CAREFUL

