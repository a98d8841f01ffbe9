"""Replay: a journal folded again, without clock, disk writes or waiting."""

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from drivers.reading import REPLAY, RETAINED, Reading
from gateway.hub.fold import Fold
from gateway.store.look import Looked, look
from rules.alert import Alert

log = logging.getLogger(__name__)


def alerts(path: Path, keys: Mapping[str, str] | None = None) -> Iterator[Alert]:
    """Every alert change of the journal in order; ``keys`` are the devices' secrets (`Site.keys`).

    Raises FileNotFoundError, or ValueError for what isn't a journal.
    """
    looked = _look(path)
    frames = looked.frames
    if frames and frames[0][0] != 1:
        raise ValueError(f"{path}: the journal begins at number {frames[0][0]}; its beginning was dropped as too old")
    fold = Fold(looked.configs)
    fold.keys = keys or {}
    for n, frame in frames:
        fold.n = n - 1
        yield from fold.handle(frame).alerts
        fold.n = n
    sealed = [one.name for one in fold.site.devices.values() if one.key_file or one.key_env] if fold.site else []
    missing = [name for name in sealed if name not in fold.keys]
    if missing:
        log.warning("without the keys of %s, what they said is not told here: name the site file", ", ".join(missing))


def readings(path: Path, keys: Mapping[str, str] | None = None) -> tuple[Fold, Iterator[tuple[str, Reading]]]:
    """What the devices of a journal said, with the time on the wall: a fold, and (home, reading) in order.

    The fold knows the site once all was read. A journal whose beginning was dropped is read with the site and the time
    of the checkpoint, until it says otherwise. What a broker kept, or a sensor said again, is left out. Raises
    FileNotFoundError, or ValueError for what isn't a journal.
    """
    looked = _look(path)
    fold = Fold(looked.configs)
    fold.keys = keys or {}
    try:
        if looked.frames and looked.frames[0][0] != 1:
            hub = json.loads(looked.state["hub"])
            fold.teller.offset = float(hub["offset"])
            fold.use(str(hub["site"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: the checkpoint can't be read: {error!r}") from error
    return fold, _readings(fold, looked, path)


def _readings(fold: Fold, looked: Looked, path: Path) -> Iterator[tuple[str, Reading]]:
    for n, frame in looked.frames:
        fold.n = n - 1
        try:
            out = fold.handle(frame)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: number {n} of the journal can't be read: {error!r}") from error
        fold.n = n
        devices = fold.site.devices if fold.site else {}
        for reading in out.readings:
            device = devices.get(reading.device)
            if RETAINED not in reading.flags and REPLAY not in reading.flags:
                yield device.home if device else fold.gateway, reading._replace(at=reading.at + fold.teller.offset)


def _look(path: Path) -> Looked:
    if not path.is_file():
        raise FileNotFoundError(path)
    return asyncio.run(look(path))
