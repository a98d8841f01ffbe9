"""An estate's board and monthly report out of MQTT messages alone: what docs/mqtt.md promises to a platform.

It knows that document and nothing of the gateway. Feed it every message of ``anju/v1/#``, in whatever order they come.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

Body = Mapping[str, Any]
Span = tuple[float, float]
Cause = tuple[str, str, float]
"""Why a home is not protected: rule, device, since when (gateway seconds)."""
SEVERITIES = ("emergency", "urgent", "warning", "notice")


@dataclass
class Gateway:
    """All that one gateway said, in one life of its store."""

    epoch: str
    ids: set[str] = field(default_factory=set)
    events: list[Body] = field(default_factory=list)
    homes: dict[str, list[Body]] = field(default_factory=dict)
    """Each home's changes."""
    stands: dict[str, Body] = field(default_factory=dict)
    """Each home as it was told last, also by a broker that had kept it."""
    alerts: dict[str, Body] = field(default_factory=dict)
    """The newest change of each alert."""
    status: Body = field(default_factory=dict)

    def hear(self, kind: str, body: Body) -> None:
        """One message. What comes a second time is what came."""
        if "id" in body:
            if body["id"] in self.ids:
                return
            self.ids.add(body["id"])
        if kind in ("home", "home-whole"):
            self._hear_home(kind, body)
        elif kind == "alert" and body["n"] > self.alerts.get(body["alert"], {"n": 0})["n"]:
            self.alerts[body["alert"]] = body
        if kind not in ("home", "home-whole", "state", "meter", "whole", "reply", "answer"):
            self.events.append(body)

    def _hear_home(self, kind: str, body: Body) -> None:
        name = body["home"]
        if kind == "home":
            self.homes.setdefault(name, []).append(body)
        if body["gateway_at"] >= self.stands.get(name, {"gateway_at": 0.0})["gateway_at"]:
            self.stands[name] = body

    def of(self, kind: str) -> Iterator[Body]:
        """The events of a kind, in the order in which they happened."""
        return iter(
            sorted((one for one in self.events if one["kind"] == kind), key=lambda one: float(one["gateway_at"]))
        )

    def gaps(self) -> list[Span]:
        """When it did not listen."""
        return [(one["gateway_at"] - one["seconds"], one["gateway_at"]) for one in self.of("gap") if one["seconds"]]


class Estate:
    """Every gateway of an estate."""

    def __init__(self) -> None:
        self.gateways: dict[str, Gateway] = {}

    def hear(self, topic: str, body: Body) -> None:
        """A message, whatever it is about."""
        _, _, _, name, _ = topic.split("/", 4)
        kind = str(body.get("kind", ""))
        epoch = body["epoch"] if kind == "status" else body.get("seq", {}).get("epoch")
        known = self.gateways.setdefault(name, Gateway(epoch or ""))
        known.epoch = known.epoch or epoch or ""
        if kind == "status":
            known.status = body
        elif epoch in (None, known.epoch):
            known.hear(kind, body)

    # -- the board -----------------------------------------------------------------------------------------------------

    def is_up(self, gateway: str, now: float) -> bool:
        """Whether a gateway is connected; ``now`` in epoch seconds."""
        said = self.gateways[gateway].status
        return bool(said.get("online")) and now - float(said.get("at", 0)) <= float(said["expires_in"])

    def board(self, gateway: str) -> dict[str, Body]:
        """Home -> how it stands, of those that are there."""
        return {home: one for home, one in self.gateways[gateway].stands.items() if one["present"]}

    def open_alerts(self, gateway: str) -> set[str]:
        """The alerts that are not over."""
        return {name for name, one in self.gateways[gateway].alerts.items() if one["state"] != "resolved"}

    # -- the month -----------------------------------------------------------------------------------------------------

    def month(self, gateway: str, span: Span, now: float) -> dict[str, dict[str, Any]]:
        """Home -> its figures; ``span`` and ``now`` in gateway seconds. ``""`` is the gateway itself."""
        said = self.gateways[gateway]
        first: dict[str, Body] = {}
        for one in (*said.of("alert"), *said.of("walk-test")):  # what turned out to be no test is an alert
            if one["state"] == "firing":
                first.setdefault(one["alert"], one)
        rows: dict[str, dict[str, Any]] = {home: _empty(home) for home in ("", *said.homes)}
        for one in first.values():
            if _inside(one, span):
                _count(rows[one["home"]], one)
        for one in said.of("answered"):
            if _inside(one, span) and one["ends"] and one["incident"] in first:
                rows[first[one["incident"]]["home"]]["answers"].append(one["after_s"])
                for row in rows.values():
                    row["alarms"].get(one["incident"], {}).update(answer_s=round(one["after_s"], 1))
        for one in said.of("act"):
            if _inside(one, span) and one["verb"] == "visit":
                names = (one["alert"], one["incident"], *one["incidents"])
                row = rows[first[next(name for name in names if name in first)]["home"]]
                row["visits"].append(one["found"])
                for name in names:
                    row["alarms"].get(name, {}).update(found=one["found"])
        for one in said.alerts.values():
            if one["rule"] in ("battery-low", "battery-due") and one["state"] == "firing":
                rows[one["home"]]["batteries"].add(one["device"])
        for home, changes in said.homes.items():
            rows[home] |= _covered(changes, said.gaps(), (span[0], min(span[1], now)), now)
            rows[home]["building"] = said.stands[home]["building"]
            rows[home]["due"] = {one["device"]: one["due"] for one in said.stands[home]["batteries"]}
        return {home: _told(row) for home, row in rows.items()}

    def titles(self, gateway: str) -> dict[str, str]:
        """Home -> what people call it."""
        return {home: one["title"] for home, one in self.board(gateway).items()}

    def wide(self, gateway: str, span: Span) -> list[dict[str, Any]]:
        """What befell many homes at once: one incident, not one for each."""
        said = self.gateways[gateway]
        found = []
        for whole in said.of("merged"):
            mine = [one for one in said.of("alert") if one["incident"] == whole["incident"] and one["n"] == 1]
            homes = dict.fromkeys((*whole["homes"], *(one["home"] for one in mine)))
            told = {key: whole[key] for key in ("incident", "rule", "building", "at")}
            found += [{**told, "homes": list(homes)}] if _inside(whole, span) else []
        return found


def by_building(rows: Mapping[str, Mapping[str, Any]], wide: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Building -> its homes' figures together."""
    found: dict[str, dict[str, Any]] = {}
    for row in [row for row in rows.values() if row["home"]]:
        mine = found.setdefault(row["building"], {"homes": 0, "alerts": 0, "visits": 0, "wide": 0})
        mine["homes"] += 1
        mine["alerts"] += sum(row[f"alerts_{name}"] for name in SEVERITIES)
        mine["visits"] += row["visits"]
    for one in wide:
        found[one["building"]]["wide"] += 1
    return found


def _inside(one: Body, span: Span) -> bool:
    return span[0] <= float(one["gateway_at"]) < span[1]


def _empty(home: str) -> dict[str, Any]:
    lists: dict[str, Any] = {"answers": [], "visits": [], "batteries": set(), "rules": Counter(), "alarms": {}}
    return {"home": home, "building": "", "alerts": Counter(), "tests": 0, "due": {}, **lists}


def _count(row: dict[str, Any], alert: Body) -> None:
    if alert["kind"] == "walk-test":
        row["tests"] += 1
    else:
        row["alerts"][alert["severity"]] += 1
        row["rules"][alert["rule"]] += 1
        if alert["severity"] in ("emergency", "urgent"):
            told = {key: alert[key] for key in ("at", "alert", "rule", "device")}
            row["alarms"][alert["alert"]] = {**told, "answer_s": None, "found": ""}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "home": row["home"],
        "building": row["building"],
        "rules": dict(row["rules"]),
        "alarms": list(row["alarms"].values()),
        **{f"alerts_{name}": row["alerts"][name] for name in SEVERITIES},
        "tests": row["tests"],
        "answered": len(row["answers"]),
        "answer_s": round(median(row["answers"]), 1) if row["answers"] else None,
        "visits": len(row["visits"]),
        "visits_false": row["visits"].count("false"),
        "batteries": sorted(row["batteries"]),
        "batteries_due": row["due"],
        **{key: row.get(key) for key in ("covered", "hours", "lost")},
    }


def _covered(changes: list[Body], gaps: list[Span], within: Span, now: float) -> dict[str, Any]:
    """The share of the hours in which a home was there that it was protected."""
    open_: dict[str, Cause] = {}
    lost: list[tuple[Cause, float]] = [(("gateway-off", "", since), until) for since, until in gaps]
    known, here = list[Span](), None
    for one in sorted(changes, key=lambda one: int(one["seq"]["n"])):
        at = float(one["gateway_at"])
        causes = {why["cause"]: (why["rule"], why["device"], float(why["gateway_since"])) for why in one["why"]}
        lost += [(open_.pop(name), at) for name in set(open_) - set(causes)]
        open_ = causes | open_
        if one["present"]:
            here = at if here is None else here
        elif here is not None:
            known, here = [*known, (here, at)], None
    lost += [(cause, now) for cause in open_.values()]
    known += [] if here is None else [(here, now)]
    bare = {cause: (cause[2], until) for cause, until in lost}
    edges = sorted({edge for span in (*bare.values(), *known, within) for edge in span})
    pieces = [(a, b) for a, b in pairwise(edges) if _in((a, b), [within]) and _in((a, b), known)]
    seconds = sum(b - a for a, b in pieces)
    without = sum(b - a for a, b in pieces if _in((a, b), list(bare.values())))
    by: dict[tuple[str, str], float] = {}
    for rule, device in {cause[:2] for cause in bare}:
        mine = [span for cause, span in bare.items() if cause[:2] == (rule, device)]
        by[rule, device] = sum(b - a for a, b in pieces if _in((a, b), mine)) / 3600
    worst = sorted(by.items(), key=lambda item: (-item[1], item[0]))[:5]
    return {
        "covered": round(1 - without / seconds, 4) if seconds else None,
        "hours": seconds / 3600,
        "lost": [{"rule": rule, "device": device, "hours": hours} for (rule, device), hours in worst if hours],
    }


def _in(piece: Span, spans: list[Span]) -> bool:
    return any(a <= piece[0] and piece[1] <= b for a, b in spans)
