"""Budget: how many messages one addressee gets, so that what comes can still be read."""

from typing import Any, NamedTuple

from gateway.ladder.page import Kind, News

BURST = 5.0
"""Messages that may come at once."""
EVERY = (300.0, 30.0)
"""Seconds in which one more is allowed: of the rest, of emergencies."""


class Held(NamedTuple):
    """Something that waits for its addressee."""

    incident: str
    kind: Kind
    step: str
    loud: bool
    once: bool
    news: tuple[News, str, str] | None
    by: tuple[str, ...]


class Budget:
    """Two allowances and what waits for them."""

    __slots__ = ("_left", "_when", "due", "held")

    def __init__(self) -> None:
        self._left = [BURST, BURST]
        self._when = [0.0, 0.0]
        self.held: dict[tuple[str, str], Held] = {}
        """By incident and kind: of one incident the newest of a kind is enough."""
        self.due: float | None = None

    def spend(self, now: float, *, loud: bool) -> bool:
        """Take one message off the allowance, if there is one."""
        self._fill(now)
        if self._left[loud] < 1.0 - 1e-6:
            return False
        self._left[loud] -= 1.0
        return True

    def wait(self, now: float, *, loud: bool) -> float:
        """Seconds until the next message is allowed."""
        self._fill(now)
        return max(0.0, (1.0 - self._left[loud]) * EVERY[loud])

    def hold(self, held: Held) -> None:
        """Keep it for later."""
        self.held[held.incident, held.kind] = held

    def _fill(self, now: float) -> None:
        for loud in (0, 1):
            gained = max(0.0, now - self._when[loud]) / EVERY[loud]
            self._left[loud] = min(BURST, self._left[loud] + gained)
            self._when[loud] = now

    def row(self) -> list[object]:
        """For the checkpoint."""
        held = [[*one[:5], None if one.news is None else list(one.news), list(one.by)] for one in self.held.values()]
        return [list(self._left), list(self._when), held, self.due]

    @classmethod
    def of(cls, row: Any) -> "Budget":
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        left, when, held, due = row
        made = cls()
        made._left, made._when = [float(one) for one in left], [float(one) for one in when]
        if len(made._left) != 2 or len(made._when) != 2:
            raise ValueError("no budget")
        for incident, kind, step, loud, once, news, by in held:
            told = None if news is None else tuple(news)
            made.hold(Held(str(incident), kind, str(step), loud is True, once is True, told, tuple(by)))
        made.due = None if due is None else float(due)
        return made
