"""Which third parties' drivers are installed, by the entry-point group ``anju.drivers``; loading one runs its code.

[project.entry-points."anju.drivers"]
thermo = "acme_thermo:DRIVER"
"""

from collections.abc import Mapping
from importlib import metadata
from typing import Final, NamedTuple

from drivers.driver import Driver

GROUP: Final = "anju.drivers"


class NoDriver(Exception):
    """There is no such driver, or it can't be loaded; the text says why."""


class Entry(NamedTuple):
    """A driver that some package brings."""

    name: str
    package: str
    """Name and version."""
    point: metadata.EntryPoint


def installed() -> Mapping[str, Entry]:
    """Name -> entry; of two packages with the same name the first one counts. Runs no code of theirs."""
    found: dict[str, Entry] = {}
    for point in metadata.entry_points(group=GROUP):
        package = f"{point.dist.name} {point.dist.version}" if point.dist else "?"
        found.setdefault(point.name, Entry(point.name, package, point))
    return found


def load(name: str) -> Driver:
    """Import a driver; raises NoDriver, whatever its code does short of ending the process."""
    entry = installed().get(name)
    if entry is None:
        raise NoDriver("no package brings it")
    try:
        driver = entry.point.load()
    except Exception as error:
        raise NoDriver(f"{entry.package} can't be imported: {type(error).__name__}: {error}") from error
    if not isinstance(driver, Driver):
        raise NoDriver(f"{entry.package}: {entry.point.value} is no drivers.driver.Driver")
    if driver.name != name:
        raise NoDriver(f'{entry.package}: the driver calls itself "{driver.name}", its entry point "{name}"')
    return driver
