"""The commands of a person at a running gateway: what they print, and what they refuse."""

import json
import time
from pathlib import Path

import pytest

from gateway.cli import COULD_NOT_RUN, NO, OK, USAGE, main
from gateway.control.conftest import asked, command, running
from gateway.hub.conftest import say


async def test_a_home_without_a_gas_valve_has_none_to_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    siren = '[outputs.siren]\nhome = "flat"\nkind = "siren"\ndevice = "kitchen"\nline = 0\n'
    async with running(tmp_path, siren) as gateway:
        assert await command(tmp_path, "home", "open-valve", "flat", "--as", "desk") == NO
        assert "no gas valve" in capsys.readouterr().err
        assert not gateway.app.booted.fold.ladders.buttons.opened


async def test_the_commands_of_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path) as gateway:
        assert await command(tmp_path, "alerts") == OK
        assert "There is no open alert." in capsys.readouterr().out
        alert = await gateway.smoke()
        assert await command(tmp_path, "alerts") == OK
        listed = capsys.readouterr().out
        assert alert in listed
        assert "Flat 501 kitchen" in listed
        assert "nobody has answered" in listed
        assert await command(tmp_path, "alerts", "ack", alert[:6], "--as", "wang") == OK
        assert "Done" in capsys.readouterr().out
        assert await command(tmp_path, "alerts") == OK
        assert "wang took it on" in capsys.readouterr().out
        assert await command(tmp_path, "alerts", "ack", "nonsense") == USAGE
        assert await command(tmp_path, "alerts", "reset", alert) == NO
        assert await command(tmp_path, "alerts", "hush", "flat", "--for", "5m") == OK
        assert await command(tmp_path, "alerts", "hush", "attic") == NO
        capsys.readouterr()
        assert await command(tmp_path, "status") == OK
        assert "Flat 501 (flat)  protected" in capsys.readouterr().out
        assert await command(tmp_path, "status", "--json") == OK
        assert {home["home"] for home in json.loads(capsys.readouterr().out)["homes"]} == {"flat", "other"}
    assert await command(tmp_path, "status") == COULD_NOT_RUN
    assert "is `anju run` up?" in capsys.readouterr().err


async def test_a_visit_is_told_when_the_alert_is_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path) as gateway:
        assert await command(tmp_path, "alerts", "--over") == OK
        assert "No alert ended" in capsys.readouterr().out
        gateway.hear(say("ALARM", 1, button=1))
        await gateway.until(lambda: gateway.told("emergency-call"))
        (alert,) = (one.id for one in gateway.app.booted.fold.engine.open() if one.rule == "emergency-call")
        assert await command(tmp_path, "alerts", "reset", alert, "--as", "desk") == OK
        assert await command(tmp_path, "alerts", "ack", alert[:6], "--as", "desk") == USAGE
        assert await command(tmp_path, "alerts", "visit", alert[:6], "false", "toast", "--as", "wang") == OK
    async with running(tmp_path):
        capsys.readouterr()
        assert await command(tmp_path, "alerts", "--over") == OK
        (line,) = capsys.readouterr().out.splitlines()
        assert line.startswith(f"{alert}  Call for help  Flat 501")
        assert line.endswith("visited")
        result = (await asked(tmp_path, "over", actor="wang"))["result"]["over"]
        assert [(one["alert"], one["home"], one["visited"]) for one in result] == [(alert, "flat", True)]
        assert (await asked(tmp_path, "over", home="other"))["result"]["over"] == []
        report = await asked(tmp_path, "report", month=time.strftime("%Y-%m"))
        assert sum(home["visits_false"] for home in report["result"]["homes"]) == 1


async def test_who_finds_nobody_in_hears_where_that_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as gateway:
        gateway.hear(say("ALARM", 1, button=1))
        await gateway.until(lambda: gateway.told("emergency-call"))
        (alert,) = (one.id for one in gateway.app.booted.fold.engine.open() if one.rule == "emergency-call")
        assert await command(tmp_path, "mode", "flat", "hospital", "--as", "wang") == OK
        capsys.readouterr()
        assert await command(tmp_path, "alerts", "visit", alert[:6], "away", "--as", "wang") == OK
        assert capsys.readouterr().out.splitlines()[1:] == [
            "But flat was not put into mode away: somebody put it into another one."
        ]


async def test_a_home_is_put_into_a_mode_and_keeps_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with running(tmp_path):
        assert await command(tmp_path, "mode", "flat", "hospital", "--for", "3d", "--as", "wang") == OK
        assert await command(tmp_path, "mode", "other", "away", "--as", "wang") == NO
        assert "may not mode" in capsys.readouterr().err
        assert await command(tmp_path, "mode", "flat", "away", "--until", "1999-01-01") == NO
        assert await command(tmp_path, "mode", "flat", "--armed") == USAGE
        assert await command(tmp_path, "mode", "attic", "away") == NO
    async with running(tmp_path):
        capsys.readouterr()
        assert await command(tmp_path, "mode") == OK
        first, second = capsys.readouterr().out.splitlines()
        assert first.startswith("Flat 501 (flat)  hospital  until 2")
        assert second == "Flat 502 (other)  home"
        assert await command(tmp_path, "status") == OK
        assert capsys.readouterr().out.splitlines()[0].endswith("  hospital")
        assert await command(tmp_path, "mode", "--json") == OK
        assert json.loads(capsys.readouterr().out)["flat"]["mode"] == "hospital"
        assert await command(tmp_path, "mode", "flat", "home", "--as", "wang") == OK
        assert (await asked(tmp_path, "status"))["result"]["homes"][0]["mode"]["mode"] == "home"


def test_a_silence_needs_a_scope_and_a_reason() -> None:
    for words in (
        ["silence"],
        ["silence", "--device", "x"],
        ["silence", "--device", "x", "--home", "y", "--reason", "z"],
    ):
        with pytest.raises(SystemExit):
            main(["alerts", *words])
    for words in (["silence", "--reason", "z"], ["silence", "3f2a", "--rule", "x", "--reason", "z"]):
        assert main(["alerts", *words]) == USAGE


EVIL = "\x1b]0;gone\x07\x1b[2J\x9b1A\u202egnp.exe =cmd|' /C calc'!A0 <script>alert(1)</script>"


async def test_what_others_wrote_is_shown_and_obeyed_by_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as gateway:
        alert = await gateway.smoke()
        assert (await asked(tmp_path, "act", verb="note", alert=alert, actor=EVIL, text=EVIL))["ok"]
        assert (await asked(tmp_path, "act", verb="silence", home="flat", actor=EVIL, reason=EVIL, seconds=60))["ok"]
        assert (await asked(tmp_path, "act", verb="acknowledge", alert=alert, actor=EVIL))["ok"]
        capsys.readouterr()
        for words in (["timeline", alert], ["alerts"], ["status"], ["status", "--work"], ["alerts", "ack", EVIL]):
            await command(tmp_path, *words)
            shown = "".join(capsys.readouterr())
            assert not set(shown) & (set(map(chr, (*range(0x20), *range(0x7F, 0xA0)))) - set("\n\t")), words
            assert "\u202e" not in shown
        assert "alert(1)" in shown or await command(tmp_path, "timeline", alert) == OK
        assert "alert(1)" in "".join(capsys.readouterr()) + shown, "it is there to be read"
