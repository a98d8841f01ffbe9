"""Readings written down as CSV, row by row.

A line is ``ts,home,device,quantity,value``; ``ts`` in seconds since the epoch or ISO 8601, without a zone it is UTC.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from drivers.reading import Scalar
from rules.quantities import STATES
from rules.sentence import Sentence

HEADER = ("ts", "home", "device", "quantity", "value")
LATEST = 4102444800.0
"""1 January 2100: a later moment is in milliseconds, or wrong."""
EARLIEST = -2208988800.0
"""1 January 1900."""
LONGEST = 128
"""Characters of a name, or of a value that is a text."""
_TRUTHS = {"true": True, "false": False}
_SWITCHED = {"on": True, "off": False, "yes": True, "no": False}
"""What others write of a state; of a button it is a key's name."""
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
_REMEMBERED = 50_000
"""Texts of values read once."""


class Row(NamedTuple):
    """One recorded reading; ``at`` in seconds since the epoch."""

    at: float
    home: str
    device: str
    quantity: str
    """Of several like values of a device the second is called ``temperature_c#2``."""
    value: Scalar


class Bad(ValueError):
    """A file that can't be read on. ``file`` and ``line`` say where, ``what`` why, ``remedy`` what to do."""

    def __init__(self, file: str, line: int, what: str, remedy: str) -> None:
        self.file, self.line, self.what, self.remedy = file, line, what, remedy
        super().__init__(f"{file}:{line}: {what} ({remedy})")


def rows(lines: Iterable[str], file: str) -> Iterator[Row]:
    """The rows of a CSV text, header first, empty lines left out; raises Bad, a ValueError, with file and line."""
    return (row for _, row in numbered(lines, file))


def numbered(
    lines: Iterable[str], file: str, zoneless: Callable[[str], object] = str
) -> Iterator[tuple[int, Row]]:
    """The same, each with the number of its line; ``zoneless`` is told of each time without a zone."""
    table = csv.reader(lines, skipinitialspace=True)
    values: dict[str, Scalar] = dict(_TRUTHS)
    try:
        head = tuple(cell.strip() for cell in next(table, ()))
        if head != HEADER:
            apart = [sign for sign in ";\t|" if tuple(cell.strip() for cell in ",".join(head).split(sign)) == HEADER]
            commas = "write commas between the columns, and a point in numbers"
            remedy = commas if apart else Sentence("write {header}", header=",".join(HEADER))
            raise Bad(file, 1, Sentence("the header is {head}", head=shown(head)), remedy)
        for cells in table:
            if cells:
                yield table.line_num, _row(cells, values, file, table.line_num, zoneless)
    except csv.Error as error:
        raise Bad(
            file,
            table.line_num + 1,
            Sentence("no CSV: {error}", error=Sentence(str(error))),
            "close the quotes, save the file as CSV",
        ) from None


def _row(
    cells: list[str], values: dict[str, Scalar], file: str, line: int, zoneless: Callable[[str], object]
) -> Row:
    """``values`` are those read before, by their text."""
    try:
        at, home, device, quantity, said = cells
        value = values.get(said)
        if value is None:
            value = _value(said)
            if len(values) < _REMEMBERED:
                values[said] = value
        if isinstance(value, str) and quantity.partition("#")[0] in STATES:
            value = _SWITCHED.get(value.strip().lower(), value)
        return Row(moment(at, zoneless), home, device, quantity, value)
    except ValueError as error:
        many = len(cells) > len(HEADER)  # 21,5 are two cells
        template = "write {header}, and a point in numbers" if many else "write {header}"
        otherwise = Sentence(template, header=",".join(HEADER))
        why = error.why if isinstance(error, NoReading) else otherwise
        raise Bad(file, line, Sentence("{row} is no reading", row=shown(cells)), why) from None


class NoReading(ValueError):
    """What is wrong is known well enough to name the remedy, which is ``why``."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def shown(cells: Iterable[str]) -> str:
    """The cells of a row, as far as a mistake says them again."""
    return f"{','.join(cells)[:60]!r}"


def moment(text: str, zoneless: Callable[[str], object] = str) -> float:
    """Epoch seconds, or ISO 8601; one without a zone is UTC. Raises ValueError with a remedy."""
    try:
        at = float(text)
    except ValueError:
        try:
            said = datetime.fromisoformat(text.strip())
        except ValueError:
            raise NoReading("write ts in seconds since the epoch, or as 2026-01-31T12:00:00Z") from None
        if said.tzinfo is None:
            zoneless(text)
            said = said.replace(tzinfo=UTC)
        at = said.timestamp()
    if not EARLIEST <= at <= LATEST:
        milliseconds = EARLIEST <= at / 1000 <= LATEST
        raise NoReading("write ts in seconds, not in milliseconds" if milliseconds else "write a ts from 1900 to 2100")
    return at


def _value(text: str) -> Scalar:
    """A number where it is one; ``true``, ``false`` and other texts as they are."""
    if _NUMBER.fullmatch(text):
        return float(text)
    if not text or len(text) > LONGEST:
        raise NoReading(
            "write a value" if not text else Sentence("write a value of {longest} characters or fewer", longest=LONGEST)
        )
    if text.strip().lower() in ("nan", "inf", "-inf", "infinity", "-infinity"):
        raise NoReading("leave out the line: no number is no reading")
    return _TRUTHS.get(text.strip().lower(), text)
