"""What it takes to reach an MQTT broker, for the uplinks and for sensors in the home: secret and certificates."""

import os
import ssl
from pathlib import Path
from typing import Protocol

from gateway.site import Tls


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
