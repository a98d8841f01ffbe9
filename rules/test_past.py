"""All that happened to a home, and what its conditions say as TOML: helpers of test_slowly.py."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

UNSAID = 6 * 3600
"""Seconds of silence after which a device without a budget may have missed something."""
EVENTS = ("button",)
Table = dict[str, Any]
Truth = list[bool]


@dataclass(frozen=True)
class Said:
    """A reading."""

    device: str
    quantity: str
    value: Any
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """One look: at a step of time, or at a reading, a mode, a reset, a line that goes or comes back within it."""

    at: int
    mode: str
    said: Said | None = None
    reset: bool = False
    line: tuple[str, bool] | None = None
    """Device, and whether its line is down from now on."""


@dataclass
class Past:
    """All that happened. ``off`` are the spans in which the gateway did not listen."""

    moments: list[Moment] = field(default_factory=list)
    budgets: dict[str, int | None] = field(default_factory=dict)
    off: list[tuple[int, int]] = field(default_factory=list)

    def deaf(self, since: int, until: int) -> int:
        """Seconds within a span in which it did not listen."""
        return sum(max(0, min(until, end) - max(since, start)) for start, end in self.off)

    def heard(self, device: str, k: int) -> list[int]:
        """When a device itself was heard, up to a moment; it is known from the beginning on."""
        own = [one for one in self.moments[: k + 1] if one.said and one.said.device == device]
        return [0] + [one.at for one in own if one.said and "retained" not in one.said.flags]

    def silence(self, device: str, k: int) -> int:
        """Seconds since it was heard last, without those in which nobody listened."""
        last, now = self.heard(device, k)[-1], self.moments[k].at
        return now - last - self.deaf(last, now)

    def cuts(self, device: str, k: int) -> list[list[int]]:
        """[from, to] of the times in which its line was down, up to a moment; [from] of one that isn't over."""
        found: list[list[int]] = []
        for one in self.moments[: k + 1]:
            down = bool(found) and len(found[-1]) == 1
            spoke = one.said is not None and one.said.device == device and "retained" not in one.said.flags
            if one.line == (device, True) and not down:
                found.append([one.at])
            elif down and (spoke or one.line == (device, False)):
                found[-1].append(one.at)
        return found

    def is_heard(self, device: str, k: int) -> bool:
        """Is it silent for less than its budget, and its line up?"""
        cuts = self.cuts(device, k)
        return self.silence(device, k) < (self.budgets[device] or UNSAID) and not (cuts and len(cuts[-1]) == 1)

    def gaps(self, device: str, k: int) -> list[tuple[int, int]]:
        """[from, to] of the times in which it was silent for too long, or cut off, that are over by a moment."""
        times = sorted(set(self.heard(device, k)))
        cuts = [(cut[0], cut[1]) for cut in self.cuts(device, k) if len(cut) == 2]
        pauses = [(after, after - before - self.deaf(before, after)) for before, after in itertools.pairwise(times)]
        silences = [(after - silence, after) for after, silence in pauses if silence > (self.budgets[device] or UNSAID)]
        return silences + [(before + self.deaf(before, after), after) for before, after in cuts]

    def joins(self, device: str, k: int) -> int:
        """Since when it is a sensor of what it says for the first time at a moment: since the silence that ends then."""
        now = self.moments[k].at
        return min([since for since, until in self.gaps(device, k) if until == now], default=now)

    def blind(self, since: dict[str, int], start: int, k: int) -> int:
        """Seconds after ``start`` in which one of the devices had a gap; each counts from a moment on."""
        named = [(joined, gap) for device, joined in since.items() for gap in self.gaps(device, k)]
        seconds, end = 0, start
        for begin, until in sorted((max(gap[0], joined, start), gap[1]) for joined, gap in named):
            seconds += max(0, until - max(begin, end))
            end = max(end, until)
        return seconds


def value_test(table: Table) -> Callable[[Any], bool]:
    """``is``, ``above``, ``below``, ``outside``, ``inside``."""
    if "is" in table:
        return lambda value: value in (table["is"] if isinstance(table["is"], list) else [table["is"]])
    if "above" in table:
        return lambda value: not isinstance(value, str) and value > table["above"]
    if "below" in table:
        return lambda value: not isinstance(value, str) and value < table["below"]
    low, high = table["outside" if "outside" in table else "inside"]
    return lambda value: not isinstance(value, str) and (low <= value <= high) is ("inside" in table)


def parts(table: Table) -> list[Table]:
    """The conditions that a compound is made of; none of a simple one."""
    return [*table.get("any", []), *table.get("all", []), *([table["not"]] if "not" in table else [])]


def quantities(table: Table) -> set[str]:
    """The states that a condition looks at."""
    own = {table["quantity"]} if "quantity" in table else set()
    inner = [*parts(table), *([table["after"]] if "after" in table else [])]
    return own.union(*map(quantities, inner)) - set(EVENTS)


def is_event(table: Table, every: Callable[[Iterable[bool]], bool] = any) -> bool:
    """Is it over as soon as it was seen? With ``every = all``: whatever of an ``any`` made it true."""
    if "any" in table:
        return every(is_event(part, every) for part in table["any"])
    if parts(table):
        return any(is_event(part, every) for part in parts(table))
    return table.get("quantity") in EVENTS and not table.keys() & {"times", "times_below"}


def unpressed(table: Table) -> Table:
    """The same where no event comes, but before another thing in a sequence."""
    if is_event(table) and not parts(table):
        return {**table, "is": []}
    return {key: [*map(unpressed, said)] if key in ("any", "all") else said for key, said in table.items()}


def without_events(table: Table) -> Table | None:
    """What of it lasts."""
    if "any" in table:
        lasting = [part for part in map(without_events, table["any"]) if part is not None]
        return {**table, "any": lasting} if lasting else None
    return None if is_event(table, all) else table
