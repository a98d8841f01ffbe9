"""The floors of the house: who may import whom, who may touch the disk, the line, the network and the clock."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent
OURS = {"drivers", "rules", "gateway", "firmware", "hil_tests", "bench"}
TOP = {"drivers": set[str](), "rules": {"drivers"}, "gateway": {"drivers", "rules"}}
"""Floor -> the floors that it stands on. The firmware is looked at apart; tests and benchmarks may import anything."""
PURE = ("drivers/", "rules/")
NOT_PURE = {"asyncio", "time", "socket", "threading", "subprocess", "sqlite3", "os", "io", "select"}
"""Modules that tell the time, wait, or touch the world."""
PARSERS = {"drivers/bthome.py": {"cryptography"}, "drivers/parsed.py": {"habluetooth"}}
"""Module of a driver -> the libraries it reads its bytes with. They are pure too, and imported when first needed."""
ONLY: Mapping[str, str | tuple[str, ...]] = {
    "sqlite3": "gateway/store/",
    "aiosqlite": "gateway/store/",
    "serial": "gateway/ports/serial/wire.py",
    "bleak": "gateway/ports/ble.py",
    "bleak_retry_connector": "gateway/ports/ble.py",
    "dbus_fast": "gateway/ports/ble.py",
    "gpiod": "gateway/ports/gpio.py",
    "termios": "gateway/ports/serial/wire.py",
    "aiomqtt": ("gateway/uplink/", "gateway/ports/mqtt.py"),
    "paho": ("gateway/uplink/", "gateway/ports/mqtt.py"),
    "amqtt": "gateway/sim/",
    "tomlkit": "gateway/site/edit.py",
    "aiosmtpd": "gateway/sim/",
    "apprise": "gateway/people/chatter.py",
    "smtplib": "gateway/people/mail.py",
    "rich": "gateway/sim/",
}
"""Module -> the one place of the house that uses it, or two that are two ends of it. ``gateway/sim`` plays the world, so it may use all of them."""
TIME = {"time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.clock_gettime", "time.perf_counter",
        "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}  # fmt: skip


class Import(NamedTuple):
    """``file`` imports ``module``; ``names`` are what it takes of it (empty for a plain import)."""

    file: str
    module: str
    names: tuple[str, ...]
    line: int

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def sources(*floors: str, tests: bool = False) -> list[Path]:
    files = [path for floor in floors for path in sorted((ROOT / floor).rglob("*.py"))]
    return [path for path in files if tests or not path.name.startswith(("test_", "conftest"))]


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@lru_cache(maxsize=4096)
def imports(path: Path) -> tuple[Import, ...]:
    """What ``find_imports`` finds, read once."""
    return tuple(find_imports(path))


def find_imports(path: Path) -> Iterator[Import]:
    """Every import, also those inside functions; ``importlib.import_module("x")`` counts too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(place(path), alias.name, (), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            module = node.module or ""
            if node.level:
                package = path.relative_to(ROOT).parts[: -node.level]
                module = ".".join([*package, *filter(None, [module])])
            yield Import(place(path), module, names, node.lineno)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "__import__"):
            for name in [argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)]:
                yield Import(place(path), str(name), (), node.lineno)


def dotted_calls(path: Path) -> Iterator[tuple[str, int]]:
    """The last two names of every call, such as time.monotonic or datetime.now; bare names that were imported, too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    origin = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = ast.unparse(node)
            yield ".".join(origin.get(name, name).split(".")[-2:]), node.lineno


def within(file: str, owners: str | tuple[str, ...]) -> bool:
    """True if this file is an owner, or in its folder (a file that outgrew itself becomes a folder of its name)."""
    if isinstance(owners, tuple):
        return any(within(file, owner) for owner in owners)
    owner = owners
    return file == owner or file.startswith((owner.removesuffix(".py").rstrip("/") + "/", "gateway/sim/"))


def breaches_of_floors(path: Path) -> list[str]:
    floor = place(path).partition("/")[0]
    found = [one for one in imports(path) if one.top in OURS and one.top != floor and one.top not in TOP[floor]]
    if floor == "rules":
        found += [one for one in imports(path) if one.top == "drivers" and one.module != "drivers.reading"]
    if place(path).startswith(PURE):
        found += [one for one in imports(path) if one.top in NOT_PURE]
        own = OURS | sys.stdlib_module_names | PARSERS.get(place(path), set())
        found += [one for one in imports(path) if one.top not in own]
    return list(map(str, found))


def breaches_of_ownership(path: Path) -> list[str]:
    found = [str(one) for one in imports(path) if one.top in ONLY and not within(place(path), ONLY[one.top])]
    if place(path) != "gateway/clock.py" and not place(path).startswith("gateway/sim/"):
        found += [f"{place(path)}:{line} reads {call}" for call, line in dotted_calls(path) if call in TIME]
    return found


def test_nobody_imports_upwards() -> None:
    files = sources(*TOP)
    assert [breach for path in files for breach in breaches_of_floors(path)] == []
    assert len(files) >= 20, "too few files were looked at: did a folder move?"
    assert {place(path).partition("/")[0] for path in files} == set(TOP)


@pytest.mark.parametrize(
    "folder", ["drivers", "gateway/ladder", "gateway/ports", "gateway/sim", "gateway/guests", "hil_tests"]
)
def test_nobody_imports_in_a_circle(folder: str) -> None:
    """For types alone neither: who needs to be told what another one is should be told what he needs of it."""
    files = {place(path).removesuffix(".py").replace("/", "."): path for path in sources(folder)}
    graph = {
        name: {into for one in imports(path) for into in (one.module, *(f"{one.module}.{n}" for n in one.names))}
        & (files.keys() - {name})
        for name, path in files.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(files) >= 10  # raises CycleError with the circle
    assert sum(map(len, graph.values())) >= 10


def test_one_place_each_for_disk_line_network_and_clock() -> None:
    files = sources(*TOP)
    assert [breach for path in files for breach in breaches_of_ownership(path)] == []
    assert len(files) >= 20


def test_the_firmware_stands_alone() -> None:
    files = sources("firmware")
    own = {path.stem for path in files}
    strangers = [str(one) for path in files for one in imports(path) if one.top in OURS - own]
    assert strangers == []
    chips = ("machine", "bluetooth", "esp32", "rp2")
    touching = {place(path) for path in files for one in imports(path) if one.top in chips}
    assert touching <= {"firmware/lib/board.py"}, "only the board module touches a board"
    assert len(files) >= 3


def test_each_folders_map_names_what_is_in_it_and_nothing_else() -> None:
    """The docstring of a package says in a line what each of its files and folders is for."""
    wrong, seen = [], 0
    for face in sorted(path for floor in OURS for path in (ROOT / floor).rglob("__init__.py")):
        folder, text = face.parent, ast.get_docstring(ast.parse(face.read_text(encoding="utf-8"))) or ""
        files = {path.name for path in folder.glob("*.py") if not path.name.startswith(("test_", "__", "conftest"))}
        rooms = files | {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
        named = set(re.findall(r"[\w/]+\.py\b|\w+/(?!\w)", text))
        wrong += [f"{place(face)} doesn't name {room}" for room in sorted(rooms - named)] if len(files) > 1 else []
        gone = [name for name in named - rooms if not ((folder / name).exists() or (ROOT / name).exists())]
        wrong += [f"{place(face)} names {name}, which is gone" for name in sorted(gone)]
        seen += len(rooms)
    assert not wrong, "\n".join(wrong)
    assert seen >= 300


def test_nothing_imports_the_rig_or_the_benchmarks() -> None:
    files = sources(*TOP, "firmware", tests=True)
    assert [str(one) for path in files for one in imports(path) if one.top == "hil_tests"] == []
    assert [str(one) for path in sources(*TOP) for one in imports(path) if one.top == "bench"] == []
    assert len(files) >= 25


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("drivers/x.py", "from rules.alert import Alert"),
        ("drivers/x.py", "def f():\n    import gateway.app"),
        ("drivers/x.py", "import time"),
        ("drivers/x.py", "import pymodbus"),
        ("rules/x.py", "from drivers.driver import Driver"),
        ("rules/x.py", "from asyncio import sleep"),
        ("gateway/x.py", "import hil_tests.rig"),
        ("gateway/x.py", "__import__('bench.latency')"),
        ("gateway/x.py", "import sqlite3"),
        ("gateway/ports/mqtt.py", "import serial"),
        ("gateway/hub.py", "from aiomqtt import Client"),
        ("gateway/hub.py", "import time\nat = time.monotonic()"),
        ("gateway/hub.py", "from time import monotonic as now\nat = now()"),
        ("gateway/hub.py", "import datetime\nat = datetime.datetime.now()"),
        ("rules/x.py", "from datetime import datetime\nnow = datetime.now"),
    ],
)
def test_a_breach_is_seen(file: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert breaches_of_floors(path) + breaches_of_ownership(path)


def test_what_is_allowed_is_no_breach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    allowed = {
        "gateway/store/disk.py": "import aiosqlite, sqlite3",
        "gateway/ports/serial/wire.py": "import serial",
        "gateway/clock.py": "import time\nnow = time.monotonic()",
        "gateway/sim/demo.py": "import time, rich, amqtt\nnow = time.monotonic()",
        "gateway/hub.py": "from rules.alert import Alert\nfrom drivers.driver import Driver\nfrom . import clock",
        "rules/x.py": "from drivers.reading import Reading\nimport math",
    }
    for file, text in allowed.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        assert breaches_of_floors(path) + breaches_of_ownership(path) == [], file
