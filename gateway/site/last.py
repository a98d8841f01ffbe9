"""The site that was in use last, kept beside the store: a gateway whose site file is broken starts by it.

A file that somebody left half edited, or that a full disk cut short, changes nothing while the gateway runs. The next
loss of power must not make of it a home without any protection.

The file ``anju.site`` beside ``anju.db`` is JSON: {"file": the site file, "text": Site.text}. It holds no secret.
"""

import json
import logging
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gateway.site.keys import read_keys
from gateway.site.model import Site
from gateway.site.texts import loads
from rules.document import Mistakes

log = logging.getLogger(__name__)

SUFFIX = ".site"
STORE = "data/anju.db"
"""Where the store is, if the site doesn't say."""
LONGEST = 1 << 26
"""Bytes; more was not written by us."""
_STORE = re.compile(r"""^[\s\w.={]*path\s*=\s*["']([^"'\n]+\.db)["']""", re.MULTILINE)
"""The store of a file that is no TOML any more."""


def keep(file: Path, site: Site) -> None:
    """This site is in use: a later start may have nothing else. Nothing is written if that is known."""
    path = site.store.path.with_suffix(SUFFIX)
    text = json.dumps({"file": str(file.resolve()), "text": site.text}, ensure_ascii=False)
    with suppress(OSError, ValueError):
        if path.read_text("utf-8") == text:
            return
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(fresh, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)  # a full disk needs its room for the next alarm
        log.warning("the site that is in use can't be kept for the next start: %s", error)


def last(file: Path) -> Site | None:
    """The site by which this file was in use last, if it is still known."""
    here = str(file.resolve())
    for path in dict.fromkeys(_places(file)):
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError, Mistakes):
            with path.open("rb") as kept:
                said = json.loads(kept.read(LONGEST))
            if said["file"] == here:
                site = loads(said["text"], file.parent)
                return replace(site, keys=read_keys(site.devices.values()), refused=True)
    return None


def _places(file: Path) -> Iterator[Path]:
    """Where it may be: beside the store that the broken file names, or where stores usually are."""
    text = ""
    with suppress(OSError):
        text = file.read_bytes()[:LONGEST].decode("utf-8", "replace")
    stores = _STORE.findall(text)
    with suppress(ValueError, RecursionError, AttributeError):
        stores.append(tomllib.loads(text).get("store", {}).get("path", STORE))
    for store in (*stores, STORE):
        if isinstance(store, str) and "\0" not in store:
            yield (file.parent / store).with_suffix(SUFFIX)
    if "STATE_DIRECTORY" in os.environ:  # systemd names it
        yield from sorted(Path(os.environ["STATE_DIRECTORY"].split(":")[0]).glob(f"*{SUFFIX}"))
