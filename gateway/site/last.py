"""The site that was in use last, kept beside the store: a gateway whose site file is broken starts by it.

A file that somebody left half edited, or that a full disk cut short, changes nothing while the gateway runs. The next
loss of power must not make of it a home without any protection. Neither must a version that refuses what the one before
took: what it refuses is left out of that site.

The file ``anju.site`` beside ``anju.db`` is JSON: {"file": the site file, "text": Site.text}. It holds no secret.
"""

import json
import logging
import os
import re
import tomllib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from gateway.ladder.policy import shipped
from gateway.site.keys import read_keys
from gateway.site.model import Site
from gateway.site.texts import LONGEST, canonical, load_document, loads, once_sound
from rules.document import Mistakes
from rules.rulefile import packs

log = logging.getLogger(__name__)

SUFFIX = ".site"
SERVICE = "/var/lib/anju"
"""The folder of the service, as its unit says; systemd names it to the gateway itself alone."""
MOST = 1 << 26
"""Bytes; more was not written by us."""
_BROKEN = suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, Mistakes)
"""What may be wrong with what is kept."""
_STORE = re.compile(r"""^[ \t\w.={]{0,80}path[ \t]*=[ \t]*["']([^"'\n]+\.db)["']""", re.MULTILINE)
"""The store of a file that is no TOML any more."""


def keep(file: Path, site: Site) -> None:
    """This site is in use: a later start may have nothing else. Nothing is written if that is known."""
    path = site.store.path.with_suffix(SUFFIX)
    if path.resolve() == file.resolve():
        log.warning("the site that is in use isn't kept for the next start: %s is the site file itself", path)
        return
    text = json.dumps({"file": _name(file), "text": site.text}, ensure_ascii=False)
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
    for path in (*_named(file), *_usual(file)):
        if (text := _text(path, file)) is None:
            continue
        for by_ours in (True, False):
            with _BROKEN:
                site = loads(_with_our_rules(text) if by_ours else text, file.parent)
                return replace(site, keys=read_keys(site.devices.values()), refused=True)
        with _BROKEN:  # this version refuses what the one before took: alarms go before tidiness
            site, wrong = once_sound(_with_our_rules(text), file.parent)
            for one in wrong:
                log.error("the site that was in use last is taken without this: %s (remedy: %s)", one.what, one.remedy)
            return replace(site, keys=read_keys(site.devices.values()), refused=True)
    return _of_the_file(file)


def _of_the_file(file: Path) -> Site | None:
    """What can be made of the file itself where its store shows that it was in use, and nothing else was kept (by a
    version that didn't, or on a disk that took nothing)."""
    with _BROKEN:
        site, _ = load_document(file, sound=False)
        if site.devices and any(site.store.path.with_suffix(end).exists() for end in (".db", ".vital")):
            log.error("no site that was in use last is known: what can be read of %s is taken", file)
            return replace(site, keys=read_keys(site.devices.values()), refused=True)
    return None


def _with_our_rules(text: str) -> str:
    """By this version's own rules and ladders, as the file would be: it may be another one than wrote the text."""
    said, ours = json.loads(text), packs()
    said["packs"] = {name: ours[name] for name in said["packs"] if name in ours}
    return canonical(said | ({"ladders": shipped()} if "ladders" in said else {}))


def store_in_use(file: Path) -> Path | None:
    """The store of a gateway that goes on though this file can't be read, for whoever wants to ask it something."""
    named = [path.with_suffix(".db") for path in _named(file)]
    usual = [path.with_suffix(".db") for path in _usual(file) if _text(path, file) is not None]
    return next((store for store in (*named, *usual) if os.path.exists(store)), None)


def _text(path: Path, file: Path) -> str | None:
    """What is kept there, if it is of this file."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError), path.open("rb") as kept:
        said = json.loads(kept.read(MOST))
        return str(said["text"]) if said["file"] == _name(file) else None
    return None


def _name(file: Path) -> str:
    """The file as it is asked for: where it is a link, each change of the site may be another file."""
    return os.path.abspath(file)


def _named(file: Path) -> list[Path]:
    """Beside the store that the broken file still names."""
    text = ""
    with suppress(OSError), file.open("rb") as broken:
        text = broken.read(LONGEST).decode("utf-8", "replace")
    stores = _STORE.findall(text)
    with suppress(ValueError, RecursionError, AttributeError):
        stores.append(tomllib.loads(text).get("store", {}).get("path"))
    known = [store for store in stores if isinstance(store, str) and store.strip("./") and "\0" not in store]
    return [(file.parent / store).with_suffix(SUFFIX) for store in known]


def _usual(file: Path) -> list[Path]:
    """Where stores usually are, the latest first: one that was moved left an older one behind."""
    service = Path(os.environ.get("STATE_DIRECTORY", SERVICE).split(":")[0])
    found: list[Path] = []
    for folder in (file.parent, file.parent / "data", service):
        with suppress(OSError):
            found += folder.glob(f"*{SUFFIX}")
    return sorted(found, key=_written, reverse=True)


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
