"""Codes: four digits by which somebody answers a message, with nothing but a chat or a telephone's keys."""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, NamedTuple

FIRST, LAST = 1_000, 9_999
WRONG, AGAIN = 10, 60.0
"""Wrong codes that may be said one after the other by the same way, and seconds until one more may be."""
WAYS = 64
"""Ways whose wrong codes are remembered."""


class Answerable(NamedTuple):
    """Who answers what with a code. ``at``: when it was given out last, in gateway seconds."""

    to: str
    incidents: tuple[str, ...]
    at: float


class Codes:
    """Each addressee has one code for each thing; no two things share one while either can still be answered."""

    def __init__(self) -> None:
        self.known: dict[str, Answerable] = {}
        self._of: dict[tuple[str, tuple[str, ...]], str] = {}
        self.wrong: dict[str, float] = {}
        """Way (Act.proof) -> gateway time at which the last wrong code said there is forgotten."""

    def give(self, seed: str, to: str, incidents: tuple[str, ...], now: float) -> str:
        """The code for this addressee and these incidents; empty when all numbers are taken."""
        code = self._of.get((to, incidents)) or self._free((seed, str(now), to, *incidents))
        if code:
            self.known[code] = Answerable(to, incidents, now)
            self._of[to, incidents] = code
        return code

    def _free(self, words: Iterable[str]) -> str:
        digest = blake2b("\0".join(words).encode(), digest_size=8).digest()
        span = LAST - FIRST + 1
        start = int.from_bytes(digest, "big") % span
        numbers = (FIRST + (start + step) % span for step in range(span))
        return next((str(number) for number in numbers if str(number) not in self.known), "")

    def forget(self, before: float, is_open: Callable[[str], bool]) -> None:
        """Free the codes of what was over by then; those of what is still open stay."""
        gone = [code for code, one in self.known.items() if one.at < before and not any(map(is_open, one.incidents))]
        self._drop(gone)

    def drop(self, incidents: tuple[str, ...]) -> None:
        """What these codes were about is over."""
        self._drop([code for code, one in self.known.items() if one.incidents == incidents])

    def _drop(self, codes: Iterable[str]) -> None:
        for code in codes:
            self._of.pop((self.known[code].to, self.known[code].incidents), None)
            del self.known[code]

    def is_slow(self, way: str, now: float) -> bool:
        """Whether too many wrong codes came by this way: then not even a right one is looked at."""
        return self.wrong.get(way, now) > now + (WRONG - 1) * AGAIN

    def note_wrong(self, way: str, now: float) -> None:
        """A wrong code came by this way."""
        self.wrong = {one: until for one, until in self.wrong.items() if until > now}
        until = self.wrong.pop(way, now) + AGAIN
        self.wrong = dict(list(self.wrong.items())[1 - WAYS :]) | {way: until}

    def row(self) -> dict[str, object]:
        """For the checkpoint."""
        return {code: [one.to, list(one.incidents), one.at] for code, one in self.known.items()}

    def load(self, row: Any) -> None:
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        known = {
            str(code): Answerable(str(to), tuple(map(str, incidents)), float(at))
            for code, (to, incidents, at) in dict(row).items()
        }
        self.known = known
        self._of = {(one.to, one.incidents): code for code, one in known.items()}
