"""The log of `anju run`: what others write into it steers no terminal and forges no line."""

import io
import logging
import subprocess
import sys

import pytest

from gateway.loglines import Lines
from gateway.opening import Journal

HOSTILE = "kitchen\x1b[2J\x9b31m\r2026-01-01 00:00:00,000 ERROR all is well\n<6>forged\u2028again\u202e\x00"


@pytest.mark.parametrize("kind", [Lines, Journal])
@pytest.mark.parametrize("fails", [False, True])
def test_what_others_say_is_one_line_without_signs_that_steer(kind: type[logging.Formatter], fails: bool) -> None:
    out = io.StringIO()
    sink = logging.StreamHandler(out)
    sink.setFormatter(kind())
    log = logging.Logger("test", logging.DEBUG)
    log.addHandler(sink)
    try:
        raise ValueError(HOSTILE) from OSError(HOSTILE)
    except ValueError:
        log.warning("port %s: %s speaks", "ble", HOSTILE, exc_info=fails, stack_info=fails)
    log.info("the next")
    first, *rest, last, end = out.getvalue().split("\n")
    assert end == ""
    for sign in "\x1b\x9b\r\u2028\u202e\x00":
        assert sign not in out.getvalue()
    assert "kitchen\\x1b[2J\\x9b31m\\r2026-01-01" in first
    assert last.endswith("the next")
    assert len(rest) >= 10 if fails else rest == []
    begins = "<4>  " if kind is Journal else "  "
    assert all(line.startswith(begins) for line in rest), "each line of a traceback is known for one"


def test_mistakes_are_told_in_words_of_any_language() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "%s: 厨房的传感器没有声音", ("e\u0301",), None)
    assert Lines().format(record).endswith("ERROR e\u0301: 厨房的传感器没有声音")


def test_a_fault_that_nobody_caught_is_in_the_log_as_well() -> None:
    code = f"from gateway import opening; opening.begin_log(verbose=False); raise ValueError({HOSTILE!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=False)
    lines = done.stderr.decode().split("\n")
    assert done.returncode == 1
    assert lines[0].endswith("CRITICAL ended by a fault of the program")
    assert all(line.startswith("  ") for line in lines[1:-1])
    assert b"\x1b" not in done.stderr
    assert b"\r" not in done.stderr
