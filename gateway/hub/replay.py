"""Replay: a journal folded again, without clock, disk writes or waiting."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.hub.said import said_at
from gateway.store.look import Looked, look
from rules.alert import Alert
from rules.engine import Engine

log = logging.getLogger(__name__)

Make = Callable[[str, str], Engine]
"""(gateway, epoch) -> the engine that the fold turns to."""


def alerts(path: Path, keys: Mapping[str, str] | None = None) -> Iterator[Alert]:
    """Every alert change of the journal in order; ``keys`` are the devices' secrets (`Site.keys`).

    Raises FileNotFoundError, or ValueError for what isn't a journal.
    """
    looked = read(path)
    if looked.cut:
        began = looked.frames[0][0]
        raise ValueError(f"{path}: the journal begins at number {began}; its beginning was dropped as too old")
    for out in outcomes(path, looked, begin(path, looked), keys):
        yield from out.alerts


def read(path: Path) -> Looked:
    """What a store holds. Raises FileNotFoundError, or ValueError for what isn't a journal."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return asyncio.run(look(path))


def begin(path: Path, looked: Looked, make: Make = Engine) -> Fold:
    """A fold as it was before the first Frame, with an engine that ``make`` made.

    What was before a journal whose beginning was dropped, nobody knows. So it begins with the site and the time of the
    checkpoint, until the journal says otherwise, and in those modes that persons set before it and that held then, as
    far as the checkpoint still knows. Nothing was heard yet, nothing learned, no alert is open. Raises ValueError.
    """
    fold = Fold(looked.configs)
    try:
        if looked.cut:
            _go_on(fold, looked, make)
        elif looked.frames:
            first = looked.frames[0][1]
            if first.port != "boot":
                raise ValueError(f"it begins with {first.port}, not with a boot")
            said = json.loads(first.data)
            fold.gateway, fold.teller.epoch = str(said["gateway"]), str(said["epoch"])
            fold.engine = make(fold.gateway, fold.epoch)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = "the checkpoint" if looked.cut else "the beginning of the journal"
        raise ValueError(f"{path}: {what} can't be read: {error!r}") from error
    return fold


def _go_on(fold: Fold, looked: Looked, make: Make) -> None:
    hub = json.loads(looked.state["hub"])
    n, first = looked.frames[0]
    fold.n, fold.now, fold.gateway = n - 1, first.at, str(hub["gateway"])
    teller = fold.teller
    teller.epoch, teller.offset, teller.synced = str(hub["epoch"]), float(hub["offset"]), hub["synced"] is True
    teller.dates.tell(first.at, teller.offset, teller.synced)
    fold.engine = make(fold.gateway, fold.epoch)
    fold.ladders.name(fold.epoch, str(hub["life"]), fold.engine.civil)
    fold.use(str(hub["site"]))
    fold.configure(n - 1)
    if fold.site is None:
        return
    fold.engine.wall(teller.offset, teller.synced, fold.site.gateway.timezone, first.at, n - 1)
    changes = fold.modes.look(first.at)
    for home in sorted(fold.site.homes):
        said = said_at(json.loads(looked.state.get(f"o:{home}", "null")), first.at)
        changes += fold.modes.say(home, said) if said is not None else []
    for change in changes:
        fold.engine.mode(change.home, change.mode, first.at, n - 1)


def outcomes(path: Path, looked: Looked, fold: Fold, keys: Mapping[str, str] | None = None) -> Iterator[Outcome]:
    """What came of each Frame of the journal; raises ValueError for one that no gateway wrote.

    Says in the log whose words are missing, because ``keys`` lack their secrets.
    """
    fold.keys = keys or {}
    for n, frame in looked.frames:
        fold.n = n - 1
        try:
            yield fold.handle(frame)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{path}: number {n} of the journal can't be read: {error!r}") from error
        fold.n = n
    sealed = [one.name for one in fold.site.devices.values() if one.key_file or one.key_env] if fold.site else []
    missing = [name for name in sealed if name not in fold.keys]
    if missing:
        log.warning("without the keys of %s, what they said is not told here: name the site file", ", ".join(missing))
