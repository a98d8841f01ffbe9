"""HTTP/1.1 as far as one page needs it: one request a connection, short, soon, and from a network of one's own.

Standard library alone: a web framework would be the largest thing in the gateway, for one form.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from gateway.places import Place, Places

log = logging.getLogger(__name__)

HEAD = 8_192
"""Bytes of a request's first line and headers."""
BODY = 4_096
"""Bytes of a form."""
SOON = 5.0
"""Seconds for the head of a request, and for its form."""
PATIENCE = 20.0
"""Seconds for a request to come, to be done, and for its answer to be taken."""
MOST, EACH = 64, 8
"""Connections at once, of all and of one address. One more takes the place of the one that says its request most
slowly: behind a proxy everybody has one address."""
AGAIN = 10.0
"""Seconds between two attempts to have the address: a network may come up after the gateway."""
LINGER = 0.5
"""Seconds for the request of a connection for which there is no room."""
FIELDS = 16
HEADERS = (
    "Content-Security-Policy: default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: no-referrer",
    "Cache-Control: no-store",
    "Connection: close",
)
REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    421: "Misdirected Request",
    429: "Too Many Requests",
    503: "Service Unavailable",
}

_LINE = re.compile(r"([A-Z]{1,10}) (/[!-~]{0,1000}) HTTP/1\.[01]")


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``form`` holds the fields of a POST, each once."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    peer: str
    """Address of who asks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to it."""

    body: str = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: tuple[str, ...] = field(default=())


class Bad(Exception):
    """This is no request that we answer; ``status`` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Http:
    """A listener on one address."""

    def __init__(self, host: str, port: int, answer: Callable[[Request], Awaitable[Answer]]) -> None:
        self.host, self.port, self._answer = host, port, answer
        self._moved = asyncio.Event()
        self._places = Places(MOST, EACH)

    def move(self, host: str, port: int) -> None:
        """Listen at another address; "" = nowhere. Whoever is being answered is answered."""
        self.host, self.port = host, port
        self._moved.set()

    async def run(self) -> None:
        """Serve until cancelled; an address that can't be had yet is tried again, said once."""
        said = False
        while True:
            self._moved.clear()
            if not self.host:
                await self._moved.wait()
                continue
            try:
                server = await asyncio.start_server(self._connected, self.host, self.port, limit=HEAD)
            except OSError as error:
                if not said:
                    log.error("no answer page at %s port %d: %s", self.host, self.port, error.strerror or error)
                said = True
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), AGAIN)
                continue
            said, self.port = False, server.sockets[0].getsockname()[1]
            async with server:
                await self._moved.wait()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str(writer.get_extra_info("peername", ("?",))[0])
        place = self._places.take(peer, writer.transport.abort)
        try:
            async with asyncio.timeout(PATIENCE):
                answer = Answer(REASONS[503], 503, "text/plain"), False
                if place is not None:
                    answer = await self._one(reader, place)
                else:  # what was asked and not read would take the answer back with it
                    await asyncio.wait_for(reader.read(HEAD), LINGER)
                writer.write(render(answer[0], bare=answer[1]))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            log.debug("a browser went away")
        finally:
            if place is not None:
                self._places.free(place)
            writer.transport.abort()  # whoever takes no answer must not hold it here

    async def _one(self, reader: asyncio.StreamReader, place: Place) -> tuple[Answer, bool]:
        """What is said to the next request, and whether without its body."""
        bare = False
        try:
            request = await read(reader, place.whose)
            place.waits = False
            bare = request.method == "HEAD"
            return await self._answer(request), bare
        except Bad as bad:
            return Answer(REASONS[bad.status], bad.status, "text/plain"), bare


async def read(reader: asyncio.StreamReader, peer: str) -> Request:
    """One request; raises Bad."""
    try:
        async with asyncio.timeout(SOON):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        raise Bad(413) from None
    first, *lines = head.split("\r\n")
    found = _LINE.fullmatch(first)
    if not found:
        raise Bad(400)
    headers = {}
    for line in filter(None, lines):
        name, colon, value = line.partition(":")
        if not colon or name.strip() != name or name.lower() in headers:
            raise Bad(400)
        headers[name.lower()] = value.strip()
    if found[1] not in ("GET", "HEAD", "POST"):
        raise Bad(405)
    path, _, query = found[2].partition("?")
    form = await _form(reader, headers) if found[1] == "POST" else {}
    return Request(found[1], path, _fields(query), form, headers, peer)


async def _form(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> dict[str, str]:
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit() and len(length) < 10):
        raise Bad(400)
    if int(length) > BODY:
        raise Bad(413)
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Bad(400)
    async with asyncio.timeout(SOON):
        return _fields((await reader.readexactly(int(length))).decode("latin-1"))


def _fields(text: str) -> dict[str, str]:
    try:
        found = parse_qs(text, max_num_fields=FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise Bad(400) from None
    return {name: values[0] for name, values in found.items()}


def render(answer: Answer, *, bare: bool = False) -> bytes:
    """The bytes of an answer; ``bare`` without its body."""
    body = answer.body.encode(errors="replace")
    head = [f"HTTP/1.1 {answer.status} {REASONS[answer.status]}", f"Content-Type: {answer.kind}"]
    head += [f"Content-Length: {len(body)}", *HEADERS, *answer.headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + (b"" if bare else body)
