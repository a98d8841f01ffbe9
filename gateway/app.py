"""App: one life of a gateway on one screen: open everything, run, close in reverse.

Only hub, store and outputs may end it; ports and uplinks run under supervisors of their own. See lives.py for what
begins it, and begins the next one.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from gateway import systemd
from gateway.clock import Clock
from gateway.control.calls import Calls
from gateway.control.name import socket_of
from gateway.control.server import Server
from gateway.crew import Crew, end
from gateway.guests.hosts import hosts
from gateway.hub.booted import Booted
from gateway.hub.committer import Committer
from gateway.hub.loop import Hub
from gateway.hub.suspects import Suspects
from gateway.inbox import Inbox
from gateway.ladder.page import TO as PEOPLE
from gateway.machine import Machine
from gateway.outputs import Outputs
from gateway.people.people import People
from gateway.site import Site
from gateway.store.disk import takes_files
from gateway.store.outbox import Outbox
from gateway.store.store import Corrupt, Failed
from gateway.store.vital import Vital
from gateway.uplink.anju import Profile
from gateway.uplink.delivery import Ends
from gateway.uplink.mqtt import Uplink
from gateway.ways import Ways

log = logging.getLogger(__name__)

LOOK_AT_DISK = 10.0


class App:
    """One life of a gateway, from boot to close."""

    def __init__(self, site: Site, booted: Booted, clock: Clock, suspects: Suspects, group: float) -> None:
        """``group``: seconds that telemetry may wait for its commit."""
        self.booted, self.clock = booted, clock
        self.inbox = Inbox()
        read = booted.store.page
        self.outboxes = {name: Outbox(name, read) for name in (*site.uplinks, PEOPLE)}
        self._ways = Ways(site, self.inbox, clock, hurry=lambda: self.committer.hasten())
        self.ways, self.lines = self._ways.all, self._ways.lines
        self.crew = Crew()
        self.guests = hosts(site, booted.fold, self.inbox, clock.now)
        self.outputs = Outputs(site, site.drivers, self._ways.send)
        self.committer = Committer(
            booted,
            clock=clock,
            inbox=self.inbox,
            outboxes=self.outboxes,
            send=self._ways.send,
            path=site.store.path,
            keep_days=site.store.keep_days,
            max_bytes=site.store.max_mb * 1_000_000,
            group=group,
            stored=self._ways.stored,
        )
        self.hub = Hub(
            booted.fold,
            clock=clock,
            inbox=self.inbox,
            outputs=self.outputs,
            committer=self.committer,
            suspects=suspects,
            send=self._ways.send,
        )
        self.uplinks = {name: self._uplink(name) for name in site.uplinks}
        self.machine = Machine(clock, self.inbox)
        self.calls = Calls(
            site,
            booted.fold,
            clock=clock,
            inbox=self.inbox,
            kept=self.committer,
            parts=self._parts,
            lines=lambda: {name: line.figures.told(clock.now()) for name, line in self.lines.items()},
            strangers=self._ways.strangers,
        )
        self.people = People(
            site,
            booted.fold,
            self.calls,
            outbox=self.outboxes[PEOPLE],
            inbox=self.inbox,
            clock=clock,
            disk=self.committer,
        )
        self.hub.listeners.append(self.calls.heard)
        self.control = Server(socket_of(site.store.path), site.control_group, self.calls)

    @property
    def site(self) -> Site:
        """The site that is in use."""
        return self._ways.site

    def use(self, site: Site) -> None:
        """What is opened from now on is opened by this site."""
        self._ways.site = site

    def _parts(self) -> dict[str, Any]:
        """How the gateway's own parts are, for who asks."""
        uplinks = {
            name: {"up": uplink.up, "waiting": self.outboxes[name].waiting()} for name, uplink in self.uplinks.items()
        }
        guests = {name: {"up": host.up, **host.count} for name, host in self.guests.items()}
        ports = {name: {"up": way.up} for name, way in self.ways.items()}
        return {"ports": ports, "uplinks": uplinks, **({"drivers": guests} if guests else {})}

    def _uplink(self, name: str) -> Uplink:
        gateway, fold = self.site.gateway, self.booted.fold
        profile = Profile(gateway.site, gateway.id, fold.epoch)
        ends = Ends(self.site.uplinks[name], profile, self.outboxes[name], self.inbox, self.clock)
        return Uplink(ends, fold.teller, lambda said, via: self.calls.ask(said, via), self.booted.store)

    async def run(self) -> None:
        """Run until cancelled: sinks first, ports last, closed the other way round."""
        committing = asyncio.create_task(self.committer.run(), name="committer")
        hub = asyncio.create_task(self.hub.run(), name="hub")
        crew = self.crew
        crew.begin("watchdog", self._watch, plain=True)
        if not self.booted.durable:
            crew.begin("disk", self._await_disk, plain=True)
        runs = {f"uplink {name}": uplink.run for name, uplink in self.uplinks.items()}
        runs |= {"control": self.control.run, "machine": self.machine.run, **self.people.jobs()}
        runs |= {f"driver {name}": host.run for name, host in self.guests.items()}
        runs |= {f"port {name}": way.run for name, way in self.ways.items()}
        for name, run in runs.items():
            crew.begin(name, run)
        systemd.notify("READY=1")
        log.info("anju is up: gateway %s, store %s", self.site.gateway.id, self.booted.fold.epoch)
        try:
            await crew.watch(committing, hub)
        finally:
            broke = hub.done() and not hub.cancelled()
            await crew.stop(crew.names("port "))
            await end([hub])
            if not broke:  # until now it listened: the time off doesn't begin when the last sensor spoke
                self.hub.step(self.clock.frame(None))
            await crew.close()
            self.committer.stop(sound=not broke)
            with suppress(TimeoutError, Corrupt):
                await asyncio.wait_for(committing, 10)

    def open_port(self, name: str) -> None:
        """A port that is new, or another one than before; one that is gone stays gone."""
        way = self._ways.make(name)
        if way is not None:
            self.crew.begin(f"port {name}", way.run)

    async def open_guests(self, *, anew: bool) -> None:
        """Third parties' drivers, once their devices are other ones than before."""
        if not anew:
            return
        await self.crew.stop(self.crew.names("driver "))
        self.inbox.diverted.clear()
        self.guests = hosts(self.site, self.booted.fold, self.inbox, self.clock.now)
        for name, host in self.guests.items():
            self.crew.begin(f"driver {name}", host.run)

    def open_uplink(self, name: str) -> None:
        """An uplink that is new, or another one than before; one that is gone stays gone."""
        self.uplinks.pop(name, None)
        if name in self.site.uplinks:
            self.outboxes.setdefault(name, Outbox(name, self.booted.store.page))
            self.uplinks[name] = uplink = self._uplink(name)
            self.crew.begin(f"uplink {name}", uplink.run)

    async def left(self) -> Vital:
        """What the next life of this process must know, whatever the disk says."""
        content, store = self.committer.last_words(), self.booted.store
        messages = dict.fromkeys(content.events)
        if not self.booted.durable:
            with suppress(Failed, Corrupt):
                for to in self.outboxes:
                    messages |= dict.fromkeys(await store.undelivered(to))
        return content._replace(events=tuple(messages))

    async def _watch(self) -> None:
        """Tell systemd that the hub's loop turns."""
        seconds = systemd.watchdog_seconds()
        while seconds is not None:
            systemd.notify("WATCHDOG=1")
            await asyncio.sleep(seconds)
        await asyncio.Event().wait()

    async def _await_disk(self) -> None:
        """All is in memory: when the disk takes writes again, begin anew on it."""
        while True:
            await asyncio.sleep(LOOK_AT_DISK)
            if await asyncio.to_thread(takes_files, self.site.store.path):
                raise DiskIsBack


class DiskIsBack(Exception):
    """A life in memory can end: the disk takes writes again."""
