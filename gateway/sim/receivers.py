"""What stands at the other end of a channel: a receiver of HTTP posts (as an ntfy server is), and a mail server."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.sim.record import Record


class Post(NamedTuple):
    """One POST. ``at`` in seconds of time.monotonic(), when its first bytes had come."""

    at: float
    path: str
    token: str
    said: dict[str, Any]
    key: str = ""
    """Its Idempotency-Key."""


class Receiver:
    """A server that keeps what is posted to it; it may fail, redirect, or hang until it is let go."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.posts: Record[Post] = Record("posts")
        self.status = 200
        self.answer = b"{}"
        self.hangs = threading.Event()
        """Set: answers nobody."""
        self.let_go = threading.Event()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            at = time.monotonic()
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            key = self.headers.get("Idempotency-Key", "")
            here.posts.add(Post(at, self.path, self.headers.get("Authorization", ""), json.loads(body), key))
            if here.hangs.is_set():
                here.let_go.wait(30)
            self.send_response(here.status)
            self.send_header("Location", here.url + "/elsewhere")
            self.send_header("Content-Length", str(len(here.answer)))
            self.end_headers()
            self.wfile.write(here.answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing on stderr."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Who was hanging may be gone when it is let go."""

    server = Server(("127.0.0.1", 0), Handler)
    here = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        here.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Mail(NamedTuple):
    """One e-mail that was taken in."""

    to: tuple[str, ...]
    message: Message


class Mailbox:
    """A mail server; ``knows`` is whom it takes mail for (None: everybody)."""

    def __init__(self) -> None:
        self.mails: Record[Mail] = Record("mails")
        self.knows: set[str] | None = None
        self.port = 0
        self.hangs = threading.Event()
        """Set: has taken a mail, and doesn't say so."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Aiosmtpd asks whether this recipient is known."""
        if self.knows is not None and address not in self.knows:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Aiosmtpd hands over a mail."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.mails.add(Mail(tuple(envelope.rcpt_tos), message_from_bytes(content, policy=default)))
        while self.hangs.is_set():  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.02)
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server on a port of this machine."""
    box, loop = Mailbox(), asyncio.new_event_loop()
    serving = loop.create_server(lambda: SMTP(box, hostname="mail.local", loop=loop), "127.0.0.1", 0)
    server = loop.run_until_complete(serving)
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
