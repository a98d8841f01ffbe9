"""The platform's side: an independent subscriber that loses nothing of what a broker sent, and the record of it.

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
from collections.abc import Iterator, Mapping
from contextlib import suppress
from struct import Struct
from typing import Any, Self

from gateway.sim.ledger import Arrived
from gateway.sim.record import Record

_SHORT = Struct(">H")
_CONNECT, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK = 1, 3, 4, 8, 9
_QOS_1, _RETAIN = 2, 1
_CHUNK = 1 << 18


class Platform:
    """One subscription at QoS 1, MQTT 3.1.1, a clean session for each connection. Use it as a context manager."""

    def __init__(self, host: str, port: int, topic: str = "anju/#", name: str = "platform") -> None:
        self.arrived: Record[Arrived] = Record(name)
        self.broken: Record[bytes] = Record(f"{name}, bodies that aren't JSON objects")
        self.online = False
        """What the gateway's newest status says, its last will included."""
        self._address, self._topic = (host, port), topic
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._joined = threading.Event()
        self._writing = threading.Lock()
        self._confirmed: Record[int] = Record(f"{name}, confirmations")

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._socket is not None:
            with suppress(OSError):  # The broker was quicker.
                self._socket.shutdown(socket.SHUT_RDWR)
        self.drained()

    def join(self) -> None:
        """Connect; returns once subscribed. Raises TimeoutError or OSError."""
        self._joined.clear()
        end = self._socket = socket.create_connection(self._address, timeout=10)
        end.settimeout(None)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Keep-alive 0: the broker never gives this client up.
        self._write(_packet(_CONNECT, _text("MQTT") + b"\x04\x02\x00\x00" + _text(self.arrived.name)))
        self._write(_packet(_SUBSCRIBE, _SHORT.pack(1) + _text(self._topic) + b"\x01", flags=2))
        self._thread = threading.Thread(target=self._read, args=(end,), name=self.arrived.name, daemon=True)
        self._thread.start()
        if not self._joined.wait(10):
            raise TimeoutError("the platform isn't subscribed after 10 s")

    def drained(self, timeout: float = 10) -> None:
        """Return when the stream of a broker that is gone was read to its end."""
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise TimeoutError("the platform still reads")

    def publish(self, topic: str, body: Mapping[str, Any] | bytes, *, retain: bool = False) -> None:
        """Send a command or a receipt to the gateway at QoS 1; returns when the broker has it."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        before = len(self._confirmed)
        number = before % 0xFFFF + 1
        said = _text(topic) + _SHORT.pack(number) + data
        self._write(_packet(_PUBLISH, said, flags=_QOS_1 | (_RETAIN if retain else 0)))
        self._confirmed.wait(lambda one: one == number, 10, after=before)

    def wait_event(self, timeout: float, *, after: int = 0, **want: object) -> Arrived:
        """The first event from arrival ``after`` on whose body says all this: ``wait_event(5, rule="smoke")``."""
        return self.arrived.wait(lambda one: _is_event(one, want), timeout, after=after)

    def wait_online(self, timeout: float, *, online: bool = True, after: int = 0) -> None:
        """Return once it is said, from arrival ``after`` on, that the gateway is connected, or isn't any more."""
        self.arrived.wait(lambda one: one.rest == "status" and one.body.get("online") is online, timeout, after=after)

    def events(self, **want: object) -> list[Arrived]:
        """The events whose bodies say all this, in the order of arrival; repetitions of an id are left out."""
        ids: dict[str, Arrived] = {}
        for one in self.arrived.all():
            if _is_event(one, want):
                ids.setdefault(one.body["id"], one)
        return list(ids.values())

    def on(self, rest: str) -> list[Arrived]:
        """What arrived on one topic below the gateway's own: ``"event"``."""
        return [one for one in self.arrived.all() if one.rest == rest]

    def _write(self, data: bytes) -> None:
        assert self._socket is not None
        with self._writing:
            self._socket.sendall(data)

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
                rest = self._take(rest + data, at)

    def _take(self, data: bytes, at: float) -> bytes:
        """Note every whole packet; returns what is left. Acknowledgements that nobody hears any more don't matter."""
        answers = b""
        used = 0
        for kind, flags, body, used in _packets(data):  # noqa: B007 - how far the last one reached
            if kind == _SUBACK:
                self._joined.set()
            elif kind == _PUBACK:
                self._confirmed.add(_SHORT.unpack_from(body)[0])
            elif kind == _PUBLISH:
                answers += self._note(flags, body, at)
        if answers:
            with suppress(OSError):
                self._write(answers)
        return data[used:]

    def _note(self, flags: int, body: bytes, at: float) -> bytes:
        """Keep a message; returns the PUBACK it asks for."""
        start = 2 + _SHORT.unpack_from(body)[0]
        topic, answer = body[2:start].decode(), b""
        if flags & 6:
            answer = _packet(_PUBACK, body[start : start + 2])
            start += 2
        try:
            said = json.loads(body[start:] or b"{}")
        except ValueError:
            said = None
        if not isinstance(said, dict):
            self.broken.add(body[start:])
            return answer
        arrived = Arrived(at, topic, said, bool(flags & _RETAIN))
        if arrived.rest == "status":
            self.online = said.get("online") is True
        if arrived.rest != "command":  # A platform's own words.
            self.arrived.add(arrived)
        return answer


def _is_event(one: Arrived, want: Mapping[str, object]) -> bool:
    return "sources" in one.body and all(one.body.get(key) == value for key, value in want.items())


def _text(text: str) -> bytes:
    data = text.encode()
    return _SHORT.pack(len(data)) + data


def _packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    length, left = b"", len(body)
    while left > 127:
        length += bytes((left & 127 | 128,))
        left >>= 7
    return bytes((kind << 4 | flags,)) + length + bytes((left,)) + body


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
