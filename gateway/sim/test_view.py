import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ANJU = (sys.executable, "-X", "dev", "-W", "error", "-c", "import sys; from gateway.cli import main; sys.exit(main())")
LINES, COLUMNS = 24, 80
ENTER, LEAVE, SHOW_CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


def play(folder: Path, lang: str, words: tuple[str, ...]) -> tuple[int, bytes]:
    """Run the demo in a terminal of 80 x 24, press Ctrl-C when all has been on the screen -> exit status, what it wrote."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    environ = {name: value for name, value in environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    run = subprocess.Popen(
        [*ANJU, "demo", "--pause", "0.2", "--lang", lang], cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    written, stopped = b"", False
    try:
        while data := os.read(ours, 65_536):
            written += data
            if not stopped and all(word.encode() in written for word in words):
                run.send_signal(signal.SIGINT)
                stopped = True
    except OSError:  # Nobody has the other end open any more (EIO).
        pass
    finally:
        os.close(ours)
    return run.wait(10), written


@pytest.mark.parametrize(("lang", "words"), [
    ("en", ("Sensors", "Kitchen", "no smoke", "door open", "Outbox", "telemetry", "Platform received", "gateway online")),
    ("zh", ("传感器", "厨房", "无烟", "门开", "待发", "遥测", "平台收到", "网关在线")),
])  # fmt: skip
def test_the_live_view_shows_the_flat_and_gives_the_screen_back(
    tmp_path: Path, lang: str, words: tuple[str, ...]
) -> None:
    status, written = play(tmp_path, lang, words)
    assert status == 0, written.decode(errors="replace")[-2000:]
    assert written.count(ENTER) == written.count(LEAVE) == 1
    live, after = written.split(LEAVE)
    assert [word for word in words if word.encode() not in live] == []
    assert SHOW_CURSOR in live + after
    assert b"\x1b" not in after.replace(SHOW_CURSOR, b""), "the ledger is plain text"
    assert ("lost 0" if lang == "en" else "丢失 0").encode() in after
