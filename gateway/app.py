"""The gateway's lifecycle on one screen: boot, open everything, run, close in reverse.

Only hub, store and outputs may end the process; ports and uplinks run under supervisors of their own. A database
found damaged while running ends one life and begins the next in the same process.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from gateway import systemd
from gateway.clock import Clock
from gateway.control.calls import Calls
from gateway.control.name import socket_of
from gateway.control.server import Server
from gateway.crew import STEADY, Crew, end
from gateway.guests.hosts import hosts
from gateway.hub.boot import Busy, boot, lock
from gateway.hub.booted import Booted
from gateway.hub.committer import Committer
from gateway.hub.loop import Hub
from gateway.hub.suspects import Suspects
from gateway.inbox import Inbox
from gateway.ladder.page import TO as PEOPLE
from gateway.machine import Machine
from gateway.outputs import Outputs
from gateway.people.people import People
from gateway.ports import Way
from gateway.ports.mqtt import Broker
from gateway.ports.serial import Line, members
from gateway.reload import Reload
from gateway.site import Site, load
from gateway.store.disk import takes_files
from gateway.store.outbox import Outbox
from gateway.store.store import Corrupt, Failed
from gateway.store.vital import Vital
from gateway.uplink.anju import Profile
from gateway.uplink.mqtt import Uplink
from rules.alert import Alert

log = logging.getLogger(__name__)

GROUP = 60.0
"""Seconds that telemetry may wait for its commit, to spare the flash; an alarm waits for nothing."""
PAUSE = 1.0
"""Seconds between two lives of the gateway at least."""
LOOK_AT_DISK = 10.0


class App:
    """One life of a gateway, from boot to close."""

    def __init__(self, site: Site, booted: Booted, clock: Clock, suspects: Suspects, group: float) -> None:
        self.site, self.booted, self.clock = site, booted, clock
        self.inbox = Inbox()
        read = booted.store.page
        self.outboxes = {name: Outbox(name, read) for name in (*site.uplinks, PEOPLE)}
        self.lines = {name: self._line(name) for name in site.lines}
        self.brokers = {name: self._broker(name) for name in site.brokers}
        radios = {name: self._radio(name) for name in site.radios}
        self.ways: dict[str, Way] = {**self.lines, **self.brokers, **radios}
        self.crew = Crew()
        self.guests = hosts(site, booted.fold, self.inbox, clock.now)
        self.stored = {branch.port: one.stored for one in self.brokers.values() for branch in one.branches}
        self.outputs = Outputs(site, site.drivers, self.send)
        self.committer = Committer(
            booted,
            clock=clock,
            inbox=self.inbox,
            outboxes=self.outboxes,
            send=self.send,
            path=site.store.path,
            keep_days=site.store.keep_days,
            max_bytes=site.store.max_mb * 1_000_000,
            group=group,
            stored=self.stored,
        )
        self.hub = Hub(
            booted.fold,
            clock=clock,
            inbox=self.inbox,
            outputs=self.outputs,
            committer=self.committer,
            suspects=suspects,
            send=self.send,
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
        return Uplink(
            self.site.uplinks[name],
            Profile(gateway.site, gateway.id, fold.epoch),
            outbox=self.outboxes[name],
            inbox=self.inbox,
            clock=self.clock,
            states=fold.teller,
            ask=lambda said, via: self.calls.ask(said, via),
        )

    def _line(self, name: str) -> Line:
        port = self.site.lines[name]
        driver = self.site.drivers[port.driver] if port.driver else None
        return Line(port, driver, members(self.site, name), self.inbox, self.clock.now)

    def _radio(self, name: str) -> Way:
        from gateway.ports.ble import Ble  # with bleak, which takes its time: only where there is a radio

        return Ble(self.site.radios[name], self.site, self.inbox, self.clock.now)

    def _broker(self, name: str) -> Broker:
        drivers = [self.site.drivers[driver] for driver in self.site.drivers_of(name)]
        return Broker(
            self.site.brokers[name],
            drivers,
            gateway=self.site.gateway.id,
            inbox=self.inbox,
            clock=self.clock,
            hurry=lambda: self.committer.hasten(),
        )

    def send(self, port: str, data: bytes, address: str) -> bool:
        """Say something to a device on a port now; False when the port is down."""
        name, _, driver = port.partition(":") if port not in self.ways else (port, "", "")
        way = self.ways.get(name)
        return way is not None and way.send(driver or self.site.drivers_of(name)[0], data, address)

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
            await crew.stop(crew.names(""))
            self.committer.stop(sound=not broke)
            with suppress(TimeoutError, Corrupt):
                await asyncio.wait_for(committing, 10)

    def open_port(self, name: str) -> None:
        """A port that is new, or another one than before; one that is gone stays gone."""
        for kind in (self.ways, self.lines, self.brokers):
            kind.pop(name, None)
        if name in self.site.lines:
            self.ways[name] = self.lines[name] = self._line(name)
        elif name in self.site.brokers:
            self.ways[name] = self.brokers[name] = broker = self._broker(name)
            self.stored.update({branch.port: broker.stored for branch in broker.branches})
        elif name in self.site.radios:
            self.ways[name] = self._radio(name)
        if name in self.ways:
            self.crew.begin(f"port {name}", self.ways[name].run)

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


async def live(site: Site, *, group: float = GROUP, opened: Callable[[App], None] | None = None) -> None:
    """Run a site until cancelled, through as many lives as the disk makes necessary."""
    left, damaged = None, ""
    while True:
        suspects = Suspects(site.store.path.with_suffix(".suspects"))
        clock = Clock()
        booted = await boot(site, clock, suspects, left, damaged=damaged)
        app = App(site, booted, clock, suspects, group)
        if opened is not None:
            opened(app)
        try:
            await app.run()
        except (Corrupt, DiskIsBack) as error:
            damaged = f"{error}" if isinstance(error, Corrupt) else ""
            log.error("beginning anew: %s", damaged or "the disk takes writes again")
            left = await app.left()
        finally:
            site = app.site
            await booted.store.close()
        if clock.now() - booted.outcomes[0].frame.at < STEADY:
            await asyncio.sleep(PAUSE)


def run(path: Path, *, group: float = GROUP) -> int:
    """``anju run``: 0 after a stop by signal, 3 when the store is another process's."""
    os.umask(0o077)  # what is kept of a home is read by nobody else
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    site = load(path)
    try:
        held = lock(site.store.path)
    except Busy as error:
        log.error("%s", error)
        return 3
    except OSError as error:
        log.error("no lock beside the store: %s", error)
        held = None
    asyncio.run(_until_signalled(site, path, group))
    if held is not None:
        held.close()
    return 0


async def _until_signalled(site: Site, path: Path, group: float) -> None:
    reload = Reload(path)
    life = asyncio.ensure_future(live(site, group=group, opened=reload.attach))
    reading = asyncio.ensure_future(reload.run())
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_callback_broke)

    def stop() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):  # a second one must not cut short what the first one began
            loop.add_signal_handler(number, lambda: None)
        systemd.notify("STOPPING=1")
        life.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, reload.ask)
    with suppress(asyncio.CancelledError):
        await life
    reading.cancel()


def _callback_broke(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A socket that a cut has just closed may still be asked for, by aiomqtt, or written to, by dbus-fast: known."""
    said, error = str(context.get("message")), context.get("exception")
    asked = isinstance(error, OSError | ValueError) and "add_writer" in said
    if asked or (isinstance(error, OSError) and "never retrieved" in said):
        log.debug("a closed socket was asked for: %s", error)
        return
    loop.default_exception_handler(context)


def replay(path: Path, keys: Mapping[str, str] | None = None) -> Iterator[Alert]:
    """Fold a journal from its first Frame and yield its alerts, with the same ids as they had when it was written."""
    from gateway.hub.replay import alerts

    return alerts(path, keys)
