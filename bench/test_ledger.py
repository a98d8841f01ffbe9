"""Twelve cycles of the real thing; its judge is tested in gateway/sim."""

import json
import random
from pathlib import Path

import pytest

from bench import ledger
from hil_tests.broker import find_mosquitto


@pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto isn't installed")
@pytest.mark.timeout(180)
def test_twelve_faults_lose_nothing(tmp_path: Path) -> None:
    totals = tmp_path / "totals.json"
    seed = random.randrange(10**6)
    code = ledger.main(
        ["--cycles", "12", "--seed", str(seed), "--resume", str(totals), "--evidence", str(tmp_path / "evidence")]
    )
    said = json.loads(totals.read_text())
    assert code == 0, f"seed {seed}: {said['violations']}"
    assert said["cycles"] == sum(said["faults"].values()) == 12
    assert said["counts"]["made"] > 12
    assert said["counts"]["delivered"] + said["counts"]["given_up_by_nodes"] >= said["counts"]["made"]
    assert said["counts"]["marks_judged"] > 12
    assert said["counts"]["replayed"] > 0
    assert said["counts"]["starts"] > 3
    assert sum(said["kills"].values()) >= 3
