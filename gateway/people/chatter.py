"""Chatter: the process in which apprise runs. One JSON object a line: what to send, what came of it.

It stands by itself: nothing of ours is imported, so it starts soon. It ends with its standard input.
"""

import json
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

MEMORY = 512 << 20
"""Bytes of addresses: a service may answer without end."""
FIRST = "800"
"""Of all that runs here the kernel ends this first when memory is short: a message is tried again, a gateway is not."""


def send(said: dict[str, str]) -> dict[str, str]:
    """Send one message; empty where the service took it, else ``refused`` for ever or ``failed`` this time."""
    try:
        import apprise
    except ImportError:
        return {"refused": 'a channel of type "apprise" needs: pip install "anju[apprise]"'}
    service = apprise.Apprise()
    if not service.add(said["url"]):
        return {"refused": "apprise does not understand the channel's URL"}
    kind = apprise.NotifyType.FAILURE if said["loud"] else apprise.NotifyType.INFO
    if service.notify(body=said["body"], title=said["title"], notify_type=kind):
        return {}
    return {"failed": "the service did not take it"}


def main() -> None:
    """Answer line by line. What apprise prints goes nowhere: standard output is ours."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        said: dict[str, Any] = json.loads(line)
        try:
            answer = send(said)
        except Exception as error:  # of a hundred services' code, out of memory among them
            answer = {"failed": f"apprise: {type(error).__name__}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
