"""Rows: the engine's state as rows of a checkpoint, and back; only what changed is given again.

``engine`` what holds for all · ``pauses`` when nothing could be heard · ``h:DEVICE`` when it was heard · ``d:DEVICE``
what it said last · ``r:RULE/SUBJECT`` the life of a rule at a subject · ``l:HOME`` what was learned of it.
"""

from collections.abc import Mapping
from typing import Any

from rules.gaps import Gap
from rules.known import INFINITE, Device, Ears, Known
from rules.life import Life
from rules.rhythm import Rhythm
from rules.watch import Key, Watch

SCHEMA = 1
"""Of the rows."""


class Rows:
    """What the checkpoint holds, and which lives may differ from it."""

    def __init__(self, ears: Ears, known: dict[str, Known]) -> None:
        self.lived: list[Watch] = []
        """Watches whose lives may differ from it, each once; the engine adds who was at work, unless their ears alone
        were: those are found by the devices that they listen to."""
        self.dirty: set[Key] = set()
        """Further lives that may."""
        self.stale: list[Known] = []
        """Devices that may differ from it, each once; the engine adds who speaks."""
        self.gone: set[str] = set()
        """Devices whose rows have to go."""
        self._ears = ears
        self._known = known
        self._kept: dict[Key, object] = {}
        """The rows of lives as they stand in the checkpoint."""
        self._whole = self._of_all()
        self._pauses = self._of_pauses()

    def changed(self, watches: Mapping[Key, Watch], orphans: Mapping[Key, Life]) -> dict[str, object]:
        """The rows that changed since the last call; None deletes one."""
        rows: dict[str, object] = {f"{kind}:{name}": None for name in self.gone for kind in "hd"}
        self.gone.clear()
        for known in self.stale:
            known.stale = False
            if self._known.get(known.name) is known:
                self._look_at(known, rows)
        self.stale.clear()
        self.dirty.update([watch.key for watch in self.lived])
        self.lived.clear()
        for key in self.dirty:
            row = _life_row(key, watches, orphans)
            if row != self._kept.get(key):
                rows["r:" + "/".join(key)] = self._kept[key] = row
            if row is None:
                self._kept.pop(key, None)
        self.dirty.clear()
        for home in self._ears.taught:
            rhythm = self._ears.rhythms.get(home)
            rows[f"l:{home}"] = None if rhythm is None else rhythm.save()
        self._ears.taught.clear()
        whole = self._of_all()
        if whole != self._whole:
            rows["engine"] = [SCHEMA, *whole]
            self._whole = whole
        pauses = self._of_pauses()
        if pauses != self._pauses:
            rows["pauses"] = self._pauses = pauses
        return rows

    def _look_at(self, known: Known, rows: dict[str, object]) -> None:
        if known.saved != (known.heard, known.deaf):
            rows[f"h:{known.name}"] = known.hearing()
            known.saved = (known.heard, known.deaf)
        if known.dirty:
            rows[f"d:{known.name}"] = known.said()
            known.dirty = False
            for _, _, watches in known.listeners:  # whoever has ears for what it says may have heard it
                self.dirty.update([watch.key for watch in watches])

    def note(self, known: Known) -> None:
        """It may have changed, though it said nothing."""
        if not known.stale:
            known.stale = True
            self.stale.append(known)

    def doubt(self) -> None:
        """Any device may have changed."""
        self.stale = list(self._known.values())
        for known in self.stale:
            known.stale = True

    def load(self, rows: Mapping[str, object], lives: dict[Key, Life]) -> list[str]:
        """Take up a checkpoint, its lives into ``lives``; -> keys of unreadable rows, which are left out."""
        unreadable = []
        for key, row in rows.items():
            try:
                self._load(key, row, lives)
            except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
                unreadable.append(key)
        return unreadable

    def _load(self, key: str, row: Any, lives: dict[Key, Life]) -> None:
        kind, _, name = key.partition(":")
        if kind == "engine":
            schema, deaf, *rest = row
            if schema != SCHEMA:
                raise ValueError("another schema")
            self._ears.deaf = float(deaf)
            if wall := rest[:4]:  # another version may say more
                self._ears.wall.restore(wall)
            self._whole = self._of_all()
        elif key == "pauses":
            self._ears.unplaced, self._ears.pauses = float(row[0]), [Gap.of(gap) for gap in row[1:]]
            self._pauses = self._of_pauses()
        elif kind in ("h", "d"):
            known = self._known.setdefault(name, Known(name, Device(""), self._ears, INFINITE))
            (known.take_hearing if kind == "h" else known.take_said)(row)
        elif kind == "r":
            rule, subject = name.split("/", 1)
            lives[rule, subject] = Life.of(row)
            self._kept[rule, subject] = row
        elif kind == "l":
            self._ears.rhythms[name] = Rhythm.of(row)
        else:
            raise ValueError("no row of the engine")

    def _of_all(self) -> list[object]:
        return [self._ears.deaf, *self._ears.wall.save()]

    def _of_pauses(self) -> list[object] | None:
        """A row of its own: an earlier version that is put back would not read all that it knows in the other one."""
        ears = self._ears
        return [ears.unplaced, *(gap.row() for gap in ears.pauses)] if ears.unplaced or ears.pauses else None


def _life_row(key: Key, watches: Mapping[Key, Watch], orphans: Mapping[Key, Life]) -> object:
    if key in watches:
        watches[key].stale = False
        watches[key].remember()
        return watches[key].life.row()
    return orphans[key].row() if key in orphans else None
