"""Budget: how many messages one addressee gets, so that what comes can still be read."""

from typing import Any, NamedTuple

from gateway.ladder.page import Kind, News

BURST = 5.0
"""Messages of one sort that may come at once."""
REST, CALLS, NEWS, URGENT = range(4)
"""Sorts: of emergencies what calls somebody, and what follows, which must never take its place; what calls somebody to
a home and is urgent: who may be lying on the floor must not wait behind troubles; and the rest."""
EVERY = (300.0, 10.0, 30.0, 60.0)
"""Seconds in which one more of a sort is allowed."""
FIRST = (CALLS, URGENT, NEWS, REST)
"""Which allowance a list takes from that holds several sorts."""


def sort_of(kind: Kind, severity: str, *, at_home: bool) -> int:
    """Which allowance a message takes from; ``at_home``: it is about a home, and not about the gateway alone."""
    if severity == "emergency":
        return NEWS if kind == "follow-up" else CALLS
    return URGENT if severity == "urgent" and at_home and kind != "follow-up" else REST


class Held(NamedTuple):
    """Something that waits for its addressee."""

    incident: str
    kind: Kind
    step: str
    sort: int
    """Which allowance it waits for."""
    once: bool
    news: tuple[News, str, str] | None
    by: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """Of one incident the newest of a kind, and of each piece of news, is enough."""
        return self.incident, self.kind, self.news[0] if self.news else ""


class Budget:
    """The allowances and what waits for them."""

    __slots__ = ("_left", "_when", "due", "held")

    def __init__(self) -> None:
        self._left = [BURST] * len(EVERY)
        self._when = [0.0] * len(EVERY)
        self.held: dict[tuple[str, str, str], Held] = {}
        """By their keys, in the order in which they came."""
        self.due: float | None = None

    def spend(self, now: float, sort: int) -> bool:
        """Take one message off the allowance, if there is one."""
        self._fill(now)
        if self._left[sort] < 1.0 - 1e-6:
            return False
        self._left[sort] -= 1.0
        return True

    def wait(self, now: float, sort: int) -> float:
        """Seconds until the next message is allowed."""
        self._fill(now)
        return max(0.0, (1.0 - self._left[sort]) * EVERY[sort])

    def hold(self, held: Held) -> None:
        """Keep it for later."""
        self.held.pop(held.key, None)
        self.held[held.key] = held

    def _fill(self, now: float) -> None:
        for sort, every in enumerate(EVERY):
            gained = max(0.0, now - self._when[sort]) / every
            self._left[sort] = min(BURST, self._left[sort] + gained)
            self._when[sort] = now

    def row(self) -> list[object]:
        """For the checkpoint."""
        held = [[*one[:5], None if one.news is None else list(one.news), list(one.by)] for one in self.held.values()]
        return [list(self._left), list(self._when), held, self.due]

    @classmethod
    def of(cls, row: Any) -> "Budget":
        """From the checkpoint, also one that knew fewer sorts; raises ValueError or TypeError for anything else."""
        left, when, held, due = row
        made = cls()
        if not len(left) == len(when) in range(2, len(EVERY) + 1):
            raise ValueError("no budget")
        made._left[: len(left)], made._when[: len(when)] = map(float, left), map(float, when)
        for incident, kind, step, sort, once, news, by in held:
            if sort not in range(len(EVERY)):
                raise ValueError("no budget")
            sort = NEWS if sort is True and kind == "follow-up" else int(sort)  # once it was: about an emergency
            told = None if news is None else tuple(news)
            made.hold(Held(str(incident), kind, str(step), sort, once is True, told, tuple(by)))
        made.due = None if due is None else float(due)
        return made
