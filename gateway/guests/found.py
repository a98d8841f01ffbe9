"""A driver by the name that a person gives it: one of ours, one that is installed, or a file that holds one."""

import importlib.util
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from drivers import modbus, topic_map
from drivers.driver import Driver
from drivers.shipped import shipped
from drivers.table import BadMap
from gateway.guests.entries import NoDriver, installed, load
from rules.sentence import Sentence, strung


class Found(NamedTuple):
    """A driver, where it is, and where its captured frames are looked for."""

    driver: Driver
    place: str
    frames: Path | None


def named(name: str) -> Driver:
    """A shipped or installed driver, or the only one of a module or map; raises NoDriver."""
    ours = shipped()
    if name in ours:
        return ours[name]
    if is_path(name):
        found = list(below(Path(name)))
        if len(found) != 1:
            raise NoDriver(f"{name} holds {len(found)} drivers: {', '.join(one.driver.name for one in found)}")
        return found[0].driver
    return load(name)


def is_path(name: str) -> bool:
    """Whether a person means a file: it ends like one, or names a folder."""
    return name.endswith((".py", ".toml")) or "/" in name or Path(name).is_dir()


def known() -> list[str]:
    """All names there are."""
    return sorted({*shipped(), *installed()})


def below(path: Path) -> Iterator[Found]:
    """The drivers of a module, of a map, or of all modules and maps in a folder; raises NoDriver."""
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix in (".py", ".toml"))
        for one in files:
            if one.suffix == ".py" and not one.name.startswith(("test_", "_", "conftest", "setup.")):
                yield from _of_module(one)
            elif one.suffix == ".toml" and "value" in _parsed(one):
                yield _of_map(one)
    elif path.suffix == ".toml":
        yield _of_map(path)
    elif path.suffix == ".py":
        found = list(_of_module(path))
        if not found:
            raise NoDriver(f"{path}: no drivers.driver.Driver is in it, such as DRIVER = Driver(…)")
        yield from found
    elif not path.exists():
        raise NoDriver(f"{path}: no such file")
    else:
        raise NoDriver(f"{path}: neither a folder nor a .py or .toml file")


def of_package(name: str) -> Found:
    """An installed driver; its frames are a file NAME.toml beside its module. Raises NoDriver."""
    driver, point = load(name), installed()[name]
    package = point.point.module.rpartition(".")[0] or point.point.module
    try:
        folder = resources.files(package)
        frames = _frames(Path(str(folder)), name)
    except (ModuleNotFoundError, TypeError):  # a module that is no package
        frames = None
    spec = importlib.util.find_spec(point.point.module)
    if frames is None and spec is not None and spec.origin:
        frames = _frames(Path(spec.origin).parent, name)
    return Found(driver, point.package, frames)


def _of_module(path: Path) -> Iterator[Found]:
    """Every Driver among the names of a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise NoDriver(f"{path} can't be imported: {type(error).__name__}: {error}") from error
    seen: set[str] = set()
    for value in vars(module).values():
        several = value if isinstance(value, tuple | list) else (value,)
        for driver in several:
            if isinstance(driver, Driver) and driver.name not in seen:
                seen.add(driver.name)
                yield Found(driver, str(path), _frames(path.parent, driver.name))


def _of_map(path: Path) -> Found:
    table = _parsed(path)
    if "frame" in table:
        raise NoDriver(f"{path} holds captured frames: name the module or the map that they belong to")
    make = modbus.driver if any("register" in one for one in table.get("value", ())) else topic_map.driver
    try:
        driver = make(table, path.stem)
    except BadMap as bad:
        at = ((".".join(map(str, where)), Sentence(what)) for where, what in bad.mistakes)
        told = [Sentence("{path}: {what}", path=key, what=what) if key else what for key, what in at]
        raise NoDriver(Sentence("{path}: {what}", path=path, what=strung(told, "{one}; {other}"))) from bad
    return Found(driver, str(path), _frames(path.parent, driver.name, path))


def _parsed(path: Path) -> dict[str, list[dict[str, object]]]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NoDriver(f"{path}: {error}") from error


def _frames(folder: Path, name: str, but: Path | None = None) -> Path | None:
    """The captures file of a driver, beside its module or in ``frames/``."""
    places = [folder / f"{name}.toml", folder / "frames" / f"{name}.toml"]
    return next((place for place in places if place.is_file() and place != but), None)
