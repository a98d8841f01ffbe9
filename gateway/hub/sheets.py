"""Sheets: the two copies of the checkpoint in the database, of which one holds while the other is brought up to date.

A whole estate's rows in one transaction hold up every alarm that comes meanwhile. So they are written in slices, each
with whatever batch is written anyway, to the copy that doesn't count; the last one says that now it does. A crash
between any two slices leaves the older copy, and the journal after it. Each copy is told only what changed since it was
written: nothing is written twice for the sake of the slices, and a start compares the two.
"""

from collections.abc import Mapping
from itertools import islice

Rows = dict[str, str | None]
"""Key -> row; None deletes one."""


class Sheets:
    """What each copy still lacks. ``valid`` is what counts now, ``spare`` what stands in the other copy."""

    def __init__(self, valid: Mapping[str, str], spare: Mapping[str, str]) -> None:
        lacks = {key: row for key, row in valid.items() if spare.get(key) != row}
        self._owed: list[Rows] = [{}, {**dict.fromkeys(spare.keys() - valid.keys()), **lacks}]
        """Of the copy that counts, and of the spare one."""
        self._rest: Rows = {}
        """Of the checkpoint that is being written, what no slice has taken yet."""
        self._n = 0

    @property
    def busy(self) -> bool:
        """Whether a checkpoint is being written."""
        return self._n != 0

    def note(self, rows: Mapping[str, str | None]) -> None:
        """These rows changed."""
        for owed in self._owed:
            owed.update(rows)

    def begin(self, n: int) -> None:
        """All that was noted is the checkpoint of journal number ``n``; one that is being written becomes this one."""
        rest = {**self._rest, **self._owed[1]}
        self._rest = {key: rest[key] for key in sorted(rest)}  # neighbours share pages: each is written once
        self._owed[1] = {}
        self._n = n

    def slice(self, most: int | None) -> tuple[Rows, int]:
        """The next rows, at most so many -> them, and with the last of them the number of the checkpoint, else 0."""
        rows = dict(islice(self._rest.items(), most))
        for key in rows:
            del self._rest[key]
        return rows, 0 if self._rest else self._n

    def written(self) -> None:
        """The last slice is on the disk: that copy counts from now on."""
        self._owed.reverse()
        self._n = 0
