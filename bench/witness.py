"""Witness: a subscriber that loses nothing of what a broker sent before it was killed.

A killed broker resets its connections. A usual client notices that when it writes its PUBACK, closes, and throws away
what it hadn't read yet: messages that the broker had already acknowledged to the gateway. This one reads to the end
of the stream whatever happens to its own writes. Mosquitto without limits on what is in flight hands a message to its
subscriber's socket before it acknowledges the publisher (see ``hil_tests/broker.py``), so whatever a killed broker had
acknowledged is here. A broker must be started again only after ``drained``, and gateways be let in only after ``join``.
"""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from struct import Struct
from typing import Self

from hil_tests.ledger import Arrived
from hil_tests.record import Record

_SHORT = Struct(">H")
_CONNACK, _PUBLISH, _SUBACK = 2, 3, 9
_CHUNK = 1 << 18


class Witness:
    """One subscription at QoS 1, MQTT 3.1.1, a clean session for each connection. Use it as a context manager."""

    def __init__(self, host: str, port: int, topic: str = "anju/#") -> None:
        self.arrived: Record[Arrived] = Record("witness")
        self._address, self._topic = (host, port), topic
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._joined = threading.Event()

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
        self.drained()

    def join(self) -> None:
        """Connect; returns once subscribed. Raises TimeoutError or OSError."""
        self._joined.clear()
        end = socket.create_connection(self._address, timeout=10)
        end.settimeout(None)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Keep-alive 0: the broker never gives this client up.
        end.sendall(_packet(1, _text("MQTT") + b"\x04\x02\x00\x00" + _text("witness")))
        end.sendall(_packet(8, _SHORT.pack(1) + _text(self._topic) + b"\x01", flags=2))
        self._socket = end
        self._thread = threading.Thread(target=self._read, args=(end,), name="witness", daemon=True)
        self._thread.start()
        if not self._joined.wait(10):
            raise TimeoutError("the witness isn't subscribed after 10 s")

    def drained(self, timeout: float = 10) -> None:
        """Return when the stream of a broker that is gone was read to its end."""
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise TimeoutError("the witness still reads")

    def _read(self, end: socket.socket) -> None:
        rest = b""
        with end:
            while True:
                try:
                    data = end.recv(_CHUNK)
                except ConnectionError:  # The reset comes after all that was sent before it.
                    continue
                at = time.monotonic()
                if not data:
                    return
                rest = self._take(end, rest + data, at)

    def _take(self, end: socket.socket, data: bytes, at: float) -> bytes:
        """Note every whole packet; returns what is left. Acknowledgements that nobody hears any more don't matter."""
        answers = b""
        used = 0
        for kind, flags, body, used in _packets(data):  # noqa: B007 - how far the last one reached
            if kind == _SUBACK:
                self._joined.set()
            elif kind == _PUBLISH:
                answers += self._note(flags, body, at)
        if answers:
            with suppress(OSError):
                end.sendall(answers)
        return data[used:]

    def _note(self, flags: int, body: bytes, at: float) -> bytes:
        """Keep a message; returns the PUBACK it asks for."""
        start = 2 + _SHORT.unpack_from(body)[0]
        topic, answer = body[2:start].decode(), b""
        if flags & 6:
            answer = _packet(4, body[start : start + 2])
            start += 2
        said = json.loads(body[start:])
        self.arrived.add(Arrived(at, topic, said, bool(flags & 1)))
        return answer


def _text(text: str) -> bytes:
    return _SHORT.pack(len(text)) + text.encode()


def _packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    assert len(body) < 128, "only short packets are sent"
    return bytes((kind << 4 | flags, len(body))) + body


def _packets(data: bytes) -> Iterator[tuple[int, int, bytes, int]]:
    """(kind, flags, body, where it ended) of every whole packet."""
    start = 0
    while True:
        length, shift, at = 0, 0, start + 1
        while True:
            if at >= len(data):
                return
            length |= (data[at] & 127) << shift
            shift += 7
            at += 1
            if data[at - 1] < 128:
                break
        if at + length > len(data):
            return
        yield data[start] >> 4, data[start] & 15, data[at : at + length], at + length
        start = at + length
