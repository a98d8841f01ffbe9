"""Recorded data as files: CSV, gzipped CSV, or the store of a gateway, told apart by what they begin with."""

import gzip
import io
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from gateway.backtest.again import Journal, Progress
from rules.csvrows import Bad, numbered
from rules.recording import Recording, Shelf
from rules.sentence import Sentence

STANDARD_INPUT = Path("-")
LONGEST = 4096
"""Bytes of a line; as long as this is no reading."""
_GZIP, _SQLITE = b"\x1f\x8b", b"SQLite format 3\0"
_PACKED = {b"PK\3\4": "unzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
"""What a file begins with that another program packed; a spreadsheet is a zip."""


def read(
    paths: Iterable[Path], progress: Progress, keys: Mapping[str, str] | None = None, shelf: Shelf | None = None
) -> tuple[Recording, list[Journal]]:
    """The rows of these files, and the journals of the stores among them. Raises OSError or Bad.

    ``keys`` are the devices' secrets (`Site.keys`), which no store holds; on the ``shelf`` lies what is too
    much for the memory.
    """
    recording, journals = Recording(shelf), list[Journal]()
    files = list(paths)
    twice = next((path for path, count in Counter(map(_place, files)).items() if count > 1), None)
    if twice is not None:
        raise Bad(twice, 1, "the file is named twice", "name it once: each reading would count twice")
    sizes = [0 if path == STANDARD_INPUT else path.stat().st_size for path in files]
    whole = max(1, sum(sizes))
    for number, path in enumerate(files):
        before = sum(sizes[:number])
        with _opened(path) as raw:
            if raw.peek(len(_SQLITE))[: len(_SQLITE)] == _SQLITE:
                journals.append(_journal(path, keys))
                progress((before + sizes[number]) / whole)
            else:
                found = numbered(_lines(raw, str(path)), str(path), recording.note_zoneless)
                for _ in recording.take(found, str(path)):
                    progress((before + (raw.tell() if sizes[number] else 0)) / whole)
    if not recording.rows and not journals:
        raise Bad(str(files[0]), 1, "there is no reading in it", "name recorded data: ts,home,device,quantity,value")
    return recording, journals


def _place(path: Path) -> str:
    """Its one name, whatever it was called."""
    return str(path if path == STANDARD_INPUT else path.resolve())


def _opened(path: Path) -> io.BufferedReader:
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise Bad("-", 1, "the standard input is closed", "name recorded data: ts,home,device,quantity,value")
        return io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False))
    return io.BufferedReader(io.FileIO(path))


def _lines(raw: io.BufferedReader, file: str) -> Iterator[str]:
    begin = raw.peek(6)
    for sign, program in _PACKED.items():
        if begin.startswith(sign):
            what = Sentence("packed by {program}, or a spreadsheet", program=program)
            raise Bad(file, 1, what, "unpack it, or save it as CSV; gzip is read as it is")
    packed = begin[:2] == _GZIP
    plain: BinaryIO = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
    number = 1
    try:
        while line := plain.readline(LONGEST):
            if len(line) == LONGEST:
                raise Bad(
                    file,
                    number,
                    Sentence("a line of {longest} bytes or more", longest=LONGEST),
                    "name recorded data, a reading a line",
                )
            text = line.decode("utf-8")
            yield text.removeprefix("\ufeff") if number == 1 else text
            number += 1
    except UnicodeDecodeError as error:
        raise Bad(file, number, "not UTF-8", "save the file as CSV in UTF-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Bad(
            file, number, Sentence("damaged or cut short: {error}", error=error), "copy the file again"
        ) from error


def _journal(path: Path, keys: Mapping[str, str] | None) -> Journal:
    try:
        return Journal.read(path, keys)
    except ValueError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: ValueError) -> Bad:
    """A store that holds no journal, or one that no gateway wrote."""
    remedy = Sentence("name the anju.db of a gateway, copied with its anju.db-wal, or recorded data as CSV")
    return Bad(str(path), 1, str(error), remedy)
