"""The hours of one home: when it was there and when it was not protected, by the entries of the record. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.history.entries import Said

Span = tuple[float, float]
"""From and to, in gateway seconds."""
GAP = "gateway-off"
"""The cause of the time in which the gateway did not listen."""


class Bare(NamedTuple):
    """Some time in which a home was not protected, and why."""

    rule: str
    device: str
    span: Span


class Hours:
    """What the entries of kind ``home`` say of one home, one after the other."""

    def __init__(self) -> None:
        self._known: list[Span] = []
        self._bare: list[Bare] = []
        self._here: float | None = None
        self._open: dict[str, tuple[str, str, float]] = {}

    def take(self, said: Said, at: float) -> None:
        """One entry: from now on these causes are open."""
        why = said.get("why")
        causes = {str(key): (str(rule), str(device), float(at)) for key, rule, device, at in why or ()}
        for key in [key for key in self._open if key not in causes]:
            rule, device, since = self._open.pop(key)
            self._bare.append(Bare(rule, device, (since, at)))
        for key, cause in causes.items():
            self._open.setdefault(key, cause)
        if self._here is None and said.get("present"):
            self._here = at
        elif self._here is not None and not said.get("present"):
            self._known.append((self._here, at))
            self._here = None

    def ended(self, now: float) -> tuple[list[Span], list[Bare]]:
        """When it was known, and when it was bare, up to now."""
        here = [] if self._here is None else [(self._here, now)]
        still = [Bare(rule, device, (since, now)) for rule, device, since in self._open.values()]
        return [*self._known, *here], [*self._bare, *still]


def union(spans: Iterable[Span]) -> list[Span]:
    """Spans without their overlaps, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def within(spans: Iterable[Span], bounds: Iterable[Span]) -> list[Span]:
    """What of these spans lies in those, without overlaps, in order."""
    inside, limits = union(spans), union(bounds)
    both = [(max(one[0], other[0]), min(one[1], other[1])) for one in inside for other in limits]
    return [span for span in both if span[0] < span[1]]


def length(spans: Iterable[Span]) -> float:
    """Their seconds; of spans without overlaps."""
    return sum(end - start for start, end in spans)
