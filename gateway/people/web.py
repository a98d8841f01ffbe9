"""ntfy and webhooks: JSON over HTTP; blocking, so they run in threads of their channel."""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from gateway.people.letter import Letter
from gateway.people.secret import Refused, secret
from gateway.site import Channel

TIMEOUT = 8.0
"""Seconds for each step of the talk with the server."""
WHOLE = 20.0
"""Seconds for the whole talk: a server that says a letter now and then must not hold its channel's places for days."""
LONGEST = 65_536
"""Bytes of an answer that are read."""
PRIORITY = {"emergency": 5, "urgent": 5, "warning": 3, "notice": 2}
"""ntfy's: 5 rings through "do not disturb" where its user allows it."""
AGAIN = frozenset({408, 425, 429})
"""Answers below 500 that may be another one next time."""


def ntfy(channel: Channel, letter: Letter, address: str) -> None:
    """Publish to a topic, the person's address. Raises Refused or OSError unless the server has taken it."""
    said: dict[str, Any] = {
        "topic": address,
        "title": letter.subject,
        "message": letter.text,
        "priority": PRIORITY.get(letter.severity, 3),
    }
    if letter.link:
        said["click"] = letter.link
    post(channel, said)


def webhook(channel: Channel, letter: Letter, address: str) -> None:
    """Post the whole message with its text. Raises Refused or OSError unless the server has taken it."""
    said = {"id": letter.id, "kind": letter.kind, "subject": letter.subject, "text": letter.text, "link": letter.link}
    post(channel, {**said, "to": address, "message": letter.body})


def post(channel: Channel, said: Mapping[str, Any]) -> None:
    """One POST; a redirect is not followed: it would carry the token elsewhere."""
    parts, token = urlsplit(channel.url), secret(channel)
    headers = {"Content-Type": "application/json", "User-Agent": "anju"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with _cut_off(connection):
            connection.request("POST", path, json.dumps(said).encode(), headers)
            answer = connection.getresponse()
            answer.read(LONGEST)
    except http.client.HTTPException as error:
        raise OSError(f"no sound answer: {error!r:.100}") from error
    finally:
        connection.close()
    if 200 <= answer.status < 300:
        return
    if 300 <= answer.status < 500 and answer.status not in AGAIN:
        raise Refused(f"the server refuses it: {answer.status} {answer.reason:.60}")
    raise OSError(f"the server fails: {answer.status} {answer.reason:.60}")


@contextmanager
def _cut_off(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Hang up after WHOLE seconds; whoever reads then finds the end."""

    def hang_up() -> None:
        sock = connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
