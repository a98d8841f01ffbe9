"""Sent: one message under way to one addressee, and what is known of it."""

from dataclasses import dataclass
from typing import Any

from gateway.ladder.page import Kind, News, State
from gateway.ladder.people import Way

FINAL = frozenset({"delivered", "seen"})
"""It has arrived."""
_ORDER = ("sent", "handed", "failed", "refused", "delivered", "seen")
"""What is learnt goes up: a failure after the delivery is no news."""


@dataclass(slots=True)
class Sent:
    """``at`` and ``due`` in gateway seconds; ``due``: when the next channel is tried."""

    id: str
    to: str
    kind: Kind
    incidents: tuple[str, ...]
    step: str
    at: float
    once: bool = False
    left: tuple[Way, ...] = ()
    """Ways not tried yet."""
    by: tuple[str, ...] = ()
    news: tuple[News, str, str] | None = None
    items: tuple[tuple[str, News, str, str], ...] = ()
    """Of a digest, news of its incidents: (incident, what, who, text)."""
    replaces: str = ""
    channel: str = ""
    due: float | None = None
    state: str = "sent"

    def learn(self, state: State) -> bool:
        """A report -> whether it says more than was known."""
        if _ORDER.index(state) <= _ORDER.index(self.state):
            return False
        self.state = state
        return True

    def about(self) -> dict[str, object]:
        """What of it stands in the record: the incidents and the step."""
        if self.kind == "reminder":  # of a silence or a walk-test
            return {}
        ids: dict[str, object] = {"incident": self.incidents[0]} if len(self.incidents) == 1 else {}
        if len(self.incidents) > 1:
            ids = {"incidents": list(self.incidents)}
        return ids | ({"step": self.step} if self.step else {})

    def row(self) -> list[object]:
        """For the checkpoint."""
        return [
            self.id, self.to, self.kind, list(self.incidents), self.step, self.at, self.once,
            [list(way) for way in self.left], list(self.by), None if self.news is None else list(self.news),
            self.replaces, self.channel, self.due, self.state, [list(one) for one in self.items],
        ]  # fmt: skip

    @classmethod
    def of(cls, row: Any) -> "Sent":
        """From the checkpoint, also one without items; raises ValueError or TypeError for anything else."""
        id_, to, kind, incidents, step, at, once, left, by, news, replaces, channel, due, state, *more = row
        if state not in _ORDER:
            raise ValueError("no state")
        return cls(
            str(id_), str(to), kind, tuple(map(str, incidents)), str(step), float(at), once is True,
            tuple(Way(str(name), str(sort)) for name, sort in left), tuple(map(str, by)),
            None if news is None else (news[0], str(news[1]), str(news[2])),
            tuple((str(one), what, str(who), str(text)) for some in more for one, what, who, text in some),
            str(replaces), str(channel), None if due is None else float(due), state,
        )  # fmt: skip
