"""The platform's side: an independent subscriber, and the record of all that arrived."""

import asyncio
import contextlib
import json
import time
import uuid
from typing import Any

import aiomqtt

from gateway.sim.ledger import Arrived
from gateway.sim.link import LOOPBACK
from gateway.sim.record import Record


class Platform:
    """Subscribes to everything under ``prefix`` (such as ``anju/v1/SITE/GATEWAY``), straight at the broker."""

    def __init__(self, port: int, prefix: str) -> None:
        self.arrived: Record[Arrived] = Record("the platform")
        self.online = False
        """What the gateway's retained status says, its last will included."""
        self._port, self._prefix = port, prefix
        self._client: aiomqtt.Client | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Return once subscribed."""
        subscribed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(subscribed), name="platform")
        await subscribed

    async def _read(self, subscribed: "asyncio.Future[None]") -> None:
        try:
            async with aiomqtt.Client(LOOPBACK, self._port, identifier="platform") as client:
                await client.subscribe(f"{self._prefix}/#", qos=1)
                self._client = client
                subscribed.set_result(None)
                async for message in client.messages:
                    self._take(message)
        except (aiomqtt.MqttError, OSError) as error:
            if subscribed.done():
                raise
            subscribed.set_exception(error)

    def _take(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value.removeprefix(f"{self._prefix}/")
        body = json.loads(message.payload) if isinstance(message.payload, bytes) else None
        if not isinstance(body, dict) or topic == "command":
            return
        if topic == "status":
            self.online = bool(body["online"])
        self.arrived.add(Arrived(time.monotonic(), topic, body, bool(message.retain)))

    async def command(self, verb: str, actor: str, **rest: Any) -> str:
        """Ask the gateway for an act; returns its ``act_id``, which the reply carries."""
        assert self._client is not None
        act_id = uuid.uuid4().hex
        said = {"act_id": act_id, "verb": verb, "actor": actor, "via": "platform", **rest}
        await self._client.publish(f"{self._prefix}/command", json.dumps(said), qos=1)
        return act_id

    async def close(self) -> None:
        """Unsubscribe by leaving."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiomqtt.MqttError):
                await self._reading
