"""Profile ``anju``: topics ``anju/v1/SITE/GATEWAY/…`` and what is said of the connection itself.

``status`` is retained and is the last will; ``home/…``, ``state/…`` and ``meter/…`` are retained; ``event`` and
``reply`` never.
"""

import json
from typing import Any, NamedTuple

VERSION = "anju/v1"
HEARTBEAT = 60
"""Seconds between two ``status`` messages."""
EXPIRES = 3 * HEARTBEAT
"""Seconds after which a platform may take silence for death."""


class Profile(NamedTuple):
    """The names of one gateway."""

    site: str
    gateway: str
    epoch: str

    def topic(self, rest: str) -> str:
        """A full topic."""
        return f"{VERSION}/{self.site}/{self.gateway}/{rest}"

    @staticmethod
    def retained(rest: str) -> bool:
        """Whether the broker keeps the last message of this topic: states are kept, events never."""
        return rest == "status" or rest.startswith(("home/", "state/", "meter/"))

    def status(self, *, online: bool, at: float | None = None, gateway_at: float = 0.0) -> bytes:
        """Body of ``status``; the last will has no time of its own, because nobody knows when it will be said."""
        said: dict[str, Any] = {"kind": "status", "online": online, "epoch": self.epoch, "expires_in": EXPIRES}
        if at is not None:
            said |= {"at": round(at, 3), "gateway_at": round(gateway_at, 3)}
        return json.dumps(said, separators=(",", ":")).encode()

    def is_somebody_else(self, body: bytes) -> bool:
        """Whether a ``status`` under our name comes from a gateway that isn't us and is up."""
        try:
            said = json.loads(body)
            return bool(said["online"]) and said["epoch"] != self.epoch
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
