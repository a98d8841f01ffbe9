"""All that apprise knows: SMS, WeCom, DingTalk, Feishu, Telegram and a hundred more; blocking, in threads.

apprise runs in a process of its own, started with the first message (0.5 s here): it and a hundred services' code know
no end of a talk, read answers of any size, and cost 30 MB. One that takes too long is killed; one is kept for the next
message. Nothing secret stands in its arguments or its environment.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from gateway.people import dial
from gateway.people.letter import Letter
from gateway.people.secret import Refused, secret
from gateway.site import Channel

_PROGRAM = Path(__file__).with_name("chatter.py")
LONGEST = 4_096
"""Bytes of its answer."""
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV", "PYTHONPATH", "SSL_CERT_FILE")
"""Variables that it gets, those that name a proxy beside them; passwords of the gateway may stand in others."""


class Chatter:
    """One life of the process."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        # -P: the folder of that program is no place to import from, its neighbours are called mail and secret
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )

    @property
    def ended(self) -> bool:
        """Whether it is no more."""
        return self._process.poll() is not None

    def ask(self, said: dict[str, str]) -> dict[str, str]:
        """Its answer to one message; raises OSError, and is of no more use then."""
        timer = threading.Timer(dial.WHOLE, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(said).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline(LONGEST)
            answer = json.loads(line)
        except ValueError as error:
            raise OSError(f"apprise ended, or took longer than {dial.WHOLE:.0f} s") from error
        finally:
            timer.cancel()
        if not isinstance(answer, dict):
            raise OSError("apprise says nonsense")
        return {str(key): str(value) for key, value in answer.items()}

    def end(self) -> None:
        """No more of it."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key in KEPT or key.lower().endswith("_proxy")}


_idle: list[Chatter] = []
"""One at the most that waits for the next message."""
_lock = threading.Lock()


@atexit.register
def _end_with_us() -> None:
    while _idle:
        _idle.pop().end()


def send(channel: Channel, letter: Letter, address: str) -> None:
    """Hand one letter to the service of the channel's URL; raises Refused or OSError."""
    url = secret(channel).replace("{to}", quote(address, safe=""))
    loud = "yes" if letter.severity in ("emergency", "urgent") else ""
    with _lock:
        kept = _idle.pop() if _idle else None
    if kept is not None and kept.ended:
        kept.end()
        kept = None
    chatter = kept or Chatter()
    try:
        answer = chatter.ask({"url": url, "body": letter.text, "title": letter.subject, "loud": loud})
    except BaseException:
        chatter.end()
        raise
    with _lock:
        _idle.append(chatter)
        surplus = _idle[1:]
        del _idle[1:]
    for one in surplus:
        one.end()
    if answer.get("refused"):
        raise Refused(answer["refused"])
    if answer.get("failed"):
        raise OSError(answer["failed"])
