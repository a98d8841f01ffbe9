"""Homes with another name from now on: what is remembered of one is remembered of it under its new name. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")
Alike = Callable[[str, str], bool | None]
"""(old name, new name) -> whether who lived there lives here now; None where nobody can tell."""


def untold(old: str, new: str) -> bool | None:
    """Of homes of which nothing is known but their devices."""
    return None


def renamed(before: Mapping[str, str], after: Mapping[str, str], alike: Alike = untold) -> dict[str, str]:
    """Device -> home, before and after a change of the site -> old name of a home -> its new one.

    A home has another name if all that is left of its devices is in one home that is new, and nothing of it stayed. So
    have those of a row that was numbered anew, 1 -> 2 and 2 -> 3, if each got all of the one before and nothing else;
    not where those who live there say otherwise. Where two or more changed places they have to say so: it may as well
    be that devices were mixed up.
    """
    names: dict[str, set[str]] = {}
    origins: dict[str, set[str]] = {}
    for device, home in before.items():
        if home and device in after:
            names.setdefault(home, set()).add(after[device])
            origins.setdefault(after[device], set()).add(home)
    known, now = set(before.values()), set(after.values())
    whole = {old: next(iter(new)) for old, new in names.items() if len(new) == 1}
    found = {old: new for old, new in whole.items() if old not in now}
    claims = list(found.values())
    one_by_one = {old: new for old, new in found.items() if new and new not in known and claims.count(new) == 1}
    links = {old: new for old, new in whole.items() if new not in ("", old) and len(origins[new]) == 1}
    return one_by_one | _rows(links, known, now, alike)


def _rows(links: Mapping[str, str], known: set[str], now: set[str], alike: Alike) -> dict[str, str]:
    """Of rows and rings of two homes or more, each of which went as a whole where nothing else came from, those that
    have clearly got other names."""
    found: dict[str, str] = {}
    for first in sorted(links.keys() - set(links.values())):
        row = _row(links, first)
        last = links[row[-1]]
        if len(row) > 1 and first not in now and last not in known and _agrees(row, links, alike, said=False):
            found |= {old: links[old] for old in row}
    left = links.keys() - set(links.values())
    rings = links.keys() - {old for first in left for old in _row(links, first)}
    while rings:
        ring = _row(links, min(rings))
        rings -= set(ring)
        if _agrees(ring, links, alike, said=True):
            found |= {old: links[old] for old in ring}
    return found


def _row(links: Mapping[str, str], first: str) -> list[str]:
    """The homes from this one on, each of which went where the next one was."""
    row = [first]
    while (next_one := links[row[-1]]) in links and next_one != first:
        row.append(next_one)
    return row


def _agrees(row: Iterable[str], links: Mapping[str, str], alike: Alike, *, said: bool) -> bool:
    """Does nobody who lives there say otherwise, and, where that has to be ``said``, somebody of each home that so it
    is?"""
    words = [alike(old, links[old]) for old in row]
    return all(words) if said else False not in words


def carry(table: dict[K, T], names: Mapping[K, K]) -> set[K]:
    """Give what stands under old names their new ones, all at once -> the names under which something else stands."""
    moved = {names[old]: table.pop(old) for old in [*names] if old in table}
    table |= moved
    return {*(old for old in names if names[old] in moved), *moved}
