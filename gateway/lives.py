"""The lives of a gateway in one process: boot, one App after the other, and an end by signal.

A database found damaged while running ends one life and begins the next; so does a disk that takes writes again. What
the next one must know whatever the disk says is handed on. SIGHUP reads the site file again (reload.py).
"""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gateway import systemd
from gateway.app import App, DiskIsBack
from gateway.clock import Clock
from gateway.crew import STEADY, end, supervise
from gateway.hub.boot import Busy, boot, lock
from gateway.hub.suspects import Suspects
from gateway.reload import Reload
from gateway.site import Site, load
from gateway.site.last import last
from gateway.store.store import Corrupt
from rules.document import Mistakes

log = logging.getLogger(__name__)

GROUP = 60.0
"""Seconds that telemetry may wait for its commit, to spare the flash; an alarm waits for nothing."""
PAUSE = 1.0
"""Seconds between two lives of the gateway at least."""


@contextmanager
def _kept_for_life() -> Iterator[None]:
    """What is made here stays: the collector of cycles looks at it neither now nor later, until the next life.

    Each look at a whole estate takes as long as all alarms then wait: 2.4 s for 20,000 sensors, measured.
    """
    gc.unfreeze()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def live(
    site: Site,
    *,
    group: float = GROUP,
    opened: Callable[[App], None] | None = None,
    closed: Callable[[], None] | None = None,
) -> None:
    """Run a site until cancelled, through as many lives as the disk makes necessary; each is told of when it begins,
    and when it is over."""
    left, damaged = None, ""
    while True:
        suspects = Suspects(site.store.path.with_suffix(".suspects"))
        clock = Clock()
        with _kept_for_life():
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
            if closed is not None:
                closed()
            site = app.site
            await booted.store.close()
        if clock.now() - booted.outcomes[0].frame.at < STEADY:
            await asyncio.sleep(PAUSE)


def read(path: Path) -> Site:
    """The site of a file, or the one by which it was in use last; raises Mistakes when there is neither."""
    try:
        return load(path)
    except Mistakes:
        site = last(path)
        if site is None:
            raise
    log.error("the site file has mistakes: the gateway starts by the site that was in use last")
    return site


def run(path: Path, *, group: float = GROUP) -> int:
    """``anju run``: 0 after a stop by signal, 3 when the store is another process's."""
    os.umask(0o077)  # what is kept of a home is read by nobody else
    reload = Reload(path)
    signal.signal(signal.SIGHUP, lambda number, frame: reload.ask())  # which would else end a gateway that is starting
    site = read(path)
    try:
        held = lock(site.store.path)
    except Busy as error:
        log.error("%s", error)
        return 3
    except OSError as error:
        log.error("no lock beside the store: %s", error)
        held = None
    asyncio.run(_until_signalled(site, reload, group))
    if held is not None:
        held.close()
    return 0


async def _until_signalled(site: Site, reload: Reload, group: float) -> None:
    life = asyncio.ensure_future(live(site, group=group, opened=reload.attach, closed=reload.detach))
    reading = supervise("reload", reload.run)
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
    await end([reading])


def _callback_broke(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A socket that a cut has just closed may still be asked for, by aiomqtt, or written to, by dbus-fast: known."""
    said, error = str(context.get("message")), context.get("exception")
    asked = isinstance(error, OSError | ValueError) and "add_writer" in said
    if asked or (isinstance(error, OSError) and "never retrieved" in said):
        log.debug("a closed socket was asked for: %s", error)
        return
    loop.default_exception_handler(context)
