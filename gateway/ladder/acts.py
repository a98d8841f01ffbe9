"""Acts: what persons do about alerts. Pure; each act has an id of its own, and doing it twice changes nothing.

An act names its alert by the id of the alert or of its incident, or by the ``code`` of a message that told of it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal, NamedTuple, cast

from gateway.ladder.words import ROLES, Role, one_line

HUSH = 600.0
"""Seconds a siren may be hushed at the most, and by default."""
SILENCE = 8 * 3600.0
"""Seconds of a silence by default."""
WALK_TEST = 1800.0
"""Seconds of a walk-test by default."""
LONGEST = 30 * 86400.0
"""Seconds of any silence at the most, and for which a visit may find that somebody is away."""
REMEMBERED = 1_000
"""Acts remembered to tell a repetition from news."""
TEXT = 200
"""Characters of a text at the most; a note and a reason may have NOTE."""
NOTE = 2_000
FOUND = ("real", "false", "test", "away")
_SAID = frozenset({"actor", "via", "person", "what", "reason", "text"})
"""Texts that people read; the others are compared with names, or go back as they came."""


OTHER = "this act_id was another act's; nothing is done (give each act an act_id of its own)"
"""Why an act isn't done whose id was used before for something else. To answer it with that one's outcome would tell
somebody that help is on its way who was not heard."""


class Verb(NamedTuple):
    """What one verb needs. ``longest`` in seconds, with ``usual`` in its place where none is said."""

    needs: tuple[str, ...]
    """Fields that must be there; "about" stands for alert or code, "scope" for alert, device, rule or home."""
    usual: float = 0.0
    longest: float = 0.0


VERBS = {
    "acknowledge": Verb(("about",)),
    "reset": Verb(("about",)),
    "hush": Verb(("home",), HUSH, HUSH),
    "silence": Verb(("scope", "reason"), SILENCE, LONGEST),
    "confirm": Verb(("silence or code",)),
    "unsilence": Verb(("silence",)),
    "assign": Verb(("about", "person")),
    "note": Verb(("about", "text")),
    "visit": Verb(("about", "found"), 0.0, LONGEST),
    "fine": Verb(("home or about",)),
    "walk-test": Verb(("home",), WALK_TEST, 3600.0),
    "home-reset": Verb(("home", "reason")),
    "test": Verb(()),
    "look": Verb(("what",)),
    "open-valve": Verb(("home",)),
}
"""acknowledge: somebody takes it on · reset: a latched alarm whose condition is over ends · hush: the siren of a home
is quiet for a while, nothing else changes · silence: alerts of an alert, device, rule or home are nobody's concern for
a while · confirm: a second person agrees to a silence that covers life-safety · unsilence: it ends now · assign: this
person sees to it · note · visit: somebody was there and found it real, false, a
test, or nobody, who is away · fine: the resident is fine ·
walk-test: alarms of a home sound for 2 s and reach nobody; 0 seconds ends it · home-reset: what was learned of a home
is forgotten · test: a test message, to ``person`` or to all · look: somebody read what concerns residents · open-valve:
somebody who is there lets gas in again."""

_TEXTS = (
    "act_id", "verb", "actor", "role", "via", "proof", "alert", "code", "home", "device", "rule", "silence", "person",
    "found", "what", "correlation", "reason", "text",
)  # fmt: skip


class Refused(ValueError):
    """This act isn't done; the text says why, and which act it was as far as that can be read."""

    def __init__(self, why: str, act_id: str = "", correlation: str = "") -> None:
        super().__init__(why)
        self.act_id, self.correlation = act_id, correlation


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one person. An empty field wasn't said."""

    act_id: str
    verb: str
    actor: str
    """Who; may be empty where ``code`` says it."""
    role: Role | Literal[""] = ""
    via: str = ""
    """By what way, as the way itself says it."""
    proof: str = ""
    """By what way, as the gateway itself saw it: ``socket LOGIN`` of this computer, ``remote socket LOGIN`` in a
    session from another one, ``page`` or ``link`` with a code, ``platform UPLINK``; nobody can say it of themselves."""
    alert: str = ""
    """Id of an alert or of an incident."""
    code: str = ""
    """Of a message, in place of ``alert``; it says who answers, too."""
    home: str = ""
    device: str = ""
    rule: str = ""
    silence: str = ""
    """Id of a silence: the act_id that asked for it."""
    person: str = ""
    found: str = ""
    """What a visit found: real, false, test, away."""
    what: str = ""
    reason: str = ""
    text: str = ""
    seconds: float = 0.0
    life_safety: bool = False
    """A silence is to cover life-safety too; a second person must confirm it."""
    correlation: str = ""


_WAYS = ("correlation", "via", "role", "proof")


def meaning(said: Mapping[str, object]) -> str:
    """Short for what an act wants: two of the same act_id must have the same. By which way it came doesn't matter."""
    wanted = {key: value for key, value in said.items() if key not in _WAYS and value}
    return blake2b(json.dumps(wanted, sort_keys=True).encode(), digest_size=8).hexdigest()


def plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said with empty lists in place of nested ones: no act has any, and how deep a list may be before it
    can't be read depends on who reads it; a replay would read another act."""
    return {key: [] if isinstance(value, dict | list) else value for key, value in said.items()}


def opened(data: bytes, names: Iterable[str]) -> tuple[Mapping[str, Any], dict[str, str]]:
    """What somebody said, in JSON, and the texts of these names, "" where there is none; raises Refused."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused(f"not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise Refused("an act is a JSON object")
    return raw, {name: _text(name, raw.get(name, "")) for name in names}


def parse(data: bytes) -> Act:
    """An act from JSON; raises Refused with a reason a person can read."""
    raw, texts = opened(data, _TEXTS)
    whose = texts["act_id"], texts["correlation"]
    if not texts["act_id"] or not (texts["actor"] or texts["code"]):
        raise Refused("act_id and actor are needed", *whose)
    verb = VERBS.get(texts["verb"])
    if verb is None:
        raise Refused(f"verb is one of {', '.join(VERBS)}", *whose)
    if texts["role"] and texts["role"] not in ROLES:
        raise Refused(f"role is one of {', '.join(ROLES)}", *whose)
    if texts["found"] and texts["found"] not in FOUND:
        raise Refused(f"found is one of {', '.join(FOUND)}", *whose)
    seconds = _seconds(raw.get("seconds", verb.usual), verb.longest, whose)
    said = {name for name in texts if texts[name]}
    for need in verb.needs:
        if not any(_ONE_OF.get(one, {one}) & said for one in need.split(" or ")):
            options = [name for one in need.split(" or ") for name in sorted(_ONE_OF.get(one, {one}))]
            raise Refused(f"{texts['verb']} needs {' or '.join(options)}", *whose)
    role = cast("Role", texts.pop("role"))
    return Act(**texts, role=role, seconds=seconds, life_safety=raw.get("life_safety") is True)


_ONE_OF = {"about": {"alert", "code"}, "scope": {"alert", "code", "device", "rule", "home"}}


def _text(key: str, value: Any) -> str:
    longest = NOTE if key in ("reason", "text") else TEXT
    if not isinstance(value, str) or len(value) > longest:
        raise Refused(f"{key} is a text of at most {longest} characters")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Refused(f"{key} holds half a character")
    return one_line(value) if key in _SAID else value


def _seconds(value: Any, longest: float, whose: tuple[str, str]) -> float:
    if not longest:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= longest:
        raise Refused(f"seconds is a number from 0 to {longest:.0f}", *whose)
    return float(value)
