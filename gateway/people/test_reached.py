"""From smoke in a kitchen to somebody who answers, through a whole gateway: push, page, record, report."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.cli import NO, OK, main
from gateway.clock import Clock
from gateway.control.conftest import TOML, running
from gateway.hub.conftest import say
from gateway.inbox import Inbox
from gateway.people.monthly import Monthly
from gateway.sim.receivers import Post, Receiver, receiver
from gateway.store import record


@pytest.fixture
def push() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def posted(push: Receiver, want: str) -> Post:
    return await asyncio.to_thread(push.posts.wait, lambda post: want in json.dumps(post.said, ensure_ascii=False), 10)


async def command(folder: Path, *words: str) -> int:
    return await asyncio.to_thread(main, [*words, "--site", str(folder / "site.toml"), "--lang", "en"])


async def answer(port: int, **fields: str) -> str:
    body = urlencode(fields)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /answer HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded"
    writer.write(f"{head}\r\n\r\n{body}".encode())
    said = (await asyncio.wait_for(reader.read(), 10)).decode()
    writer.close()
    return said


async def test_smoke_reaches_somebody_who_answers_and_the_record_tells_it(
    tmp_path: Path, push: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    toml = TOML.replace("http://127.0.0.1:9", push.url)
    async with running(tmp_path, f'[answers]\nlisten = "127.0.0.1:{port}"\n', toml) as gateway:
        alert = await gateway.smoke()
        page = await posted(push, '"topic": "wang"')
        text = page.said["message"]
        assert "Smoke" in text
        assert "Flat 501" in text
        assert f"http://127.0.0.1:{port}" in text
        code = re.search(r"code: (\d{4})", text)
        assert code
        assert "Thank you" in await answer(port, code=code[1], verb="acknowledge", lang="en")
        assert await command(tmp_path, "alerts") == OK
        assert "wang took it on" in capsys.readouterr().out
        assert "has answered" in (await posted(push, "has answered")).said["message"]
        assert await command(tmp_path, "alerts", "visit", alert[:6], "false", "toast", "--as", "wang") == OK
        capsys.readouterr()
        assert await command(tmp_path, "timeline", alert[:6]) == OK
        told = capsys.readouterr().out
        stages = [line.split()[3] for line in told.splitlines()]
        for stage in ("sensed", "decided", "told", "delivered", "seen", "answered", "visited"):
            assert stage in stages, told
        assert stages[0] == "sensed"
        assert await command(tmp_path, "report", "--month", time.strftime("%Y-%m"), "--json") == OK
        rows = {row["home"]: row for row in json.loads(capsys.readouterr().out)["homes"]}
        assert (rows["flat"]["alerts_emergency"], rows["flat"]["answered"]) == (1, 1)
        assert (rows["flat"]["visits"], rows["flat"]["visits_false"]) == (1, 1)
        assert rows["other"]["covered"] == 1.0
        assert await command(tmp_path, "timeline", "ffffffff") == NO
        assert await command(tmp_path, "timeline", alert, "--site", str(tmp_path / "site.toml")) == OK
        await gateway.until(lambda: gateway.app.committer.kept > 0)
    kept = await record.read(tmp_path / "data/anju.db")
    assert kept.breaks() == []
    looks = [json.loads(entry.body) for entry in kept.entries if b'"look"' in entry.body]
    assert {one["what"].split()[0] for one in looks} == {"alerts", "timeline", "report"}


async def test_everybody_is_tested_and_who_is_not_reached_is_on_the_work_list(
    tmp_path: Path, push: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = TOML.replace("http://127.0.0.1:9", push.url)
    async with running(tmp_path, "", toml) as gateway:
        assert await command(tmp_path, "people", "test") == OK
        assert {(await posted(push, name)).said["topic"] for name in ("wang", "desk")} == {"wang", "desk"}
        push.status = 403
        assert await command(tmp_path, "people", "test", "wang") == OK
        fold = gateway.app.booted.fold
        await gateway.until(lambda: any(one.rule == "no-channel" and one.n for one in fold.engine.open()))
        capsys.readouterr()
        assert await command(tmp_path, "status", "--work") == NO
        listed = capsys.readouterr().out
        assert "Somebody cannot be reached" in listed
        assert "property" in listed
        assert await command(tmp_path, "status") == OK, "a lesser trouble leaves the home protected"


async def test_a_push_in_the_night_that_was_answered_is_not_sent_again_by_the_next_life(
    tmp_path: Path, push: Receiver
) -> None:
    toml = TOML.replace("http://127.0.0.1:9", push.url)
    async with running(tmp_path, "", toml) as gateway:
        alert = await gateway.smoke()
        await posted(push, '"topic": "wang"')
        assert await command(tmp_path, "alerts", "ack", alert, "--as", "wang") == OK
        await posted(push, "has answered")
        await gateway.until(lambda: not gateway.app.outboxes["people"].underway())
    before = len(push.posts)
    async with running(tmp_path, "", toml) as gateway:
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: gateway.app.committer.kept > 0)
        await asyncio.sleep(0.3)
    assert len(push.posts) == before


def test_the_monthly_test_is_asked_for_in_the_first_days_by_a_clock_that_is_right() -> None:
    def look(wall: float, synced: bool) -> list[dict[str, Any]]:
        inbox = Inbox()
        Monthly("Asia/Shanghai", Clock(wall=lambda: wall, synced=lambda: synced), inbox).look()
        return [json.loads(frame.data) for frame in inbox.take(9)]

    first = 1_793_491_200.0 - 8 * 3600  # 2026-11-01 00:00 in Shanghai
    moments = [first + day * 86_400 + hour * 3600 for day in range(30) for hour in (9, 10, 11)]
    asked = [one for moment in moments for synced in (True, False) for one in look(moment, synced)]
    assert len(moments) == 90
    assert len(asked) == 7
    assert {one["act_id"] for one in asked} == {"monthly-test-2026-11"}
