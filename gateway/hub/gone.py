"""People whom the site names no longer: that nobody can reach them is nobody's trouble. Pure."""

from drivers.reading import HEARSAY, Reading
from gateway.site import Site


def gone(before: Site | None, site: Site, at: float, n: int) -> list[Reading]:
    """For each that left with this site: no channel is missing any more. Nobody else would ever say so."""
    left = before.people.keys() - site.people.keys() if before else set()
    return [
        Reading(f"gateway:{name}", "channel_missing", "channel_missing", False, at, (HEARSAY,), n)
        for name in sorted(left)
    ]
