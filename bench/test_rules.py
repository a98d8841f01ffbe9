"""The measurement of the rules runs, in the size of a test; its figures aren't judged here."""

import json
import subprocess
import sys
from pathlib import Path

from bench.ifs import Ifs
from bench.rules import recorded, slope
from drivers.reading import Reading
from rules.csvrows import rows

ROOT = Path(__file__).parent.parent


def test_every_figure_is_there() -> None:
    command = [sys.executable, "-m", "bench.rules", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [row["homes"] for row in told["rows"]] == [1, 5]
    for row in told["rows"]:
        wanted = ("readings_s", "plain_ifs_s", "one_object_s", "tick_us", "checkpoint_kb", "checkpoint_ms", "work")
        assert all(row[name] > 0 for name in wanted), row
    assert told["backtest"]["rows"] == 2 * 2572


def test_the_flat_of_the_back_test_is_a_recording() -> None:
    lines = "".join(recorded(1)).splitlines(keepends=True)
    found = list(rows(lines, "f"))
    assert len(found) == 2572
    assert len({row.device for row in found}) == 10


def test_the_floor_sees_what_a_rule_sees() -> None:
    ifs = Ifs()
    for at, value in ((0.0, False), (10.0, True), (20.0, False)):
        ifs.feed(Reading("s", "smoke", "smoke", value, at))
    assert ifs.fired == 1
    assert ifs.silent(10_000.0) == 1


def test_the_slope_is_that_of_twenty_thousand_sensors_to_fifty() -> None:
    few = {"readings_s": 250_000.0, "plain_ifs_s": 2_000_000.0, "one_object_s": 10_000_000.0, "work": 330.0}
    many = {"readings_s": 125_000.0, "plain_ifs_s": 1_000_000.0, "one_object_s": 8_000_000.0, "work": 340.0}
    told = slope({"10": few, "50": few, "20000": many})
    assert (told["flat"], told["flat_plain_ifs"], told["flat_one_object"]) == (0.5, 0.5, 0.8)
    assert told["flat_work"] == 0.971
    assert told["more_ns"] == {"readings_s": 4000, "plain_ifs_s": 500, "one_object_s": 25}
    assert slope({"10": few, "50": few}) == {}
