"""ntfy and webhooks: JSON over HTTP; blocking, so they run in threads of their channel."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gateway.people.dial import dial
from gateway.people.letter import Letter
from gateway.people.secret import Refused, secret
from gateway.site import Channel

LONGEST = 65_536
"""Bytes of an answer that are read."""
PRIORITY = {"emergency": 5, "urgent": 5, "warning": 3, "notice": 2}
"""ntfy's: 5 rings through "do not disturb" where its user allows it."""
AGAIN = frozenset({408, 425, 429})
"""Answers below 500 that may be another one next time."""
FAILED = frozenset({"error", "failed", "fail", "failure"})
"""What a server's ``status`` says of a message that it didn't take, whatever HTTP says."""


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
    post(channel, {**said, "to": address, "message": letter.body}, letter.id)


def post(channel: Channel, said: Mapping[str, Any], id_: str = "") -> None:
    """One POST; a redirect is not followed: it would carry the token elsewhere. ``id_`` is the same when it is sent
    again, by a gateway that was killed before it had noted the answer."""
    parts, token = urlsplit(channel.url), secret(channel)
    headers = {"Content-Type": "application/json", "User-Agent": "anju"}
    if id_:
        headers["Idempotency-Key"] = id_
    if token:
        headers["Authorization"] = f"Bearer {token}"
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, parts.port)
    try:
        with dial(host, port, secure) as connection.sock:
            connection.request("POST", path, json.dumps(said).encode(), headers)
            answer = connection.getresponse()
            heard = answer.read(LONGEST)
    except http.client.HTTPException as error:
        raise OSError(f"no sound answer: {error!r:.100}") from error
    finally:
        connection.close()
    if 200 <= answer.status < 300:
        if wrong := _wrong_in(heard):
            raise OSError(f"the server says {answer.status}, and {wrong}")
        return
    if 300 <= answer.status < 500 and answer.status not in AGAIN:
        raise Refused(f"the server refuses it: {answer.status} {answer.reason:.60}")
    raise OSError(f"the server fails: {answer.status} {answer.reason:.60}")


def _wrong_in(said: bytes) -> str:
    """What an answer of success says of an error all the same, as gateways of short messages do; empty: nothing."""
    try:
        answer = json.loads(said)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(answer, dict):
        return ""
    told = {str(key).lower(): value for key, value in answer.items()}
    for key in ("ok", "success"):
        if told.get(key) is False:
            return f"{key} is false"
    for key in ("error", "errors"):
        if told.get(key):
            return f"{key}: {told[key]!s:.60}"
    for key in ("errcode", "error_code"):
        if told.get(key) not in (None, 0, "0", ""):
            return f"{key} {told[key]!s:.60}"
    status = told.get("status")
    return f"status {status:.60}" if isinstance(status, str) and status.lower() in FAILED else ""
