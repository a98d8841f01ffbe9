"""What the record says of the past: one alert's timeline, one month's figures.

It is read and counted in a thread: a year of entries must hold up no alarm.
"""

import asyncio
from typing import Any

from gateway.clock import Clock
from gateway.dates import Dates
from gateway.history import entries, month
from gateway.history.timeline import timeline
from gateway.history.wide import buildings, wide
from gateway.hub.standing import Standing
from gateway.site import Site
from gateway.store import record

BEFORE = 62 * 86_400.0
"""Seconds before a month in which a trouble may have begun that still goes on in it."""
FRESH = 600.0
"""Seconds for which the coverage of this month is not counted anew."""


class Past:
    """The record of one store."""

    def __init__(self, site: Site, clock: Clock, standing: Standing, dates: Dates) -> None:
        self._site, self._clock, self._standing, self._dates = site, clock, standing, dates
        self._coverage: dict[str, float] = {}
        self._counted = -FRESH

    async def timeline(self, beginning: str, homes: list[str]) -> dict[str, Any]:
        """The moments of the one alert or incident of these homes whose id begins so; raises ValueError."""
        return await asyncio.to_thread(self._timeline, beginning, homes)

    async def report(self, name: str, homes: list[str]) -> dict[str, Any]:
        """The figures of a month, ``YYYY-MM``, for these homes and the gateway itself; raises ValueError."""
        today = [
            {"kind": "home", "home": home, "present": True, "why": [[key, *cause[:3]] for key, cause in causes.items()]}
            for home, causes in self._standing.homes.items()
        ]
        return await asyncio.to_thread(self._report, name, homes, today)

    def _entries(self, since: float = 0.0, whole: str = "") -> list[entries.Said]:
        """The entries from then on, and all of the kind ``whole``.

        Raises ValueError where there is no record, as for a store in memory.
        """
        found = asyncio.run(record.read(self._site.store.path, since, whole))
        return entries.read(entry.body for entry in found.entries)

    def _timeline(self, beginning: str, homes: list[str]) -> dict[str, Any]:
        said = self._entries()
        others = {one["alert"] for one in said if one["kind"] == "alert" and one.get("home") not in ("", *homes)}
        ids = [one for one in entries.find(said, beginning) if one not in others] if beginning else []
        incidents = {one["incident"] for one in said if one["kind"] == "begun"}
        ids = [one for one in ids if one in incidents] if len(ids) > 1 else ids
        if len(ids) != 1:
            known = ", ".join(ids[:10])
            raise ValueError(f"{beginning!r} may be each of {known}" if ids else f"there is no alert {beginning!r}")
        dates, zone = self._dates.copy(), self._site.gateway.timezone
        moments = [
            {
                "gateway_at": round(one.at, 3),
                "at": dates.epoch(one.at),
                "time": month.clock(dates.epoch(one.at), zone),
                "stage": one.stage,
                "what": one.what,
                "words": dict(one.words),
            }
            for one in timeline(entries.about(said, ids[0]))
        ]
        return {"alert": ids[0], "timezone": zone, "moments": moments}

    def _report(self, name: str, homes: list[str], today: list[entries.Said]) -> dict[str, Any]:
        dates, zone, now = self._dates.copy(), self._site.gateway.timezone, self._clock.now()
        begin, end = map(dates.gateway, month.bounds(name, zone))
        said = self._entries(begin - BEFORE, "home")
        told = {one.get("home") for one in said if one["kind"] == "home"}
        first = [{"at": said[0]["at"], **one} for one in today if said and one["home"] not in told]
        found = month.figures(  # of a home without an entry nothing has changed for as long as the record goes back
            [*first, *said],
            (begin, end),
            now,
            homes,
        )
        titles = {home: self._site.homes[home].title for home in homes}
        homes_of = {home: self._site.homes[home].building for home in homes}
        rows = [{**_walled(one.row(), dates), "building": homes_of.get(one.home, "")} for one in found.values()]
        many = [one for one in wide(said, (begin, end)) if set(one["homes"]) <= set(homes)]
        rules = {rule for row in rows for rule in row["rules"]} | {one["rule"] for row in rows for one in row["lost"]}
        rules |= {one["rule"] for one in many}
        known = self._site.by_id
        return {
            "month": name,
            "timezone": zone,
            "at": dates.epoch(now),
            "gateway_at": round(now, 3),
            "site": self._site.gateway.site,
            "gateway": self._site.gateway.id,
            "titles": titles,
            "rooms": {name: device.room for name, device in self._site.devices.items() if device.home in titles},
            "rules": {rule: dict(known[rule].title) for rule in sorted(rules) if rule in known},
            "buildings": buildings(rows, many),
            "wide": [{**one, "at": dates.epoch(one["at"])} for one in many],
            "homes": rows,
        }

    async def coverage(self) -> dict[str, float]:
        """Home -> share of this month in which it was protected; empty where there is no record."""
        now = self._clock.now()
        if now - self._counted >= FRESH:
            this = month.of(now + self._clock.offset, self._site.gateway.timezone)
            try:
                rows = (await self.report(this, list(self._site.homes)))["homes"]
            except ValueError:
                return {}
            self._coverage = {row["home"]: row["covered"] for row in rows if row["covered"] is not None}
            self._counted = now
        return self._coverage


def _walled(row: dict[str, Any], dates: Dates) -> dict[str, Any]:
    """The moments of a row in epoch seconds."""
    row["alarms"] = [{**one, "at": dates.epoch(one["at"])} for one in row["alarms"]]
    row["batteries_due"] = {device: dates.epoch(due) for device, due in row["batteries_due"].items()}
    return row
