"""Homes with another name in which others live now: what was learned there is of somebody else. Pure."""

from collections.abc import Mapping

from gateway.site import Site
from gateway.site.people import AT_HOME
from rules.renamed import Alike


def moved_in(before: Site | None, site: Site, names: Mapping[str, str]) -> list[str]:
    """Homes that are called otherwise, old -> new -> the new ones that are another home, as the site has it: in another
    building, or with none of those who lived there (of a home without residents: of those who cared for it)."""
    return [] if before is None else [new for old, new in names.items() if not _same(before, old, site, new)]


def alike(before: Site | None, site: Site) -> Alike:
    """What those who live there say of a home that may be called otherwise: somebody went with its name, or all of them
    stayed; nothing where nobody lives there, or the same people belong to both."""

    def told(old: str, new: str) -> bool | None:
        if before is None:
            return None
        moved = (_of(before, old) & _of(site, new)) - _of(site, old)
        return False if not _same(before, old, site, new) else True if moved else None

    return told


def _same(before: Site, old: str, site: Site, new: str) -> bool:
    there, here = before.homes.get(old), site.homes.get(new)
    if there and here and there.building and here.building and there.building != here.building:
        return False
    lived = _of(before, old)
    return not lived or not lived.isdisjoint(_of(site, new))


def _of(site: Site, home: str) -> set[str]:
    """Its residents; where it has none, who else belongs to it."""
    mine = {name: one.role for name, one in site.people.items() if one.role in AT_HOME and home in one.homes}
    return {name for name, role in mine.items() if role == "resident"} or set(mine)
