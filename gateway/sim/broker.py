"""An MQTT 3.1.1 broker in this process (amqtt), on a free port of the loopback: the demo needs none installed."""

import asyncio
import logging

from amqtt.broker import Broker as Amqtt
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType

from gateway.sim.link import LOOPBACK

log = logging.getLogger(__name__)

ANYBODY = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
CLOSE = 5.0
"""Seconds for its clients to be gone."""


class Broker:
    """Open it, connect to ``port``, close it. The socket is ours, so that the system can choose the port."""

    def __init__(self) -> None:
        self.port = 0
        listeners = {"default": ListenerConfig(type=ListenerType.EXTERNAL)}
        self._broker = Amqtt(BrokerConfig(listeners=listeners, plugins=ANYBODY))
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Start, and listen."""
        await self._broker.start()
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._broker.stream_connected(reader, writer, "default")
        except asyncio.CancelledError:
            pass  # close() is waiting for us; a cancelled connection would be reported as a fault of the server.
        except Exception as error:  # One client's end must not be another's: amqtt lets resets through.
            log.info("a client's connection broke: %s", error or type(error).__name__)
        finally:
            writer.transport.abort()
            self._serving.discard(task)

    async def close(self) -> None:
        """Let every client go and stop."""
        if self._server is not None:
            self._server.close()
        try:
            async with asyncio.timeout(CLOSE):
                await self._broker.shutdown()
        except TimeoutError:
            log.warning("the broker didn't stop in %g s", CLOSE)
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
