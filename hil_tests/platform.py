"""An independent subscriber with its own session, and the record of all that arrived. No code of ours is in its way."""

import json
import threading
import time
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hil_tests.ledger import Arrived, Body
from hil_tests.record import Missing, Record

_SESSION = 3600


class Platform:
    """Subscribes to ``topic`` at QoS 1 with a persistent session; connects again by itself, and subscribes anew."""

    def __init__(self, host: str, port: int, topic: str = "anju/#", name: str = "platform") -> None:
        self.arrived: Record[Arrived] = Record(name)
        self.broken: Record[bytes] = Record(f"{name}, bodies that aren't JSON objects")
        self._address = (host, port)
        self._topic = topic
        self._subscribed = threading.Event()
        self._client = self._new_client()

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *exc: object) -> None:
        self.disconnect()

    def connect(self) -> None:
        """Return once subscribed."""
        # Paho leaks a pair of sockets when one client's loop is started twice.
        self._client = self._new_client()
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = _SESSION
        self._client.connect(*self._address, keepalive=5, clean_start=False, properties=session)
        self._client.loop_start()
        if not self._subscribed.wait(10):
            raise Missing("the platform isn't subscribed after 10 s")

    def disconnect(self) -> None:
        """Leave; a broker that lives keeps the session, and what comes meanwhile."""
        self._client.disconnect()
        self._client.loop_stop()
        self._subscribed.clear()

    def publish(self, topic: str, body: Body, *, response_topic: str = "", correlation: bytes = b"") -> None:
        """Send a command or a receipt to the gateway at QoS 1; returns when the broker has it."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if response_topic:
            properties.ResponseTopic = response_topic
            properties.CorrelationData = correlation
        self._client.publish(topic, json.dumps(body), qos=1, properties=properties).wait_for_publish(10)

    def wait_event(self, timeout: float, *, after: int = 0, **want: object) -> Arrived:
        """The first message from arrival ``after`` on whose body says all this: ``wait_event(5, rule="smoke")``."""

        def wanted(one: Arrived) -> bool:
            return "sources" in one.body and all(one.body.get(key) == value for key, value in want.items())

        return self.arrived.wait(wanted, timeout, after=after)

    def events(self, **want: object) -> list[Arrived]:
        """The events whose bodies say all this, in the order of arrival; repetitions of an id are left out."""
        ids: dict[str, Arrived] = {}
        for one in self.arrived.all():
            if "sources" in one.body and all(one.body.get(key) == value for key, value in want.items()):
                ids.setdefault(one.body["id"], one)
        return list(ids.values())

    def on(self, suffix: str) -> list[Arrived]:
        """What arrived on topics that end so: ``"/event"``."""
        return [one for one in self.arrived.all() if one.topic.endswith(suffix)]

    def _new_client(self) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, self.arrived.name, protocol=paho.MQTTv5)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.reconnect_delay_set(1, 1)
        return client

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(self._topic, qos=1)

    def _on_disconnect(self, *_: Any) -> None:
        self._subscribed.clear()

    def _on_subscribe(self, *_: Any) -> None:
        self._subscribed.set()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        at = time.monotonic()
        try:
            body = json.loads(message.payload) if message.payload else {}
        except ValueError:
            body = None
        if isinstance(body, dict):
            self.arrived.add(Arrived(at, message.topic, body, message.retain))
        else:
            self.broken.add(bytes(message.payload))
