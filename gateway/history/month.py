"""One month of a gateway by home: alerts, answers, visits, false visits, coverage, batteries due."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from gateway.history.entries import Said

Span = tuple[float, float]
"""From and to, in gateway seconds."""


@dataclass(slots=True)
class Figures:
    """What one home had in a month. ``""`` is the gateway itself."""

    home: str
    alerts: Counter[str] = field(default_factory=Counter)
    """By severity."""
    rules: Counter[str] = field(default_factory=Counter)
    answers: list[float] = field(default_factory=list)
    """Seconds from the alert to the first answer that ended its ladder."""
    visits: Counter[str] = field(default_factory=Counter)
    """By what was found: real, false, test."""
    bare: list[Span] = field(default_factory=list)
    """When it was not protected as it should be."""
    batteries: dict[str, float] = field(default_factory=dict)
    """Device -> since when its battery is due (gateway seconds)."""
    seconds: float = 0.0
    """Of the month, as far as the gateway knows it."""

    @property
    def covered(self) -> float:
        """Share of that time in which it was protected, 0 … 1."""
        return 1.0 - sum(end - start for start, end in union(self.bare)) / self.seconds if self.seconds else 0.0

    @property
    def answer_s(self) -> float | None:
        """Median seconds to the first answer."""
        return median(self.answers) if self.answers else None

    def row(self) -> dict[str, Any]:
        """For JSON and tables."""
        return {
            "home": self.home,
            **{f"alerts_{name}": self.alerts[name] for name in ("emergency", "urgent", "warning", "notice")},
            "rules": dict(sorted(self.rules.items())),
            "answered": len(self.answers),
            "answer_s": None if self.answer_s is None else round(self.answer_s, 1),
            "visits": sum(self.visits.values()),
            "visits_false": self.visits["false"],
            "covered": round(self.covered, 4) if self.home else None,
            "hours": round(self.seconds / 3600, 1),
            "batteries": sorted(self.batteries),
        }


def of(epoch: float, zone: str) -> str:
    """The civil month of a moment."""
    return datetime.fromtimestamp(epoch, ZoneInfo(zone)).strftime("%Y-%m")


def clock(epoch: float, zone: str) -> str:
    """A moment as a person in that zone reads it, to the millisecond."""
    return datetime.fromtimestamp(epoch, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def bounds(month: str, zone: str) -> Span:
    """Begin and end of a civil month, ``YYYY-MM``, in epoch seconds; raises ValueError for no month."""
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=ZoneInfo(zone))
    year, number = (begin.year + 1, 1) if begin.month == 12 else (begin.year, begin.month + 1)
    return begin.timestamp(), begin.replace(year=year, month=number).timestamp()


def figures(
    entries: Sequence[Said],
    span: Span,
    now: float,
    homes: Sequence[str],
    *,
    impairs: Callable[[str], bool],
    concerned: Callable[[Said], Iterable[str]],
) -> dict[str, Figures]:
    """Home -> its figures. ``span`` and ``now`` in gateway seconds; ``impairs`` says which rules end a protection."""
    begin, end = max(span[0], entries[0]["at"] if entries else math.inf), min(span[1], now)
    found = {home: Figures(home, seconds=max(0.0, end - begin)) for home in ("", *homes)}
    began: dict[str, tuple[float, str]] = {}
    """Incident or alert -> when it began, and in which home."""
    open_: dict[str, tuple[float, tuple[str, ...]]] = {}
    due: dict[str, tuple[float, str, str]] = {}
    for said in entries:
        at = float(said["at"])
        if at >= span[1]:
            break
        inside = at >= span[0]
        if said["kind"] == "alert":
            _alert(said, at, inside, found, began)
            _impaired(said, at, open_, found, span, impairs, concerned)
            _battery(said, at, due)
        elif said["kind"] == "answered" and inside:
            _answered(said, at, found, began)
        elif said["kind"] == "act" and inside and said.get("verb") == "visit" and not said.get("refused"):
            _visited(said, found, began)
        elif said["kind"] == "boot" and isinstance(said.get("downtime"), int | float):
            for home in homes:
                _bare(found[home], (at - float(said["downtime"]), at), (begin, end))
    for since, where in open_.values():
        for home in where:
            _bare(found[home], (since, end), (begin, end)) if home in found else None
    for since, home, device in due.values():
        if home in found:
            found[home].batteries[device] = since
    return found


def _alert(said: Said, at: float, inside: bool, found: dict[str, Figures], began: dict[str, tuple[float, str]]) -> None:
    if said.get("change") != 1:
        return
    alert, home = str(said.get("alert")), str(said.get("home") or "")
    began[alert] = (at, home)
    if said.get("incident"):
        began.setdefault(str(said["incident"]), (at, home))
    if inside and home in found:
        found[home].alerts[str(said.get("severity"))] += 1
        found[home].rules[str(said.get("rule"))] += 1


def _impaired(
    said: Said,
    at: float,
    open_: dict[str, tuple[float, tuple[str, ...]]],
    found: dict[str, Figures],
    span: Span,
    impairs: Callable[[str], bool],
    concerned: Callable[[Said], Iterable[str]],
) -> None:
    alert = str(said.get("alert"))
    if said.get("state") == "firing" and impairs(str(said.get("rule"))):
        open_.setdefault(alert, (at, tuple(concerned(said))))
    elif alert in open_ and said.get("state") != "firing":
        since, where = open_.pop(alert)
        for home in where:
            if home in found:
                _bare(found[home], (since, at), span)


def _bare(figures: Figures, span: Span, within: Span) -> None:
    start, end = max(span[0], within[0]), min(span[1], within[1])
    if start < end:
        figures.bare.append((start, end))


def _battery(said: Said, at: float, due: dict[str, tuple[float, str, str]]) -> None:
    if str(said.get("rule")) not in ("battery-low", "battery-due"):
        return
    alert = str(said.get("alert"))
    if said.get("state") == "firing":
        due.setdefault(alert, (at, str(said.get("home") or ""), str(said.get("device") or "")))
    else:
        due.pop(alert, None)


def _answered(said: Said, at: float, found: dict[str, Figures], began: dict[str, tuple[float, str]]) -> None:
    since, home = began.get(str(said.get("incident")), (at, "?"))
    if said.get("ends") and home in found:
        found[home].answers.append(at - since)


def _visited(said: Said, found: dict[str, Figures], began: dict[str, tuple[float, str]]) -> None:
    many = said.get("incidents")
    names = [said.get("alert"), said.get("incident"), *(many if isinstance(many, list) else ())]
    home = next((began[str(name)][1] for name in names if str(name) in began), str(said.get("home") or ""))
    if home in found:
        found[home].visits[str(said.get("found"))] += 1


def union(spans: Iterable[Span]) -> list[Span]:
    """Spans without their overlaps, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
