"""The disk under the database: does it take files?"""

import os
from contextlib import suppress
from pathlib import Path

PROBE = 1_000_000
"""Bytes of the file that is written to learn it."""


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
