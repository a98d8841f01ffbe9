"""Dial: a connection to a server that may be anything, hung up after WHOLE seconds whatever the other end does.

A timeout of each step is none of the whole: a server that says a letter now and then would hold a place of its channel
for days, in the middle of a handshake as well.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gateway.clock import boot_time

WHOLE = 20.0
"""Seconds for the whole talk with a server."""
STEP = 8.0
"""Seconds for each step of it."""


@contextmanager
def dial(host: str, port: int, tls: bool = False) -> Iterator[socket.socket]:
    """A connected socket, by TLS with the system's authorities; raises OSError.

    At the end of the block, or of the time, it is closed for both sides.
    """
    context = ssl.create_default_context() if tls else None  # first: reading the authorities takes a while
    until = boot_time() + WHOLE
    raw = _connected(host, port, until)
    line = raw.dup()  # TLS takes the socket away from its object, this end of it stays ours
    timer = threading.Timer(max(0.0, until - boot_time()), _hang_up, (line,))
    timer.daemon = True
    timer.start()
    try:
        if context is not None:
            raw = context.wrap_socket(raw, server_hostname=host)
        yield raw
    finally:
        timer.cancel()
        _hang_up(line)
        raw.close()
        timer.join()
        line.close()


def _connected(host: str, port: int, until: float) -> socket.socket:
    """By the first address that answers; all of them together have the time of one talk."""
    failed: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        left = min(STEP, until - boot_time())
        if left <= 0:
            break
        raw = socket.socket(family, kind, protocol)
        try:
            raw.settimeout(left)
            raw.connect(address)
            raw.settimeout(STEP)
        except OSError as error:
            raw.close()
            failed = error
        else:
            return raw
    raise failed or TimeoutError("no address answers in time")


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
