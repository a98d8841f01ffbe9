"""README's "Add a sensor", followed word by word: written, tested, packed, installed, run, and replayed without it."""

import json
import os
import pty
import re
import subprocess
import sys
import textwrap
import tty
from pathlib import Path

import pytest

from gateway.sim.process import ANJU, ROOT, Process

SECTION = (ROOT / "README.md").read_text("utf-8").partition("## Add a sensor")[2].partition("\n## ")[0]
SITE = """
gateway = {{id = "g", site = "s"}}
rules = {{files = ["hot.toml"]}}
homes.flat = {{}}
[ports.line-1]
type = "serial"
path = "{tty}"
driver = "thermo"
[devices.bedroom]
home = "flat"
port = "line-1"
address = "t1"
"""
RULE = """
[hot]
title = {zh = "热", en = "Hot"}
severity = "warning"
when = {quantity = "temperature_c", above = 35}
"""


def block(language: str, holds: str) -> str:
    """The one piece of code of this section in a language that holds a text."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", SECTION, re.DOTALL | re.MULTILINE)
    (wanted,) = [textwrap.dedent(one) for one in found if holds in one]
    return wanted


def line(words: str, delta: int = 0) -> str:
    check = sum(words.encode()) + delta & 0xFF
    return f"{words} {check:02x}\n".encode().hex()


def more() -> str:
    """Frames as the section shows them, until there are as many as it asks for."""
    right = "".join(
        f'[[frame]]\nname = "warm {n}"\nhex = "{line(f"T{n} 2{n}.00")}"\naddress = "t{n}"\nvalues = {{temperature_c = 2{n}.0}}\n'
        for n in range(2, 6)
    )
    wrong = "".join(
        f'[[frame]]\nname = "wrong {n}"\nhex = "{line("T1 21.50", n)}"\nerror = "checksum differs"\n' for n in (1, 2)
    )
    return right + wrong


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who follows the section."""
    folder = tmp_path_factory.mktemp("thermo")
    (folder / "thermo.py").write_text(block("python", "DRIVER"), "utf-8")
    (folder / "thermo.toml").write_text(block("toml", "[[frame]]") + more(), "utf-8")
    (folder / "pyproject.toml").write_text(block("toml", "[build-system]"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def installed(package: Path) -> Path:
    """Where pip put it."""
    target = package / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation", "--quiet"]
    subprocess.run([*pip, "--target", str(target), str(package)], check=True, timeout=60)
    return target


def anju(*words: str, path: Path | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(filter(None, [str(ROOT), str(path or "")]))
    environment = {**os.environ, "PYTHONPATH": places, "LANG": "C", "LC_ALL": "C"}
    return subprocess.run(
        [*ANJU, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_its_driver_passes_and_says_what_it_was_asked(package: Path) -> None:
    (command,) = re.findall(r"`anju (driver test thermo\.py)`", SECTION)
    done = anju(*command.split(), cwd=package)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "whole 5" in done.stdout
    assert "refused 3" in done.stdout


def test_two_frames_are_not_enough_and_a_wrong_one_is_named(package: Path, tmp_path: Path) -> None:
    (tmp_path / "thermo.py").write_text((package / "thermo.py").read_text())
    (tmp_path / "thermo.toml").write_text(block("toml", "[[frame]]"))
    done = anju("driver", "test", str(tmp_path))
    assert done.returncode == 1
    assert "at least 5 and 3" in done.stdout
    (tmp_path / "thermo.toml").write_text((package / "thermo.toml").read_text().replace("21.5}", "21.6}"))
    done = anju("driver", "test", str(tmp_path), "--json")
    assert done.returncode == 1
    assert "a warm room" in json.loads(done.stdout)["failed"]


def test_what_it_says_a_frame_says(package: Path) -> None:
    (command,) = re.findall(r"`anju (decode thermo\.py \w+)`", SECTION)
    done = anju(*command.split(), cwd=package)
    assert json.loads(done.stdout) == {"driver": "thermo", "address": "t1", "readings": {"temperature_c": 21.5}}


def test_installed_it_is_listed_tested_and_decodes_by_its_name(installed: Path) -> None:
    said = [json.loads(one) for one in anju("driver", "list", "--json", path=installed).stdout.splitlines()]
    assert {"name": "thermo", "link": "serial", "silent_after": 600, "package": "anju-thermo 0.1"} in said
    assert anju("driver", "test", "thermo", path=installed).returncode == 0
    assert json.loads(anju("decode", "thermo", line("T7 -3.25"), path=installed).stdout)["readings"] == {
        "temperature_c": -3.25
    }
    assert "thermo" not in anju("driver", "list").stdout


def test_the_gateway_runs_with_it_and_replays_without_it(installed: Path, tmp_path: Path) -> None:
    terminal, near = pty.openpty()
    tty.setraw(near)
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(tty=os.ttyname(near)), "utf-8")
    (tmp_path / "hot.toml").write_text(RULE, "utf-8")
    assert anju("check", str(site), path=installed).returncode == 0
    missing = anju("check", str(site))
    assert missing.returncode == 1
    assert "thermo" in missing.stderr
    environment = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(installed)])}
    with Process("gateway", [*ANJU, "run", "--site", str(site)], environment) as gateway:
        gateway.lines.wait(lambda one: "port line-1 is up" in one.text, 20)
        for words in ("T1 21.50", "T1 36.00"):
            os.write(terminal, bytes.fromhex(line(words)))
        gateway.lines.wait(lambda one: " hot " in one.text and "firing" in one.text, 20)
    os.close(terminal)
    os.close(near)
    done = anju("replay", str(tmp_path / "data/anju.db"), "--json")
    said = [json.loads(one) for one in done.stdout.splitlines()]
    assert [(one["rule"], one["device"], one["state"]) for one in said if one["rule"] == "hot"] == [
        ("hot", "bedroom", "firing")
    ]
