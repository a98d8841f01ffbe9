"""One question to a worker that lives only for it: what is your driver's card?"""

import json
from collections.abc import Iterable
from typing import Any, Final

from gateway.guests.process import LONGEST, Broke, Process

PATIENCE: Final = 10.0
"""Seconds for a driver's package to be imported and its requests to be made."""


def ask(name: str, addresses: Iterable[str]) -> dict[str, Any]:
    """A driver's card, by a worker that lives only for it; raises Broke."""
    process = Process(name)
    try:
        process.socket.settimeout(PATIENCE)
        with process.socket.makefile("rwb") as lines:
            hello = _said(lines.readline(LONGEST))
            if "broken" in hello:
                raise Broke(str(hello["broken"])[:500])
            lines.write(json.dumps({"do": "card", "addresses": list(addresses)}).encode() + b"\n")
            lines.flush()
            said = _said(lines.readline(LONGEST))
    except TimeoutError:
        raise Broke(f"it says nothing within {PATIENCE:.0f} s") from None
    except (OSError, EOFError):
        raise Broke(process.kill()) from None
    finally:
        process.kill()
    if "raised" in said or "bad" in said:
        raise Broke(str(said.get("raised") or said.get("bad")))
    return said


def _said(line: bytes) -> dict[str, Any]:
    if not line:
        raise EOFError
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise Broke("what it says is no JSON") from None
    if not isinstance(said, dict):
        raise Broke("what it says is no object")
    return said
