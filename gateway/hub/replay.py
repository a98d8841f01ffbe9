"""Replay: a journal folded again, without clock, disk writes or waiting."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from gateway.hub.fold import Fold
from gateway.store.store import read_journal
from rules.alert import Alert


def alerts(path: Path, keys: Mapping[str, str] | None = None) -> Iterator[Alert]:
    """Every alert change of the journal in order; ``keys`` are the devices' secrets (`Site.keys`).

    Raises FileNotFoundError, or ValueError for what isn't a journal.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    configs, frames = asyncio.run(read_journal(path))
    if frames and frames[0][0] != 1:
        raise ValueError(f"{path}: the journal begins at number {frames[0][0]}; its beginning was dropped as too old")
    fold = Fold(configs)
    fold.keys = keys or {}
    for n, frame in frames:
        fold.n = n - 1
        yield from fold.handle(frame).alerts
        fold.n = n
