"""The MQTT client: aiomqtt, and what it doesn't say of refusals and limits."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import aiomqtt

from gateway.broker import shorten

LONGEST = 1 << 18
"""Bytes that are kept of a packet: more than any command or receipt may have."""
AROUND = 32
"""Bytes of a packet that are neither topic nor body."""


class Refusal(Exception):
    """The broker does not take this message; others it may."""


class Client(aiomqtt.Client):
    """aiomqtt with four corrections.

    It takes every PUBACK for a delivery, but MQTT 5 brokers also say there that they did not take the message; it
    doesn't look at what a broker says of its limits; it leaves the socket of an attempt that failed to the garbage
    collector; and it takes a packet of any size into memory.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        shorten(self._client, LONGEST)
        self._refused: dict[int, str] = {}
        self.limits = (math.inf, math.inf)
        """Most messages underway, most bytes of one: what the broker said."""
        self.remembered = False
        """Whether the broker still knew our session."""

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except BaseException:
            self._client._sock_close()
            raise

    def _on_connect(self, client: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any = None) -> None:
        names = ("ReceiveMaximum", "MaximumPacketSize")
        most, biggest = (getattr(properties, name, math.inf) for name in names)
        self.limits = (most, biggest)
        self.remembered = bool(flags.session_present)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_publish(self, client: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        if reason_code.is_failure:
            self._refused[mid] = str(reason_code)
        super()._on_publish(client, userdata, mid, reason_code, properties)

    @contextmanager
    def _pending_call(self, mid: int, value: Any, pending_dict: dict[int, Any]) -> Iterator[None]:
        with super()._pending_call(mid, value, pending_dict):
            yield
        if mid in self._refused:
            raise Refusal(self._refused.pop(mid))
