"""The answer page as an attacker sees it: guesses, bytes of any kind, connections that stay, pages elsewhere."""

import asyncio
import random
from contextlib import suppress

import pytest

from gateway.answers import http, page
from gateway.answers.conftest import POST_HEAD, PUBLIC, Door, door
from gateway.answers.http import Request


async def test_who_guesses_codes_is_slowed_down_and_links_still_answer() -> None:
    async with door(PUBLIC) as there:
        statuses = [(await there.post("/look", {"code": f"{code}"}))[0] for code in range(1000, 1020)]
        assert statuses[: page.WRONG] == [404] * page.WRONG
        assert statuses[-5:] == [429] * 5
        assert (await there.post("/look", {"code": "4711"}))[0] == 429
        token = there.page.link("4711", "abc.p1").rpartition("/")[2]
        assert (await there.post("/answer", {"token": token, "verb": "fine"}))[0] == 200


async def test_one_device_that_guesses_locks_out_itself_and_many_are_slowed_down_together(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with door(PUBLIC) as there:

        async def look(peer: str, code: str) -> int:
            return (await there.page.answer(Request("POST", "/look", {}, {"code": code}, {"host": "127.0.0.1"}, peer))).status

        mine = [await look("10.0.0.66", "1000") for _ in range(500)]
        assert mine.count(404) <= page.WRONG + 1
        assert await look("10.0.0.5", "4711") == 200, "the neighbour still reads her alarm"
        theirs = [await look(f"10.0.1.{n}", "1000") for n in range(200)]
        assert theirs.count(404) <= page.ALL + 1
        assert len(there.page._wrong_until) <= page.ALL + 2
        assert "too many wrong codes, the last from 10.0.0.66" in caplog.text
        assert 2 <= caplog.text.count("too many wrong codes") <= 6, "said, and not for each of them"


HOSTILE = [
    b"\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET http://evil/ HTTP/1.1\r\n\r\n",
    b"PUT / HTTP/1.1\r\n\r\n",
    b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 9000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    b"POST /look HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /look HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    b"POST /look HTTP/1.1\r\nContent-Length: 5000\r\n\r\n",
    b"POST /look HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /look HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n\r\ncode=4711",
    b"POST /look HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=%",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: 192.168.1.10\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
    b"GET //[ HTTP/1.1\r\nHost: 192.168.1.10\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


async def test_hostile_bytes_get_an_error_or_nothing_and_the_page_lives_on() -> None:
    async with door() as there:
        for data in HOSTILE:
            answer = await there.raw(data)
            assert not answer or 400 <= int(answer.split()[1]) < 600 or b"Host: [" in data, data
        assert (await there.get("/"))[0] == 200
        assert there.acts == []


async def test_an_address_that_is_taken_is_tried_again_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http, "AGAIN", 0.01)
    async with door() as first:
        port = first.page.http.port
        second = Door()
        second.page.http.port = port
        task = asyncio.create_task(second.page.http.run())
        await asyncio.sleep(0.1)
        assert caplog.text.count("no answer page") == 1
    async with asyncio.timeout(5):
        while b" 200 " not in await second.raw(b"GET / HTTP/1.1\r\nHost: 192.168.1.10\r\n\r\n"):
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


SEEDS = [
    b"GET /?lang=en HTTP/1.1\r\nHost: 192.168.1.10\r\nAccept-Language: zh\r\n\r\n",
    b"GET /a/abc.def?lang=zh HTTP/1.1\r\nHost: anju.example.org\r\n\r\n",
    b"POST /answer HTTP/1.1\r\nHost: 192.168.1.10\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\ncode=4711",
]


async def test_a_thousand_damaged_requests_raise_nothing() -> None:
    dice, there, answered = random.Random(11), Door(PUBLIC), 0
    for _ in range(1_000):
        data = bytearray(dice.choice(SEEDS))
        for _ in range(dice.randrange(1, 6)):
            place = dice.randrange(len(data) + 1)
            data[place : place + dice.randrange(3)] = dice.choice(
                [dice.randbytes(3), b"[", b"%", b"\r\n", b":", b"//", b""]
            )
        reader = asyncio.StreamReader(limit=http.HEAD)
        reader.feed_data(bytes(data))
        reader.feed_eof()
        with suppress(http.Bad, asyncio.IncompleteReadError):
            await there.page.answer(await http.read(reader, "peer"))
            answered += 1
    assert 100 < answered < 1_000


async def test_connections_that_say_nothing_keep_nobody_out_not_even_behind_the_same_proxy() -> None:
    async with door() as there:
        held = [await asyncio.open_connection("127.0.0.1", there.page.http.port) for _ in range(3 * http.EACH)]
        for _, writer in held:
            writer.write(b"GET / HTTP/1.1\r\n")
        for _ in range(20):
            assert (await there.get("/"))[0] == 200
        assert len(there.page.http._places._taken) <= http.EACH
        for _, writer in held:
            writer.close()


async def test_who_is_being_answered_gives_way_to_nobody() -> None:
    async with door() as there:
        there.waits = asyncio.Event()
        fields = {"code": "4711", "verb": "acknowledge"}
        asked = [asyncio.create_task(there.post("/answer", fields)) for _ in range(http.EACH)]
        async with asyncio.timeout(5):
            while there.waiting < http.EACH:
                await asyncio.sleep(0.001)
        assert (await there.get("/"))[0] == 503
        there.waits.set()
        assert {status for status, _ in await asyncio.gather(*asked)} == {200}
        assert (await there.get("/"))[0] == 200


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\nHost:", POST_HEAD + b"Content-Length: 40\r\n\r\ncode="])
async def test_half_a_request_is_hung_up_on_soon(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SOON", 0.1)
    async with door() as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.page.http.port)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()


OURS = ["127.0.0.1", "192.168.1.10:8480", "[fe80::1]:8480", "localhost:8480", "Anju.LAN", "anju.lan.:8480"]
THEIRS = ["", "evil.example", "evil.example:8480", "localhost.evil.example", "anju.lan.evil.example", "1.2.3.4.evil.example",
          "xanju.lan", "[evil.example]", "anju.example.org.evil.example"]  # fmt: skip


async def test_a_page_elsewhere_whose_name_leads_here_reads_and_answers_nothing() -> None:
    async with door(PUBLIC) as there:
        token = there.page.link("4711", "abc.p1").rpartition("/")[2]
        form = {"code": "4711", "token": token, "verb": "acknowledge"}
        for host in THEIRS:
            for request in (
                Request("GET", "/", {}, {}, {"host": host}, "10.0.0.5"),
                Request("GET", f"/a/{token}", {}, {}, {"host": host}, "10.0.0.5"),
                Request("POST", "/answer", {}, form, {"host": host}, "10.0.0.5"),
            ):
                assert (await there.page.answer(request)).status == 421, host
        assert there.acts == []
        for host in OURS:
            assert (await there.page.answer(Request("GET", "/", {}, {}, {"host": host}, "10.0.0.5"))).status == 200, host
        public = Request("GET", f"/a/{token}", {}, {}, {"host": "anju.example.org"}, "10.0.0.5")
        assert (await there.page.answer(public)).status == 200
