"""What befell many homes at once, and the month by building. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.history.entries import Said
from gateway.history.hours import Span

Row = Mapping[str, Any]
SUMS = ("alerts_emergency", "alerts_urgent", "alerts_warning", "alerts_notice", "answered", "visits", "visits_false")


def wide(entries: Sequence[Said], span: Span) -> list[dict[str, Any]]:
    """The incidents of many homes that began within a span of gateway time: when, which rule, where, which homes."""
    alerts: dict[str, tuple[str, str]] = {}
    """Alert -> its home, its incident."""
    found: dict[str, dict[str, Any]] = {}
    for said in entries:
        kind, alert = said["kind"], str(said.get("alert") or "")
        if kind == "alert" and said.get("change") == 1:
            alerts[alert] = (str(said.get("home") or ""), str(said.get("incident") or alert))
            _join(found, *alerts[alert])
        elif kind == "joined" and alert in alerts:
            alerts[alert] = (alerts[alert][0], str(said.get("incident")))
            _join(found, *alerts[alert])
        elif kind == "merged":
            name = str(said.get("incident"))
            told = {key: said.get(key) for key in ("at", "rule", "building")}
            found[name] = {**told, "incident": name, "homes": list(map(str, said.get("homes") or ()))}
    return [one for one in found.values() if one["rule"] and span[0] <= float(one["at"]) < span[1]]


def _join(found: dict[str, dict[str, Any]], home: str, incident: str) -> None:
    if incident in found and home not in found[incident]["homes"]:
        found[incident]["homes"].append(home)


def buildings(rows: Iterable[Row], many: Iterable[Row]) -> list[dict[str, Any]]:
    """Building -> the figures of its homes together, by its name; none where the site names no building."""
    mine: dict[str, list[Row]] = {}
    for row in rows:
        if row["home"]:
            mine.setdefault(row["building"], []).append(row)
    if not any(mine):
        return []
    befell = [one["building"] for one in many]
    return [
        {
            "building": name,
            "homes": len(some),
            **{key: sum(row[key] for row in some) for key in SUMS},
            "covered": share(some),
            "wide": befell.count(name),
        }
        for name, some in sorted(mine.items())
    ]


def share(rows: Iterable[Row]) -> float | None:
    """The share of all these homes' hours in which they were protected; each by the hours in which it was there."""
    known = [row for row in rows if row["covered"] is not None]
    hours = sum(row["hours"] for row in known)
    return round(sum(row["covered"] * row["hours"] for row in known) / hours, 6) if hours else None
