"""The firmware's own check runs with what is installed here."""

import subprocess
import sys
from pathlib import Path

CHECK = Path(__file__).with_name("check.py")


def test_check_runs_and_says_what_it_checked_or_why_not():
    done = subprocess.run(
        [sys.executable, str(CHECK), "--stubs"], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for what in ("types: ", "size: ", "heap: "):
        assert what in done.stdout
