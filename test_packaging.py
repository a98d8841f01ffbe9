"""What leaves the house: the wheel, the unit file, the make targets, the documents."""

import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from gateway.sim.process import ANJU
from gateway.site import check

ROOT = Path(__file__).parent
UNIT = ROOT / "packaging" / "anju.service"


def test_the_wheel_holds_the_three_packages_and_the_firmware_and_no_test(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("anju-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    inside = {name for name in names if not name.startswith("anju-")}
    assert {name.partition("/")[0] for name in inside} == {"drivers", "rules", "gateway", "firmware"}
    assert {"firmware/main.py", "firmware/lib/board.py", "firmware/lib/wire.py"} & inside
    assert not [name for name in inside if "/test_" in name or name.endswith(".pyc")]
    shipped = [path for path in ROOT.glob("rules/**/*.toml") if path.is_file()]
    assert {path.relative_to(ROOT).as_posix() for path in shipped} <= inside, "rules are shipped as files"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't here")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    # The program and the user exist on the target only; what is verified is every word of the file.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/anju/bin/anju", "/bin/true").replace("User=anju", "User=root"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    faults = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, faults) == (0, []), done.stderr


def test_the_unit_never_gives_up_and_watches() -> None:
    said = UNIT.read_text().splitlines()
    wanted = {"Type=notify", "Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes", "ProtectSystem=strict"}
    assert wanted <= set(said)
    assert any(line.startswith("WatchdogSec=") for line in said)


def test_the_unit_may_ask_whether_the_clock_is_right_and_find_its_passwords() -> None:
    """A forbidden adjtimex reads as "synchronised", and no password of password_env comes out of site.toml."""
    said = UNIT.read_text().splitlines()
    allowed = {call for line in said if line.startswith("SystemCallFilter=") for call in line.partition("=")[2].split()}
    assert {"@system-service", "adjtimex", "clock_adjtime", "clock_adjtime64"} == allowed
    assert "ProtectClock=yes" not in said
    assert "EnvironmentFile=-/etc/anju/environment" in said


def test_make_says_what_it_can_do() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("demo", "test", "check", "clean"):
        assert f"make {target}" in done.stdout


def test_debian_packages_are_named_when_nobody_may_install_them(tmp_path: Path) -> None:
    """A user without rights gets the one command, and a failure."""
    for name, text in {"id": "echo 1000", "sudo": "exit 1"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    script = [str(ROOT / "packaging" / "debian.sh"), sys.executable, "no-such-program"]
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(script, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "sudo apt-get install --no-install-recommends no-such-program" in done.stderr


def test_documents_name_only_files_that_exist() -> None:
    named = re.compile(r"`((?:drivers|rules|gateway|firmware|hil_tests|bench|packaging|examples|docs|\.ci)/[\w./-]+)`")
    looked = 0
    for document in ("README.md", "DECISIONS.md", "CHANGELOG.md", "docs/mqtt.md"):
        for name in named.findall((ROOT / document).read_text(encoding="utf-8")):
            looked += 1
            assert (ROOT / name).exists(), f"{document} names {name}"
    assert looked >= 5


def test_the_readme_names_every_command_and_every_target() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = subprocess.run([*ANJU, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    commands = re.findall(r"^    ([a-z]+) {2,}", shown.stdout, re.MULTILINE)
    assert {"run", "check", "replay", "decode", "demo", "rules"} <= set(commands)
    assert [command for command in commands if not re.search(rf"`anju {command}[ `]", readme)] == []


def _blocks(language: str) -> list[str]:
    """The code of the README in one language, dedented."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", readme, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for block in found]


def test_the_site_in_the_readme_is_sound(tmp_path: Path) -> None:
    (site,) = [block for block in _blocks("toml") if "[gateway]" in block]
    path = tmp_path / "site.toml"
    path.write_text(site, encoding="utf-8")
    found = check(path)
    assert found.errors == ()
    assert [one.what.rpartition(" is ")[2] for one in found.warnings] == ["not there now"]


def test_the_rule_in_the_readme_passes_its_own_story(tmp_path: Path) -> None:
    (rule,) = [block for block in _blocks("toml") if "[[story]]" in block]
    path = tmp_path / "rule.toml"
    path.write_text(rule, encoding="utf-8")
    for verb in ("check", "test"):
        done = subprocess.run([*ANJU, "rules", verb, str(path)], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1" in done.stdout, "one rule, one story"
