"""State: all that the gateway knows, and the site by which it goes. What changes it are Frames: see fold.py."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from drivers.driver import Driver, Memory
from gateway.hub.batteries import Batteries
from gateway.hub.modes import Modes
from gateway.hub.moved_in import alike, moved_in
from gateway.hub.routes import joined, routes
from gateway.hub.standing import Standing
from gateway.hub.strangers import Key, Strangers
from gateway.hub.teller import Teller
from gateway.ladder.ladders import Ladders
from gateway.ladder.people import Directory
from gateway.ladder.renamed import rename
from gateway.site import Device, Site, once_sound
from rules.alert import Alert
from rules.document import Mistakes
from rules.engine import Engine

_site_of = lru_cache(maxsize=4)(once_sound)
"""A Site is read once, however often its config Frame is folded."""


class State:
    """Look at the attributes; change them only through ``Fold.handle``."""

    def __init__(self, configs: dict[str, str], fallback: Site | None = None) -> None:
        self.configs = configs
        """Texts of sites by hash; a config Frame names one."""
        self._fallback = fallback
        """Stands in for a site whose text is lost, or that this version no longer reads."""
        self.keys = fallback.keys if fallback else {}
        """Device -> its secret as hex digits: never in the state, for it comes from outside the journal."""
        self.site: Site | None = None
        self.site_hash = ""
        self.routes: dict[str, tuple[str, Driver]] = {}
        """Port of a Frame, "PORT" or "PORT:DRIVER" -> (one name for both, driver)."""
        self.devices: dict[Key, Device] = {}
        """(port, address) -> a registered device."""
        self.gateway = ""
        self.n = 0
        """Number in the journal of the last Frame that was kept."""
        self.now = 0.0
        """Its gateway time, or that of a deadline after it."""
        self.ran = ("", 0.0)
        """In which start of the machine this life runs, and gateway time minus the machine's own (clock.py)."""
        self.lost: tuple[float, float] | None = None
        """When it was off for nobody knows how long, and the offset to wall time before; None: that is known."""
        self.engine = Engine("", "")
        self.standing = Standing()
        self.teller = Teller(self.standing)
        self.ladders = Ladders()
        self.ladders.setting.dates = self.teller.dates
        self.batteries = Batteries()
        self.modes = Modes()
        self.strangers = Strangers()
        self.memories: dict[Key, Memory] = {}
        """(port, address) -> what its driver remembers of it."""
        self.dirty: set[Key] = set()
        """Those of them that changed since the last checkpoint."""

    @property
    def epoch(self) -> str:
        """Which store this is: drawn at random when it was made."""
        return self.teller.epoch

    def due(self) -> float | None:
        """Gateway time of the next moment at which something happens even if nothing comes."""
        moments = [self.engine.due(), self.modes.due(), self.ladders.due()]
        return min((moment for moment in moments if moment is not None), default=None)

    def use(self, site_hash: str) -> None:
        """Take the site of that hash for the present one; the engine is told by ``configure``."""
        self.site_hash = site_hash
        self.site = site = self._read(site_hash)
        if site is None:
            return
        self.routes = routes(site)
        self.devices = {(joined(site, one.port, one.driver), one.address): one for one in site.devices.values()}
        self.strangers.register(self.devices)
        self.standing.use(site)
        self.teller.use(site)
        self.ladders.use(Directory.of(site), site.ladders, site.by_id, self.engine.civil, self.now)

    def forget(self, key: Key) -> None:
        """Nothing more is remembered of what this device said."""
        self.memories.pop(key, None)
        self.dirty.add(key)

    def _read(self, site_hash: str) -> Site | None:
        try:
            return _site_of(self.configs[site_hash])[0]
        except (KeyError, Mistakes):
            return self._fallback

    def configure(self, n: int, before: Site | None = None) -> list[Alert]:
        """Give the engine the present site's rules and devices; ``before`` is the site that this one takes the place
        of."""
        if self.site is None:
            return []
        said = alike(before, self.site)
        alerts = self.engine.configure(self.site.rules, self.site.places, self.now, n, self.site.facts, said)
        own = [(device.home, device.name) for device in self.site.devices.values()]
        names = self.engine.renamed
        others = moved_in(before, self.site, names)
        self.modes.rename({old: new for old, new in names.items() if new not in others})
        rename(self.ladders, names, others, self.now)
        for home in others:
            if not self.engine.misses(home, "away"):  # whoever is being looked for now comes first
                alerts += self.engine.forget(home, self.now)
        self.modes.use(self.site.living, own, self.engine.civil, self.engine.unheard, self.engine.misses)
        return alerts


def ran_in(said: Mapping[str, Any]) -> tuple[str, float]:
    """In which start of the machine a life ran, and how far ahead of it its time was; older versions say neither."""
    boot, ahead = said.get("ran", ["", 0.0])
    return str(boot), float(ahead)
