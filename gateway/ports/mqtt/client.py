"""Client: a connection to a broker in the home by aiomqtt; acknowledging and reading are in our hands."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Literal

import aiomqtt
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.broker import password, shorten, tls_context
from gateway.site import MqttPort

ANSWER = 3.0
"""Seconds for the broker to answer CONNECT or SUBSCRIBE."""
SESSION = 300
"""Seconds for which the broker keeps what sensors say while we are away; an older press calls nobody any more."""
WINDOW = 2_000
"""QoS 1 messages that the broker may send us before the first is acknowledged (MQTT 5)."""
BIGGEST = 1_000_000
"""Bytes of a publication: the list of all devices of a large house."""


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
