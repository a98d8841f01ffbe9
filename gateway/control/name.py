"""Where the control socket is, and a name of it that the kernel takes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_PATH = 100
"""Bytes of a socket's name that every kernel takes (sun_path has 108)."""


def socket_of(store: Path) -> Path:
    """The control socket of the gateway with this store."""
    return store.with_suffix(".sock")


@contextmanager
def short(path: Path) -> Iterator[str]:
    """A name of this path that a socket can have: through /proc, if its own is too long."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
