"""Access: who may do what. The one place that says so, for the control socket, the platform's commands and links.

Whoever is registered at the site has the roles it gives them; of others the way they came by vouches for the role.
"""

from collections.abc import Collection, Mapping

from gateway.ladder.acts import Act, Refused
from gateway.ladder.people import Directory
from gateway.ladder.words import Role

ALL: frozenset[Role] = frozenset({"resident", "carer", "neighbour", "property", "installer", "duty"})
_HELPERS: frozenset[Role] = frozenset({"carer", "neighbour", "property", "duty"})
_STAFF: frozenset[Role] = frozenset({"property", "duty"})

MAY: Mapping[str, frozenset[Role]] = {
    "acknowledge": ALL - {"installer"},
    "reset": frozenset({"carer", "property", "installer", "duty"}),
    "hush": ALL,
    "silence": frozenset({"carer", "property", "installer", "duty"}),
    "confirm": frozenset({"carer", "property", "duty"}),
    "unsilence": ALL,
    "assign": frozenset({"carer", "property", "duty"}),
    "note": ALL,
    "visit": _HELPERS | {"installer"},
    "fine": frozenset({"resident", "carer", "neighbour", "property", "duty"}),
    "walk-test": frozenset({"property", "installer", "duty"}),
    "home-reset": _STAFF,
    "test": frozenset({"property", "installer", "duty"}),
    "look": ALL,
    "open-valve": frozenset({"resident", "carer", "property", "installer"}),
    "mode": ALL - {"neighbour"},
}
"""Verb -> the roles that may. A resident can't reset an alarm: who is confused, or forced, must not end the help."""
UNKNOWN: Role = "duty"
"""The role of an actor whom the site doesn't know and for whom nobody named one: a platform's desk."""


def roles_of(actor: str, claimed: str, homes: Collection[str], directory: Directory) -> frozenset[str]:
    """The roles in which somebody acts on these homes: what they are to each of them; empty for nothing.

    A registered person has those of the site, whatever is claimed for them. A claim of the way by which the act came
    (a socket with file permissions, the platform) holds for others.
    """
    if actor not in directory.people:
        return frozenset({claimed or UNKNOWN})
    roles = [directory.role_at(actor, home) for home in homes or ("",)]
    return frozenset(roles[:1]) if roles[0] and all(role == roles[0] for role in roles) else frozenset()


def proven(act: Act, directory: Directory) -> str:
    """The person who did this beyond their own word, "" where there is no more than that. An act with a code is its
    addressee's: the code went to them by a channel of theirs."""
    if act.code:
        return act.actor
    way, _, name = act.proof.removeprefix("remote ").partition(" ")
    if way == "socket":
        return directory.logins.get(name, "")
    return act.actor if way == "platform" and name in directory.vouching else ""


def may(verb: str, roles: Collection[str]) -> bool:
    """Whether one of these roles may do this."""
    return any(role in MAY.get(verb, ()) for role in roles)


def check(act: Act, homes: Collection[str], directory: Directory) -> frozenset[str]:
    """The roles in which the actor does it; raises Refused when none of them may."""
    roles = roles_of(act.actor, act.role, homes, directory)
    if not may(act.verb, roles):
        what = ", ".join(sorted(roles)) or "not in the same role in all homes that this is about"
        allowed = ", ".join(sorted(MAY.get(act.verb, ())))
        raise Refused(f"{act.actor} ({what}) may not {act.verb}; allowed: {allowed}", act.act_id, act.correlation)
    return roles
