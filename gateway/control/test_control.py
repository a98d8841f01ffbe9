"""The control socket of a running gateway: what may be asked, by whom, and that nothing written there harms it."""

import asyncio
import json
import os
import random
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli import COULD_NOT_RUN, NO, OK, USAGE, main
from gateway.control import calls
from gateway.control.asker import Asker
from gateway.control.client import NoGateway, ask, store_of
from gateway.control.conftest import running
from gateway.control.name import socket_of
from gateway.control.server import EACH, LONGEST, MOST
from gateway.control.status import is_lesser
from gateway.health import report
from gateway.hub.conftest import say
from gateway.hub.replay import alerts as replayed
from gateway.hub.standing import IMPAIRS
from gateway.uplink.anju import Profile
from gateway.uplink.commands import Commands
from rules.alert import Alert
from rules.document import read
from rules.rule import packs, read_rules


def path_of(folder: Path) -> Path:
    return socket_of(folder / "data/anju.db")


async def asked(folder: Path, call: str, **said: Any) -> dict[str, Any]:
    return dict(await asyncio.to_thread(ask, path_of(folder), call, **said))


async def command(folder: Path, *words: str) -> int:
    return await asyncio.to_thread(main, [*words, "--site", str(folder / "site.toml"), "--lang", "en"])


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    async with running(tmp_path):
        mode = path_of(tmp_path).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
    assert not path_of(tmp_path).exists()


async def test_a_group_that_is_named_may_ask_too(tmp_path: Path) -> None:
    import grp

    name = grp.getgrgid(os.getgid()).gr_name
    async with running(tmp_path, f'[control]\ngroup = "{name}"\n'):
        assert stat.S_IMODE(path_of(tmp_path).stat().st_mode) == 0o660
        assert (await asked(tmp_path, "ping"))["result"]["gateway"] == "gw-1"


async def test_a_group_that_is_named_gets_through_a_folder_that_is_the_gateways_own(tmp_path: Path) -> None:
    """As `anju run` and the service make it; what else lies there is still the gateway's alone."""
    import grp

    mine = {one.gr_gid for one in grp.getgrall()} if os.getuid() == 0 else set(os.getgroups())
    there = next((one for one in grp.getgrall() if one.gr_gid in mine - {os.getgid()}), None)
    if there is None:
        pytest.skip("not run here: this user has no second group")
    (tmp_path / "data").mkdir(0o700)
    async with running(tmp_path, f'[control]\ngroup = "{there.gr_name}"\n'):
        found = (tmp_path / "data").stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o710, there.gr_gid)
        assert path_of(tmp_path).stat().st_gid == there.gr_gid
    (tmp_path / "data").chmod(0o755)
    os.chown(tmp_path / "data", -1, os.getgid())
    async with running(tmp_path, f'[control]\ngroup = "{there.gr_name}"\n'):
        found = (tmp_path / "data").stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o755, os.getgid()), "who gets through needs nothing"


async def test_a_socket_that_cannot_be_is_said_and_the_gateway_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data/anju.sock").mkdir(parents=True)
    async with running(tmp_path) as gateway:
        await gateway.smoke()
    assert "no control socket" in caplog.text


async def test_a_path_too_long_for_a_socket_is_one_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    async with running(folder):
        assert (await asked(folder, "ping"))["ok"]


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


async def test_a_home_without_a_gas_valve_has_none_to_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    siren = '[outputs.siren]\nhome = "flat"\nkind = "siren"\ndevice = "kitchen"\nline = 0\n'
    async with running(tmp_path, siren) as gateway:
        assert await command(tmp_path, "home", "open-valve", "flat", "--as", "desk") == NO
        assert "no gas valve" in capsys.readouterr().err
        assert not gateway.app.booted.fold.ladders.buttons.opened


async def test_a_carer_sees_their_own_home_alone(tmp_path: Path) -> None:
    async with running(tmp_path):
        homes = (await asked(tmp_path, "status", actor="wang"))["result"]["homes"]
        assert [home["home"] for home in homes] == ["flat"]
        assert not (await asked(tmp_path, "status", actor="wang", home="other"))["ok"]
        assert len((await asked(tmp_path, "status", actor="desk"))["result"]["homes"]) == 2


HOSTILE = [
    b"\n",
    b"{}\n",
    b"[]\n",
    b"null\n",
    b"\xff\xfe\n",
    b'{"call": 3}\n',
    b'{"call": "act"}\n',
    b"[" * 9000 + b"\n",
]


async def test_whatever_is_written_there_is_answered_and_harms_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        reader, writer = await asyncio.open_unix_connection(path_of(tmp_path))
        writer.write(b"".join(HOSTILE))
        for _ in HOSTILE:
            assert not json.loads(await reader.readline())["ok"]
        writer.write(b"x" * (LONGEST + 10) + b"\n")
        assert "at most" in json.loads(await reader.readline())["why"]
        assert await reader.read() == b""
        writer.close()
        noise = random.Random(7)
        for _ in range(50):
            one = socket.socket(socket.AF_UNIX)
            one.connect(str(path_of(tmp_path)))
            one.send(noise.randbytes(noise.randrange(1, 400)))
            one.close()
        await gateway.smoke()
        async with asyncio.timeout(5):  # the last of them may still be at the door
            while not (await asked(tmp_path, "ping"))["ok"]:
                pass


async def test_callers_that_say_nothing_keep_nobody_out(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        held = [await asyncio.open_unix_connection(path_of(tmp_path)) for _ in range(3 * MOST)]
        for _ in range(2 * MOST):
            assert (await asked(tmp_path, "ping"))["ok"]
        assert len(gateway.app.control._places._taken) <= EACH
        for _, writer in held:
            writer.close()


async def test_one_user_fills_their_own_places_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PATIENCE", 1.0)
    async with running(tmp_path) as gateway:
        gateway.app.committer.turn = asyncio.Event().wait  # type: ignore[assignment, method-assign]
        said = json.dumps({"call": "act", "verb": "hush", "home": "flat"}).encode() + b"\n"
        held = [await asyncio.open_unix_connection(path_of(tmp_path)) for _ in range(EACH)]
        for _, writer in held:
            writer.write(said)
        places = gateway.app.control._places
        await gateway.until(lambda: sum(not place.waits for place in places._taken) == EACH)
        assert "too many" in (await asked(tmp_path, "ping"))["why"]
        other = places.take("somebody else", lambda: None)
        assert other is not None
        places.free(other)
        assert {json.loads(await reader.readline())["ok"] for reader, _ in held} == {False}
        assert (await asked(tmp_path, "ping"))["ok"]
        for _, writer in held:
            writer.close()


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("verb", "actor", "role", "alert", "home", "act_id", "seconds", "reason", "via", "person")


async def test_no_call_breaks_it(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        calls = gateway.app.control._calls
        asked_for = st.fixed_dictionaries(
            {"call": st.sampled_from(["ping", "status", "alerts", "act", "nothing"])},
            optional=dict.fromkeys(KEYS, VALUES),
        )
        lines: list[bytes] = []

        @settings(max_examples=150, deadline=None, database=None)
        @given(asked_for)
        def collect(said: dict[str, Any]) -> None:
            lines.append(json.dumps(said).encode())

        collect()
        answers = [await calls.line(line, Asker("root", "property", "test")) for line in lines]
        assert len(answers) >= 100
        assert all(isinstance(answer["ok"], bool) for answer in answers)
        assert (await asked(tmp_path, "ping"))["ok"]


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


def test_the_store_is_found_as_the_site_says_without_reading_it_whole(tmp_path: Path) -> None:
    from gateway.site import load

    for more in ("", '[store]\npath = "elsewhere/x.db"\n', f'[store]\npath = "{tmp_path}/y.db"\n'):
        (tmp_path / "site.toml").write_text(f'[gateway]\nid = "g"\nsite = "s"\n{more}', encoding="utf-8")
        assert store_of(tmp_path / "site.toml") == load(tmp_path / "site.toml").store.path
    (tmp_path / "site.toml").write_text("no toml", encoding="utf-8")
    for path in (tmp_path / "site.toml", tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(NoGateway):
            store_of(path)


def test_something_else_at_the_socket_is_no_gateway(tmp_path: Path) -> None:
    with pytest.raises(NoGateway):
        ask(tmp_path / "nothing.sock", "ping")


def test_each_shipped_trouble_either_ends_the_protection_or_does_not() -> None:
    rules = {rule.id: rule for name in ("trouble", "machine", "lines") for rule in read_rules(read(packs()[name], name))}
    assert len(rules) >= 20
    assert rules.keys() >= IMPAIRS
    own = {"passive-off", "duplicate-gateway", "clock-unsynced", "storage"}
    for name in rules:
        device = "gateway:part" if name in own or name not in {"battery-low", "battery-due", *IMPAIRS} else "kitchen"
        alert = Alert("a" * 16, 1, name, "warning", "", device, "firing", 0.0, 0.0, "first")
        assert is_lesser(alert) is (name not in IMPAIRS), name


async def test_who_presses_twice_is_answered_twice(tmp_path: Path) -> None:
    """A link names its act: pressed again before the first was written, both wait for the same one."""
    async with running(tmp_path) as gateway:
        alert = await gateway.smoke()
        said = {"verb": "acknowledge", "actor": "wang", "alert": alert, "act_id": "link-1"}
        both = await asyncio.gather(*(asked(tmp_path, "act", **said) for _ in range(4)))
        assert [one["ok"] for one in both] == [True] * 4, both
        other = await asked(tmp_path, "act", **{**said, "verb": "note", "text": "me too"})
        assert (other["ok"], "another act" in other["why"]) == (False, True)
        again = await asyncio.gather(*(asked(tmp_path, "act", **{**said, "alert": "x", "act_id": "2"}) for _ in range(4)))
        assert [one["why"] for one in again] == ["no such open alert"] * 4


async def test_however_deep_a_call_is_nested_it_is_answered(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        calls, me = gateway.app.calls, Asker("anna", "property", "test")
        told = set()
        for depth in range(700, 1_100):
            answer = await calls.line(b'{"call":"act","x":' + b"[" * depth + b"]" * depth + b"}", me)
            told.add(answer["why"].partition(" ")[0])
        assert "verb" in told, "read, and nothing done"
        assert told <= {"verb", "not"}, "or not even read: how deep a Python reads is its own"


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
