"""Options and fixtures of the rig: ``rig``, and ``report`` for the page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hil_tests.broker import find_mosquitto
from hil_tests.report import Entry, Report
from hil_tests.rig import Rig, read_plan

PLAN: pytest.StashKey[dict[str, Any] | None] = pytest.StashKey()
REPORT: pytest.StashKey[Report] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Of the rig, and of the virtual machine in which a real BlueZ runs (hil_tests/vm)."""
    group = parser.getgroup("rig of Anju")
    group.addoption("--rig", metavar="RIG.TOML", help="ask the real hardware named in this file")
    group.addoption("--hil-report", metavar="PATH", help="write the one-page HTML report here")
    group.addoption("--bluez", choices=("smoke", "whole"), default="smoke", help="how much a real BlueZ is asked")
    group.addoption("--bluez-debian", metavar="SUITE", help="ask another Debian's: bookworm, trixie")


def pytest_configure(config: pytest.Config) -> None:
    """Read rig.toml before any test, so that a mistake in it costs no time."""
    path = config.getoption("--rig")
    config.stash[PLAN] = read_plan(Path(path)) if path else None
    page = None if hasattr(config, "workerinput") else config.getoption("--hil-report")  # one page, whoever helps
    report = Report(Path(page) if page else None, path or "simulated")
    config.stash[REPORT] = report
    config.pluginmanager.register(report, "anju-report")


@pytest.fixture
def report(request: pytest.FixtureRequest, record_property: Any) -> Iterator[Entry]:
    """Put this test on the page: ``report(requirement=…, did=…, figures={…})``; without the first, its docstring."""
    said = (request.function.__doc__ or "").strip()
    entry = request.config.stash[REPORT].entry(request.node.nodeid, said)
    yield entry
    record_property("requirement", entry.requirement)
    for done in entry.done:
        record_property("did", done)
    for name, figure in entry.figures.items():
        record_property(name, figure)


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """The rig of this run: simulated, or the one that ``--rig`` names. ``indirect`` parameters go to ``Rig``."""
    plan = request.config.stash[PLAN]
    if plan is None and find_mosquitto() is None:
        pytest.fail("mosquitto isn't installed: make test brings it, or apt-get install mosquitto")
    with Rig(tmp_path, plan, **getattr(request, "param", {})) as rig:
        yield rig


@pytest.fixture(scope="session")
def simulated_only(request: pytest.FixtureRequest) -> None:
    """For tests of the rig's own simulated pieces."""
    if request.config.stash[PLAN] is not None:
        pytest.skip("this tests a simulated piece; the rig is real")
