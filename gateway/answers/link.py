"""Signed links: what stands in a message that leaves the home, where [answers] has a public address.

A link names one code of one message, for a day. It shows a page and changes nothing; only the button there answers, and
once: the act it makes has the link's own name.
"""

import base64
import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

LIFE = 86_400
"""Seconds for which a link is good."""
LONGEST = 200
"""Characters of a token."""


def key_of(path: Path) -> bytes:
    """The key beside the store, made when it isn't there; one that no file holds lasts as long as the process."""
    try:
        found = path.read_bytes()
        if len(found) == 32:
            return found
    except OSError:
        found = b""
    made = secrets.token_bytes(32)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(made)
    except OSError:
        return made
    return made


def sign(key: bytes, code: str, message: str, now: float) -> str:
    """The token of a link for this code; ``now`` in epoch seconds."""
    said = f"{code}.{int(now) + LIFE}.{message.rpartition('.')[2]}".encode()
    return _text(said) + "." + _text(_seal(key, said))


def opened(key: bytes, token: str, now: float) -> str:
    """The code in a token; empty for one that is forged, broken or too old."""
    said, _, seal = token.partition(".")
    try:
        content = _bytes(said)
        if len(token) > LONGEST or not hmac.compare_digest(_bytes(seal), _seal(key, content)):
            return ""
        code, until, _ = content.decode("ascii").split(".")
        return code if now <= int(until) else ""
    except ValueError:
        return ""


def _seal(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, sha256)[:16]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not text.isascii():
        raise ValueError("not a token")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
