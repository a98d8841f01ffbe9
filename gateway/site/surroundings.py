"""`anju check`: the site file itself, then what the machine around it says. Opens no port and changes nothing.

What is only found here never keeps the gateway from starting: alarms must sound with a wrong certificate, too.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.site.model import Site, Uplink
from gateway.site.texts import load_document
from rules.document import Document, Mistake, Mistakes

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Checked(NamedTuple):
    """What a check found: the site where it is sound, its mistakes, and what may be meant so."""

    site: Site | None
    errors: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]


def check(path: Path) -> Checked:
    """Check a site file and all that it names. Raises nothing for any content."""
    try:
        site, document = load_document(path)
    except Mistakes as found:
        return Checked(None, found.mistakes, ())
    errors = [mistake for uplink in site.uplinks.values() for mistake in _uplink(document, uplink)]
    errors += _same_tty(document, site)
    warnings = [*_absent_ttys(document, site), *_store(document, site)]
    return Checked(None if errors else site, tuple(errors), tuple(warnings))


def _uplink(document: Document, uplink: Uplink) -> Iterator[Mistake]:
    if uplink.password_file:
        yield from _password(document, uplink.name, uplink.password_file)
    for key in ("ca", "cert", "key") if uplink.tls else ():
        path = getattr(uplink.tls, key)
        if path and not path.is_file():
            line = document.line("uplinks", uplink.name, "tls", key)
            yield Mistake(document.file, line, f"{path}: no such file", f"put the {key} there, or correct the path")


def _password(document: Document, uplink: str, path: Path) -> Iterator[Mistake]:
    line = document.line("uplinks", uplink, "password_file")
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield Mistake(document.file, line, f"{path}: {error.strerror}", "put the password there, or correct the path")
        return
    if not stat.S_ISREG(mode):
        yield Mistake(document.file, line, f"{path} is no file", "name a file that holds the password")
    elif mode & _OTHERS:
        what = f"{path} can be read by others than its owner (mode {stat.S_IMODE(mode):o})"
        yield Mistake(document.file, line, what, f"chmod 600 {path}")


def _same_tty(document: Document, site: Site) -> Iterator[Mistake]:
    """Two names of one tty, such as a by-id link and the tty itself; equal names are found in the file."""
    first: dict[str, str] = {}
    for port in site.ports.values():
        other = first.setdefault(os.path.realpath(port.path), port.name)
        if other != port.name:
            what = f"ports.{port.name} is the same tty as ports.{other}"
            yield Mistake(document.file, document.line("ports", port.name, "path"), what, "give each its own path")


def _absent_ttys(document: Document, site: Site) -> Iterator[Mistake]:
    for port in site.ports.values():
        if not os.path.exists(port.path):
            line = document.line("ports", port.name, "path")
            remedy = "plug it in, or choose from `ls /dev/serial/by-id`"
            yield Mistake(document.file, line, f"{port.path} is not there now", remedy)


def _store(document: Document, site: Site) -> Iterator[Mistake]:
    """The folder need not be there yet: then its nearest parent must let us make it."""
    folder = site.store.path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        line = document.line("store", "path")
        yield Mistake(document.file, line, f"{folder} cannot be written", "give the gateway's user a folder of its own")
