"""What it takes to reach an MQTT broker, for the uplinks and for sensors in the home: secret, certificates, a limit."""

import os
import ssl
from pathlib import Path
from typing import Any, Protocol

from gateway.site import Tls

PIECE = 1 << 16
"""Bytes taken from a socket at once."""


class Reached(Protocol):
    """A part of a Site that says how a broker is reached."""

    @property
    def password_file(self) -> Path | None:
        """Where the password stands."""

    @property
    def password_env(self) -> str:
        """Or the variable that holds it."""

    @property
    def tls(self) -> Tls | None:
        """Certificates; None for a plain connection."""


def password(config: Reached) -> str | None:
    """From the file or the environment variable that the site names; never from the site itself."""
    if config.password_file is not None:
        return config.password_file.read_text(encoding="utf-8").strip()
    if config.password_env:
        return os.environ.get(config.password_env)
    return None


def tls_context(config: Reached) -> ssl.SSLContext | None:
    """Server verified against ``ca`` (else the system's), our own certificate if the site names one."""
    if config.tls is None:
        return None
    context = ssl.create_default_context(cafile=str(config.tls.ca) if config.tls.ca else None)
    if config.tls.cert is not None:
        context.load_cert_chain(config.tls.cert, config.tls.key)
    return context


class Short(bytearray):
    """A packet on its way in, of which no more than ``most`` bytes are kept."""

    most = 0

    def __iadd__(self, more: bytes) -> "Short":  # type: ignore[misc, override]
        self.extend(more[: max(0, self.most - len(self))])
        return self


def shorten(client: Any, most: int) -> None:
    """Have a paho client let go what is beyond so many bytes of a packet, while it comes.

    MQTT allows 256 MB, and 3.1.1 has no word to refuse it. The front is enough to acknowledge it; whoever reads the
    payload sees that it is too long.
    """
    read, receive = client._packet_read, client._sock_recv

    def bounded() -> Any:
        coming = client._in_packet
        if not isinstance(coming["packet"], Short):
            coming["packet"] = Short(coming["packet"])
            coming["packet"].most = most
        return read()

    client._packet_read = bounded
    client._sock_recv = lambda size: receive(min(size, PIECE))
