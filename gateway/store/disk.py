"""The disk under the database: does it take files, and is there room for an alarm?"""

import os
from contextlib import suppress
from pathlib import Path

PROBE = 1_000_000
"""Bytes of the file that is written to learn it."""
RESERVE = 4 * 1024 * 1024
"""Bytes held for alarms: some hundred commits, or the log that dropping old rows needs."""


def takes_files(path: Path) -> bool:
    """Whether the folder of the database takes a file larger than a commit."""
    probe = path.with_suffix(".probe")
    try:
        with open(probe, "wb") as file:
            file.write(bytes(PROBE))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    finally:
        with suppress(OSError):
            probe.unlink()
    return True


class Reserve:
    """A file of real blocks beside the database, given up when the disk is full so that alarms still find room."""

    def __init__(self, path: Path, size: int = RESERVE) -> None:
        self._path, self.size = path, size

    def hold(self) -> bool:
        """Hold it, if the disk has room for it and as much again; whether it is held. Never raises."""
        try:
            if self._path.exists() and self._path.stat().st_size == self.size:
                return True
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize < 2 * self.size:
                return False
            with open(self._path, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, self.size)
        except OSError:
            self.give_up()
            return False
        return True

    def give_up(self) -> bool:
        """Make room; whether there was something to give. Never raises."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
