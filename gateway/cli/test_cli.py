"""The command: what it prints, in which language, and with which status it ends."""

import argparse
import logging
import os
import platform
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.node import DRIVER
from gateway import __version__, cli, opening
from gateway.cli import COULD_NOT_RUN, NO, OK, USAGE, main, parser
from gateway.cli.conftest import CAPTURES, PROGRAM, ROOT, TEMPERATURE, Out, objects
from gateway.words import language


def commands(top: argparse.ArgumentParser, name: str = "anju") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command with its parser: `anju run`, …, `anju rules test`."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield f"{name} {word}", inner
                yield from commands(inner, f"{name} {word}")


COMMANDS = dict(commands(parser()))
LEAVES = [name for name, inner in COMMANDS.items() if inner.get_default("do")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_in_the_readme(name: str) -> None:
    assert re.search(rf"\b{name}\b", (ROOT / "README.md").read_text(encoding="utf-8")), f"README.md lacks `{name}`"


def test_no_family_of_commands_is_forgotten() -> None:
    files = [path for path in (ROOT / "gateway/cli").glob("[a-z]*.py") if not path.name.startswith("test_")]
    families = {path.stem for path in files if "\ndef add(" in path.read_text(encoding="utf-8")}
    assert families == {family.__name__.rpartition(".")[2] for family in cli.FAMILIES}
    kept = {f"anju {name}" for name in ("run", "check", "replay", "decode", "demo", "rules check", "rules test")}
    assert kept <= set(LEAVES)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_page_of_a_command(name: str, capsys: Out) -> None:
    with pytest.raises(SystemExit) as end:
        main([*name.split()[1:], "--help"])
    page = capsys.readouterr().out
    assert end.value.code == 0
    assert "examples:" in page
    assert name not in LEAVES or "exit status:" in page
    assert max(map(len, page.splitlines())) <= 120


def test_the_first_help_page(capsys: Out) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    page = capsys.readouterr().out
    assert end.value.code == 0
    for part in ("commands:", "examples:", "files:", "exit status:", "environment:"):
        assert f"\n{part}" in page
    for name in COMMANDS:
        assert name.split()[1] in page


def test_every_example_in_the_manual_is_written_rightly() -> None:
    text = "\n".join(one.epilog or "" for one in (parser(), *COMMANDS.values()))
    seen = set()
    for line in re.findall(r"^  (anju .+)$", text, re.MULTILINE):
        words = shlex.split(re.split(r"   |[|<>]|&&", line)[0])[1:]
        said = f"anju {shlex.join(words)} "
        seen.add(max((name for name in LEAVES if said.startswith(f"{name} ")), key=len))
        parser().parse_args(words)
    assert seen == set(LEAVES)


def test_version(capsys: Out) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"anju {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["rules"], ["run"], ["chek"], ["decode", "node"], ["decode", "x", "00"]])
def test_a_command_written_wrongly(arguments: list[str], capsys: Out) -> None:
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    assert status == USAGE
    assert capsys.readouterr().err


def test_check_of_a_sound_site(site: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")  # this machine's own radio is another matter
    assert main(["check", str(site)]) == OK
    out, err = capsys.readouterr()
    first, taking = out.splitlines()
    assert re.fullmatch(rf"{site}: no mistakes. Homes: 2, devices: \d+, outputs: 3, rules: \d+.", first)
    assert "systemctl reload anju" in taking
    assert err.count(": warning: ") == 7
    assert err.endswith("Mistakes: 0. Warnings: 7.\n")


def test_check_names_file_line_and_remedy(site: Path, capsys: Out) -> None:
    site.write_text('[gateway]\nid = "g"\nsite = "s"\ntimezon = "Asia/Shanghai"\n', encoding="utf-8")
    assert main(["check", str(site)]) == NO
    out, err = capsys.readouterr()
    assert out == ""
    assert f'{site}:4: error: unknown key "timezon" in gateway (remedy: did you mean "timezone"?)\n' in err
    assert main(["check", str(site), "--lang", "zh"]) == NO
    err = capsys.readouterr().err
    assert f"{site}:4: 错误：gateway 中有未知的键“timezon”（改法：是否为“timezone”？）\n" in err
    assert err.endswith("错误 1 处，警告 0 处。\n")


def test_check_for_a_script(site: Path, capsys: Out) -> None:
    site.write_text(site.read_text(encoding="utf-8").replace("baud =", "bod =", 1), encoding="utf-8")
    assert main(["check", str(site), "--json"]) == NO
    out, err = capsys.readouterr()
    assert err == ""
    [told] = objects(out)
    assert told["severity"] == "error"
    assert told["file"] == str(site)
    assert told.keys() == {"severity", "file", "line", "what", "remedy", "zh"}
    known = "baud、driver、parity、path、rs485、shared、stop_bits、type、url"
    assert told["zh"] == {"what": "ports.line-1 中有未知的键“bod”", "remedy": f"可用：{known}"}


def test_run_of_a_site_with_mistakes_does_not_start(site: Path, capsys: Out) -> None:
    site.write_text("[gateway]\n", encoding="utf-8")
    assert main(["run", "--site", str(site)]) == COULD_NOT_RUN
    assert f'{site}:1: error: "id" is missing' in capsys.readouterr().err
    assert main(["run", "--site", str(site.with_name("none.toml"))]) == COULD_NOT_RUN
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "talks"), [([], False), (["--verbose"], True)])
def test_run_says_what_it_opens_what_is_amiss_and_that_it_stopped(
    options: list[str], talks: bool, tmp_path: Path
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        f"""gateway = {{id = "g", site = "s"}}
homes.h = {{}}
ports.p = {{type = "serial", path = "{tmp_path}/tty", driver = "node"}}
uplinks.u = {{type = "mqtt", host = "127.0.0.1", port = 9}}
""",
        encoding="utf-8",
    )
    environment = {key: value for key, value in os.environ.items() if key != "JOURNAL_STREAM"}
    command = [*PROGRAM, "run", "--site", str(path), *options]
    log = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT, env=environment, text=True) as gateway:
        assert gateway.stderr
        for line in gateway.stderr:
            log.append(line.split(" ", 2)[2].rstrip())
            if "uplink u is down" in line:
                gateway.send_signal(signal.SIGINT)
    assert gateway.returncode == OK
    said = len(log)
    log = [line for line in log if not line.startswith("DEBUG rule ")]
    assert talks == (len(log) < said)
    assert log[:7] == [
        f"INFO anju {__version__} on Python {platform.python_version()}",
        f"INFO site {path}: homes 1, devices 0, outputs 0, rules {log[1].rpartition(' ')[2]}",
        f"INFO store {tmp_path}/data/anju.db: at most 2048 MB and 30 days",
        f"INFO port p: {tmp_path}/tty, 115200 baud, driver node",
        "INFO uplink u: 127.0.0.1:9, MQTT 5",
        f"WARNING {path}:3: {tmp_path}/tty is not there now (remedy: plug it in, or choose from `ls /dev/serial/by-id`)",
        f"WARNING {path}:2: no device is in h (remedy: add one, or remove it)",
    ]
    assert log[-1] == "INFO anju has stopped"
    assert not [line for line in log if "Traceback" in line]


def test_a_log_for_the_journal_says_how_grave_each_line_is() -> None:
    try:
        raise ValueError("two")
    except ValueError as error:
        fault = type(error), error, error.__traceback__
    record = logging.LogRecord("x", logging.ERROR, "", 0, "one %s", ("more",), fault)
    lines = opening.Journal().format(record).splitlines()
    assert (lines[0], lines[-1]) == ("<3>one more", "<3>  ValueError: two")
    assert all(line.startswith("<3>") for line in lines)


@pytest.mark.parametrize("content", [None, b"", b"no database" * 1000])
def test_replay_of_what_is_no_journal(content: bytes | None, tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / "anju.db"
    if content is not None:
        path.write_bytes(content)
    assert main(["replay", str(path)]) == COULD_NOT_RUN
    out, err = capsys.readouterr()
    assert out == ""
    assert str(path) in err
    assert content is None or path.read_bytes() == content
    assert len(list(tmp_path.iterdir())) == (content is not None)


def test_the_language_is_the_readers() -> None:
    assert language({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert language({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN"}) == "zh"
    assert language({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}) == "en"
    assert language({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}) == "zh"
    assert language({}) == "en"


def test_a_chinese_line_on_a_terminal_without_chinese() -> None:
    environment = {**os.environ, "LC_ALL": "zh_CN.GB2312", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*PROGRAM, "rules", "check"], capture_output=True, timeout=30, cwd=ROOT, env=environment)
    assert done.returncode == OK, done.stderr
    assert rb"\u89c4\u5219" in done.stdout


@pytest.mark.parametrize("arguments", ["--version", f"decode node {TEMPERATURE}"])
def test_a_command_imports_only_what_it_needs(arguments: str) -> None:
    program = f"""
import sys
from gateway.cli import main
try:
    main({arguments.split()!r})
finally:
    print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, cwd=ROOT)
    modules = set(done.stdout.split())
    assert "gateway.cli" in modules
    heavy = {
        "asyncio",
        "aiosqlite",
        "aiomqtt",
        "serial",
        "rich",
        "sqlite3",
        "gateway.site",
        "gateway.app",
        "gateway.lives",
        "rules.rule",
    }
    assert not modules & heavy


def read_until(terminal: int, wanted: bytes, seconds: float = 20.0) -> None:
    """Read the node's end of the line until these bytes came."""
    got, end = b"", time.monotonic() + seconds
    while wanted not in got:
        assert select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0], f"{wanted!r} not in {got!r}"
        got += os.read(terminal, 4096)


def test_what_run_acknowledged_replay_tells_again(tmp_path: Path, capsys: Out) -> None:
    """An alarm comes in, is acknowledged, and the gateway is killed: the journal has its alert, always the same."""
    alarm = next(capture for capture in CAPTURES if capture.said and capture.said.values.get("smoke") is True)
    terminal, line = pty.openpty()
    tty.setraw(line)
    (tmp_path / "site.toml").write_text(
        f"""gateway = {{id = "g", site = "s"}}
homes.h = {{}}
ports.p = {{type = "serial", path = "{os.ttyname(line)}", driver = "node"}}
devices.k = {{home = "h", port = "p", address = "{DRIVER.head(alarm.wire).address}"}}
""",
        encoding="utf-8",
    )
    command = [*PROGRAM, "run", "--site", str(tmp_path / "site.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT) as gateway:
        try:
            read_until(terminal, b"\0")
            os.write(terminal, alarm.wire)
            assert DRIVER.acknowledge
            read_until(terminal, DRIVER.acknowledge(DRIVER.head(alarm.wire), True))
        finally:
            gateway.kill()
    os.close(terminal)
    os.close(line)
    told = []
    for _ in range(2):
        assert main(["replay", str(tmp_path / "data/anju.db"), "--json"]) == OK
        told.append(objects(capsys.readouterr().out))
    assert told[0] == told[1]
    assert [(one["home"], one["device"], one["state"]) for one in told[0] if one["rule"] == "smoke"] == [
        ("h", "k", "firing")
    ]
    assert main(["replay", str(tmp_path / "data/anju.db")]) == OK
    assert capsys.readouterr().out.endswith(f"Alert changes: {len(told[0])}.\n")
