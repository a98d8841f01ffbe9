"""A broker in the home that says what it likes, as fast as it likes: MQTT 3.1.1 on a free port of the loopback."""

import asyncio
from typing import Final

from gateway.sim.link import LOOPBACK

_CONNECT, _PUBLISH, _PUBACK, _SUBSCRIBE, _PING = 1, 3, 4, 8, 12
_CONNACK: Final = b"\x20\x02\x00\x00"
_PINGRESP: Final = b"\xd0\x00"


class HostileBroker:
    """``async with HostileBroker() as broker``: takes any client; ``say`` publishes to the last one."""

    def __init__(self) -> None:
        self.port = 0
        self.subscribed = asyncio.Event()
        self.acknowledged: list[int] = []
        """Packet identifiers that the client acknowledged."""
        self._writer: asyncio.StreamWriter | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "HostileBroker":
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def say(self, topic: str, payload: bytes, number: int = 0) -> None:
        """Publish; with a number at QoS 1. Returns when the client's window has room for more."""
        assert self._writer is not None
        head = len(topic.encode()).to_bytes(2, "big") + topic.encode()
        body = head + (number.to_bytes(2, "big") if number else b"") + payload
        self._writer.write(bytes((_PUBLISH << 4 | (2 if number else 0),)) + _length(len(body)) + body)
        await self._writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._writer = writer
        try:
            while True:
                kind = (await reader.readexactly(1))[0] >> 4
                body = await reader.readexactly(await _read_length(reader))
                if kind == _CONNECT:
                    writer.write(_CONNACK)
                elif kind == _SUBSCRIBE:
                    writer.write(b"\x90\x03" + body[:2] + b"\x01")
                    self.subscribed.set()
                elif kind == _PUBACK:
                    self.acknowledged.append(int.from_bytes(body[:2], "big"))
                elif kind == _PING:
                    writer.write(_PINGRESP)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.transport.abort()
            self._serving.discard(task)


async def _read_length(reader: asyncio.StreamReader) -> int:
    length, shift = 0, 0
    while (byte := (await reader.readexactly(1))[0]) & 0x80:
        length |= (byte & 0x7F) << shift
        shift += 7
    return length | byte << shift


def _length(count: int) -> bytes:
    out = bytearray()
    while count >= 0x80:
        out.append(count & 0x7F | 0x80)
        count >>= 7
    return bytes((*out, count))
