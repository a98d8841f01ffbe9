import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sim import demo, flat, words
from gateway.sim.ledger import FAULTS, Verdict
from gateway.sim.node import find_micropython
from gateway.words import Language

ROOT = Path(__file__).resolve().parents[2]
ANJU = (sys.executable, "-X", "dev", "-W", "error", "-c", "import sys; from gateway.cli import main; sys.exit(main())")


def start(folder: Path, *options: str) -> "subprocess.Popen[str]":
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "en_GB.UTF-8", "LC_ALL": ""}
    run = subprocess.Popen(
        [*ANJU, "demo", "--pause", "0.2", *options], cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    RUNS.append(run)
    return run


RUNS: "list[subprocess.Popen[str]]" = []


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """What a failed test left running goes, with its nodes and its gateway: else another test would be blamed for it."""
    yield
    while RUNS:
        run = RUNS.pop()
        if run.poll() is None:
            run.send_signal(signal.SIGINT)
            try:
                run.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                run.kill()
                run.communicate()


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def until_the_first_alarm(run: "subprocess.Popen[str]") -> list[str]:
    assert run.stdout is not None
    lines = []
    for line in run.stdout:
        lines.append(line)
        if "FIRING" in line:
            return lines
    raise AssertionError("".join(lines))


def line_of(text: str, *wanted: str) -> int:
    """Number of the first line that holds all of these."""
    for number, line in enumerate(text.splitlines()):
        if all(one in line for one in wanted):
            return number
    raise AssertionError(f"no line holds {wanted}:\n{text}")


@pytest.mark.timeout(120)
def test_the_story_is_played_once_and_every_event_arrives_once(tmp_path: Path) -> None:
    run = start(tmp_path, "--once")
    text, _ = run.communicate(timeout=110)
    assert run.returncode == 0, text
    assert "\x1b" not in text, "no control codes where there is no terminal"
    assert "MicroPython" in text if find_micropython() else "CPython" in text
    told = [
        line_of(text, "=>", "Call for help", "FIRING"),
        line_of(text, "=>", "Duty desk"),
        line_of(text, "..", "SMOKE"),
        line_of(text, "=>", "Smoke", "FIRING"),
        line_of(text, "=>", "Smoke", "cleared"),
        line_of(text, "=> gateway offline"),
        line_of(text, "..", "GAS"),
        line_of(text, "the gas valve is shut"),
        line_of(text, "=>", "Gas leak", "FIRING", "[replayed]"),
        line_of(text, "=>", "door open", "[replayed]"),
        line_of(text, "lost 0 · doubled 0 · out of order 0 · wrongly marked 0"),
        line_of(text, "Every event arrived once, in order and marked."),
    ]
    assert told == sorted(told)
    made, delivered = map(int, re.findall(r"made (\d+) · delivered (\d+)", text)[0])
    assert made == delivered >= 5
    log = (tmp_path / "data/demo/gateway.log").read_text()
    assert "Traceback" not in text
    for sign in ("never retrieved", "ResourceWarning", "never awaited", "was destroyed"):
        assert sign not in text + log, text + log
    assert (tmp_path / "data/demo/anju.db").exists()


@pytest.mark.timeout(90)
def test_it_goes_on_until_interrupted_and_leaves_nothing_behind(tmp_path: Path) -> None:
    run = start(tmp_path, "--plain")
    lines = until_the_first_alarm(run)
    nodes = list(children(run.pid))
    assert len(nodes) == 3, "".join(lines)
    second = start(tmp_path, "--once")
    assert second.wait(20) == demo.COULD_NOT_RUN, "two demos can't share one folder"
    assert second.stdout is not None
    assert "another demo runs" in second.stdout.read()
    second.stdout.close()
    run.send_signal(signal.SIGINT)
    text, _ = run.communicate(timeout=60)
    assert run.returncode == 0, "".join(lines) + text
    assert "lost 0 · doubled 0" in text
    assert "Stopping" in text
    assert [pid for pid in nodes if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.timeout(90)
def test_a_node_that_dies_is_named_and_the_demo_fails(tmp_path: Path) -> None:
    run = start(tmp_path, "--once")
    lines = until_the_first_alarm(run)
    for pid in children(run.pid):
        if f"--id {flat.BATHROOM.address} " in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
            os.kill(pid, signal.SIGKILL)
    text, _ = run.communicate(timeout=60)
    assert run.returncode == demo.NOT_ONCE, "".join(lines) + text
    assert "broke off: the process or task of bathroom ended" in text
    assert "lost 0 · doubled 0" in text, "what was made before is accounted for"


def test_it_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "EXTRAS", ("rich", "a_package_nobody_has"))
    assert demo.main(once=True, lang="en", plain=True, pause=1.2, folder=tmp_path / "d") == demo.COULD_NOT_RUN
    said = capsys.readouterr().err
    assert "a_package_nobody_has" in said
    assert 'pip install "anju[demo]"' in said
    assert not (tmp_path / "d").exists()


def test_the_extras_are_asked_for_before_they_are_imported() -> None:
    told = "import sys, gateway.cli, gateway.sim.demo; print({'amqtt', 'rich'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_ledger_names_every_fault(kind: str, lang: Language) -> None:
    verdict = Verdict()
    getattr(verdict, kind).append("the evidence")
    assert not verdict.ok
    lines = list(demo.ledger_lines(verdict, [], lang))
    assert any("the evidence" in line for line in lines)
    assert sum(f" {1}" in line for line in lines[:2]) == 1, "the one fault is counted, nothing else is"


def test_every_sentence_is_there_in_both_languages_and_takes_the_same_values() -> None:
    tables = [words.STORY, words.SAID, words.LEDGER, words.STATES, words.VERBS, words.LANES]
    checked = 0
    for table in (*tables, words.ROOMS, words.ACTORS):
        for key, said in table.items():
            assert set(said) == {"en", "zh"}, key
            slots = {name: set(re.findall(r"\{(\w+)", text)) for name, text in said.items()}
            assert slots["en"] == slots["zh"], key
            checked += 1
    assert checked >= 70
