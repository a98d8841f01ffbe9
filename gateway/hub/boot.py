"""From what the disk holds to a running state: checkpoint, then the journal after it.

Nothing on the disk keeps the gateway from starting. A damaged database is set aside under another name and what
can be read of it is carried over; a disk that takes nothing is replaced by memory until it is back.
"""

import fcntl
import json
import logging
import secrets
from pathlib import Path
from typing import IO

from drivers.reading import Frame
from gateway.clock import Clock, Continued
from gateway.health import report
from gateway.hub import checkpoint
from gateway.hub.booted import Booted
from gateway.hub.catchup import catch_up, mark
from gateway.hub.fold import Fold
from gateway.hub.room import reserve
from gateway.hub.state import ran_in
from gateway.hub.suspects import Suspects
from gateway.ladder.waking import wake
from gateway.site import Site
from gateway.store import salvage, vital
from gateway.store.disk import takes_files
from gateway.store.schema import Unusable
from gateway.store.store import Corrupt, Failed, Store
from gateway.store.vital import Vital

log = logging.getLogger(__name__)

LEAP = 2**32
"""A life that no disk remembers may have told alerts under the journal numbers that come next, and alert ids are made
of them: each life begins at a number drawn at random from so many."""


class Busy(Exception):
    """Another process runs with this store."""


def lock(path: Path) -> IO[str]:
    """Hold the store for this process; raises Busy when another one has it, OSError when the disk won't."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path.with_suffix(".lock"), "w")  # noqa: SIM115 - held until the process ends
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise Busy(f"another gateway runs with {path}") from error
    return file


async def boot(site: Site, clock: Clock, suspects: Suspects, left: Vital | None = None, *, damaged: str = "") -> Booted:
    """Open what there is, fold it, and say hello: a boot Frame and, if the site changed, a config Frame.

    ``left`` is what an earlier life of this process left, in place of the vital file; ``damaged`` says why the
    database must not be used.
    """
    rescued = left or vital.read(site.store.path.with_suffix(".vital"))
    try:
        if damaged:
            raise Unusable(damaged)
        try:
            booted = await _from_disk(site, suspects, rescued)
        except Failed:
            if not reserve(site.store.path).give_up():
                raise
            booted = await _from_disk(site, suspects, rescued)
    except (Unusable, Corrupt) as error:
        booted = await _afresh(site, str(error), rescued)
    except Failed as error:
        if left is not None and error.of_the_file and takes_files(site.store.path):
            booted = await _afresh(site, str(error), rescued)  # the second time, and not for want of a disk
        else:
            booted = await _in_memory(site, str(error), await _legible(site, suspects, rescued))
    _begin(booted, site, clock)
    if rescued is not None and booted.salvaged.rows:
        booted.rows |= mark(rescued)  # after the rows of that state, which have the mark of an earlier one among them
    _say_how_it_is(booted, clock, suspects, refused=site.refused)
    return booted


async def _from_disk(site: Site, suspects: Suspects, rescued: Vital | None) -> Booted:
    path = site.store.path
    if salvage.marker(path).exists():
        raise Unusable("found damaged while running")
    store = await Store.open(path)
    try:
        booted = await _folded(store, site, suspects)
        if rescued is not None and not booted.fold.epoch:
            log.warning("the database is new, the vital file is not: its state and alarms are carried over")
            booted.salvaged = salvage.Salvaged.of(rescued)
        elif rescued is not None and rescued.volatile:
            booted = await catch_up(booted, site, rescued)
    except BaseException:
        await store.close()
        raise
    if booted.bad_rows:
        names = ", ".join(booted.bad_rows)
        log.error("%d rows of the checkpoint could not be read and were dropped: %s", len(booted.bad_rows), names)
    return booted


async def _folded(store: Store, site: Site, suspects: Suspects) -> Booted:
    booted = Booted(
        store, Fold(await store.configs(), site), base=await store.rows(), spare=await store.spare_rows()
    )
    fold, start = booted.fold, 0
    if "hub" in booted.base:
        try:
            start = int(booted.base["checkpoint"])
            booted.bad_rows = checkpoint.load(fold, booted.base, start)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Corrupt(f"the checkpoint can't be read: {error!r}") from error
    async for n, frame in store.journal(start):
        if frame.at < fold.now:
            raise Corrupt(f"number {n} of the journal is older than the one before it")
        if suspects.is_aside(frame):
            continue
        fold.n = n - 1
        with suspects.watching(frame):
            fold.handle(frame)
        fold.n = n
        booted.folded += 1
    return booted


async def _afresh(site: Site, why: str, rescued: Vital | None) -> Booted:
    path = site.store.path
    try:
        name = salvage.set_aside(path)
    except OSError as error:
        return await _in_memory(site, f"{why}, and it can't be set aside: {error}", salvage.Salvaged.of(rescued))
    log.error("the database is damaged (%s): set aside as %s, starting a fresh one", why, name)
    salvaged = await salvage.read(name, rescued)
    try:
        return Booted(await Store.open(path), Fold({}, site), salvaged=salvaged, set_aside=name.name)
    except (Failed, Unusable, Corrupt) as error:
        booted = await _in_memory(site, str(error), salvaged)
        booted.set_aside = name.name
        return booted


async def _legible(site: Site, suspects: Suspects, rescued: Vital | None) -> salvage.Salvaged:
    """What is known of a store on a disk that takes nothing: what was committed, where that can still be read.

    An alarm is in the database, and its sender has its word, a moment before it is in the vital file.
    """
    known = salvage.Salvaged.of(rescued)
    try:
        store = await Store.read_only(site.store.path)
        try:
            booted = await _folded(store, site, suspects)
            if rescued is not None and rescued.volatile and await catch_up(booted, site, rescued) is not booted:
                return known  # the file is the newer one, also about what was delivered
            messages = await store.untold(salvage.MOST)
        finally:
            await store.close()
    except Exception as error:  # whatever is wrong with it, the vital file stands
        log.error("of the database nothing can be read: %r", error)
        return known
    if not booted.fold.epoch:
        return known
    rows = {**booted.base, **checkpoint.changed(booted.fold)}
    kept = {key: row for key, row in rows.items() if row is not None and key != "checkpoint"}
    return salvage.Salvaged(kept, None, salvage.renumber(messages))


async def _in_memory(site: Site, why: str, salvaged: salvage.Salvaged) -> Booted:
    log.error("the disk takes nothing, going on in memory: %s", why)
    return Booted(await Store.open(Path(":memory:")), Fold({}, site), salvaged=salvaged, durable=False)


def _begin(booted: Booted, site: Site, clock: Clock) -> None:
    fold, salvaged = booted.fold, booted.salvaged
    fresh = not fold.epoch
    last: Continued | None = None
    if not fresh:
        last = Continued(fold.now, fold.teller.offset, fold.teller.synced, *fold.ran)
    elif salvaged.hub:
        hub = salvaged.hub
        last = Continued(hub["now"], hub["offset"], hub["synced"], *ran_in(hub))
    downtime = clock.resume(last)
    said = {
        "gateway": site.gateway.id,
        "epoch": fold.epoch or secrets.token_hex(8),
        "life": secrets.token_hex(4),
        "secret": secrets.token_hex(16),
        "ran": [clock.boot, clock.ahead],
        "downtime": downtime,
        "deaf": 0.0 if fresh else max(0.0, round(clock.now() - fold.now, 6)),
        "offset": round(clock.offset, 3),
        "synced": clock.synced,
    }
    if not fresh:
        fold.n += secrets.randbelow(LEAP)
    boot_frame = Frame("boot", clock.now(), json.dumps(said, sort_keys=True).encode())
    booted.outcomes.append(fold.handle(boot_frame))
    if salvaged.rows:
        bad = checkpoint.load_devices(fold, salvaged.rows)
        if fresh and last is not None:
            heard_until = last.at if salvaged.heard_until is None else min(last.at, salvaged.heard_until)
            fold.engine.deaf(clock.now() - heard_until)
            fold.ladders.resume(fold.now, clock.now() - last.at)
            if downtime is None:
                wake(fold.ladders, fold.now)
            # of a database that is whole the boot Frame finds this in the state
            fold.lost = (last.at, last.offset) if downtime is None and last.synced else salvaged.lost
        booted.rows |= {key: row for key, row in salvaged.rows.items() if key not in bad and key != "hub"}
        booted.bad_rows = bad
    if site.hash != fold.site_hash:
        fold.configs[site.hash] = booted.configs[site.hash] = site.text
        booted.outcomes.append(fold.handle(Frame("config", clock.now(), site.hash.encode())))


def _say_how_it_is(booted: Booted, clock: Clock, suspects: Suspects, *, refused: bool) -> None:
    faults = {
        "storage_fault": not booted.durable or bool(booted.set_aside),
        "clock_unsynced": not clock.synced,
        "frame_set_aside": suspects.aside > 0,
        "duplicate_gateway": False,
        "site_refused": refused,
        "inbox_overrun": False,
    }
    booted.outcomes.append(booted.fold.handle(report(clock.now(), "gateway", **faults)))
