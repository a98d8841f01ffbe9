"""A month's figures as CSV for a spreadsheet and as text for a terminal; page.py prints them on paper.

``report`` is what ``anju report --json`` prints: rows of figures, and the words for the rules and homes in them.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.history.wide import share
from gateway.history.words import say
from gateway.words import Language

Row = Mapping[str, Any]
Report = Mapping[str, Any]
COLUMNS = (
    "home",
    *("alerts_emergency", "alerts_urgent", "alerts_warning", "alerts_notice"),
    *("answered", "answer_s", "visits", "visits_false", "covered", "batteries"),
)
"""Of a home's row; their words have the same names."""
FOUND = {"real": "found-real", "false": "found-false", "test": "found-test", "away": "found-away"}
"""What a visit found -> its words."""
CAUSES = {
    "gateway-off": "cause-gateway-off",
    "no-device": "cause-no-device",
    "silenced": "cause-silenced",
    "walk-test": "cause-walk-test",
}
"""Why a home wasn't protected, where no rule says it -> its words."""
COUNTED = tuple(name for name in COLUMNS if name.startswith(("alerts_", "visits", "answered")))
HOMES = ("visits", "visits_false", "covered")
"""Columns that the gateway itself has not."""


def as_csv(rows: Iterable[Row]) -> str:
    """RFC 4180, names of columns in English, so that a script reads it. A cell never begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    columns = (*COLUMNS, "building")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_plain(row.get(name)) for name in columns])
    return out.getvalue()


def _plain(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def as_text(report: Report, language: Language) -> str:
    """What happened, first of all homes together, then home by home; those without anything in one line at the end."""
    told = Told(report, language)
    lines = [say("of", language, month=report["month"]), told.about(), "", told.sums(), ""]
    lines += [*told.buildings(), *told.wide(), ""] if told.grouped else []
    for row in told.busy():
        lines.append(f"{told.home(row['home'])} ({row['home']})")
        lines += [f"    {say(key, language)}: {told.cell(key, row)}" for key in COLUMNS[1:] if told.counts(key, row)]
        lines += [f"    {told.moment(one['at'])}  {'  '.join(filter(None, told.alarm(one)))}" for one in row["alarms"]]
        lines += [f"    {told.cause(one)}: {one['hours']} {say('hours', language)}" for one in row["lost"]]
        lines += [f"    {told.place(device)}: {day}" for device, day in told.batteries(row)]
        lines.append("")
    quiet = [told.home(row["home"]) for row in told.rows if row not in told.busy()]
    lines += [say("quiet", language, homes=", ".join(quiet)), ""] if quiet else []
    return "\n".join([*lines, told.gateway(), "", say("means", language)]) + "\n"


class Told:
    """A report in the words of one language."""

    def __init__(self, report: Report, language: Language) -> None:
        self._report, self.language = report, language
        self.rows: list[Row] = [row for row in report["homes"] if row["home"]]
        self.own: Row = next((row for row in report["homes"] if not row["home"]), {})

    def about(self) -> str:
        """Of which site, and up to when."""
        report = self._report
        return say(
            "about",
            self.language,
            site=report.get("site", ""),
            gateway=report.get("gateway", ""),
            at=self.moment(report.get("at", 0.0)),
        )

    def sums(self) -> str:
        """All homes in one sentence."""
        alarms = sum(row["alerts_emergency"] + row["alerts_urgent"] for row in self.rows)
        return say(
            "sums",
            self.language,
            homes=len(self.rows),
            covered=percent(self.covered()),
            alarms=alarms,
            visits=sum(row["visits"] for row in self.rows),
            false=sum(row["visits_false"] for row in self.rows),
        )

    def covered(self) -> float | None:
        """The share of all homes' hours; each home by the hours in which it was there."""
        return share(self.rows)

    @property
    def grouped(self) -> bool:
        """Whether there is anything to say of buildings."""
        return bool(self._report.get("buildings") or self._report.get("wide"))

    def buildings(self) -> list[str]:
        """A line a building."""
        return [
            say(
                "building",
                self.language,
                building=row["building"] or say("unnamed", self.language),
                homes=row["homes"],
                covered=percent(row["covered"]),
                alarms=row["alerts_emergency"] + row["alerts_urgent"],
                visits=row["visits"],
            )
            for row in self._report.get("buildings", ())
        ]

    def wide(self) -> list[str]:
        """A line for each thing that befell many homes at once."""
        return [
            say(
                "wide",
                self.language,
                at=self.moment(one["at"]),
                what=self.rule(one["rule"]),
                building=one["building"] or say("unnamed", self.language),
                homes=len(one["homes"]),
            )
            for one in self._report.get("wide", ())
        ]

    def busy(self) -> list[Row]:
        """The homes in which anything was."""
        return [
            row
            for row in self.rows
            if any(row[name] for name in COUNTED) or row["batteries"] or row["covered"] not in (None, 1.0)
        ]

    def home(self, name: str) -> str:
        """What a home is called."""
        return str(self._report["titles"].get(name) or name or say("itself", self.language))

    def place(self, device: str) -> str:
        """Where a sensor is."""
        room = self._report.get("rooms", {}).get(device, "")
        return f"{room} ({device})" if room and room != device else device

    def rule(self, name: str) -> str:
        """What a rule or a cause is called."""
        if name in CAUSES:
            return say(CAUSES[name], self.language)
        return str(self._report.get("rules", {}).get(name, {}).get(self.language) or name)

    def cause(self, lost: Row) -> str:
        """Why a home was not protected."""
        return f"{self.rule(lost['rule'])} {self.place(lost['device'])}".strip()

    def alarm(self, one: Row) -> tuple[str, str, str, str]:
        """What it was, where, how soon it was answered, what a visit found."""
        answer = "" if one["answer_s"] is None else say("minutes", self.language, minutes=one["answer_s"] / 60)
        found = say(FOUND[one["found"]], self.language) if one["found"] in FOUND else one["found"]
        return self.rule(one["rule"]), self.place(one["device"]), answer, found

    def batteries(self, row: Row) -> list[tuple[str, str]]:
        """(device, by which day it must be changed)."""
        zone = ZoneInfo(self._report["timezone"])
        due = row["batteries_due"].items()
        days = [(name, datetime.fromtimestamp(at, zone).date().isoformat()) for name, at in due]
        return sorted(days, key=lambda item: (item[1], item[0]))

    def moment(self, epoch: float) -> str:
        """Civil time, to the minute."""
        return datetime.fromtimestamp(epoch, ZoneInfo(self._report["timezone"])).strftime("%Y-%m-%d %H:%M")

    def gateway(self) -> str:
        """What is to be said of the gateway itself."""
        own, count = self.own, self.own.get("off_unknown", 0)
        unknown = say("unknown", self.language, count=count) if count else ""
        starts, off = own.get("starts", 0), own.get("off_hours", 0.0)
        return say("gateway", self.language, starts=starts, off=off, unknown=unknown)

    def counts(self, key: str, row: Row) -> bool:
        """Whether a line about this is worth its place."""
        return key == "covered" or (key != "batteries" and bool(row[key]))

    def cell(self, key: str, row: Row) -> str:
        """One figure as a person reads it."""
        value = row[key]
        if value is None:
            return "–"
        if key == "covered":
            return percent(value)
        if key == "answer_s":
            return say("minutes", self.language, minutes=value / 60)
        return str(len(value) or "–") if isinstance(value, list) else str(value)


def percent(share: float | None) -> str:
    """Rounded down: only what was whole is 100 %."""
    return "–" if share is None else f"{math.floor(round(share * 1000, 6)) / 10:.1f} %"
