"""A site file changed by a command: comments stay, a mistake leaves it as it was. The only user of tomlkit."""

import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import tomlkit
from tomlkit.exceptions import TOMLKitError

from gateway.site.texts import load_document
from rules.document import Mistake, Mistakes

Value = str | int | float | bool | Mapping[str, str] | Sequence[str]


def add_device(path: Path, name: str, keys: Mapping[str, Value]) -> None:
    """Write [devices.NAME] behind the other devices; raises Mistakes, and OSError where it can't be written."""
    document = _read(path)
    devices = document.get("devices")
    if isinstance(devices, Mapping) and name in devices:
        raise Mistakes(
            [Mistake.of(str(path), 1, 'there is a device "{name}" already', "choose another name", name=name)]
        )
    table = tomlkit.table()
    for key, value in keys.items():
        table[key] = _item(value)
    if devices is None:
        document["devices"] = tomlkit.table(is_super_table=True)
    document["devices"][name] = table
    _write(path, tomlkit.dumps(document), {name: keys})


def sign(
    path: Path, names: Sequence[str], by: str, on: str, says: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> None:
    """Write down who tested devices, and when (ISO date), at their present addresses; raises Mistakes and OSError.

    ``says``: of some devices what they were heard to say, from now on the site's promise.
    """
    document = _read(path)
    changes: dict[str, Mapping[str, Value]] = {}
    for name in names:
        try:
            device = document["devices"][name]
            tested: Value = {"by": by, "on": on, "address": str(device["address"])}
        except (KeyError, TypeError):
            raise Mistakes(
                [Mistake.of(str(path), 1, 'there is no device "{name}"', "name one of [devices]", name=name)]
            ) from None
        changes[name] = {"tested": tested} | ({"says": list(says[name])} if name in says else {})
        for key, value in changes[name].items():
            device[key] = _item(value)
    _write(path, tomlkit.dumps(document), changes)


def _item(value: Value) -> object:
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _read(path: Path) -> tomlkit.TOMLDocument:
    load_document(path)
    try:
        return tomlkit.parse(path.read_text("utf-8-sig"))
    except TOMLKitError as error:
        raise Mistakes(
            [Mistake.of(str(path), 1, "can't be changed by a command: {error}", "change it by hand", error=error)]
        ) from None


def _write(path: Path, text: str, changes: Mapping[str, Mapping[str, Value]]) -> None:
    """Replace the file at once, if what comes of it is a sound site with just these changes of devices."""
    wanted = tomllib.loads(path.read_text("utf-8-sig"))
    for name, keys in changes.items():
        wanted.setdefault("devices", {}).setdefault(name, {}).update(keys)
    if tomllib.loads(text) != wanted:
        raise Mistakes([Mistake(str(path), 1, "this file's form can't be changed by a command", "change it by hand")])
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            load_document(Path(fresh))
        except Mistakes as found:
            raise Mistakes([one._replace(file=str(path)) for one in found.mistakes]) from None
        status = path.stat()
        os.chmod(fresh, status.st_mode & 0o7777)
        with suppress(PermissionError):
            os.chown(fresh, status.st_uid, status.st_gid)
        os.replace(fresh, path.resolve())
    finally:
        with suppress(FileNotFoundError):
            os.unlink(fresh)
