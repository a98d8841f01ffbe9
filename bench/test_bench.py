"""Every measurement runs, in the size of a test, and says that nothing was lost; its figures aren't judged here."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bench.figures import quantile, spread, table
from gateway.sim.bluez import find_dbus_daemon
from hil_tests.broker import find_mosquitto

ROOT = Path(__file__).parent.parent


def run(name: str, *options: str) -> dict[str, Any]:
    """The JSON that a measurement prints."""
    command = [sys.executable, "-m", f"bench.{name}", "--quick", "--json", *options]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


QUICK = {"ble": ["--rate", "2000"], "footprint": [], "main_path": [], "latency": [], "throughput": [], "estate": [],
         "people": [], "backlog": []}  # fmt: skip
"""Each is a process of its own that mostly waits: three at a time, the long ones first. How full a line gets is looked at
alone."""
Measured = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def measured() -> Iterator[Measured]:
    """The figures of a measurement, all of which are begun when the first is asked for."""
    pool = ThreadPoolExecutor(3)
    begun = {name: pool.submit(run, name, *options) for name, options in QUICK.items()}
    yield lambda name: begun[name].result()
    pool.shutdown(cancel_futures=True)


def test_a_shared_line_is_used_and_its_alarms_are_decided() -> None:
    said = run("bus")
    assert [row["of the possible %"] > 20 for row in said["rows"]] == [True, True]
    assert said["alarm to decision, 2 dead"]["count"] == 2


@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto isn't installed")
@pytest.mark.parametrize("name", ["latency", "backlog", "footprint", "throughput"])
def test_a_measurement_runs_and_loses_nothing(name: str, measured: Measured) -> None:
    rows = measured(name)["rows"]
    assert rows
    losses = [row[key] for row in rows for key in row if key.endswith("lost")]
    assert losses == ([0] * 4 if name == "throughput" else [])


@pytest.mark.skipif(find_dbus_daemon() is None, reason="dbus-daemon isn't installed")
def test_no_press_of_ours_is_lost_in_a_crowd(measured: Measured) -> None:
    (row,) = measured("ble")["rows"]
    assert row["presses"] >= 50
    assert row["lost"] == 0


@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto isn't installed")
def test_each_change_of_the_main_path_is_told_once_by_the_gateway_and_by_the_floor(measured: Measured) -> None:
    """That none is lost or told twice, steady and flooded, it looks at itself and fails."""
    rows = measured("main_path")["rows"]
    assert [row["who"].partition(":")[0] for row in rows] == ["floor", "anju"]
    assert [row["alerts"] for row in rows] == [20, 20]
    for row in rows:
        assert 0 < row["p50 ms"] <= row["p99 ms"] <= row["p99.9 ms"]
        assert row["highest/s"] > 0


def test_a_siren_and_a_receiver_are_reached_beside_a_dead_channel(measured: Measured) -> None:
    rows = measured("people")["rows"]
    assert [row["count"] for row in rows] == [5, 5]


def test_an_estate_writes_its_state_and_raises_alarms_beside_it(measured: Measured) -> None:
    (row,) = measured("estate")["rows"]
    assert int(row.pop("sensors")) == 50
    assert min(row.values()) >= 0
    assert 0 < row["quiet_p50"] <= row["quiet_max"]
    assert row["checkpoint_max"] > 0


def test_figures_of_known_values() -> None:
    assert quantile([3, 1, 2], 0.5) == 2
    assert spread([0.001 * n for n in range(1, 101)]) == {
        "count": 100,
        "p50_ms": 50.5,
        "p99_ms": 100.0,
        "max_ms": 100.0,
    }
    assert spread([]) == {"count": 0}
    assert table([{"what": "a", "n": 1234}, {"what": "bb", "n": 0.5}]).splitlines() == [
        "what      n",
        "a     1,234",
        "bb     0.50",
    ]


def test_a_measurement_that_is_run_by_its_path_finds_the_rules_and_not_a_file_of_this_folder(tmp_path: Path) -> None:
    recorded = tmp_path / "flat.csv"
    recorded.write_text("ts,home,device,quantity,value\n0,flat,s,smoke,0\n10,flat,s,smoke,1\n20,flat,s,smoke,1\n")
    command = [sys.executable, str(ROOT / "bench" / "normal.py"), str(recorded), "--quick", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [(row["rule"], row["alerts"]) for row in told["rows"]] == [("smoke", 1)]
    assert told["rows_read"] == 3


def test_a_measurement_imports_this_package_before_one_that_a_file_here_could_hide() -> None:
    files = sorted((ROOT / "bench").glob("*.py"))
    hidden = {path.stem for path in files} & {path.name for path in ROOT.iterdir()}
    looked = 0
    for path in files:
        found = [node.module for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom)]
        tops = [module.partition(".")[0] for module in found if module]
        if '__name__ == "__main__"' in path.read_text() and hidden & {*tops}:
            assert next(top for top in tops if top in hidden | {"bench"}) == "bench", path.name
            looked += 1
    assert (hidden, looked >= 4) == ({"rules"}, True)
