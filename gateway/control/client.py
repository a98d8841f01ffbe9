"""The commands' end of the control socket."""

import json
import os
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.control.name import short

PATIENCE = 15.0
"""Seconds for an answer."""
SITES = ("site.toml", "/etc/anju/site.toml")
"""Where a site file is looked for, if nobody names one."""


class NoGateway(OSError):
    """Nobody answers at the socket."""


def ask(path: Path, call: str, /, **said: Any) -> Mapping[str, Any]:
    """One call -> the answer, ``{"ok": …}``. Raises NoGateway."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        try:
            with short(path) as name:
                connection.connect(name)
            connection.sendall(json.dumps({"call": call, **said}).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer = json.loads(lines.readline())
        except PermissionError as error:
            raise NoGateway(f"{path}: you may not ask this gateway; its user and the group of [control] may") from error
        except (FileNotFoundError, ConnectionError) as error:
            raise NoGateway(f"{path}: no gateway answers there; is `anju run` up?") from error
        except TimeoutError as error:
            raise NoGateway(f"{path}: the gateway does not answer within {PATIENCE:.0f} s") from error
        except ValueError as error:
            raise NoGateway(f"{path}: what answers there is no gateway: {error}") from error
    if not isinstance(answer, dict):
        raise NoGateway(f"{path}: what answers there is no gateway")
    return answer


def store_of(site: Path) -> Path:
    """Where a site file says that its store is, as the site's own reader has it; raises NoGateway."""
    try:
        said = tomllib.loads(site.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        if (store := _in_use(site)) is not None:
            return store
        if isinstance(error, OSError):
            raise NoGateway(f"{site}: {error.strerror or error}") from error
        raise NoGateway(f"{site} is no site file: {error}") from error
    store = said.get("store")
    path = store.get("path") if isinstance(store, dict) else None
    if isinstance(path, str) and path:
        return site.parent / path
    usual = site.parent / "data/anju.db"
    return usual if os.path.exists(usual) else _in_use(site) or usual  # the end of the file may be what is missing


def _in_use(site: Path) -> Path | None:
    """A gateway goes on though its site file is broken, and just then somebody may have to hush it."""
    from gateway.site.last import store_in_use  # all that reads a site takes as long as the question

    return store_in_use(site)


def find_site(named: Path | None) -> Path:
    """The site file: the one that is named, that of ANJU_SITE, ./site.toml, /etc/anju/site.toml."""
    if named is not None:
        return named
    if told := os.environ.get("ANJU_SITE"):
        return Path(told)
    return next((path for path in map(Path, SITES) if path.is_file()), Path(SITES[0]))
