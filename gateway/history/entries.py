"""The entries of the record as JSON objects, and which of them belong to one alert."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

Said = dict[str, Any]
"""One entry: ``n``, ``at`` (gateway seconds), ``kind``, and what that kind says."""


def read(bodies: Iterable[bytes]) -> list[Said]:
    """The entries that can be read, in their order; `anju audit verify` names those that can't."""
    found = []
    for body in bodies:
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and isinstance(said.get("at"), int | float) and isinstance(said.get("kind"), str):
            found.append(said)
    return found


def names(said: Said) -> set[str]:
    """The ids of alerts and incidents that an entry is about."""
    many = said.get("incidents")
    found = {said.get("alert"), said.get("incident"), *(many if isinstance(many, list) else ())}
    return {one for one in found if isinstance(one, str) and one}


def find(entries: Sequence[Said], beginning: str) -> list[str]:
    """The ids that begin so."""
    known = {one for said in entries for one in names(said)}
    return [beginning] if beginning in known else sorted(one for one in known if one.startswith(beginning))


def about(entries: Sequence[Said], alert: str) -> list[Said]:
    """All entries of an alert or an incident: those that name it, and those of what it became part of."""
    ids = {alert}
    while True:
        more = {
            one
            for said in entries
            if said["kind"] in ("alert", "begun", "joined", "merged") and names(said) & ids
            for one in names(said)
        }
        if more <= ids:
            break
        ids |= more
    return [said for said in entries if names(said) & ids]
