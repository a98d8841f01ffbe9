"""Servers at the other end that are broken or mean: slow for ever, endless, or content with what they didn't do."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.people import dial
from gateway.people import sender as sending
from gateway.people.conftest import Bench, page
from gateway.sim.receivers import Mailbox, mailbox, receiver
from gateway.site import load


@asynccontextmanager
async def serving(say: bytes, every: float, first: bytes = b"") -> AsyncIterator[tuple[int, list[int]]]:
    """A server that says this again and again, so many seconds apart -> (port, how many hold it now)."""
    there = [0]

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there[0] += 1
        try:
            writer.write(first)
            while True:
                writer.write(say)
                await writer.drain()
                await asyncio.sleep(every)
                if reader.at_eof():
                    return
        except OSError:
            return
        finally:
            there[0] -= 1
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], there


SITE = """
gateway = {{id = "gw-1", site = "estate", language = "zh"}}
homes.flat = {{}}
channels.one = {channel}
people.wang = {{role = "carer", homes = ["flat"], channels = ["one"], addresses = {{one = "w@example.org"}}}}
"""
KINDS = {
    "smtp": '{{type = "smtp", host = "127.0.0.1", port = {port}, from = "a@example.org", tls = "none"}}',
    "smtp-tls": '{{type = "smtp", host = "127.0.0.1", port = {port}, from = "a@example.org", tls = "tls"}}',
    "ntfy": '{{type = "ntfy", url = "http://127.0.0.1:{port}"}}',
    "ntfy-tls": '{{type = "ntfy", url = "https://127.0.0.1:{port}"}}',
    "webhook": '{{type = "webhook", url = "http://127.0.0.1:{port}"}}',
    "apprise": '{{type = "apprise", url_env = "SLOW_URL"}}',
}


@asynccontextmanager
async def one_channel(folder: Path, kind: str, port: int) -> AsyncIterator[Bench]:
    text = SITE.format(channel=KINDS[kind].format(port=port))
    (folder / "site.toml").write_text(text, encoding="utf-8")
    there = Bench(load(folder / "site.toml"))
    task = asyncio.create_task(there.sender.run())
    try:
        yield there
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _endless(folder: Path, kind: str, say: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place of such a channel is taken and let go."""
    tls = b"\x16\x03\x03\x3f\xff" if kind.endswith("tls") else b""  # the head of a record that is long
    async with serving(say, 0.05, tls) as (port, held):
        monkeypatch.setenv("SLOW_URL", f"json://127.0.0.1:{port}")
        folder.mkdir()
        async with one_channel(folder, kind, port) as there:
            for n in range(sending.AT_ONCE + 1):
                there.tell(page(n, channel="one"))
            found = await there.reports(sending.AT_ONCE + 1)
            assert {state for _, state, _ in found} == {"failed"}, kind
            assert "busy" not in str(found), kind
            async with asyncio.timeout(5):
                while held[0]:
                    await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("kinds", "whole"), [(["smtp", "smtp-tls", "ntfy", "ntfy-tls", "webhook"], 0.4), (["apprise"], 1.5)]
)
@pytest.mark.parametrize("say", [b"2", b"220-and so on\r\n"], ids=["a letter", "endless lines"])
async def test_a_server_that_never_ends_its_answer_holds_no_place_of_its_channel(
    tmp_path: Path, kinds: list[str], whole: float, say: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "WHOLE", whole)
    monkeypatch.setattr(sending, "PATIENCE", 5.0)
    assert set(kinds) <= KINDS.keys()
    await asyncio.gather(*(_endless(tmp_path / kind, kind, say, monkeypatch) for kind in kinds))


async def test_a_service_behind_apprise_that_answers_without_end_costs_its_own_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n"
    async with serving(b"x" * 4_000_000, 0.0, head) as (port, held):
        monkeypatch.setenv("SLOW_URL", f"json://127.0.0.1:{port}")
        async with one_channel(tmp_path, "apprise", port) as there:
            there.tell(page(1, channel="one"))
            ((_, state, why),) = await there.reports(1)
            assert state == "failed", why
            async with asyncio.timeout(5):
                while held[0]:
                    await asyncio.sleep(0.01)
    with receiver() as there_is:
        monkeypatch.setenv("SLOW_URL", f"json://{there_is.url.partition('//')[2]}")
        async with one_channel(tmp_path, "apprise", 1) as there:
            there.tell(page(2, channel="one"))
            assert [one[:2] for one in await there.reports(1)] == [("abc.p2", "delivered")]


async def test_a_server_that_says_gigabytes_costs_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "WHOLE", 5.0)
    async with serving(b"220-" + b"x" * 400 + b"\r\n", 0.0) as (port, _), one_channel(tmp_path, "smtp", port) as there:
        there.tell(page(1, channel="one"))
        ((_, state, why),) = await there.reports(1)
        assert (state, "too much" in why) == ("failed", True)


ERRORS = [
    {"ok": False},
    {"success": False, "message": "no credit"},
    {"error": "no credit"},
    {"errors": ["no such number"]},
    {"errcode": 40014, "errmsg": "invalid access_token"},
    {"status": "error", "id": 7},
    {"status": "FAILED"},
]
FINE: list[object] = [
    {},
    [],
    {"ok": True, "error": None},
    {"errcode": 0, "errmsg": "ok"},
    {"error": ""},
    {"status": "queued"},
    {"id": "x1", "event": "message"},
    {"errcode": "0", "success": True},
    "taken",
]


@pytest.mark.parametrize("kind", ["ntfy", "webhook"])
async def test_a_gateway_that_says_200_and_an_error_has_not_taken_it(tmp_path: Path, kind: str) -> None:
    with receiver() as there:
        async with one_channel(tmp_path, kind, int(there.url.rpartition(":")[2])) as one:
            for n, said in enumerate([*ERRORS, *FINE]):
                there.answer = json.dumps(said).encode()
                one.tell(page(n, channel="one"))
                ((_, state, why),) = await one.reports(1)
                assert state == ("failed" if n < len(ERRORS) else "delivered"), said
                assert n >= len(ERRORS) or "says 200, and" in why


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as there:
        yield there


async def test_names_with_line_breaks_add_no_line_to_the_head_of_a_mail(tmp_path: Path, box: Mailbox) -> None:
    evil = "kitchen\r\nBcc: all@example.org\r\n\r\nhello\x85\u2028x"
    async with one_channel(tmp_path, "smtp", box.port) as there:
        there.tell(page(1, channel="one", room=evil, home_title=evil, title={"zh": evil}))
        assert [one[:2] for one in await there.reports(1)] == [("abc.p1", "delivered")]
    (mail,) = box.mails.all()
    assert mail.to == ("w@example.org",)
    assert mail.message["Bcc"] is None
    assert "Bcc: all@example.org" in str(mail.message["Subject"])
