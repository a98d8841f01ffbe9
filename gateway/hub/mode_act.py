"""What a person says about a home's mode: from JSON, checked like every other act.

    {"act_id": "…", "verb": "mode", "actor": "chen", "home": "flat-501", "mode": "away", "seconds": 86400}

``until`` (epoch seconds) may stand in place of ``seconds``; ``armed`` true with away and night: intruders are told of.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gateway.hub.modes import LONGEST, USUAL
from gateway.hub.said import Said
from gateway.ladder.access import check
from gateway.ladder.acts import Act, Refused, meaning, opened
from gateway.ladder.people import Directory
from gateway.site import Site
from gateway.site.people import ROLES
from rules.wall import HOME, MODES

ARMED = ("away", "night")
EXIT = {"away": 60.0, "night": 0.0}
"""Seconds to go out after arming (EN 50131-1 leaves the time to the risk; 60 s is what panels are shipped with;
both from memory, not verified)."""
_TEXTS = ("act_id", "actor", "role", "via", "home", "mode", "correlation")


class Wanted(NamedTuple):
    """What a person wants of a home's mode; ``until`` in epoch seconds, ``seconds`` for how long."""

    act_id: str
    actor: str
    role: str
    via: str
    home: str
    mode: str
    correlation: str
    seconds: float | None
    until: float | None
    armed: bool

    def meaning(self) -> str:
        """What it wants, to tell a repetition from another act under its id."""
        return meaning({"verb": "mode", **self._asdict()})


class Asked(NamedTuple):
    """What came of a person's word: ``said`` where it is to be done, ``refused`` where not."""

    home: str
    act_id: str
    correlation: str
    said: Said | None = None
    refused: str = ""
    record: Mapping[str, object] = {}
    """What the record of acts keeps of it; empty for a repetition."""
    meant: str = ""


def is_about_a_mode(data: bytes) -> bool:
    """Does a command speak of a mode? Any bytes."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("verb") == "mode"


def parse(data: bytes) -> Wanted:
    """From JSON; raises Refused with a reason a person can read."""
    raw, texts = opened(data, _TEXTS)
    whose = texts["act_id"], texts["correlation"]
    if not texts["act_id"] or not texts["actor"]:
        raise Refused("act_id and actor are needed", *whose)
    if texts["mode"] not in MODES:
        raise Refused(f"mode is one of {', '.join(MODES)}", *whose)
    if texts["role"] and texts["role"] not in ROLES:
        raise Refused(f"role is one of {', '.join(ROLES)}", *whose)
    seconds, until = (_number(key, raw, whose) for key in ("seconds", "until"))
    armed = raw.get("armed", False)
    if not isinstance(armed, bool):
        raise Refused("armed is true or false", *whose)
    if armed and texts["mode"] not in ARMED:
        raise Refused(f"a home is armed in mode {' or '.join(ARMED)}", *whose)
    return Wanted(**texts, seconds=seconds, until=until, armed=armed)


Outcome = Callable[[str, str], str | None]
"""(act_id, its meaning) -> what came of it if it was said before, else None."""


def ask(data: bytes, outcome: Outcome, site: Site, at: float, offset: float, *, synced: bool) -> Asked:
    """Read and check it. An act that has an ``outcome`` is answered, not done again."""
    try:
        wanted = parse(data)
    except Refused as error:
        return Asked("", error.act_id, error.correlation, refused=str(error))
    asked = Asked(wanted.home, wanted.act_id, wanted.correlation, meant=wanted.meaning())
    before = outcome(wanted.act_id, asked.meant)
    if before is not None:
        return asked._replace(refused=before)
    record = {"verb": "mode", **{key: value for key, value in wanted._asdict().items() if value not in ("", None)}}
    try:
        return asked._replace(said=said(wanted, site, at, offset, synced=synced), record=record)
    except Refused as error:
        return asked._replace(refused=str(error), record={**record, "refused": str(error)})


def _number(key: str, raw: Mapping[str, Any], whose: tuple[str, str]) -> float | None:
    value = raw.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise Refused(f"{key} is a number of seconds", *whose)
    return float(value)


def said(wanted: Wanted, site: Site, at: float, offset: float, *, synced: bool) -> Said:
    """What is to be believed from this moment on; raises Refused. ``offset``: epoch seconds minus gateway seconds."""
    whose = wanted.act_id, wanted.correlation
    if wanted.home not in site.homes:
        raise Refused("no such home", *whose)
    act = Act(wanted.act_id, "mode", wanted.actor, wanted.role, wanted.via, home=wanted.home)  # type: ignore[arg-type]
    try:
        check(act, [wanted.home], Directory.of(site))
    except ValueError as error:
        raise Refused(str(error), *whose) from None
    if wanted.mode == HOME:
        return Said(HOME, at, at, None, wanted.actor, wanted.via)
    seconds = USUAL[wanted.mode] if wanted.seconds is None else wanted.seconds
    if wanted.until is not None:
        if not synced:
            raise Refused("nobody set the gateway's clock: say seconds in place of until", *whose)
        seconds = wanted.until - (at + offset)
    if not 0 < seconds <= LONGEST[wanted.mode]:
        hours = LONGEST[wanted.mode] / 3600
        raise Refused(f"{wanted.mode} lasts {hours:.0f} h at the most, and never until the past", *whose)
    armed_at = at + EXIT[wanted.mode] if wanted.armed else None
    return Said(wanted.mode, at, round(at + seconds, 6), armed_at, wanted.actor, wanted.via)
