"""Open: a batch before it is written, and what is promised when it is: kept by promises.py."""

from collections import Counter
from dataclasses import dataclass, field

from drivers.driver import Driver, Head
from gateway.store.message import ALARM, STATE, TELEMETRY, Message
from gateway.store.store import Batch

Answer = tuple[str, Driver, Head]
"""(port, driver, head of an alarm) of a sender that waits for our word."""
Name = tuple[str, str, int, int]
"""By which an answer is known: port, address, boot, seq. A sender that says it again waits for one answer."""


def name_of(answer: Answer) -> Name:
    """Which alarm it answers."""
    port, _, head = answer
    return port, head.address, head.boot, head.seq


@dataclass(slots=True)
class Open:
    """The open batch and what is promised when it is written."""

    batch: Batch = field(default_factory=Batch)
    fresh: list[Message] = field(default_factory=list)
    """Those of its messages that no uplink has seen yet."""
    answers: dict[Name, Answer] = field(default_factory=dict)
    given: dict[Name, Answer] = field(default_factory=dict)
    """Alarms acknowledged as volatile, to be acknowledged again when the disk has them."""
    taken: Counter[str] = field(default_factory=Counter)
    """Port -> how many of its Frames led to this, kept or not: what brought them can be acknowledged."""
    alerts: bool = False
    """An alert changed, a person said something, or there is an alarm to tell: the vital file is written too."""
    homes: set[str] = field(default_factory=set)
    """Whose alerts or modes changed."""
    since: float | None = None

    def size(self) -> int:
        """Rows to write."""
        return len(self.batch.frames) + len(self.batch.messages)

    def is_urgent(self) -> bool:
        """Whether somebody waits for it."""
        return bool(self.answers) or any(message.lane == ALARM for message in self.batch.messages)

    def add(self, newer: "Open") -> None:
        """Take in what came after this one."""
        self.batch.add(newer.batch)
        self.fresh += newer.fresh
        self.answers |= newer.answers
        self.given |= newer.given
        self.taken += newer.taken
        self.alerts = self.alerts or newer.alerts
        self.homes |= newer.homes

    def note_given(self, answer: Answer) -> None:
        """This one got a volatile word."""
        self.given[name_of(answer)] = answer

    def drop_telemetry(self) -> int:
        """Give up telemetry; returns how many messages that were."""
        before = self.size()
        self.batch.messages = [message for message in self.batch.messages if message.lane != TELEMETRY]
        self.fresh = [message for message in self.fresh if message.lane != TELEMETRY]
        return before - self.size()

    def drop_most(self, limit: int) -> int:
        """Keep half of the limit in Frames, a quarter in states, every alarm; returns how many rows were dropped."""
        batch, before = self.batch, self.size()
        states = [message for message in batch.messages if message.lane == STATE]
        batch.messages = [message for message in batch.messages if message.lane == ALARM] + states[-limit // 4 :]
        kept = set(batch.messages)
        self.fresh = [message for message in self.fresh if message in kept]
        del batch.frames[: max(0, len(batch.frames) - limit // 2)]
        return before - self.size()
