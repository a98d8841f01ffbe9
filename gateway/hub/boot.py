"""From what the disk holds to a running state: checkpoint, then the journal after it.

Nothing on the disk keeps the gateway from starting. A damaged database is set aside under another name and what
can be read of it is carried over; a disk that takes nothing is replaced by memory until it is back.
"""

import fcntl
import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from drivers.reading import Frame
from gateway.clock import Clock, Continued
from gateway.health import report
from gateway.hub import checkpoint
from gateway.hub.fold import Fold, Outcome
from gateway.hub.suspects import Suspects
from gateway.site import Site
from gateway.store import salvage, vital
from gateway.store.schema import Unusable
from gateway.store.store import Corrupt, Failed, Store

log = logging.getLogger(__name__)


class Busy(Exception):
    """Another process runs with this store."""


@dataclass(slots=True)
class Booted:
    """A state that stands, and what must be committed first."""

    store: Store
    fold: Fold
    outcomes: list[Outcome]
    rows: dict[str, str] = field(default_factory=dict)
    """Checkpoint rows that no database holds yet."""
    configs: dict[str, str] = field(default_factory=dict)
    salvaged: salvage.Salvaged = field(default_factory=salvage.Salvaged)
    durable: bool = True
    """False: the disk takes nothing, all is in memory."""
    set_aside: str = ""
    """Name of the damaged database."""
    bad_rows: Sequence[str] = ()
    folded: int = 0
    """Frames of the journal that stood after its checkpoint."""


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


async def boot(site: Site, clock: Clock, suspects: Suspects) -> Booted:
    """Open what there is, fold it, and say hello: a boot Frame and, if the site changed, a config Frame."""
    path = site.store.path
    rescued = vital.read(path.with_suffix(".vital"))
    try:
        booted = await _from_disk(site, suspects)
        if rescued is not None and rescued.volatile:
            log.warning("the disk took nothing in the last run: its state and alarms are carried over")
            booted.salvaged = salvage.Salvaged.of(rescued)
    except (Unusable, Corrupt) as error:
        booted = await _afresh(site, str(error), rescued)
    except Failed as error:
        log.error("the disk takes nothing, going on in memory: %s", error)
        booted = Booted(await Store.open(Path(":memory:")), Fold({}, site), [], durable=False)
        booted.salvaged = salvage.Salvaged.of(rescued)
    _begin(booted, site, clock)
    _say_how_it_is(booted, clock, suspects)
    return booted


async def _from_disk(site: Site, suspects: Suspects) -> Booted:
    path = site.store.path
    if salvage.marker(path).exists():
        raise Unusable("found damaged while running")
    store = await Store.open(path)
    try:
        rows, fold = await store.rows(), Fold(await store.configs(), site)
        start, bad = int(rows.pop("checkpoint", "0")), []
        folded = 0
        if "hub" in rows:
            bad = checkpoint.load(fold, rows, start)
        async for n, frame in store.journal(start):
            if suspects.is_aside(frame):
                continue
            fold.n = n - 1
            with suspects.watching(frame):
                fold.handle(frame)
            fold.n = n
            folded += 1
    except BaseException:
        await store.close()
        raise
    if bad:
        log.error("%d rows of the checkpoint could not be read and were dropped: %s", len(bad), ", ".join(bad))
    return Booted(store, fold, [], bad_rows=bad, folded=folded)


async def _afresh(site: Site, why: str, rescued: vital.Vital | None) -> Booted:
    path = site.store.path
    name = salvage.set_aside(path)
    log.error("the database is damaged (%s): set aside as %s, starting a fresh one", why, name)
    salvaged = await salvage.read(name, rescued)
    try:
        store, durable = await Store.open(path), True
    except Failed as error:
        log.error("the disk takes nothing, going on in memory: %s", error)
        store, durable = await Store.open(Path(":memory:")), False
    return Booted(store, Fold({}, site), [], salvaged=salvaged, set_aside=name.name, durable=durable)


def _begin(booted: Booted, site: Site, clock: Clock) -> None:
    fold, salvaged = booted.fold, booted.salvaged
    fresh = not fold.epoch
    last: Continued | None = None
    if not fresh:
        last = Continued(fold.now, fold.teller.offset, fold.teller.synced)
    elif salvaged.hub:
        last = Continued(salvaged.hub["now"], salvaged.hub["offset"], salvaged.hub["synced"])
    downtime = clock.resume(last)
    said = {
        "gateway": site.gateway.id,
        "epoch": fold.epoch or secrets.token_hex(8),
        "downtime": downtime,
        "deaf": 0.0 if fresh else max(0.0, round(clock.now() - fold.now, 6)),
        "offset": round(clock.offset, 3),
        "synced": clock.synced,
    }
    boot_frame = Frame("boot", clock.now(), json.dumps(said, sort_keys=True).encode())
    booted.outcomes.append(fold.handle(boot_frame))
    if salvaged.rows:
        bad = checkpoint.load_devices(fold, salvaged.rows)
        if fresh and last is not None:
            fold.engine.deaf(clock.now() - last.at)
        booted.rows = {key: row for key, row in salvaged.rows.items() if key not in bad and key != "hub"}
        booted.bad_rows = bad
    if site.hash != fold.site_hash:
        fold.configs[site.hash] = booted.configs[site.hash] = site.text
        booted.outcomes.append(fold.handle(Frame("config", clock.now(), site.hash.encode())))


def _say_how_it_is(booted: Booted, clock: Clock, suspects: Suspects) -> None:
    faults = {
        "storage_fault": not booted.durable or bool(booted.set_aside),
        "clock_unsynced": not clock.synced,
        "frame_set_aside": suspects.aside > 0,
        "duplicate_gateway": False,
        "inbox_overrun": False,
    }
    booted.outcomes.append(booted.fold.handle(report(clock.now(), "gateway", **faults)))
