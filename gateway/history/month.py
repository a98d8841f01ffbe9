"""One month of a gateway by home: alerts, answers, visits, false visits, coverage, batteries due."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from gateway.history.entries import Said
from gateway.history.hours import GAP, Bare, Hours, Span, length, within

MOST = 200
"""Alarms of one home that are told one by one."""
CAUSES = 5
"""Causes of a home's bare hours that are named, the longest first."""
DAY = 86_400.0
CHANGE_WITHIN = 30 * DAY
"""Seconds within which a battery is changed that its sensor calls low."""


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
    bare: list[Bare] = field(default_factory=list)
    """When it was not protected as it should be, and why."""
    batteries: dict[str, float] = field(default_factory=dict)
    """Device -> by when its battery must be changed (gateway seconds)."""
    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Each alert of severity emergency or urgent, by its id."""
    starts: int = 0
    """Of the gateway."""
    unknown: int = 0
    """Of these after a time off that nobody can know."""

    @property
    def seconds(self) -> float:
        """Of the month, as far as the gateway knows it."""
        return length(self.known)

    @property
    def covered(self) -> float:
        """Share of that time in which it was protected, 0 … 1."""
        return 1.0 - length(within([one.span for one in self.bare], self.known)) / self.seconds if self.seconds else 0.0

    def lost(self) -> list[dict[str, Any]]:
        """What took most of the time in which it was not protected; causes may overlap."""
        spans: dict[tuple[str, str], list[Span]] = {}
        for one in self.bare:
            spans.setdefault((one.rule, one.device), []).append(one.span)
        hours = {cause: length(within(mine, self.known)) / 3600 for cause, mine in spans.items()}
        longest = sorted(hours.items(), key=lambda item: (-item[1], item[0]))[:CAUSES]
        return [{"rule": rule, "device": device, "hours": round(lost, 2)} for (rule, device), lost in longest if lost]

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
            "visits_false": self.visits["false"] + self.visits["away"],
            "covered": round(self.covered, 4) if self.home and self.seconds else None,
            "hours": round(self.seconds / 3600, 2),
            "lost": self.lost() if self.home else [],
            "batteries": sorted(self.batteries),
            "batteries_due": dict(sorted(self.batteries.items())),
            "alarms": list(self.alarms.values())[:MOST],
            **({} if self.home else self._gateway()),
        }

    def _gateway(self) -> dict[str, Any]:
        """Of the gateway itself: how often it started, and for how long it did not listen."""
        away = length(within([one.span for one in self.bare], self.known))
        return {"starts": self.starts, "off_hours": round(away / 3600, 2), "off_unknown": self.unknown}


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
    tests: dict[str, Said] = {}
    """Alerts of walk-tests, as they began."""
    due: dict[str, tuple[float, str, str]] = {}
    down: list[Bare] = []
    hours = {home: Hours() for home in homes}
    for said in entries:
        at, kind = float(said["at"]), said["kind"]
        inside = span[0] <= at < span[1]
        if kind == "alert":
            _alert(said, at, inside, found, began)
            if said.get("change") == 1 and said.get("test") and inside:
                tests[str(said.get("alert"))] = said
            if at < span[1]:
                _battery(said, at, due)
        elif kind == "home" and said.get("home") in hours:
            hours[said["home"]].take(said, at)
        elif kind == "no-test" and inside:
            for one in [tests.pop(str(name)) for name in said.get("alerts") or () if str(name) in tests]:
                _no_test(one, found, began)
        elif kind == "answered" and inside:
            _answered(said, at, found, began)
        elif kind == "act" and inside and said.get("verb") == "visit" and not said.get("refused"):
            _visited(said, found, began)
        elif kind in ("boot", "deaf"):
            away = said.get("downtime" if kind == "boot" else "seconds")
            down += [Bare(GAP, "", (at - float(away), at))] if isinstance(away, int | float) else []
            found[""].starts += kind == "boot" and inside
            found[""].unknown += inside and away is None and said.get("n") != 1
    if entries:
        found[""].known = within([(float(entries[0]["at"]), end)], [(span[0], end)])
        found[""].bare = down
    for home, mine in hours.items():
        known, bare = mine.ended(max(now, span[1]))
        found[home].known = within(known, [(span[0], end)])
        found[home].bare = [*bare, *down]
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
    if inside and home in found and said.get("test"):
        found[home].tests += 1
    elif inside and home in found:
        severity, rule = str(said.get("severity")), str(said.get("rule"))
        found[home].alerts[severity] += 1
        found[home].rules[rule] += 1
        if severity in ("emergency", "urgent"):
            told = {"at": at, "alert": alert, "rule": rule, "device": str(said.get("device") or "")}
            found[home].alarms[alert] = {**told, "answer_s": None, "found": ""}


def _no_test(said: Said, found: dict[str, Figures], began: dict[str, tuple[float, str]]) -> None:
    """An alert that was taken for a test's, as it began."""
    home = str(said.get("home") or "")
    if home in found:
        found[home].tests -= 1
        _alert({**said, "test": False}, float(said["at"]), True, found, began)


def _battery(said: Said, at: float, due: dict[str, tuple[float, str, str]]) -> None:
    if str(said.get("rule")) not in ("battery-low", "battery-due"):
        return
    alert = str(said.get("alert"))
    if said.get("state") == "firing":
        days = [one[2] for one in said.get("evidence") or () if str(one[1]).startswith("battery_days")]
        by = at + (float(min(days)) * DAY if days else CHANGE_WITHIN)
        due.setdefault(alert, (by, str(said.get("home") or ""), str(said.get("device") or "")))
    else:
        due.pop(alert, None)


def _answered(said: Said, at: float, found: dict[str, Figures], began: dict[str, tuple[float, str]]) -> None:
    since, home = began.get(str(said.get("incident")), (at, "?"))
    if said.get("ends") and home in found:
        found[home].answers.append(at - since)
        alarm = found[home].alarms.get(str(said.get("incident")))
        if alarm is not None and alarm["answer_s"] is None:
            alarm["answer_s"] = round(at - since, 1)


def _visited(said: Said, found: dict[str, Figures], began: dict[str, tuple[float, str]]) -> None:
    many = said.get("incidents")
    names = [said.get("alert"), said.get("incident"), *(many if isinstance(many, list) else ())]
    home = next((began[str(name)][1] for name in names if str(name) in began), str(said.get("home") or ""))
    if home in found:
        found[home].visits[str(said.get("found"))] += 1
        for name in map(str, names):
            if name in found[home].alarms:
                found[home].alarms[name]["found"] = str(said.get("found"))
