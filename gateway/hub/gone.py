"""People and parts of the gateway whom the site names no longer: what is amiss with them is nobody's trouble. Pure."""

from collections.abc import Callable

from drivers.reading import HEARSAY, Reading
from gateway.site import Site
from rules.quantities import GATEWAY

Said = Callable[[str], list[Reading]]
"""Device -> what it said last."""


def gone(before: Site | None, site: Site, at: float, n: int, said: Said) -> list[Reading]:
    """For each that left with this site: nothing that it said is so any more. Nobody else would ever say so."""
    left = _parts(before) - _parts(site) if before else set()
    found = [reading for name in sorted(left) for reading in said(f"gateway:{name}")]
    amiss = [reading for reading in found if reading.quantity in GATEWAY and reading.value]
    return [reading._replace(value=False, at=at, flags=(HEARSAY,), n=n) for reading in amiss]


def _parts(site: Site) -> set[str]:
    """Who speaks of themselves, or is spoken of, as a part of the gateway."""
    return {*site.people, *site.ports, *site.uplinks, *site.outputs, *site.speakers, *site.guests}
