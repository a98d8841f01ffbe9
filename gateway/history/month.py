"""One month of a gateway by home: alerts, answers, visits, false visits, coverage, batteries due."""

from collections import Counter
from collections.abc import Iterable, Sequence
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
    """By severity; those of walk-tests are none."""
    rules: Counter[str] = field(default_factory=Counter)
    tests: int = 0
    """Alarms of walk-tests."""
    answers: list[float] = field(default_factory=list)
    """Seconds from the alert to the first answer that ended its ladder."""
    visits: Counter[str] = field(default_factory=Counter)
    """By what was found: real, false, test."""
    known: list[Span] = field(default_factory=list)
    """When the site named this home, within the month and as far as the record goes."""
    bare: list[Span] = field(default_factory=list)
    """When it was not protected as it should be."""
    batteries: dict[str, float] = field(default_factory=dict)
    """Device -> since when its battery is due (gateway seconds)."""

    @property
    def seconds(self) -> float:
        """Of the month, as far as the gateway knows it."""
        return length(self.known)

    @property
    def covered(self) -> float:
        """Share of that time in which it was protected, 0 … 1."""
        return 1.0 - length(within(self.bare, self.known)) / self.seconds if self.seconds else 0.0

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
            "tests": self.tests,
            "answered": len(self.answers),
            "answer_s": None if self.answer_s is None else round(self.answer_s, 1),
            "visits": sum(self.visits.values()),
            "visits_false": self.visits["false"],
            "covered": round(self.covered, 4) if self.home and self.seconds else None,
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


def figures(entries: Sequence[Said], span: Span, now: float, homes: Sequence[str]) -> dict[str, Figures]:
    """Home -> its figures. ``span`` and ``now`` in gateway seconds; ``entries`` go on to now.

    What is told of a home after the month counts as well: a sensor that was silent is known to have been so only later.
    """
    end = min(span[1], now)
    found = {home: Figures(home) for home in ("", *homes)}
    began: dict[str, tuple[float, str]] = {}
    """Incident or alert -> when it began, and in which home."""
    due: dict[str, tuple[float, str, str]] = {}
    down: list[Span] = []
    standings = {home: Standing() for home in homes}
    for said in entries:
        at, kind = float(said["at"]), said["kind"]
        inside = span[0] <= at < span[1]
        if kind == "alert":
            _alert(said, at, inside, found, began)
            if at < span[1]:
                _battery(said, at, due)
        elif kind == "home" and said.get("home") in standings:
            standings[said["home"]].take(said, at)
        elif kind == "answered" and inside:
            _answered(said, at, found, began)
        elif kind == "act" and inside and said.get("verb") == "visit" and not said.get("refused"):
            _visited(said, found, began)
        elif kind in ("boot", "deaf"):
            away = said.get("downtime" if kind == "boot" else "seconds")
            down += [(at - float(away), at)] if isinstance(away, int | float) else []
    if entries:
        found[""].known = within([(float(entries[0]["at"]), end)], [(span[0], end)])
    for home, standing in standings.items():
        known, bare = standing.ended(max(now, span[1]))
        found[home].known = within(known, [(span[0], end)])
        found[home].bare = [*bare, *down]
    for since, home, device in due.values():
        if home in found:
            found[home].batteries[device] = since
    return found


class Standing:
    """When one home was there, and when it was not protected, by the entries that tell of it."""

    def __init__(self) -> None:
        self._known: list[Span] = []
        self._bare: list[Span] = []
        self._here: float | None = None
        self._open: dict[str, float] = {}

    def take(self, said: Said, at: float) -> None:
        """One entry: from now on these causes are open."""
        why = said.get("why")
        causes = {str(one[0]): float(one[3]) for one in why} if isinstance(why, list) else {}
        for key in [key for key in self._open if key not in causes]:
            self._bare.append((self._open.pop(key), at))
        for key, since in causes.items():
            self._open.setdefault(key, since)
        if self._here is None and said.get("present"):
            self._here = at
        elif self._here is not None and not said.get("present"):
            self._known.append((self._here, at))
            self._here = None

    def ended(self, now: float) -> tuple[list[Span], list[Span]]:
        """When it was known, and when it was bare, up to now."""
        here = [] if self._here is None else [(self._here, now)]
        return [*self._known, *here], [*self._bare, *((since, now) for since in self._open.values())]


def _alert(said: Said, at: float, inside: bool, found: dict[str, Figures], began: dict[str, tuple[float, str]]) -> None:
    if said.get("change") != 1:
        return
    alert, home = str(said.get("alert")), str(said.get("home") or "")
    began[alert] = (at, home)
    if said.get("incident"):
        began.setdefault(str(said["incident"]), (at, home))
    if inside and home in found and said.get("test"):
        found[home].tests += 1
    elif inside and home in found:
        found[home].alerts[str(said.get("severity"))] += 1
        found[home].rules[str(said.get("rule"))] += 1


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


def within(spans: Iterable[Span], bounds: Iterable[Span]) -> list[Span]:
    """What of these spans lies in those, without overlaps, in order."""
    inside, limits = union(spans), union(bounds)
    both = [(max(one[0], other[0]), min(one[1], other[1])) for one in inside for other in limits]
    return [span for span in both if span[0] < span[1]]


def length(spans: Iterable[Span]) -> float:
    """Their seconds; of spans without overlaps."""
    return sum(end - start for start, end in spans)
