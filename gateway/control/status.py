"""Is this home protected now, and if not why and since when. One look at the state, as JSON.

A home is protected while each of its sensors is heard and sound, what shall sound and close follows, and nothing of it
is silenced. Lesser troubles (a low battery, a platform that isn't reached, a dead plug) stand beside: they end nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from gateway.hub.concern import bares, concerned
from gateway.hub.fold import Fold
from gateway.hub.mode_act import Wanted
from gateway.hub.standing import IMPAIRS, NO_DEVICE, SILENCED, TESTED, covers
from gateway.ladder.acts import Act
from gateway.ladder.silences import ABOUT
from gateway.site import Home
from rules.alert import Alert

LESSER = frozenset({"battery-low", "battery-due", "sensors-unsigned", "sensor-doubted", "tamper", "valve-faulty"})
"""Troubles of a device by which it still is, for now; all other troubles of the gateway's own parts are such, too."""
NOTHING_THERE = {
    "rule": NO_DEVICE,
    "title": {"zh": "没有传感器", "en": "No sensor"},
    "device": "",
    "room": "",
    "since_quality": "synced",
}
RANK = {"emergency": 0, "urgent": 1, "warning": 2, "notice": 3}

Json = Mapping[str, Any]


def is_lesser(alert: Alert) -> bool:
    """Whether it is a trouble with which a home is protected all the same."""
    own = alert.device.startswith("gateway")
    return alert.rule in LESSER or (own and alert.rule not in IMPAIRS)


def told(alert: Alert, fold: Fold) -> dict[str, Any]:
    """What a person wants to know of an open alert; ``since`` in epoch seconds."""
    site = fold.site
    device = site.devices.get(alert.device) if site else None
    rule = site.by_id.get(alert.rule) if site else None
    wall = fold.teller.dates.wall(alert.since)
    return {
        "alert": alert.id,
        "rule": alert.rule,
        "title": dict(rule.title) if rule else {},
        "advice": dict(rule.advice) if rule and rule.advice else {},
        "severity": alert.severity,
        "state": alert.state,
        "home": alert.home,
        "home_title": site.homes[alert.home].title if site and alert.home in site.homes else "",
        "room": device.room if device else "",
        "device": alert.device,
        "since": wall[0],
        "since_quality": "synced" if wall[1] else "unsynced",
    }


def answer(alert: str, fold: Fold) -> dict[str, Any]:
    """Who took it on, and until when nobody is told of it."""
    taken, incident = fold.ladders.answer(alert), fold.ladders.registry.find(alert)
    silence = fold.ladders.quiet.silences.get(incident.silence) if incident else None
    offset = fold.teller.offset
    mine = None if taken is None else {"actor": taken.actor, "via": taken.via, "at": fold.teller.dates.epoch(taken.at)}
    return {"acknowledged": mine, "silenced": round(silence.until + offset, 3) if silence else None}


def waits(act: Act | Wanted, fold: Fold) -> dict[str, bool]:
    """Of an act about a silence, that was done: whether the silence still waits for a second person."""
    if not isinstance(act, Act) or act.verb not in ("silence", "confirm"):
        return {}
    known = fold.ladders.post.codes.known.get(act.code)
    coded = known.incidents[0].removeprefix(ABOUT) if known else ""
    silence = fold.ladders.quiet.silences.get(coded or act.silence or act.act_id)
    return {"waits": silence.waits} if silence else {}


def taken(act: Act | Wanted, fold: Fold) -> dict[str, bool]:
    """Of an answer to something that is still open: whether somebody has it now. A resident's alone may end nothing."""
    if not isinstance(act, Act) or act.verb not in ("acknowledge", "fine"):
        return {}
    known = fold.ladders.post.codes.known.get(act.code)
    incident = fold.ladders.registry.find(known.incidents[0] if known else act.alert)
    return {"taken": incident.answered} if incident else {}


def raised(fold: Fold) -> list[Alert]:
    """The open alerts that were told, the gravest and oldest first."""
    alerts = [alert for alert in fold.engine.open() if alert.n]
    return sorted(alerts, key=lambda alert: (RANK[alert.severity], alert.since, alert.id))


def over(fold: Fold, homes: Collection[str]) -> list[dict[str, Any]]:
    """The alerts of these homes that ended of late, the last one first; ``at`` in epoch seconds: when it ended."""
    rules, flats = (fold.site.by_id, fold.site.homes) if fold.site else ({}, {})
    return [
        {
            "alert": alert,
            "incident": one.incident,
            "rule": one.rule,
            "title": dict(rules[one.rule].title) if one.rule in rules else {},
            "home": one.home,
            "home_title": flats[one.home].title if one.home in flats else "",
            "at": fold.teller.dates.epoch(one.at),
            "visited": one.visited,
        }
        for alert, one in reversed(list(fold.ladders.registry.past.all().items()))
        if one.home in homes
    ]


def work(fold: Fold, homes: Collection[str], *, whole: bool = True) -> list[dict[str, Any]]:
    """What is open of these homes and no alarm, each with its owner; ``whole``: what is the gateway's alone, too."""
    site, found = fold.site, []
    for alert in raised(fold) if site else ():
        mine = (site and set(concerned(alert, site)) & set(homes)) or (whole and not alert.home)
        if mine and (alert.rule in IMPAIRS or is_lesser(alert)):
            incident = fold.ladders.registry.find(alert.id)
            found.append({**told(alert, fold), "owner": (incident.assigned if incident else "") or "property"})
    return found


def home_status(home: Home, alerts: Iterable[Alert], fold: Fold, now: float) -> dict[str, Any]:
    """One home. ``alerts`` are those that concern it."""
    alerts = list(alerts)
    beside = [one for one in alerts if fold.site and one.rule in IMPAIRS and not bares(one, home.name, fold.site)]
    lesser = [told(alert, fold) for alert in alerts if is_lesser(alert) or alert in beside]
    since = fold.standing.since(home.name)
    return {
        "home": home.name,
        "title": home.title,
        "building": home.building,
        "protected": since is None,
        "since": None if since is None else fold.teller.dates.epoch(since),
        "why": _why(home.name, alerts, fold),
        "lesser": lesser + [one for grave, one in silenced(home.name, fold).values() if not grave],
        "alerts": [told(alert, fold) for alert in alerts if alert.rule not in IMPAIRS and not is_lesser(alert)],
        "devices": _devices(home.name, fold, now),
        "batteries": {
            device: round(due + fold.teller.offset, 3) for device, due in fold.standing.due(home.name).items()
        },
        "mode": _mode(home.name, fold, now),
        "vigil": _vigil(home.name, fold, now),
    }


def _why(home: str, alerts: Iterable[Alert], fold: Fold) -> list[dict[str, Any]]:
    """Why it isn't protected, the oldest first; ``since`` is when the cause began, not when it was noticed."""
    known = {alert.id: told(alert, fold) for alert in alerts if alert.rule in IMPAIRS}
    known |= {key: one for key, (_, one) in silenced(home, fold).items()}
    causes = sorted(fold.standing.homes.get(home, {}).items(), key=lambda item: (item[1].since, item[0]))
    return [
        {**known.get(key, NOTHING_THERE), "rule": cause.rule, "since": fold.teller.dates.epoch(cause.since)}
        for key, cause in causes
    ]


def silenced(home: str, fold: Fold) -> dict[str, tuple[bool, dict[str, Any]]]:
    """What somebody has silenced in a home: whether that is life-safety, and who asked for it why and until when."""
    site, offset = fold.site, fold.teller.offset
    found: dict[str, tuple[bool, dict[str, Any]]] = {}
    for one in fold.ladders.quiet.silences.values():
        if covers(one, home, site):
            device = site.devices.get(one.device) if site else None
            what = {"silence": one.id, "by": one.by, "reason": one.reason, "until": round(one.until + offset, 3)}
            since = round(one.until - one.seconds + offset, 3)
            title = {"zh": f"已静默：{one.reason}", "en": f"Silenced: {one.reason}"}
            at = {"device": one.device, "room": device.room if device else "", "since": since}
            found[one.id] = (
                one.life_safety,
                {"rule": SILENCED, "title": title, "since_quality": "synced", **at, **what},
            )
    if (test := fold.ladders.walks.tests.get(home)) is not None:
        title = {"zh": "步行测试中", "en": "Walk-test: alarms reach nobody"}
        what = {"by": test.by, "until": round(test.until + offset, 3)}
        found[TESTED] = (True, {"rule": TESTED, "title": title, "device": "", "room": "", **what})
    return found


def _vigil(home: str, fold: Fold, now: float) -> dict[str, Any] | None:
    """How the person is watched over; times in epoch seconds. None where no rule does."""
    found, offset = fold.engine.vigil(home, now), fold.teller.offset
    if found is None:
        return None
    zone = ZoneInfo(fold.site.gateway.timezone if fold.site else "UTC")
    return {
        "stage": found.stage,
        "since": fold.teller.dates.epoch(found.since),
        "asks_at": round(found.asks_at + offset, 3),
        "calls_at": round(found.calls_at + offset, 3),
        "sensors": list(found.sensors),
        "heard": list(found.heard),
        "days": round(found.days, 1),
        "awaits": list(found.awaits),
        "often": found.often,
        "words": found.words(lambda at: fold.teller.dates.local(at, zone)),
    }


def _mode(home: str, fold: Fold, now: float) -> dict[str, Any]:
    """In which mode a home is; ``until`` in epoch seconds."""
    mode = fold.modes.mode(home)
    until = None if mode.until is None else round(mode.until + fold.teller.offset, 3)
    return {"mode": mode.name, "until": until, "armed": mode.armed_at is not None and mode.armed_at <= now}


def _devices(home: str, fold: Fold, now: float) -> list[dict[str, Any]]:
    site = fold.site
    found = []
    for device in site.devices.values() if site else ():
        if device.home == home:
            heard = fold.engine.heard(device.name)
            found.append(
                {
                    "device": device.name,
                    "room": device.room,
                    "driver": device.driver,
                    "heard_s_ago": None if heard is None else round(now - heard, 1),
                    "silent_after": device.silent_after,
                }
            )
    return found


def homes(fold: Fold, now: float, chosen: Iterable[str]) -> list[dict[str, Any]]:
    """The status of these homes, in the site's order."""
    site = fold.site
    if site is None:
        return []
    mine: dict[str, list[Alert]] = {name: [] for name in chosen if name in site.homes}
    for alert in raised(fold):
        for home in concerned(alert, site):
            if home in mine:
                mine[home].append(alert)
    return [home_status(site.homes[name], alerts, fold, now) for name, alerts in mine.items()]


def strangers(fold: Fold) -> list[dict[str, Any]]:
    """Devices on lines and brokers that nobody registered; those of a radio only its port knows."""
    found = []
    for (port, address), known in fold.strangers.known.items():
        driver = fold.routes[port][1].name if port in fold.routes else ""
        found.append({"port": port.partition(":")[0], "driver": driver, "address": address, "frames": known.frames})
    return found
