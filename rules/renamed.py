"""Homes with another name from now on: what is remembered of one is remembered of it under its new name. Pure."""

from collections.abc import Mapping


def renamed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Device -> home, before and after a change of the site -> old name of a home -> its new one.

    A home has another name if all that is left of its devices is in one home that is new, and nothing of it stayed.
    """
    names: dict[str, set[str]] = {}
    for device, home in before.items():
        if home and device in after:
            names.setdefault(home, set()).add(after[device])
    known, now = set(before.values()), set(after.values())
    found = {old: next(iter(new)) for old, new in names.items() if len(new) == 1 and old not in now}
    claims = list(found.values())
    return {old: new for old, new in found.items() if new and new not in known and claims.count(new) == 1}
