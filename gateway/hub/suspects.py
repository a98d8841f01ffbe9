"""Suspects: Frames at which the fold broke.

One that broke it three times within five minutes is set aside with its bytes, so that one Frame can't keep the
gateway from running. The list is a small file of its own: it is needed when the process has just died.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.reading import Frame
from gateway.clock import wall_time

TIMES = 3
WITHIN = 300.0
MOST = 100
"""Frames remembered."""


class Suspects:
    """Which Frames broke the fold, when, and which of them are set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._broke: dict[str, list[float]] = {}
        self._aside: dict[str, str] = {}
        try:
            said = json.loads(path.read_text())
            self._broke = {str(key): [float(at) for at in when] for key, when in said["broke"].items()}
            self._aside = {str(key): str(data) for key, data in said["aside"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._broke, self._aside = {}, {}

    @staticmethod
    def _key(frame: Frame) -> str:
        return hashlib.blake2b(frame.port.encode() + b"\0" + frame.data, digest_size=8).hexdigest()

    def is_aside(self, frame: Frame) -> bool:
        """Whether this Frame is to be passed over. Free while nothing is set aside."""
        return bool(self._aside) and self._key(frame) in self._aside

    @property
    def aside(self) -> int:
        """How many are set aside."""
        return len(self._aside)

    @contextmanager
    def watching(self, frame: Frame) -> Iterator[None]:
        """Fold this Frame inside; if that breaks it is noted before the process ends."""
        try:
            yield
        except Exception:
            self._note(frame)
            raise

    def _note(self, frame: Frame) -> None:
        key, now = self._key(frame), wall_time()
        when = [at for at in self._broke.get(key, []) if abs(now - at) < WITHIN]
        self._broke[key] = [*when, now]
        if len(self._broke[key]) >= TIMES:
            self._aside[key] = f"{frame.port} {frame.data.hex()}"
            del self._broke[key]
        while len(self._broke) + len(self._aside) > MOST:
            del self._broke[next(iter(self._broke))]
        fresh = self._path.with_suffix(".new-suspects")
        with open(fresh, "w") as file:
            json.dump({"broke": self._broke, "aside": self._aside}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
