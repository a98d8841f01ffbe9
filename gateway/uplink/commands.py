"""What a broker tells the gateway: commands, questions, and the word of a second gateway under the same name."""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.health import report
from gateway.hub.mode_act import is_about_a_mode
from gateway.inbox import Inbox
from gateway.ladder.acts import plain
from gateway.uplink.anju import Profile
from gateway.uplink.receipts import Receipts

log = logging.getLogger(__name__)

BIGGEST = 16_384
"""Bytes of a command; more is not one of ours."""
COMMANDS = 100
"""Commands taken in at once; after that one in COMMAND seconds. Whoever gets no reply asks again."""
COMMAND = 5.0
OURS = ("socket ", "remote socket ", "page", "link")
"""How the ways begin by which somebody comes to the gateway itself."""
QUESTIONS = 20
"""Questions that wait for their answer."""


def question_in(body: bytes) -> dict[str, Any] | None:
    """A call that looks at the gateway and changes nothing; None for any other command."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and said.get("call") in CALLS else None


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
        self._busy_until = {"command": 0.0, "question": 0.0}
        """A platform that asks all the time is heard all the same when somebody takes an alarm on."""
        self.refused = 0
        """Commands that were not done because there were too many."""

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
        if retained or len(body) > BIGGEST:
            log.warning("uplink %s: a command that was retained or too long is not done", self._name)
        elif not self._has_time("question" if question_in(body) else "command"):
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # 1, 2, 4, 8 …: a flood doesn't fill the log either
                log.warning("uplink %s: too many commands, %d not done so far", self._name, self.refused)
        elif (question := question_in(body)) is not None:
            with suppress(asyncio.QueueFull):
                self.questions.put_nowait(question)
        else:
            named = self._named(body)
            self._inbox.put(Frame("mode" if is_about_a_mode(named) else "act", self._clock.now(), named))

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
        if isinstance(via, str) and via.startswith(OURS):
            said["via"] = f"platform: {via}"  # in the record, too, it must not look like a way of ours
        said["proof"] = f"platform {self._name}"
        return json.dumps(plain(said), ensure_ascii=False).encode(errors="replace")

    def _has_time(self, kind: str) -> bool:
        """Each is kept and answered, which wears the flash: many at once are done, many all day are not."""
        now = self._clock.now()
        busy = max(self._busy_until[kind], now)
        if busy > now + COMMANDS * COMMAND:
            return False
        self._busy_until[kind] = busy + COMMAND
        return True

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
