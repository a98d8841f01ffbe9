"""What a running gateway is asked and told: alerts, acts, what protects a home, and who may see and do what."""

import asyncio
import json
import math
import os
from pathlib import Path

import pytest

from gateway.cli import NO, OK
from gateway.control.asker import Asker
from gateway.control.conftest import asked, command, running
from gateway.control.status import is_lesser
from gateway.health import report
from gateway.hub.conftest import say
from gateway.hub.replay import alerts as replayed
from gateway.hub.standing import IMPAIRS
from gateway.uplink.anju import Profile
from gateway.uplink.commands import Commands
from rules.alert import Alert
from rules.document import read
from rules.rulefile import packs, read_rules


async def test_a_smoke_alarm_is_listed_taken_on_and_written(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        alert = await gateway.smoke()
        shown = (await asked(tmp_path, "alerts"))["result"]["alerts"]
        assert [(one["alert"], one["home"], one["room"], one["acknowledged"]) for one in shown] == [
            (alert, "flat", "kitchen", None)
        ]
        done = await asked(tmp_path, "act", verb="acknowledge", actor="wang", alert=alert)
        assert done["ok"], done
        assert done["result"]["durable"]
        taken = (await asked(tmp_path, "alerts"))["result"]["alerts"][0]["acknowledged"]
        assert taken["actor"] == "wang"
        assert taken["via"].startswith("socket ")
        refused = await asked(tmp_path, "act", verb="reset", actor="wang", alert=alert)
        assert not refused["ok"]
        assert "condition" in refused["why"] or "still" in refused["why"], refused
    async with running(tmp_path):
        taken = (await asked(tmp_path, "alerts"))["result"]["alerts"][0]["acknowledged"]
        assert taken["actor"] == "wang"
    again = await asyncio.to_thread(lambda: {one.id for one in replayed(tmp_path / "data/anju.db") if one.n})
    assert alert in again


async def test_an_act_on_a_disk_that_takes_nothing_is_done_and_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        alert = await gateway.smoke()
        await gateway.until(lambda: gateway.app.committer.kept > 0)
        await gateway.app.booted.store._db.execute("PRAGMA query_only = ON")
        done = await asked(tmp_path, "act", verb="acknowledge", actor="wang", alert=alert)
        assert done["ok"], done
        assert not done["result"]["durable"]
        await gateway.app.booted.store._db.execute("PRAGMA query_only = OFF")


async def test_a_home_with_a_dead_siren_is_not_protected_and_another_is(tmp_path: Path) -> None:
    siren = '[outputs.siren]\nhome = "flat"\nkind = "siren"\ndevice = "kitchen"\nline = 0\n'
    async with running(tmp_path, siren) as gateway:
        fold, now = gateway.app.booted.fold, gateway.app.booted.fold.now
        gateway.app.inbox.put(report(now, "gateway:siren", output_fault=True))
        gateway.app.inbox.put(report(now + 11, "gateway", storage_fault=False))
        await gateway.until(lambda: any(one.rule == "output-fault" and one.n for one in fold.engine.open()))
        homes = {home["home"]: home for home in (await asked(tmp_path, "status"))["result"]["homes"]}
        assert not homes["flat"]["protected"]
        assert homes["flat"]["since"] > 1e9
        assert [one["rule"] for one in homes["flat"]["why"]] == ["output-fault"]
        assert homes["other"]["protected"]


async def test_what_is_silenced_is_said_and_only_life_safety_ends_the_protection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as gateway:
        said = {"device": "kitchen", "reason": "painting", "seconds": 600}
        assert (await asked(tmp_path, "act", verb="silence", actor="desk", **said))["ok"]
        homes = {home["home"]: home for home in (await asked(tmp_path, "status"))["result"]["homes"]}
        assert homes["flat"]["protected"]
        assert [one["reason"] for one in homes["flat"]["lesser"] if one["rule"] == "silenced"] == ["painting"]
        assert homes["other"]["lesser"] == []
        assert (await asked(tmp_path, "act", verb="walk-test", actor="desk", home="other", seconds=60))["ok"]
        homes = {home["home"]: home for home in (await asked(tmp_path, "status"))["result"]["homes"]}
        assert not homes["other"]["protected"]
        asked_for = await asked(
            tmp_path, "act", verb="silence", actor="desk", home="flat", reason="x", seconds=600, life_safety=True
        )
        assert asked_for["ok"], asked_for
        assert asked_for["result"]["waits"]
        id_ = asked_for["result"]["act_id"]
        alone = await asked(tmp_path, "act", verb="confirm", actor="wang", silence=id_, proof="socket wang")
        assert "proven" in alone["why"], "one login that says it is somebody else is still one"
        known = gateway.app.booted.fold.ladders.post.codes.known
        codes = {one.to: code for code, one in known.items() if one.incidents == (f"silence:{id_}",)}
        assert await command(tmp_path, "alerts", "confirm", "--code", codes["desk"]) == OK
        homes = {home["home"]: home for home in (await asked(tmp_path, "status"))["result"]["homes"]}
        assert homes["flat"]["protected"]
        assert "waits for a second person" in capsys.readouterr().out
        assert await command(tmp_path, "alerts", "confirm", "--code", codes["wang"]) == OK
        assert "The silence has begun." in capsys.readouterr().out
        assert await command(tmp_path, "status") == NO
        assert "Silenced: x  since" in (out := capsys.readouterr().out)
        assert "  until 20" in out
        homes = {home["home"]: home for home in (await asked(tmp_path, "status"))["result"]["homes"]}
        assert not homes["flat"]["protected"]
        assert homes["flat"]["since"] > 1e9


async def test_one_rule_of_one_home_is_silenced_and_its_alert_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as gateway:
        words = ("alerts", "silence", "--rule", "tamper", "--home", "flat", "--for", "10m", "--reason", "x")
        assert await command(tmp_path, *words, "--as", "wang") == OK, "a carer of this home alone"
        assert [(one.rule, one.home) for one in gateway.app.booted.fold.ladders.quiet.silences.values()] == [("tamper", "flat")]
        gateway.hear(say("ALARM", 1, tamper=1))
        await gateway.until(lambda: gateway.told("tamper"))
        capsys.readouterr()
        assert await command(tmp_path, "alerts") == OK
        out = capsys.readouterr().out
        assert "silenced until 20" in out
        assert "nobody has answered" not in out, "nobody was asked"
        refused = await asked(tmp_path, "act", verb="silence", actor="wang", rule="tamper", reason="x", seconds=60)
        assert "wang (not in the same role in all homes that this is about)" in refused["why"]


async def test_a_resident_who_answers_a_fire_is_told_that_the_others_are_called_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, '[people.gran]\nrole = "resident"\nhomes = ["flat"]\n') as gateway:
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: gateway.told("smoke"))
        (alert,) = (one["alert"] for one in (await asked(tmp_path, "alerts"))["result"]["alerts"] if one["rule"] == "smoke")
        assert await command(tmp_path, "alerts", "ack", alert, "--as", "gran") == OK
        assert "the others are called all the same" in capsys.readouterr().out
        assert await command(tmp_path, "alerts", "ack", alert, "--as", "wang") == OK
        assert "all the same" not in capsys.readouterr().out


@pytest.mark.parametrize("call", ["heard", "strangers", "bus"])
async def test_what_is_of_all_homes_is_shown_to_nobody_of_one(tmp_path: Path, call: str) -> None:
    """Doors, motion and water of the neighbours are as they are heard."""
    async with running(tmp_path):
        assert "no business" in (await asked(tmp_path, call, actor="wang"))["why"]
        assert (await asked(tmp_path, call, actor="desk"))["ok"]


@pytest.mark.parametrize("seconds", [True, "5", -1, math.nan, None])
async def test_how_long_to_listen_is_a_number_of_seconds(tmp_path: Path, seconds: object) -> None:
    async with running(tmp_path):
        said = await asked(tmp_path, "heard", actor="desk", since=0, seconds=seconds)
        assert "how long to wait" in said["why"]
        assert (await asked(tmp_path, "heard", actor="desk", since=0, seconds=0))["result"]["heard"] == []


async def test_two_logins_of_two_persons_are_two_and_a_login_is_its_person(tmp_path: Path) -> None:
    import pwd

    mine = pwd.getpwuid(os.getuid()).pw_name
    two = f'[people.chief]\nrole = "property"\nlogin = "{mine}"\n[people.other]\nrole = "property"\nlogin = "nobody"\n'
    async with running(tmp_path, two) as gateway:
        words = ("alerts", "silence", "--home", "flat", "--life-safety", "--for", "10m", "--reason", "x")
        assert await command(tmp_path, *words) == OK
        quiet = gateway.app.booted.fold.ladders.quiet
        ((id_, silence),) = quiet.silences.items()
        assert (silence.by, silence.agreed) == ("chief", ("chief",))
        for name in ("chief", "other", "desk"):
            assert await command(tmp_path, "alerts", "confirm", id_, "--as", name) == NO
        said = {"call": "act", "verb": "confirm", "silence": id_}
        assert (await gateway.app.calls.answer(said, Asker("nobody", "property", "socket nobody")))["ok"]
        assert not silence.waits


async def test_gas_is_let_in_again_by_somebody_there_and_by_nobody_else(tmp_path: Path) -> None:
    valve = '[outputs.gas]\nhome = "flat"\nkind = "gas-valve"\ndevice = "kitchen"\nline = 1\n'
    valve += valve.replace("gas]", "gas-2]").replace('"flat"', '"other"').replace("line = 1", "line = 2")
    async with running(tmp_path, valve) as gateway:
        opened = gateway.app.booted.fold.ladders.buttons.opened
        gateway.hear(say("ALARM", 1, gas_alarm=1))
        await gateway.until(lambda: gateway.told("gas-leak"))
        refused = await asked(tmp_path, "act", verb="open-valve", actor="wang", home="flat")
        assert "an alert keeps this valve shut" in refused["why"]
        from_afar = {"act_id": "x", "verb": "open-valve", "actor": "desk", "home": "other", "via": "page"}
        commands = Commands("p", Profile("s", "g", "e"), gateway.app.inbox, gateway.app.clock)
        commands.hear("anju/v1/s/g/command", json.dumps(from_afar).encode(), retained=False)
        await gateway.until(lambda: "x" in gateway.app.booted.fold.ladders.done)
        assert "only somebody who is there" in gateway.app.booted.fold.ladders.done["x"]
        assert opened == {}
        assert await command(tmp_path, "home", "open-valve", "other", "--as", "desk") == OK
        assert list(opened) == ["other"]


async def test_a_carer_sees_their_own_home_alone(tmp_path: Path) -> None:
    async with running(tmp_path):
        homes = (await asked(tmp_path, "status", actor="wang"))["result"]["homes"]
        assert [home["home"] for home in homes] == ["flat"]
        assert not (await asked(tmp_path, "status", actor="wang", home="other"))["ok"]
        assert len((await asked(tmp_path, "status", actor="desk"))["result"]["homes"]) == 2


def test_each_shipped_trouble_either_ends_the_protection_or_does_not() -> None:
    rules = {rule.id: rule for name in ("trouble", "machine", "lines") for rule in read_rules(read(packs()[name], name))}
    assert len(rules) >= 20
    assert rules.keys() >= IMPAIRS
    own = {"passive-off", "duplicate-gateway", "clock-unsynced", "storage"}
    for name in rules:
        device = "gateway:part" if name in own or name not in {"battery-low", "battery-due", *IMPAIRS} else "kitchen"
        alert = Alert("a" * 16, 1, name, "warning", "", device, "firing", 0.0, 0.0, "first")
        assert is_lesser(alert) is (name not in IMPAIRS), name
