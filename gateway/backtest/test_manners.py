"""`anju backtest` where things go as they do at a desk: Ctrl-C, packed files, nothing to read from, a full picture."""

import bz2
import io
import json
import lzma
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.backtest import report
from gateway.backtest.conftest import HEAD
from gateway.backtest.outcome import Given, play
from gateway.backtest.plot import svg
from gateway.cli import COULD_NOT_RUN, INTERRUPTED, OK, main
from rules.csvrows import numbered
from rules.recording import Recording
from rules.rulefile import load

Out = pytest.CaptureFixture[str]


def pressed(homes: str, days: int = 2) -> str:
    """In each of these homes somebody calls for help each day."""
    rows = [f"{1767571200 + day * 86400 + n},{home},bell,button,press\n" for day in range(days) for n, home in enumerate(homes)]
    return HEAD + "".join(rows)


@pytest.mark.parametrize("compared", [False, True])
def test_who_has_no_time_hears_of_the_homes_that_were_played(compared: bool) -> None:
    def impatient(share: float) -> None:
        if share > 0.6:
            raise KeyboardInterrupt

    recording, rules = Recording(), load(["elder"])
    list(recording.take(numbered(io.StringIO(pressed("abcd")), "f"), "f"))
    outcome = play(Given(recording, []), rules, [] if compared else None, impatient)
    assert [home.name for home in outcome.homes] == ["a", "b"]
    assert outcome.missing == 2
    assert {spell.home for spell in outcome.test.spells} == {"a", "b"}
    assert (outcome.test.homes, outcome.rows) == (2, 4)
    told = list(report.lines(outcome, "en"))
    assert told[1] == "Interrupted: 2 homes more were not played, and nothing is told of them."
    *changes, last = report.objects(outcome)
    assert json.loads(json.dumps(last))["summary"]["missing"] == 2
    assert {one["home"] for one in changes} == {"a", "b"}
    ET.fromstring(svg(outcome, "zh"))


def test_the_bar_moves_within_a_home_too() -> None:
    recording, shares = Recording(), list[float]()
    rows = (f"{1767571200 + n},h,t,battery_pct,80\n" for n in range(40_000))
    list(recording.take(numbered(iter([HEAD, *rows]), "f"), "f"))
    play(Given(recording, []), load(["battery-low"]), load(["battery-low"]), shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], len(shares)) == (0.0, 1.0, 11)


def test_nothing_is_told_where_no_home_was_played() -> None:
    def impatient(share: float) -> None:
        raise KeyboardInterrupt

    recording = Recording()
    list(recording.take(numbered(io.StringIO(pressed("ab")), "f"), "f"))
    with pytest.raises(KeyboardInterrupt):
        play(Given(recording, []), load(["elder"]), None, impatient)


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    """A pipe blocks whoever opens it until the other side has opened it, too. Whoever runs the tests may ignore SIGINT."""
    os.mkfifo(tmp_path / "pipe.csv")
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from gateway.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "backtest", str(tmp_path / "pipe.csv")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with open(tmp_path / "pipe.csv", "w", encoding="utf-8") as pipe:
        pipe.write(pressed("ab"))
        pipe.flush()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert (child.returncode, out, err) == (INTERRUPTED, "", "")


def packed_by_zip(data: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("d.csv", data)
    return whole.getvalue()


@pytest.mark.parametrize(("pack", "program"), [(bz2.compress, "bzip2"), (lzma.compress, "xz"), (packed_by_zip, "unzip")])
def test_what_others_packed_is_named_as_that(pack: object, program: str, tmp_path: Path, capsys: Out) -> None:
    assert callable(pack)
    (tmp_path / "d.csv").write_bytes(pack(pressed("a").encode()))
    assert main(["backtest", str(tmp_path / "d.csv"), "--lang", "en"]) == COULD_NOT_RUN
    told = capsys.readouterr().err
    assert f"d.csv:1: error: packed by {program}, or a spreadsheet" in told
    assert "(remedy: unpack it, or save it as CSV; gzip is read as it is)" in told


def test_a_file_that_is_named_twice_would_count_twice(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "d.csv").write_text(pressed("a"), "utf-8")
    for names in (["d.csv", "x/../d.csv"], ["-", "-"]):
        (tmp_path / "x").mkdir(exist_ok=True)
        paths = [name if name == "-" else str(tmp_path / name) for name in names]
        assert main(["backtest", *paths, "--lang", "en"]) == COULD_NOT_RUN
        assert "the file is named twice (remedy: name it once" in capsys.readouterr().err


def test_a_closed_standard_input_is_said(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["backtest", "-", "--lang", "en"]) == COULD_NOT_RUN
    assert "-:1: error: the standard input is closed" in capsys.readouterr().err


def test_a_picture_of_many_homes_begins_with_those_of_the_gravest_alerts(tmp_path: Path, capsys: Out) -> None:
    """An emergency in the last of five hundred homes is drawn, a notice in the first may not be."""
    rows = [f"{1767571200 + n * 600},h{home:03},t,battery_pct,5\n" for home in range(500) for n in range(13)]
    rows.append("1767572200,h499,bell,button,press\n")
    (tmp_path / "d.csv").write_text(HEAD + "".join(rows), "utf-8")
    args = ["backtest", str(tmp_path / "d.csv"), "--rules", "emergency-call", "--rules", "battery-low"]
    assert main([*args, "--plot", str(tmp_path / "out.svg"), "--lang", "en"]) == OK
    capsys.readouterr()
    picture = (tmp_path / "out.svg").read_text("utf-8")
    texts = [one.text for one in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "h499" in texts
    assert "emergency × 1" in texts
    assert len(picture) < 1_000_000
