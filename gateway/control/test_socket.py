"""The socket of a running gateway: whose it is, and whatever is said to it is answered and harms nothing."""

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

from gateway.control import calls
from gateway.control.asker import Asker
from gateway.control.client import NoGateway, ask, store_of
from gateway.control.conftest import asked, path_of, running
from gateway.control.server import EACH, LONGEST, MOST


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
