"""The wall clock is stepped by years, and the gateway is frozen: no alarm is lost, none invented, none re-dated."""

from pathlib import Path

import pytest

from hil_tests.report import Entry
from hil_tests.rig import Rig

YEAR = 365 * 86400


def preload(folder: Path) -> tuple[dict[str, str], Path]:
    """The environment of a process whose wall clock follows a file, and that file; skips without libfaketime."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("libfaketime isn't here: make test brings it, or apt-get install libfaketime")
    offset = folder / "offset"
    offset.write_text("+0\n")
    # Only the wall clock is moved: the steady clocks are what the kernel says.
    env = {"LD_PRELOAD": str(found[0]), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1"}
    return {**env, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}, offset


@pytest.mark.parametrize("years", [10, -10])
def test_a_step_of_the_wall_clock_changes_no_alarm(rig: Rig, report: Entry, tmp_path: Path, years: int) -> None:
    """A jump of ±10 years loses no alarm, invents none, and moves no duration (bar 5)."""
    rig.needs("account", "broker")
    env, offset = preload(tmp_path)
    rig.gateway.up(env=env)
    rig.account.press()
    before = rig.platform.wait_event(20, rule="emergency-call", n=1)
    offset.write_text(f"{years:+d}y\n")
    rig.account.press()
    after = rig.platform.wait_event(10, rule="emergency-call", n=2)
    rig.account.set("smoke", 1)
    rig.platform.wait_event(10, rule="smoke", state="firing")
    verdict = rig.settle(5)
    moved = after.body["at"] - before.body["at"]
    steady = after.body["gateway_at"] - before.body["gateway_at"]
    figures = {"wall_moved_years": round(moved / YEAR, 2), "gateway_time_moved_s": round(steady, 2)}
    report(did=f"the wall clock moved by {years} years between two presses", figures=figures)
    assert verdict.ok, verdict
    first, second, *_ = rig.account.made()
    assert first.acked_at is not None
    assert second.acked_at is not None  # each was heard between its first sending and its acknowledgement
    least, most = second.sent_at - first.acked_at, second.acked_at - first.sent_at
    assert least - 0.1 < steady < most + 0.1, "gateway time goes on as the steady clock does"
    assert abs(moved - years * YEAR) < 4 * 86400, "and the wall time that it tells follows the step"
    rules = {one.body["rule"] for one in rig.platform.events(kind="alert", state="firing")}
    assert rules <= {"emergency-call", "smoke", "clock-unsynced"}, "nothing that no sensor said"


def test_a_frozen_gateway_hears_what_the_node_repeated_meanwhile(rig: Rig, report: Entry) -> None:
    """A suspended gateway (SIGSTOP) takes up where it was: what the node held arrives, no sensor is blamed."""
    rig.needs("account", "broker")
    rig.gateway.up()
    rig.account.press()
    rig.platform.wait_event(5, rule="emergency-call")
    rig.gateway.freeze()
    rig.account.set("smoke", 1)
    rig.account.wait_event("sounder", 15, on=True)
    rig.gateway.thaw()
    rig.platform.wait_event(20, rule="smoke", state="firing")
    rig.account.wait_acknowledged(10)
    verdict = rig.settle(5)
    report(did="frozen until the node sounded by itself, then thawed", figures=verdict.figures())
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"
    assert rig.platform.events(rule="sensor-silent") == []
