"""How many commands are taken in: each is kept and answered, which wears the flash, so many at once, not many all day.

Whoever takes an alarm on is let in whatever else comes: answers have an allowance of their own, and within it each
alarm a small one, so that a platform that repeats itself about one alarm keeps nobody from another.
"""

from collections.abc import Mapping
from typing import Any

BURST, EVERY = 100, 5.0
"""Taken in at once, and seconds in which one more is: of questions, of answers, of all other commands."""
OF_ONE, AGAIN = 10, 60.0
"""The same, of the answers about one alarm or home."""
ANSWERS = frozenset({"acknowledge", "fine", "visit", "reset", "unsilence"})
"""Verbs by which somebody takes an alarm on, ends it, or has alarms told again."""
SUBJECTS = 256
"""Alarms and homes whose answers are counted."""


class Allowance:
    """So many at once, then one in so many seconds."""

    def __init__(self, burst: int, every: float) -> None:
        self._burst, self._every = burst, every
        self._full_at = 0.0
        """When nothing of it is used any more."""

    def wait(self, now: float) -> float:
        """Seconds until one more may come; 0: now."""
        return max(0.0, self._full_at - now - (self._burst - 1) * self._every)

    def take(self, now: float) -> None:
        """One came."""
        self._full_at = max(self._full_at, now) + self._every


class Allowances:
    """Those of one uplink."""

    def __init__(self) -> None:
        self._of = {kind: Allowance(BURST, EVERY) for kind in ("question", "answer", "command")}
        self._subjects: dict[str, Allowance] = {}

    def take(self, said: Mapping[str, Any], now: float, *, question: bool) -> float:
        """Take one in -> 0.0, or the seconds after which it may be tried again."""
        is_answer = not question and str(said.get("verb")) in ANSWERS
        wanted = [self._of["question" if question else "answer" if is_answer else "command"]]
        if is_answer:
            wanted.append(self._subject(said))
        wait = max(one.wait(now) for one in wanted)
        if not wait:
            for one in wanted:
                one.take(now)
        return wait

    def _subject(self, said: Mapping[str, Any]) -> Allowance:
        about = next((str(said[key])[:200] for key in ("alert", "code", "silence", "home") if said.get(key)), "")
        found = self._subjects.pop(about, None) or Allowance(OF_ONE, AGAIN)
        self._subjects[about] = found
        if len(self._subjects) > SUBJECTS:
            del self._subjects[next(iter(self._subjects))]
        return found
