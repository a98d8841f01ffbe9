"""Reload: a changed site.toml is taken into use while the gateway runs (SIGHUP).

A file with a mistake changes nothing, says why in the log, and is a trouble until a sound one is read. What the
change doesn't touch goes on: the state of unchanged rules, lines, radios and connections.
"""

import asyncio
import json
import logging
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.reading import Frame
from drivers.shipped import shipped
from gateway.guests import cards
from gateway.guests.hosts import goes_by
from gateway.health import report
from gateway.site import Site, load, once_sound
from gateway.site.difference import differences, obstacle
from gateway.site.last import keep
from rules.document import Mistakes
from rules.sentence import Sentence, strung

if TYPE_CHECKING:
    from gateway.app import App

log = logging.getLogger(__name__)

AGAIN = (60.0, 1800.0)
"""Seconds before a driver that couldn't be had is asked again: at first, and at most."""
LETTING_GO = 5.0
"""Seconds for an output that the new site no longer names to follow; it is told again each second."""


class Reload:
    """Reads the site file again whenever it is asked to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked = asyncio.Event()
        self._app: App | None = None
        self._lives = asyncio.Event()
        self._reading = False
        self._refused = ""
        self._done = asyncio.Event()
        self.read = 0
        """How often a file was looked at."""

    def attach(self, app: "App") -> None:
        """The life that runs now."""
        self._app = app
        if not app.site.refused:
            keep(self._path, app.site)
        app.calls.reload = self.now
        self._lives.set()

    def detach(self) -> None:
        """It is over. What is asked from now on waits for the next one."""
        self._app = None
        self._lives.clear()

    def ask(self) -> None:
        """Read it again soon, or as soon as a life has begun; several at once are one."""
        self._asked.set()

    async def now(self) -> str:
        """Read it again -> why it isn't taken into use, if it isn't."""
        wanted = self.read + 1 + self._reading
        self.ask()
        while self.read < wanted:
            await self._done.wait()
        return self._refused

    async def run(self) -> None:
        """Wait for somebody to ask, for ever; now and then ask for a third party's driver that couldn't be had."""
        wait = AGAIN[0]
        while True:
            try:
                async with asyncio.timeout(wait):
                    await self._asked.wait()
                await self._lives.wait()
            except TimeoutError:
                lacks = self._app is not None and await ask_for_drivers(self._app, self._path.parent)
                wait = min(2 * wait, AGAIN[1]) if lacks else AGAIN[0]
                continue
            self._asked.clear()
            if (app := self._app) is not None:
                self._reading, self._refused = True, ""
                try:
                    await self._read(app)
                except Exception:
                    self._refused = Sentence("it could not be taken into use: the log says why")
                    raise
                finally:
                    self._reading = False
                    self.read += 1
                    self._done.set()
                    self._done = asyncio.Event()
                    if self._app is not app:  # its life ended meanwhile: the next one began by the site before, perhaps
                        self.ask()

    async def _read(self, app: "App") -> None:
        log.info("reading %s again", self._path)
        try:
            site = await asyncio.to_thread(load, self._path)
        except Mistakes as found:
            for file, line, what, remedy in found.mistakes:
                log.error("%s:%d: %s (remedy: %s)", file, line, what, remedy)
            log.error("the site file has mistakes: nothing is changed, the gateway goes on as it was")
            told = [Sentence("{file}:{line}: {what}", file=one.file, line=one.line, what=Sentence(one.what))
                    for one in found.mistakes]  # fmt: skip
            self._refused = strung(told, "{one}; {other}")
            self._tell(app, refused=True)
            return
        why = obstacle(app.site, site)
        if why:
            self._refused = Sentence("{why} (remedy: restart the service)", why=Sentence(why))
            log.error("%s (remedy: restart the service); nothing is changed, the gateway goes on as it was", why)
            self._tell(app, refused=True)
            return
        news = differences(app.site, site)
        for one in news:
            log.info("site changed: %s", one)
        if not news:
            log.info("the site file says what it said before")
        self._tell(app, refused=False)
        await take(app, site)
        await asyncio.to_thread(keep, self._path, site)

    @staticmethod
    def _tell(app: "App", *, refused: bool) -> None:
        app.use(replace(app.site, refused=refused))
        app.inbox.put(report(app.clock.now(), "gateway", site_refused=refused))


async def ask_for_drivers(app: "App", base: Path) -> bool:
    """A driver that couldn't say what it is when the site was read (a busy machine, a package that isn't there) may
    now -> whether one is still lacking. The site is that in use, not the file: somebody may be writing it."""
    lacking = {name for name, card in app.site.guests.items() if card.get("broken")}
    if not lacking:
        return False
    said = json.loads(app.site.text)
    cards.forget(broken=True)
    ours = app.site.drivers.keys() - lacking
    now = await asyncio.to_thread(cards.cards, tomllib.loads(said["site"]), ours)
    found = {name: card for name, card in now.items() if name in lacking and not card.get("broken")}
    if found:
        said["guests"] |= found
        try:
            site, _ = once_sound(json.dumps(said), base)
            await take(app, replace(site, keys=app.site.keys, refused=app.site.refused))
        except Mistakes as wrong:
            for one in wrong.mistakes:
                log.error("what %s says doesn't fit the site: %s", ", ".join(sorted(found)), one)
    return found.keys() != lacking


async def take(app: "App", site: Site) -> None:
    """Take a sound site into use: rules at once, and only those ports and uplinks anew that changed."""
    await let_go(app, site)
    old = app.site
    app.use(site)
    guests = dict(old.guests) != dict(site.guests)
    ports = ports_changed(old, site, maps=guests or old.maps != site.maps)
    uplinks = {name for name in {*old.uplinks, *site.uplinks} if old.uplinks.get(name) != site.uplinks.get(name)}
    await app.crew.stop([*(f"port {name}" for name in ports), *(f"uplink {name}" for name in uplinks)])
    await app.open_guests(anew=guests or goes_by(old) != goes_by(site))
    app.booted.fold.keys = site.keys
    app.committer.learn(site.hash, site.text)
    app.inbox.put(Frame("config", app.clock.now(), site.hash.encode()))
    for frame in app.outputs.use(site, site.drivers, app.clock.now()):
        app.inbox.put(frame)
    app.calls.use(site)
    app.people.use(site)
    app.control.use(site.control_group)
    for name in sorted(ports):
        app.open_port(name)
    for name in sorted(uplinks):
        app.open_uplink(name)


async def let_go(app: "App", site: Site) -> None:
    """Switch off what this site no longer names, while its port is still open; what doesn't follow is named."""
    until = app.clock.now() + LETTING_GO
    while app.outputs.let_go(site, app.clock.now()) and app.clock.now() < until:  # noqa: ASYNC110 - time passes
        await asyncio.sleep(0.1)


def ports_changed(old: Site, new: Site, maps: bool) -> set[str]:
    """The ports that are there no more, are new, or are other ones than before; ``maps``: maps of devices changed."""
    return {name for name in old.ports.keys() | new.ports.keys() if _port(old, name) != _port(new, name)} | {
        name for name in new.ports if maps and _mapped(new, name)
    }


def _port(site: Site, name: str) -> object:
    """All that a port goes by."""
    devices = [device for device in site.devices.values() if device.port == name]
    return site.ports.get(name), devices, [site.keys.get(device.name) for device in devices]


def _mapped(site: Site, name: str) -> bool:
    return not set(site.drivers_of(name)) <= shipped().keys()
