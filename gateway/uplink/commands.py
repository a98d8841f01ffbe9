"""What a broker tells the gateway: commands, questions, and the word of a second gateway under the same name."""

import asyncio
import json
import logging
import math
from collections import deque
from collections.abc import Mapping
from typing import Any

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.health import report
from gateway.hub.mode_act import is_about_a_mode
from gateway.inbox import Inbox
from gateway.ladder.acts import TEXT, plain
from gateway.ladder.words import one_line
from gateway.uplink.allowance import Allowances
from gateway.uplink.anju import Profile
from gateway.uplink.receipts import Receipts

log = logging.getLogger(__name__)

BIGGEST = 16_384
"""Bytes of a command; more is not one of ours."""
OURS = ("socket ", "remote socket ", "page", "link")
"""How the ways begin by which somebody comes to the gateway itself."""
QUESTIONS = 20
"""Questions that wait for their answer."""
REFUSALS = 500
"""Refusals that wait to be said; the oldest gives way."""


def read(body: bytes) -> dict[str, Any]:
    """What a command says, as far as it is read before the hub does; empty for what is no JSON object."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


CALLS = ("status", "alerts", "work", "timeline", "report")


class Commands:
    """The ear of one uplink. All that it is told is hostile."""

    def __init__(
        self, name: str, profile: Profile, inbox: Inbox, clock: Clock, receipts: Receipts | None = None
    ) -> None:
        self._receipts = receipts
        self.questions: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUESTIONS)
        """Calls of the control socket that the platform makes; they change nothing."""
        self._name, self._profile, self._inbox, self._clock = name, profile, inbox, clock
        self._topics = {profile.topic(rest): rest for rest in ("command", "status", "receipt")}
        self._twin = False
        self._allowances = Allowances()
        self.refused = 0
        """Commands that were not done because there were too many, or they were too long."""
        self._refusals: deque[bytes] = deque(maxlen=REFUSALS)
        self._has_refusals = asyncio.Event()

    def hear(self, topic: str, body: bytes, *, retained: bool) -> bool:
        """Take in one message -> whether our own status must be said again, because somebody speaks under our name."""
        rest = self._topics.get(topic)
        if rest == "status":
            return self._look_for_a_twin(body, retained=retained)
        if rest == "command":
            self._take(body, retained=retained)
        if rest == "receipt" and self._receipts is not None and not retained:
            self._receipts.hear(body)
        return False  # a broker may also send what an older session of ours had asked for

    def _take(self, body: bytes, *, retained: bool) -> None:
        if retained:
            log.warning("uplink %s: a command that was retained is not done", self._name)
            return
        if len(body) > BIGGEST:
            self._refuse({}, f"a command has at most {BIGGEST} bytes")
            return
        said = read(body)
        question = said.get("call") in CALLS
        wait = self._allowances.take(said, self._clock.now(), question=question)
        if wait:
            self._refuse(said, f"too many commands: try again in {math.ceil(wait)} s")
        elif question and self.questions.full():
            self._refuse(said, "too many questions wait for their answer: try again")
        elif question:
            self.questions.put_nowait(said)
        else:
            named = self._named(body)
            self._inbox.put(Frame("mode" if is_about_a_mode(named) else "act", self._clock.now(), named))

    def _refuse(self, said: Mapping[str, Any], why: str) -> None:
        """It is not done, and whoever sent it hears so."""
        self.refused += 1
        if self.refused & (self.refused - 1) == 0:  # 1, 2, 4, 8 …: a flood doesn't fill the log either
            log.warning("uplink %s: %d commands not done so far: %s", self._name, self.refused, why)
        texts = {key: said.get(key, "") for key in ("act_id", "call", "correlation")}
        told = {key: text[:TEXT] if isinstance(text, str) else "" for key, text in texts.items()}
        body = json.dumps({"kind": "refused", **told, "ok": False, "why": why}, ensure_ascii=False)
        self._refusals.append(body.encode(errors="replace"))
        self._has_refusals.set()

    async def refusal(self) -> bytes:
        """Wait for the next refusal that must be said: the body of a message to ``reply``."""
        while not self._refusals:
            self._has_refusals.clear()
            await self._has_refusals.wait()
        return self._refusals.popleft()

    def _named(self, body: bytes) -> bytes:
        """A platform names the way by which somebody came to it; that it came by a platform is ours to say."""
        try:
            said = json.loads(body)
        except RecursionError:
            return b""  # whoever reads it with more room would read something else
        except ValueError:
            return body
        if not isinstance(said, dict):
            return b"[]"
        via = said.get("via", "")
        if isinstance(via, str) and one_line(via).startswith(OURS):
            said["via"] = f"platform: {via}"  # in the record, too, it must not look like a way of ours
        said["proof"] = f"platform {self._name}"
        return json.dumps(plain(said), ensure_ascii=False).encode(errors="replace")

    def _look_for_a_twin(self, body: bytes, *, retained: bool) -> bool:
        """Two gateways under one name: a live status that isn't ours. Ours goes out again, so that it sees us too."""
        if not self._profile.is_somebody_else(body):
            return False
        if retained:
            log.warning("uplink %s: another gateway was up under the name %s", self._name, self._profile.gateway)
            return False
        if self._twin:
            return False
        self._twin = True
        log.error("uplink %s: another gateway uses the name %s", self._name, self._profile.gateway)
        self._inbox.put(report(self._clock.now(), "gateway", duplicate_gateway=True))
        return True
