"""What a change takes, and which store is meant where nobody names one."""

import asyncio
from pathlib import Path

import pytest

from gateway.cli import main, taking
from gateway.control.conftest import TOML, running
from gateway.site import load


async def run(*words: str) -> int:
    return await asyncio.to_thread(main, [*words, "--lang", "en"])


MORE = """
[devices.bath]
home = "flat"
port = "line-1"
address = "000000bb"
"""


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (TOML, ["The gateway runs with exactly this."]),
        (TOML + MORE, ["  new: devices bath", "A reload is enough"]),
        (TOML.replace('room = "kitchen"', 'room = "kitchen"\nprotects = false'), ["  changed: devices kitchen", "A reload"]),
        (TOML.replace("estate", "town"), ["  changed: gateway gw-1", "needs a restart, a reload refuses it ([gateway] id or site"]),
    ],
)
async def test_a_check_says_what_differs_and_whether_a_reload_is_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], new: str, told: list[str]
) -> None:
    async with running(tmp_path), asyncio.timeout(10):
        while await asyncio.to_thread(taking.running, load(tmp_path / "site.toml"), tmp_path) is None:
            pass  # its site isn't on the disk yet
        (tmp_path / "site.toml").write_text(new, encoding="utf-8")
        assert await run("check", str(tmp_path / "site.toml")) == 0
        out = capsys.readouterr().out
        for line in told:
            assert line in out, out
        (tmp_path / "site.toml").write_text(TOML, encoding="utf-8")  # what ends must end with what it began with


async def test_where_no_gateway_answers_it_is_said_what_takes_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.toml").write_text(TOML, encoding="utf-8")
    assert await run("check", str(tmp_path / "site.toml")) == 0
    out = capsys.readouterr().out
    assert "No gateway answers at" in out
    assert "[store], need a restart" in out


async def test_an_audit_is_of_the_sites_own_store_where_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as gateway, asyncio.timeout(10):
        await gateway.smoke()
        monkeypatch.chdir(tmp_path)
        out = ""
        while '"kind":"alert"' not in out:  # until the disk has it
            assert await run("audit", "export") == 0
            out = capsys.readouterr().out
        for words in (["--site", str(tmp_path / "site.toml")], [str(tmp_path / "data/anju.db")]):
            assert await run("audit", "verify", *words) == 0, capsys.readouterr().out
            assert "The record is whole" in capsys.readouterr().out
    monkeypatch.chdir("/")
    monkeypatch.setenv("ANJU_SITE", str(tmp_path / "nothing.toml"))
    assert await run("audit", "verify") == 3
    assert "nothing.toml" in capsys.readouterr().err
