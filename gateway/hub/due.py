"""Due: when a checkpoint is to be made, and which part of it is written with a batch."""

from gateway.clock import Clock
from gateway.hub.booted import Booted
from gateway.hub.open import Open
from gateway.hub.snapshot import Snapshot

CHECKPOINT = 600.0
CHECKPOINT_FRAMES = 50_000
"""A checkpoint is due after so many seconds or Frames, so that a restart folds little."""
SLICE = 500
"""Rows of it written with one batch, and none with an alarm's: it waits for one slice at the most."""
FOLDED = 2_000
"""A start that had to fold so many Frames makes a checkpoint at once: it may not live long enough for the next."""


class Checkpoints:
    """The state of this life, written now and then."""

    def __init__(self, booted: Booted, clock: Clock, snapshot: Snapshot) -> None:
        self._fold, self._clock, self._snapshot = booted.fold, clock, snapshot
        self._last, self._n = clock.now(), booted.fold.n
        self.wanted = bool(booted.rows)
        """The database lacks something that the next one must bring, whole and with the next batch."""
        self.kept = int(booted.base.get("checkpoint", "0"))
        """Number of the one that the database holds: what stands before it isn't needed for a start."""
        if booted.folded >= FOLDED:
            self.hasten()

    def hasten(self) -> None:
        """The next one is due."""
        self._last = -CHECKPOINT

    def add_to(self, work: Open, *, ending: bool) -> None:
        """Begin one if it is due, and add a slice of the one that is being written; all of it if the life ends."""
        now, n, batch, sheets = self._clock.now(), self._fold.n, work.batch, self._snapshot.sheets
        at_once = ending or self.wanted
        due = now - self._last >= CHECKPOINT or n - self._n >= CHECKPOINT_FRAMES
        if at_once or (due and not sheets.busy):
            self._snapshot.look()
            sheets.begin(n)
            self._last, self._n, self.wanted = now, n, False
        put_back = bool(batch.rows or batch.checkpoint)
        if sheets.busy and (at_once or not (put_back or work.is_urgent())):
            rows, batch.checkpoint = sheets.slice(None if at_once else SLICE)
            batch.rows.update(rows)

    def note_taken(self, work: Open) -> bool:
        """The disk took this batch -> whether more of a checkpoint waits for the next one."""
        if work.batch.checkpoint:
            self.kept = work.batch.checkpoint
            self._snapshot.sheets.written()
            return False
        return self._snapshot.sheets.busy
