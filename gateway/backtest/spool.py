"""Spool: a file without a name, for what is too much for the memory. It is gone with the process, however that ends."""

import os
import tempfile
from pathlib import Path

ROOMY = Path("/var/tmp")
"""A disk, where /tmp is memory on many systems."""


class Spool:
    """A `rules.recording.Shelf`. The file is opened when something is put there."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._end = 0

    def put(self, data: bytes) -> int:
        """Append it -> where it lies. Raises OSError where there is no room, with the name of the folder."""
        try:
            if self._file is None:
                with tempfile.TemporaryFile(dir=_folder(), buffering=0) as file:
                    self._file = os.dup(file.fileno())
            place, view = self._end, memoryview(data)
            while view:
                written = os.pwrite(self._file, view, self._end)
                self._end, view = self._end + written, view[written:]
        except OSError as error:
            raise OSError(error.errno, error.strerror, _folder() or tempfile.gettempdir()) from error
        return place

    def get(self, place: int, length: int) -> bytes:
        """What lies there."""
        assert self._file is not None
        parts = []
        while length:
            part = os.pread(self._file, length, place)
            if not part:
                raise OSError(f"{length} bytes are missing in a file of this process")
            parts.append(part)
            place, length = place + len(part), length - len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Give the room back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _folder() -> str | None:
    """None: where Python puts such files, which is in TMPDIR if that is set."""
    return str(ROOMY) if "TMPDIR" not in os.environ and os.access(ROOMY, os.W_OK) else None
